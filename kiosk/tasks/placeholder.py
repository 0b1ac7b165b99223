"""The ``{placeholders}`` of content words."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from kiosk.tasks.model import Ask, Task

BRACES = re.compile(r"\{([^{}]*)\}")


@dataclass(frozen=True)
class Words:
    """Words that stand as written."""

    text: str


@dataclass(frozen=True)
class Slot:
    """A place for an answer: right-to-left paper wraps it in an isolate."""

    key: str


def segments(template: str) -> Iterator[Words | Slot]:
    """Split words at their placeholders."""
    for i, part in enumerate(BRACES.split(template)):
        if i % 2:
            yield Slot(part)
        elif part:
            yield Words(part)


def slots(template: str) -> frozenset[str]:
    """Name the placeholders of a text."""
    return frozenset(BRACES.findall(template))


def fill(template: str, values: Mapping[str, str], blank: str = "…………………") -> str:
    """Put values in; an absent or empty one becomes ``blank``, a line to write on."""
    return BRACES.sub(lambda found: values.get(found.group(1)) or blank, template)


def spoken_answers(task: Task, answers: Mapping[str, str], locale: str) -> dict[str, str]:
    """Give the answers in words: the title of a choice instead of its key; the rest as typed."""
    words = dict(answers)
    for step in task.steps:
        if isinstance(step.data, Ask):
            for choice in step.data.choices:
                if answers.get(step.data.answer) == choice.value:
                    words[step.data.answer] = choice.title[locale]
    return words
