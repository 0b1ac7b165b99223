"""What the machine knows during one visit. RAM of one process; dies with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum, StrEnum

from device.card.status import CardFinding, ReaderLevel
from device.doctor.report import Report
from device.printer.status import PrinterLevel, PrinterStatus
from kiosk.permanence import Permanence
from kiosk.screens import Contrast, JobFate, Prompt, Receipt, TextSize
from kiosk.tasks.engine import Walk
from kiosk.tasks.model import Posture, Task
from kiosk.visit import State


class Purpose(Enum):
    """Why something is printed; decides where the visit goes on."""

    STEP = "step"
    SITE_DOCUMENT = "site-document"
    REFERRAL = "referral"
    PROOF = "proof"


class ActKind(StrEnum):
    """What can have been done in a visit; catalogue ids of the context "act"."""

    PRINTED = "printed"
    CARD_READ = "card-read"
    VISITED = "visited"
    SITE_PAPER = "site-paper"
    PRACTISED = "practised"
    PRACTICE_PAPER = "practice-paper"
    REFERRED = "referred"
    ANSWERED = "answered"
    SCREEN = "screen"


@dataclass
class PrintWork:
    """One paper on its way: the PDF in memory and how far it is.

    has_no_room: the last try found no room for it on this machine; no printer knows of that.

    Without a page: nothing to print, because nobody has said yet what it should say.
    """

    purpose: Purpose
    title: str
    pdf: bytes
    pages: int
    copies: int = 1
    notes: tuple[str, ...] = ()
    missing_letters: bool = False
    job: int | None = None
    page: int = 0
    is_slow: bool = False
    fate: JobFate = JobFate.NOT_SENT
    has_no_room: bool = False

    @property
    def sides(self) -> int:
        """Return the sides of paper that come out."""
        return self.pages * self.copies


@dataclass
class Done:
    """Who did a step, and why somebody else than the resident."""

    posture: Posture
    why: str = ""


@dataclass
class SiteWork:
    """The official site of the step: ready | opening | open | closed | unreachable."""

    status: str = "ready"
    pdf: bytes | None = None
    pdf_pages: int = 0
    pdf_fault: str = ""
    qr: str = ""


@dataclass
class VisitMemory:
    """Everything of one visit. `answers` holds typed and read values by answer key.

    `happened` holds (act, step) of what passing a step does not show: an official site that was
    open, its document and a list of places that came out. `reviewed` holds what somebody has seen
    and called right, as it was then.
    """

    state: State = State.WIPING
    visit: str = ""
    turn: int = 0
    canary: str = ""
    locale: str = ""
    wants_more_languages: bool = False
    text_size: TextSize = TextSize.NORMAL
    contrast: Contrast = Contrast.PAPER
    permanence: Permanence | None = None
    receipt: Receipt | None = None
    today: str = ""
    fault: str = ""
    fault_details: tuple[str, ...] = ()
    code_wait_s: int = 0
    code_was_wrong: bool = False
    need: str = ""
    task: Task | None = None
    walk: Walk | None = None
    answers: dict[str, str] = field(default_factory=dict)
    left_out: set[str] = field(default_factory=set)
    reviewed: dict[str, str] = field(default_factory=dict)
    editing: str = ""
    ask_fault: str = ""
    rejected: str | None = None
    posture: Posture = Posture.TOGETHER
    why_instead: str = ""
    done: dict[str, Done] = field(default_factory=dict)
    happened: set[tuple[ActKind, str]] = field(default_factory=set)
    authenticity: str = "none"
    card_id: str = ""
    reading_name: str = ""
    finding: CardFinding = CardFinding.NO_CARD
    report: Report | None = None
    reader: ReaderLevel = ReaderLevel.ABSENT
    reader_since: float = 0.0
    read_again_at: float = 0.0
    coming_up_ends: float = 0.0
    printer: PrinterStatus = field(
        default_factory=lambda: PrinterStatus(PrinterLevel.ABSENT, frozenset())
    )
    work: PrintWork | None = None
    papers: int = 0
    unwanted: set[str] = field(default_factory=set)
    site: SiteWork = field(default_factory=SiteWork)
    teach_back: str = ""
    referral: str = ""
    prompt: Prompt | None = None
    prompt_ends: float = 0.0
    prompt_hint: str = ""
    beneath: Prompt | None = None
    beneath_ends: float = 0.0
    asked_finished: bool = False
    simulated: tuple[str, ...] = ()
    is_practice_site: bool = False

    @property
    def known(self) -> Mapping[str, str]:
        """Return the answers that may be used: given and not left out."""
        return {k: v for k, v in self.answers.items() if v and k not in self.left_out}
