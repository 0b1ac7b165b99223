"""The clocks of a visit, alone and in the keeper."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device.panel import Key
from kiosk.config import HouseRules
from kiosk.keeper.clocks import Verdict, VisitClocks
from kiosk.keeper.keeper import Phase
from tests.unit.keeper.parts import kept

RULES = HouseRules(visit_limit_s=1000, limit_warning_s=100, idle_s=90, idle_warning_s=30)


def clocks(active: float = 0.0) -> VisitClocks:
    return VisitClocks(0.0, active)


@pytest.mark.parametrize(
    ("now", "active", "expected"),
    [
        (0, 0, (Verdict.NOTHING, 0)),
        (59, 0, (Verdict.NOTHING, 0)),
        (60, 0, (Verdict.ASK_STILL_THERE, 30)),
        (89, 0, (Verdict.ASK_STILL_THERE, 1)),
        (90, 0, (Verdict.IDLE, 0)),
        (899, 880, (Verdict.NOTHING, 0)),
        (900, 880, (Verdict.WARN_LIMIT, 100)),
        (1000, 999, (Verdict.LIMIT, 0)),
        (5000, 0, (Verdict.LIMIT, 0)),
    ],
)
def test_a_verdict_follows_from_the_time(
    now: float, active: float, expected: tuple[Verdict, int]
) -> None:
    assert clocks(active).verdict(now, RULES) == expected


def test_each_question_is_put_once_until_it_is_answered() -> None:
    # given
    asked = clocks().having_asked(Verdict.ASK_STILL_THERE)
    assert asked.verdict(65, RULES) == (Verdict.NOTHING, 0)
    # when
    active = asked.active(66)
    # then
    assert active.verdict(127, RULES) == (Verdict.ASK_STILL_THERE, 29)


def test_a_tap_does_not_ask_about_the_limit_again() -> None:
    asked = clocks(895).having_asked(Verdict.WARN_LIMIT)

    assert asked.active(905).verdict(906, RULES) == (Verdict.NOTHING, 0)


def test_an_unanswered_question_about_the_limit_does_not_hide_the_other() -> None:
    asked = clocks(900).having_asked(Verdict.WARN_LIMIT)

    assert asked.verdict(970, RULES) == (Verdict.ASK_STILL_THERE, 20)


def test_more_time_moves_the_limit_and_the_next_warning() -> None:
    # given
    asked = clocks(950).having_asked(Verdict.WARN_LIMIT)
    # when
    longer = asked.extended(960, RULES)
    # then
    assert longer.verdict(999, RULES) == (Verdict.NOTHING, 0)
    assert longer.active(1000).verdict(1001, RULES) == (Verdict.WARN_LIMIT, 99)
    assert longer.active(1099).verdict(1100, RULES) == (Verdict.LIMIT, 0)


def test_a_short_visit_is_not_warned_from_its_first_minute() -> None:
    rules = HouseRules(visit_limit_s=200, limit_warning_s=300, idle_s=90, idle_warning_s=30)

    assert clocks(100).verdict(149, rules) == (Verdict.NOTHING, 0)
    assert clocks(149).verdict(150, rules) == (Verdict.WARN_LIMIT, 50)


@given(
    st.lists(st.tuples(st.floats(0, 400), st.sampled_from(["tap", "wait", "more"])), max_size=30)
)
def test_silence_always_ends_a_visit_and_taps_alone_never_move_the_limit(
    steps: list[tuple[float, str]],
) -> None:
    now, made, more = 0.0, clocks(), 0
    for seconds, deed in steps:
        now += seconds
        if deed == "tap":
            made = made.active(now)
        elif deed == "more":
            made, more = made.extended(now, RULES), more + 1
    assert made.verdict(now + RULES.idle_s, RULES)[0] in (Verdict.IDLE, Verdict.LIMIT)
    limit = RULES.visit_limit_s + more * 100
    assert made.active(limit).verdict(limit + now * 0, RULES) == (Verdict.LIMIT, 0)


def test_silence_is_asked_about_and_then_ends_the_visit(tmp_path: Path) -> None:
    with kept(tmp_path, idle_s=90, idle_warning_s=30) as keeper:
        # given
        worker = keeper.visits()
        # when
        keeper.time_passes(61)
        # then
        assert worker.hears("warn") == {"say": "warn", "about": "still-there", "seconds": 29}
        keeper.time_passes(30)
        keeper.turns(2)
        keeper.is_in(Phase.SERVING)
        again = keeper.worker()
        again.hears("hello")
        assert again.hears("begin")["receipt"]["reason"] == "idle"


def test_a_tap_and_a_key_keep_a_visit_alive(tmp_path: Path) -> None:
    with kept(tmp_path, idle_s=90, idle_warning_s=30) as keeper:
        worker = keeper.visits()
        for _ in range(3):
            keeper.time_passes(80)
            worker.hears("warn")
            keeper.presses(Key.GREEN)
            worker.hears("key")
        keeper.time_passes(80)
        worker.hears("warn")
        worker.says("active")
        worker.was_heard()
        keeper.time_passes(80)
        worker.hears("warn")
        assert keeper.phase_now is Phase.SERVING


def test_the_limit_is_warned_of_and_moved_once_for_each_wish(tmp_path: Path) -> None:
    with kept(tmp_path, visit_limit_s=400, limit_warning_s=100, idle_s=10_000) as keeper:
        # given
        worker = keeper.visits()
        keeper.time_passes(310)
        assert worker.hears("warn") == {"say": "warn", "about": "limit-near", "seconds": 90}
        # when
        worker.says("more-time")
        worker.was_heard()
        keeper.time_passes(110)
        # then
        assert worker.hears("warn") == {"say": "warn", "about": "limit-near", "seconds": 80}
        keeper.time_passes(85)
        keeper.turns(2)


def test_no_clock_runs_while_nobody_is_there(tmp_path: Path) -> None:
    with kept(tmp_path, idle_s=90, visit_limit_s=400) as keeper:
        worker = keeper.serves()

        keeper.time_passes(100_000)

        assert worker.hears_nothing()
        assert len(keeper.wiper.wiped) == 1
