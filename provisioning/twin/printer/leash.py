"""Hold one daemon and all its descendants, and end them with whoever asked for them.

Run as `python -I -S leash.py PARENT_PID COMMAND...`. Standard library only; starts in about 20 ms.

Why not only PR_SET_PDEATHSIG: it fires when the *thread* that forked ends (a web request of the
dock, say), and it does not reach grandchildren, so a CUPS backend would go on printing after its
cupsd died. The leash is the child subreaper of its daemon: whatever the daemon leaves behind comes
to the leash and is ended there, as systemd does with the control group of a unit.

- parent gone (pidfd, whole process, not a thread): everything is ended at once;
- SIGTERM to the leash: SIGTERM to the daemon, GRACE_S later SIGKILL to what is left;
- daemon gone, for any reason: what it left behind is ended, the leash exits with 0.

The first line on standard output is the daemon's process id.
"""

import contextlib
import ctypes
import os
import select
import signal
import sys
from pathlib import Path

GRACE_S = 2.0
_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36


def _prctl(option: int, value: int) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(option, value, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl")


def _children() -> list[int]:
    listed: list[int] = []
    for status in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            fields = status.read_text().rpartition(")")[2].split()
            if int(fields[1]) == os.getpid():
                listed.append(int(status.parent.name))
    return listed


def _end_all() -> None:
    """Kill and reap until no child is left: orphans of the killed ones arrive meanwhile."""
    while True:
        for pid in _children():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        try:
            os.wait()
        except ChildProcessError:
            return


def _start(command: list[str]) -> int:
    """Return the pid of the daemon once its program really runs, 0 when it cannot be run."""
    started_read, started_write = os.pipe2(os.O_CLOEXEC)
    pid = os.fork()
    if pid == 0:
        try:
            for number in (signal.SIGTERM, signal.SIGPIPE, signal.SIGXFSZ):
                signal.signal(number, signal.SIG_DFL)
            # The leash has one thread, so here the death signal means what it says.
            _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
            os.execvp(command[0], command)  # noqa: S606  no shell is the point
        finally:
            os.write(started_write, b"x")
            os._exit(127)
    os.close(started_write)
    # A SIGTERM between fork and exec would be lost: the pid is told only after the exec.
    failed = os.read(started_read, 1)
    os.close(started_read)
    return 0 if failed else pid


def main(parent_pid: int, command: list[str]) -> int:
    """Run the daemon until it ends, the parent ends or SIGTERM comes."""
    _prctl(_PR_SET_CHILD_SUBREAPER, 1)
    parent = os.pidfd_open(parent_pid)
    if os.getppid() != parent_pid:
        return 1
    wake_read, wake_write = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
    signal.set_wakeup_fd(wake_write)
    signal.signal(signal.SIGTERM, lambda *_: None)

    daemon_pid = _start(command)
    if daemon_pid == 0:
        return 127
    daemon = os.pidfd_open(daemon_pid)
    sys.stdout.write(f"{daemon_pid}\n")
    sys.stdout.flush()
    with contextlib.suppress(OSError):
        os.close(sys.stdout.fileno())

    ready, _, _ = select.select([parent, daemon, wake_read], [], [])
    if parent not in ready and daemon not in ready:
        with contextlib.suppress(ProcessLookupError):
            os.kill(daemon_pid, signal.SIGTERM)
        select.select([daemon, parent], [], [], GRACE_S)
    _end_all()
    return 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), sys.argv[2:]))
