"""The format in which values learned in a visit are noted for the wipe's search.

One frame per value, appended to a memfd that the wipe reads: 1 byte kind, 4 bytes big-endian
length, that many bytes of UTF-8.
"""

import os
from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum

MAX_TRACE_BYTES = 4096


class TraceKind(IntEnum):
    """Tell how the search treats a value."""

    VALUE = 1
    NUMBER = 2
    """Searched with and without separators."""
    JOINED = 3
    """Several values as they stand together on a screen or a paper."""


@dataclass(frozen=True, slots=True, repr=False)
class Trace:
    """Hold one value that can only come from this visit."""

    kind: TraceKind
    text: str


class TracesMalformed(ValueError):
    """Say that the bytes are no sequence of frames; `offset` is where that shows."""

    def __init__(self, offset: int) -> None:
        super().__init__(offset)
        self.offset = offset


def encode(trace: Trace) -> bytes:
    """Return one frame. Raises ValueError for a value longer than MAX_TRACE_BYTES."""
    content = trace.text.encode()
    if len(content) > MAX_TRACE_BYTES:
        raise ValueError("trace too long")
    return bytes((trace.kind,)) + len(content).to_bytes(4, "big") + content


def append(descriptor: int, traces: Iterable[Trace]) -> None:
    """Write the frames of all traces that are not empty, in one write where the kernel lets it.

    Raises OSError: what cannot be noted may not be used.
    """
    frames = b"".join(encode(trace) for trace in traces if trace.text)
    while frames:
        frames = frames[os.write(descriptor, frames) :]


def decode(content: bytes) -> list[Trace]:
    """Return the traces in the order they were written. Raises TracesMalformed."""
    traces = []
    at = 0
    while at < len(content):
        end = at + 5 + int.from_bytes(content[at + 1 : at + 5], "big")
        if at + 5 > len(content) or end > len(content):
            raise TracesMalformed(at)
        try:
            traces.append(Trace(TraceKind(content[at]), content[at + 5 : end].decode()))
        except ValueError:
            raise TracesMalformed(at) from None
        at = end
    return traces
