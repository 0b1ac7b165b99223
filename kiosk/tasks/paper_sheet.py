"""Documents as they stand in a task's file."""

from __future__ import annotations

import yaml

from kiosk.tasks.paper import (
    Document,
    DocumentKind,
    Fact,
    Letter,
    Line,
    Paragraph,
    Proof,
    QrSource,
    Referral,
    Slip,
    WalletCard,
)
from kiosk.tasks.sheet import Entry, Fields
from kiosk.tasks.vocabulary import ChannelKind, Condition, Mark, ReferralType, Source, Text

MAX_COPIES = 4
LABEL_LIMIT = 40
PARAGRAPH_LIMIT = 400
TITLE_LIMIT = 60


def read_source(entry: Entry) -> Source:
    """Read where a fact comes from."""
    with entry.fields() as fields:
        return Source(
            title=fields.word("title"),
            mark=fields.one_of("mark", Mark),
            url=fields.get("url", Entry.word, None),
            dated=fields.get("dated", Entry.day, None),
        )


NO_SOURCE = Source("", Mark.UNVERIFIED)


def read_condition(entry: Entry) -> Condition:
    """Read ``{answer: value}`` or ``{answer: [value, value]}``; rules.py checks the names."""
    return {
        key: frozenset(
            item.word()
            for item in (value.items() if isinstance(value.node, yaml.SequenceNode) else [value])
        )
        for key, value in entry.members()
    }


def read_paragraph(entry: Entry) -> Paragraph:
    """Read words, alone or as ``{when, text}``."""
    if isinstance(entry.node, yaml.MappingNode) and "text" in dict(entry.members()):
        with entry.fields() as fields:
            when: Condition = fields.get("when", read_condition, {})
            words: Text = fields.take("text", lambda e: e.text_or_name(PARAGRAPH_LIMIT), {})
            return Paragraph(words, when)
    return Paragraph(entry.text_or_name(PARAGRAPH_LIMIT))


def read_line(entry: Entry) -> Line:
    """Read a label and the answer key beside it."""
    with entry.fields() as fields:
        return Line(fields.text("label", LABEL_LIMIT), fields.word("answer"))


def read_fact(entry: Entry) -> Fact:
    """Read a fact that can go out of date."""
    with entry.fields() as fields:
        return Fact(
            label=fields.text("label", LABEL_LIMIT),
            value=fields.take("value", Entry.text_or_name, {}),
            source=fields.take("source", read_source, NO_SOURCE),
            checked_on=fields.day("checked_on"),
            when=fields.get("when", read_condition, {}),
        )


def read_document(name: str, entry: Entry) -> Document:
    """Read one document of a task."""
    with entry.fields() as fields:
        match fields.one_of("kind", DocumentKind):
            case DocumentKind.LETTER:
                return _letter(name, fields)
            case DocumentKind.WALLET_CARD:
                return WalletCard(
                    id=name,
                    title=fields.text("title", TITLE_LIMIT),
                    lines=fields.each("lines", read_line),
                    qr=fields.one_of("qr", QrSource),
                    qr_answer=fields.get("qr_answer", Entry.word, None),
                    afterwards=fields.each("afterwards", read_paragraph),
                    copies=_copies(fields, 2),
                )
            case DocumentKind.SLIP:
                return Slip(
                    id=name,
                    title=fields.text("title", TITLE_LIMIT),
                    steps=fields.each("steps", read_paragraph),
                    channel=fields.get("channel", lambda e: e.one_of(ChannelKind), None),
                    bring=fields.each("bring", read_paragraph),
                    facts=fields.each("facts", read_fact),
                    date=fields.get("date", lambda e: e.text_or_name(LABEL_LIMIT), None),
                    afterwards=fields.each("afterwards", read_paragraph),
                    copies=_copies(fields, 1),
                )
            case DocumentKind.PROOF:
                return Proof(
                    id=name,
                    title=fields.text("title", TITLE_LIMIT),
                    lines=fields.each("lines", read_line),
                    afterwards=fields.each("afterwards", read_paragraph),
                    copies=_copies(fields, 1),
                )
            case DocumentKind.REFERRAL:
                return Referral(
                    id=name,
                    title=fields.text("title", TITLE_LIMIT),
                    steps=fields.each("steps", read_paragraph),
                    types=fields.words("types", ReferralType),
                    lines=fields.each("lines", read_line),
                    afterwards=fields.each("afterwards", read_paragraph),
                    copies=_copies(fields, 1),
                )


def _letter(name: str, fields: Fields) -> Letter:
    return Letter(
        id=name,
        title=fields.text("title", TITLE_LIMIT),
        language=fields.word("language"),
        sender=fields.each("sender", read_paragraph),
        recipient=fields.each("recipient", read_paragraph),
        subject=fields.text("subject", 120),
        paragraphs=fields.each("paragraphs", read_paragraph),
        closing=fields.text("closing", 120),
        enclosures=fields.each("enclosures", read_paragraph),
        afterwards=fields.each("afterwards", read_paragraph),
        copies=_copies(fields, 2),
    )


def _copies(fields: Fields, default: int) -> int:
    return fields.get("copies", lambda entry: entry.number(1, MAX_COPIES), default)
