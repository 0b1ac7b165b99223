"""Who is killed, and who never is."""

from __future__ import annotations

import contextlib
import mmap
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import replace

import pytest

from device.card.traces import Trace, TraceKind
from kiosk.wipe.canary import canary_prefix, canary_text
from kiosk.wipe.memory import MemoryUnreadableError, search_memory
from kiosk.wipe.needles import make_needles
from kiosk.wipe.processes import (
    Doomed,
    Process,
    ProcessError,
    Row,
    end,
    is_alive,
    read_process,
    read_row,
)
from kiosk.wipe.scan import Scan

KEEPER = Process(100, 1)


def _table(*rows: tuple[int, int, int]) -> dict[int, Row]:
    """Return rows of (pid, parent, session), each started at its own number."""
    own = [(os.getpid(), KEEPER.pid, os.getpid()), (KEEPER.pid, 1, 100), (1, 0, 1)]
    starts = {KEEPER.pid: KEEPER.start}
    return {
        pid: Row(Process(pid, starts.get(pid, pid)), parent, session, is_dead=False)
        for pid, parent, session in (*own, *rows)
    }


def _doomed(*pids: int) -> Doomed:
    return Doomed(frozenset(Process(pid, pid) for pid in pids), KEEPER, "")


def _pids(processes: frozenset[Process]) -> set[int]:
    return {process.pid for process in processes}


def test_a_listed_process_goes_with_all_below_it() -> None:
    table = _table((200, 100, 200), (201, 200, 200), (202, 201, 202), (300, 100, 300))

    assert _pids(_doomed(200).select(table)) == {200, 201, 202}


def test_an_orphan_in_the_session_of_one_that_is_gone_goes_too() -> None:
    # 200 is gone, its child came to the keeper.
    table = _table((201, 100, 200), (202, 201, 202), (300, 100, 300))

    assert _pids(_doomed(200).select(table)) == {201, 202}


def test_the_session_of_a_recycled_number_is_a_strangers() -> None:
    table = _table((200, 100, 200), (201, 200, 200))
    before = Doomed(frozenset({Process(200, 150)}), KEEPER, "")

    assert before.select(table) == frozenset()


def test_a_strangers_session_is_left_alone_though_it_has_the_number() -> None:
    table = _table((201, 1, 200))

    assert _doomed(200).select(table) == frozenset()


def test_the_keeper_the_system_and_the_wipe_are_never_killed() -> None:
    table = _table()
    everybody = Doomed(frozenset(row.process for row in table.values()), KEEPER, "")

    assert everybody.select(table) == frozenset()


@pytest.fixture
def child() -> Iterator[subprocess.Popen[bytes]]:
    started = subprocess.Popen(["sleep", "60"], start_new_session=True)
    yield started
    started.kill()
    started.wait()


def _identity(pid: int) -> Process:
    found = read_process(pid)
    assert found is not None
    return found


def _own() -> Process:
    return _identity(os.getpid())


def test_ending_waits_until_they_are_gone(child: subprocess.Popen[bytes]) -> None:
    identity = _identity(child.pid)

    ended = end(Doomed(frozenset({identity}), _own(), ""), 10)

    # Not yet waited for by us, and gone all the same.
    assert ended == 1
    assert not is_alive(identity)
    assert child.wait(10) == -signal.SIGKILL


def test_another_start_is_another_process(child: subprocess.Popen[bytes]) -> None:
    identity = _identity(child.pid)
    other = Process(identity.pid, identity.start + 1)

    assert end(Doomed(frozenset({other}), _own(), ""), 10) == 0
    assert child.poll() is None


def test_a_number_recycled_between_the_look_and_the_kill_is_not_hit(
    child: subprocess.Popen[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    real = read_row(child.pid)
    assert real is not None
    before = Process(child.pid, real.process.start - 1)
    looks = iter([{child.pid: replace(real, process=before)}, {}])
    monkeypatch.setattr("kiosk.wipe.processes.read_table", lambda: next(looks))

    end(Doomed(frozenset({before}), _own(), ""), 10)

    assert is_alive(real.process)


def test_one_that_does_not_end_in_time_is_an_error(child: subprocess.Popen[bytes]) -> None:
    with pytest.raises(ProcessError, match="kill-unfinished"):
        end(Doomed(frozenset({_identity(child.pid)}), _own(), ""), 0)


def test_a_name_in_brackets_does_not_confuse_the_table() -> None:
    program = (
        "import ctypes, sys; ctypes.CDLL(None).prctl(15, b') R 1 1 (x', 0, 0, 0);"
        "print(flush=True); sys.stdin.read()"
    )
    child = subprocess.Popen(
        [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    try:
        assert child.stdout is not None
        child.stdout.readline()
        row = read_row(child.pid)
        assert row is not None
        assert row.parent == os.getpid()
    finally:
        child.kill()
        child.communicate()


def test_the_memory_of_one_that_is_gone_is_gone(child: subprocess.Popen[bytes]) -> None:
    identity = _identity(child.pid)
    scan = Scan(make_needles("prefixprefix", "control", [], lambda needle: False))
    assert search_memory(identity, scan)
    assert not search_memory(Process(identity.pid, identity.start + 1), scan)

    child.kill()
    child.wait()

    assert not search_memory(identity, scan)


# Touches each page it shares and holds nothing of what lies there.
SHARER = """
import mmap, sys
shared = mmap.mmap(int(sys.argv[1]), 0, mmap.MAP_SHARED, mmap.PROT_READ | mmap.PROT_WRITE)
for at in range(0, len(shared), mmap.PAGESIZE): shared[at]
print("ready", flush=True)
sys.stdin.read()
"""


@pytest.mark.parametrize("kind", ["memfd", "file in shared memory"])
@pytest.mark.parametrize("left", ["a canary", "a name"])
def test_what_lies_in_shared_memory_alone_is_found(kind: str, left: str) -> None:
    # given a process that shares memory in which somebody has left a word
    prefix = canary_prefix(bytes(32))
    word = canary_text(bytes(32), "1") if left == "a canary" else "Vandromme, Apollonia"
    name = Trace(TraceKind.JOINED, "Vandromme Apollonia")
    scan = Scan(make_needles(prefix, "control", [name], lambda needle: False))
    with contextlib.ExitStack() as held:
        if kind == "memfd":
            descriptor = os.memfd_create("shared")
            held.callback(os.close, descriptor)
        else:
            file = held.enter_context(tempfile.TemporaryFile(dir="/dev/shm"))
            descriptor = file.fileno()
        os.write(descriptor, bytes(3 * mmap.PAGESIZE) + word.encode() + bytes(mmap.PAGESIZE))
        child = held.enter_context(
            subprocess.Popen(
                [sys.executable, "-c", SHARER, str(descriptor)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                pass_fds=(descriptor,),
            )
        )
        held.callback(child.kill)
        assert child.stdout is not None
        child.stdout.readline()
        # when
        assert search_memory(_identity(child.pid), scan)
    # then
    assert sum(scan.hits.values()) == 1


def test_memory_that_may_not_be_read_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuses(*_: object) -> None:
        raise PermissionError

    monkeypatch.setattr("kiosk.wipe.memory.os.open", refuses)
    scan = Scan(make_needles("prefixprefix", "control", [], lambda needle: False))

    with pytest.raises(MemoryUnreadableError):
        search_memory(_own(), scan)
