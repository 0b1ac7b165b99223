"""`./relais doctor`: what it prints, and the status it ends with."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from device.doctor.report import Check, Finding, Keyword, Report, Result
from provisioning.doctor.__main__ import as_json, as_text, status
from provisioning.doctor.words import DoctorWords
from tests.unit.doctor.stage import Bench, deck
from tests.unit.doctor.test_findings import ROWS

ROOT = Path(__file__).resolve().parents[3]
README = (ROOT / "README.md").read_text(encoding="utf-8")
WORDS = DoctorWords()
STATUS = {
    "nothing on the bus": 3,
    "an ACR38U": 3,
    "only a wireless reader": 3,
    "no card": 4,
    "a bank card": 5,
    "mute": 6,
    "not activated": 6,
    "pcscd is down": 7,
    "polkit says no": 7,
}


def report(folder: Path, name: str) -> Report:
    """Return the report of a bench of the findings' table."""
    given = {key: value() if callable(value) else value for key, value in ROWS[name][0].items()}
    return Bench(folder, **given).examined()


@pytest.mark.parametrize("name", ROWS)
def test_every_fault_has_its_sentence_and_what_to_do_next(tmp_path: Path, name: str) -> None:
    made = report(tmp_path, name)
    assert made.verdict is not None

    first, second, *_ = as_text(made, WORDS).splitlines()

    assert first == WORDS.says(made.verdict)
    assert second.startswith("Next: ")
    assert len(second) > 12
    assert "{" not in as_text(made, WORDS)


@pytest.mark.parametrize("name", STATUS)
def test_the_status_tells_what_kind_of_fault_it_is(tmp_path: Path, name: str) -> None:
    assert STATUS[name] == status(report(tmp_path, name))


def test_every_check_has_a_line(tmp_path: Path) -> None:
    made = Bench(tmp_path, card=deck().content("telma")).examined()

    text = as_text(made, WORDS)

    assert text.startswith(WORDS.fine() + "\n")
    assert [check.value for check in Check] == re.findall(r"^  ([a-z]+) ", text, re.MULTILINE)
    assert all(len(line) <= 92 for line in text.splitlines())
    assert status(made) == 0


@pytest.mark.parametrize("check", [Check.BUS, Check.SERVICE, Check.CARD, Check.EXPIRY])
@pytest.mark.parametrize("keyword", [Keyword.TOO_SLOW, Keyword.FELL_OVER])
def test_where_it_can_hang_there_are_words_for_it(check: Check, keyword: Keyword) -> None:
    finding = Finding(check, Result.WRONG, keyword)
    assert WORDS.says(finding)
    assert WORDS.next(finding)


def test_the_object_says_what_the_text_says(tmp_path: Path) -> None:
    made = report(tmp_path, "an ACR38U")

    told = json.loads(as_json(made, WORDS))

    assert {"status", "verdict", "says", "next", "findings"} == set(told)
    assert told["status"] == 3
    assert {
        "check": "driver",
        "result": "wrong",
        "keyword": "other-driver",
        "data": {"model": "ACS ACR38U", "package": "libacsccid1"},
    } == told["verdict"]
    assert told["says"] in as_text(made, WORDS)
    assert [check.value for check in Check] == [one["check"] for one in told["findings"]]


def test_the_statuses_of_the_readme_are_the_ones_there_are(tmp_path: Path) -> None:
    section = README.partition("## When the card reader does not work")[2].partition("\n## ")[0]
    assert {0, *STATUS.values()} == {int(n) for n in re.findall(r"^\| (\d) \|", section, re.M)}
    for option in re.findall(r"`(--[a-z]+)", section):
        assert option in ("--json", "--reader")


def test_the_command_works_where_there_is_no_pcscd(tmp_path: Path) -> None:
    made = subprocess.run(
        [sys.executable, "-m", "provisioning.doctor", "--json"],
        cwd=ROOT,
        env={**os.environ, "PCSCLITE_CSOCK_NAME": str(tmp_path / "none")},
        capture_output=True,
        text=True,
        check=False,
    )

    told = json.loads(made.stdout)
    assert made.returncode == told["status"] != 0
    # A machine of the tests may have no USB reader, or one.
    assert told["verdict"]["keyword"] in ("nothing-plugged", "not-listed", "not-running")
    assert made.stderr == ""
