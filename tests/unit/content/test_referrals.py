"""Who a person is sent to at the end of a task: places that help with this matter, and no other."""

from __future__ import annotations

import html

import pytest

from kiosk.documents.builder import Builder, Paper
from kiosk.documents.model import AnyPaper, Slip
from kiosk.i18n import I18n
from kiosk.memory import VisitMemory
from kiosk.papers import PaperMaker
from kiosk.showing import Showing
from kiosk.tasks.engine import Walk
from kiosk.tasks.loader import load_content
from kiosk.tasks.model import ChannelKind, Refer, Step
from kiosk.tasks.vocabulary import Tongue
from kiosk.visit import State
from tests.driving.plain import plain
from tests.driving.visiting import LANGUAGES, profile
from tests.unit.web.driving import Browser, ScriptedVisit, app_of

CONTENT = load_content()
# A person who wants more help with a paper: people to talk to, and a computer with help beside it.
FOR_ANYBODY = {"hallo-welzijnswerk", "caw-brussel", "dubbelklik", "de-schakel"}
SENT_TO = {
    ("address-change", "more_help"): FOR_ANYBODY,
    ("household-composition", "more_help"): FOR_ANYBODY,
    ("wallet-card", "more_help"): FOR_ANYBODY,
    ("telecom-dispute", "more_help"): {"telecom-ombudsman", "hallo-welzijnswerk", "caw-brussel"},
    ("card-problem", "where_to_go"): {"town-hall", "registration-office"},
    ("card-problem", "where_without_card"): {"hallo-welzijnswerk", "caw-brussel", "cnbo"},
}


class Unset(Builder):
    """A builder that keeps what it is given and sets nothing."""

    def __init__(self) -> None:
        self.papers: list[AnyPaper] = []

    def build(self, paper: AnyPaper) -> Paper:
        self.papers.append(paper)
        return Paper(b"", 1)

    def missing_glyphs(self, text: str) -> set[str]:
        return set()


def test_every_referral_of_every_task_is_looked_at_here() -> None:
    found = {
        (task.id, step.id)
        for task in CONTENT.tasks.values()
        for step in task.steps
        if isinstance(step.data, Refer)
    }
    assert set(SENT_TO) == found


@pytest.mark.parametrize("locale", LANGUAGES)
@pytest.mark.parametrize(("task_id", "step_id"), SENT_TO)
def test_screen_and_paper_send_to_places_that_help_with_this(
    task_id: str, step_id: str, locale: str
) -> None:
    # given
    task = CONTENT.tasks[task_id]
    step = task.step(step_id)
    memory = VisitMemory(locale=locale, today="2026-01-05", task=task)
    memory.answers = {key: min(values) for key, values in step.when.items()}
    memory.walk = Walk(task, ChannelKind.COUNTER, task.steps.index(step))
    assert step is memory.walk.step(memory.answers)
    place, builder = profile(), Unset()
    showing = Showing(place, CONTENT)
    # when
    maker = PaperMaker(place, builder, I18n(), showing.places, CONTENT.glossary)
    maker.for_referral(memory)
    # then
    wanted = {
        o.name(locale) for o in CONTENT.directory.organisations if o.id in SENT_TO[task_id, step_id]
    }
    assert wanted == {place.name for place in showing.places(memory, step)}
    (paper,) = builder.papers
    assert isinstance(paper, Slip)
    assert wanted == {contact.name for contact in paper.contacts}


def test_every_referral_and_every_place_says_what_it_is_about() -> None:
    # What has none would be shown for everything, or never.
    for task in CONTENT.tasks.values():
        for step in task.steps:
            assert not isinstance(step.data, Refer) or step.data.topics, f"{task.id}.{step.id}"
    assert [] == [o.id for o in CONTENT.directory.organisations if not o.topics]


TOLD = {
    "fr": ("On y parle :", "néerlandais", "Langue"),
    "en": ("They speak there:", "Dutch", "Language"),
    "de": ("Man spricht dort:", "Niederländisch", "Sprache"),
    "ar": ("يتكلمون هناك:", "الهولندية", "اللغة"),
}


def referred(locale: str) -> tuple[Showing, VisitMemory, Step]:
    task = CONTENT.tasks["wallet-card"]
    step = task.step("more_help")
    memory = VisitMemory(locale=locale, today="2026-01-05", task=task, state=State.REFER)
    memory.walk = Walk(task, ChannelKind.COUNTER, task.steps.index(step))
    return Showing(profile(), CONTENT), memory, step


@pytest.mark.parametrize("locale", LANGUAGES)
def test_who_reads_no_dutch_is_told_where_dutch_is_spoken(locale: str) -> None:
    # given
    showing, memory, step = referred(locale)
    builder = Unset()
    # when
    scripted = ScriptedVisit()
    scripted.now = showing.screen(memory, 0, can_speak=False)
    screen = plain(html.unescape(Browser(app_of(scripted)).gets("/").text))
    maker = PaperMaker(profile(), builder, I18n(), showing.places, CONTENT.glossary)
    maker.for_referral(memory)
    (slip,) = builder.papers
    assert isinstance(slip, Slip)
    paper = {
        contact.name: [(fact.label, fact.value) for fact in contact.facts]
        for contact in slip.contacts
    }
    # then the one whose source says so says it on both, and nothing is said of the others
    there, dutch, label = TOLD.get(locale, TOLD["fr"])
    spoken = {place.name for place in showing.places(memory, step) if place.spoken}
    assert spoken == (set() if locale == "nl" else {"CAW Brussel"})
    assert screen.count(f"{there} <b>{dutch}</b>") == len(spoken)
    assert {name for name, facts in paper.items() if (label, dutch) in facts} == spoken


@pytest.mark.parametrize(
    ("locale", "town"), [("nl", "Brussel"), ("fr", "Bruxelles"), ("ar", "Bruxelles")]
)
def test_the_town_of_a_place_has_its_official_name_for_the_reader(locale: str, town: str) -> None:
    showing, memory, step = referred(locale)
    addresses = {place.address for place in showing.places(memory, step) if place.address}
    assert f"Priemstraat 17/A, 1000 {town}" in addresses


def test_every_language_of_help_has_a_name_in_every_catalogue() -> None:
    for locale in LANGUAGES:
        words = I18n().words(locale)
        assert len(Tongue) == len({words.languages([tongue]) for tongue in Tongue})
