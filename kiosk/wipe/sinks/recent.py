"""A folder that is not ours alone, such as /dev/shm: only what is ours and new is looked at."""

from __future__ import annotations

import contextlib
import os
import stat
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from kiosk.wipe.needles import Needles
from kiosk.wipe.run_folder import RunFolder, RunFolderError
from kiosk.wipe.scan import Scan
from kiosk.wipe.sinks.planted import PlantedSink
from kiosk.wipe.sinks.sink import Finding
from kiosk.wipe.sinks.tree import search_tree

# The clock of a file system ticks coarser than ours.
_SLACK_S: Final = 2.0


@dataclass(frozen=True)
class Moment:
    """One moment on the wall's clock and on the machine's (seconds since boot)."""

    wall_s: float
    boot_s: float

    @classmethod
    def now(cls) -> Moment:
        """Return this moment."""
        return cls(time.time(), time.clock_gettime(time.CLOCK_BOOTTIME))

    def earliest_wall_s(self, now: Moment) -> float:
        """Return the earliest time that a file written since then can bear.

        The wall's clock may have been set in between, in either direction.
        """
        return min(self.wall_s, now.wall_s - (now.boot_s - self.boot_s)) - _SLACK_S


class RecentSink(PlantedSink):
    """What our user, or for root anybody, changed in a shared folder since the visit began.

    It is searched, and only what was planted is removed: on a laptop the rest belongs to
    somebody. A run folder of another run is left out.
    """

    def __init__(self, name: str, root: Path, began: Moment, own: Path) -> None:
        super().__init__(name, root, f"{own.name}.canary")
        self._began = began
        self._own = own

    def find(self, needles: Needles) -> Finding:
        """Search what is ours and new. Raises OSError."""
        scan = Scan(needles)
        earliest = self._began.earliest_wall_s(Moment.now())
        user = os.getuid()

        def is_ours(name: str, state: os.stat_result) -> bool:
            # Root's browsers are other users, and what they leave here is of the visit too.
            if user and state.st_uid != user:
                return False
            if stat.S_ISDIR(state.st_mode):
                # A file deep inside can be new though the folder is old.
                return not self._is_other_run(name)
            return max(state.st_ctime, state.st_mtime) >= earliest

        search_tree(self._root, scan, is_ours)
        return Finding(scan.hits, scan.control_hits)

    def _is_other_run(self, name: str) -> bool:
        with contextlib.suppress(RunFolderError):
            return RunFolder.open(self._root / name).path != self._own
        return False
