"""What stood in memory before a visit: a single word that is met there proves nothing.

A folded memory of programs holds a few of every thousand words of a dictionary by chance: where
two names meet, in a table of emoji, in a certificate. Copied when a visit begins, into a memfd
that the keeper holds unread, and looked at only when a word was met. Only processes that no
visit may reach are copied; joined values, numbers and canaries are never excused by it.
"""

from __future__ import annotations

import os
import zlib
from collections.abc import Iterable

from kiosk.wipe.memory import search_memory
from kiosk.wipe.needles import Fold, Needle
from kiosk.wipe.processes import Process

# Of Fold.ASCII alone: what goes through the other map is of another script, and not met by chance.
_FOLD = Fold.ASCII
# Half the size of the fastest, in the same time: memory is mostly repetition.
_LEVEL = 2


def create_copy() -> int:
    """Make an empty copy and return its descriptor. Raises OSError."""
    return os.memfd_create("relais-before")


def copy_memory(descriptor: int, processes: Iterable[Process]) -> None:
    """Write what the processes hold now, folded. Raises OSError, MemoryUnreadableError."""
    os.ftruncate(descriptor, 0)
    os.lseek(descriptor, 0, os.SEEK_SET)
    packer = _Packer(descriptor)
    for process in processes:
        search_memory(process, packer)
        packer.cut()
    packer.close()


def met_before(descriptor: int | None, needles: Iterable[Needle]) -> frozenset[Needle]:
    """Return those of the needles that the copy holds. Raises OSError.

    A copy that was not written to its end holds nothing.
    """
    sought = [needle for needle in needles if needle.fold is _FOLD]
    if descriptor is None or not sought:
        return frozenset()
    packed = os.pread(descriptor, os.fstat(descriptor).st_size, 0)
    try:
        held = zlib.decompress(packed)
    except zlib.error:
        return frozenset()
    return frozenset(needle for needle in sought if needle.content in held)


class _Packer:
    """Folds and packs a stream of memory."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._packer = zlib.compressobj(_LEVEL)

    def feed(self, chunk: bytes) -> None:
        self._write(self._packer.compress(_FOLD.apply(chunk)))

    def cut(self) -> None:
        # Never folded away, so no word lies across what does not belong together.
        self._write(self._packer.compress(b"!"))

    def close(self) -> None:
        self._write(self._packer.flush())

    def _write(self, packed: bytes) -> None:
        while packed:
            packed = packed[os.write(self._descriptor, packed) :]
