"""What the content means for paper is on paper: every string, in every language."""

from __future__ import annotations

import re
import subprocess
import unicodedata
from collections.abc import Iterator
from dataclasses import replace
from datetime import date

import pytest

from kiosk.documents.builder import FONTS
from kiosk.documents.glyphs import Coverage
from kiosk.documents.inputs import Json, inputs_of
from kiosk.documents.model import Slip
from kiosk.i18n import I18n
from kiosk.memory import PrintWork, VisitMemory
from kiosk.papers import PaperMaker
from kiosk.showing import Showing
from kiosk.tasks import paper as content
from kiosk.tasks.engine import Walk
from kiosk.tasks.loader import load_content
from kiosk.tasks.model import Ask, ChannelKind, Exists, Print, Step, Task, answer_values, holds
from kiosk.tasks.placeholder import WIDE_BLANK
from kiosk.tasks.vocabulary import UNANSWERED, YES, Condition, InputKind
from tests.driving.visiting import LANGUAGES, Kept, profile

CONTENT = load_content()
WORDS = I18n()
PLACEHOLDER = re.compile(r"\{\w+\}")
HIDDEN = re.compile("[\u00ad\u200b\u2060\u2066-\u2069]")
TYPED = {InputKind.DATE: "03/02/2026", InputKind.PHONE: "02 555 01 42", InputKind.AMOUNT: "12,50"}
"""What is typed is not the matter here: the words around it are."""


@pytest.fixture(scope="module")
def builder() -> Kept:
    return Kept()


def documents() -> list[tuple[str, str]]:
    return [(task.id, name) for task in CONTENT.tasks.values() for name in task.documents]


def places_of(task: Task, document: str) -> Iterator[tuple[Step, ChannelKind]]:
    for step in task.steps:
        if isinstance(step.data, Print) and step.data.document == document:
            for kind in ChannelKind:
                if kind in step.channels and task.channels[kind].exists is not Exists.NO:
                    yield step, kind


def answered(task: Task, *conditions: Condition) -> dict[str, str]:
    """Answer every question so that these conditions hold, and those that lead there."""
    said: dict[str, str] = {}
    for step in task.steps:
        for key, values in answer_values(step).items():
            if values is not None:
                said.setdefault(key, YES if YES in values else sorted(values)[0])
            elif isinstance(step.data, Ask):
                said[key] = TYPED.get(step.data.input, "Proef")
            else:
                said.setdefault(key, "Proef")
    said["letter_language"] = "nl"
    for condition in conditions:
        for key, wanted in condition.items():
            value = sorted(wanted - {UNANSWERED})
            said[key] = value[0] if value else ""
    return said


def work_of(
    builder: Kept, task: Task, step: Step, kind: ChannelKind, locale: str, when: Condition
) -> PrintWork | None:
    """Make the paper of a print step, or None where the way does not lead there."""
    memory = VisitMemory(locale=locale, today="2026-01-05", task=task)
    # A step before this one may decide whether it is reached: its own condition comes last.
    memory.answers = answered(task, when, step.when)
    memory.site.qr = "https://example.be/1"
    memory.walk = Walk(task, kind, task.steps.index(step))
    if memory.walk.step(memory.answers) is not step:
        return None
    place = profile()
    showing = Showing(place, CONTENT)
    maker = PaperMaker(place, builder, WORDS, showing.places, CONTENT.glossary)
    work = maker.for_step(memory)
    assert work is not None, (task.id, step.id, kind, locale)
    return work


def printed(data: Json) -> Iterator[str]:
    """List every string that a template is given."""
    match data:
        case str():
            yield bare(data)
        case list():
            for item in data:
                yield from printed(item)
        case dict():
            for item in data.values():
                yield from printed(item)
        case _:
            pass


def on_paper(builder: Kept, pdf: bytes, locale: str) -> str:
    """Return what stands on the last paper, without blanks.

    Arabic letters come back from a PDF in another order: there it is what the template was given.
    """
    if locale == "ar":
        given = inputs_of(builder.papers[-1], Coverage.load(FONTS))
        return "".join("".join(printed(given)).split())
    found = ""
    for way in ((), ("-layout",)):
        told = subprocess.run(
            ["/usr/bin/pdftotext", *way, "-", "-"], input=pdf, capture_output=True, check=True
        )
        found += "".join(bare(told.stdout.decode()).split())
    return found.replace("-", "")


def bare(text: str) -> str:
    return unicodedata.normalize("NFC", HIDDEN.sub("", text))


def pieces(text: str, locale: str) -> list[str]:
    """Split a text at what the resident says, without blanks."""
    found = ["".join(piece.split()) for piece in PLACEHOLDER.split(bare(text))]
    return [piece if locale == "ar" else piece.replace("-", "") for piece in found if piece]


def when_of(document: content.Document, key: str) -> Condition:
    """Return the condition of one text of a document, by the key it has in its file."""
    name, _, index = key.partition("[")
    item = getattr(document, name)[int(index.split("]")[0])] if index else None
    return item.when if isinstance(item, content.Paragraph | content.Fact) else {}


