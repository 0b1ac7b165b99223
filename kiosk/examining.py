"""Examining reader and card for a visit: a thread waits for the doctor, the controller hears."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Protocol

from device.doctor.calling import Doctor
from device.doctor.report import Report


class Hears(Protocol):
    """Who hears what the doctor found."""

    def examined(self, report: Report, is_newest: Callable[[], bool]) -> None:
        """Take the report, if `is_newest` still says so where no other can begin."""
        ...


class DoctorLine:
    """Each examination has a doctor of its own; one that ends late is heard no more."""

    def __init__(self, doctor: Callable[[], Doctor]) -> None:
        self._make = doctor
        self._running: Doctor | None = None
        self._newest = 0
        self._lock = threading.Lock()

    def examine(self, hears: Hears) -> None:
        """Begin an examination; reports to `hears` from another thread. Ends the one before."""
        with self._lock:
            self._newest += 1
            number = self._newest
            before, self._running = self._running, self._make()
            now = self._running
        _end(before)
        threading.Thread(target=self._run, args=(number, now, hears), daemon=True).start()

    def cancel(self) -> None:
        """End what runs, if anything does; it is not heard."""
        with self._lock:
            self._newest += 1
            before, self._running = self._running, None
        _end(before)

    def _run(self, number: int, doctor: Doctor, hears: Hears) -> None:
        report = doctor.examine()
        hears.examined(report, lambda: number == self._newest)


def _end(doctor: Doctor | None) -> None:
    if doctor is not None:
        threading.Thread(target=doctor.cancel, daemon=True).start()
