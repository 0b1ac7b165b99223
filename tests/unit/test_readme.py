"""The README says what is true: its diagram, its commands, its states, its settings."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

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
