"""Processes by identity: a number alone may belong to another process by now."""

from __future__ import annotations

import os
import select
import signal
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_PROC: Final = Path("/proc")
# Set by the keeper for what it starts; `RELAIS_VISIT` only for what is of one visit. Children
# inherit it, so also an orphan that nobody lists is known.
RUN_VARIABLE: Final = "RELAIS_RUN"
VISIT_VARIABLE: Final = "RELAIS_VISIT"


@dataclass(frozen=True)
class Process:
    """One process for good: its number and its start, in clock ticks since boot."""

    pid: int
    start: int


@dataclass(frozen=True)
class Row:
    """One line of the process table."""

    process: Process
    parent: int
    session: int
    is_dead: bool  # ended, not yet reaped: its memory is gone


Table = Mapping[int, Row]


class ProcessError(Exception):
    """Say that processes could not be ended. `code`: kill-refused, kill-unfinished."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def read_row(pid: int) -> Row | None:
    """Return the table's line for `pid`, None where there is no such process (proc_pid_stat(5))."""
    try:
        stat = (_PROC / str(pid) / "stat").read_bytes()
    except OSError:
        return None
    # The name in brackets may hold anything, also brackets.
    fields = stat.rpartition(b")")[2].split()
    return Row(
        Process(pid, int(fields[19])),
        parent=int(fields[1]),
        session=int(fields[3]),
        # A leader that ended before its threads is a zombie too, and its memory lives on.
        is_dead=fields[0] in (b"Z", b"X") and int(fields[17]) <= 1,
    )


def read_process(pid: int) -> Process | None:
    """Return who `pid` is now, None where nobody is, or only an ended one."""
    row = read_row(pid)
    return None if row is None or row.is_dead else row.process


def is_alive(process: Process) -> bool:
    """Tell whether exactly this process lives."""
    return read_process(process.pid) == process


def read_table() -> Table:
    """Return all processes that live now."""
    rows = (read_row(int(name)) for name in os.listdir(_PROC) if name.isdigit())  # noqa: PTH208  names only, 3 times as fast
    return {row.process.pid: row for row in rows if row is not None}


def has_variable(pid: int, name: str, value: str) -> bool:
    """Tell whether a process was started with this environment variable.

    False where its environment may not be read: it is not ours then.
    """
    try:
        environment = (_PROC / str(pid) / "environ").read_bytes()
    except OSError:
        return False
    return f"{name}={value}".encode() in environment.split(b"\0")


def ancestors(table: Table, pid: int) -> frozenset[int]:
    """Return `pid` and all above it."""
    found: set[int] = set()
    while pid not in found and pid in table:
        found.add(pid)
        pid = table[pid].parent
    return frozenset(found)


def family(table: Table, roots: Iterable[Process]) -> frozenset[Process]:
    """Return the roots that live and all their descendants."""
    wanted = set(roots)
    found = {pid for pid, row in table.items() if row.process in wanted}
    grew = True
    while grew:
        below = {pid for pid, row in table.items() if row.parent in found}
        grew = not below <= found
        found |= below
    return frozenset(table[pid].process for pid in found)


@dataclass(frozen=True)
class Doomed:
    """Who must be gone: the listed ones and whatever they left behind.

    keeper: its descendants in a session that a listed process led are orphans of that one.
    visit: who was started with it belongs to the visit.
    """

    listed: frozenset[Process]
    keeper: Process
    visit: str

    def select(self, table: Table) -> frozenset[Process]:
        """Return the living ones among them; never this process, the keeper or one above."""
        sessions = {
            process.pid
            for process in self.listed
            # A recycled number leads a session of its own: those are strangers.
            if process.pid not in table or table[process.pid].process == process
        }
        ours = family(table, [self.keeper])
        spared = ancestors(table, os.getpid()) | ancestors(table, self.keeper.pid)
        orphans = {process for process in ours if table[process.pid].session in sessions}
        marked = {
            row.process
            for row in table.values()
            if self.visit and has_variable(row.process.pid, VISIT_VARIABLE, self.visit)
        }
        doomed = family(table, self.listed | orphans | marked)
        return frozenset(
            process
            for process in doomed
            if process.pid not in spared and not table[process.pid].is_dead
        )


def end(doomed: Doomed, limit_s: float) -> int:
    """Kill all of them and wait until they are gone; return how many there were.

    Each is held by a pidfd before its identity is checked, so that a recycled number is never
    hit. Raises ProcessError where one may not be killed or outlives `limit_s`.
    """
    deadline = time.monotonic() + limit_s
    known = doomed.listed
    ended: set[Process] = set()
    while living := Doomed(known, doomed.keeper, doomed.visit).select(read_table()):
        ended |= living
        # What they started after this look is an orphan of theirs in the next one.
        known |= living
        held = [handle for process in living if (handle := _kill(process)) is not None]
        try:
            _wait(held, deadline)
        finally:
            for handle in held:
                os.close(handle)
        if time.monotonic() > deadline:
            raise ProcessError("kill-unfinished")
    return len(ended)


def _kill(process: Process) -> int | None:
    try:
        handle = os.pidfd_open(process.pid)
    except ProcessLookupError:
        return None
    try:
        if read_process(process.pid) == process:
            signal.pidfd_send_signal(handle, signal.SIGKILL)
            return handle
    except ProcessLookupError:
        pass
    except PermissionError as error:
        os.close(handle)
        raise ProcessError("kill-refused") from error
    os.close(handle)
    return None


def _wait(handles: Iterable[int], deadline: float) -> None:
    waiting = set(handles)
    poll = select.poll()
    for handle in waiting:
        poll.register(handle, select.POLLIN)
    while waiting:
        rest_ms = int((deadline - time.monotonic()) * 1000)
        if rest_ms <= 0:
            raise ProcessError("kill-unfinished")
        for handle, _ in poll.poll(rest_ms):
            poll.unregister(handle)
            waiting.discard(handle)
