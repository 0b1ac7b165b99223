"""A whole task as it stands in its file."""

from __future__ import annotations

from dataclasses import replace

from kiosk.tasks.fault import FaultCode
from kiosk.tasks.model import Ask, Channel, ReadCard, Step, Task
from kiosk.tasks.paper_sheet import NO_SOURCE, read_document, read_source
from kiosk.tasks.sheet import Entry, Fields, refuse_doubles
from kiosk.tasks.step_sheet import TEXT_LIMIT, TITLE_LIMIT, read_step
from kiosk.tasks.vocabulary import (
    BY_HAND,
    ChannelKind,
    Exists,
    Key,
    OwnerType,
    Sensitivity,
    Text,
)

FACT_LIMIT = 120
MAX_MINUTES = 60


def read_task(entry: Entry) -> Task:
    """Read a task; what must agree between its parts is checked by rules.py."""
    with entry.fields() as fields:
        steps_entry = fields.need("steps")
        items = [] if steps_entry is None else steps_entry.items()
        steps = tuple(read_step(item) for item in items)
        refuse_doubles(zip([step.id for step in steps], items, strict=True))
        documents = fields.find("documents")
        return Task(
            id=fields.take("id", Entry.id, ""),
            version=fields.take("version", lambda e: e.number(1, 9999), 1),
            need=fields.word("need"),
            picture=fields.take("picture", Entry.picture, ""),
            title=fields.text("title", TITLE_LIMIT),
            text=fields.text("text", TEXT_LIMIT),
            minutes=fields.take("minutes", lambda e: e.number(1, MAX_MINUTES), 1),
            owner_type=fields.one_of("owner_type", OwnerType),
            sensitivity=fields.one_of("sensitivity", Sensitivity),
            allow_instead=fields.take("allow_instead", Entry.flag, False),
            any_of=fields.words("requires_any_of", Key) or (Key.NONE,),
            without=fields.text("without", TEXT_LIMIT),
            channels=_channels(fields),
            steps=_with_ways_by_hand(steps),
            documents={}
            if documents is None
            else {name: read_document(name, body) for name, body in documents.members()},
            sources=fields.each("sources", read_source),
            checked_on=fields.day("checked_on"),
        )


def _channels(fields: Fields) -> dict[ChannelKind, Channel]:
    entry = fields.need("channels")
    if entry is None:
        return {}
    with entry.fields() as kinds:
        return {
            kind: _channel(kind, found)
            for kind in ChannelKind
            if (found := kinds.need(kind.value)) is not None
        }


def _channel(kind: ChannelKind, entry: Entry) -> Channel:
    def fact(name: str) -> Text | None:
        return fields.get(name, lambda e: e.text_or_name(FACT_LIMIT), None)

    with entry.fields() as fields:
        channel = Channel(
            kind=kind,
            exists=fields.one_of("exists", Exists),
            text=fields.text("text", TEXT_LIMIT),
            source=fields.take("source", read_source, NO_SOURCE),
            checked_on=fields.day("checked_on"),
            where=fact("where"),
            hours=fact("hours"),
            number=fields.get("number", Entry.word, None),
            url=fields.get("url", Entry.word, None),
            cost=fact("cost"),
            bring=fields.each("bring", lambda e: e.text_or_name(FACT_LIMIT)),
            login=fields.words("login", Key),
        )
    # A number, a site, a key or a day of checking belongs to somebody else.
    if channel.is_ours and (channel.number or channel.url or channel.login or channel.checked_on):
        entry.at("source", "mark").fault(FaultCode.NOT_OURS)
    return channel


def _with_ways_by_hand(steps: tuple[Step, ...]) -> tuple[Step, ...]:
    def complete(step: Step) -> Step:
        if not isinstance(step.data, ReadCard):
            return step
        by_hand = tuple(other.id for other in steps if _stands_in(step.data, other))
        return replace(step, data=replace(step.data, by_hand=by_hand))

    return tuple(complete(step) for step in steps)


def _stands_in(reading: ReadCard, step: Step) -> bool:
    return (
        isinstance(step.data, Ask)
        and BY_HAND in step.when.get(reading.answer, frozenset())
        and step.data.answer in {name.value for name in reading.fields}
    )
