"""What the machine holds without any visit: a value found there proves nothing.

The image, the permanence's own words, and what the keeper was started with: a visitor may be
called as the helper of the day, or as the owner of the laptop.
"""

from __future__ import annotations

import contextlib
import os
import pwd
from collections.abc import Iterable, Iterator
from pathlib import Path

from kiosk.wipe.needles import Fold, Needle
from kiosk.wipe.processes import Process


class Shipped:
    """Files and folders of texts, read once at the first question, and words beside them.

    A path that does not exist is empty. Raises OSError where one cannot be read.
    """

    def __init__(self, paths: Iterable[Path], words: Iterable[bytes] = ()) -> None:
        self._paths = tuple(paths)
        self._words = tuple(words)
        self._texts: dict[Fold, bytes] = {}

    def knows(self, needle: Needle) -> bool:
        """Tell whether a needle occurs in one of the files."""
        if needle.fold not in self._texts:
            # "!" is never folded away, so no value lies across the border of two texts.
            texts = (*self._words, *(file.read_bytes() for file in _files(self._paths)))
            self._texts[needle.fold] = b"!".join(needle.fold.apply(text) for text in texts)
        return needle.content in self._texts[needle.fold]


def words_of_machine(keeper: Process) -> Iterator[bytes]:
    """Yield what the keeper was started with, before any visit: its environment, arguments, names.

    Names: of the machine and of the account it runs under.
    """
    for name in ("environ", "cmdline"):
        # Where it may not be read nothing is excused.
        with contextlib.suppress(OSError):
            yield from Path(f"/proc/{keeper.pid}/{name}").read_bytes().split(b"\0")
    yield os.uname().nodename.encode()
    with contextlib.suppress(KeyError):
        account = pwd.getpwuid(os.getuid())
        yield from (text.encode() for text in (account.pw_name, account.pw_gecos, account.pw_dir))


class Programs:
    """Installed programs: read only when a word was found, to tell whether it is one of theirs.

    A surname can be that of an author, a given name that of an example in the library.
    """

    def __init__(self, paths: Iterable[Path]) -> None:
        self._paths = tuple(paths)

    def holding(self, needles: Iterable[Needle]) -> frozenset[Needle]:
        """Return those of the needles that occur in a program. Raises OSError."""
        unknown = set(needles)
        held: set[Needle] = set()
        for file in _files(self._paths):
            if not unknown:
                break
            content = file.read_bytes()
            texts = {fold: fold.apply(content) for fold in {needle.fold for needle in unknown}}
            held |= {needle for needle in unknown if needle.content in texts[needle.fold]}
            unknown -= held
        return frozenset(held)


def _files(paths: Iterable[Path]) -> Iterator[Path]:
    for path in paths:
        if path.is_file():
            yield path
        else:
            # A compiled module says what its source says.
            yield from (
                file
                for file in sorted(path.rglob("*"))
                if file.is_file() and "__pycache__" not in file.parts
            )
