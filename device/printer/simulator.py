"""A printer that is not there: the same protocol, laws and errors, with hands that make it fail."""

import itertools
import re
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from device.printer.document import checked_copies, checked_document
from device.printer.errors import NoRoomLeft, PrinterAbsent, PrinterStopped
from device.printer.status import (
    JobProgress,
    JobState,
    PrinterLevel,
    PrinterStatus,
    Reason,
    device_status,
    job_progress,
)

_IDLE, _PROCESSING = 3, 4  # IPP printer-state
_PENDING, _AT_WORK, _CANCELED, _ABORTED, _COMPLETED = 3, 5, 7, 8, 9  # IPP job-state
_ENDED = (_CANCELED, _ABORTED, _COMPLETED)
_HOLDS_UP = frozenset({"media-empty", "media-jam", "cover-open"})
_ABSENT = PrinterStatus(PrinterLevel.ABSENT, frozenset({Reason.OFFLINE}))
_PAGE_OBJECT = re.compile(rb"/Type\s*/Page\b")


@dataclass
class _Job:
    document: bytes
    copies: int
    pages: int
    state: int = _PENDING
    worked_s: float = 0.0
    pages_done: int = 0
    found_no_room: bool = False


class SimulatedPrinter:
    """Be a printer whose body is a folder.

    What a person does to it lies in small files of `folder` (`faults`, `pace`, `unplugged`), so
    that a second object on the same folder, in another process, can be the hand. Papers come out
    in `folder/out`, one file per copy, numbered. Documents and jobs are in the memory of the
    object that took them and nowhere else; they move on when that object is asked anything.
    """

    def __init__(self, folder: Path, *, clock: Callable[[], float] = time.monotonic) -> None:
        self.folder = folder
        self._clock = clock
        self._lock = threading.RLock()
        self._jobs: dict[int, _Job] = {}
        self._ids = itertools.count(1)
        self._last_s = clock()
        folder.mkdir(parents=True, exist_ok=True)
        # What is printed has names in it, and the folders above may let other users through.
        (folder / "out").mkdir(mode=0o700, exist_ok=True)

    # The protocol

    def status(self) -> PrinterStatus:
        """Tell the level of the printer now."""
        with self._lock:
            self._move_on()
            if self._is_unplugged():
                return _ABSENT
            state = _PROCESSING if self._unfinished() else _IDLE
            return device_status(state, self._faults())

    def submit(self, document: bytes, *, copies: int = 1) -> int:
        """Take one PDF; see Printer.submit."""
        checked_document(document)
        checked_copies(copies)
        with self._lock:
            status = self.status()
            if status.level is PrinterLevel.ABSENT:
                raise PrinterAbsent(reasons=status.reasons)
            if status.level is PrinterLevel.STOPPED:
                raise PrinterStopped(reasons=status.reasons)
            self._find_room(document)
            job_id = next(self._ids)
            pages = max(1, len(_PAGE_OBJECT.findall(document)))
            self._jobs[job_id] = _Job(document, copies, pages)
            return job_id

    def progress(self, job_id: int) -> JobProgress:
        """Tell how far a job is."""
        with self._lock:
            self._move_on()
            job = self._jobs.get(job_id)
            if job is None:
                return JobProgress(JobState.GONE)
            return job_progress(
                job.state, self.status(), pages_done=job.pages_done, is_full=job.found_no_room
            )

    def cancel(self, job_id: int) -> None:
        """Stop a job; its document is forgotten at once."""
        with self._lock:
            self._move_on()
            job = self._jobs.get(job_id)
            if job is not None and job.state not in _ENDED:
                job.state, job.document = _CANCELED, b""

    def purge(self) -> None:
        """Cancel and forget all jobs."""
        with self._lock:
            self._move_on()
            self._jobs.clear()

    def leftovers(self) -> int:
        """Count the jobs that are still known."""
        with self._lock:
            return len(self._jobs)

    # The hands

    def run_out_of_paper(self) -> None:
        """Empty the tray (media-empty); a document waits until paper is loaded."""
        self._set("media-empty", present=True)

    def load_paper(self) -> None:
        """Fill the tray."""
        self._set("media-empty", present=False)

    def jam(self) -> None:
        """Jam the paper (media-jam)."""
        self._set("media-jam", present=True)

    def clear_jam(self) -> None:
        """Take the jammed paper out."""
        self._set("media-jam", present=False)

    def open_cover(self) -> None:
        """Open the cover (cover-open)."""
        self._set("cover-open", present=True)

    def close_cover(self) -> None:
        """Close the cover."""
        self._set("cover-open", present=False)

    def run_low_on_toner(self) -> None:
        """Let the toner run low (toner-low): a warning, it prints on."""
        self._set("toner-low", present=True)

    def replace_toner(self) -> None:
        """Put a new toner in."""
        self._set("toner-low", present=False)

    def unplug(self) -> None:
        """Take the power away; a page half printed never comes out."""
        (self.folder / "unplugged").touch()

    def plug(self) -> None:
        """Switch it on; harmless if it is on."""
        (self.folder / "unplugged").unlink(missing_ok=True)

    def slow(self, seconds_per_page: float) -> None:
        """Let each page take so many seconds; 0 is as fast as it can."""
        self._write("pace", str(seconds_per_page))

    # The eye

    def pages(self) -> list[Path]:
        """List the papers that came out, one file per copy of a document, oldest first."""
        with self._lock:
            self._move_on()
            return sorted((self.folder / "out").glob("[0-9]*"))

    # Inside

    def _move_on(self) -> None:
        """Let the time since the last look pass for the first job that has not ended."""
        now_s = self._clock()
        passed_s, self._last_s = now_s - self._last_s, now_s
        if self._is_unplugged():
            # Its memory is lost: the service sends the whole document again.
            for job in self._unfinished():
                job.state, job.worked_s, job.pages_done = _PENDING, 0.0, 0
            return
        for job in self._unfinished():
            if job.state == _PENDING:
                # What passed before it began does not count.
                job.state, passed_s = _AT_WORK, 0.0
            if self._faults() & _HOLDS_UP:
                return
            pace_s = self._pace_s()
            job.worked_s += passed_s
            job.pages_done = min(job.pages, int(job.worked_s / pace_s) if pace_s else job.pages)
            if job.pages_done < job.pages:
                return
            passed_s = 0.0
            self._put_out(job)

    def _find_room(self, document: bytes) -> None:
        """Write it once, as a print service writes into its spool. Raises NoRoomLeft."""
        part = self.folder / ".spooled"
        try:
            part.write_bytes(document)
        except OSError as error:
            raise NoRoomLeft from error
        finally:
            part.unlink(missing_ok=True)

    def _put_out(self, job: _Job) -> None:
        out = self.folder / "out"
        out.mkdir(mode=0o700, exist_ok=True)  # the end of a visit takes it away with all papers
        for _ in range(job.copies):
            number = len(list(out.glob("[0-9]*"))) + 1
            part = out / ".part"
            try:
                part.write_bytes(job.document)
            except OSError:
                part.unlink(missing_ok=True)
                job.state, job.document, job.found_no_room = _ABORTED, b"", True
                return
            part.replace(out / f"{number:04}.pdf")
        job.state, job.document = _COMPLETED, b""

    def _unfinished(self) -> list[_Job]:
        return [job for job in self._jobs.values() if job.state not in _ENDED]

    def _is_unplugged(self) -> bool:
        return (self.folder / "unplugged").exists()

    def _pace_s(self) -> float:
        return float(self._read("pace") or 0)

    def _faults(self) -> frozenset[str]:
        return frozenset(self._read("faults").split())

    def _set(self, keyword: str, *, present: bool) -> None:
        with self._lock:
            faults = self._faults()
            changed = faults | {keyword} if present else faults - {keyword}
            self._write("faults", "\n".join(sorted(changed)))

    def _read(self, name: str) -> str:
        try:
            return (self.folder / name).read_text()
        except FileNotFoundError:
            return ""

    def _write(self, name: str, text: str) -> None:
        part = self.folder / f".{name}"
        part.write_text(text)
        part.replace(self.folder / name)
