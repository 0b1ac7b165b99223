"""Walking, emptying and searching a folder without ever following a link out of it."""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from kiosk.wipe.scan import Scan

_CHUNK: Final = 1 << 20
_FOLDER: Final = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_FILE: Final = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
Chosen = Callable[[str, os.stat_result], bool]


@contextlib.contextmanager
def opened(path: str | Path, flags: int, *, folder: int | None = None) -> Iterator[int]:
    """Open for the length of a `with`; raises OSError (ELOOP or ENOTDIR for a link)."""
    descriptor = os.open(path, flags, dir_fd=folder)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def empty_tree(root: Path, *, keeps: str = "") -> None:
    """Remove all that is in `root`, not `root` itself; nothing to do where it does not exist.

    keeps: the name of one file in `root` that stays.
    Raises OSError where something cannot be removed or `root` is a link.
    """
    with contextlib.suppress(FileNotFoundError), opened(root, _FOLDER) as folder:
        _empty(folder, keeps)


def _empty(folder: int, keeps: str = "") -> None:
    for entry in list(os.scandir(folder)):
        if entry.name == keeps:
            continue
        # Somebody else may have removed it first, which is as good.
        with contextlib.suppress(FileNotFoundError):
            if entry.is_dir(follow_symlinks=False):
                with opened(entry.name, _FOLDER, folder=folder) as below:
                    _empty(below)
                os.rmdir(entry.name, dir_fd=folder)
            else:
                os.unlink(entry.name, dir_fd=folder)


def truncate_tree(root: Path) -> None:
    """Make every file in `root` empty and keep it: who has it open goes on writing to it.

    Raises OSError where one cannot be written or `root` is a link.
    """
    with contextlib.suppress(FileNotFoundError), opened(root, _FOLDER) as folder:
        _truncate(folder)


def _truncate(folder: int) -> None:
    for entry in list(os.scandir(folder)):
        with contextlib.suppress(FileNotFoundError):
            if entry.is_dir(follow_symlinks=False):
                with opened(entry.name, _FOLDER, folder=folder) as below:
                    _truncate(below)
            elif entry.is_file(follow_symlinks=False):
                flags = os.O_WRONLY | os.O_NOFOLLOW | os.O_CLOEXEC
                with opened(entry.name, flags, folder=folder) as file:
                    os.ftruncate(file, 0)


def _everything(_name: str, _state: os.stat_result) -> bool:
    return True


def search_tree(root: Path, scan: Scan, is_chosen: Chosen = _everything) -> None:
    """Search names, targets of links and contents of all files in `root`.

    `is_chosen` is asked for each entry (name, lstat); a folder refused is not entered.
    What vanishes meanwhile is not there. Raises OSError where something cannot be read.
    """
    with contextlib.suppress(FileNotFoundError), opened(root, _FOLDER) as folder:
        _search(folder, scan, is_chosen)


def _search(folder: int, scan: Scan, is_chosen: Chosen) -> None:
    for name in os.listdir(folder):
        with contextlib.suppress(FileNotFoundError):
            state = os.stat(name, dir_fd=folder, follow_symlinks=False)
            if stat.S_ISDIR(state.st_mode):
                if is_chosen(name, state):
                    _feed(scan, os.fsencode(name))
                    with opened(name, _FOLDER, folder=folder) as below:
                        _search(below, scan, is_chosen)
                continue
            if not is_chosen(name, state):
                continue
            _feed(scan, os.fsencode(name))
            if stat.S_ISLNK(state.st_mode):
                _feed(scan, os.fsencode(os.readlink(name, dir_fd=folder)))
            elif stat.S_ISREG(state.st_mode):
                with opened(name, _FILE, folder=folder) as file:
                    search_file(file, scan)


def search_file(file: int, scan: Scan) -> None:
    """Search the whole of an open file. Raises OSError."""
    at = 0
    while chunk := os.pread(file, _CHUNK, at):
        scan.feed(chunk)
        at += len(chunk)
    scan.cut()


def _feed(scan: Scan, name: bytes) -> None:
    scan.feed(name)
    scan.cut()
