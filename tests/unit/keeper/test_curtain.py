"""The curtain hits whom it should, and nobody else."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator

import pytest

from kiosk.keeper import curtain
from kiosk.keeper.parts import Process
from tests.unit.keeper.parts import HandWindow, until

# Starts a child that starts a child, one of them from another thread, and waits.
_FAMILY = """
import subprocess, sys, threading
depth = int(sys.argv[1])
def start():
    words = [sys.executable, "-I", "-S", "-c", sys.argv[2], str(depth - 1), sys.argv[2]]
    subprocess.Popen(words).wait()
if depth:
    threading.Thread(target=start).start() if depth % 2 else start()
else:
    import time
    time.sleep(600)
"""


@pytest.fixture
def family() -> Iterator[Process]:
    """Give a process that has a child and a grandchild."""
    words = [sys.executable, "-I", "-S", "-c", _FAMILY, "2", _FAMILY]
    started = subprocess.Popen(words)
    head = Process.of(started.pid)
    assert head is not None
    yield head
    for process in (*curtain.descendants(head), head):
        if process.is_alive():
            curtain.fall(process, (), ())
    started.wait()


def test_the_children_and_their_children_are_known(family: Process) -> None:
    found = until(lambda: len(curtain.descendants(family)) == 2, "child and grandchild")

    assert found
    assert family not in curtain.descendants(family)


def test_everybody_is_hit_without_waiting_for_anybody(family: Process) -> None:
    # given
    until(lambda: len(curtain.descendants(family)) == 2, "child and grandchild")
    below = curtain.descendants(family)
    window, site = HandWindow(), HandWindow()
    daemon = subprocess.Popen(["sleep", "600"])
    process = Process.of(daemon.pid)
    assert process is not None
    # when
    hit = curtain.fall(family, (window, site), (process,))
    # then
    assert set(hit) == {family, *below, process}
    assert (window.cuts, site.cuts) == (1, 1)
    assert (window.kills, site.kills) == (0, 0)
    assert daemon.wait(10) == -signal.SIGKILL
    until(lambda: not any(member.is_alive() for member in (family, *below)), "their death")


def test_a_number_that_belongs_to_somebody_else_by_now_is_not_hit() -> None:
    # given: a process whose number another one had before
    stranger = subprocess.Popen(["cat"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    process = Process.of(stranger.pid)
    assert process is not None
    earlier = Process(process.pid, process.start_time - 1)
    # when
    curtain.fall(earlier, (), (earlier,))
    # then
    assert stranger.communicate(b"alive")[0] == b"alive"
    assert stranger.returncode == 0


def test_who_is_gone_is_no_error() -> None:
    gone = subprocess.Popen(["true"])
    process = Process.of(gone.pid)
    gone.wait()
    assert process is not None

    assert curtain.fall(process, (), ()) == (process,)
    assert curtain.descendants(process) == ()
    assert curtain.fall(None, (), ()) == ()
    assert not process.is_alive()


def test_a_process_that_ended_and_was_not_reaped_is_not_alive() -> None:
    zombie = subprocess.Popen(["true"])
    process = Process.of(zombie.pid)
    assert process is not None

    until(lambda: not process.is_alive(), "its end")

    assert process.parent() is not None
    zombie.wait()
    assert process.parent() is None
