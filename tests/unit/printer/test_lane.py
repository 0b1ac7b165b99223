"""A lane: nobody waits for ever, and what was given up has no effect later."""

import threading

import pytest

from device.printer.lane import Lane, LaneBlocked
from tests.unit.printer.waiting import until

LIMIT_S = 0.05


def test_a_call_gives_back_what_it_returns() -> None:
    assert Lane(5.0).call(lambda: 42) == 42


def test_a_call_raises_what_it_raises_in_the_thread_that_waits() -> None:
    def fail() -> None:
        raise KeyError("code")

    with pytest.raises(KeyError, match="code"):
        Lane(5.0).call(fail)


def test_the_lane_is_free_again_after_an_error() -> None:
    lane = Lane(5.0)
    with pytest.raises(ZeroDivisionError):
        lane.call(lambda: 1 // 0)
    assert lane.call(lambda: 1) == 1


def test_a_call_that_hangs_is_given_up_and_keeps_the_lane_until_it_returns() -> None:
    # given a call that hangs
    lane, release = Lane(LIMIT_S), threading.Event()
    with pytest.raises(LaneBlocked):
        lane.call(release.wait)
    # when another comes, then it does not start a second hanging thread
    started = threading.Event()
    with pytest.raises(LaneBlocked):
        lane.call(started.set)
    assert not started.is_set()
    # when the first returns after all, then the lane is free
    release.set()
    until(lambda: not lane._free.locked())
    assert lane.call(lambda: 7) == 7


def test_what_was_given_up_is_undone_when_it_succeeds_after_all() -> None:
    lane, release = Lane(LIMIT_S), threading.Event()
    undone: list[int] = []

    def submit() -> int:
        release.wait()
        return 12

    with pytest.raises(LaneBlocked):
        lane.call(submit, undo=undone.append)
    release.set()
    until(lambda: undone)
    assert undone == [12]


def test_what_was_waited_for_is_not_undone() -> None:
    undone: list[int] = []
    assert Lane(5.0).call(lambda: 12, undo=undone.append) == 12
    assert undone == []
