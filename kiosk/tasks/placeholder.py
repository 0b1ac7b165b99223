"""The ``{placeholders}`` of content words."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Mapping

from kiosk.tasks.model import Ask, InputKind, Task

BLANK = "…" * 7
WIDE_BLANK = "…" * 9
GAP = "…" * 3
"""Something is missing here, and nobody writes it here."""
BRACES = re.compile(r"\{([^{}]*)\}")
VOWELS = frozenset("aeiouyæœ")
_OF = re.compile(r"\b(?P<d>[Dd])e \{(?P<key>[^{}]*)\}")


def slots(template: str) -> frozenset[str]:
    """Name the placeholders of a text."""
    return frozenset(BRACES.findall(template))


def fill(
    template: str, values: Mapping[str, str], blank: str = BLANK, wide: Collection[str] = ()
) -> str:
    """Put values in; an absent or empty one becomes ``blank``, or a longer line for `wide`.

    A paper draws the two 35 and 60 mm long, whatever the type is (frame.typ).
    """

    def value(found: re.Match[str]) -> str:
        key = found.group(1)
        return values.get(key) or (WIDE_BLANK if key in wide else blank)

    return BRACES.sub(value, template)


def elided(template: str, values: Mapping[str, str]) -> str:
    """Return a French text whose "de" gives way before a value that begins with a vowel."""

    def of(found: re.Match[str]) -> str:
        value = unicodedata.normalize("NFD", values.get(found["key"], ""))
        first = next((char for char in value if char.isalnum()), "")
        return f"{found['d']}’{{{found['key']}}}" if first.lower() in VOWELS else found.group()

    return _OF.sub(of, template)


def spoken_answers(task: Task, answers: Mapping[str, str], locale: str) -> dict[str, str]:
    """Give the answers in words: the title of a choice instead of its key; the rest as typed."""
    words = dict(answers)
    for step in task.steps:
        if isinstance(step.data, Ask):
            for choice in step.data.choices:
                if answers.get(step.data.answer) == choice.value:
                    words[step.data.answer] = choice.title[locale]
    return words


def keys_of(task: Task, kind: InputKind) -> frozenset[str]:
    """Name the answers of a task that are given in one way."""
    return frozenset(
        step.data.answer
        for step in task.steps
        if isinstance(step.data, Ask) and step.data.input is kind
    )
