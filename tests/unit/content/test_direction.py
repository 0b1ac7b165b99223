"""What was said keeps its own direction in every column of a letter, and a number its one line."""

from __future__ import annotations

import pytest

from kiosk.documents.builder import Builder
from kiosk.documents.isolate import LRI, PDI, RLI
from kiosk.documents.model import Letter
from kiosk.showing import Showing
from kiosk.tasks.loader import load_content
from kiosk.tasks.model import Ask
from kiosk.tasks.placeholder import keys_of
from kiosk.tasks.vocabulary import InputKind
from tests.driving.visiting import Kept, Visit
from tests.unit.content.letters import column, letter_of

CONTENT = load_content()
REFERENCES = ("KL 44-9/AC", "F/2025-0117")
TASK = "telecom-dispute"


@pytest.fixture(scope="module")
def builder() -> Kept:
    return Kept()


def texts_of(letter: Letter) -> list[str]:
    pairs = (letter.subject, *letter.paragraphs)
    return [text for pair in pairs for text in (pair.own, pair.admin) if text]


@pytest.mark.parametrize("reference", REFERENCES)
@pytest.mark.parametrize("locale", ["ar", "nl", "fr", "en", "de"])
def test_a_reference_is_drawn_from_left_to_right_on_one_line_in_the_residents_column(
    builder: Builder, locale: str, reference: str
) -> None:
    admin = "fr" if locale == "nl" else "nl"
    # when
    pdf = letter_of(builder, CONTENT, TASK, locale, {"letter_language": admin}).pdf
    # then
    own, theirs = column(pdf, is_right=locale == "ar"), column(pdf, is_right=locale != "ar")
    assert any(reference in line for line in own), own
    assert any(reference in line for line in theirs), theirs


@pytest.mark.parametrize("neighbours", ["Proef Voorbeeld", "1000 Nergens"])
def test_neighbours_in_latin_letters_are_drawn_in_the_order_they_are_said_in(
    builder: Builder, neighbours: str
) -> None:
    # given a letter that says a name, and a postal code with its municipality, in one sentence
    said = {"street": "Weg 1", "municipality": "Nergens"}  # short: one line holds them
    pdf = letter_of(builder, CONTENT, "address-change", "ar", said).pdf
    # then
    own = column(pdf, is_right=True)
    assert any(neighbours in line for line in own), own


def test_neighbours_in_arabic_letters_keep_the_order_of_an_arabic_sentence(builder: Kept) -> None:
    letter_of(builder, CONTENT, "address-change", "ar", {"first_names": "نور", "surname": "محمد"})
    letter = builder.papers[-1]
    assert isinstance(letter, Letter)
    assert any(f"{RLI}نور{PDI} {RLI}محمد{PDI}" in text for text in texts_of(letter))


def test_what_was_said_is_isolated_once_in_a_language_from_right_to_left(builder: Kept) -> None:
    # given what was said holds an isolate and an override of its own
    said = {"bill_number": f"{LRI}F/2025-\u202e0117{PDI}"}
    # when
    letter_of(builder, CONTENT, TASK, "ar", said)
    # then
    letter = builder.papers[-1]
    assert isinstance(letter, Letter)
    (bill,) = [text for text in texts_of(letter) if "الفاتورة " in text and "129" in text]
    assert bill.replace("\u2060", "").count(f"{LRI}F/2025-0117{PDI}") == 1
    assert bill.count(LRI) == bill.count(PDI) == 2  # the amount and the number
    assert RLI not in bill


def test_a_value_in_arabic_letters_is_isolated_in_a_letter_from_left_to_right(
    builder: Kept,
) -> None:
    letter_of(builder, CONTENT, TASK, "nl", {"bill_number": "ف/2025-0117"})
    letter = builder.papers[-1]
    assert isinstance(letter, Letter)
    told = [text.replace("\u2060", "") for text in texts_of(letter)]
    assert 2 == sum(f"{RLI}ف/2025-0117{PDI}" in text for text in told)


def test_a_letter_from_left_to_right_says_latin_values_as_they_are(builder: Kept) -> None:
    letter_of(builder, CONTENT, TASK, "nl", {})
    letter = builder.papers[-1]
    assert isinstance(letter, Letter)
    assert not any(mark in text for text in texts_of(letter) for mark in (LRI, RLI, PDI))


def test_references_are_the_answers_of_that_kind() -> None:
    task = CONTENT.tasks[TASK]
    asked = {s.data.answer: s.data.input for s in task.steps if isinstance(s.data, Ask)}
    wanted = {key for key, kind in asked.items() if kind is InputKind.REFERENCE}
    assert wanted == keys_of(task, InputKind.REFERENCE) == {"customer_number", "bill_number"}


def test_a_screen_isolates_what_was_said_as_a_paper_does() -> None:
    # given an Arabic step that repeats what was typed
    visit = Visit(CONTENT, locale="ar").opens()
    memory = visit.controller.memory
    memory.locale, memory.task = "ar", CONTENT.tasks[TASK]
    text = {"ar": "فاتورة {today}."}
    # when
    said = Showing(visit.profile, CONTENT)._say(memory, text)
    # then
    assert f"فاتورة {LRI}{memory.today}{PDI}." == said
    visit.close()
