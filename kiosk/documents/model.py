"""What a paper says: frozen values, no layout and no words of our own.

Every string is shown as it stands. The caller takes sentences from the catalogue or the content
packs in the right language; the templates add lines, boxes and numbers only.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

RTL_LANGUAGES = frozenset({"ar", "ckb", "dv", "fa", "he", "ps", "sd", "ug", "ur", "yi"})
"""Languages written from right to left, as the primary subtag of a locale."""


def is_rtl(locale: str) -> bool:
    """Tell whether a locale (``ar``, ``fa_AF``, ``ar-BE``) is written from right to left."""
    return locale.replace("_", "-").split("-", 1)[0].lower() in RTL_LANGUAGES


@dataclass(frozen=True, slots=True)
class Bilingual:
    """Hold one text in the resident's language and in the administration's.

    ``admin`` is None for words that serve both, as a resident's own free text: a letter then
    prints them once, over the whole width.
    """

    own: str
    admin: str | None = None


@dataclass(frozen=True, slots=True)
class PaperFrame:
    """Hold what every paper carries around its text.

    ``admin_locale`` is ``nl`` or ``fr`` (None or the resident's own locale: one language only).
    ``page_label`` holds ``{page}`` and ``{pages}``. ``date_note`` says that nobody confirmed the
    date. ``large_print`` sets the resident's language in 18 pt instead of 12 pt. ``practice``
    says that a stand-in played the official site.
    """

    locale: str
    admin_locale: str | None
    place: str
    not_administration: str
    date: str
    date_note: str | None
    large_print: bool
    page_label: str
    practice: Bilingual | None = None

    @property
    def is_rtl(self) -> bool:
        """Tell whether the paper is mirrored."""
        return is_rtl(self.locale)

    @property
    def is_bilingual(self) -> bool:
        """Tell whether the administration's language differs from the resident's."""
        return self.admin_locale is not None and self.admin_locale != self.locale


@dataclass(frozen=True, slots=True)
class Fact:
    """Hold one labelled value (a phone number, an address); ``note`` says what nobody checked.

    ``admin`` is the value in the administration's words, where they differ.
    """

    label: str
    value: str
    note: str | None = None
    admin: str | None = None


@dataclass(frozen=True, slots=True)
class Contact:
    """Hold a place that helps; each of ``facts`` is one way to reach it, ``note`` is for all."""

    name: str
    line: str
    facts: tuple[Fact, ...] = ()
    note: str | None = None


@dataclass(frozen=True, slots=True)
class BigDate:
    """Hold a deadline or an appointment; ``note`` may say how many days are left.

    An empty ``date`` is a line to write on.
    """

    label: str
    date: str
    note: str | None = None


@dataclass(frozen=True, slots=True)
class QrCode:
    """Hold what a QR code opens and the words beside it that say so."""

    payload: str
    caption: str


@dataclass(frozen=True, slots=True)
class Section:
    """Hold a heading and its lines: numbered steps or a list of things to bring."""

    title: str
    lines: tuple[Bilingual, ...]


@dataclass(frozen=True, slots=True)
class Word:
    """Hold a word of the administration in both languages and what it means."""

    term: Bilingual
    meaning: str


@dataclass(frozen=True, slots=True)
class Glossary:
    """Hold a heading and the words that this matter needs."""

    title: str
    words: tuple[Word, ...]


@dataclass(frozen=True, slots=True)
class Letter:
    """Hold a letter to an administration, the resident's language beside the administration's.

    ``sender`` and ``recipient`` are address lines. The letter comes ``copies`` times in one file;
    ``keep`` is a sheet of its own after them, for the resident alone: nothing of it is posted.
    Where both languages are the same, the administration's text is printed, over the whole width.
    """

    frame: PaperFrame
    sender: tuple[str, ...]
    recipient: tuple[str, ...]
    place_and_date: str
    subject: Bilingual
    salutation: Bilingual
    paragraphs: tuple[Bilingual, ...]
    closing: Bilingual
    signature_label: Bilingual
    enclosures_label: Bilingual | None = None
    enclosures: tuple[Bilingual, ...] = ()
    keep: Slip | None = None
    copies: int = 1


@dataclass(frozen=True, slots=True)
class WalletCard:
    """Hold a card of 85 x 54 mm to cut out, laminate and carry in a handbag.

    ``sheet_notes`` say how to cut and cover it; they stay on the sheet.
    """

    frame: PaperFrame
    title: str
    lines: tuple[tuple[str, str], ...]
    qr_payload: str
    qr_caption: str
    sheet_notes: tuple[str, ...]
    copies: int = 2


@dataclass(frozen=True, slots=True)
class Slip:
    """Hold a paper to take along: counter, phone, referral, checklist, stop for now."""

    frame: PaperFrame
    title: Bilingual
    intro: str | None = None
    big_date: BigDate | None = None
    steps: Section | None = None
    facts: tuple[Fact, ...] = ()
    contacts: tuple[Contact, ...] = ()
    bring: Section | None = None
    glossary: Glossary | None = None
    qr: QrCode | None = None
    sheet_notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ProofRow:
    """Hold one step that was done and the word for who acted (self, together, instead)."""

    step: Bilingual
    posture: Bilingual


@dataclass(frozen=True, slots=True)
class Proof:
    """Hold the signed paper that says what was done, when, where and by whom.

    ``references`` are the numbers under which somebody else knows the matter.
    """

    frame: PaperFrame
    title: Bilingual
    task: Bilingual
    step_label: str
    posture_label: str
    rows: tuple[ProofRow, ...]
    signature_labels: tuple[Bilingual, Bilingual]
    big_date: BigDate | None = None
    references: tuple[Fact, ...] = ()
    statements: tuple[Bilingual, ...] = ()
    check_code: Fact | None = None
    sheet_notes: tuple[str, ...] = ()


AnyPaper: TypeAlias = Letter | WalletCard | Slip | Proof
