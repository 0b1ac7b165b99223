"""What the driver for CUPS asks of a service and a device that are played by hand."""

from __future__ import annotations

from typing import Any

import pytest

pytest.importorskip("cups", reason="pycups is not installed")

from device.printer.cups import CupsPrinter
from device.printer.memory import HeldJob

IDLE, PROCESSING = 3, 4


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
