"""The folder of one run, in memory: everything a visit writes lies under it.

A marker in it names the keeper that made it. Nothing of a run is cleared outside a folder that
bears the mark of the keeper that asks for it, and what a keeper left behind that is gone can be
told from the folder of another one that still runs.

A folder gets its name when its marker is in it, and loses the marker last. So one that has our
name and no whole marker is nobody's: what is left of a run whose marker was lost.
"""

from __future__ import annotations

import contextlib
import json
import os
import stat
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from kiosk.wipe.processes import Process, is_alive, read_process
from kiosk.wipe.sinks.tree import empty_tree

PREFIX: Final = "relais-run-"
# What a folder is called until its marker is in it; nothing else is ever written there.
_UNMARKED: Final = "relais-new-"
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
        boot = read_boot()
        unnamed = _make_marked(parent, {"boot": boot, "pid": keeper.pid, "start": keeper.start})
        path = parent / f"{PREFIX}{unnamed.name.removeprefix(_UNMARKED)}"
        unnamed.rename(path)
        return cls(path, keeper, boot)

    @classmethod
    def plant(cls, path: Path, canary_of: Process | None) -> None:
        """Make one as a keeper of another boot would have left it. Raises OSError."""
        owner = canary_of and {"pid": canary_of.pid, "start": canary_of.start}
        marker = {"boot": "", "pid": 0, "start": 0, "canary_of": owner}
        unnamed = _make_marked(path.parent, marker)
        try:
            unnamed.rename(path)
        except OSError:
            # Planted before: its marker says the same.
            remove_run(unnamed)
            if not path.is_dir():
                raise

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


def remove_run(path: Path) -> None:
    """Remove a run folder and all that is in it, its marker last. Raises OSError.

    Whoever is interrupted here leaves a folder that still says whose it was.
    """
    empty_tree(path, keeps=_MARKER)
    (path / _MARKER).unlink(missing_ok=True)
    # Another keeper that starts may be as quick.
    with contextlib.suppress(FileNotFoundError):
        path.rmdir()


def abandoned_runs(parent: Path) -> Iterator[RunFolder]:
    """Find the run folders in `parent` whose keeper is gone, canaries included. Raises OSError.

    Those without a whole marker are among them, as of no keeper and no boot.
    """
    for path in sorted(parent.glob(f"{PREFIX}*")):
        with contextlib.suppress(FileNotFoundError):
            folder = _open_unmarked(path)
            if folder is not None and folder.is_abandoned():
                yield folder


def _open_unmarked(path: Path) -> RunFolder | None:
    with contextlib.suppress(RunFolderError):
        return RunFolder.open(path)
    state = path.lstat()
    if not stat.S_ISDIR(state.st_mode) or state.st_uid != os.getuid():
        return None
    return RunFolder(path, Process(0, 0), "")


def _make_marked(parent: Path, marker: Mapping[str, object]) -> Path:
    path = Path(tempfile.mkdtemp(prefix=_UNMARKED, dir=parent))
    try:
        (path / _MARKER).write_text(json.dumps(marker))
    except OSError:
        remove_run(path)
        raise
    return path
