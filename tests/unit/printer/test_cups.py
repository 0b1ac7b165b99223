"""What the driver for CUPS asks of a service and a device that are played by hand."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

pytest.importorskip("cups", reason="pycups is not installed")

from device.printer.cups import CupsPrinter
from device.printer.errors import NoRoomLeft, PrinterAbsent, PurgeFailed
from device.printer.memory import HeldJob
from device.printer.status import JobState, PrinterLevel, PrinterStatus, Reason
from tests.unit.printer.papers import paper

IDLE, PROCESSING = 3, 4
IPP_INTERNAL, IPP_TOO_LARGE = 0x0500, 0x0409
IPP_ERROR = pytest.importorskip("cups").IPPError


class LateBackend:
    """A service that says "canceled" at once, and whose backend hands its document over all the
    same, as it ends."""

    def __init__(self) -> None:
        self.looks = 0
        self.cancelled: list[int] = []
        self.held: list[HeldJob] = []

    def connection(self, **_: object) -> LateBackend:
        return self

    # ---- the service

    def cancelJob(self, job_id: int, *, purge_job: bool) -> None:
        assert not purge_job
        self.cancelled.append(job_id)

    def getPrinterAttributes(self, *_: object, **__: object) -> dict[str, Any]:
        self.looks += 1
        if self.looks == 2:
            self.held.append(HeldJob(1, None, is_ending=False))
        return {"printer-state": PROCESSING if self.looks < 2 else IDLE}

    # ---- the device

    def held_jobs(self) -> list[HeldJob]:
        return list(self.held)

    def cancel(self, job: HeldJob) -> None:
        self.held.remove(job)


@pytest.fixture
def late(monkeypatch: pytest.MonkeyPatch) -> LateBackend:
    played = LateBackend()
    monkeypatch.setattr("device.printer.cups.cups.Connection", played.connection)
    return played


def test_a_cancel_outlives_a_backend_that_still_hands_its_document_over(late: LateBackend) -> None:
    # given
    printer = CupsPrinter("/nowhere", "relais", "ipp://localhost/ipp/print")
    vars(printer)["_memory"] = late
    # when
    printer.cancel(7)
    # then
    assert late.cancelled == [7]
    assert late.held == []
    assert late.looks == 2


class BadDisk:
    """A service whose spool fails at one step, and which forgets no job on being asked to."""

    def __init__(self, failing: str = "", status: int = IPP_INTERNAL) -> None:
        self.failing, self.status = failing, status
        self.known: set[int] = set()
        self.purged: list[int] = []

    def connection(self, **_: object) -> BadDisk:
        return self

    def _steps(self, name: str) -> None:
        if name == self.failing:
            raise IPP_ERROR(self.status, "spool")

    def createJob(self, *_: object) -> int:
        self.known.add(7)
        return 7

    def startDocument(self, *_: object) -> None:
        self._steps("startDocument")

    def writeRequestData(self, *_: object) -> None:
        self._steps("writeRequestData")

    def finishDocument(self, *_: object) -> None:
        self._steps("finishDocument")

    def cancelJob(self, job_id: int, *, purge_job: bool) -> None:
        if purge_job:
            self.purged.append(job_id)

    def getJobs(self, **_: object) -> dict[int, object]:
        return dict.fromkeys(self.known)

    def cancelAllJobs(self, **_: object) -> None:
        pass

    # ---- the device

    def held_jobs(self) -> list[HeldJob]:
        return []


class GivenUp(BadDisk):
    """A service that gave its job up, and a device that is idle."""

    host, port = "localhost", 631

    def getJobAttributes(self, *_: object, **__: object) -> dict[str, int]:
        return {"job-state": 8}

    def getPrinterAttributes(self, **_: object) -> dict[str, int]:
        return {"printer-state": IDLE}


def room(monkeypatch: pytest.MonkeyPatch, free_blocks: int) -> None:
    """Leave this many blocks of 4 KiB free."""
    blocks = SimpleNamespace(f_bavail=free_blocks, f_frsize=4096)
    monkeypatch.setattr("device.printer.cups.os.statvfs", lambda _: blocks)


def printer_of(service: BadDisk, monkeypatch: pytest.MonkeyPatch) -> CupsPrinter:
    monkeypatch.setattr("device.printer.cups.cups.Connection", service.connection)
    printer = CupsPrinter("/nowhere", "relais", "ipp://localhost/ipp/print", settle_limit_s=0.2)
    ready = PrinterStatus(PrinterLevel.READY, frozenset())
    monkeypatch.setattr(printer, "status", lambda: ready)
    vars(printer)["_memory"] = service
    return printer


@pytest.mark.parametrize("failing", ["startDocument", "writeRequestData", "finishDocument"])
def test_half_a_document_is_forgotten_by_the_service(
    monkeypatch: pytest.MonkeyPatch, failing: str
) -> None:
    service = BadDisk(failing)
    printer = printer_of(service, monkeypatch)

    with pytest.raises(PrinterAbsent):
        printer.submit(paper("Proef"))

    assert service.purged == [7]


@pytest.mark.parametrize("failing", ["startDocument", "writeRequestData", "finishDocument"])
def test_a_spool_without_room_is_told_from_a_service_that_is_down(
    monkeypatch: pytest.MonkeyPatch, failing: str
) -> None:
    service = BadDisk(failing, IPP_TOO_LARGE)

    with pytest.raises(NoRoomLeft) as refused:
        printer_of(service, monkeypatch).submit(paper("Proef"))

    assert refused.value.reasons == {Reason.NO_ROOM}
    assert service.purged == [7]


@pytest.mark.parametrize(("free_blocks", "is_full"), [(63, True), (64, False)])
def test_a_memory_without_room_is_told_whatever_the_service_says_of_it(
    monkeypatch: pytest.MonkeyPatch, free_blocks: int, is_full: bool
) -> None:
    room(monkeypatch, free_blocks)

    with pytest.raises(NoRoomLeft if is_full else PrinterAbsent) as refused:
        printer_of(BadDisk("finishDocument"), monkeypatch).submit(paper("Proef"))

    assert (Reason.NO_ROOM in refused.value.reasons) is is_full


@pytest.mark.parametrize(("free_blocks", "is_full"), [(63, True), (64, False)])
def test_a_job_that_was_given_up_in_a_full_memory_says_so(
    monkeypatch: pytest.MonkeyPatch, free_blocks: int, is_full: bool
) -> None:
    room(monkeypatch, free_blocks)

    progress = printer_of(GivenUp(), monkeypatch).progress(7)

    assert progress.state is JobState.ABORTED
    assert (Reason.NO_ROOM in progress.reasons) is is_full


def test_a_whole_document_is_kept_by_the_service(monkeypatch: pytest.MonkeyPatch) -> None:
    service = BadDisk()
    assert printer_of(service, monkeypatch).submit(paper("Proef")) == 7
    assert service.purged == []


def test_a_job_that_is_known_however_often_it_is_purged_is_an_error(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    service = BadDisk()
    service.known = {7, 8}
    printer = printer_of(service, monkeypatch)

    with pytest.raises(PurgeFailed) as caught:
        printer.purge()

    assert (caught.value.code, caught.value.jobs) == ("purge-failed", 2)
    # and one that is forgotten is none
    service.known = set()
    printer.purge()
