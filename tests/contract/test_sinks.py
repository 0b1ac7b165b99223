"""What every sink promises: what lies there is found, what is cleared is gone, links are safe."""

from __future__ import annotations

import os
import secrets
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from kiosk.wipe.canary import canary_picture, canary_prefix, canary_text, new_control
from kiosk.wipe.leftovers import DataSink, LeftoversSink
from kiosk.wipe.needles import Needles, make_needles
from kiosk.wipe.processes import read_process
from kiosk.wipe.run_folder import RunFolder
from kiosk.wipe.sinks.database import DatabaseSink
from kiosk.wipe.sinks.folder import FolderSink
from kiosk.wipe.sinks.frames import FramesSink
from kiosk.wipe.sinks.memory import MemorySink
from kiosk.wipe.sinks.recent import Moment, RecentSink
from kiosk.wipe.sinks.sink import Sink
from tests.driving import parts

KEY = secrets.token_bytes(32)
CANARY = canary_text(KEY, "a visit")
CONTROL = new_control()
NEEDLES: Needles = make_needles(canary_prefix(KEY), CONTROL, [], lambda needle: False)
HOLDER = "import sys; held = sys.stdin.readline(); print(flush=True); sys.stdin.read()"


@dataclass(frozen=True)
class Case:
    """A sink, a way to leave a word in its place without it, and to end what `clear` does not."""

    sink: Sink
    leave: Callable[[str], None]
    end: Callable[[], None] = lambda: None


def _writes(path: Path) -> Callable[[str], None]:
    def write(word: str) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(word)

    return write


def _folder(root: Path) -> Iterator[Case]:
    place = root / "place"
    yield Case(FolderSink("spool", place, "d00001-001"), _writes(place / "a" / "b" / "left"))


def _log(root: Path) -> Iterator[Case]:
    place = root / "place"
    yield Case(
        FolderSink("logs", place, "access.log", keeps_files=True), _writes(place / "a" / "log")
    )


def _database(root: Path) -> Iterator[Case]:
    path = root / "rows.sqlite"
    sink = DatabaseSink("journal", path)

    def leave(word: str) -> None:
        database = sqlite3.connect(path)
        with database:
            database.execute("PRAGMA secure_delete = OFF")
            database.execute("CREATE TABLE gone (word TEXT)")
            database.executemany("INSERT INTO gone VALUES (?)", [(word,)] * 500)
        with database:
            database.execute("DROP TABLE gone")
        database.close()

    yield Case(sink, leave)


def _recent(root: Path) -> Iterator[Case]:
    own = root / "relais-run-own"
    sink = RecentSink("shared-memory", root, Moment.now(), own)
    yield Case(sink, _writes(root / "relais-run-own.canary.left"))


def _leftovers(root: Path) -> Iterator[Case]:
    def leave(word: str) -> None:
        program = (
            "import sys; from pathlib import Path; from kiosk.wipe.run_folder import RunFolder;"
            "print(RunFolder.create(Path(sys.argv[1])).path)"
        )
        done = subprocess.run(
            [sys.executable, "-c", program, str(root)], check=True, capture_output=True, text=True
        )
        _writes(Path(done.stdout.strip()) / "visit" / "left")(word)

    yield Case(LeftoversSink("leftovers", root), leave)


def _data(root: Path) -> Iterator[Case]:
    (root / "place.toml").write_text("name = 'market'")
    yield Case(DataSink("data", root, ["place.toml"]), _writes(root / ".canary.left"))


def _frames(root: Path) -> Iterator[Case]:
    size = 320
    shown = [bytes(size * size * 3)]

    def leave(word: str) -> None:
        picture = canary_picture(word)
        lines = (picture.line(4) + bytes(3 * (size - 256))) * 4
        shown[0] = lines + bytes(3 * size * (size - 4))

    def blank() -> None:
        shown[0] = bytes(size * size * 3)

    grab = b"P6\n%d %d\n255\n" % (size, size)
    yield Case(FramesSink("frames", CANARY, lambda: grab + shown[0]), leave, blank)


