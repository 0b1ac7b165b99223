"""What a helper may do, by a code that is tried where nobody waits for it."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from device.panel import Key, Lamp
from kiosk.config import HelperProfile
from kiosk.keeper.door import Answer, Doorkeeper
from kiosk.keeper.keeper import Phase
from kiosk.keeper.wiping import WipeOutcome
from kiosk.permanence import CodeDoor
from tests.unit.keeper.parts import CLEAN, CODE, FOUND, LIMIT_S, NO_DATA, Kept, kept, until


@pytest.fixture
def keeper(tmp_path: Path) -> Iterator[Kept]:
    with kept(tmp_path) as made:
        yield made


def test_the_right_code_opens_a_permanence_that_outlives_visits(keeper: Kept) -> None:
    # given
    worker = keeper.serves()
    # when
    worker.says("open", code=CODE, helpers="Ines", date="2026-02-17")
    # then: the helper's day, not the one that the machine took it for
    expected = {
        "profile": "volunteer",
        "helpers": "Ines",
        "date": "2026-02-17",
        "date_is_confirmed": True,
        "may_act_instead": False,
    }
    assert worker.hears("permanence")["permanence"] == expected
    keeper.presses(Key.RED)
    keeper.turns(2)
    again = keeper.worker()
    again.hears("hello")
    assert again.hears("begin")["permanence"] == expected


@pytest.mark.parametrize("date", ["", "tomorrow", "2026-13-45"])
def test_a_date_that_is_none_is_not_confirmed(keeper: Kept, date: str) -> None:
    worker = keeper.serves()

    worker.says("open", code=CODE, helpers="", date=date)

    permanence = worker.hears("permanence")["permanence"]
    assert permanence["date"] == "2026-01-05"
    assert permanence["date_is_confirmed"] is False


def test_each_wrong_code_doubles_the_wait(keeper: Kept) -> None:
    worker = keeper.serves()
    waits = []
    for _ in range(4):
        worker.says("open", code="0000", helpers="", date="")
        waits.append(worker.hears("code-refused")["wait_s"])
        keeper.time_passes(waits[-1])
    assert waits == [1, 2, 4, 8]


def test_a_right_code_too_early_is_refused_and_costs_nothing_more(keeper: Kept) -> None:
    # given
    worker = keeper.serves()
    worker.says("open", code="0000", helpers="", date="")
    worker.hears("code-refused")
    # when
    worker.says("open", code=CODE, helpers="", date="")
    # then
    assert worker.hears("code-refused")["wait_s"] == 1
    keeper.time_passes(1)
    worker.says("open", code=CODE, helpers="", date="")
    assert worker.hears("permanence")


def test_closing_needs_the_code_and_ends_with_a_wipe(keeper: Kept) -> None:
    # given
    worker = keeper.serves()
    worker.says("open", code=CODE, helpers="", date="")
    worker.hears("permanence")
    # when
    worker.says("close", code="1")
    worker.hears("code-refused")
    keeper.time_passes(1)
    worker.says("close", code=CODE)
    # then
    keeper.turns(2)
    again = keeper.worker()
    again.hears("hello")
    assert again.hears("begin")["permanence"] is None


def test_red_does_not_wait_for_a_code_that_is_being_tried(
    keeper: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    # given: a code that takes for ever
    worker = keeper.visits()
    is_tried, goes_on = threading.Event(), threading.Event()

    def slow(door: CodeDoor, code: str) -> HelperProfile | None:
        is_tried.set()
        goes_on.wait(LIMIT_S)
        return None

    monkeypatch.setattr(CodeDoor, "try_code", slow)
    worker.says("open", code=CODE, helpers="", date="")
    assert is_tried.wait(LIMIT_S)
    # when
    keeper.presses(Key.RED)
    # then
    assert keeper.panel.lamp() is Lamp.BUSY
    assert until(lambda: not worker.is_alive(), "the worker's death")
    keeper.turns(2)
    keeper.is_in(Phase.SERVING)
    goes_on.set()


def test_a_code_of_a_visit_that_is_over_opens_nothing(
    keeper: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    # given
    worker = keeper.visits()
    is_tried, goes_on = slow_codes(monkeypatch)
    worker.says("open", code=CODE, helpers="", date="")
    assert is_tried.wait(LIMIT_S)
    # when
    keeper.presses(Key.RED)
    keeper.turns(2)
    again = keeper.worker()
    again.hears("hello")
    assert again.hears("begin")["permanence"] is None
    goes_on.set()
    # then
    assert again.hears_nothing()


def test_while_one_code_is_tried_others_are_not_heard() -> None:
    # given
    starts: list[str] = []
    goes_on = threading.Event()

    class Door:
        def try_code(self, code: str) -> None:
            starts.append(code)
            goes_on.wait(LIMIT_S)

        def wait_s(self) -> float:
            return 0.0

    answers: list[Answer] = []
    slow: Any = Door()
    door = Doorkeeper(slow)
    # when
    door.ask("1", answers.append)
    door.ask("2", answers.append)
    goes_on.set()
    # then
    until(lambda: answers, "an answer")
    assert starts == ["1"]
    door.ask("3", answers.append)
    until(lambda: len(answers) == 2, "another answer")
    assert starts == ["1", "3"]


def test_the_helper_is_called_with_the_buzzer(keeper: Kept) -> None:
    worker = keeper.visits()
    before = keeper.hand.beeps()

    worker.says("help")

    until(lambda: keeper.hand.beeps() > before, "a sound")


def test_the_helpers_key_sounds_as_the_screens_help_does(keeper: Kept) -> None:
    # given
    worker = keeper.visits()
    before = keeper.hand.beeps()
    # when
    keeper.presses(Key.HELPER)
    # then
    assert worker.hears("key")["key"] == "helper"
    until(lambda: keeper.hand.beeps() == before + 2, "the two tones that call a helper")


def test_the_helpers_key_is_heard_while_the_worker_hangs(keeper: Kept) -> None:
    worker = keeper.visits()
    before = keeper.hand.beeps()
    worker.process.send_signal(signal.SIGSTOP)

    keeper.presses(Key.HELPER)

    until(lambda: keeper.hand.beeps() == before + 2, "the two tones that call a helper")


@pytest.mark.parametrize("state", ["welcome", "closed"])
def test_outside_of_a_visit_the_helpers_key_calls_only_where_residents_may_stand(
    keeper: Kept, state: str
) -> None:
    # given
    worker = keeper.serves()
    worker.says("state", state=state, locale="nl")
    worker.was_heard()
    before = keeper.hand.beeps()
    # when
    keeper.presses(Key.HELPER)
    # then: the page has it in any case, and asks for the helper's code
    assert worker.hears("key")["key"] == "helper"
    called = keeper.hand.beeps() - before
    assert (called > 0) is (state == "welcome")


def test_a_panel_key_goes_to_the_page(keeper: Kept) -> None:
    worker = keeper.visits()

    keeper.presses(Key.GREEN)

    assert worker.hears("key")["key"] == "green"


def slow_codes(monkeypatch: pytest.MonkeyPatch) -> tuple[threading.Event, threading.Event]:
    """Have the trying of a code tell that it began, and wait until it may go on."""
    is_tried, goes_on = threading.Event(), threading.Event()
    real = CodeDoor.try_code

    def slow(door: CodeDoor, code: str) -> HelperProfile | None:
        is_tried.set()
        goes_on.wait(LIMIT_S)
        return real(door, code)

    monkeypatch.setattr(CodeDoor, "try_code", slow)
    return is_tried, goes_on


def was_answered() -> None:
    """Return when no code is being tried, nor its answer being heard."""
    until(lambda: "door" not in {thread.name for thread in threading.enumerate()}, "an answer")


def test_a_code_of_a_visit_that_is_over_closes_nothing(
    keeper: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    # given a permanence that a helper closes just before red is pressed
    worker = keeper.serves()
    worker.says("open", code=CODE, helpers="Ines", date="")
    worker.hears("permanence")
    was_answered()
    is_tried, goes_on = slow_codes(monkeypatch)
    worker.says("close", code=CODE)
    assert is_tried.wait(LIMIT_S)
    # when the code turns out to be right in the visit after
    keeper.presses(Key.RED)
    keeper.turns(2)
    again = keeper.serves()
    keeper.wiper.may_finish.clear()
    goes_on.set()
    was_answered()
    # then
    assert keeper.phase_now is Phase.SERVING
    again.says("state", state="need", locale="nl")
    again.was_heard()


@pytest.mark.parametrize(
    ("outcome", "phase"), [(CLEAN, Phase.SERVING), (FOUND, Phase.OUT_OF_SERVICE)]
)
def test_a_code_that_was_typed_before_another_search_starts_none(
    keeper: Kept, monkeypatch: pytest.MonkeyPatch, outcome: WipeOutcome, phase: Phase
) -> None:
    # given a machine without room, and a code that takes long
    keeper.closes_down(NO_DATA)
    worker = keeper.worker()
    worker.hears("hello")
    is_tried, goes_on = slow_codes(monkeypatch)
    worker.says("search-again", code=CODE)
    assert is_tried.wait(LIMIT_S)
    # when it searches by itself meanwhile
    keeper.wiper.says = outcome
    keeper.time_passes(60)
    keeper.turns(3)
    keeper.is_in(phase)
    keeper.wiper.may_finish.clear()
    goes_on.set()
    was_answered()
    # then
    assert keeper.phase_now is phase


def test_the_helpers_of_a_wrong_code_are_known_all_the_same(keeper: Kept) -> None:
    worker = keeper.serves()

    worker.says("open", code="0000", helpers="Ines", date="")

    worker.hears("code-refused")
    assert "Ines" in keeper.wiper.known
