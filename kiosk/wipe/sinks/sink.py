"""What a sink is: a place where something of a visit can lie."""

from __future__ import annotations

from collections import Counter
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Protocol

from kiosk.wipe.needles import Needle, Needles


class SinkError(Exception):
    """Say that a sink could not be planted, cleared or searched. `code` is stable, no value."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class Finding:
    """What the search of a sink gave.

    hits: times each needle was met. control_hits: times the control was; none means that the
    search is blind. other: leavings counted though no needle is in them. places: how many
    places were searched. unseen: screens of which no picture could be had.
    """

    hits: Counter[Needle] = field(default_factory=Counter)
    control_hits: int = 0
    other: int = 0
    places: int = 1
    unseen: int = 0

    @property
    def count(self) -> int:
        """All that was found, the control left out."""
        return sum(self.hits.values()) + self.other


class Sink(Protocol):
    """One kind of place. Verbs raise SinkError or OSError, both mean "not done".

    `plant` leaves the visit's canary the way the place really keeps things. `clear` removes
    everything of a visit. `find` searches all of the place, also what `clear` does not touch.
    `control` has a word there for the length of a search, without overwriting anything that the
    search should find.
    """

    @property
    def name(self) -> str:
        """The name of the place for the technician; never of what is in it."""

    def plant(self, canary: str) -> None:
        """Leave the canary there."""

    def control(self, word: str) -> AbstractContextManager[None]:
        """Have `word` there for the length of a `with`."""

    def clear(self) -> None:
        """Remove everything of the visit."""

    def find(self, needles: Needles) -> Finding:
        """Search the place."""
