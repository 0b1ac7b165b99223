"""The checks' own parts: what they find, how they sum up, how they end what they started."""

import signal
import threading
from collections import Counter
from pathlib import Path

import pytest

from provisioning.checks.children import Children, Job, Outcome
from provisioning.checks.everything import COULD_NOT, Stage, summarise
from provisioning.checks.tree import find_foreign_names, find_shell_scripts, walk_tree


@pytest.mark.parametrize(
    "line",
    ["see https://py" + "pi.org/simple", "cd /wo" + "rk/main", "PATH=/" + "root/bin"],
)
def test_a_name_of_one_machine_is_found_with_its_line(tmp_path: Path, line: str) -> None:
    (tmp_path / "notes.md").write_text(f"fine\n{line}\n")

    (finding,) = find_foreign_names(tmp_path)

    assert str(finding).startswith("notes.md:2: ")


def test_words_that_only_look_like_paths_are_let_through(tmp_path: Path) -> None:
    (tmp_path / "notes.md").write_text("/network/main ProtectHome=yes homework/main\n")

    assert find_foreign_names(tmp_path) == []


def test_private_folders_are_not_part_of_the_tree(tmp_path: Path) -> None:
    for name in (".venv/a.py", ".ci/run", "kiosk/b.py", "kiosk/__pycache__/c.py", ".--not-ours"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()

    found = {str(path.relative_to(tmp_path)) for path in walk_tree(tmp_path)}
    assert found == {".ci/run", "kiosk/b.py"}


def test_a_shell_script_is_known_by_its_first_line(tmp_path: Path) -> None:
    (tmp_path / "relais").write_text("#!/bin/bash\n")
    (tmp_path / "sourced.sh").write_text("# shellcheck shell=bash\n")
    (tmp_path / "program").write_text("#!/usr/bin/python3\n")

    assert find_shell_scripts(tmp_path) == [tmp_path / "relais"]


def test_a_job_gives_its_status_and_its_words() -> None:
    outcome = Children().run(Job("one", ("sh", "-c", "echo out; echo err >&2; exit 3")))

    assert (outcome.status, outcome.words) == (3, "out\nerr\n")


def test_a_program_that_is_not_there_is_a_failure() -> None:
    assert Children().run(Job("one", ("no-such-program",))).status == 127


def test_side_by_side_keeps_the_order() -> None:
    reported: list[Outcome] = []
    jobs = [Job(str(number), ("sh", "-c", f"exit {number}")) for number in range(5)]

    outcomes = Children().run_all(jobs, reported.append)

    assert [outcome.status for outcome in outcomes] == [0, 1, 2, 3, 4]
    assert reported == outcomes


def test_a_living_child_is_ended_by_its_id(tmp_path: Path) -> None:
    # given a child that says when it lives and ends only when it is interrupted
    fifo = tmp_path / "alive"
    children = Children()
    outcomes: list[Outcome] = []
    words = f"mkfifo {fifo}.made && mv {fifo}.made {fifo}; echo > {fifo}; exec tail -f /dev/null"
    job = Job("one", ("sh", "-c", words))
    thread = threading.Thread(target=lambda: outcomes.append(children.run(job)))
    thread.start()
    wait_until_written(fifo)

    # when
    children.end()

    # then
    thread.join(timeout=20)
    assert not thread.is_alive()
    assert outcomes[0].status == -signal.SIGINT


def wait_until_written(fifo: Path) -> None:
    """Wait until somebody writes into a fifo that may not be there yet. At most 20 s."""
    limit = threading.Event()
    timer = threading.Timer(20, limit.set)
    timer.start()
    try:
        while not fifo.exists():
            assert not limit.wait(0.01), "the child never lived"
        assert fifo.read_text() == "\n"
    finally:
        timer.cancel()


def test_the_last_line_counts_every_stage_together() -> None:
    stages = [
        Stage("checks", "passed", is_failed=False),
        Stage("Debian 13", "passed", False, Counter(passed=3), ["pcscd 2.3.3"]),
        Stage(
            "this machine", "FAILED", True, Counter(passed=4, failed=1, error=1), ["cupsd 2.4.2"]
        ),
    ]

    *_, parts, verdict, last = summarise(stages, 61.0).splitlines()

    assert parts == "Real parts used: cupsd 2.4.2, pcscd 2.3.3"
    assert verdict == "Failed: this machine"
    assert last == "7 passed, 2 failed, 0 skipped in 1 min 1 s"


def test_what_could_not_be_tried_has_not_passed() -> None:
    stages = [
        Stage("checks", "passed", is_failed=False),
        Stage("Debian 13", COULD_NOT, is_failed=False),
    ]

    assert "All passed, but not tried: Debian 13" in summarise(stages, 1.0).splitlines()
    assert "Everything passed." in summarise(stages[:1], 1.0).splitlines()
