"""A bug of our own: what is said of an error that nobody foresaw.

Its message may quote what it was about, a name or a card's bytes; its kind and its place may not.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Final

_OURS: Final = frozenset({"kiosk", "device", "provisioning"})


def located(kind: type[BaseException] | None, trace: TracebackType | None) -> str:
    """Return kind and place of an error: "KeyError kiosk/printing.py:91".

    The place is the innermost frame of our own, and where there is none the innermost of all.
    """
    place, is_ours = "?", False
    while trace is not None:
        code, package = trace.tb_frame.f_code, trace.tb_frame.f_globals.get("__package__") or ""
        if package.partition(".")[0] in _OURS or not is_ours:
            is_ours = package.partition(".")[0] in _OURS
            folder = package.replace(".", "/") + "/" if is_ours else ""
            place = f"{folder}{Path(code.co_filename).name}:{trace.tb_lineno}"
        trace = trace.tb_next
    return f"{kind.__name__ if kind else 'error'} {place}"


def _nothing() -> None:
    pass


def tell_without_values(who: str, then: Callable[[], object] = _nothing) -> None:
    """From now on write of an error that nobody handles only what `located` says; then do `then`.

    In every thread of this process. What falls apart while it is thrown away (`__del__`, a
    generator) is written of and nothing more: Python goes on there.
    """

    def write(kind: type[BaseException] | None, trace: TracebackType | None) -> None:
        sys.stderr.write(f"{who}: {located(kind, trace)}\n")

    def of_process(
        kind: type[BaseException], _error: BaseException, trace: TracebackType | None
    ) -> None:
        write(kind, trace)
        then()

    def of_thread(arguments: threading.ExceptHookArgs) -> None:
        # A thread that leaves by SystemExit has ended as it wished.
        if arguments.exc_type is not SystemExit:
            write(arguments.exc_type, arguments.exc_traceback)
            then()

    def of_waste(arguments: sys.UnraisableHookArgs) -> None:
        write(arguments.exc_type, arguments.exc_traceback)

    sys.excepthook, threading.excepthook, sys.unraisablehook = of_process, of_thread, of_waste
