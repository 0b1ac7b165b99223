"""What an earlier run left behind that did not come to its end: power loss, a killed keeper."""

from __future__ import annotations

import os
from collections.abc import Collection
from pathlib import Path
from typing import Final

from kiosk.wipe.needles import Needles
from kiosk.wipe.processes import RUN_VARIABLE, Process, has_variable, read_table
from kiosk.wipe.run_folder import (
    PREFIX,
    RunFolder,
    RunFolderError,
    abandoned_runs,
    remove_run,
)
from kiosk.wipe.scan import Scan
from kiosk.wipe.sinks.planted import PlantedSink, as_kept
from kiosk.wipe.sinks.sink import Finding
from kiosk.wipe.sinks.tree import search_file, search_tree

_CANARY: Final = ".canary."


def orphans_of_abandoned_runs(parent: Path) -> frozenset[Process]:
    """Find the processes that a run without a keeper started and that still live."""
    runs = [str(folder.path) for folder in abandoned_runs(parent)]
    if not runs:
        return frozenset()
    return frozenset(
        row.process
        for row in read_table().values()
        if not row.is_dead
        and row.process.pid != os.getpid()
        and any(has_variable(row.process.pid, RUN_VARIABLE, run) for run in runs)
    )


class LeftoversSink(PlantedSink):
    """The run folders of keepers that are gone. Folders of living ones are not looked at.

    keeper: whose search this is; what another living one has planted for its own is left alone.
    """

    def __init__(self, name: str, parent: Path, keeper: Process | None = None) -> None:
        super().__init__(name, parent, f"{PREFIX}canary")
        self._keeper = keeper

    def plant(self, canary: str) -> None:
        """Leave an abandoned run folder with the canary in it. Raises OSError."""
        folder = self._path(canary)
        RunFolder.plant(folder, self._keeper)
        (folder / "canary").write_bytes(as_kept(canary))

    def clear(self) -> None:
        """Remove abandoned run folders and canaries beside them. Raises OSError."""
        for folder in self._abandoned():
            remove_run(folder.path)
        for path in self._lone_canaries():
            path.unlink(missing_ok=True)

    def find(self, needles: Needles) -> Finding:
        """Search them. Raises OSError."""
        scan = Scan(needles)
        for folder in self._abandoned():
            search_tree(folder.path, scan)
        for path in self._lone_canaries():
            with path.open("rb") as file:
                search_file(file.fileno(), scan)
        return Finding(scan.hits, scan.control_hits)

    def _abandoned(self) -> list[RunFolder]:
        found = abandoned_runs(self._root)
        return [folder for folder in found if not folder.is_of_another(self._keeper)]

    def _take_out(self, word: str) -> None:
        remove_run(self._path(word))

    def _lone_canaries(self) -> list[Path]:
        return [
            path
            for path in self._root.glob(f"{PREFIX}*{_CANARY}*")
            if path.lstat().st_uid == os.getuid()
            and not _is_run(path.with_name(path.name.partition(_CANARY)[0]))
        ]


def _is_run(path: Path) -> bool:
    try:
        return not RunFolder.open(path).is_abandoned()
    except RunFolderError:
        return False


class DataSink(PlantedSink):
    """The data partition: nothing may be there that the list of permitted files does not name.

    It is searched and reported, not emptied: what a place needs to run lies there.
    """

    def __init__(self, name: str, root: Path, permitted: Collection[str]) -> None:
        super().__init__(name, root, ".canary")
        self._permitted = frozenset(permitted)

    def find(self, needles: Needles) -> Finding:
        """Search all files, and count the ones not permitted. Raises OSError.

        A permitted name is a path below the folder; one that ends in a slash permits all in it.
        """
        scan = Scan(needles)
        search_tree(self._root, scan)
        strangers = sum(
            not self._is_permitted(path) for path in self._root.rglob("*") if not path.is_dir()
        )
        return Finding(scan.hits, scan.control_hits, other=strangers)

    def _is_permitted(self, path: Path) -> bool:
        name = str(path.relative_to(self._root))
        # Canaries are found by their content.
        return name.startswith(_CANARY) or any(
            name == permitted or (permitted.endswith("/") and name.startswith(permitted))
            for permitted in self._permitted
        )
