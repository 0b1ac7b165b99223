"""What was not said is written into a letter by hand: there is room for it, in every language."""

from __future__ import annotations

import re
import subprocess

import pytest

from kiosk.documents.builder import Builder
from kiosk.documents.model import Letter as Paper
from kiosk.i18n import I18n
from kiosk.memory import PrintWork, VisitMemory
from kiosk.papers import PaperMaker
from kiosk.permanence import Permanence
from kiosk.screens import TextSize
from kiosk.showing import Showing
from kiosk.tasks.engine import Walk
from kiosk.tasks.loader import load_content
from kiosk.tasks.model import Ask, ChannelKind, Print
from kiosk.tasks.paper import Letter
from kiosk.tasks.placeholder import BLANK
from kiosk.tasks.vocabulary import CardField, InputKind
from kiosk.wording import SHORT_BLANKS
from tests.driving.visiting import LANGUAGES, Kept, profile

CONTENT = load_content()
LETTERS = [
    (task.id, name)
    for task in CONTENT.tasks.values()
    for name, document in task.documents.items()
    if isinstance(document, Letter)
]
NUMBERS = {InputKind.POSTAL_CODE, InputKind.PHONE, InputKind.REFERENCE, InputKind.AMOUNT}
DOTS = re.compile(r'xMin="([\d.]+)" yMin="[\d.]+" xMax="([\d.]+)" yMax="[\d.]+">[^<]*[….]{5}')
MM_PER_POINT = 25.4 / 72
NUMBER_MM, NAME_MM = 35, 60
# The full stop after a line is measured with it.
STOP_MM = 4


# Two letters and the sheet that stays at home. The one to an operator encloses its proofs: in large
# letters it has a second page.
SHEETS, LONG = 3, {"telecom-dispute": 5}


@pytest.fixture(scope="module")
def builder() -> Kept:
    return Kept()


each_letter = pytest.mark.parametrize(
    ("task_id", "name", "locale", "size"),
    [
        (*letter, locale, size)
        for letter in LETTERS
        for locale in LANGUAGES
        for size in (TextSize.NORMAL, TextSize.XL)
    ],
)


def unsaid(builder: Builder, task_id: str, name: str, locale: str, size: TextSize) -> PrintWork:
    """Make the letter of somebody who said nothing but its language."""
    task, place = CONTENT.tasks[task_id], profile()
    step = next(s for s in task.steps if isinstance(s.data, Print) and s.data.document == name)
    memory = VisitMemory(locale=locale, today="2026-01-05", task=task, text_size=size)
    memory.permanence = Permanence("employee", "Ines", "2026-01-05", date_is_confirmed=True)
    memory.answers = {key: min(values) for key, values in step.when.items()}
    memory.answers["letter_language"] = "fr" if locale == "nl" else "nl"
    memory.walk = Walk(task, ChannelKind.PAPER, task.steps.index(step))
    showing = Showing(place, CONTENT)
    work = PaperMaker(place, builder, I18n(), showing.places, {}).for_step(memory)
    assert work is not None
    return work


def blanks_of(pdf: bytes) -> list[float]:
    """Return how long each dotted line of a paper is, in mm."""
    told = subprocess.run(
        ["/usr/bin/pdftotext", "-bbox", "-", "-"], input=pdf, capture_output=True, check=True
    )
    found = DOTS.findall(told.stdout.decode())
    return [(float(end) - float(start)) * MM_PER_POINT for start, end in found]


@each_letter
def test_a_hand_finds_room_on_every_line_to_be_filled_in(
    builder: Builder, task_id: str, name: str, locale: str, size: TextSize
) -> None:
    # when
    work = unsaid(builder, task_id, name, locale, size)
    # then
    blanks = blanks_of(work.pdf)
    names = [blank for blank in blanks if blank >= NAME_MM - 0.1]
    numbers = [blank for blank in blanks if NUMBER_MM - 0.1 <= blank < NUMBER_MM + STOP_MM]
    assert names
    assert numbers
    assert len(blanks) == len(names) + len(numbers)
    # First and last name, street and town stand above each of the two letters.
    assert len(names) >= 2 * 4
    # And it can be printed: a long line asks for more room, not for too many sheets.
    assert work.sides <= profile().house.page_cap


@each_letter
def test_an_empty_letter_is_one_sheet_and_filled_in_once(
    builder: Kept, task_id: str, name: str, locale: str, size: TextSize
) -> None:
    # when
    work = unsaid(builder, task_id, name, locale, size)
    # then
    most = LONG.get(task_id, SHEETS) if size is TextSize.XL else SHEETS
    assert work.pages <= most
    letter = builder.papers[-1]
    assert isinstance(letter, Paper)
    twice = [pair.own for pair in letter.paragraphs if pair.admin and BLANK in pair.own]
    assert twice == []


def test_only_numbers_are_written_on_a_short_line() -> None:
    asked = {
        step.data.answer: step.data.input
        for task in CONTENT.tasks.values()
        for step in task.steps
        if isinstance(step.data, Ask)
    }
    short = {key for key in asked if key in SHORT_BLANKS}
    assert {asked[key] for key in short} <= NUMBERS
    assert SHORT_BLANKS - set(asked) <= {CardField.POSTAL_CODE.value}
