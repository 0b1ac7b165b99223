"""Every text of the shipped content, with a name to find it by."""

from __future__ import annotations

import re
from collections.abc import Iterator

from kiosk.tasks.loader import Content
from kiosk.tasks.model import Ask as AskStep
from kiosk.tasks.model import DoOnline, Guard, ReadCard, Task, TeachBack
from kiosk.tasks.paper import texts_of
from kiosk.tasks.vocabulary import Text

SENTENCE_END = re.compile(r"(?<=[.!?؟:])\s+|\n")
WORD = re.compile(r"[^\W_]+(?:['’.-][^\W_]+)*|\{\w+\}")


def task_screens(task: Task) -> Iterator[tuple[str, Text]]:
    """List what a task shows and says."""
    yield f"{task.id}.title", task.title
    yield f"{task.id}.text", task.text
    yield f"{task.id}.without", task.without
    for kind, channel in task.channels.items():
        yield f"{task.id}.{kind}.text", channel.text
        facts = [fact for fact in (channel.where, channel.hours, channel.cost) if fact]
        for i, fact in enumerate([*facts, *channel.bring]):
            yield f"{task.id}.{kind}.fact{i}", fact
    for step in task.steps:
        name = f"{task.id}.{step.id}"
        yield f"{name}.title", step.title
        yield f"{name}.text", step.text
        match step.data:
            case AskStep(choices=choices):
                for choice in choices:
                    yield f"{name}.{choice.value}", choice.title
            case Guard(consequence=consequence):
                yield f"{name}.consequence", consequence
            case TeachBack(question=question):
                yield f"{name}.question", question
            case DoOnline(look_for=lines):
                for i, line in enumerate(lines):
                    yield f"{name}.look_for{i}", line
            case ReadCard(reason=reason) if reason:
                yield f"{name}.reason", reason
            case _:
                pass


def task_papers(task: Task) -> Iterator[tuple[str, Text]]:
    """List what a task prints."""
    for document in task.documents.values():
        for key, text in texts_of(document).items():
            yield f"{task.id}.{document.id}.{key}", text


def everything(content: Content) -> Iterator[tuple[str, Text]]:
    """List every text of the content."""
    for need in content.needs:
        yield f"need {need.id}.title", need.title
        yield f"need {need.id}.text", need.text
    for term in content.glossary.values():
        yield f"term {term.id}.title", term.title
        yield f"term {term.id}.text", term.text
    for organisation in content.directory.organisations:
        yield f"organisation {organisation.id}.text", organisation.text
        if organisation.hours:
            yield f"organisation {organisation.id}.hours", organisation.hours
    for task in content.tasks.values():
        yield from task_screens(task)
        yield from task_papers(task)


def sentences(words: str) -> list[list[str]]:
    """Split words into sentences of words; a colon ends one, as it does when spoken."""
    found = (WORD.findall(sentence) for sentence in SENTENCE_END.split(words))
    return [sentence for sentence in found if sentence]
