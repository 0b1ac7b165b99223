"""Words planted in a folder as files, the way a visit would leave them."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path


def as_kept(word: str) -> bytes:
    """Return a word as programs keep it: UTF-8 and UTF-16."""
    return word.encode() + b"\n" + word.encode("utf-16-le")


class PlantedSink:
    """What sinks of files share: one file a word, `plant_as` and the word's last letters.

    plant_as: a name below `root`, with its folders.
    """

    def __init__(self, name: str, root: Path, plant_as: str) -> None:
        self._name = name
        self._root = root
        self._plant_as = plant_as

    @property
    def name(self) -> str:
        """The name of the place."""
        return self._name

    def plant(self, canary: str) -> None:
        """Leave a file with it. Raises OSError."""
        path = self._path(canary)
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.write_bytes(as_kept(canary))

    @contextlib.contextmanager
    def control(self, word: str) -> Iterator[None]:
        """Have such a file for a search. Raises OSError."""
        self.plant(word)
        try:
            yield
        finally:
            self._take_out(word)

    def clear(self) -> None:
        """Remove what was planted. Raises OSError."""
        for path in self._root.glob(f"{self._plant_as}.*"):
            path.unlink(missing_ok=True)

    def _take_out(self, word: str) -> None:
        self._path(word).unlink(missing_ok=True)

    def _path(self, word: str) -> Path:
        return self._root / f"{self._plant_as}.{word[-8:]}"
