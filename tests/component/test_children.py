"""What the keeper starts ends when it says so, with everything it started, and with the keeper."""

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from kiosk.keeper.children import Child, Children, Identity
from tests.driving.twin import REPOSITORY, until

ENVIRONMENT = {"PATH": "/usr/bin:/bin"}


@pytest.fixture
def children() -> Iterator[Children]:
    made = Children()
    yield made
    made.end_all(0.0)


@pytest.fixture
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as name:
        path = Path(name)
        path.chmod(0o755)
        yield path


def shell(children: Children, script: str, folder: Path | None = None) -> Child:
    return children.start(["/bin/sh", "-c", script], environment=ENVIRONMENT, folder=folder)


def is_running(pid: int) -> bool:
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except FileNotFoundError:
        return False
    return stat.rpartition(")")[2].split()[0] not in "ZX"


def said(children: Children, folder: Path, *command: str, identity: Identity | None = None) -> str:
    """Run a program to its end and return what it wrote."""
    log = folder / "log"
    with log.open("wb") as sink:
        child = children.start(
            command, environment=ENVIRONMENT, identity=identity, log_fd=sink.fileno()
        )
    assert child.wait(10)
    assert child.exit_code() == 0
    return log.read_text()


def test_a_child_is_alive_until_it_is_killed(children: Children) -> None:
    child = shell(children, "exec sleep 600")
    before = child.alive()

    child.kill()

    assert (before, child.alive(), child.exit_code()) == (True, False, -signal.SIGKILL)


def test_a_child_is_known_by_its_id_and_the_time_it_started(children: Children) -> None:
    child = shell(children, "exec sleep 600")

    fields = Path(f"/proc/{child.pid}/stat").read_text().rpartition(")")[2].split()
    assert int(fields[19]) == child.start_time


def test_a_program_that_ended_by_itself_has_its_exit_code(children: Children) -> None:
    child = shell(children, "exit 7")

    assert child.wait(10)
    assert (child.alive(), child.exit_code()) == (False, 7)


def test_a_program_that_does_not_exist_is_a_child_that_failed(children: Children) -> None:
    child = children.start(["/nowhere/program"], environment=ENVIRONMENT)

    assert child.wait(10)
    assert child.exit_code() == 127


def test_a_kill_ends_what_the_child_started(children: Children) -> None:
    child = shell(children, "sleep 600 & sleep 600 & wait")
    family = until(lambda: child.pids() if len(child.pids()) == 3 else None, "three processes")

    child.kill()

    assert [pid for pid in family if is_running(pid)] == []


def test_a_kill_ends_what_left_for_a_session_of_its_own(children: Children) -> None:
    # given: a grandchild that forked twice, as Chromium's crash handler does
    child = shell(children, "(setsid sleep 600 &) ; exec sleep 600")

    def escaped() -> int | None:
        for pid in child.pids():
            # The one that forked it may have ended since it was counted.
            with contextlib.suppress(ProcessLookupError):
                if os.getsid(pid) != child.pid:
                    return pid
        return None

    runaway = until(escaped, "a process in another session")

    # when
    child.kill()

    # then
    assert not is_running(runaway)


def test_what_a_child_left_behind_is_ended_after_its_own_end(children: Children) -> None:
    child = shell(children, "setsid sleep 600 & exit 0")
    assert child.wait(10)
    left = until(child.pids, "a process that stayed")

    child.kill()

    assert [pid for pid in left if is_running(pid)] == []


def test_a_kill_leaves_other_children_alone(children: Children) -> None:
    ours, other = shell(children, "exec sleep 600"), shell(children, "exec sleep 600")

    ours.kill()

    assert other.alive()


def test_a_cut_strikes_without_waiting_and_a_kill_clears_up(children: Children) -> None:
    child = shell(children, "sleep 600 & sleep 600 & wait")
    family = until(lambda: child.pids() if len(child.pids()) == 3 else None, "three processes")

    child.cut()

    until(lambda: not any(is_running(pid) for pid in family), "all are struck")
    child.kill()
    child.cut()
    assert child.is_reaped


def test_a_second_kill_is_harmless(children: Children) -> None:
    child = shell(children, "exec sleep 600")

    child.kill()
    child.kill()

    assert child.pids() == ()


def test_a_stopped_child_is_killed_all_the_same(children: Children) -> None:
    child = shell(children, "exec sleep 600")
    os.kill(child.pid, signal.SIGSTOP)

    child.kill()

    assert not child.alive()


def test_an_end_lets_the_program_say_goodbye(children: Children, folder: Path) -> None:
    child = shell(
        children,
        "trap 'echo bye > bye; exit 0' TERM; touch up; while :; do sleep 0.01; done",
        folder,
    )
    until((folder / "up").exists, "the trap stands")

    child.end(10)

    assert ((folder / "bye").exists(), child.exit_code()) == (True, 0)


