"""What of a wipe's word the keeper believes."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from kiosk.keeper.wiping import Ended, Wiper
from kiosk.wipe.run_folder import RunFolder, remove_run

# Says that all is clean, and ends as a clean wipe does; writes the stamp when it is told to. Where
# it would say in which places something was, it says for which visit it was told to wipe.
SAYS_CLEAN = """
import json, sys
from pathlib import Path
from kiosk.wipe.stamp import write_stamp
plan = json.loads(sys.stdin.read())
if sys.argv[1] == "stamped":
    write_stamp(Path(plan["stamp"]))
counts = dict.fromkeys(("sought", "places", "found", "not_searchable", "unseen"), 0)
print(json.dumps({"phase": "receipt", **counts, "where": [plan["visit"]], "took_ms": {}}))
"""


class ToldWiper(Wiper):
    """A wiper whose wipe does nothing but say."""

    how = ""

    def _popen(self, notes: int | None, *arguments: str) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [sys.executable, "-c", SAYS_CLEAN, self.how],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=Path(__file__).parents[3],
        )


@pytest.fixture
def run(tmp_path: Path) -> Iterator[RunFolder]:
    made = RunFolder.create(tmp_path)
    yield made
    remove_run(made.path)


@pytest.mark.parametrize(("how", "is_believed"), [("stamped", True), ("not stamped", False)])
def test_a_wipe_that_says_clean_is_believed_with_its_stamp_only(
    run: RunFolder, how: str, *, is_believed: bool
) -> None:
    # given the stamp of the wipe before
    wiper = ToldWiper(run, device_key=bytes(32), shipped=(), outside=tuple)
    (run.path / "wiped").write_text("of an earlier wipe")
    wiper.how = how
    # when
    wiper.turn_over()
    outcome = wiper.finish(wiper.start(None), Ended(None), (), lambda: None)
    # then
    expected = (True, "") if is_believed else (False, "wipe-unfinished")
    assert expected == (outcome.is_clean, outcome.fault)
    assert is_believed == (outcome.receipt is not None)


def test_a_visit_that_begins_takes_the_stamp(run: RunFolder) -> None:
    # given a machine that a clean wipe has opened
    wiper = ToldWiper(run, device_key=bytes(32), shipped=(), outside=tuple)
    wiper.how = "stamped"
    wiper.turn_over()
    wiper.finish(wiper.start(None), Ended(None), (), lambda: None)
    assert wiper.is_stamped()
    # when the canaries of the next visit are planted
    wiper.how = "not stamped"
    fault = wiper.plant(())
    # then whoever dies from now on leaves a machine that is closed
    assert fault == ""
    assert not wiper.is_stamped()


def test_a_stamp_that_cannot_be_taken_lets_no_visit_begin(run: RunFolder) -> None:
    # given a stamp that is no file
    wiper = ToldWiper(run, device_key=bytes(32), shipped=(), outside=tuple)
    (run.path / "wiped").mkdir()

    assert wiper.plant(()) == "wipe-unfinished"


def wiped_visit(wiper: ToldWiper, how: str) -> str:
    """Turn over; return the visit that the wipe was for."""
    wiper.how = how
    wiper.turn_over()
    (visit,) = wiper.finish(wiper.start(None), Ended(None), (), lambda: None).where
    return visit


def test_a_visit_stays_the_one_to_wipe_until_it_was_wiped_clean(run: RunFolder) -> None:
    # given
    wiper = ToldWiper(run, device_key=bytes(32), shipped=(), outside=tuple)
    first = wiper.visit
    # when it is not wiped clean, and is wiped again
    assert wiped_visit(wiper, "not stamped") == first
    comes_next = wiper.visit
    assert wiped_visit(wiper, "stamped") == first
    # then only the clean wipe makes the next one's turn
    assert wiper.visit == comes_next != first
    assert wiped_visit(wiper, "stamped") == comes_next
