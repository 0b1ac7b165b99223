"""A bug of our own in a thread: the visit is wiped, and what the bug was about is in no log."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.driving.ends import processes_of, reasons, serves_again
from tests.driving.faulty import BUG, SAID, TOLD_TO_THE_KEEPER
from tests.driving.guest import DELMAROLLE, Guest
from tests.driving.twin import Twin, until

EX_SOFTWARE = 70


def faulty(folder: Path, bug: str) -> Twin:
    """Start a twin with a bug."""
    said = {BUG: bug, SAID: str(folder / "said")}
    return Twin(folder, "--simulated", "--screen=none", env=said, module="tests.driving.faulty")


def prints(guest: Guest, twin: Twin) -> None:
    guest.walks_to(DELMAROLLE, "preview")
    guest.acts("print")


def reads_a_card(guest: Guest, twin: Twin) -> None:
    guest.walks_to(DELMAROLLE, "consent")
    guest.acts("consent-yes")
    guest.shows("reading")
    twin.inserts(DELMAROLLE.card)
    # A page that listens asks for what has changed, until nobody answers.
    until(lambda: not guest.state() or reasons(twin), "no worker")


@pytest.mark.parametrize(
    ("bug", "kind", "comes_to_it"),
    [
        ("printing", "KeyError", prints),
        ("ticking", "KeyError", reads_a_card),
        ("request", "LookupError", reads_a_card),
    ],
)
def test_a_bug_in_any_thread_of_the_worker_ends_the_visit(
    tmp_path: Path, bug: str, kind: str, comes_to_it: Callable[[Guest, Twin], None]
) -> None:
    with faulty(tmp_path, bug) as twin:
        # given
        until(twin.is_serving, "a first visit")
        guest = Guest(twin)
        guest.begins()
        worker = twin.look()["worker"]
        # when
        comes_to_it(guest, twin)
        # then
        until(lambda: reasons(twin) == ["crash"], "the end of the visit")
        serves_again(twin)
        assert twin.look()["worker"] not in (worker, None)
        twin.pulls_the_card()
        guest.comes()
        said = (tmp_path / "said").read_text()
        assert f"kiosk: {kind} " in said
        assert DELMAROLLE.surname not in said + twin.log.read_text()


def test_a_keeper_that_cannot_go_on_takes_everything_with_it(tmp_path: Path) -> None:
    # given a keeper whose loop dies as soon as there is a visit
    twin = faulty(tmp_path, "keeper")
    try:
        began = processes_of(twin.process.pid)
        # when
        status = twin.process.wait(30)
    finally:
        twin.process.kill()
    # then
    assert status == EX_SOFTWARE
    until(lambda: not any(processes_of(process.pid) for process in began), "the end of all")
    assert not twin.folder.exists()
    said = twin.log.read_text()
    assert "relais: KeyError " in said
    assert TOLD_TO_THE_KEEPER not in said
