"""Placeholders: what is unanswered is a line to write on."""

from __future__ import annotations

import pytest

from kiosk.tasks.loader import load_content
from kiosk.tasks.placeholder import elided, fill, slots, spoken_answers


def test_an_answer_goes_in_and_a_missing_one_is_a_line() -> None:
    assert fill("Ik ben {name}, van {town}.", {"name": "Ada"}, "____") == "Ik ben Ada, van ____."


def test_an_empty_answer_is_a_line_too() -> None:
    assert fill("Ik ben {name}.", {"name": ""}, "____") == "Ik ben ____."


def test_an_answer_with_braces_is_not_read_again() -> None:
    assert fill("{a}", {"a": "{b}", "b": "secret"}) == "{b}"


@pytest.mark.parametrize(
    ("town", "told"),
    [
        ("Ixelles", "Commune d’Ixelles"),
        ("évere", "Commune d’évere"),
        ("\u2066Uccle\u2069", "Commune d’\u2066Uccle\u2069"),
        ("Haren", "Commune de Haren"),
        ("Jette", "Commune de Jette"),
        ("", "Commune de ____"),
    ],
)
def test_in_french_de_gives_way_before_a_vowel(town: str, told: str) -> None:
    values = {"town": town}
    assert told == fill(elided("Commune de {town}", values), values, "____")


def test_the_slots_of_a_text_are_named() -> None:
    assert {"a", "b"} == slots("{a} en {b}.")


def test_a_choice_is_spoken_by_its_title() -> None:
    task = load_content().tasks["telecom-dispute"]

    words = spoken_answers(task, {"return_how": "shop", "bill_amount": "12,50"}, "fr")

    assert words == {"return_how": "Dans un magasin", "bill_amount": "12,50"}
