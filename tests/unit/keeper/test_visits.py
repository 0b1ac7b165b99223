"""How the keeper begins, watches and ends visits."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from device.panel import Key, Lamp
from kiosk.journal import FILE
from kiosk.keeper.keeper import Phase
from kiosk.keeper.link import MAX_PACKET, LinkClosed
from tests.unit.keeper.parts import CLEAN, COUNTS, ROW, Kept, Worker, kept, until


@pytest.fixture
def keeper(tmp_path: Path) -> Iterator[Kept]:
    with kept(tmp_path) as made:
        yield made


def test_the_first_thing_is_a_wipe_and_only_then_a_visit(tmp_path: Path) -> None:
    # given
    made = Kept(tmp_path)
    made.wiper.may_finish.clear()
    made.runs()
    # when
    worker = made.worker()
    # then
    assert worker.hears("hello")["phase"] == "wiping"
    assert worker.hears_nothing()
    made.wiper.may_finish.set()
    begin = worker.hears("begin")
    assert begin["receipt"] == {**COUNTS, "reason": "power"}
    assert begin["permanence"] is None
    assert len(worker.fds) == 1
    made.close()


def test_what_a_visit_starts_bears_its_mark(keeper: Kept) -> None:
    hello = keeper.worker().hears("hello")

    environment = hello["parts"]["card"]["environment"]
    assert environment == {"A": "b", "RELAIS_VISIT": keeper.wiper.visit}


@pytest.mark.parametrize(("reason", "expected"), [("finished", "finished"), ("x", "stopped")])
def test_a_visit_ends_by_the_residents_word(keeper: Kept, reason: str, expected: str) -> None:
    # given
    worker = keeper.visits()
    # when
    worker.says("end", reason=reason)
    # then
    keeper.turns(2)
    assert until(lambda: not worker.is_alive(), "the worker's death")
    assert keeper.window.cuts == keeper.site.cuts == 1
    again = keeper.worker()
    again.hears("hello")
    assert again.hears("begin")["receipt"]["reason"] == expected


def test_red_kills_a_stopped_worker_and_waits_for_no_daemon(keeper: Kept) -> None:
    # given: a worker that reacts to nothing, and daemons that do not end
    worker = keeper.visits()
    os.kill(worker.process.pid, signal.SIGSTOP)
    keeper.surroundings.may_cut.clear()
    # when
    keeper.presses(Key.RED)
    # then: before anything else could happen
    assert keeper.phase_now is Phase.WIPING
    assert keeper.panel.lamp() is Lamp.BUSY
    assert keeper.window.cuts == keeper.site.cuts == 1
    assert -signal.SIGKILL == worker.process.wait(10)
    assert keeper.surroundings.did[:1] == ["cut"]  # of the first wipe
    assert keeper.surroundings.did.count("cut") == 1
    keeper.surroundings.may_cut.set()
    keeper.is_in(Phase.SERVING)


def test_red_while_a_wipe_runs_changes_nothing(keeper: Kept) -> None:
    keeper.visits()
    keeper.wiper.may_finish.clear()
    keeper.presses(Key.RED)
    keeper.turns(2)

    keeper.presses(Key.RED)

    keeper.wiper.may_finish.set()
    keeper.is_in(Phase.SERVING)
    assert len(keeper.wiper.wiped) == 2


def test_a_worker_that_dies_ends_its_visit_as_a_crash(keeper: Kept) -> None:
    # given
    worker = keeper.visits()
    # when
    worker.socket.close()
    worker.process.kill()
    # then
    keeper.turns(2)
    again = keeper.worker()
    again.hears("hello")
    assert again.hears("begin")["receipt"]["reason"] == "crash"


@pytest.mark.parametrize("name", ["window", "site"])
def test_a_browser_that_dies_ends_the_visit(keeper: Kept, name: str) -> None:
    keeper.visits()

    getattr(keeper, name).has_died = True

    keeper.turns(2)
    keeper.is_in(Phase.SERVING)


def test_a_site_window_that_a_person_closes_ends_the_site_alone(keeper: Kept) -> None:
    worker = keeper.visits("site")
    keeper.site.died_by_hand = True

    keeper.site.has_died = True

    assert worker.hears("site")["status"] == "closed"
    assert keeper.phase_now is Phase.SERVING


def test_a_dead_master_is_started_anew_and_its_visit_ended(keeper: Kept) -> None:
    keeper.visits()

    keeper.kiosk = None

    until(lambda: keeper.kiosk_restarts == 1, "a new master")
    keeper.turns(2)
    keeper.is_in(Phase.SERVING)


GARBAGE = [
    b"",
    b"{",
    b"\xff\xfe",
    b"[]",
    b'"end"',
    b"{}",
    b"[" * 20_000,
    json.dumps({"do": "nobody-knows-this"}).encode(),
    json.dumps({"do": "state", "state": "no-such-state", "locale": "nl"}).encode(),
    json.dumps({"do": "state", "state": ["welcome"], "locale": "nl"}).encode(),
    json.dumps({"do": "state", "state": "steps", "locale": {"a": 1}}).encode(),
    json.dumps({"do": "row", "row": {**ROW, "task_id": "A name: Odette"}}).encode(),
    json.dumps({"do": "row", "row": {**ROW, "outcome": "a sentence"}}).encode(),
    json.dumps({"do": "row", "row": 7}).encode(),
    json.dumps({"do": "row"}).encode(),
    json.dumps({"do": "open", "code": 2468}).encode(),
    json.dumps({"do": "open", "code": "1" * 5000}).encode(),
    json.dumps({"do": ["end"]}).encode(),
    json.dumps({"do": "site-open", "host": None, "path": 3}).encode(),
]


@pytest.mark.parametrize("garbage", GARBAGE)
def test_a_garbage_message_ends_the_visit_and_not_the_keeper(keeper: Kept, garbage: bytes) -> None:
    # given
    worker = keeper.visits()
    # when
    worker.socket.sendall(garbage) if garbage else worker.socket.shutdown(1)
    # then
    keeper.turns(2)
    assert until(lambda: not worker.is_alive(), "the worker's death")
    keeper.serves()


@pytest.mark.parametrize(
    "oversized",
    [
        json.dumps({"do": "active", "x": "y" * MAX_PACKET}).encode(),
        # What the kernel cuts off is blank: the rest would be a word.
        json.dumps({"do": "active"}).encode() + b" " * MAX_PACKET,
    ],
)
def test_an_oversized_message_ends_the_visit(keeper: Kept, oversized: bytes) -> None:
    worker = keeper.visits()

    worker.socket.sendall(oversized)

    keeper.turns(2)
    keeper.serves()


def test_descriptors_from_a_worker_are_closed_at_once(keeper: Kept) -> None:
    worker = keeper.visits()
    reader, writer = os.pipe()

    worker.link.send({"do": "active"}, (writer,))
    os.close(writer)

    # At its end a pipe gives nothing: nobody holds the other side any more.
    assert os.read(reader, 1) == b""
    os.close(reader)


def test_a_second_worker_is_refused_and_the_visit_goes_on(keeper: Kept) -> None:
    # given
    worker = keeper.visits()
    # when
    second = keeper.worker()
    # then
    assert second.hears("refused")
    with pytest.raises(LinkClosed):
        second.link.receive()
    keeper.presses(Key.GREEN)
    assert worker.hears("key")["key"] == "green"
    assert keeper.phase_now is Phase.SERVING


def test_a_process_that_is_no_child_of_the_kiosk_is_refused(keeper: Kept) -> None:
    from kiosk.keeper.parts import Process

    keeper.is_in(Phase.SERVING)
    keeper.kiosk = Process.of(os.getppid())

    assert keeper.worker().hears("refused")


def test_a_worker_that_hears_nothing_holds_nobody_up(keeper: Kept) -> None:
    # given: a line that nobody empties
    worker = keeper.visits()
    os.kill(worker.process.pid, signal.SIGSTOP)

    # when
    def press() -> None:
        for _ in range(5000):
            if keeper.phase_now is Phase.SERVING:
                keeper.presses(Key.GREEN)

    pressed = threading.Thread(target=press, daemon=True)
    pressed.start()
    # then: full, it counts as dead
    keeper.turns(2)
    keeper.is_in(Phase.SERVING)


def test_the_row_of_a_visit_is_kept_with_its_minutes(tmp_path: Path) -> None:
    with kept(tmp_path, idle_s=10_000) as keeper:
        # given
        worker = keeper.visits()
        worker.says("row", row=ROW)
        worker.was_heard()
        # when
        keeper.clock.advance(25 * 60)
        worker.says("state", state="ending", locale="nl")
        worker.says("end", reason="finished")
        keeper.turns(2)
        keeper.is_in(Phase.SERVING)
    # then
    with sqlite3.connect(tmp_path / "data" / FILE) as database:
        rows = database.execute("SELECT task_id, minutes_band, outcome FROM activity").fetchall()
    database.close()
    assert rows == [("address-change", "20-39", "done")]


def test_a_window_that_meets_the_search_in_its_folder_starts_again(
    keeper: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    # given: the folder that is made anew is not empty at the first try
    keeper.visits()
    start, tries = keeper.window.start, []

    def fails_once(url: str) -> None:
        tries.append(url)
        if len(tries) == 1:
            raise FileExistsError
        start(url)

    monkeypatch.setattr(keeper.window, "start", fails_once)
    # when
    keeper.presses(Key.RED)
    # then
    assert until(lambda: keeper.window.is_open, "a window")
    keeper.is_in(Phase.SERVING)
    assert keeper.panel.lamp() is not Lamp.FAULT


def test_daemons_start_only_when_the_search_is_over(keeper: Kept) -> None:
    # given
    keeper.visits()
    keeper.wiper.may_finish.clear()
    # when
    keeper.presses(Key.RED)
    keeper.turns(2)
    # then: their start would tidy a folder that is being searched
    assert keeper.surroundings.did == ["cut", "start", "cut"]
    keeper.wiper.may_finish.set()
    until(lambda: keeper.surroundings.did[-1] == "start", "the daemons")


def test_going_back_to_a_screen_of_nobody_ends_a_visit_that_knows_somebody(keeper: Kept) -> None:
    worker = keeper.visits("steps")

    worker.says("state", state="welcome", locale="nl")

    keeper.turns(2)
    assert until(lambda: not worker.is_alive(), "the worker's death")


def test_going_back_from_the_languages_is_no_end(keeper: Kept) -> None:
    worker = keeper.visits("language")

    worker.says("state", state="welcome", locale="nl")

    worker.was_heard()
    assert len(keeper.wiper.wiped) == 1


def test_an_official_site_opens_and_closes_for_its_visit(keeper: Kept) -> None:
    worker = keeper.visits("site")

    worker.says("site-open", host="irisbox.brussels", path="/")
    assert worker.hears("site")["status"] == "open"
    worker.says("site-close")

    assert worker.hears("site")["status"] == "closed"
    assert keeper.site.started == ["irisbox.brussels/"]


def test_a_site_that_cannot_be_opened_is_a_status(keeper: Kept) -> None:
    worker = keeper.visits("site")
    keeper.site.fails = OSError()

    worker.says("site-open", host="irisbox.brussels", path="/")

    assert worker.hears("site")["status"] == "unreachable"


def test_the_keeper_tells_what_is_wiped_by_identity_only(keeper: Kept) -> None:
    worker = keeper.visits()
    pid = worker.process.pid

    keeper.presses(Key.RED)

    keeper.turns(2)
    ended = keeper.wiper.wiped[-1]
    assert [process.pid for process in ended.of_visit] == [pid]
    assert ended.notes is not None


def test_the_words_of_a_visit_that_is_over_change_nothing(keeper: Kept) -> None:
    # given: a worker that is killed while its last words are still on the line
    worker = keeper.visits()
    keeper.wiper.may_finish.clear()
    # when
    keeper.presses(Key.RED)
    keeper.turns(2)
    again = keeper.worker()
    again.hears("hello")
    again.says("end", reason="finished")
    again.says("state", state="steps", locale="nl")
    again.was_received()
    keeper.wiper.may_finish.set()
    # then
    assert again.hears("begin")
    assert keeper.phase_now is Phase.SERVING
    assert len(keeper.wiper.wiped) == 2
    assert CLEAN.is_clean
    assert not worker.is_alive() or worker.process.wait(10)


def test_a_worker_that_waits_for_its_visit_lights_nothing(keeper: Kept) -> None:
    # given a worker that has come while the visit before it is wiped
    keeper.visits()
    keeper.wiper.may_finish.clear()
    keeper.presses(Key.RED)
    keeper.turns(2)
    early = keeper.worker()
    early.hears("hello")
    beeps = keeper.hand.beeps()
    # when
    early.says("state", state="steps", locale="nl")
    early.says("help")
    early.was_received()
    keeper.notices()
    # then
    assert keeper.panel.lamp() is Lamp.BUSY
    assert keeper.hand.beeps() == beeps


def test_who_fetches_paper_is_not_idle(keeper: Kept) -> None:
    # given a job that waits for paper
    worker = keeper.visits("printing")
    house = keeper.keeper.profile.house
    # when nobody touches anything, and then the paper is there
    keeper.time_passes(house.idle_s + 60)
    keeper.notices()
    assert keeper.phase_now is Phase.SERVING
    worker.says("state", state="take-papers", locale="nl")
    worker.was_received()
    # then who comes back has the usual time, and no more
    keeper.time_passes(house.idle_s - 1)
    keeper.notices()
    assert keeper.phase_now is Phase.SERVING
    assert not keeper.wiper.wiped[1:]
    keeper.time_passes(2)
    until(lambda: keeper.phase_now is not Phase.SERVING or keeper.wiper.wiped[1:], "the end")


def test_who_works_in_the_official_site_is_not_idle(keeper: Kept) -> None:
    # given somebody who went to the site's window
    worker = keeper.visits("site")
    worker.says("site-open", host="irisbox.brussels", path="/")
    assert worker.hears("site")["status"] == "open"
    house = keeper.keeper.profile.house
    # when nothing of ours is touched for longer than elsewhere
    keeper.time_passes(house.idle_s + 1)
    keeper.notices()
    # then: a visit that had ended would be wiped, or be waiting for it
    assert keeper.phase_now is Phase.SERVING
    assert len(keeper.wiper.wiped) == 1
    worker.was_received()
    assert worker.is_alive()
    # but not for ever
    keeper.time_passes(house.away_idle_s)
    keeper.turns(2)


def test_who_never_said_hello_is_not_obeyed(keeper: Kept) -> None:
    # given a visit, and somebody else on a line of their own
    worker = keeper.visits()
    stranger = Worker(keeper.folder / "keeper.sock")
    keeper.workers.append(stranger)
    keeper.wiper.may_finish.clear()
    # when
    stranger.says("state", state="closed", locale="nl")
    stranger.says("end", reason="finished")
    stranger.was_received()
    keeper.notices()
    # then
    assert keeper.phase_now is Phase.SERVING
    assert keeper.panel.lamp() is Lamp.READY
    worker.was_heard()
