"""Turn a paper into the JSON that its template reads.

Here every string passes once: it is made printable, long runs get break points, and on a paper
written from right to left values are isolated. The templates only place what they are given.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias, assert_never

from kiosk.documents import qr
from kiosk.documents.errors import TooMuchText
from kiosk.documents.glyphs import Coverage, breakable
from kiosk.documents.isolate import (
    balanced,
    direction,
    isolate,
    isolate_numbers,
    isolate_quotes,
)
from kiosk.documents.model import (
    AnyPaper,
    BigDate,
    Bilingual,
    Contact,
    Fact,
    Glossary,
    Letter,
    PaperFrame,
    Proof,
    QrCode,
    Section,
    Slip,
    WalletCard,
)

Json: TypeAlias = "dict[str, Json] | list[Json] | str | float | bool | None"

MAX_CHARACTERS = 40_000
MAX_COPIES = 8
SYMBOL_MM = 26.0
"""Side of a QR symbol without its quiet zone; a card's must be at least 25 mm."""
MODULE_MM = 0.5
CARD_MAX_VERSION = 11
SHEET_MAX_VERSION = 20

# In em of the resident's text; the narrowest columns of the templates are a little wider.
_COLUMN_EM = 13.5
_CARD_EM = 9.0


def template_of(paper: AnyPaper) -> str:
    """Name the template of a paper, without its ending."""
    match paper:
        case Letter():
            return "letter"
        case WalletCard():
            return "card"
        case Slip():
            return "slip"
        case Proof():
            return "proof"
        case _:
            assert_never(paper)


def inputs_of(paper: AnyPaper, coverage: Coverage) -> dict[str, Json]:
    """Return everything a template prints, ready for JSON.

    Raises `TooMuchText` above `MAX_CHARACTERS` and `QrTooLong`.
    """
    ink = _Ink(paper.frame, coverage, _CARD_EM if isinstance(paper, WalletCard) else _COLUMN_EM)
    match paper:
        case Letter():
            body = _letter(paper, ink)
        case WalletCard():
            body = _card(paper, ink)
        case Slip():
            body = _slip(paper, ink)
        case Proof():
            body = _proof(paper, ink)
        case _:
            assert_never(paper)
    return {"frame": _frame(paper.frame, ink), **body}


@dataclass(slots=True)
class _Ink:
    """Prepare strings for one paper and count them."""

    frame: PaperFrame
    coverage: Coverage
    limit_em: float
    characters: int = 0

    def sentence(self, text: str) -> str:
        """Prepare words in the resident's language; numbers inside keep their direction."""
        clean = balanced(self._clean(text))
        words = isolate_numbers(isolate_quotes(clean)) if self.frame.is_rtl else clean
        return breakable(words, self.limit_em, self.frame.locale)

    def value(self, text: str) -> str:
        """Prepare a name, number, date or address; it keeps its own direction."""
        clean = self._clean(text)
        return breakable(isolate(clean) if self.frame.is_rtl else balanced(clean), self.limit_em)

    def pair(self, text: Bilingual) -> Json:
        """Prepare both languages; ``admin`` is null when one language is enough."""
        admin = self.admin(text.admin) if text.admin and self.frame.is_bilingual else None
        return {"own": self.sentence(text.own), "admin": admin}

    def words(self, text: str) -> Json:
        """Prepare somebody's own words: they keep the direction they are written in."""
        own = direction(text) or ("rtl" if self.frame.is_rtl else "ltr")
        return {"own": self.sentence(text), "admin": None, "dir": own}

    def admin(self, text: str) -> str:
        """Prepare words in the administration's language, always from left to right."""
        return breakable(balanced(self._clean(text)), self.limit_em, self.frame.admin_locale)

    def _clean(self, text: str) -> str:
        if self.characters + len(text) > MAX_CHARACTERS:
            raise TooMuchText(self.characters + len(text), MAX_CHARACTERS)
        clean = self.coverage.printable(text)
        # A character that is printed as its number takes eight places.
        self.characters += len(clean)
        return clean


def _frame(frame: PaperFrame, ink: _Ink) -> Json:
    return {
        "locale": _language(frame.locale),
        "admin_locale": _language(frame.admin_locale or frame.locale),
        "dir": "rtl" if frame.is_rtl else "ltr",
        "bilingual": frame.is_bilingual,
        "large": frame.large_print,
        "place": ink.value(frame.place),
        "not_administration": ink.sentence(frame.not_administration),
        "date": ink.value(frame.date),
        "date_note": _if_any(frame.date_note, ink.sentence),
        "page_label": ink.sentence(frame.page_label),
        "practice": ink.pair(frame.practice) if frame.practice else None,
    }