@pytest.mark.parametrize("locale", LANGUAGES)
@pytest.mark.parametrize(("task_id", "name"), documents())
def test_every_string_for_paper_is_on_paper(
    builder: Kept, task_id: str, name: str, locale: str
) -> None:
    task = CONTENT.tasks[task_id]
    document = task.documents[name]
    missing = []
    sheets: dict[str, str] = {}
    for key, text in content.texts_of(document).items():
        when = when_of(document, key)
        for step, kind in places_of(task, name):
            if str((when, step.id, kind)) not in sheets:
                work = work_of(builder, task, step, kind, locale, when)
                sheets[str((when, step.id, kind))] = (
                    on_paper(builder, work.pdf, locale) if work else ""
                )
        if isinstance(document, content.Letter) and key.startswith(("sender", "recipient")):
            text = {locale: text["nl"]}  # an address is in the administration's language
        shown = [sheets[str((when, step.id, kind))] for step, kind in places_of(task, name)]
        if not any(all(p in sheet for p in pieces(text[locale], locale)) for sheet in shown):
            missing.append((key, text[locale]))
    assert missing == []


@pytest.mark.parametrize("locale", LANGUAGES)
@pytest.mark.parametrize("task", CONTENT.tasks.values(), ids=lambda task: task.id)
def test_every_fact_on_paper_says_who_checked_it_or_that_nobody_did(
    builder: Kept, task: Task, locale: str
) -> None:
    words = WORDS.words(locale).say("paper", "not-checked")
    seen = 0
    for name, document in task.documents.items():
        if not isinstance(document, content.Slip):
            continue
        for step, kind in places_of(task, name):
            if work_of(builder, task, step, kind, locale, {}) is None:
                continue
            slip = builder.papers[-1]
            assert isinstance(slip, Slip)
            assert [words] * len(slip.facts) == [fact.note for fact in slip.facts]
            said = answered(task, {}, step.when)
            wanted = [fact.value[locale] for fact in document.facts if holds(fact.when, said)]
            channel = task.channels[document.channel] if document.channel else None
            for text in (channel.where, channel.hours, channel.cost) if channel else ():
                wanted += [text[locale]] if text else []
            wanted += [value for value in (channel.number, channel.url) if value] if channel else []
            assert set(wanted) == {fact.value for fact in slip.facts}
            seen += len(slip.facts)
    assert seen or task.id == "wallet-card"


def test_a_fact_that_was_checked_says_when_and_against_what(builder: Kept) -> None:
    # given a fact that somebody checked
    task = CONTENT.tasks["telecom-dispute"]
    slip = task.documents["ombudsman_slip"]
    assert isinstance(slip, content.Slip)
    facts = tuple(replace(fact, checked_on=date(2026, 1, 31)) for fact in slip.facts)
    task = replace(task, documents={**task.documents, slip.id: replace(slip, facts=facts)})
    step, kind = next(places_of(task, slip.id))
    # when
    work = work_of(builder, task, step, kind, "nl", {})
    # then
    assert work is not None
    told = WORDS.words("nl").say("paper", "checked-on-source", date="31/01/2026", source="bipt.be")
    assert "".join(bare(told).split()) in on_paper(builder, work.pdf, "nl")


BLOCKS_CARDS = "00800 2123 2123"
CARD_PROBLEM = CONTENT.tasks["card-problem"]


@pytest.mark.parametrize("problem", ["not_read", "no_chip", "code", "lost", "none", UNANSWERED])
@pytest.mark.parametrize("locale", LANGUAGES)
def test_only_a_lost_card_is_sent_to_the_line_that_blocks_cards(
    builder: Kept, locale: str, problem: str
) -> None:
    numbers = {}
    for name, document in CARD_PROBLEM.documents.items():
        for step, kind in places_of(CARD_PROBLEM, name):
            when = {"card_problem": frozenset({problem})}
            work = work_of(builder, CARD_PROBLEM, step, kind, locale, when)
            assert work is not None
            given = "".join(printed(inputs_of(builder.papers[-1], Coverage.load(FONTS))))
            numbers[document.id] = (BLOCKS_CARDS in given, "DOC STOP" in given)
    # then every paper of a lost card names the line, and no other paper does
    is_lost = problem == "lost"
    assert dict.fromkeys(CARD_PROBLEM.documents, (is_lost, is_lost)) == numbers


@pytest.mark.parametrize("problem", ["not_read", "no_chip", "code", "lost", "none", UNANSWERED])
def test_who_calls_about_a_card_has_a_line_for_the_number_of_the_commune(
    builder: Kept, problem: str
) -> None:
    when = {"card_problem": frozenset({problem})}
    step, kind = next(places_of(CARD_PROBLEM, "phone_slip"))
    work_of(builder, CARD_PROBLEM, step, kind, "nl", when)
    slip = builder.papers[-1]
    # then
    assert isinstance(slip, Slip)
    assert slip.steps is not None
    own = [line.own for line in slip.steps.lines]
    assert [("Nummer van uw gemeente", WIDE_BLANK)] == [
        (fact.label, fact.value) for fact in slip.facts if fact.value != BLOCKS_CARDS
    ]
    # then "afterwards" is said only to those who called somebody before
    assert (problem == "lost") == any("daarna" in line for line in own)
    assert 1 == sum("uw gemeente. Vraag een afspraak" in line for line in own)


def test_before_the_trouble_with_a_card_is_known_no_number_is_shown() -> None:
    assert [None] * 4 == [channel.number for channel in CARD_PROBLEM.channels.values()]
