"""Programs the keeper starts, and their certain end.

A child is ended by id, never by name, together with everything it started:

- its own process group and session: one signal reaches almost all of them;
- a marker in its environment: finds what left the group (Chromium's crash handlers fork twice
  on purpose, and no switch turns them off);
- PR_SET_PDEATHSIG: if the keeper itself is killed, the kernel kills the child.

The kernel sends that death signal when the *thread* that started the child ends, so `Children`
starts everything from one thread of its own that lives as long as the registry.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import subprocess
import threading
import time
import uuid
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

KILL_LIMIT_S = 2.0
# A family member that starts another while it is being killed needs a second look; a third
# means that something is wrong, and the error says so.
_LOOKS = 3
_CUT_LIMIT_S = 0.01
_MARKER = "RELAIS_CHILD"
_PRLIMIT = "/usr/bin/prlimit"
_SETPRIV = "/usr/bin/setpriv"


class ChildSurvivedError(Exception):
    """Say that processes of a child outlived SIGKILL; `survivors` is how many."""

    code: ClassVar[str] = "child-survived"

    def __init__(self, survivors: int) -> None:
        super().__init__(self.code, survivors)
        self.survivors = survivors


@dataclass(frozen=True)
class Identity:
    """Numeric user and group that a child runs as; they need no name on the system."""

    uid: int
    gid: int


@dataclass(frozen=True)
class _Stat:
    """What /proc/PID/stat tells of one process (proc(5), fields 3 to 6 and 22)."""

    state: str
    parent: int
    group: int
    session: int
    start_time: int


class Child:
    """One running program, leader of its own session.

    Make it through `Children.start`: a child made in a thread dies with that thread.
    Its id stays ours until `kill` or `end` has reaped it, so it never names a stranger.
    """

    def __init__(
        self,
        command: Sequence[str],
        *,
        environment: Mapping[str, str],
        identity: Identity | None = None,
        inherited_fds: Sequence[int] = (),
        log_fd: int | None = None,
        folder: Path | None = None,
    ) -> None:
        """Start `command`; standard input is empty, output goes to `log_fd` or nowhere.

        `command[0]` is a full path. `identity` needs root and drops every supplementary group.
        Descriptors in `inherited_fds` keep their numbers; all others are closed.
        Raise OSError if the system cannot start a process. A program that does not exist
        shows as a child that ended with code 127.
        """
        self._marker = uuid.uuid4().hex
        self._lock = threading.Lock()
        output = subprocess.DEVNULL if log_fd is None else log_fd
        self._process = subprocess.Popen(
            [*_prefix(identity), *command],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            env={**environment, _MARKER: self._marker},
            pass_fds=tuple(inherited_fds),
            cwd=folder,
            start_new_session=True,
            umask=0o077,
        )
        self.pid = self._process.pid
        self._pidfd = os.pidfd_open(self.pid)
        stat = _stat(self.pid)
        # Not reaped yet, so even a child that failed at once still has its line.
        assert stat is not None  # noqa: S101  for the type checker
        self.start_time = stat.start_time

    @property
    def is_reaped(self) -> bool:
        """Tell whether the child was ended and its id given back to the system."""
        return self._process.returncode is not None

    def alive(self) -> bool:
        """Tell whether the program itself (not only a descendant) still runs."""
        return not self.is_reaped and self._peek() is None

    def exit_code(self) -> int | None:
        """Return the exit code, the negative signal number, or None while it runs."""
        return self._process.returncode if self.is_reaped else self._peek()

    def wait(self, limit_s: float) -> bool:
        """Wait until the program has ended; False if `limit_s` passed first."""
        with self._lock:
            if self.is_reaped:
                return True
            # A copy, and no lock while waiting: a kill must never queue behind a polite end.
            pidfd = os.dup(self._pidfd)
        try:
            return not _wait_gone([pidfd], limit_s)
        finally:
            os.close(pidfd)

    def pids(self) -> tuple[int, ...]:
        """Return the ids of all its living processes, whatever group they moved to."""
        return () if self.is_reaped else tuple(sorted(self._family()))

    def cut(self) -> None:
        """Send SIGKILL to its process group and return at once; `kill` has to follow.

        For a curtain that falls on several children: all are struck before any is waited for.
        """
        # Whoever holds the lock is a kill that has struck already, or a reader that is quick.
        if self._lock.acquire(timeout=_CUT_LIMIT_S):
            try:
                if not self.is_reaped:
                    with contextlib.suppress(ProcessLookupError):
                        os.killpg(self.pid, signal.SIGKILL)
            finally:
                self._lock.release()

    def kill(self, limit_s: float = KILL_LIMIT_S) -> None:
        """End the program and everything it started with SIGKILL, and wait until all are gone.

        Raise ChildSurvivedError if some are left after `limit_s`.
        """
        with self._lock:
            if self.is_reaped:
                return
            deadline = time.monotonic() + limit_s
            # First the signal that reaches nearly everybody: what shows on a screen ends here.
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.pid, signal.SIGKILL)
            family = self._family()
            for _ in range(_LOOKS):
                if not family:
                    break
                _kill_and_wait(family, deadline)
                family = self._family()
            if family:
                raise ChildSurvivedError(len(family))
            self._reap(deadline)

    def end(self, limit_s: float) -> None:
        """Ask the program to end (SIGTERM), after `limit_s` make it; then clear what it left.

        Raise ChildSurvivedError as `kill` does.
        """
        with self._lock, contextlib.suppress(ProcessLookupError):
            if not self.is_reaped:
                signal.pidfd_send_signal(self._pidfd, signal.SIGTERM)
        self.wait(limit_s)
        self.kill()

    def _peek(self) -> int | None:
        """Return the exit code without reaping."""
        try:
            result = os.waitid(os.P_PIDFD, self._pidfd, os.WEXITED | os.WNOHANG | os.WNOWAIT)
        except OSError:
            # Reaped by a kill in another thread between the question and the answer.
            return self._process.returncode
        if result is None:
            return None
        return result.si_status if result.si_code == os.CLD_EXITED else -result.si_status

    def _reap(self, deadline: float) -> None:
        try:
            self._process.wait(max(0.0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired as error:
            raise ChildSurvivedError(1) from error
        os.close(self._pidfd)

    def _family(self) -> dict[int, _Stat]:
        """Find its living processes: by group, session, descent, and by the marker."""
        everybody = _everybody()
        family = {
            pid: stat
            for pid, stat in everybody.items()
            if self.pid in (pid, stat.group, stat.session) or _has_marker(pid, self._marker)
        }
        found = True
        while found:
            found = False
            for pid, stat in everybody.items():
                if pid not in family and stat.parent in family:
                    family[pid] = stat
                    found = True
        return {pid: stat for pid, stat in family.items() if stat.state not in "ZX"}


class Children:
    """All children of the keeper, ended together and by id when it ends."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._children: list[Child] = []
        self._starter = ThreadPoolExecutor(max_workers=1, thread_name_prefix="children")

    def start(
        self,
        command: Sequence[str],
        *,
        environment: Mapping[str, str],
        identity: Identity | None = None,
        inherited_fds: Sequence[int] = (),
        log_fd: int | None = None,
        folder: Path | None = None,
    ) -> Child:
        """Start a program as `Child` does; may be called from any thread."""
        child = self._starter.submit(
            Child,
            command,
            environment=environment,
            identity=identity,
            inherited_fds=inherited_fds,
            log_fd=log_fd,
            folder=folder,
        ).result()
        with self._lock:
            self._children = [known for known in self._children if not known.is_reaped]
            self._children.append(child)
        return child

    def running(self) -> tuple[Child, ...]:
        """Return the children that were not ended yet, oldest first."""
        with self._lock:
            return tuple(child for child in self._children if not child.is_reaped)

    def end_all(self, limit_s: float) -> None:
        """End all, the youngest first, each politely for at most `limit_s`; then start no more.

        Raise ChildSurvivedError after all were tried, if processes are left.
        """
        survivors = 0
        for child in reversed(self.running()):
            try:
                child.end(limit_s)
            except ChildSurvivedError as error:
                survivors += error.survivors
        # Last: the end of this thread is the death signal of whatever is left.
        self._starter.shutdown()
        if survivors:
            raise ChildSurvivedError(survivors)


