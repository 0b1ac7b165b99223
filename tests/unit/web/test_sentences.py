"""A screen says what is so, and only that: the sentences that depend on what happened."""

from __future__ import annotations

import html
import re
from dataclasses import replace

import pytest

from kiosk.i18n import I18n, Words
from kiosk.screens import Body, Receipt, ReceiptBody
from tests.screens import LOCALES, RECEIPT, samples
from tests.unit.web.driving import Browser, ScriptedVisit, app_of

WORDS = I18n()
UNSEEN_MARKS = re.compile("[\u00ad\u200b\u2066-\u2069]")


class Shown:
    """What a screen says in one language, as plain text."""

    def __init__(self, locale: str) -> None:
        self.words: Words = WORDS.words(locale)
        self._samples = dict(samples(locale))
        self._visit = ScriptedVisit()
        self._browser = Browser(app_of(self._visit))

    def text(self, sample: str, body: Body) -> str:
        """Show a sample with another body."""
        self._visit.now = replace(self._samples[sample], body=body)
        page = re.sub(r"<[^>]*>", " ", self._browser.gets("/").text)
        return " ".join(UNSEEN_MARKS.sub("", html.unescape(page)).split())

    def say(self, context: str, id: str, **values: str) -> str:
        """Return a sentence as it is read."""
        said = UNSEEN_MARKS.sub("", self.words.say(context, id, **values))
        return " ".join(said.split())


@pytest.fixture(params=LOCALES)
def shown(request: pytest.FixtureRequest) -> Shown:
    return Shown(request.param)


@pytest.mark.parametrize(("not_searchable", "unseen"), [(0, 0), (1, 0), (0, 1), (2, 1)])
def test_a_screen_that_could_not_be_looked_at_is_not_called_too_ordinary(
    shown: Shown, not_searchable: int, unseen: int
) -> None:
    receipt: Receipt = replace(RECEIPT, not_searchable=not_searchable, unseen=unseen)
    text = shown.text("receipt", ReceiptBody(receipt))
    assert bool(not_searchable) == (shown.say("receipt", "not-searchable") in text)
    assert bool(unseen) == (shown.say("receipt", "unseen") in text)
