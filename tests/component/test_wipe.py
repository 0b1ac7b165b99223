"""The wipe as its own process, on real processes and files."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from kiosk.journal import FILE
from kiosk.wipe.canary import canary_picture, canary_text
from kiosk.wipe.needles import Fold
from kiosk.wipe.plan import FolderPlace, FramesPlace
from kiosk.wipe.processes import Process, read_process
from tests.unit.wipe.machine import OWNER, Machine, Visitor, opened_machine

FOLDER = "kiosk.wipe.sinks.folder:FolderSink"
# Where each kind of sink is, a place of that kind, and what is left when its clear is gone.
SINKS = [
    (FOLDER, "spool"),
    ("kiosk.wipe.sinks.database:DatabaseSink", "journal"),
    ("kiosk.wipe.sinks.recent:RecentSink", "shared-memory"),
    ("kiosk.wipe.leftovers:DataSink", "data"),
    ("kiosk.wipe.leftovers:LeftoversSink", "leftovers"),
]
ALL_SINKS = [
    *SINKS,
    ("kiosk.wipe.sinks.frames:FramesSink", "frames"),
    ("kiosk.wipe.sinks.memory:MemorySink", "memory"),
]


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    with opened_machine(tmp_path) as opened:
        yield opened


def test_a_visit_that_leaves_nothing_opens_the_machine_again(machine: Machine) -> None:
    machine.begins_visit()

    result = machine.wipes()

    assert result.errors == ""
    assert [line["phase"] for line in result.lines] == ["cleared", "receipt"]
    receipt = dict(result.last)
    receipt.pop("took_ms")
    assert receipt == {
        "phase": "receipt",
        # Canary, surname, given name, street, national number, both orders of two pairs.
        "sought": 9,
        "places": 11,
        "found": 0,
        "not_searchable": 0,
        "unseen": 0,
        "where": [],
    }
    assert result.status == 0
    assert machine.is_open()
    assert machine.worker is not None
    assert machine.worker.wait(10) == -signal.SIGKILL
    assert os.fstat(machine.notebook).st_size == 0


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGABRT, signal.SIGSTOP])
def test_however_the_worker_ends_its_values_are_sought(machine: Machine, end: int) -> None:
    machine.begins_visit()
    assert machine.worker is not None
    machine.worker.send_signal(end)
    if end != signal.SIGSTOP:
        machine.worker.wait(10)
    machine.leaves("unknown", b"Vandromme, Apollonia")

    result = machine.wipes()

    assert (result.status, result.last["where"]) == (3, ["shared-memory"])
    assert not machine.is_open()


@pytest.mark.parametrize(
    "left",
    [
        b"Vandromme Apollonia",
        "APOLLONIA VANDROMME".encode("utf-16-le"),
        "apollonia_vandromme".encode("utf-16-be"),
        b"Sterrebloemkaai, 1204",
        b"85073003328",
        b"85.07.30-033.28",
        "850730 033 28".encode("utf-16"),
        b"Sterrebloemkaai",
    ],
)
def test_a_value_left_behind_keeps_the_machine_closed(machine: Machine, left: bytes) -> None:
    machine.begins_visit()
    path = machine.leaves("unknown", b"x" * 1_048_570 + left)

    first = machine.wipes()

    assert (first.status, first.last["found"] != 0) == (3, True)
    assert not machine.is_open()

    # The notebook is kept until a search is clean, so the next one knows what to look for.
    again = machine.wipes()
    assert again.status == 3
    path.unlink()
    assert machine.wipes().status == 0
    assert machine.is_open()


def test_values_in_the_memory_of_a_survivor_are_found(machine: Machine) -> None:
    machine.begins_visit()
    survivor = subprocess.Popen(
        [sys.executable, "-c", "import sys; x = input(); print(flush=True); sys.stdin.read()"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert survivor.stdin is not None
        assert survivor.stdout is not None
        survivor.stdin.write("Vandromme Apollonia\n")
        survivor.stdin.flush()
        survivor.stdout.readline()
        identity = read_process(survivor.pid)
        assert identity is not None
        machine.plan = replace(machine.plan, survivors=(identity,))

        result = machine.wipes()
        assert (result.status, result.last["where"]) == (3, ["memory"])

        machine.plan = replace(machine.plan, survivors=(), outside=(identity,))
        assert machine.wipes().status == 0
    finally:
        survivor.kill()
        survivor.communicate()


@pytest.mark.parametrize(("sink", "name"), SINKS)
def test_a_sink_that_is_not_cleared_is_found(machine: Machine, sink: str, name: str) -> None:
    machine.begins_visit()

    result = machine.wipes(patch=(f"{sink}.clear", "lambda self: None"))

    where = result.last["where"]
    assert isinstance(where, list)
    assert result.status == 3
    assert name in where
    assert not machine.is_open()


def test_a_frame_that_still_shows_the_visit_is_found(machine: Machine) -> None:
    machine.begins_visit()
    picture = canary_picture(canary_text(machine.plan.device_key, machine.visit))
    lines = (bytes(60) + picture.line(4) + bytes(3 * (300 - 20 - 256))) * 4
    machine.screen.write_bytes(b"P6 300 100 255\n" + bytes(3 * 300 * 96) + lines)

    shown = machine.wipes()
    assert (shown.status, shown.last["where"]) == (3, ["frames"])

    # What clears it is the end of the window.
    machine.screen.write_bytes(b"P6 300 100 255\n" + bytes(90000))
    assert machine.wipes().status == 0


def test_a_screen_of_which_no_picture_can_be_had_is_unseen_and_not_ordinary(
    machine: Machine,
) -> None:
    places = tuple(
        replace(place, grab=()) if isinstance(place, FramesPlace) else place
        for place in machine.plan.sinks
    )
    machine.plan = replace(machine.plan, sinks=places)
    machine.begins_visit()

    result = machine.wipes()

    assert (result.status, result.last["unseen"], result.last["places"]) == (0, 1, 10)
    assert result.last["not_searchable"] == 0


def test_a_worker_that_is_not_killed_is_found(machine: Machine) -> None:
    machine.begins_visit()

    result = machine.wipes(patch=("kiosk.wipe.wiping:end", "lambda doomed, limit_s: 0"))

    assert (result.status, result.last["where"]) == (3, ["memory"])
    assert not machine.is_open()


@pytest.mark.parametrize(("sink", "name"), ALL_SINKS)
def test_a_search_that_does_not_search_is_no_clean_wipe(
    machine: Machine, sink: str, name: str
) -> None:
    machine.begins_visit()
    nothing = (
        "lambda self, needles: importlib.import_module('kiosk.wipe.sinks.sink').Finding(places=1)"
    )

    result = machine.wipes(patch=(f"{sink}.find", nothing))

    assert result.status == 4
    assert result.last["code"] == "search-blind"
    if sink != FOLDER:
        assert result.last["where"] == [name]
    assert not machine.is_open()


@pytest.mark.parametrize(
    "patch",
    [
        ("kiosk.wipe.sinks.tree:search_file", "lambda file, scan: None"),
        ("kiosk.wipe.scan:Scan.feed", "lambda self, chunk: None"),
        ("kiosk.wipe.needles:Fold.apply", "lambda self, content: b''"),
        ("kiosk.wipe.memory:_mappings", "lambda base: []"),
        ("kiosk.wipe.sinks.frames:count_picture", "lambda frame, picture: 0"),
    ],
)
def test_no_part_of_the_search_can_go_missing_unseen(
    machine: Machine, patch: tuple[str, str]
) -> None:
    machine.begins_visit()

    assert machine.wipes(patch=patch).status != 0
    assert not machine.is_open()


def test_an_error_half_way_keeps_the_machine_closed_and_says_nothing_personal(
    machine: Machine,
) -> None:
    machine.begins_visit()
    wrong = "lambda *a: (_ for _ in ()).throw(RuntimeError('Vandromme Apollonia'))"

    result = machine.wipes(patch=("kiosk.wipe.wiping:make_needles", wrong))

    assert result.status not in (0, 3)
    assert "Vandromme" not in result.errors
    assert "RuntimeError" in result.errors
    assert not machine.is_open()


def test_a_folder_that_cannot_be_cleared_leaves_the_wipe_unfinished(machine: Machine) -> None:
    machine.begins_visit()
    spool = machine.run / "cups" / "spool"
    for path in spool.iterdir():
        path.unlink()
    spool.rmdir()
    elsewhere = machine.data / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "kept").write_text("kept")
    spool.symlink_to(machine.data / "elsewhere")
    # A plan that says so is refused; a link that comes later is not followed.
    result = machine.wipes()

    assert result.status in (4, 78)
    assert (elsewhere / "kept").read_text() == "kept"
    assert not machine.is_open()


def test_a_wipe_killed_half_way_leaves_the_machine_closed(machine: Machine, tmp_path: Path) -> None:
    machine.begins_visit()
    assert machine.wipes().status == 0
    gate = tmp_path / "gate"
    os.mkfifo(gate)
    places = tuple(
        replace(place, grab=("cat", str(gate))) if isinstance(place, FramesPlace) else place
        for place in machine.plan.sinks
    )
    plan = replace(machine.plan, sinks=places)

    wipe = subprocess.Popen(
        [sys.executable, "-m", "kiosk.wipe"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        pass_fds=[machine.notebook],
    )
    assert wipe.stdin is not None
    assert wipe.stdout is not None
    wipe.stdin.write(plan.to_json().encode())
    wipe.stdin.close()
    with gate.open("wb"):  # opens once the search has come to the screen
        wipe.kill()
        wipe.wait(10)

    assert wipe.stdout.read() == b'{"phase": "cleared"}\n'
    wipe.stdout.close()
    assert not machine.is_open()
    assert machine.wipes().status == 0
    assert machine.is_open()


def test_a_recycled_number_is_never_hit(machine: Machine) -> None:
    machine.begins_visit()
    stranger = subprocess.Popen(["sleep", "60"], start_new_session=True)
    try:
        identity = read_process(stranger.pid)
        assert identity is not None
        before = Process(identity.pid, identity.start - 1)
        machine.plan = replace(machine.plan, kill=(*machine.plan.kill, before))

        assert machine.wipes().status == 0
        assert stranger.poll() is None

        machine.plan = replace(machine.plan, kill=(identity,))
        assert machine.wipes().status == 0
        assert stranger.wait(10) == -signal.SIGKILL
    finally:
        stranger.kill()
        stranger.wait()


def test_a_child_that_outlived_its_worker_is_ended(machine: Machine) -> None:
    machine.begins_visit()
    orphan = subprocess.Popen(
        ["sleep", "60"],
        start_new_session=True,
        env={**os.environ, "RELAIS_VISIT": machine.visit},
    )
    other = subprocess.Popen(
        ["sleep", "60"], start_new_session=True, env={**os.environ, "RELAIS_VISIT": "another"}
    )
    try:
        assert machine.wipes().status == 0

        assert orphan.wait(10) == -signal.SIGKILL
        assert other.poll() is None
    finally:
        for child in (orphan, other):
            child.kill()
            child.wait()


def test_a_visitor_named_like_the_directory_lets_the_machine_open(machine: Machine) -> None:
    who = Visitor(given="Clementine", street="Sterrebloemkaai")
    (machine.shipped / "directory.yaml").write_text(
        "name: Huis Clementine\naddress: Sterrebloemkaai 3\n"
    )
    machine.begins_visit(who)
    machine.leaves("catalogue", b"Huis Clementine, Sterrebloemkaai 3")

    result = machine.wipes()

    assert (result.status, result.last["found"], result.last["not_searchable"]) == (0, 0, 2)
    assert machine.is_open()


@pytest.mark.parametrize("given", ["Gudrunella", "Wassalon Sint-Gillis"])
def test_a_visitor_named_like_the_permanence_lets_the_machine_open(
    machine: Machine, given: str
) -> None:
    machine.plan = replace(machine.plan, known=("Wassalon Sint-Gillis", "Gudrunella, Jos"))
    machine.begins_visit(Visitor(given=given))
    machine.leaves("permanence", given.encode())

    result = machine.wipes()

    assert (result.status, result.last["found"], result.last["not_searchable"]) == (0, 0, 1)
    assert machine.is_open()


def test_a_visitor_named_like_the_owner_of_the_laptop_lets_the_machine_open(
    machine: Machine,
) -> None:
    machine.begins_visit(Visitor(given=OWNER.capitalize()))
    machine.leaves("home", f"/home/{OWNER}".encode())

    result = machine.wipes()

    assert (result.status, result.last["found"], result.last["not_searchable"]) == (0, 0, 1)


def test_the_same_visitors_joined_name_left_behind_closes_it(machine: Machine) -> None:
    who = Visitor(given="Clementine", street="Sterrebloemkaai")
    (machine.shipped / "directory.yaml").write_text(
        "name: Huis Clementine\naddress: Sterrebloemkaai 3\n"
    )
    machine.begins_visit(who)
    machine.leaves("unknown", b"Clementine Vandromme")

    result = machine.wipes()

    assert result.status == 3
    assert not machine.is_open()


def test_a_word_of_a_program_is_no_trace_and_is_counted(machine: Machine, tmp_path: Path) -> None:
    programs = tmp_path / "programs"
    programs.mkdir()
    (programs / "library.py").write_text("# thanks to Apollonia for the parser")
    machine.begins_visit()
    machine.leaves("module", b"thanks to Apollonia")
    assert machine.wipes().status == 3

    machine.plan = replace(machine.plan, programs=(programs,))
    result = machine.wipes()

    assert (result.status, result.last["sought"], result.last["not_searchable"]) == (0, 8, 1)


@pytest.mark.parametrize("left", ["apollonia", "cargo_APOL/lonia_x"])
def test_a_word_that_was_in_memory_before_the_visit_is_no_trace_and_is_counted(
    machine: Machine, left: str
) -> None:
    machine.has_heard(left)
    machine.begins_visit()

    result = machine.wipes()

    assert (result.status, result.last["sought"], result.last["not_searchable"]) == (0, 8, 1)
    assert machine.is_open()


def test_a_word_that_came_to_memory_in_the_visit_closes_the_machine(machine: Machine) -> None:
    machine.begins_visit()
    machine.has_heard("apollonia")

    result = machine.wipes()

    assert (result.status, result.last["where"]) == (3, ["memory"])


@pytest.mark.parametrize("left", ["Vandromme Apollonia", "85073003328"])
def test_a_whole_name_and_a_number_are_traces_wherever_they_were_before(
    machine: Machine, left: str
) -> None:
    machine.has_heard(left)
    machine.begins_visit()

    result = machine.wipes()

    assert (result.status, result.last["where"]) == (3, ["memory"])


@pytest.mark.parametrize(
    "sink",
    ["kiosk.wipe.leftovers:LeftoversSink", "kiosk.wipe.sinks.database:DatabaseSink"],
)
def test_after_a_power_cut_the_leftovers_are_cleared_before_anything_opens(
    machine: Machine, sink: str
) -> None:
    machine.begins_visit()
    left = machine.leaves("unknown", b"Vandromme Apollonia")
    abandoned = machine.run
    machine.loses_power()
    machine.starts_again()
    assert not machine.is_open()

    red = machine.wipes(patch=(f"{sink}.clear", "lambda self: None"))
    assert red.status == 3
    assert not machine.is_open()
    result = machine.wipes()

    assert (result.status, result.last["found"]) == (0, 0)
    assert machine.is_open()
    assert not left.exists()
    assert not abandoned.exists()


def test_what_lies_in_a_run_folder_without_its_marker_is_cleared_as_well(machine: Machine) -> None:
    # given: a removal that was cut short after the marker
    machine.begins_visit()
    left = machine.leaves("unknown", b"Vandromme Apollonia")
    abandoned = machine.run
    machine.loses_power()
    (abandoned / ".relais-run").unlink()
    # when
    machine.starts_again()
    result = machine.wipes()
    # then
    assert (result.status, result.last["found"]) == (0, 0)
    assert not left.exists()
    assert not abandoned.exists()


def test_a_process_of_a_run_without_a_keeper_is_ended_before_anything_opens(
    machine: Machine,
) -> None:
    # given: a worker that outlives its keeper
    machine.begins_visit()
    assert machine.worker is not None
    machine.keeper.kill()
    machine.keeper.wait()
    machine.starts_again()
    # when
    result = machine.wipes()
    # then
    assert (result.status, result.last["found"]) == (0, 0)
    assert machine.worker.wait(10) == -signal.SIGKILL


def test_a_place_that_cannot_be_cleared_keeps_no_other_from_being_cleared(
    machine: Machine,
) -> None:
    # given: where the first place of all should be, there is something else
    machine.begins_visit()
    first, *others = [place for place in machine.plan.sinks if isinstance(place, FolderPlace)]
    shutil.rmtree(first.path)
    first.path.touch()
    left = [place.path / "left" for place in others]
    for path in left:
        path.write_text("Vandromme")
    # when
    result = machine.wipes()
    # then
    assert (result.status, result.last["code"]) == (4, "clear-failed")
    assert [first.name] == result.last["where"]
    assert [path for path in left if path.exists() and path.read_text()] == []
    assert not machine.is_open()


def test_the_run_folder_of_another_keeper_is_left_alone(machine: Machine) -> None:
    machine.begins_visit()
    foreign = replace(machine.plan, keeper=Process(machine.plan.keeper.pid, 1))
    machine.plan, own = foreign, machine.plan

    refused = machine.wipes()

    assert (refused.status, refused.last["code"]) == (4, "not-our-run")
    assert machine.worker is not None
    assert machine.worker.poll() is None
    assert any((machine.run / "paper").iterdir())
    machine.plan = own


def test_an_unknown_file_on_the_data_partition_closes_the_machine(machine: Machine) -> None:
    (machine.data / "stray").write_text("anything")
    machine.begins_visit()

    result = machine.wipes()

    assert (result.status, result.last["where"]) == (3, ["data"])


def test_journal_rows_outlive_the_wipe(machine: Machine) -> None:
    import sqlite3

    with sqlite3.connect(machine.data / FILE) as database:
        database.execute("CREATE TABLE activity (id BLOB PRIMARY KEY) WITHOUT ROWID")
        database.execute("INSERT INTO activity VALUES (x'00'), (x'01')")
    database.close()
    machine.begins_visit()

    assert machine.wipes().status == 0

    with sqlite3.connect(machine.data / FILE) as database:
        assert database.execute("SELECT count(*) FROM activity").fetchone() == (2,)
    database.close()


def test_a_receipt_carries_no_value_and_no_name_of_a_file(machine: Machine) -> None:
    machine.begins_visit()
    machine.leaves("Vandromme Apollonia", b"Vandromme Apollonia")

    result = machine.wipes()

    said = Fold.ASCII.apply(repr(result.lines).encode())
    assert result.status == 3
    assert b"vandromme" not in said
    assert b"apollonia" not in said


def test_a_plan_cannot_clear_outside_the_run_folder(machine: Machine) -> None:
    outside = FolderPlace("home", machine.data, "canary", False)
    text = machine.plan.to_json().replace(str(machine.run / "paper"), str(outside.path))

    done = subprocess.run(
        [sys.executable, "-m", "kiosk.wipe"],
        input=text,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 78
    assert not machine.is_open()
