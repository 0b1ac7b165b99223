"""The policy of tests/conftest.py, tried in a run of pytest of its own."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]

SKIPPING = """
import pytest
@pytest.mark.real
def test_one(real_parts):
    real_parts.used("pcscd 1.9.9")
    {body}
"""


def run_pytest(folder: Path, test: str, **settings: str) -> tuple[int, str]:
    """Run `test` under a copy of our conftest; return the status and what it printed."""
    (folder / "conftest.py").write_text((TESTS / "conftest.py").read_text())
    (folder / "test_it.py").write_text(test)
    (folder / "pytest.ini").write_text("[pytest]\nmarkers =\n    real: r\n    journey: j\n")
    outside = {"CI", "RELAIS_NO_SKIPS", "RELAIS_TEST_REPORT", "PYTEST_ADDOPTS"}
    kept = {name: value for name, value in os.environ.items() if name not in outside}
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-ra", "-p", "no:cacheprovider", "."],
        cwd=folder,
        env={**kept, **settings},
        capture_output=True,
        text=True,
        check=False,
    )
    return run.returncode, run.stdout


def test_a_skipped_real_part_is_a_skip_on_a_laptop(tmp_path: Path) -> None:
    status, words = run_pytest(tmp_path, SKIPPING.format(body='pytest.skip("no reader")'))

    assert status == 0
    assert "1 skipped" in words.splitlines()[-1]


@pytest.mark.parametrize("setting", [{"CI": "true"}, {"RELAIS_NO_SKIPS": "1"}])
def test_a_skipped_real_part_is_a_failure_in_ci(tmp_path: Path, setting: dict[str, str]) -> None:
    test = SKIPPING.format(body='pytest.skip("no reader")')

    status, words = run_pytest(tmp_path, test, **setting)

    assert status == 1
    assert "1 failed" in words.splitlines()[-1]
    assert "skipped, which is a failure here: Skipped: no reader" in words


def test_who_records_real_parts_needs_no_mark_for_that(tmp_path: Path) -> None:
    test = SKIPPING.format(body='pytest.skip("no reader")').replace("@pytest.mark.real\n", "")

    status, words = run_pytest(tmp_path, test, CI="true")

    assert status == 1
    assert "1 failed" in words.splitlines()[-1]


def test_a_journey_that_skips_its_whole_module_is_a_failure_in_ci(tmp_path: Path) -> None:
    test = 'import pytest\npytest.skip("no browser", allow_module_level=True)\n'

    status, words = run_pytest(tmp_path, test, CI="true")

    assert status != 0
    assert "1 error" in words.splitlines()[-1]


def test_a_skip_of_what_is_not_real_stays_a_skip_in_ci(tmp_path: Path) -> None:
    test = "import pytest\ndef test_one():\n    pytest.skip('only on arm')\n"

    status, words = run_pytest(tmp_path, test, CI="true")

    assert status == 0
    assert "1 skipped" in words.splitlines()[-1]


def test_the_last_lines_name_the_real_parts_and_the_count(tmp_path: Path) -> None:
    _, words = run_pytest(tmp_path, SKIPPING.format(body="assert True"))

    *_, parts, count = words.splitlines()
    assert parts == "Real parts used: pcscd 1.9.9"
    assert "1 passed" in count


def test_a_report_holds_the_counts_and_the_parts(tmp_path: Path) -> None:
    report = tmp_path / "report.json"

    run_pytest(tmp_path, SKIPPING.format(body="assert False"), RELAIS_TEST_REPORT=str(report))

    expected = {"counts": {"failed": 1}, "real_parts": ["pcscd 1.9.9"]}
    assert expected == json.loads(report.read_text())
