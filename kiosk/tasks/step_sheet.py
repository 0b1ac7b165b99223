"""Steps as they stand in a task's file."""

from __future__ import annotations

from typing import assert_never

from kiosk.tasks.fault import FaultCode
from kiosk.tasks.model import (
    Ask,
    Check,
    Choice,
    DoOnline,
    Guard,
    Print,
    ReadCard,
    Refer,
    Show,
    Step,
    StepData,
    TeachBack,
    Wait,
)
from kiosk.tasks.paper_sheet import read_condition
from kiosk.tasks.sheet import Entry, Fields, refuse_doubles
from kiosk.tasks.vocabulary import (
    BY_HAND,
    MAX_LENGTHS,
    REASON_NEEDED,
    UNANSWERED,
    Attribute,
    CardField,
    ChannelKind,
    Condition,
    InputKind,
    Outcome,
    ReferralType,
    StepKind,
    Topic,
)

TITLE_LIMIT = 34
TEXT_LIMIT = 90
CHOICE_LIMIT = 24
MAX_CHOICES = 6
MAX_LOOK_FOR = 3
MAX_WAIT_MIN = 30


def read_step(entry: Entry) -> Step:
    """Read one step: what all steps share, then what its kind needs."""
    with entry.fields() as fields:
        kind = fields.one_of("kind", StepKind)
        channels = fields.words("channels", ChannelKind)
        return Step(
            id=fields.take("id", Entry.id, ""),
            title=fields.text("title", TITLE_LIMIT),
            text=fields.text("text", TEXT_LIMIT),
            picture=fields.take("picture", Entry.picture, ""),
            data=_data(kind, fields),
            channels=frozenset(channels or ChannelKind),
            when=fields.get("when", _condition, {}),
            terms=fields.each("terms", Entry.word),
            outcome=fields.get("outcome", lambda e: e.one_of(Outcome), None),
        )


def _condition(entry: Entry) -> Condition:
    # A card nobody put in is a card that was not read: both go on by hand.
    return {
        key: values | {UNANSWERED} if BY_HAND in values else values
        for key, values in read_condition(entry).items()
    }


def _data(kind: StepKind, fields: Fields) -> StepData:
    match kind:
        case StepKind.SHOW:
            return Show()
        case StepKind.ASK:
            return _ask(fields)
        case StepKind.CHECK:
            return Check(fields.each("answers", Entry.word))
        case StepKind.READ_CARD:
            return _read_card(fields)
        case StepKind.DO_ONLINE:
            return _do_online(fields)
        case StepKind.PRINT:
            return Print(fields.word("document"), fields.get("answer", Entry.id, ""))
        case StepKind.TEACH_BACK:
            return TeachBack(fields.text("question", TEXT_LIMIT))
        case StepKind.GUARD:
            return Guard(
                answer=fields.take("answer", Entry.id, ""),
                consequence=fields.text("consequence", TEXT_LIMIT),
                irreversible=fields.take("irreversible", Entry.flag, False),
            )
        case StepKind.REFER:
            return Refer(
                types=fields.words("types", ReferralType),
                topics=fields.words("topics", Topic),
                attributes=fields.words("attributes", Attribute),
                organisations=fields.each("organisations", Entry.word),
            )
        case StepKind.WAIT:
            return Wait(fields.take("minutes", lambda e: e.number(1, MAX_WAIT_MIN), 1))
    assert_never(kind)


def _ask(fields: Fields) -> Ask:
    kind = fields.one_of("input", InputKind)
    longest = MAX_LENGTHS[kind]
    choices: tuple[Choice, ...] = ()
    if kind is InputKind.CHOICE:
        entry = fields.need("choices")
        items = [] if entry is None else entry.items()
        choices = tuple(_choice(item) for item in items)
        refuse_doubles(zip([choice.value for choice in choices], items, strict=True))
        if entry is not None and len(choices) > MAX_CHOICES:
            entry.fault(FaultCode.TOO_MANY, limit=str(MAX_CHOICES))
    return Ask(
        answer=fields.take("answer", Entry.id, ""),
        input=kind,
        max_length=fields.get("max_length", lambda e: e.number(1, longest), longest),
        choices=choices,
        optional=fields.get("optional", Entry.flag, True),
    )


def _choice(entry: Entry) -> Choice:
    with entry.fields() as fields:
        return Choice(
            value=fields.take("value", Entry.id, ""),
            title=fields.text("title", CHOICE_LIMIT),
            picture=fields.take("picture", Entry.picture, ""),
        )


def _read_card(fields: Fields) -> ReadCard:
    data = ReadCard(
        answer=fields.take("answer", Entry.id, ""),
        fields=fields.words("fields", CardField),
        reason=fields.get("reason", lambda e: e.text(TEXT_LIMIT), None),
    )
    for name in REASON_NEEDED.intersection(data.fields):
        if data.reason is None:
            fields.entry.fault(FaultCode.REASON_MISSING, field=name.value)
    return data


def _do_online(fields: Fields) -> DoOnline:
    look_for = fields.find("look_for")
    items = [] if look_for is None else look_for.items()
    if look_for is not None and len(items) > MAX_LOOK_FOR:
        look_for.fault(FaultCode.TOO_MANY, limit=str(MAX_LOOK_FOR))
    return DoOnline(
        host=fields.word("host"),
        path=fields.word("path"),
        label=fields.word("label"),
        offers_pdf=fields.get("offers_pdf", Entry.flag, False),
        look_for=tuple(item.text(TEXT_LIMIT) for item in items),
    )
