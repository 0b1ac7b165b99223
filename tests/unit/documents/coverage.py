"""Read the character maps of the shipped fonts, for the test and for renewing the list.

After changing a font: ``python -m tests.unit.documents.coverage`` writes ``coverage.txt`` anew.
"""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

from fontTools.ttLib import TTFont

import kiosk.documents

FONTS = Path(kiosk.documents.__file__).parent / "fonts"
HEADER = "# first and last code point, in hex, that every weight of a family draws"


def code_points() -> set[int]:
    """Collect what every weight of at least one family can draw."""
    families: dict[str, list[set[int]]] = defaultdict(list)
    for path in sorted([*FONTS.glob("*.ttf"), *FONTS.glob("*.otf")]):
        with TTFont(path) as font:
            families[path.stem.split("-")[0]].append(set(font.getBestCmap()))
    return set().union(*(set.intersection(*weights) for weights in families.values()))


def as_lines(points: set[int]) -> str:
    """Write code points as ranges, one per line."""
    ranges: list[list[int]] = []
    for point in sorted(points):
        if ranges and ranges[-1][1] == point - 1:
            ranges[-1][1] = point
        else:
            ranges.append([point, point])
    return "\n".join([HEADER, *(f"{first:x} {last:x}" for first, last in ranges)]) + "\n"


if __name__ == "__main__":
    (FONTS / "coverage.txt").write_text(as_lines(code_points()), encoding="ascii")
