"""A task: one thing to get done, as data.

Rules of the model
- Every text a person sees or hears is a ``Text``: one string per language.
- The four channels are always all there; one that is missing says so.
- A step is one screen. What it shows depends on the channel and on answers given *before* it,
  never on later ones; so going back always undoes going forward.
- Nothing here reads files, clocks or devices.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import ClassVar

from kiosk.tasks.paper import Document
from kiosk.tasks.vocabulary import (
    BY_HAND,
    MAX_LENGTHS,
    NO,
    PRINTED,
    READ,
    REASON_NEEDED,
    SYSTEM_PLACEHOLDERS,
    UNANSWERED,
    WITHOUT,
    YES,
    Attribute,
    CardField,
    ChannelKind,
    Condition,
    Exists,
    InputKind,
    Key,
    Mark,
    Outcome,
    OwnerType,
    Posture,
    ReferralType,
    Sensitivity,
    Source,
    StepKind,
    Text,
    Topic,
)

__all__ = [
    "BY_HAND",
    "MAX_LENGTHS",
    "NO",
    "PRINTED",
    "READ",
    "REASON_NEEDED",
    "SYSTEM_PLACEHOLDERS",
    "UNANSWERED",
    "WITHOUT",
    "YES",
    "Ask",
    "Attribute",
    "CardField",
    "Channel",
    "ChannelKind",
    "Check",
    "Choice",
    "Condition",
    "DoOnline",
    "Document",
    "Exists",
    "Guard",
    "Host",
    "InputKind",
    "Key",
    "Mark",
    "Need",
    "Outcome",
    "OwnerType",
    "Posture",
    "Print",
    "ReadCard",
    "Refer",
    "ReferralType",
    "Sensitivity",
    "Show",
    "Source",
    "Step",
    "StepData",
    "StepKind",
    "Task",
    "TeachBack",
    "Term",
    "Text",
    "Topic",
    "Wait",
    "answer_values",
    "holds",
]


@dataclass(frozen=True)
class Channel:
    """One of the four ways of one task.

    ``None`` in a fact means nobody knows it yet: paper leaves a line to write on.
    ``checked_on`` is the day a person checked every fact here; ``None`` shows as not checked,
    unless its source is marked ``ours``.
    """

    kind: ChannelKind
    exists: Exists
    text: Text
    source: Source
    checked_on: date | None = None
    where: Text | None = None
    hours: Text | None = None
    number: str | None = None
    url: str | None = None
    cost: Text | None = None
    bring: tuple[Text, ...] = ()
    login: tuple[Key, ...] = ()

    @property
    def is_ours(self) -> bool:
        """Say whether every fact here is the house's own, which needs nobody's check."""
        return self.source.mark is Mark.OURS


@dataclass(frozen=True)
class Choice:
    """One answer of a closed question."""

    value: str
    title: Text
    picture: str


@dataclass(frozen=True)
class Show:
    """Show something; one tap goes on."""

    kind: ClassVar[StepKind] = StepKind.SHOW


@dataclass(frozen=True)
class Ask:
    """Ask one question. ``max_length`` in characters; ``choices`` only for a choice."""

    kind: ClassVar[StepKind] = StepKind.ASK
    answer: str
    input: InputKind
    max_length: int
    choices: tuple[Choice, ...] = ()
    optional: bool = True


@dataclass(frozen=True)
class Check:
    """Let the person look over what was said, in this order."""

    kind: ClassVar[StepKind] = StepKind.CHECK
    answers: tuple[str, ...]


@dataclass(frozen=True)
class ReadCard:
    """Ask leave to read a card, and read only ``fields``.

    The answer ``answer`` becomes ``read`` or ``by_hand``; each field becomes an answer of its own
    name. ``by_hand`` names the steps that ask for the same by hand.
    """

    kind: ClassVar[StepKind] = StepKind.READ_CARD
    answer: str
    fields: tuple[CardField, ...]
    reason: Text | None = None
    by_hand: tuple[str, ...] = ()


@dataclass(frozen=True)
class DoOnline:
    """Open an official site. ``look_for`` is what appears there, at most three lines."""

    kind: ClassVar[StepKind] = StepKind.DO_ONLINE
    host: str
    path: str
    label: str
    offers_pdf: bool = False
    look_for: tuple[Text, ...] = ()


@dataclass(frozen=True)
class Print:
    """Print one document of the task.

    The answer ``answer``, if there is one, becomes ``printed`` or ``without``: a later step that
    speaks of the paper is shown to those who have it.
    """

    kind: ClassVar[StepKind] = StepKind.PRINT
    document: str
    answer: str = ""


@dataclass(frozen=True)
class TeachBack:
    """Ask the person to say it in their own words; the machine is what is tested."""

    kind: ClassVar[StepKind] = StepKind.TEACH_BACK
    question: Text


@dataclass(frozen=True)
class Guard:
    """Say a consequence before it happens. The answer becomes ``yes`` or ``no``."""

    kind: ClassVar[StepKind] = StepKind.GUARD
    answer: str
    consequence: Text
    irreversible: bool


@dataclass(frozen=True)
class Refer:
    """Offer places that help further."""

    kind: ClassVar[StepKind] = StepKind.REFER
    types: tuple[ReferralType, ...]
    topics: tuple[Topic, ...] = ()
    attributes: tuple[Attribute, ...] = ()
    organisations: tuple[str, ...] = ()


@dataclass(frozen=True)
class Wait:
    """Wait together, about this many minutes."""

    kind: ClassVar[StepKind] = StepKind.WAIT
    minutes: int


StepData = Show | Ask | Check | ReadCard | DoOnline | Print | TeachBack | Guard | Refer | Wait


@dataclass(frozen=True)
class Step:
    """One screen of a task. ``outcome``: what the task has come to once this step is done."""

    id: str
    title: Text
    text: Text
    picture: str
    data: StepData
    channels: frozenset[ChannelKind] = frozenset(ChannelKind)
    when: Condition = field(default_factory=dict)
    terms: tuple[str, ...] = ()
    outcome: Outcome | None = None

    @property
    def kind(self) -> StepKind:
        """Say what the step does."""
        return self.data.kind

    def applies(self, channel: ChannelKind, answers: Mapping[str, str]) -> bool:
        """Say whether the step is part of the way by ``channel`` with these answers."""
        return channel in self.channels and holds(self.when, answers)


def holds(condition: Condition, answers: Mapping[str, str]) -> bool:
    """Say whether a condition holds; an empty answer counts as unanswered."""
    return all((answers.get(key) or UNANSWERED) in values for key, values in condition.items())


@dataclass(frozen=True)
class Task:
    """One thing to get done, with its four channels and its steps."""

    id: str
    version: int
    need: str
    picture: str
    title: Text
    text: Text
    minutes: int
    owner_type: OwnerType
    sensitivity: Sensitivity
    allow_instead: bool
    any_of: tuple[Key, ...]
    without: Text
    channels: Mapping[ChannelKind, Channel]
    steps: tuple[Step, ...]
    documents: Mapping[str, Document]
    sources: tuple[Source, ...]
    checked_on: date | None = None

    @property
    def terms(self) -> tuple[str, ...]:
        """Glossary terms of all steps, in order of first use."""
        return tuple(dict.fromkeys(term for step in self.steps for term in step.terms))

    def step(self, step_id: str) -> Step:
        """Find a step. Raises KeyError."""
        for step in self.steps:
            if step.id == step_id:
                return step
        raise KeyError(step_id)


@dataclass(frozen=True)
class Need:
    """What a resident comes with."""

    id: str
    title: Text
    text: Text
    picture: str


@dataclass(frozen=True)
class Term:
    """A word of the administration, explained plainly."""

    id: str
    title: Text
    text: Text


@dataclass(frozen=True)
class Host:
    """An official site that a step may open: the allow-list of the site browser and its proxy."""

    host: str
    runs: str
    owner_type: OwnerType
    source: Source
    checked_on: date | None = None


def answer_values(step: Step) -> Mapping[str, frozenset[str] | None]:
    """List the answer keys a step can set, each with its closed set of values or None if free.

    ``unanswered`` is always possible and not listed. A card field is free.
    """
    match step.data:
        case Ask(answer=answer, input=InputKind.CHOICE, choices=choices):
            return {answer: frozenset(choice.value for choice in choices)}
        case Ask(answer=answer, input=InputKind.YES_NO) | Guard(answer=answer):
            return {answer: frozenset({YES, NO})}
        case Ask(answer=answer):
            return {answer: None}
        case ReadCard(answer=answer, fields=fields):
            return {answer: frozenset({READ, BY_HAND}), **{f.value: None for f in fields}}
        case Print(answer=answer) if answer:
            return {answer: frozenset({PRINTED, WITHOUT})}
        case _:
            return {}
