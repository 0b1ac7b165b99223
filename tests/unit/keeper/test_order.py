"""The order of an end: first who acts and what shows is hit, and nothing on the way may wait."""

from __future__ import annotations

import logging
import os
import select
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

import pytest

from device.panel import Key, Panel
from kiosk.keeper.door import Doorkeeper
from kiosk.keeper.ears import Ears
from kiosk.keeper.keeper import Keeper, Phase
from kiosk.keeper.rows import RowKeeper
from kiosk.keeper.turnover import Turnover
from tests.unit.keeper.parts import (
    CODE,
    FOUND,
    LIMIT_S,
    HandSurroundings,
    HandWindow,
    HandWiper,
    Kept,
    kept,
)

KEY, HIT = "key", "worker"
# What can be told of an end, by the code that runs: a function of Python, or one of C.
NAMED: dict[CodeType, str] = {
    Keeper._pressed.__code__: KEY,
    HandWindow.cut.__code__: "browser",
    HandSurroundings.cut.__code__: "daemons",
    HandSurroundings.start.__code__: "daemons",
    HandSurroundings.heal.__code__: "daemons",
    HandWiper.turn_over.__code__: "wipe",
    Panel.show.__code__: "lamp",
    Ears.hang_up.__code__: "line",
    logging.Logger.info.__code__: "log",
    RowKeeper.keep.__code__: "row",
    Doorkeeper.ask.__code__: "code",
    Turnover.begin.__code__: "turn",
    subprocess.Popen.__init__.__code__: "program",
    threading.Thread.join.__code__: "wait",
}
WAITS: tuple[Callable[..., Any], ...] = (time.sleep, select.select)


def named(event: str, frame: FrameType, function: object) -> str:
    """Return what a call is to an end, "" where it is nothing."""
    if event == "call":
        return NAMED.get(frame.f_code, "")
    if event != "c_call":
        return ""
    if function is os.kill:
        return HIT
    if function in WAITS:
        return "wait"
    return "lock" if getattr(function, "__name__", "") == "acquire" else ""


@contextmanager
def watched() -> Iterator[list[str]]:
    """Write down what this thread does, each thing once in a row."""
    did: list[str] = []

    def write(frame: FrameType, event: str, function: object) -> None:
        name = named(event, frame, function)
        if name and did[-1:] != [name]:
            did.append(name)

    sys.setprofile(write)
    try:
        yield did
    finally:
        sys.setprofile(None)


@pytest.fixture
def keeper(tmp_path: Path) -> Iterator[Kept]:
    with kept(tmp_path) as made:
        yield made


def test_worker_and_browsers_are_hit_before_anything_else_is_done(keeper: Kept) -> None:
    # given
    keeper.visits()
    # when: the key's own thread, which on a mock pin is the one that presses
    with watched() as did:
        keeper.hand.press(Key.RED)
    # then: all that has to be hit is, before so much as a lock is asked for
    after = did[did.index(KEY) :]
    assert after[:3] == [KEY, HIT, "browser"]
    # and the rest is handed over, not done; the lamp takes the lock of its own player
    assert [name for name in after[3:] if name != "lock"] == ["lamp", "line", "log", "lamp", "turn"]


def test_the_watch_of_this_file_sees_who_waits() -> None:
    with watched() as did:
        time.sleep(0)
        assert threading.Lock().acquire(blocking=False)
        select.select([], [], [], 0)
        threading.Event().wait(0)
    assert did == ["wait", "lock", "wait", "lock"]


# How long nothing must happen for it to be believed that something is waited for.
A_MOMENT_S = 0.5


def test_a_turn_begins_when_the_one_before_it_has_ended(
    keeper: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    # given a visit whose canaries are still being planted
    keeper.visits()
    is_planting, goes_on, has_begun = (threading.Event() for _ in range(3))

    def plant(*_: object) -> str:
        is_planting.set()
        goes_on.wait(LIMIT_S)
        return ""

    monkeypatch.setattr(keeper.wiper, "plant", plant)
    keeper.presses(Key.RED)
    assert is_planting.wait(LIMIT_S)
    monkeypatch.setattr(keeper.wiper, "turn_over", has_begun.set)
    # when that visit ends
    keeper.presses(Key.RED)
    assert keeper.phase_now is Phase.WIPING
    # then nothing is cleared before all of them lie where the search will look
    assert not has_begun.wait(A_MOMENT_S)
    goes_on.set()
    assert has_begun.wait(LIMIT_S)


def test_a_window_that_is_still_starting_is_ended_only_once_it_has_started(
    keeper: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    # given a machine that is closed, and the window that is to say so
    keeper.visits()
    is_starting, goes_on, was_killed = (threading.Event() for _ in range(3))

    def start(url: str) -> None:
        is_starting.set()
        goes_on.wait(LIMIT_S)

    monkeypatch.setattr(keeper.window, "start", start)
    keeper.wiper.says = FOUND
    keeper.presses(Key.RED)
    assert is_starting.wait(LIMIT_S)
    keeper.is_in(Phase.OUT_OF_SERVICE)
    monkeypatch.setattr(keeper.window, "kill", was_killed.set)
    # when it searches again
    worker = keeper.worker()
    worker.hears("hello")
    worker.says("search-again", code=CODE)
    keeper.is_in(Phase.WIPING)
    # then
    assert not was_killed.wait(A_MOMENT_S)
    goes_on.set()
    assert was_killed.wait(LIMIT_S)
