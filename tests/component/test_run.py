"""`./relais run` as a technician meets it: what it starts, what it refuses, what it leaves."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from provisioning.twin.house import KIOSK_PORT
from tests.driving import parts
from tests.driving.guest import Guest
from tests.driving.twin import Twin, until
from tests.official_site.app import load_words

ROOT = Path(__file__).resolve().parents[2]
CONTENT = ROOT / "kiosk" / "content"
TWIN = (sys.executable, "-m", "provisioning.twin", "--port=0", "--dock-port=0")
DATA_FILES = {"", "canary-key", "journal.sqlite", "journal.sqlite-shm", "journal.sqlite-wal"}
ANOTHER_HOST = "another-counter.example"
HOST_ROW = f"""
- host: {ANOTHER_HOST}
  runs: an invented counter
  owner_type: public
  checked_on: null
  source: {{title: {ANOTHER_HOST}, mark: seen}}
"""

pytestmark = pytest.mark.real


def descendants(pid: int) -> set[int]:
    """Return all processes below one."""
    found: set[int] = set()
    new = {pid}
    while new:
        below = set()
        for parent in new:
            for task in Path(f"/proc/{parent}/task").glob("*/children"):
                below |= {int(child) for child in task.read_text().split()}
        new = below - found
        found |= new
    return found


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


def test_ctrl_c_ends_every_child_and_leaves_no_folder(tmp_path: Path) -> None:
    # given
    with Twin(tmp_path) as twin:
        until(twin.is_serving, "a visit")
        children = descendants(twin.process.pid)
        assert len(children) >= 5
        # when
        status = twin.ends()
    # then
    assert status == 0
    until(lambda: not any(is_alive(pid) for pid in children), "all children gone", 5)
    assert not twin.folder.exists()
    left = [path.name for path in Path("/dev/shm").glob(f"{twin.folder.name}*")]
    assert left == []


def test_ctrl_c_during_the_start_leaves_nothing_behind(tmp_path: Path) -> None:
    # given
    with subprocess.Popen(
        [*TWIN, f"--data={tmp_path}", "--screen=none"],
        cwd=ROOT,
        stderr=subprocess.DEVNULL,
    ) as process:
        until(lambda: descendants(process.pid), "a first child")
        children = descendants(process.pid)
        # when
        process.send_signal(signal.SIGINT)
        process.wait(20)
    # then
    until(lambda: not any(is_alive(pid) for pid in children), "all children gone", 5)


def test_a_fault_in_the_content_stops_the_start_and_says_where_and_what_to_do(
    tmp_path: Path,
) -> None:
    # given
    content = tmp_path / "content"
    shutil.copytree(CONTENT, content)
    broken = content / "tasks" / "card-problem.yaml"
    text = broken.read_text(encoding="utf-8")
    line = next(i for i, row in enumerate(text.splitlines(), 1) if row.startswith("minutes:"))
    broken.write_text(text.replace("minutes:", "minuets:", 1), encoding="utf-8")
    # when
    done = subprocess.run(
        [*TWIN, f"--data={tmp_path / 'data'}", "--screen=none", f"--content={content}"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    # then
    assert done.returncode == 78
    assert f"{broken}:{line}: minuets:" in done.stderr
    assert "remove it or correct its spelling" in done.stderr


@dataclass(frozen=True)
class Ended:
    """A start that ended by itself."""

    status: int
    said: str


def start(data: Path, *words: str) -> Ended:
    """Start one that is to end by itself, and to leave no folder."""
    with subprocess.Popen(
        [*TWIN, f"--data={data}", "--screen=none", "--simulated", *words],
        cwd=ROOT,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            _, said = process.communicate(timeout=30)
        finally:
            process.send_signal(signal.SIGINT)
    markers = Path("/dev/shm").glob("relais-*/.relais-run")
    assert [path for path in markers if f'"pid": {process.pid},' in path.read_text()] == []
    return Ended(process.returncode, said)


def broken_content(folder: Path, broken: str) -> Path:
    """Return content of which one task says `broken` at its end."""
    content = folder / "content"
    shutil.copytree(CONTENT, content)
    with (content / "tasks" / "card-problem.yaml").open("a", encoding="utf-8") as task:
        task.write(broken)
    return content


@pytest.mark.parametrize(
    ("broken", "faults"),
    [("minutes: 9\n", 1), ("minutes: [\n", 1), ("minuets: 9\n", 1)],
    ids=["a key twice", "no YAML", "a wrong key"],
)
def test_a_fault_in_the_content_is_said_first_alone_and_once(
    tmp_path: Path, broken: str, faults: int
) -> None:
    content = broken_content(tmp_path, broken)

    done = start(tmp_path / "data", f"--content={content}")

    said, *rows = done.said.splitlines()
    assert done.status == 78
    assert "the content cannot be used" in said
    assert [row.startswith(str(content / "tasks" / "card-problem.yaml:")) for row in rows] == [
        True
    ] * faults, done.said
    assert not (tmp_path / "data").exists()


def test_two_runs_never_share_a_data_folder(tmp_path: Path) -> None:
    # given one that runs
    with Twin(tmp_path, "--simulated", "--screen=none") as first:
        until(first.is_serving, "a visit")
        # when another one is started with its folder
        second = start(first.data)
        # then
        assert second.status == 75
        assert f"the data folder {first.data} is in use by another kiosk" in second.said
        assert "--data FOLDER" in second.said
        kept = {path.name.partition(".canary")[0] for path in first.data.iterdir()}
        assert kept - DATA_FILES == set()
        # and the first one has not noticed
        guest = Guest(first)
        guest.begins()
        first.presses("red")
        until(first.is_serving, "the next visit")
        assert "wipe:" not in first.log.read_text()
        # when the first is killed
        first.loses_power()
    # then nothing of it is in the way
    again = tmp_path / "again"
    again.mkdir()
    with Twin(again, "--simulated", "--screen=none", f"--data={first.data}") as third:
        until(third.is_serving, "a visit")


def test_two_runs_with_a_folder_each_do_not_meet(tmp_path: Path) -> None:
    # given a visit in one, and then another one that starts
    folders = tmp_path / "one", tmp_path / "two"
    for folder in folders:
        folder.mkdir()
    with Twin(folders[0], "--simulated", "--screen=none") as first:
        guest = Guest(first)
        guest.begins()
        with Twin(folders[1], "--simulated", "--screen=none") as second:
            until(second.is_serving, "a visit of the other")
            # when
            first.presses("red")
            # then
            until(first.is_serving, "the next visit")
            assert "out of service" not in first.log.read_text()


def test_a_port_that_is_asked_for_and_taken_is_said(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        for option in ("--port", "--dock-port"):
            done = start(tmp_path / "data", f"{option}={port}")

            assert done.status == 75
            assert f"port {port} is taken by another program" in done.said
            assert "another port; 0 is any free one" in done.said
            assert "Traceback" not in done.said


def test_a_usual_port_that_is_taken_gives_way_and_it_is_said(tmp_path: Path) -> None:
    command = [word for word in TWIN if not word.startswith("--port")]
    with (
        occupied(KIOSK_PORT),
        subprocess.Popen(
            [*command, f"--data={tmp_path}", "--screen=none", "--simulated"],
            cwd=ROOT,
            stderr=subprocess.PIPE,
            text=True,
        ) as process,
    ):
        assert process.stderr is not None
        lines = []
        for line in process.stderr:
            lines.append(line)
            if "everything is started" in line:
                break
        process.send_signal(signal.SIGINT)
        process.stderr.read()
    said = next(line for line in lines if "port" in line)
    port = int(said.rsplit(maxsplit=1)[1])
    assert f"port {KIOSK_PORT} is taken by another program; the kiosk is at port" in said
    assert any(f"127.0.0.1:{port}/enter" in line for line in lines)


@contextlib.contextmanager
def occupied(port: int) -> Iterator[None]:
    """Have a port taken: by us, or by whoever has it already."""
    with contextlib.ExitStack() as held:
        with contextlib.suppress(OSError):
            held.enter_context(socket.create_server(("127.0.0.1", port)))
        yield


@pytest.mark.parametrize(
    ("words", "status", "said", "next_step"),
    [
        (["--size=banana"], 2, "'banana' is no size", "Give width and height in pixels"),
        (["--size=0x0"], 2, "'0x0' is no size", "Give width and height in pixels"),
        (["--size=800x"], 2, "'800x' is no size", "Give width and height in pixels"),
        (["--port=99999"], 2, "'99999' is no port", "Give a number from 0"),
        (["--dock-port=-1"], 2, "'-1' is no port", "Give a number from 0"),
        (["--profile=/nonexistent.toml"], 78, "/nonexistent.toml: not-readable", "Mend it, or"),
        (["--profile=README.md"], 78, "README.md:3: not-readable: mend the TOML", "Mend it, or"),
    ],
)
def test_a_wish_that_cannot_be_met_is_answered_in_a_sentence(
    tmp_path: Path, words: list[str], status: int, said: str, next_step: str
) -> None:
    done = start(tmp_path, *words)

    assert done.status == status
    assert said in done.said
    assert next_step in done.said
    assert "Traceback" not in done.said


def test_a_profile_that_is_no_toml_is_said_with_its_line(tmp_path: Path) -> None:
    profile = tmp_path / "place.toml"
    profile.write_text("x = [\n", encoding="utf-8")

    done = start(tmp_path / "data", f"--profile={profile}")

    assert done.status == 78
    assert f"{profile}:1: not-readable: mend the TOML at this line" in done.said
    assert "Mend it, or" in done.said


def test_it_says_that_it_serves_when_it_does(tmp_path: Path) -> None:
    parts.chromium_program()
    with Twin(tmp_path) as twin:
        until(lambda: "ready to serve after" in twin.log.read_text(), "the word that it serves")
        assert twin.is_serving()
        assert twin.look()["worker"] is not None
        assert "in a browser without a window" in twin.log.read_text()
        assert "in its own window" not in twin.log.read_text()


def test_a_start_that_cannot_serve_does_not_say_that_it_does(tmp_path: Path) -> None:
    no_folder = tmp_path / "file"
    no_folder.touch()
    with Twin(tmp_path, f"--data={no_folder}") as twin:
        until(lambda: "out of service" in twin.log.read_text(), "the word that it is closed")
        assert "ready to serve" not in twin.log.read_text()


def test_a_sixth_task_touches_no_python(tmp_path: Path) -> None:
    parts.chromium_program()
    # given one more file, and a website of its own in the list of those that are reviewed
    content = tmp_path / "content"
    shutil.copytree(CONTENT, content)
    fifth = (content / "tasks" / "household-composition.yaml").read_text(encoding="utf-8")
    (content / "tasks" / "sixth-task.yaml").write_text(
        fifth.replace("id: household-composition", "id: sixth-task", 1).replace(
            "    host: irisbox.brussels", f"    host: {ANOTHER_HOST}"
        ),
        encoding="utf-8",
    )
    with (content / "hosts.yaml").open("a", encoding="utf-8") as hosts:
        hosts.write(HOST_ROW)
    # when
    with Twin(tmp_path, f"--content={content}") as twin:
        guest = Guest(twin)
        guest.begins()
        guest.acts("choose-need", id="papers")
        guest.shows("tasks")
        guest.acts("choose-task", id="sixth-task")
        guest.shows("task")
        guest.acts("choose-channel", id="online")
        while guest.shows("prepare", "steps", "site") != "site":
            way_on = "skip" if "/act/skip" in guest.html else "go"
            if 'value="login_key"' in guest.html:
                guest.acts("answer", key="login_key", value="card")
            else:
                guest.acts(way_on)
        guest.acts("site-open")
        # then its site opens
        until(lambda: f"http://{ANOTHER_HOST}/" in opened(twin), "the site of the sixth task")
        titles = [words["banner"] for words in load_words().values()]
        until(lambda: opened(twin)[f"http://{ANOTHER_HOST}/"] in titles, "an answer from it")
        guest.shows("site")
        until(lambda: guest.state() and "/act/site-close" in guest.html, "the kiosk beside it")


def opened(twin: Twin) -> dict[str, str]:
    """Return the pages of the site's browser: address and title."""
    address = twin.look().get("site_debug")
    if not address:
        return {}
    try:
        with urllib.request.urlopen(f"{address}/json/list", timeout=5) as answer:
            return {page["url"]: page["title"] for page in json.load(answer)}
    except OSError:
        return {}


