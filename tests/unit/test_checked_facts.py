"""A fact that somebody checked says when and against what: on the screen as on paper."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from kiosk.documents.builder import Builder, Paper
from kiosk.documents.model import AnyPaper, Slip
from kiosk.i18n import I18n
from kiosk.memory import VisitMemory
from kiosk.screens import PrepareBody, TaskBody
from kiosk.tasks.model import ChannelKind
from kiosk.visit import State
from kiosk.wording import Wording
from tests.driving.plain import plain
from tests.driving.visiting import Visit, profile
from tests.unit.tasks.pack import Pack
from tests.unit.web.driving import Browser, ScriptedVisit, app_of

CHECKED = {
    "nl": "Nagekeken op 31/01/2026. Bron: a page",
    "fr": "Vérifié le 31/01/2026. Source : a page",
}
NOT_CHECKED = {"nl": "niet nagekeken", "fr": "pas vérifié"}
FACTS = """\
    where: {nl: Een postkantoor, fr: Un bureau de poste}
    hours: {nl: in de week, fr: en semaine}
"""


class Kept(Builder):
    """A builder that keeps what it was given to set."""

    last: AnyPaper | None = None

    def build(self, paper: AnyPaper) -> Paper:
        self.last = paper
        return super().build(paper)


@pytest.fixture(scope="module")
def builder() -> Kept:
    return Kept()


@pytest.fixture
def pack(tmp_path: Path) -> Pack:
    """Give content with a way and a place that a test can have checked."""
    made = Pack(tmp_path)
    text = "    text: {nl: Een brief., fr: Une lettre.}\n"
    made.change("tasks/small-task.yaml", text, text + FACTS)
    return made


@pytest.fixture(params=["nl", "fr"])
def locale(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def visit(pack: Pack, builder: Kept, locale: str) -> Iterator[Visit]:
    made = Visit(pack.load(), builder, locale)
    yield made
    made.close()


def begins(visit: Visit, channel: str) -> None:
    visit.opens()
    visit.taps("choose-language", code=visit.locale)
    visit.taps("choose-need", id="papers")
    visit.taps("choose-channel", id=channel)
    assert visit.state is State.PREPARE


def shown(visit: Visit) -> str:
    """Return what the present screen says."""
    scripted = ScriptedVisit()
    scripted.now = visit.screen
    page = re.sub(r"<[^>]*>", " ", Browser(app_of(scripted)).gets("/").text)
    return " ".join(re.sub("[\u00ad\u200b\u2066-\u2069]", "", html.unescape(page)).split())


def refers(visit: Visit) -> None:
    """Go on to the places that help."""
    visit.taps("go")
    for _ in range(20):
        if visit.state is State.REFER:
            return
        visit.taps("skip" if getattr(visit.screen.body, "ask", None) else "go")
        visit.taps("consent-no")
        visit.taps("print-skip")
    raise AssertionError(visit.state)


def test_the_check_of_a_ways_facts_is_said_once_in_its_small_line(
    visit: Visit, locale: str
) -> None:
    begins(visit, "paper")
    assert 1 == shown(visit).count(CHECKED[locale])
    assert NOT_CHECKED[locale] not in shown(visit)


def test_facts_that_nobody_checked_say_so_each(pack: Pack, builder: Kept, locale: str) -> None:
    # given
    pack.change("tasks/small-task.yaml", "checked_on: 2026-01-31", "checked_on: null")
    visit = Visit(pack.load(), builder, locale)
    # when
    begins(visit, "paper")
    # then
    assert 2 == shown(visit).count(NOT_CHECKED[locale])
    assert CHECKED[locale] not in shown(visit)
    visit.close()


def test_a_place_that_helps_says_who_checked_it_on_the_screen_and_on_its_paper(
    pack: Pack, builder: Kept, locale: str
) -> None:
    # given
    pack.change("directory.yaml", "checked_on: null", "checked_on: 2026-01-31")
    visit = Visit(pack.load(), builder, locale)
    begins(visit, "counter")
    # when
    refers(visit)
    # then
    assert CHECKED[locale] in shown(visit)
    visit.taps("refer-print")
    assert isinstance(builder.last, Slip)
    notes = [contact.note or "" for contact in builder.last.contacts]
    assert [CHECKED[locale]] == [plain(note) for note in notes]
    visit.close()


def test_the_houses_own_facts_need_nobodys_check_on_screen_or_paper(
    pack: Pack, builder: Kept, locale: str
) -> None:
    # given a way whose facts are about this machine
    pack.change(
        "tasks/small-task.yaml",
        "mark: seed}\n    checked_on: 2026-01-31",
        "mark: ours}\n    checked_on: null",
    )
    visit = Visit(pack.load(), builder, locale)
    visit.opens()
    visit.taps("choose-language", code=locale)
    visit.taps("choose-need", id="papers")
    # then neither its tile nor its facts say that nobody checked them, and the others still do
    body = visit.body(TaskBody)
    checked = {channel.kind.value for channel in body.channels if channel.is_checked}
    assert checked == {"paper"}
    visit.taps("choose-channel", id="paper")
    facts = visit.body(PrepareBody).facts
    assert facts
    assert all(fact.is_ours for fact in facts)
    assert NOT_CHECKED[locale] not in shown(visit)
    visit.close()


@pytest.mark.parametrize("mark", ["ours", "seed"])
def test_a_paper_says_of_every_fact_but_the_houses_own_that_nobody_checked_it(
    pack: Pack, mark: str, locale: str
) -> None:
    # given
    pack.change(
        "tasks/small-task.yaml",
        "mark: seed}\n    checked_on: 2026-01-31",
        f"mark: {mark}}}\n    checked_on: null",
    )
    content = pack.load()
    channel = content.tasks["small-task"].channels[ChannelKind.PAPER]
    wording = Wording(
        VisitMemory(locale=locale), profile(), I18n(), lambda *_: (), {}, content.municipalities
    )
    # when
    facts = wording.channel_facts(wording.words(), channel, locale, locale)
    # then
    note = None if mark == "ours" else I18n().words(locale).say("paper", "not-checked")
    assert [note, note] == [fact.note for fact in facts]
