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
from kiosk.keeper.keeper import Keeper
from kiosk.keeper.rows import RowKeeper
from kiosk.keeper.turnover import Turnover
from tests.unit.keeper.parts import HandSurroundings, HandWindow, HandWiper, Kept, kept

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
