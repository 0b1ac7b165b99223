"""The real printer: CUPS over a unix socket, and the device's own IPP port for the truth.

The only file that imports pycups.
"""

import contextlib
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import cups

from device.printer.document import checked_copies, checked_document
from device.printer.errors import (
    NoRoomLeft,
    PrinterAbsent,
    PrinterRefused,
    PrinterStopped,
    PurgeFailed,
)
from device.printer.lane import Lane, LaneBlocked
from device.printer.memory import HeldJob, MemoryUnreadable, PrinterMemory
from device.printer.status import (
    JobProgress,
    JobState,
    PrinterLevel,
    PrinterStatus,
    Reason,
    device_status,
    job_progress,
)

T = TypeVar("T")

# Constant: no name of a person or of a document ever reaches the print service.
_USER = "relais"
_JOB_NAME = "doc"
_PDF = "application/pdf"
_CALL_LIMIT_S = 5.0
_SETTLE_LIMIT_S = 2.0
# A backend that is handing a document over on a slow machine.
_HAND_OVER_LIMIT_S = 8.0
_SETTLE_POLL_S = 0.1
# Chosen and not measured: with less, spool and filters have nothing to work with.
_LEAST_ROOM_BYTES = 256 * 1024
_IPP_NOT_POSSIBLE = 0x0404
_IPP_NOT_FOUND = 0x0406
# What a document of a size that it takes gets when the spool is full (CUPS 2.4.2).
_IPP_TOO_LARGE = 0x0409
_SERVER_ERRORS = range(0x0500, 0x0600)
_PRINTER_PROCESSING = 4
_PRINTER_STOPPED = 5


