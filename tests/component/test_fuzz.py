"""The fuzzer itself, for a moment on each target; ten minutes of each are `./relais fuzz`."""

import importlib.util
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import RealParts
from tests.contract.card_stack import REPOSITORY
from tests.fuzz.corpus import NAMES

SECONDS = 6
BROKEN = """
import sys
from device.card import birth_date
def raises(text):
    if len(text) > 12 and text[5] == "A":
        raise KeyError(text)
    return real(text)
real, birth_date.parse_birth_date = birth_date.parse_birth_date, raises
sys.argv = ["one", "dates", *sys.argv[1:]]
from tests.fuzz import one
one.main()
"""


@pytest.fixture
def atheris(real_parts: RealParts) -> str:
    if importlib.util.find_spec("atheris") is None:
        pytest.skip("atheris has no wheel for this machine")
    real_parts.used("atheris")
    return "atheris"


@pytest.mark.parametrize("name", NAMES)
def test_a_moment_of_fuzzing_finds_nothing(atheris: str, name: str, tmp_path: Path) -> None:
    del atheris
    ended = subprocess.run(
        [
            *(sys.executable, "-m", "tests.fuzz", "--target", name),
            *("--seconds", str(SECONDS), "--finds", str(tmp_path)),
        ],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=False,
    )

    assert ended.returncode == 0, ended.stderr[-2000:]
    runs = re.search(r"stat::number_of_executed_units:\s*(\d+)", ended.stderr)
    assert runs is not None
    assert int(runs[1]) > 100
    assert list(tmp_path.iterdir()) == []


def test_a_broken_parser_is_found(atheris: str, tmp_path: Path) -> None:
    # The positive control: a fault that honest dates do not meet.
    del atheris
    for folder in ("fresh", "seeds", "finds"):
        (tmp_path / folder).mkdir()

    ended = subprocess.run(
        [
            *(sys.executable, "-c", BROKEN),
            *(str(tmp_path / "fresh"), str(tmp_path / "seeds"), "-max_total_time=60"),
            f"-artifact_prefix={tmp_path}/finds/",
        ],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=False,
    )

    assert ended.returncode != 0
    assert "KeyError" in ended.stderr + ended.stdout
    assert list((tmp_path / "finds").iterdir())
