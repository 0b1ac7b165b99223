"""What a printer can say of itself and of a job, and the protocol that every printer obeys."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from typing import Protocol


class PrinterLevel(Enum):
    """Tell what can be expected of the printer now."""

    READY = "ready"
    WARNING = "warning"
    """It prints, or will try to; something wants attention."""
    STOPPED = "stopped"
    """It prints nothing until a person does something."""
    ABSENT = "absent"
    """Off, unplugged, not answering, or the print service is down."""


class Reason(Enum):
    """Name why a printer is not simply ready, by the stems of IPP printer-state-reasons.

    RFC 8011 section 5.4.12 and PWG 5100.9; `offline` is CUPS's own. Anything else is OTHER.
    """

    OTHER = "other"
    MEDIA_EMPTY = "media-empty"
    MEDIA_NEEDED = "media-needed"
    MEDIA_LOW = "media-low"
    MEDIA_JAM = "media-jam"
    COVER_OPEN = "cover-open"
    DOOR_OPEN = "door-open"
    INTERLOCK_OPEN = "interlock-open"
    INPUT_TRAY_MISSING = "input-tray-missing"
    OUTPUT_TRAY_MISSING = "output-tray-missing"
    OUTPUT_AREA_ALMOST_FULL = "output-area-almost-full"
    OUTPUT_AREA_FULL = "output-area-full"
    TONER_LOW = "toner-low"
    TONER_EMPTY = "toner-empty"
    MARKER_SUPPLY_LOW = "marker-supply-low"
    MARKER_SUPPLY_EMPTY = "marker-supply-empty"
    MARKER_WASTE_ALMOST_FULL = "marker-waste-almost-full"
    MARKER_WASTE_FULL = "marker-waste-full"
    OPC_NEAR_EOL = "opc-near-eol"
    OPC_LIFE_OVER = "opc-life-over"
    FUSER_OVER_TEMP = "fuser-over-temp"
    FUSER_UNDER_TEMP = "fuser-under-temp"
    SPOOL_AREA_FULL = "spool-area-full"
    MOVING_TO_PAUSED = "moving-to-paused"
    PAUSED = "paused"
    STOPPED_PARTLY = "stopped-partly"
    STOPPING = "stopping"
    OFFLINE = "offline"
    """With ABSENT: nothing answers at the device's address."""
    TIMED_OUT = "timed-out"
    """With ABSENT: something is there and does not answer in time."""
    SHUTDOWN = "shutdown"
    """With ABSENT: the print service itself (CUPS) is down."""
    NO_ROOM = "no-room"
    """With a refusal: the memory in which documents wait is full. No printer says it."""


_BLOCKING = frozenset(
    {
        Reason.MEDIA_EMPTY,
        Reason.MEDIA_NEEDED,
        Reason.MEDIA_JAM,
        Reason.COVER_OPEN,
        Reason.DOOR_OPEN,
        Reason.INTERLOCK_OPEN,
        Reason.INPUT_TRAY_MISSING,
        Reason.OUTPUT_TRAY_MISSING,
        Reason.OUTPUT_AREA_FULL,
        Reason.TONER_EMPTY,
        Reason.MARKER_SUPPLY_EMPTY,
        Reason.MARKER_WASTE_FULL,
        Reason.OPC_LIFE_OVER,
        Reason.PAUSED,
    }
)
# Facts of every job, not faults: no attention wanted.
_SILENT_STEMS = frozenset({"none", "connecting-to-device", "cups-waiting-for-job-completed"})
_SUFFIXES = ("-report", "-warning", "-error")

_PRINTER_PROCESSING = 4
_PRINTER_STOPPED = 5


@dataclass(frozen=True)
class PrinterStatus:
    """State a level and its reasons; READY has none."""

    level: PrinterLevel
    reasons: frozenset[Reason] = frozenset()


class JobState(Enum):
    """Tell how far a job is."""

    PENDING = "pending"
    PRINTING = "printing"
    STUCK = "stuck"
    """Not ended, and the printer is stopped or absent: the reasons say why. It may go on by
    itself when a person helps; the deadline is the caller's."""
    COMPLETED = "completed"
    CANCELED = "canceled"
    ABORTED = "aborted"
    GONE = "gone"
    """Nobody knows the job any more (purged, or the print service died). What had already
    reached the printer may have been printed."""


