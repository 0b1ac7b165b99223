"""The notebook of a visit: every value learned, written down at once for the search after it.

A memfd that the keeper makes and holds unread; the worker and the card's reading child inherit
it and append. The frames are those of `device.card.traces`.
"""

from __future__ import annotations

import fcntl
import os
from itertools import permutations

from device.card.traces import MAX_TRACE_BYTES, Trace, TraceKind, append


class NotebookError(Exception):
    """Say that a value could not be noted; it must then not be used. `code` is stable."""

    code = "notebook-full"


def create_notebook() -> int:
    """Make an empty notebook and return its descriptor.

    It is closed on exec unless passed on by name (`pass_fds`).
    Raises OSError where the kernel gives no memory.
    """
    descriptor = os.memfd_create("relais-traces")
    # Every process that inherits it writes at its end, whoever wrote last.
    fcntl.fcntl(descriptor, fcntl.F_SETFL, os.O_APPEND)
    return descriptor


class Notebook:
    """Append what a visit learns; any number of processes may write at the same time.

    A value is noted before it is used, so that no crash can leave one unsought.
    """

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def note(self, value: str) -> None:
        """Note one value as it is. Raises NotebookError."""
        self._append([Trace(TraceKind.VALUE, value)])

    def joined(self, *parts: str) -> None:
        """Note values that are written together, in every order; empty ones are left out.

        Two or three parts: surname and given name, street and number, name and birth date.
        Raises NotebookError.
        """
        present = [part.strip() for part in parts if part.strip()]
        if len(present) > 1:
            self._append(
                [Trace(TraceKind.JOINED, " ".join(order)) for order in permutations(present)]
            )

    def _append(self, traces: list[Trace]) -> None:
        try:
            append(self._descriptor, [Trace(trace.kind, _writable(trace.text)) for trace in traces])
        except OSError as error:
            raise NotebookError from error


def _writable(text: str) -> str:
    # Half a surrogate pair has no UTF-8. The head of a long text is enough to find it.
    return text.strip().encode("utf-8", "ignore")[:MAX_TRACE_BYTES].decode("utf-8", "ignore")
