"""Power that goes, memory that is full or gone: the machine says so and opens only when clean."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from kiosk.i18n import I18n
from tests.conftest import RealParts
from tests.driving import parts
from tests.driving.ends import (
    MountedTwin,
    a_real_twin,
    all_of_the_run,
    files_that_hold,
    is_closed,
    serves_again,
)
from tests.driving.guest import DELMAROLLE, Guest
from tests.driving.twin import Twin, until

pytestmark = pytest.mark.real

OF_DELMAROLLE = ("Delmarolle", "Zonnebloemkaai", "Jean-Marie Octave", "Rue des Tanneurs")


def can_mount() -> bool:
    """Tell whether this machine lets us have mounts of our own."""
    if os.geteuid() != 0 or shutil.which("nsenter") is None:
        return False
    tried = subprocess.run(["unshare", "-m", "mount", "-t", "tmpfs", "none", "/mnt"], check=False)
    return tried.returncode == 0


@pytest.fixture
def mounted(tmp_path: Path, real_parts: RealParts) -> Iterator[MountedTwin]:
    """Give a twin whose data folder and RAM folder are small file systems of its own."""
    if not can_mount():
        pytest.skip("mounting needs root and nsenter")
    with a_real_twin(tmp_path, real_parts, twin=MountedTwin) as twin:
        assert isinstance(twin, MountedTwin)
        yield twin


def test_after_a_power_cut_the_next_start_clears_what_was_left(
    tmp_path: Path, real_parts: RealParts
) -> None:
    # given: a visit with everything, and the plug is pulled
    with a_real_twin(tmp_path, real_parts) as first:
        Guest(first).walks_to(DELMAROLLE, "take-papers")
        assert files_that_hold(first.folder, "Delmarolle")
        first.loses_power()
        until(lambda: not all_of_the_run(first.folder), "the end of all that it had started")
        assert first.folder.exists()
    (tmp_path / "second").mkdir()
    # when
    with a_real_twin(tmp_path / "second", real_parts) as second:
        # then: the first wipe has found and cleared it
        assert not first.folder.exists()
        guest = Guest(second)
        assert guest.shows("closed")
        assert files_that_hold(second.folder, *OF_DELMAROLLE) == []


def test_without_a_data_folder_the_machine_says_so_and_wipes_all_the_same(
    tmp_path: Path, real_parts: RealParts
) -> None:
    # given: a file where the folder should be
    (tmp_path / "data").write_text("in the way")
    # when
    with Twin(tmp_path) as twin:
        if twin.simulated:
            pytest.skip(f"simulated, not real: {twin.simulated}")
        real_parts.used(parts.chromium())
        # then
        until(lambda: is_closed(twin), "out of service, with a red lamp", 60)
        guest = Guest(twin)
        guest.shows("out-of-service")
        assert "wiped in ms" in twin.log.read_text()
        # and no code and no stop opens it
        twin.presses("red")
        guest.acts("open-permanence", code=twin.codes["employee"])
        assert guest.state() == "out-of-service"
        assert is_closed(twin)


@pytest.mark.parametrize("how", ["full", "read-only"])
def test_a_data_folder_that_fails_in_a_visit_keeps_the_row_until_it_is_back(
    mounted: MountedTwin, how: str
) -> None:
    # given: a visit that would leave a row
    assert mounted.rows() == 0
    guest = Guest(mounted)
    guest.walks_to(DELMAROLLE, "take-papers")
    # when: the memory card fails, and the visit ends
    mounted.fills_the_data_folder() if how == "full" else mounted.remounts_data("ro")
    guest.acts("stop")
    # then: the helper sees it, and nothing of the visit is left
    until(lambda: is_closed(mounted), "out of service, with a red lamp", 60)
    guest.shows("out-of-service")
    assert files_that_hold(mounted.folder_inside, *OF_DELMAROLLE) == []
    # when: it works again
    mounted.empties_the_data_folder() if how == "full" else mounted.remounts_data("rw")
    # then: the machine wipes, opens by itself, and the row is there
    until(mounted.is_serving, "the next visit", 60)
    assert mounted.rows() == 1
    mounted.pulls_the_card()
    guest.comes()


def test_a_full_memory_ends_in_a_screen_that_says_what_to_do(mounted: MountedTwin) -> None:
    # given
    guest = Guest(mounted)
    guest.walks_to(DELMAROLLE, "preview")
    # when: no byte more fits into the RAM of the visit
    mounted.fills_the_ram()
    guest.acts("print")
    # then
    guest.shows("printer-trouble", limit_s=120)
    words = I18n().words("nl")
    room = words.say("printer", "no-room")
    shown = " ".join(re.sub("<[^>]*>", " ", guest.html).split())
    assert room in shown
    assert words.say("printer-do", "no-room") in shown
    assert words.say("job", "not-sent") in shown
    # and says so whatever the printer says, as long as it is so
    guest.acts("print-retry")
    until(lambda: guest.state() == "printer-trouble" and room in guest.html, "the same again", 60)
    # and the end of the visit gives the memory back
    guest.acts("stop")
    serves_again(mounted)
    mounted.pulls_the_card()
    guest.comes()
