"""The folder of one run, in memory: everything a visit writes lies under it.

A marker in it names the keeper that made it. Nothing is cleared outside a folder that bears the
mark of the keeper that asks for it, and what a keeper left behind that is gone can be told from
the folder of another one that still runs.
"""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from kiosk.wipe.processes import Process, is_alive, read_process

PREFIX: Final = "relais-run-"
_MARKER: Final = ".relais-run"


class RunFolderError(Exception):
    """Say that a folder is not a run folder of ours. `code` is stable."""

    code = "not-a-run-folder"


def read_boot() -> str:
    """Return the id of this boot of the machine (random(4))."""
    return Path("/proc/sys/kernel/random/boot_id").read_text().strip()


@dataclass(frozen=True)
class RunFolder:
    """One run folder and who made it. canary_of: whose search it is planted for, if for one."""

    path: Path
    keeper: Process
    boot: str
    canary_of: Process | None = None

    @classmethod
    def create(cls, parent: Path) -> RunFolder:
        """Make a run folder of the calling process in `parent`, which should be in memory.

        Raises OSError.
        """
        keeper = read_process(os.getpid())
        if keeper is None:
            raise RunFolderError
        path = Path(tempfile.mkdtemp(prefix=PREFIX, dir=parent))
        folder = cls(path, keeper, read_boot())
        marker = {"boot": folder.boot, "pid": keeper.pid, "start": keeper.start}
        (path / _MARKER).write_text(json.dumps(marker))
        return folder

    @classmethod
    def plant(cls, path: Path, canary_of: Process | None) -> None:
        """Make one as a keeper of another boot would have left it. Raises OSError."""
        path.mkdir(mode=0o700, exist_ok=True)
        owner = canary_of and {"pid": canary_of.pid, "start": canary_of.start}
        marker = {"boot": "", "pid": 0, "start": 0, "canary_of": owner}
        (path / _MARKER).write_text(json.dumps(marker))

    @classmethod
    def open(cls, path: Path) -> RunFolder:
        """Read the marker of a folder. Raises RunFolderError for any other folder.

        A link, a folder of another user and a folder without a whole marker are others.
        """
        try:
            if path.is_symlink() or path.stat().st_uid != os.getuid():
                raise RunFolderError
            untrusted = json.loads((path / _MARKER).read_text())
            keeper = Process(int(untrusted["pid"]), int(untrusted["start"]))
            planted = untrusted.get("canary_of")
            owner = Process(int(planted["pid"]), int(planted["start"])) if planted else None
            return cls(path, keeper, str(untrusted["boot"]), owner)
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise RunFolderError from error

    def is_abandoned(self) -> bool:
        """Tell whether the keeper that made it is gone."""
        return self.boot != read_boot() or not is_alive(self.keeper)

    def is_of_another(self, keeper: Process | None) -> bool:
        """Tell whether it is the canary of another keeper, which lives and will seek it."""
        owner = self.canary_of
        return owner is not None and owner != keeper and is_alive(owner)


def abandoned_runs(parent: Path) -> Iterator[RunFolder]:
    """Find the run folders in `parent` whose keeper is gone, canaries included. Raises OSError."""
    for path in sorted(parent.glob(f"{PREFIX}*")):
        with contextlib.suppress(RunFolderError):
            folder = RunFolder.open(path)
            if folder.is_abandoned():
                yield folder
