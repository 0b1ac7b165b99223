"""What closes the machine, how it shows, and what opens it again."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest

from device.panel import Key, Lamp
from kiosk.journal import Journal, JournalError
from kiosk.keeper.keeper import Phase
from kiosk.keeper.wiping import WipeOutcome
from tests.unit.keeper.parts import CLEAN, CODE, FOUND, LIMIT_S, NO_DATA, ROW, Kept, kept, until

UNFINISHED = WipeOutcome(False, None, "wipe-unfinished", ("memory",))


@contextmanager
def quiet() -> Iterator[None]:
    """Let windows that cannot start end without a word, the last one too.

    In the test's own body: pytest before 8.4 hears threads anew for each of its phases.
    """
    kept = threading.excepthook
    threading.excepthook = lambda _: None
    try:
        yield
        # Who raises has shown its lamp a moment before.
        until(lambda: all(each.name != "window" for each in threading.enumerate()), "no start")
    finally:
        threading.excepthook = kept


@pytest.fixture
def keeper(tmp_path: Path) -> Iterator[Kept]:
    with kept(tmp_path) as made:
        yield made


@pytest.mark.parametrize("clears", [True, False])
@pytest.mark.parametrize("outcome", [FOUND, UNFINISHED, NO_DATA])
def test_a_wipe_that_is_not_clean_closes_the_machine(
    keeper: Kept, outcome: WipeOutcome, clears: bool
) -> None:
    # given: a wipe that fails while it searches, or before that
    keeper.visits()
    keeper.wiper.says, keeper.wiper.clears = outcome, clears
    # when
    keeper.presses(Key.RED)
    # then
    keeper.is_in(Phase.OUT_OF_SERVICE)
    assert keeper.panel.lamp() is Lamp.FAULT
    worker = keeper.worker()
    hello = worker.hears("hello")
    assert (hello["phase"], hello["trouble"]) == ("out-of-service", outcome.fault)
    assert worker.hears_nothing()
    # and there is a screen to say so
    assert until(lambda: keeper.window.is_open, "a window")


def test_a_window_that_dies_in_a_closed_machine_is_started_again(keeper: Kept) -> None:
    # given
    keeper.closes_down(FOUND)
    until(lambda: keeper.window.is_open, "a window")
    shown = len(keeper.window.started)
    # when
    keeper.window.is_open, keeper.window.has_died = False, True
    keeper.notices()
    keeper.time_passes(6)
    # then who has the code can type it, and the lamp has not changed
    until(lambda: keeper.window.is_open, "another window")
    assert len(keeper.window.started) == shown + 1
    assert keeper.panel.lamp() is Lamp.FAULT
    assert keeper.phase_now is Phase.OUT_OF_SERVICE


def test_a_closed_machine_stays_closed_when_its_worker_is_replaced(keeper: Kept) -> None:
    keeper.closes_down(FOUND)
    for _ in range(3):
        worker = keeper.worker()
        assert worker.hears("hello")["trouble"] == "trace-found"
        worker.process.kill()
        worker.socket.close()
    keeper.presses(Key.RED)
    assert keeper.phase_now is Phase.OUT_OF_SERVICE
    assert len(keeper.wiper.wiped) == 2


def test_an_error_of_our_own_in_a_wipe_closes_the_machine(
    keeper: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    # given
    said: list[object] = []
    monkeypatch.setattr("threading.excepthook", said.append)
    keeper.visits()
    keeper.wiper.raises = RuntimeError("a bug")
    # when
    keeper.presses(Key.RED)
    # then
    keeper.is_in(Phase.OUT_OF_SERVICE)
    assert keeper.panel.lamp() is Lamp.FAULT
    until(lambda: said, "the bug in the journal")
    assert until(lambda: keeper.window.is_open, "a window")


@pytest.mark.parametrize("where", ["start", "plant"])
def test_an_error_of_our_own_after_a_clean_wipe_closes_the_machine(
    keeper: Kept, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    # given a visit that has ended clean, and a bug on the way to the next one
    said: list[object] = []
    monkeypatch.setattr("threading.excepthook", said.append)
    keeper.visits()
    monkeypatch.setattr(keeper.wiper if where == "plant" else keeper.surroundings, where, bug)
    # when
    keeper.presses(Key.RED)
    # then: nobody is served without canaries
    keeper.turns(2)
    keeper.is_in(Phase.OUT_OF_SERVICE)
    assert keeper.panel.lamp() is Lamp.FAULT
    until(lambda: said, "the bug in the journal")


def test_an_official_site_that_fails_by_a_bug_of_ours_is_out_of_reach_and_the_bug_is_told(
    keeper: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    # given
    told: list[type[BaseException]] = []
    monkeypatch.setattr("sys.excepthook", lambda kind, *_: told.append(kind))
    monkeypatch.setattr(keeper.site, "open", bug)
    worker = keeper.visits("site")
    # when
    worker.says("site-open", host="counter.example", path="/")
    # then
    assert worker.hears("site")["status"] == "unreachable"
    until(lambda: told == [RuntimeError], "the bug in the journal")


def bug(*_: object) -> None:
    raise RuntimeError("a bug")


def test_only_a_clean_wipe_opens_again_and_only_with_a_code(keeper: Kept) -> None:
    # given
    keeper.closes_down(FOUND)
    worker = keeper.worker()
    worker.hears("hello")
    # when: a wrong code
    worker.says("search-again", code="0")
    # then
    assert worker.hears("code-refused")["wait_s"] == 1
    assert len(keeper.wiper.wiped) == 2
    # when: the right one, and still a trace
    keeper.time_passes(1)
    worker.says("search-again", code=CODE)
    keeper.turns(3)
    keeper.is_in(Phase.OUT_OF_SERVICE)
    # when: the right one, and nothing any more
    keeper.wiper.says = CLEAN
    worker = keeper.worker()
    worker.hears("hello")
    worker.says("search-again", code=CODE)
    # then
    keeper.turns(4)
    keeper.is_in(Phase.SERVING)


def test_a_worker_of_a_closed_machine_is_not_obeyed(keeper: Kept) -> None:
    # given
    keeper.closes_down(FOUND)
    worker = keeper.worker()
    worker.hears("hello")
    beeps = keeper.hand.beeps()
    # when it says what only a visit says; the last word is answered after all the others
    worker.says("state", state="steps", locale="nl")
    worker.says("row", row=ROW)
    worker.says("help")
    worker.says("search-again", code="0")
    worker.hears("code-refused")
    # then
    assert keeper.panel.lamp() is Lamp.FAULT
    assert keeper.hand.beeps() == beeps
    # and when it is mended: no visit was held, and none is counted
    keeper.time_passes(1)
    keeper.wiper.says = CLEAN
    worker.says("search-again", code=CODE)
    keeper.is_in(Phase.SERVING)
    assert keeper.journal.count() == 0


def test_searching_again_seeks_what_the_visit_learned(keeper: Kept) -> None:
    # given
    keeper.closes_down(FOUND)
    notes = keeper.wiper.wiped[-1].notes
    assert notes is not None
    # when
    worker = keeper.worker()
    worker.hears("hello")
    worker.says("search-again", code=CODE)
    keeper.turns(3)
    # then
    assert keeper.wiper.wiped[-1].notes == notes
    assert os.fstat(notes)


def test_a_visit_without_canaries_does_not_run(keeper: Kept) -> None:
    # given
    keeper.visits()
    keeper.wiper.plants = "wipe-unfinished"
    # when
    keeper.presses(Key.RED)
    # then
    keeper.turns(2)
    keeper.is_in(Phase.OUT_OF_SERVICE)
    assert keeper.panel.lamp() is Lamp.FAULT


def test_trouble_with_the_set_up_keeps_the_machine_closed_after_a_clean_wipe(
    tmp_path: Path,
) -> None:
    with kept(tmp_path, trouble="no-data-folder") as keeper:
        worker = keeper.worker()
        assert worker.hears("hello")["trouble"] == "no-data-folder"
        keeper.is_in(Phase.OUT_OF_SERVICE)
        assert keeper.panel.lamp() is Lamp.FAULT
        keeper.time_passes(3600)
        assert len(keeper.wiper.wiped) == 1


def test_a_data_folder_that_fails_keeps_the_row_and_opens_when_it_is_back(
    keeper: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    # given: a full disk
    def full(journal: Journal, row: object) -> None:
        raise JournalError("journal-full")

    worker = keeper.visits()
    worker.says("row", row=ROW)
    worker.was_heard()
    with monkeypatch.context() as broken:
        broken.setattr(Journal, "append", full)
        keeper.wiper.says = NO_DATA
        # when
        keeper.presses(Key.RED)
        # then
        keeper.is_in(Phase.OUT_OF_SERVICE)
        assert keeper.worker().hears("hello")["trouble"] == "no-data-folder"
        keeper.time_passes(60)
        assert keeper.journal.count() == 0
    # when: there is room again
    keeper.wiper.says = CLEAN
    keeper.time_passes(60)
    # then: it opens by itself, after a clean wipe, and the row is kept
    keeper.is_in(Phase.SERVING)
    assert len(keeper.wiper.wiped) == 3
    assert keeper.journal.count() == 1


def test_a_machine_without_a_window_says_so_with_its_lamp_and_tries_again(keeper: Kept) -> None:
    with quiet():
        # given
        keeper.visits()
        keeper.window.fails = OSError()
        shown = len(keeper.window.started)
        # when
        keeper.presses(Key.RED)
        keeper.turns(2)
        # then
        until(lambda: keeper.panel.lamp() is Lamp.FAULT, "a red lamp")
        keeper.window.fails = None
        keeper.time_passes(10)
        until(lambda: len(keeper.window.started) == shown + 1, "another window")


def shows(keeper: Kept, lamp: Lamp) -> bool:
    return keeper.panel.lamp() is lamp


def test_the_lamp_tells_where_the_machine_stands(keeper: Kept) -> None:
    worker = keeper.serves()
    assert keeper.panel.lamp() is Lamp.WIPED
    for state, lamp in {
        "receipt": Lamp.WIPED,
        "card-left": Lamp.BUSY,
        "closed": Lamp.OFF,
        "welcome": Lamp.READY,
        "need": Lamp.READY,
    }.items():
        worker.says("state", state=state, locale="nl")
        until(partial(shows, keeper, lamp), f"{lamp} in {state}")
    keeper.wiper.may_finish.clear()
    keeper.presses(Key.RED)
    assert keeper.panel.lamp() is Lamp.BUSY


def test_without_a_window_the_lamp_stays_red_whatever_a_worker_says(keeper: Kept) -> None:
    with quiet():
        # given
        keeper.visits()
        keeper.window.fails = OSError()
        keeper.presses(Key.RED)
        keeper.turns(2)
        worker = keeper.serves()
        until(partial(shows, keeper, Lamp.FAULT), "a red lamp")
        # when
        worker.says("state", state="need", locale="nl")
        worker.was_heard()
        # then, until there is a window
        assert keeper.panel.lamp() is Lamp.FAULT
        keeper.window.fails = None
        keeper.time_passes(10)
        until(lambda: keeper.window.is_open, "a window")
        worker.says("state", state="task", locale="nl")
        until(partial(shows, keeper, Lamp.READY), "the lamp of a visit")


def test_a_worker_that_came_before_its_canaries_failed_is_killed(
    keeper: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    # given canaries that take long to plant, and cannot be
    keeper.visits()
    goes_on = threading.Event()

    def plant(*_: object) -> str:
        goes_on.wait(LIMIT_S)
        return "wipe-unfinished"

    monkeypatch.setattr(keeper.wiper, "plant", plant)
    keeper.presses(Key.RED)
    keeper.turns(2)
    worker = keeper.serves()
    assert worker.is_alive()
    # when
    goes_on.set()
    # then
    keeper.is_in(Phase.OUT_OF_SERVICE)
    until(lambda: not worker.is_alive(), "the worker's death")


def test_a_window_that_fails_late_turns_the_lamp_red(
    keeper: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    with quiet():
        # given a machine that serves, and a window that is still starting
        keeper.visits()
        fails = threading.Event()

        def start(url: str) -> None:
            fails.wait(LIMIT_S)
            raise OSError

        monkeypatch.setattr(keeper.window, "start", start)
        keeper.presses(Key.RED)
        keeper.turns(2)
        until(partial(shows, keeper, Lamp.WIPED), "the lamp of a clean wipe")
        # when
        fails.set()
        # then
        until(partial(shows, keeper, Lamp.FAULT), "a red lamp")
