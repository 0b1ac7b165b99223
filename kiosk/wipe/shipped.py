"""What the image and the permanence hold anyway: a value found there proves nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from kiosk.wipe.needles import Fold, Needle


class Shipped:
    """Files and folders of texts, read once at the first question.

    A path that does not exist is empty. Raises OSError where one cannot be read.
    """

    def __init__(self, paths: Iterable[Path]) -> None:
        self._paths = tuple(paths)
        self._texts: dict[Fold, bytes] = {}

    def knows(self, needle: Needle) -> bool:
        """Tell whether a needle occurs in one of the files."""
        if needle.fold not in self._texts:
            # "!" is never folded away, so no value lies across the border of two files.
            self._texts[needle.fold] = b"!".join(
                needle.fold.apply(file.read_bytes()) for file in _files(self._paths)
            )
        return needle.content in self._texts[needle.fold]


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