class CupsPrinter:
    """Print through one CUPS queue.

    `server` is the unix socket of cupsd, `queue` the name of the queue, `device_uri` the `ipp://`
    address that the queue prints to. Any thread may call; calls run one at a time per other side
    (service, device), each with its own connection in a thread of its own, and none lasts longer
    than `call_limit_s` for each side: the caller waits, at most that long.

    A daemon that was restarted counts job ids from 1 again: forget the ids of the old one.
    """

    def __init__(
        self,
        server: Path | str,
        queue: str,
        device_uri: str,
        *,
        call_limit_s: float = _CALL_LIMIT_S,
        settle_limit_s: float = _SETTLE_LIMIT_S,
    ) -> None:
        self._server = str(server)
        self._queue = queue
        self._device_uri = device_uri
        self._memory = PrinterMemory(device_uri, _USER, limit_s=call_limit_s)
        self._settle_limit_s = settle_limit_s
        self._service_lane = Lane(call_limit_s)
        self._device_lane = Lane(call_limit_s)

    def status(self) -> PrinterStatus:
        """Ask the print service whether it takes jobs, then the device how it is."""
        try:
            queue = self._ask_service(self._queue_attributes)
        except PrinterAbsent as absent:
            return PrinterStatus(PrinterLevel.ABSENT, absent.reasons)
        except PrinterRefused:
            # The service is there and has no such queue.
            return PrinterStatus(PrinterLevel.ABSENT, frozenset({Reason.OTHER}))
        if queue.get("printer-state") == _PRINTER_STOPPED or not queue.get(
            "printer-is-accepting-jobs", True
        ):
            return PrinterStatus(PrinterLevel.STOPPED, frozenset({Reason.PAUSED}))
        return self._device_status()

    def submit(self, document: bytes, *, copies: int = 1) -> int:
        """Stream one PDF from memory into the queue; see Printer.submit."""
        checked_document(document)
        # What lies on the back of a letter is posted with it.
        options = {"copies": str(checked_copies(copies)), "sides": "one-sided"}
        status = self.status()
        if status.level is PrinterLevel.ABSENT:
            raise PrinterAbsent(reasons=status.reasons)
        if status.level is PrinterLevel.STOPPED:
            raise PrinterStopped(reasons=status.reasons)

        def hand_over(service: cups.Connection) -> int:
            job_id = int(service.createJob(self._queue, _JOB_NAME, options))
            try:
                service.startDocument(self._queue, job_id, _JOB_NAME, _PDF, 1)
                service.writeRequestData(document, len(document))
                service.finishDocument(self._queue)
            except (cups.IPPError, cups.HTTPError, RuntimeError):
                # Half a document must not wait in the queue for the rest.
                with contextlib.suppress(cups.IPPError, cups.HTTPError, RuntimeError):
                    _forget(cups.Connection(host=self._server), job_id)
                raise
            return job_id

        try:
            return self._ask_service(hand_over, undo=_cancel)
        except (PrinterAbsent, PrinterRefused) as error:
            if self._is_full():
                # It says many things of that, and not always the same.
                raise NoRoomLeft(ipp_status=getattr(error, "ipp_status", 0)) from error
            raise

    def progress(self, job_id: int) -> JobProgress:
        """Ask the service for the number of the state and the device for the reasons."""
        try:
            job = self._ask_service(
                lambda service: dict(
                    service.getJobAttributes(job_id, requested_attributes=["job-state"])
                )
            )
        except PrinterRefused:
            return JobProgress(JobState.GONE)
        except PrinterAbsent as absent:
            if Reason.TIMED_OUT in absent.reasons:
                return JobProgress(JobState.STUCK, absent.reasons)
            # The daemon is dead, and its spool is wiped before it starts again.
            return JobProgress(JobState.GONE)
        # CUPS's own count of pages is its filter's, 3 of 3 at once: ask the device.
        held = self._held_jobs()
        pages = held[0].pages_done if held else None
        untrusted_state = job.get("job-state")
        state = untrusted_state if isinstance(untrusted_state, int) else 0
        return job_progress(state, self._device_status(), pages_done=pages, is_full=self._is_full())

    def cancel(self, job_id: int) -> None:
        """Cancel at the service, and at the device what its backend left there.

        The service says "canceled" at once, while its backend may still be handing the document
        over, and the backend does not always cancel what it handed over (seen with CUPS 2.4.10):
        then it would come out once the paper is loaded. A queue carries one job at a time, so
        what the device holds of ours when the backend is gone is that job.
        """
        try:
            self._ask_service(lambda service: service.cancelJob(job_id, purge_job=False))
        except PrinterRefused as refused:
            if refused.ipp_status not in (_IPP_NOT_POSSIBLE, _IPP_NOT_FOUND):
                raise
            return
        _wait(self._has_no_backend, _HAND_OVER_LIMIT_S)
        self._cancel_held()

    def purge(self) -> None:
        """Cancel all, in the queue and in the device; forget all until nothing is known.

        In this order (measured with CUPS 2.4.2): purging a job kills its backend before that can
        cancel at the device, which then prints on; and the control file of a job that was
        printing survives the first purge. With the service down, what the device holds is still
        cancelled, then PrinterAbsent is raised. Raises PurgeFailed if a job is still known.
        """
        try:
            self._ask_service(_cancel_unfinished)
            self._empty_memory(self._settle_limit_s)
            _wait(self._has_forgotten_all, self._settle_limit_s)
        except PrinterAbsent:
            self._empty_memory(0.0)
            raise
        jobs = self.leftovers()
        if jobs:
            raise PurgeFailed(jobs)

    def leftovers(self) -> int:
        """Count what the service knows, of any state and owner, and what the device still holds."""
        known = self._ask_service(
            lambda service: len(
                service.getJobs(which_jobs="all", my_jobs=False, requested_attributes=["job-id"])
            )
        )
        return known + self._waiting_in_device()

    def _is_full(self) -> bool:
        """Tell whether the memory is full in which service and spool have their files."""
        try:
            room = os.statvfs(Path(self._server).parent)
        except OSError:
            return False
        return room.f_bavail * room.f_frsize < _LEAST_ROOM_BYTES

    def _has_no_backend(self) -> bool:
        queue = self._ask_service(self._queue_attributes)
        return queue.get("printer-state") != _PRINTER_PROCESSING

    def _held_jobs(self) -> list[HeldJob]:
        """List what the device holds; a device that is not there holds nothing."""
        try:
            return self._memory.held_jobs()
        except MemoryUnreadable:
            return []

    def _empty_memory(self, patience_s: float) -> None:
        """Wait for the backend to cancel at the device, cancel what it left, wait for the end.

        A printer that is still ending a job turns the next one away as busy, and CUPS then tries
        again only after 10 s. With a jam the end may need a person: the wait has a limit.
        """
        _wait(lambda: self._waiting_in_device() == 0, patience_s)
        self._cancel_held()
        _wait(lambda: not self._held_jobs(), self._settle_limit_s)

    def _cancel_held(self) -> None:
        for job in self._held_jobs():
            if not job.is_ending:
                with contextlib.suppress(MemoryUnreadable):
                    self._memory.cancel(job)

    def _waiting_in_device(self) -> int:
        """Count what the device would still print: not what it is on its way to stop."""
        return sum(not job.is_ending for job in self._held_jobs())

    def _device_status(self) -> PrinterStatus:
        def ask() -> dict[str, object]:
            _be_relais()
            device = cups.Connection(host=self._memory.host, port=self._memory.port)
            return dict(
                device.getPrinterAttributes(
                    uri=self._device_uri,
                    requested_attributes=["printer-state", "printer-state-reasons"],
                )
            )

        try:
            untrusted_answer = self._device_lane.call(ask)
        except LaneBlocked:
            return PrinterStatus(PrinterLevel.ABSENT, frozenset({Reason.TIMED_OUT}))
        except (cups.IPPError, cups.HTTPError, RuntimeError):
            # Refused connection, closed in the middle, or something that is no printer.
            return PrinterStatus(PrinterLevel.ABSENT, frozenset({Reason.OFFLINE}))
        untrusted_state = untrusted_answer.get("printer-state")
        untrusted_reasons = untrusted_answer.get("printer-state-reasons", [])
        if not isinstance(untrusted_reasons, list):
            # pycups gives one value bare and several as a list.
            untrusted_reasons = [untrusted_reasons]
        return device_status(
            untrusted_state if isinstance(untrusted_state, int) else _PRINTER_STOPPED,
            [word for word in untrusted_reasons if isinstance(word, str)],
        )

    def _queue_attributes(self, service: cups.Connection) -> dict[str, object]:
        return dict(
            service.getPrinterAttributes(
                self._queue, requested_attributes=["printer-state", "printer-is-accepting-jobs"]
            )
        )

    def _has_forgotten_all(self) -> bool:
        if self.leftovers() == 0:
            return True
        self._ask_service(self._forget_all)
        # A backend caught while it was handing over leaves its job at the device.
        self._cancel_held()
        return False

    def _forget_all(self, service: cups.Connection) -> None:
        service.cancelAllJobs(name=self._queue, my_jobs=False, purge_jobs=True)

    def _ask_service(
        self,
        function: Callable[[cups.Connection], T],
        *,
        undo: Callable[[cups.Connection, T], object] | None = None,
    ) -> T:
        """Run one request at the print service; raises PrinterAbsent or PrinterRefused."""

        def ask() -> T:
            _be_relais()
            return function(cups.Connection(host=self._server))

        def take_back(value: T) -> None:
            if undo is not None:
                with contextlib.suppress(cups.IPPError, cups.HTTPError, RuntimeError):
                    undo(cups.Connection(host=self._server), value)

        try:
            return self._service_lane.call(ask, undo=take_back)
        except LaneBlocked as error:
            raise PrinterAbsent(reasons=frozenset({Reason.TIMED_OUT})) from error
        except cups.IPPError as error:
            status = error.args[0]
            if status in _SERVER_ERRORS:
                raise PrinterAbsent(reasons=frozenset({Reason.SHUTDOWN})) from error
            if status == _IPP_TOO_LARGE:
                raise NoRoomLeft(ipp_status=status) from error
            raise PrinterRefused(ipp_status=status) from error
        except (cups.HTTPError, RuntimeError) as error:
            # pycups raises a bare RuntimeError when it cannot connect.
            raise PrinterAbsent(reasons=frozenset({Reason.SHUTDOWN})) from error


def _wait(condition: Callable[[], bool], limit_s: float) -> None:
    end = time.monotonic() + limit_s
    while not condition() and time.monotonic() < end:
        time.sleep(_SETTLE_POLL_S)


def _be_relais() -> None:
    """Set who asks; libcups keeps it per thread, and every request has a new one."""
    cups.setUser(_USER)
    # Without it libcups would ask for a password on the terminal and wait.
    cups.setPasswordCB2(lambda *_: "")


def _cancel_unfinished(service: cups.Connection) -> None:
    for job_id in service.getJobs(
        which_jobs="not-completed", my_jobs=False, requested_attributes=["job-id"]
    ):
        # It may end or be gone between the two requests.
        with contextlib.suppress(cups.IPPError):
            service.cancelJob(job_id, purge_job=False)


def _cancel(service: cups.Connection, job_id: int) -> None:
    service.cancelJob(job_id, purge_job=False)


def _forget(service: cups.Connection, job_id: int) -> None:
    service.cancelJob(job_id, purge_job=True)
