"""The kiosk in a window on a real compositor: what a person sees, and what stops being seen."""

from __future__ import annotations

import os
import re
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from kiosk.keeper.curtain import descendants
from kiosk.keeper.parts import Process
from kiosk.wipe.canary import canary_picture
from kiosk.wipe.sinks.frames import Frame, count_picture
from provisioning.twin.house import find_grab
from tests.conftest import RealParts
from tests.driving import parts
from tests.driving.compositor import Compositor, compositor
from tests.driving.ends import reasons, serves_again
from tests.driving.guest import DELMAROLLE, Guest
from tests.driving.twin import Twin, until

pytestmark = [pytest.mark.real, pytest.mark.slow]


@pytest.fixture(scope="module")
def sway() -> Iterator[Compositor]:
    with compositor() as running:
        yield running


@pytest.fixture(scope="module")
def twin(
    sway: Compositor, tmp_path_factory: pytest.TempPathFactory, real_parts: RealParts
) -> Iterator[Twin]:
    with Twin(
        tmp_path_factory.mktemp("twin"), "--screen=window", env=dict(sway.environment)
    ) as running:
        if running.simulated:
            pytest.skip(f"simulated, not real: {running.simulated}")
        real_parts.used(parts.chromium())
        real_parts.used(parts.sway())
        until(running.is_serving, "a first visit", 60)
        yield running


def strips(canary: str, frame: Frame) -> int:
    """Count the picture of a canary in a picture of the screen."""
    return count_picture(frame, canary_picture(canary))


def test_nothing_of_a_visit_stays_on_the_screen(sway: Compositor, twin: Twin) -> None:
    # given: a name from a card in the window
    guest = Guest(twin)
    guest.walks_to(DELMAROLLE, "review")
    canary = guest.canary
    until(lambda: strips(canary, sway.frame()) == 1, "the visit in the window")
    # when
    ended = len(reasons(twin))
    twin.presses("red")
    # then: first nothing at all, then the next visit
    until(sway.is_bare, "no window")
    serves_again(twin, ended)
    twin.pulls_the_card()
    until(lambda: not sway.is_bare(), "the next window")
    assert guest.shows("receipt", "card-left")
    assert guest.canary != canary
    assert strips(canary, sway.frame()) == 0


def test_the_screen_is_one_of_the_places_that_are_searched(sway: Compositor, twin: Twin) -> None:
    assert find_grab(sway.environment)
    assert twin.folder.exists()
    assert "out of service" not in twin.log.read_text()


def test_a_window_that_is_not_ended_is_found_on_the_screen(
    tmp_path: Path, real_parts: RealParts
) -> None:
    # given a screen of its own, and a window that nobody ends
    with (
        compositor() as screen,
        Twin(
            tmp_path,
            "--screen=window",
            env=dict(screen.environment),
            module="tests.driving.lingering",
        ) as twin,
    ):
        real_parts.used(parts.sway())
        until(twin.is_serving, "a first visit", 60)
        guest = Guest(twin)
        guest.begins()
        canary = guest.canary
        until(lambda: strips(canary, screen.frame()) == 1, "the visit in the window")
        # when it hangs, as a browser can: it does not even draw its own curtain
        for process in whole(twin.look()["browser"]):
            os.kill(process.pid, signal.SIGSTOP)
        twin.presses("red")
        # then the machine closes, and says that it was the screen
        until(lambda: "out of service: trace-found" in twin.log.read_text(), "the fault", 60)
        assert "frames" in found_in(twin)
        assert strips(canary, screen.frame()) == 1
        assert twin.lamp() == "fault"


def whole(pid: int) -> tuple[Process, ...]:
    """Return a process and all below it."""
    process = Process.of(pid)
    assert process is not None
    return (process, *descendants(process))


def found_in(twin: Twin) -> list[str]:
    """Return where the last wipe that was not clean found something."""
    (*_, last) = re.findall(r"out of service: trace-found (\S*)", twin.log.read_text())
    return str(last).split(",")


def test_a_screen_of_which_no_picture_can_be_had_is_not_searched(tmp_path: Path) -> None:
    # GNOME and KDE let nobody take one: as here, grim is there and fails.
    assert find_grab({"WAYLAND_DISPLAY": "none", "XDG_RUNTIME_DIR": str(tmp_path)}) == ()
    assert find_grab({"DISPLAY": ":0"}) == ()
