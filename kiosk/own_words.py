"""Somebody's own words in a letter: are they in a language that its reader knows?

A person tells what happened in the words and letters of their own language. Nothing here can
translate them, so the letter leaves room for a hand and the screen says so beforehand.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from kiosk.tasks.model import InputKind, Task
from kiosk.tasks.paper import Letter
from kiosk.tasks.placeholder import WIDE_BLANK, keys_of

LETTERS_A_LINE: Final = 25
"""What a hand writes on the 60 mm of a long line, in letters."""
FEWEST_LINES, MOST_LINES = 2, 10


class Doubt(StrEnum):
    """Why own words may not be understood. A catalogue id with the language behind it."""

    NOT_YET = "own-words-not"
    ASK = "own-words-ask"


def keys(task: Task) -> frozenset[str]:
    """Name the answers that are told freely."""
    return keys_of(task, InputKind.LONG_TEXT)


def letter_language(task: Task, said: Mapping[str, str]) -> str:
    """Return the language that was chosen for a letter of this task, "" where none was."""
    letters = (letter for letter in task.documents.values() if isinstance(letter, Letter))
    return next(filter(None, (said.get(letter.language) for letter in letters)), "")


def doubt(words: str, own: str, admin: str) -> Doubt | None:
    """Tell whether `words` of somebody who speaks `own` may be unreadable for `admin`.

    Dutch and French are written in Latin letters: what is mostly in others is certainly neither.
    Latin letters say nothing about the language, so there a person is asked to look.
    """
    if not words:
        return None
    if not _is_mostly_latin(words):
        return Doubt.NOT_YET
    return Doubt.ASK if own != admin else None


def room_for(words: str) -> str:
    """Return dotted lines for a hand that writes about as much as was typed."""
    lines = -(-len(words) // LETTERS_A_LINE)
    return "\n".join([WIDE_BLANK] * max(FEWEST_LINES, min(lines, MOST_LINES)))


def _is_mostly_latin(words: str) -> bool:
    letters = [char for char in words if char.isalpha()]
    latin = sum(unicodedata.name(char, "").startswith("LATIN") for char in letters)
    return 2 * latin >= len(letters)
