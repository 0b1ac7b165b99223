"""Folders in memory: run folder, spool, logs, browser profile, output of a simulated printer."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

from kiosk.wipe.needles import Needles
from kiosk.wipe.scan import Scan
from kiosk.wipe.sinks.sink import Finding
from kiosk.wipe.sinks.tree import empty_tree, search_tree, truncate_tree


class FolderSink:
    """A folder whose whole content is of the visit.

    plant_as: the name, with its folders, under which this place would keep a visit's content;
    the last letters of the word are added to it. keeps_files: files are emptied and stay, for
    logs that somebody holds open; only those named after `plant_as` go.
    """

    def __init__(
        self, name: str, root: Path, plant_as: str = "canary", *, keeps_files: bool = False
    ) -> None:
        self._name = name
        self._root = root
        self._plant_as = plant_as
        self._keeps_files = keeps_files

    @property
    def name(self) -> str:
        """The name of the place."""
        return self._name

    def plant(self, canary: str) -> None:
        """Write it as UTF-8 and UTF-16. Raises OSError."""
        path = self._path(canary)
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.write_bytes(canary.encode() + b"\n" + canary.encode("utf-16-le"))

    @contextlib.contextmanager
    def control(self, word: str) -> Iterator[None]:
        """Have a word there for a search. Raises OSError."""
        self.plant(word)
        try:
            yield
        finally:
            self._path(word).unlink(missing_ok=True)

    def clear(self) -> None:
        """Empty the folder; it stays itself. Raises OSError."""
        if self._keeps_files:
            truncate_tree(self._root)
            # What was planted beside the logs has no writer, and would pile up visit by visit.
            for planted in self._root.glob(f"{self._plant_as}.*"):
                planted.unlink(missing_ok=True)
        else:
            empty_tree(self._root)

    def find(self, needles: Needles) -> Finding:
        """Search all files, names and links in it. Raises OSError."""
        scan = Scan(needles)
        search_tree(self._root, scan)
        return Finding(scan.hits, scan.control_hits)

    def _path(self, word: str) -> Path:
        return self._root / f"{self._plant_as}.{word[-8:]}"
