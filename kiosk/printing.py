"""One print job at a time, in its own thread; the controller hears how far it is."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Protocol

from device.errors import DeviceError
from device.printer.errors import NoRoomLeft
from device.printer.status import JobState, Printer, PrinterLevel, PrinterStatus, Reason
from kiosk.memory import PrintWork
from kiosk.screens import JobFate

_POLL_S = 0.15
_SLOW_AFTER_S = 20.0
_GONE_AFTER_S = 1.0
# A print service that was killed comes back by itself; a printer that is switched off does not.
_SERVICE_BACK_S = 5.0
_ABSENT = PrinterStatus(PrinterLevel.ABSENT, frozenset())


class Hears(Protocol):
    """Who hears how a job goes."""

    def job_moved(self, *, page: int, status: PrinterStatus, is_slow: bool) -> None:
        """Take progress."""
        ...

    def job_ended(self, *, is_done: bool, status: PrinterStatus) -> None:
        """Take the end."""
        ...


class PrintLine:
    """Prints, watches, cancels. The application owns the deadline: CUPS would wait for ever."""

    def __init__(
        self,
        printer: Printer,
        *,
        poll_s: float = _POLL_S,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._printer = printer
        self._monotonic = monotonic
        self._poll_s = poll_s
        self._cancelled = threading.Event()
        self._thread: threading.Thread | None = None

    def status(self) -> PrinterStatus:
        """Return the device's level now."""
        return self._printer.status()

    def print(self, work: PrintWork, deadline_s: float, hears: Hears) -> None:
        """Start printing `work`; reports to `hears` from another thread."""
        self._cancelled.set()
        before, self._cancelled = self._thread, threading.Event()
        self._thread = threading.Thread(
            target=self._run, args=(work, deadline_s, hears, self._cancelled, before), daemon=True
        )
        self._thread.start()

    def cancel(self) -> None:
        """Stop the job that runs, if any; the thread purges what is left of it."""
        self._cancelled.set()

    def _run(
        self,
        work: PrintWork,
        deadline_s: float,
        hears: Hears,
        cancelled: threading.Event,
        before: threading.Thread | None,
    ) -> None:
        if before is not None:
            # Its purge would take this job too.
            before.join()
        is_done = False
        work.has_no_room, fate_before = False, work.fate
        try:
            status = self._status_at_start(cancelled)
            if status.level not in (PrinterLevel.ABSENT, PrinterLevel.STOPPED):
                if work.fate is JobFate.OPEN:
                    # What may still come of the first try must not come beside the second.
                    self._printer.purge()
                work.fate = JobFate.OPEN
                work.job = self._printer.submit(work.pdf, copies=work.copies)
                is_done, status = self._follow(work, deadline_s, hears, cancelled)
        except NoRoomLeft:
            # Nothing was sent: what is true of an earlier try stays true.
            work.has_no_room, work.fate = True, fate_before
            status = self._safe_status()
        except DeviceError:
            status = self._safe_status()
        if not is_done and self._take_back(work) and work.fate is JobFate.OPEN:
            work.fate = JobFate.TAKEN_BACK
        if not cancelled.is_set():
            hears.job_ended(is_done=is_done, status=status)

    def _status_at_start(self, cancelled: threading.Event) -> PrinterStatus:
        end = self._monotonic() + _SERVICE_BACK_S
        while True:
            status = self._printer.status()
            is_coming = status.level is PrinterLevel.ABSENT and Reason.SHUTDOWN in status.reasons
            if not is_coming or self._monotonic() > end or cancelled.wait(self._poll_s):
                return status

    def _take_back(self, work: PrintWork) -> bool:
        """Cancel and purge; tell whether neither the queue nor the device holds anything now.

        Each is tried also where the other cannot be done. Nobody knows what a device holds that
        does not answer: it may print that once it is back.
        """
        if work.job is not None:
            with suppress(DeviceError):
                self._printer.cancel(work.job)
        try:
            self._printer.purge()
        except DeviceError:
            return False
        return self._safe_status().level is not PrinterLevel.ABSENT

    def _follow(
        self, work: PrintWork, deadline_s: float, hears: Hears, cancelled: threading.Event
    ) -> tuple[bool, PrinterStatus]:
        assert work.job is not None  # noqa: S101  set by the caller one line before
        began, absent_since = self._monotonic(), None
        while True:
            progress = self._printer.progress(work.job)
            status = self._safe_status()
            match progress.state:
                case JobState.COMPLETED:
                    return True, status
                case JobState.CANCELED | JobState.ABORTED | JobState.GONE:
                    work.has_no_room = Reason.NO_ROOM in progress.reasons
                    return False, status
                case JobState.PENDING | JobState.PRINTING | JobState.STUCK:
                    pass
            # A call to a service that hangs takes seconds: what counts is the time.
            now = self._monotonic()
            if status.level is not PrinterLevel.ABSENT:
                absent_since = None
            elif absent_since is None:
                absent_since = now
            waited = now - began
            hears.job_moved(
                page=progress.pages_done or 0, status=status, is_slow=waited > _SLOW_AFTER_S
            )
            is_gone = absent_since is not None and now - absent_since > _GONE_AFTER_S
            if is_gone or waited > deadline_s:
                return False, status
            if cancelled.wait(self._poll_s):
                return False, status

    def _safe_status(self) -> PrinterStatus:
        try:
            return self._printer.status()
        except DeviceError:
            return _ABSENT