def _prefix(identity: Identity | None) -> list[str]:
    """Set what must hold before the program runs its first instruction.

    Two tiny programs (util-linux, 1 ms each) and not `preexec_fn`: Python code between fork and
    exec can lock up in a process with threads, and it makes every start a full fork.
    """
    words = [_PRLIMIT, "--core=0:0", "--", _SETPRIV, "--pdeathsig", "KILL"]
    if identity is not None:
        words += ["--reuid", str(identity.uid), "--regid", str(identity.gid), "--clear-groups"]
    return [*words, "--"]


def _stat(pid: int) -> _Stat | None:
    try:
        line = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    # The name in field 2 may hold blanks and brackets; the last bracket ends it.
    fields = line.rpartition(")")[2].split()
    return _Stat(fields[0], int(fields[1]), int(fields[2]), int(fields[3]), int(fields[19]))


def _everybody() -> dict[int, _Stat]:
    pids = [int(name) for name in os.listdir("/proc") if name.isdecimal()]  # noqa: PTH208  twice as fast
    return {pid: stat for pid in pids if (stat := _stat(pid)) is not None}


def _has_marker(pid: int, marker: str) -> bool:
    try:
        return f"{_MARKER}={marker}".encode() in Path(f"/proc/{pid}/environ").read_bytes()
    except OSError:
        # Gone, or of another user: then it is none of ours.
        return False


def _kill_and_wait(family: Mapping[int, _Stat], deadline: float) -> None:
    pidfds = []
    try:
        for pid, stat in family.items():
            try:
                pidfd = os.pidfd_open(pid)
            except ProcessLookupError:
                continue
            pidfds.append(pidfd)
            now = _stat(pid)
            if now is not None and now.start_time == stat.start_time:
                with contextlib.suppress(ProcessLookupError):
                    signal.pidfd_send_signal(pidfd, signal.SIGKILL)
        _wait_gone(pidfds, max(0.0, deadline - time.monotonic()))
    finally:
        for pidfd in pidfds:
            os.close(pidfd)


def _wait_gone(pidfds: Sequence[int], limit_s: float) -> set[int]:
    """Wait until all have ended (a pidfd is readable then); return those that have not."""
    left = set(pidfds)
    poll = select.poll()
    for pidfd in left:
        poll.register(pidfd, select.POLLIN)
    deadline = time.monotonic() + limit_s
    while left:
        ready = poll.poll(max(0.0, deadline - time.monotonic()) * 1000)
        if not ready:
            break
        for pidfd, _ in ready:
            poll.unregister(pidfd)
            left.discard(pidfd)
    return left
