"""The faults of one virtual card at work: which of them meets a command, and what it does."""

import hashlib
from dataclasses import dataclass
from typing import TypeVar

from device.card.faults import (
    Drop,
    Endless,
    Fault,
    Garbage,
    Noise,
    Silence,
    SpuriousEnd,
    StatusWord,
    TooLong,
    Where,
)

_MOST_NOISE_BYTES = 300
_READ = 0xB0

_Placed = TypeVar("_Placed", StatusWord, Noise, Garbage, TooLong)


class CardGone(Exception):
    """Say that the fault script has pulled the card."""


@dataclass(frozen=True, slots=True)
class Asked:
    """Hold what a fault wants to know of a command. `file` is b"" where none is concerned."""

    ins: int
    p1: int
    file: bytes
    offset: int
    le: int


class Trouble:
    """Apply faults to the commands of one card and count how often each was met."""

    def __init__(self, faults: list[Fault]) -> None:
        self._faults = faults
        self._met: dict[int, int] = {}
        self._commands = 0

    def instead(self, asked: Asked) -> bytes | None:
        """Return the answer that takes the place of the card's, or None. Raises CardGone."""
        self._commands += 1
        for fault in self._faults:
            if isinstance(fault, Drop) and self._commands > fault.after:
                raise CardGone
            if isinstance(fault, Silence) and self._commands > fault.after:
                return b""
        if self._first(Noise, asked):
            return self._bytes(int.from_bytes(self._bytes(2), "big") % _MOST_NOISE_BYTES)
        if word := self._first(StatusWord, asked):
            return word.sw.to_bytes(2, "big")
        return None

    def content(self, asked: Asked, content: bytes) -> bytes:
        """Return the file as a read sees it: cut, repeated or as it is."""
        for fault in self._faults:
            if isinstance(fault, Endless) and fault.file == asked.file[-2:]:
                return (content or b"\0") * (2 + (asked.offset + asked.le) // (len(content) or 1))
            if isinstance(fault, SpuriousEnd) and self._seems_to_end(fault, asked):
                return content[: fault.where.offset]
        return content

    def changed(self, asked: Asked, answer: bytes) -> bytes:
        """Return what becomes of an answer on its way."""
        data, word = answer[:-2], answer[-2:]
        if data and self._first(Garbage, asked):
            data = self._bytes(len(data))
        if data and (longer := self._first(TooLong, asked)):
            data += self._bytes(longer.extra)
        return data + word

    def _first(self, kind: type[_Placed], asked: Asked) -> _Placed | None:
        for fault in self._faults:
            if isinstance(fault, kind) and self._is_met(fault, fault.where, asked):
                return fault
        return None

    def _is_met(self, fault: Fault, where: Where, asked: Asked) -> bool:
        return where.fits(asked.ins, asked.p1, asked.file, asked.offset) and self._counts(
            fault, where
        )

    def _seems_to_end(self, fault: SpuriousEnd, asked: Asked) -> bool:
        where = fault.where
        reaches = asked.ins == _READ and asked.offset + asked.le > (where.offset or 0)
        return reaches and where.file in (None, asked.file[-2:]) and self._counts(fault, where)

    def _counts(self, fault: Fault, where: Where) -> bool:
        # By identity: two equal faults of one script are two faults.
        met = self._met[id(fault)] = self._met.get(id(fault), 0) + 1
        return where.nth <= met < where.nth + where.times

    def _bytes(self, length: int) -> bytes:
        """Return bytes that mean nothing, the same for the same command of every run."""
        return hashlib.shake_128(b"noise %d" % self._commands).digest(length)