def test_an_end_does_not_wait_for_who_will_not_go(children: Children, folder: Path) -> None:
    child = shell(children, "trap '' TERM; touch up; while :; do sleep 0.01; done", folder)
    until((folder / "up").exists, "the trap stands")

    child.end(0.05)

    assert child.exit_code() == -signal.SIGKILL


def test_a_kill_does_not_queue_behind_a_polite_end(children: Children, folder: Path) -> None:
    # given: an end that waits for ten minutes
    child = shell(children, "trap '' TERM; touch up; while :; do sleep 0.01; done", folder)
    until((folder / "up").exists, "the trap stands")
    polite = threading.Thread(target=child.end, args=(600,))
    polite.start()

    # when
    child.kill()

    # then
    polite.join(10)
    assert (child.alive(), polite.is_alive()) == (False, False)


def test_a_child_outlives_the_thread_that_asked_for_it(children: Children) -> None:
    started: list[Child] = []
    thread = threading.Thread(target=lambda: started.append(shell(children, "exec sleep 600")))
    thread.start()
    thread.join()

    # A death signal would have come with the end of that thread; a round trip gives it time.
    said_after = shell(children, "exit 0").wait(10)

    assert (said_after, started[0].alive()) == (True, True)


def test_the_control_a_child_made_by_a_thread_itself_dies_with_it() -> None:
    made: list[Child] = []

    def make() -> None:
        made.append(Child(["/usr/bin/sleep", "600"], environment=ENVIRONMENT))
        until(
            lambda: Path(f"/proc/{made[0].pid}/comm").read_text() == "sleep\n", "the program runs"
        )

    thread = threading.Thread(target=make)
    thread.start()
    thread.join()

    assert made[0].wait(10)
    made[0].kill()


_KEEPER = """
import sys, time
from kiosk.keeper.children import Children
children = Children()
child = children.start(["/usr/bin/sleep", "600"], environment={"PATH": "/usr/bin:/bin"})
while open(f"/proc/{child.pid}/comm").read() != "sleep\\n":
    time.sleep(0.005)
sys.stdout.write(f"{child.pid}\\n")
sys.stdout.flush()
time.sleep(600)
"""


def test_children_die_with_a_keeper_that_was_killed() -> None:
    # given
    keeper = subprocess.Popen(
        [sys.executable, "-c", _KEEPER], stdout=subprocess.PIPE, text=True, cwd=REPOSITORY
    )
    assert keeper.stdout is not None
    with keeper.stdout as line:
        pid = int(line.readline())
    assert is_running(pid)

    # when
    keeper.kill()
    keeper.wait()

    # then
    until(lambda: not is_running(pid), "the child is gone")


def test_a_child_gets_only_the_descriptors_it_was_given(children: Children, folder: Path) -> None:
    given, kept = os.pipe()
    os.set_inheritable(kept, True)
    log = folder / "log"
    with log.open("wb") as sink:
        child = children.start(
            ["/bin/ls", "/proc/self/fd"],
            environment=ENVIRONMENT,
            inherited_fds=(given,),
            log_fd=sink.fileno(),
        )
    assert child.wait(10)
    os.close(given)
    os.close(kept)

    # 0, 1, 2, the one that was given, and the folder that ls itself reads
    listed = {int(word) for word in log.read_text().split()}
    assert (given in listed, kept in listed) == (True, False)


def test_a_child_has_only_the_environment_it_was_given(children: Children, folder: Path) -> None:
    os.environ["RELAIS_TEST_SECRET"] = "x"
    try:
        words = said(children, folder, "/usr/bin/env")
    finally:
        del os.environ["RELAIS_TEST_SECRET"]

    names = {line.partition("=")[0] for line in words.splitlines()}
    assert {"PATH", "RELAIS_CHILD"} == names


def test_a_child_leaves_no_core_and_no_readable_file(children: Children, folder: Path) -> None:
    words = said(children, folder, "/bin/sh", "-c", "ulimit -c; umask")

    assert words.split() == ["0", "0077"]


def test_a_child_with_an_identity_is_that_user_and_in_no_other_group(
    children: Children, folder: Path
) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can give a child another identity")

    words = said(children, folder, "/bin/sh", "-c", "id -u; id -G", identity=Identity(61000, 61007))

    assert words.split() == ["61000", "61007"]


def test_the_registry_ends_all_the_youngest_first(folder: Path) -> None:
    children = Children()
    for name in ("first", "second", "third"):
        shell(
            children,
            f"trap 'echo {name} >> ended; exit' TERM; touch {name}; while :; do sleep 0.01; done",
            folder,
        )
        until((folder / name).exists, f"{name} is up")

    children.end_all(10)

    assert (folder / "ended").read_text().split() == ["third", "second", "first"]
    assert children.running() == ()
