"""Looking for needles in a stream of bytes.

Measured on 50 MB of a Python process's memory with 50 needles: the map takes 50 ms, `bytes.find`,
needle by needle, 110 ms. One regular expression for all takes 270 ms in place of the 110; without
the map the search takes 520 ms for one spelling alone.
"""

from __future__ import annotations

from collections import Counter

from kiosk.wipe.needles import Fold, Needle, Needles


class Scan:
    """Search a stream of chunks; a value across the border of two chunks is found."""

    def __init__(self, needles: Needles) -> None:
        self._control = needles.control
        sought = [needle for needle, _ in needles.owners] + [needles.control]
        self._streams = [
            _Stream(fold, chosen)
            for fold in Fold
            if (chosen := [needle for needle in sought if needle.fold is fold])
        ]
        self._met: Counter[Needle] = Counter()

    @property
    def hits(self) -> Counter[Needle]:
        """Times each needle was met, the control left out."""
        return Counter({n: times for n, times in self._met.items() if n != self._control})

    @property
    def control_hits(self) -> int:
        """Times the control was met."""
        return self._met[self._control]

    def feed(self, chunk: bytes) -> None:
        """Search the next chunk of what is being read."""
        for stream in self._streams:
            stream.feed(chunk, self._met)

    def cut(self) -> None:
        """Tell that what follows does not continue what was fed so far."""
        for stream in self._streams:
            stream.cut()


class _Stream:
    """What one map leaves of the stream, searched for the needles that went through it."""

    def __init__(self, fold: Fold, needles: list[Needle]) -> None:
        self._fold = fold
        self._needles = needles
        self._keep = max(len(needle.content) for needle in needles) - 1
        self._tail = b""

    def feed(self, chunk: bytes, met: Counter[Needle]) -> None:
        tail = self._tail
        text = tail + self._fold.apply(chunk)
        for needle in self._needles:
            at = text.find(needle.content)
            while at >= 0:
                # What lies in the tail alone has been counted with the chunk before.
                if at + len(needle.content) > len(tail):
                    met[needle] += 1
                at = text.find(needle.content, at + 1)
        self._tail = text[-self._keep :]

    def cut(self) -> None:
        self._tail = b""
