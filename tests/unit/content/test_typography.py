"""What residents read is set with the signs of a printed page, in content as in the catalogue."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3] / "kiosk"
TEXTS = [*sorted((ROOT / "content").rglob("*.yaml")), *sorted(ROOT.glob("translations/*/*/*.po"))]
STRAIGHT = re.compile(r"(?<=[^\W\d_])'(?=[^\W\d_])")


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_an_apostrophe_is_no_typewriters(path: Path) -> None:
    lines = path.read_text(encoding="utf-8").splitlines()
    told = [line for line in lines if not line.lstrip().startswith("#") and "http" not in line]
    assert [] == [line.strip() for line in told if STRAIGHT.search(line)]


def test_the_control_a_typewriters_apostrophe_is_seen() -> None:
    assert STRAIGHT.search("l'aide")
    assert not STRAIGHT.search("l’aide 'quoted' words")
