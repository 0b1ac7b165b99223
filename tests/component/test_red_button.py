"""The red button, on a whole machine with real parts, whatever the worker is doing."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from kiosk.wipe.processes import is_alive
from tests.conftest import RealParts
from tests.driving.ends import SITUATIONS, a_real_twin, press_red, processes_of, serves_again
from tests.driving.guest import Guest
from tests.driving.twin import Twin, until

pytestmark = pytest.mark.real


@pytest.fixture(scope="module")
def twin(tmp_path_factory: pytest.TempPathFactory, real_parts: RealParts) -> Iterator[Twin]:
    with a_real_twin(tmp_path_factory.mktemp("twin"), real_parts) as running:
        yield running


@pytest.mark.parametrize("situation", SITUATIONS)
def test_the_curtain_falls_whatever_the_worker_is_doing(twin: Twin, situation: str) -> None:
    # given
    guest = Guest(twin)
    with SITUATIONS[situation](twin, guest):
        before = until(lambda: (look := twin.look())["browser"] and look, "a browser")
        of_visit = processes_of(before["worker"]) | processes_of(before["browser"])
        assert len(of_visit) > 2
        # when
        press_red(twin)
        # then: nobody acts, nothing shows, and the lamp has changed (press_red saw it)
        assert [process.pid for process in of_visit if is_alive(process)] == []
        assert twin.look()["phase"] == "wiping"
    # and: the next one is served, by others
    serves_again(twin)
    after = until(lambda: (look := twin.look())["browser"] and look, "a browser")
    assert after["worker"] != before["worker"]
    assert after["browser"] != before["browser"]
    # the printer of the twin is real: what of a letter had not come out never does
    assert guest.shows("receipt", "welcome", "card-left")


def test_a_second_press_changes_nothing(twin: Twin) -> None:
    guest = Guest(twin)
    guest.begins()

    press_red(twin)
    twin.presses("red")

    serves_again(twin)
    guest.comes()
