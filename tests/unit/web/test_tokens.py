"""Every pair of colours that carries words keeps 7:1, computed from the tokens themselves."""

from __future__ import annotations

import re
from itertools import product

import pytest

from kiosk.web.assets import FOLDER

PAIRS = (
    *product(("ink", "soft"), ("paper", "card")),
    *product(("ink",), ("mint", "sky", "rose", "lilac")),
    *product(("petrol",), ("paper", "card")),
    ("on-petrol", "petrol"),
    ("on-sun", "sun"),
    ("on-helper", "helper"),
    ("on-stop", "stop"),
)


def tokens(contrast: str) -> dict[str, str]:
    """Return the colours of a contrast: those of paper, overruled by its own."""
    sheet = (FOLDER / "tokens.css").read_text(encoding="utf-8")
    paper, night = re.findall(r"\{(.*?)\}", sheet, re.DOTALL)
    found = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", paper))
    if contrast == "night":
        found |= dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", night))
    return found


def luminance(colour: str) -> float:
    """Return the relative luminance of `#rrggbb` (WCAG 2.2)."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("contrast", ["paper", "night"])
@pytest.mark.parametrize(("front", "back"), PAIRS)
def test_words_keep_seven_to_one(contrast: str, front: str, back: str) -> None:
    colours = tokens(contrast)
    low, high = sorted((luminance(colours[front]), luminance(colours[back])))
    assert (high + 0.05) / (low + 0.05) >= 7