def _memory(root: Path) -> Iterator[Case]:
    child = subprocess.Popen(
        [sys.executable, "-c", HOLDER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert child.stdin is not None
    assert child.stdout is not None
    write, read = child.stdin, child.stdout
    identity = read_process(child.pid)
    assert identity is not None

    def leave(word: str) -> None:
        write.write(word + "\n")
        write.flush()
        read.readline()

    def end() -> None:
        child.kill()
        child.wait()

    yield Case(MemorySink(lambda: [identity]), leave, end)
    end()
    write.close()
    read.close()


CASES = [_folder, _log, _database, _recent, _leftovers, _data, _frames, _memory]


def _name(case: Callable[[Path], Iterator[Case]]) -> str:
    return case.__name__.strip("_")


@pytest.fixture(params=CASES, ids=_name)
def case(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Case]:
    yield from request.param(tmp_path)


def test_an_untouched_place_is_searched_and_empty(case: Case) -> None:
    finding = case.sink.find(NEEDLES)

    assert (finding.count, finding.control_hits, finding.places) == (0, 0, 1)


def test_what_is_left_there_is_found(case: Case) -> None:
    case.leave(CANARY)

    assert case.sink.find(NEEDLES).count > 0


def test_what_is_cleared_is_gone(case: Case) -> None:
    case.leave(CANARY)

    case.sink.clear()
    case.end()

    assert case.sink.find(NEEDLES).count == 0


# The worker and the page of the visit plant the other two themselves.
@pytest.mark.parametrize("case", CASES[:-2], ids=_name, indirect=True)
def test_a_canary_is_planted_found_and_cleared(case: Case) -> None:
    case.sink.plant(CANARY)
    assert case.sink.find(NEEDLES).count > 0

    case.sink.clear()

    assert case.sink.find(NEEDLES).count == 0


def test_a_control_is_found_apart_and_taken_away(case: Case) -> None:
    with case.sink.control(CONTROL):
        with_control = case.sink.find(NEEDLES)
    without = case.sink.find(NEEDLES)

    assert with_control.control_hits > 0
    assert (with_control.count, without.count, without.control_hits) == (0, 0, 0)


def test_a_control_hides_nothing_that_is_left(case: Case) -> None:
    case.leave(CANARY)
    alone = case.sink.find(NEEDLES).count

    with case.sink.control(CONTROL):
        assert case.sink.find(NEEDLES).count == alone


@pytest.mark.parametrize("keeps_files", [False, True])
def test_a_link_is_removed_or_left_and_never_followed(tmp_path: Path, keeps_files: bool) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "kept").write_text("kept")
    place = tmp_path / "place"
    place.mkdir()
    (place / "folder").symlink_to(outside)
    (place / "file").symlink_to(outside / "kept")
    sink = FolderSink("spool", place, keeps_files=keeps_files)

    sink.clear()

    assert (outside / "kept").read_text() == "kept"
    assert sink.find(NEEDLES).count == 0


def test_a_place_that_became_a_link_is_not_cleared(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "kept").write_text("kept")
    (tmp_path / "place").symlink_to(outside)

    with pytest.raises(OSError, match="place"):
        FolderSink("spool", tmp_path / "place").clear()

    assert (outside / "kept").exists()


def test_a_name_and_the_target_of_a_link_are_searched(tmp_path: Path) -> None:
    (tmp_path / CANARY).touch()
    (tmp_path / "link").symlink_to(f"/nowhere/{CANARY}")

    assert FolderSink("spool", tmp_path).find(NEEDLES).count == 2


def test_a_log_that_is_open_goes_on_after_it_is_cleared(tmp_path: Path) -> None:
    with (tmp_path / "log").open("a") as log:
        log.write(CANARY)
        log.flush()

        FolderSink("logs", tmp_path, keeps_files=True).clear()
        log.write("next")
        log.flush()

    assert (tmp_path / "log").read_text() == "next"


def test_canaries_beside_a_log_do_not_pile_up(tmp_path: Path) -> None:
    (tmp_path / "log").write_text("open elsewhere")
    sink = FolderSink("logs", tmp_path, "log", keeps_files=True)

    for _ in range(3):
        sink.plant(new_control())
        sink.clear()

    assert [path.name for path in tmp_path.iterdir()] == ["log"]


def test_a_deleted_word_is_overwritten_whatever_sqlite_does_by_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # given: a build that leaves what is deleted where it was; Debian's does not
    connect = sqlite3.connect

    def careless(*arguments: Any, **options: Any) -> sqlite3.Connection:
        database: sqlite3.Connection = connect(*arguments, **options)
        database.execute("PRAGMA secure_delete = OFF")
        return database

    monkeypatch.setattr(sqlite3, "connect", careless)
    sink = DatabaseSink("journal", tmp_path / "journal.sqlite")
    sink.plant(CANARY)
    # when
    sink.clear()
    # then
    assert sink.find(NEEDLES).count == 0


def test_the_shared_folder_is_searched_but_not_emptied(tmp_path: Path) -> None:
    run = RunFolder.create(tmp_path)
    old = tmp_path / "old"
    old.write_text(CANARY)
    os.utime(old, (1, 1))
    deep = tmp_path / "folder" / "new"
    deep.parent.mkdir()
    deep.write_text(CANARY)
    sink = RecentSink("shared-memory", tmp_path, Moment.now(), run.path)

    sink.clear()

    # A time that somebody has set back does not hide a file: its change is new.
    assert sink.find(NEEDLES).count == 2
    assert deep.exists()
    assert old.exists()


def test_files_from_before_the_visit_are_not_looked_at(tmp_path: Path) -> None:
    (tmp_path / "old").write_text(CANARY)
    later = Moment(Moment.now().wall_s + 60, Moment.now().boot_s + 60)

    assert RecentSink("x", tmp_path, later, tmp_path / "own").find(NEEDLES).count == 0


def test_a_clock_set_back_during_the_visit_hides_no_file(tmp_path: Path) -> None:
    # One hour was taken off the wall's clock since the visit began.
    began = Moment(Moment.now().wall_s + 3600, Moment.now().boot_s)
    (tmp_path / "new").write_text(CANARY)

    assert RecentSink("x", tmp_path, began, tmp_path / "own").find(NEEDLES).count == 1


@parts.as_root
def test_what_a_browser_of_another_user_leaves_is_found(tmp_path: Path) -> None:
    left = tmp_path / "left"
    left.write_text(CANARY)
    os.chown(left, 61000, 61000)

    sink = RecentSink("x", tmp_path, Moment.now(), tmp_path / "relais-run-own")

    assert sink.find(NEEDLES).count == 1


def test_folders_of_other_runs_are_left_alone(tmp_path: Path) -> None:
    living = RunFolder.create(tmp_path)
    (living.path / "theirs").write_text(CANARY)
    own = tmp_path / "relais-run-own"

    assert RecentSink("x", tmp_path, Moment.now(), own).find(NEEDLES).count == 0
    leftovers = LeftoversSink("leftovers", tmp_path)
    leftovers.clear()
    assert leftovers.find(NEEDLES).count == 0
    assert (living.path / "theirs").exists()


def test_a_canary_of_another_run_is_its_own_to_seek(tmp_path: Path) -> None:
    # given: somebody who lives, and somebody who does not
    mine, other = read_process(os.getpid()), read_process(os.getppid())
    assert mine is not None
    assert other is not None
    gone = replace(other, start=other.start - 1)
    # when each has planted, and I clear
    ours = LeftoversSink("leftovers", tmp_path, mine)
    ours.plant(CANARY)
    LeftoversSink("leftovers", tmp_path, gone).plant(new_control())
    LeftoversSink("leftovers", tmp_path, other).plant(CONTROL)
    found = ours.find(NEEDLES)
    ours.clear()
    # then
    assert (found.count, found.control_hits) == (2, 0)
    assert [CONTROL[-8:]] == [path.name[-8:] for path in tmp_path.iterdir()]


def test_a_file_that_nobody_permits_counts_on_the_data_partition(tmp_path: Path) -> None:
    (tmp_path / "content").mkdir()
    for name in ("place.toml", "content/pack", "stray"):
        (tmp_path / name).write_text("anything")

    finding = DataSink("data", tmp_path, ["place.toml", "content/"]).find(NEEDLES)

    assert (finding.count, finding.other) == (1, 1)


def test_a_broken_database_is_an_error_and_no_zero(tmp_path: Path) -> None:
    (tmp_path / "rows.sqlite").write_bytes(b"no database" * 1000)

    with pytest.raises(Exception, match="database-failed"):
        DatabaseSink("journal", tmp_path / "rows.sqlite").clear()


def test_a_screen_that_gives_no_picture_is_an_error_and_no_zero() -> None:
    sink = FramesSink("frames", CANARY, lambda: b"no picture")

    with pytest.raises(Exception, match="frame-unreadable"):
        sink.find(NEEDLES)
