"""The memory of another process, read while it runs."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

from kiosk.wipe.processes import Process, is_alive

_CHUNK: Final = 1 << 20
_PAGE: Final = os.sysconf("SC_PAGE_SIZE")
# /proc/PID/pagemap, bits 63 and 62 of an entry: in memory, or swapped out.
_IS_THERE: Final = bytes(1 if flags & 0xC0 else 0 for flags in range(256))
_TRIES: Final = 3
_PR_SET_PTRACER: Final = 0x59616D61


class MemoryUnreadableError(Exception):
    """Say that a living process cannot be searched. `code` is stable."""

    code = "memory-unreadable"


class Listener(Protocol):
    """Who hears a memory, such as `kiosk.wipe.scan.Scan`."""

    def feed(self, chunk: bytes) -> None:
        """Hear the next chunk."""

    def cut(self) -> None:
        """Hear that what follows does not continue what was fed so far."""


@dataclass(frozen=True)
class _Span:
    start: int
    end: int


def permit_search() -> None:
    """Let the wipe search this process, though it is not its parent.

    Called once by every process that outlives a visit. Only Yama asks for it (as on Ubuntu,
    ptrace_scope 1); a kernel without Yama does not know the question (PR_SET_PTRACER, prctl(2)).
    """
    import ctypes  # slow to import, and the wipe itself never needs it

    ctypes.CDLL(None).prctl(_PR_SET_PTRACER, ctypes.c_ulong(-1), 0, 0, 0)


def search_memory(process: Process, scan: Listener) -> bool:
    """Search all that `process` has written to its memory; False when it is gone.

    Private writable mappings and shared ones that are no device; pages never touched are left
    out. Needs the right to trace it (ptrace(2)): the same user, and with Yama its consent,
    `permit_search`. Raises MemoryUnreadableError.
    """
    base = Path("/proc") / str(process.pid)
    try:
        memory = os.open(base / "mem", os.O_RDONLY | os.O_CLOEXEC)
        try:
            pages = os.open(base / "pagemap", os.O_RDONLY | os.O_CLOEXEC)
            try:
                # From here on the descriptors are of this process, whoever has its number later.
                if not is_alive(process):
                    return False
                _search_spans(base, memory, pages, scan)
            finally:
                os.close(pages)
        finally:
            os.close(memory)
    except OSError as error:
        if not is_alive(process):
            return False
        raise MemoryUnreadableError from error
    return is_alive(process)


def _search_spans(base: Path, memory: int, pages: int, scan: Listener) -> None:
    for span in _mappings(base):
        tries = 0
        at = span.start
        while at < span.end:
            try:
                for part in _touched(pages, _Span(at, span.end)):
                    at = part.start
                    while at < part.end:
                        chunk = os.pread(memory, min(_CHUNK, part.end - at), at)
                        if not chunk:
                            # The address space is gone: the process has just ended.
                            return
                        scan.feed(chunk)
                        at += len(chunk)
                break
            except OSError as error:
                # Given back to the system since we read the list? Then go on behind it.
                still = [s for s in _mappings(base) if s.start < span.end and s.end > at]
                tries += 1
                if error.errno != errno.EIO or (tries == _TRIES and still and still[0].start <= at):
                    raise
                at = max(at, still[0].start) if still else span.end
        scan.cut()


def _mappings(base: Path) -> Iterator[_Span]:
    for line in (base / "maps").read_text(errors="replace").splitlines():
        fields = line.split(maxsplit=5)
        rights, path = fields[1], fields[5] if len(fields) > 5 else ""
        if not rights.startswith("rw"):
            continue
        is_device = path.startswith("/dev/") and not path.startswith(("/dev/shm", "/dev/zero"))  # noqa: S108  a prefix to compare with
        if rights[3] == "p" or not is_device:
            start, _, end = fields[0].partition("-")
            yield _Span(int(start, 16), int(end, 16))


def _touched(pages: int, span: _Span) -> Iterator[_Span]:
    entries = os.pread(pages, (span.end - span.start) // _PAGE * 8, span.start // _PAGE * 8)
    there = entries[7::8].translate(_IS_THERE)
    first = there.find(b"\1")
    while first >= 0:
        last = there.find(b"\0", first)
        last = len(there) if last < 0 else last
        yield _Span(span.start + first * _PAGE, span.start + last * _PAGE)
        first = there.find(b"\1", last)
