"""What the notebook of a visit holds, read back for the search."""

from __future__ import annotations

import contextlib
import os

from device.card.traces import Trace, TraceKind, TracesMalformed, decode

_HEAD = 5  # one byte of kind, four of length


class TracesError(Exception):
    """Say that the notebook cannot be read as what it should be. `code` is stable."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def parse_traces(untrusted_notes: bytes) -> tuple[Trace, ...]:
    """Return the noted values, each once, in the order of writing.

    A frame cut short at the very end, by a kill in mid-write, gives what there is of it.
    Raises TracesError("notebook-broken") for anything else that is no sequence of frames.
    """
    try:
        traces = decode(untrusted_notes)
    except TracesMalformed as error:
        traces = decode(untrusted_notes[: error.offset])
        traces += _cut_short(untrusted_notes[error.offset :])
    return tuple(dict.fromkeys(traces))


def _cut_short(untrusted_rest: bytes) -> list[Trace]:
    text = untrusted_rest[_HEAD:]
    with contextlib.suppress(ValueError):
        kind = TraceKind(untrusted_rest[0])
        if len(untrusted_rest) < _HEAD or len(text) < int.from_bytes(untrusted_rest[1:_HEAD]):
            return [Trace(kind, text.decode("utf-8", "ignore"))]
    raise TracesError("notebook-broken")


def read_traces(descriptor: int) -> tuple[Trace, ...]:
    """Read the whole notebook without moving the position that its writers share.

    Raises TracesError: "notebook-gone" for a closed descriptor, "notebook-broken" otherwise.
    """
    try:
        size = os.fstat(descriptor).st_size
        notes = os.pread(descriptor, size, 0) if size else b""
    except OSError as error:
        raise TracesError("notebook-gone") from error
    if len(notes) != size:
        raise TracesError("notebook-broken")
    return parse_traces(notes)


def forget_traces(descriptor: int) -> None:
    """Give the notebook's memory back, also where another process still holds it open.

    Raises OSError.
    """
    os.ftruncate(descriptor, 0)
    os.close(descriptor)
