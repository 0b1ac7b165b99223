"""The dock's table of parts names what is there, real or not."""

from __future__ import annotations

from pathlib import Path

import pytest

from kiosk.keeper.browser import Mode
from provisioning.twin.dock.config import Part
from provisioning.twin.house import House, Wishes
from provisioning.twin.surroundings import Reality

REAL_PROGRAMS = ("cups", "ippeveprinter", "pcscd", "vpcd", "chromium")


@pytest.fixture
def parts(tmp_path: Path) -> dict[str, Part]:
    """Return what a twin without any real part says of itself."""
    nothing = Reality(has_pcsc=False, has_cups=False, has_chromium=False, vpcd_driver=None)
    house = House(Wishes(port=0, dock_port=0, data=tmp_path), nothing)
    try:
        return {part.part: part for part in house.parts()}
    finally:
        house.close()


def test_a_simulated_part_is_never_named_after_the_program_it_stands_for(
    parts: dict[str, Part],
) -> None:
    assert not any(part.is_real for name, part in parts.items() if name != "site")
    told = " ".join(part.about.lower() for part in parts.values())
    assert [] == [name for name in REAL_PROGRAMS if name in told]


def test_what_stands_for_the_reader_and_the_printer_is_named(parts: dict[str, Part]) -> None:
    assert parts["printer"].about == "SimulatedPrinter"
    assert parts["reader"].about == "SimulatedReaders"


@pytest.mark.parametrize(
    ("mode", "is_real"), [(Mode.NONE, None), (Mode.HEADLESS, True), (Mode.WINDOW, True)]
)
def test_a_browser_is_real_only_where_this_twin_starts_it(
    tmp_path: Path, mode: Mode, is_real: bool | None
) -> None:
    reality = Reality(has_pcsc=False, has_cups=False, has_chromium=True, vpcd_driver=None)
    house = House(Wishes(port=0, dock_port=0, data=tmp_path, mode=mode), reality)
    try:
        (browser,) = [part for part in house.parts() if part.part == "browser"]
    finally:
        house.close()
    assert is_real is browser.is_real
    assert ("Chromium" in browser.about) is (is_real is True)
