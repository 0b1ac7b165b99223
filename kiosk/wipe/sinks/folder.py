"""Folders in memory: run folder, spool, logs, browser profile, output of a simulated printer."""

from __future__ import annotations

from pathlib import Path

from kiosk.wipe.needles import Needles
from kiosk.wipe.scan import Scan
from kiosk.wipe.sinks.planted import PlantedSink
from kiosk.wipe.sinks.sink import Finding
from kiosk.wipe.sinks.tree import empty_tree, search_tree, truncate_tree


class FolderSink(PlantedSink):
    """A folder whose whole content is of the visit.

    plant_as: the name, with its folders, under which this place would keep a visit's content;
    the last letters of the word are added to it. keeps_files: files are emptied and stay, for
    logs that somebody holds open; only those named after `plant_as` go.
    """

    def __init__(
        self, name: str, root: Path, plant_as: str = "canary", *, keeps_files: bool = False
    ) -> None:
        super().__init__(name, root, plant_as)
        self._keeps_files = keeps_files

    def clear(self) -> None:
        """Empty the folder; it stays itself. Raises OSError."""
        if self._keeps_files:
            truncate_tree(self._root)
            # What was planted beside the logs has no writer, and would pile up visit by visit.
            super().clear()
        else:
            empty_tree(self._root)

    def find(self, needles: Needles) -> Finding:
        """Search all files, names and links in it. Raises OSError."""
        scan = Scan(needles)
        search_tree(self._root, scan)
        return Finding(scan.hits, scan.control_hits)
