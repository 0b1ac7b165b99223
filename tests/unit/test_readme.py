"""The README says what is true: its diagram, its commands, its states, its settings."""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import fields
from pathlib import Path

import pytest

from device.pins import Pins
from kiosk.config import PlaceProfile
from provisioning.diagram import BEGIN, END, diagram

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_diagram_is_drawn_from_the_table() -> None:
    drawn = README.partition(BEGIN)[2].partition(END)[0].strip()
    assert diagram() == drawn


def test_every_command_of_the_launcher_stands_in_the_readme_and_the_other_way_round() -> None:
    # given
    help_text = subprocess.run(
        [ROOT / "relais", "--help"], capture_output=True, text=True, check=True
    ).stdout
    known = set(re.findall(r"^  ([a-z-]+)  ", help_text, re.MULTILINE))
    # when
    told = set(re.findall(r"^\| `([a-z-]+)` \|", README, re.MULTILINE))
    # then
    assert known == told


@pytest.mark.parametrize(
    ("module", "section"),
    [
        ("provisioning.twin", "## Run it"),
        ("tests.bench", "## Measured"),
        ("tests.soak", "## Measured"),
    ],
)
def test_every_option_of_the_readme_is_one(module: str, section: str) -> None:
    if module == "tests.bench":
        pytest.importorskip("playwright", reason="the bench drives a browser")
    # given what is said of the command, and what it says itself
    text = README.partition(section)[2].partition("\n## ")[0]
    if module == "tests.soak":
        told = re.findall(r"`python -m tests\.soak (--[a-z-]+)(?: (\S+))?`", text)
    else:
        text = re.sub(r"`python -m [^`]*`", "", text)
        told = re.findall(r"`(?:\./relais run )?(--[a-z-]+)(?: (\S+))?`", text)
    assert told
    shown = subprocess.run(
        [sys.executable, "-m", module, "--help"],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
    ).stdout
    # then
    for option, value in told:
        assert re.search(rf"{option}\b", shown), option
        # A number, or a name in capitals, stands for any.
        assert not value or value.isdecimal() or value.isupper() or value in shown, value


def test_the_settings_of_a_place_are_the_ones_that_it_has() -> None:
    known = {field.name for field in fields(PlaceProfile)}

    assert known == set(re.findall(r"`\[([a-z]+)[.\]]", README))


def test_the_default_pins_are_the_ones_that_the_panel_takes() -> None:
    pins = Pins()
    lamp = f"{pins.lamp_red}/{pins.lamp_green}/{pins.lamp_blue}"
    expected = f"green {pins.green}, red {pins.red}, lamp {lamp}, buzzer {pins.buzzer}."

    told = re.search(r"default pins \(BCM\): ([^.]*\.)", README)

    assert told is not None
    assert expected == " ".join(told[1].split())


def test_the_remedy_of_a_first_start_without_a_network_is_the_one_that_it_names() -> None:
    told = re.search(r"exit status (\d+)\s+and `([^`]+)`", README)

    assert told is not None
    status, remedy = told.groups()
    setup = (ROOT / "provisioning/setup/python.sh").read_text(encoding="utf-8")
    assert f'next="{remedy}"' in setup
    assert f'die {status} "The Python packages' in setup


def test_every_path_of_the_readme_exists() -> None:
    for path in re.findall(r"`((?:kiosk|device|tests|provisioning)/[\w./-]+)`", README):
        assert (ROOT / path).exists(), path
    for path in re.findall(r"!\[[^\]]*\]\(([^)]+)\)", README):
        assert (ROOT / path).exists(), path


def test_the_rooms_of_the_readme_exist() -> None:
    block = README.partition("## How the house is built")[2].partition("```")[2].partition("```")[0]
    room = ROOT
    for line in block.strip().splitlines():
        name = line.split()[0]
        if not line.startswith(" "):
            room = ROOT / name
            assert room.exists(), name
        else:
            assert (room / name).exists(), name


def test_nothing_in_the_readme_waits_to_be_filled_in() -> None:
    prose = re.sub(r"```.*?```", "", README, flags=re.DOTALL)
    assert re.findall(r"\bTO" + r"DO\b|\bTBD\b|\b[A-Z]+_(?:ROW|TIME)\b|\?\?\?", prose) == []