def test_nothing_listens_off_loopback(tmp_path: Path) -> None:
    with Twin(tmp_path) as twin:
        until(twin.is_serving, "a visit")
        family = descendants(twin.process.pid) | {twin.process.pid}
        listening = subprocess.run(
            ["ss", "-ltunpH"], capture_output=True, text=True, check=True
        ).stdout
        ours = [row for row in listening.splitlines() if _pids(row) & family]
        assert ours
        for row in ours:
            address = row.split()[4]
            assert address.startswith(("127.0.0.1:", "[::1]:")), address


def _pids(row: str) -> set[int]:
    return {int(part.split(",")[0]) for part in row.split("pid=")[1:]}


def test_the_machines_own_print_and_card_services_are_not_touched(tmp_path: Path) -> None:
    # given
    watched = [Path("/run/pcscd"), Path("/run/cups"), Path("/etc/cups"), Path("/var/spool/cups")]
    before = {path: _shape(path) for path in watched}
    # when
    with Twin(tmp_path) as twin:
        until(twin.is_serving, "a visit")
    # then
    assert before == {path: _shape(path) for path in watched}


def _shape(folder: Path) -> list[tuple[str, float]]:
    if not folder.exists():
        return []
    return sorted((str(path), os.lstat(path).st_mtime) for path in folder.rglob("*"))
