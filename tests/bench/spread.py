"""What is said of a figure: the median of its rounds and how far they lay apart."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

ROUNDS = 5


@dataclass(frozen=True)
class Figure:
    """One figure. `goal` None: measured, not promised. All values in `unit`."""

    rounds: tuple[float, ...]
    unit: str
    goal: float | None = None

    @property
    def median(self) -> float:
        """Return the median of the rounds."""
        return statistics.median(self.rounds)

    def to_json(self) -> dict[str, Any]:
        """Return the figure as it is printed."""
        row: dict[str, Any] = {
            "median": round(self.median, 2),
            "min": round(min(self.rounds), 2),
            "max": round(max(self.rounds), 2),
            "rounds": len(self.rounds),
            "unit": self.unit,
        }
        if self.goal is not None:
            row |= {"goal": self.goal, "verdict": "met" if self.median <= self.goal else "MISSED"}
        return row


def percentile(values: Sequence[float], share: float) -> float:
    """Return the value below which `share` (0 to 1) of the values lie; the nearest above."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
