"""The curtain: nothing of a visit acts or shows any more.

All signals are sent before anything is waited for, and nothing here takes a lock, asks a daemon
or touches a disk: a stop waits for nobody. Whoever is hit is surely dead only later, which the
wipe makes sure of.
"""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Iterable
from pathlib import Path

from kiosk.keeper.parts import Cuttable, Process


def fall(
    worker: Process | None, browsers: Iterable[Cuttable], daemons: Iterable[Process]
) -> tuple[Process, ...]:
    """Send SIGKILL to the worker, the browsers, what the worker started and the daemons.

    In that order: who acts, what shows, the rest. Return the processes it was sent to, the
    browsers' left out.
    """
    # Looked up before the kill: an orphan no longer says whose it was.
    children = () if worker is None else descendants(worker)
    if worker is not None:
        _kill(worker)
    for browser in browsers:
        browser.cut()
    others = (*children, *daemons)
    for process in others:
        _kill(process)
    return others if worker is None else (worker, *others)


def descendants(process: Process) -> tuple[Process, ...]:
    """Return what a process has started and what those have, as far as they live.

    From /proc/PID/task/TID/children (proc(5)), which costs a millisecond and no look at the whole
    table. A kernel without it (no CONFIG_PROC_CHILDREN) tells of none.
    """
    found: list[Process] = []
    ahead = [process]
    while ahead:
        for pid in _children(ahead.pop()):
            child = Process.of(pid)
            if child is not None:
                found.append(child)
                ahead.append(child)
    return tuple(found)


def _children(process: Process) -> list[int]:
    listed: list[int] = []
    with contextlib.suppress(OSError):
        for task in Path(f"/proc/{process.pid}/task").iterdir():
            with contextlib.suppress(OSError):
                listed += [int(pid) for pid in (task / "children").read_text().split()]
    return listed


def _kill(process: Process) -> None:
    if Process.of(process.pid) != process:
        return
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.kill(process.pid, signal.SIGKILL)
