"""Values keep their own direction."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.documents.isolate import (
    balanced,
    isolate,
    isolate_in,
    isolate_numbers,
    isolate_quotes,
    joined,
)

LRI, RLI, PDI = "\u2066", "\u2067", "\u2069"


@pytest.mark.parametrize("value", ["020-555-0142", "2026-11-21", "BE68 5390", "Noor", "+32 2 5"])
def test_a_value_is_wrapped_from_left_to_right(value: str) -> None:
    assert f"{LRI}{value}{PDI}" == isolate(value)


def test_a_name_in_arabic_letters_is_wrapped_from_right_to_left() -> None:
    assert f"{RLI}محمد{PDI}" == isolate("محمد")


def test_controls_inside_a_value_are_dropped() -> None:
    assert f"{LRI}Noor evil{PDI}" == isolate("Noor\u202e \u2069\u2067evil\u202c\u200f")


def test_each_line_is_wrapped_by_itself_and_nothing_stays_nothing() -> None:
    assert f"{LRI}a 1{PDI}\n\n{LRI}b{PDI}" == isolate("a 1\n\nb")
    assert isolate("") == ""


@given(st.text())
def test_isolating_twice_changes_nothing_more(text: str) -> None:
    assert isolate(text) == isolate(isolate(text))


@pytest.mark.parametrize(
    "number",
    ["02 223 09 09", "+32 2 223 09 09", "(02) 223 09", "15-12-2026", "9.30", "09:00 - 17:00"],
)
def test_a_number_written_into_a_sentence_is_wrapped(number: str) -> None:
    assert f"اتصل على {LRI}{number}{PDI}." == isolate_numbers(f"اتصل على {number}.")


def test_plain_numbers_and_wrapped_values_stay_as_they_are() -> None:
    sentence = f"خذ رقماً 7، أو {LRI}15-12-2026{PDI} (5)."
    assert sentence == isolate_numbers(sentence)


def test_what_is_said_in_another_direction_keeps_its_full_stop() -> None:
    assert f"قولوا: «{LRI}J'ai 2 cartes.{PDI}»" == isolate_quotes("قولوا: «J'ai 2 cartes.»")
    assert isolate_quotes("قالوا «على الإنترنت».") == "قالوا «على الإنترنت»."


def test_a_list_of_numbers_keeps_the_direction_of_the_sentence() -> None:
    assert isolate_numbers("1, 2, 3") == "1, 2, 3"


@given(st.text(alphabet="ab\n\u2066\u2067\u2068\u2069\u202a\u202e\u202c"))
def test_a_sentence_closes_on_each_line_what_it_opens(text: str) -> None:
    for line in balanced(text).split("\n"):
        depth = 0
        for char in line:
            depth += (char in "\u2066\u2067\u2068") - (char == PDI)
            assert depth >= 0
        assert depth == 0
        assert not set(line) & set("\u202a\u202e\u202c")


def test_a_value_is_wrapped_where_its_parts_would_change_places() -> None:
    # from right to left any value, from left to right what is written the other way
    assert f"{LRI}F/2025-0117{PDI}" == isolate_in("F/2025-0117", is_rtl=True)
    assert f"{RLI}محمد{PDI}" == isolate_in("محمد", is_rtl=True)
    assert f"{RLI}محمد 12{PDI}" == isolate_in("محمد 12", is_rtl=False)
    assert f"{LRI}Noor محمد{PDI}" == isolate_in("Noor محمد", is_rtl=False)
    assert isolate_in("F/2025-0117", is_rtl=False) == "F/2025-0117"
    assert isolate_in("", is_rtl=True) == ""


@pytest.mark.parametrize("between", [" ", ", "])
def test_values_from_left_to_right_that_stand_side_by_side_are_one_run(between: str) -> None:
    parts = ("Proefstraat 12", "1000", "Bruxelles")
    sentence = f"عنواني: {between.join(map(isolate, parts))}."
    assert f"عنواني: {LRI}{between.join(parts)}{PDI}." == joined(sentence)


@pytest.mark.parametrize(
    "sentence",
    [
        f"{isolate('Proef')} {isolate('محمد')}",
        f"{isolate('نور')} {isolate('محمد')}",
        f"{isolate('1000')}، {isolate('Bruxelles')}",
        f"{isolate('1000')} في {isolate('Bruxelles')}",
        f"{isolate('1000')}\n{isolate('Bruxelles')}",
        "1000 Bruxelles",
    ],
)
def test_what_words_or_another_direction_keep_apart_stays_apart(sentence: str) -> None:
    assert sentence == joined(sentence)
