"""A stand-in for an official site is called one; a real site is called real."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from kiosk.i18n import I18n
from kiosk.screens import Screen, SiteBody
from kiosk.visit import State
from tests.driving.visiting import LANGUAGES, Visit
from tests.unit.web.driving import Browser, ScriptedVisit, app_of

MAX_TAPS = 12


@pytest.fixture(params=LANGUAGES)
def locale(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(params=[True, False], ids=["stand-in", "real"])
def visit(request: pytest.FixtureRequest, locale: str) -> Iterator[Visit]:
    made = Visit(locale=locale, is_practice_site=request.param)
    yield made
    made.close()


def at_the_site(visit: Visit) -> Screen:
    """Walk to the site of the household certificate."""
    visit.opens()
    visit.taps("choose-language", code=visit.locale)
    visit.taps("choose-need", id="papers")
    visit.taps("choose-channel", id="online")
    for _ in range(MAX_TAPS):
        screen = visit.screen
        if screen.state is State.SITE:
            return screen
        # What is played is named where it is met, not before.
        assert screen.simulated == ()
        ask = getattr(screen.body, "ask", None)
        if ask is not None and ask.key == "login_key":
            visit.taps("answer", value="card")
        else:
            visit.taps("go" if ask is None else "skip")
    raise AssertionError(visit.state)


def test_a_stand_in_is_called_a_practice_website_and_a_real_one_real(
    visit: Visit, locale: str
) -> None:
    # given
    is_practice = visit.controller.memory.is_practice_site
    words = I18n().words(locale)
    # when
    screen = at_the_site(visit)
    shown = ScriptedVisit()
    shown.now = screen
    html = Browser(app_of(shown)).gets("/").text
    # then
    assert isinstance(screen.body, SiteBody)
    assert (words.say("site", "host-practice") in html) is is_practice
    assert (words.say("site", "ready-practice") in html) is is_practice
    assert (words.say("site", "host") in html) is not is_practice
    assert (words.say("site", "ready") in html) is not is_practice
    assert (words.say("bar", "simulated") in html) is is_practice
    assert (words.say("simulated", "site") in html.partition("</header>")[0]) is is_practice
