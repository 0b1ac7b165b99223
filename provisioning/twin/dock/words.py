"""The dock's own small catalogue: words.toml, one table a language."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path

CATALOGUE = Path(__file__).with_name("words.toml")
Words = Mapping[str, str]


def load_words(path: Path = CATALOGUE) -> Mapping[str, Words]:
    """Return language code -> message id -> sentence."""
    return tomllib.loads(path.read_text("utf-8"))
