"""Time as a part that is handed in, so that tests move it by hand."""

from __future__ import annotations

import datetime
import time
from typing import Protocol


class Clock(Protocol):
    """Seconds that only grow, and the date that may be wrong."""

    def monotonic(self) -> float:
        """Return seconds since some fixed moment."""
        ...

    def today(self) -> datetime.date:
        """Return the machine's date; it may be wrong without a clock battery."""
        ...

    def hour(self) -> int:
        """Return the hour of the local day, 0 to 23: only ever used for half a day."""
        ...


class SystemClock:
    """The machine's own clock."""

    def monotonic(self) -> float:
        """Return seconds since some fixed moment."""
        return time.monotonic()

    def today(self) -> datetime.date:
        """Return the machine's local date."""
        return datetime.datetime.now().astimezone().date()

    def hour(self) -> int:
        """Return the local hour."""
        return datetime.datetime.now().astimezone().hour


class HandClock:
    """A clock that moves only when told to."""

    def __init__(self, today: datetime.date = datetime.date(2026, 1, 5)) -> None:
        self._now = 1000.0
        self._today = today

    def monotonic(self) -> float:
        """Return the seconds it was advanced to."""
        return self._now

    def today(self) -> datetime.date:
        """Return the date it was given."""
        return self._today

    def hour(self) -> int:
        """Return ten in the morning."""
        return 10

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        self._now += seconds
