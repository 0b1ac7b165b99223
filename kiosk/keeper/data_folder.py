"""The folder of what is kept: it has one keeper at a time.

Two keepers that shared it would share the device's key, and each would take the other's canaries
for traces of its own visits.
"""

from __future__ import annotations

import fcntl
import os
from pathlib import Path


class DataFolderTaken(Exception):
    """Say that a keeper that lives has the folder. `code` is stable, `path` is the folder."""

    code = "data-folder-taken"

    def __init__(self, path: Path) -> None:
        super().__init__(self.code, str(path))
        self.path = path


class DataFolder:
    """A folder that is ours until it is given back, or until this process ends, however it does.

    The lock is the kernel's (flock(2)) and lies on the folder itself: it leaves no file behind,
    and no start after a kill finds a lock without an owner. Programs started meanwhile do not
    inherit it.
    """

    def __init__(self, path: Path, descriptor: int) -> None:
        self.path = path
        self._descriptor = descriptor

    @classmethod
    def take(cls, path: Path) -> DataFolder:
        """Make the folder where it is missing, and take it.

        Raises DataFolderTaken, and OSError where it cannot be made or locked.
        """
        path.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            os.close(descriptor)
            raise DataFolderTaken(path) from error
        except OSError:
            os.close(descriptor)
            raise
        return cls(path, descriptor)

    def give_back(self) -> None:
        """Let another keeper have it."""
        os.close(self._descriptor)