@dataclass(frozen=True)
class JobProgress:
    """State how far a job is, why it is stuck, and the pages done if the printer counts them.

    `pages_done` is a hint for the screen and never proof of paper.
    """

    state: JobState
    reasons: frozenset[Reason] = frozenset()
    pages_done: int | None = None


class Printer(Protocol):
    """Print documents and forget them. Every call returns within a few seconds or raises."""

    def status(self) -> PrinterStatus:
        """Tell the level of the printer now; never raises for a fact of the world."""

    def submit(self, document: bytes, *, copies: int = 1) -> int:
        """Hand over one PDF and return its job id (1 and up).

        Raises (device.printer.errors) PrinterAbsent, PrinterStopped, DocumentRefused, NoRoomLeft,
        PrinterRefused; ValueError for a number of copies outside 1 to 3.
        """

    def progress(self, job_id: int) -> JobProgress:
        """Tell how far a job is; never raises for a fact of the world."""

    def cancel(self, job_id: int) -> None:
        """Stop a job; nothing happens if it has ended. Raises PrinterAbsent."""

    def purge(self) -> None:
        """Cancel and forget all jobs, in the queue and in the device.

        Raises PrinterAbsent, PurgeFailed.
        """

    def leftovers(self) -> int:
        """Count the jobs that are still known, ended ones too. Raises PrinterAbsent."""


def reason_of(untrusted_keyword: str) -> tuple[Reason | None, str]:
    """Split a printer-state-reasons keyword into its reason and its suffix.

    The reason is None for what is no fault, OTHER for what is unknown. The suffix is `-report`,
    `-warning`, `-error` or empty.
    """
    stem, suffix = untrusted_keyword.strip().lower(), ""
    for known in _SUFFIXES:
        if stem.endswith(known):
            stem, suffix = stem.removesuffix(known), known
            break
    if stem in _SILENT_STEMS or not stem:
        return None, suffix
    try:
        return Reason(stem), suffix
    except ValueError:
        return Reason.OTHER, suffix


def device_status(printer_state: int, untrusted_keywords: Iterable[str]) -> PrinterStatus:
    """Judge a device by its IPP printer-state (3 idle, 4 processing, 5 stopped) and its reasons.

    An idle printer that names a fault gets a WARNING: the fault may be one tray of several, and
    the suffixes of real printers are not to be relied on. It is STOPPED when it says so, when a
    reason is an `-error`, or when it has a document in work and a reason that holds up paper.
    """
    reasons: set[Reason] = set()
    is_error = False
    for untrusted_keyword in untrusted_keywords:
        reason, suffix = reason_of(untrusted_keyword)
        if reason is not None:
            reasons.add(reason)
            is_error = is_error or suffix == "-error"
    found = frozenset(reasons)
    holds_paper_up = printer_state == _PRINTER_PROCESSING and bool(found & _BLOCKING)
    if printer_state == _PRINTER_STOPPED or is_error or holds_paper_up:
        return PrinterStatus(PrinterLevel.STOPPED, found or frozenset({Reason.OTHER}))
    if found:
        return PrinterStatus(PrinterLevel.WARNING, found)
    return PrinterStatus(PrinterLevel.READY)


def job_progress(
    job_state: int,
    device: PrinterStatus,
    *,
    pages_done: int | None = None,
    is_full: bool = False,
) -> JobProgress:
    """Judge a job by its IPP job-state number (RFC 8011 section 5.3.7) and by its device.

    By the number and never by job-state-reasons: CUPS 2.4.2 says `processing-to-stop-point` of a
    job that has completed. An unknown number is STUCK, so that a deadline ends it. `is_full`: the
    memory has no room left, which is then why a service gives a job up.
    """
    is_held_up = device.level in (PrinterLevel.STOPPED, PrinterLevel.ABSENT)
    match job_state:
        case 7:
            return JobProgress(JobState.CANCELED, pages_done=pages_done)
        case 8:
            reasons = frozenset({Reason.NO_ROOM}) if is_full else frozenset()
            return JobProgress(JobState.ABORTED, reasons, pages_done)
        case 9:
            return JobProgress(JobState.COMPLETED, pages_done=pages_done)
        case 3 if not is_held_up:
            return JobProgress(JobState.PENDING, device.reasons, pages_done)
        case 5 if not is_held_up:
            return JobProgress(JobState.PRINTING, device.reasons, pages_done)
        case _:
            return JobProgress(JobState.STUCK, device.reasons, pages_done)
