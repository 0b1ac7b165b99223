"""Where the kept inputs of each target lie."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

FOLDER = Path(__file__).with_name("corpus")
NAMES = ("replies", "tlv", "dates", "certificates", "signatures")


def inputs(name: str) -> Iterator[bytes]:
    """Yield what is kept of a target, in a steady order."""
    for path in sorted((FOLDER / name).iterdir()):
        yield path.read_bytes()