def _letter(letter: Letter, ink: _Ink) -> dict[str, Json]:
    def pair(text: Bilingual) -> Json:
        if ink.frame.is_bilingual:
            return ink.pair(text) if text.admin else ink.words(text.own)
        # One language: the administration reads this sheet, so its wording is the letter.
        return ink.pair(Bilingual(text.admin or text.own))

    return {
        "sender": [ink.value(line) for line in letter.sender],
        "recipient": [ink.value(line) for line in letter.recipient],
        "place_and_date": ink.value(letter.place_and_date),
        "subject": pair(letter.subject),
        "rows": [pair(text) for text in (letter.salutation, *letter.paragraphs)],
        "closing": pair(letter.closing),
        "signature_label": pair(letter.signature_label),
        "enclosures_label": pair(letter.enclosures_label) if letter.enclosures_label else None,
        "enclosures": [pair(text) for text in letter.enclosures],
        "copies": max(1, min(letter.copies, MAX_COPIES)),
        "keep": _slip(letter.keep, ink) if letter.keep else None,
    }


def _card(card: WalletCard, ink: _Ink) -> dict[str, Json]:
    return {
        "title": ink.sentence(card.title),
        "lines": [[ink.sentence(label), ink.value(value)] for label, value in card.lines],
        "qr": _qr(QrCode(card.qr_payload, card.qr_caption), ink, qr.Correction.Q),
        "sheet_notes": [ink.sentence(note) for note in card.sheet_notes],
        "copies": max(1, min(card.copies, MAX_COPIES)),
    }


def _slip(slip: Slip, ink: _Ink) -> dict[str, Json]:
    return {
        "title": ink.pair(slip.title),
        "intro": _if_any(slip.intro, ink.sentence),
        "big_date": _big_date(slip.big_date, ink),
        "steps": _section(slip.steps, ink),
        "facts": [_fact(fact, ink) for fact in slip.facts],
        "contacts": [_contact(contact, ink) for contact in slip.contacts],
        "bring": _section(slip.bring, ink),
        "glossary": _glossary(slip.glossary, ink),
        "qr": _qr(slip.qr, ink, qr.Correction.M) if slip.qr else None,
        "sheet_notes": [ink.sentence(note) for note in slip.sheet_notes],
    }


def _proof(proof: Proof, ink: _Ink) -> dict[str, Json]:
    return {
        "title": ink.pair(proof.title),
        "task": ink.pair(proof.task),
        "step_label": ink.sentence(proof.step_label),
        "posture_label": ink.sentence(proof.posture_label),
        "rows": [{"step": ink.pair(r.step), "posture": ink.pair(r.posture)} for r in proof.rows],
        "big_date": _big_date(proof.big_date, ink),
        "references": [_fact(fact, ink) for fact in proof.references],
        "statements": [ink.pair(text) for text in proof.statements],
        "signature_labels": [ink.pair(text) for text in proof.signature_labels],
        "check_code": _fact(proof.check_code, ink) if proof.check_code else None,
        "sheet_notes": [ink.sentence(note) for note in proof.sheet_notes],
    }


def _section(section: Section | None, ink: _Ink) -> Json:
    if section is None or not section.lines:
        return None
    return {
        "title": ink.sentence(section.title),
        "lines": [ink.pair(text) for text in section.lines],
    }


def _big_date(big: BigDate | None, ink: _Ink) -> Json:
    if big is None:
        return None
    return {
        "label": ink.sentence(big.label),
        "date": ink.value(big.date),
        "note": _if_any(big.note, ink.sentence),
    }


def _glossary(glossary: Glossary | None, ink: _Ink) -> Json:
    if glossary is None or not glossary.words:
        return None
    return {
        "title": ink.sentence(glossary.title),
        "words": [
            {"term": ink.pair(word.term), "meaning": ink.sentence(word.meaning)}
            for word in glossary.words
        ],
    }


def _fact(fact: Fact, ink: _Ink) -> Json:
    return {
        "label": ink.sentence(fact.label),
        "value": ink.value(fact.value),
        "note": _if_any(fact.note, ink.sentence),
        "admin": _if_any(fact.admin if ink.frame.is_bilingual else None, ink.admin),
    }


def _contact(contact: Contact, ink: _Ink) -> Json:
    return {
        "name": ink.value(contact.name),
        "line": ink.sentence(contact.line),
        "facts": [_fact(fact, ink) for fact in contact.facts],
        "note": _if_any(contact.note, ink.sentence),
    }


def _qr(code: QrCode, ink: _Ink, correction: qr.Correction) -> Json:
    is_card = correction is qr.Correction.Q
    image = qr.draw(code.payload, correction, CARD_MAX_VERSION if is_card else SHEET_MAX_VERSION)
    return {
        "svg": image.svg,
        "side_mm": image.side_mm(symbol_mm=SYMBOL_MM, module_mm=MODULE_MM),
        "caption": ink.sentence(code.caption),
    }


def _if_any(text: str | None, prepare: Callable[[str], str]) -> str | None:
    return prepare(text) if text else None


def _language(locale: str) -> str:
    return locale.replace("_", "-").split("-", 1)[0].lower()
