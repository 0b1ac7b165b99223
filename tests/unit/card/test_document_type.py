"""The kinds of card, against the list of the documents written out once more."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device.card.document_type import DocumentType, document_type, parse_number

LETTERS = """
11 A · 12 B · 13 C · 14 D · 15 E · 16 E+ · 17 F · 18 F+ · 19 H · 20 I · 21 J · 22 M · 23 N
27 K · 28 L · 31 EU · 32 EU+ · 33 A · 34 B · 35 F · 36 F+
61 EU · 62 EU+ · 63 A · 64 B · 65 K · 66 L · 67 F · 68 F+ · 69 M
"""
WITHOUT_LETTER = {1: "Belgian", 6: "Kids-ID", 7: "bootstrap", 8: "habilitation"}


def listed() -> dict[int, str]:
    """Return the letter of each number."""
    entries = (entry.split() for line in LETTERS.splitlines() for entry in line.split("·") if entry)
    return {int(number): letter for number, letter in entries}


def test_every_listed_number_is_known_and_no_other() -> None:
    assert {kind.number for kind in DocumentType} == set(listed()) | set(WITHOUT_LETTER)
    assert len(DocumentType.__members__) == len(list(DocumentType)) == 34


@pytest.mark.parametrize(("number", "letter"), listed().items())
def test_a_name_begins_with_the_letter_on_the_card(number: int, letter: str) -> None:
    kind = document_type(number)

    assert kind is not None
    assert kind.english.partition(":")[0] == letter
    assert kind.name.removesuffix("_2021").removesuffix("_CHILD") == letter.replace("+", "_PLUS")
    assert ("2021" in kind.english) == (33 <= number <= 36)
    assert ("child" in kind.english) == (61 <= number <= 69)


@pytest.mark.parametrize(("number", "word"), WITHOUT_LETTER.items())
def test_a_card_without_letter_has_its_name(number: int, word: str) -> None:
    kind = document_type(number)

    assert kind is not None
    assert word in kind.english


def test_no_two_kinds_have_one_name() -> None:
    assert len({kind.english for kind in DocumentType}) == len(DocumentType)


@pytest.mark.parametrize(
    ("code", "number"),
    [
        ("1", 1),
        ("01", 1),
        ("61", 61),
        ("00", 0),
        ("", None),
        ("Q7", None),
        ("\u0661", None),
        ("-1", None),
        ("9999", 9999),
        ("00001", None),
        ("9" * 5000, None),
    ],
)
def test_a_code_is_a_number_or_none(code: str, number: int | None) -> None:
    assert number == parse_number(code)


@given(st.none() | st.integers())
def test_an_unknown_number_is_no_failure(number: int | None) -> None:
    kind = document_type(number)

    assert (kind is None) == (number not in set(listed()) | set(WITHOUT_LETTER))
