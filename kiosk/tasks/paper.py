"""The papers of a task, as data: what a letter, card or slip says, not how it looks.

``afterwards`` says what to do with each sheet. Words may hold ``{placeholders}``: answer keys,
``{today}`` or ``{place}``. The loader has checked each. An answer that nobody gave is
a line to write on, never a refusal.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import ClassVar

from kiosk.tasks.vocabulary import ChannelKind, Condition, ReferralType, Source, Text


class DocumentKind(StrEnum):
    """What comes out of the printer."""

    LETTER = "letter"
    WALLET_CARD = "wallet_card"
    SLIP = "slip"
    PROOF = "proof"
    REFERRAL = "referral"


class QrSource(StrEnum):
    """What the QR of a wallet card holds."""

    NONE = "none"
    LINES = "lines"
    ANSWER = "answer"
    SITE_PDF = "site_pdf"


@dataclass(frozen=True)
class Paragraph:
    """Words of a document, there only when the condition holds."""

    text: Text
    when: Condition = field(default_factory=dict)


@dataclass(frozen=True)
class Line:
    """A label and the answer beside it."""

    label: Text
    answer: str


@dataclass(frozen=True)
class Fact:
    """A thing that can go out of date: shown with its check day, or as not checked.

    There only when the condition holds.
    """

    label: Text
    value: Text
    source: Source
    checked_on: date | None = None
    when: Condition = field(default_factory=dict)


@dataclass(frozen=True)
class Letter:
    """A letter in the language of the administration, with the resident's beside it.

    ``language`` is the answer key whose value (``nl`` or ``fr``) is the administration's language;
    unanswered, the place's own. The salutation is the same in every letter and not content.
    """

    kind: ClassVar[DocumentKind] = DocumentKind.LETTER
    id: str
    title: Text
    language: str
    sender: tuple[Paragraph, ...]
    recipient: tuple[Paragraph, ...]
    subject: Text
    paragraphs: tuple[Paragraph, ...]
    closing: Text
    enclosures: tuple[Paragraph, ...] = ()
    afterwards: tuple[Paragraph, ...] = ()
    copies: int = 2


@dataclass(frozen=True)
class WalletCard:
    """A card of 85 x 54 mm to cut out. ``qr_answer`` only where the QR holds one answer."""

    kind: ClassVar[DocumentKind] = DocumentKind.WALLET_CARD
    id: str
    title: Text
    lines: tuple[Line, ...]
    qr: QrSource
    qr_answer: str | None = None
    afterwards: tuple[Paragraph, ...] = ()
    copies: int = 2


@dataclass(frozen=True)
class Slip:
    """Where to go and what to say.

    ``channel``: print that channel's facts too. ``date``: a box to write a day in, with these
    words above it.
    """

    kind: ClassVar[DocumentKind] = DocumentKind.SLIP
    id: str
    title: Text
    steps: tuple[Paragraph, ...]
    channel: ChannelKind | None = None
    bring: tuple[Paragraph, ...] = ()
    facts: tuple[Fact, ...] = ()
    date: Text | None = None
    afterwards: tuple[Paragraph, ...] = ()
    copies: int = 1


@dataclass(frozen=True)
class Proof:
    """What was done, by whom, when: the frame is the same everywhere, these are its lines."""

    kind: ClassVar[DocumentKind] = DocumentKind.PROOF
    id: str
    title: Text
    lines: tuple[Line, ...]
    afterwards: tuple[Paragraph, ...] = ()
    copies: int = 1


@dataclass(frozen=True)
class Referral:
    """A hand-over to a place of the directory, with what the resident agrees to say."""

    kind: ClassVar[DocumentKind] = DocumentKind.REFERRAL
    id: str
    title: Text
    steps: tuple[Paragraph, ...]
    types: tuple[ReferralType, ...]
    lines: tuple[Line, ...] = ()
    afterwards: tuple[Paragraph, ...] = ()
    copies: int = 1


Document = Letter | WalletCard | Slip | Proof | Referral


def texts_of(document: Document) -> Mapping[str, Text]:
    """List every text of a document by the key it has in its file."""
    found: dict[str, Text] = {"title": document.title}

    def add(name: str, items: tuple[Paragraph, ...]) -> None:
        found.update({f"{name}[{i}]": item.text for i, item in enumerate(items)})

    match document:
        case Letter():
            add("sender", document.sender)
            add("recipient", document.recipient)
            add("paragraphs", document.paragraphs)
            add("enclosures", document.enclosures)
            found.update({"subject": document.subject, "closing": document.closing})
        case Slip():
            add("steps", document.steps)
            add("bring", document.bring)
            if document.date:
                found["date"] = document.date
            for i, fact in enumerate(document.facts):
                found[f"facts[{i}].label"] = fact.label
                found[f"facts[{i}].value"] = fact.value
        case Referral():
            add("steps", document.steps)
        case WalletCard() | Proof():
            pass
    add("afterwards", document.afterwards)
    if isinstance(document, WalletCard | Proof | Referral):
        found.update({f"lines[{i}].label": line.label for i, line in enumerate(document.lines)})
    return found
