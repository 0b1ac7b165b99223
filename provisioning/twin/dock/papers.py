"""The papers that came out of the twin's printer, as pictures."""

from __future__ import annotations

import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

_NAME = re.compile(r"[0-9]{1,9}\.(pdf|png)")
_LIMIT_S = 10
_PAGES_LIMIT = 50
_SHOWN = 12


@dataclass(frozen=True)
class Paper:
    """One printed document: its file name (a number, never a person's), and when it changed."""

    name: str
    changed_ns: int


class Papers:
    """Read the printer's output folder at each question; remember nothing."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def newest(self) -> tuple[Paper, ...]:
        """Return the last papers, the newest first."""
        try:
            found = [
                Paper(path.name, path.stat().st_mtime_ns)
                for path in self._folder.iterdir()
                if _NAME.fullmatch(path.name)
            ]
        except OSError:
            # The wipe empties the folder while we look.
            return ()
        found.sort(key=lambda paper: (paper.changed_ns, paper.name), reverse=True)
        return tuple(found[:_SHOWN])

    def pages(self, untrusted_name: str) -> int:
        """Return how many pages a paper has; 0 for one that is not there."""
        path = self._path(untrusted_name)
        if path is None:
            return 0
        if path.suffix == ".png":
            return 1
        told = _run(["pdfinfo", str(path)])
        match = re.search(rb"^Pages:\s+([0-9]+)", told, re.MULTILINE)
        return min(int(match[1]), _PAGES_LIMIT) if match else 0

    def picture(self, untrusted_name: str, page: int, width: int) -> bytes:
        """Return one page as PNG, `width` pixels wide; empty for one that is not there."""
        path = self._path(untrusted_name)
        if path is None or not 1 <= page <= _PAGES_LIMIT:
            return b""
        if path.suffix == ".png":
            return path.read_bytes()
        span = ["-f", str(page), "-l", str(page)]
        size = ["-scale-to-x", str(width), "-scale-to-y", "-1"]
        # Without a name for its pictures it writes to standard output; "-" would be a name.
        return _run(["pdftoppm", "-png", *span, *size, str(path)])

    def _path(self, untrusted_name: str) -> Path | None:
        if not _NAME.fullmatch(untrusted_name):
            return None
        path = self._folder / untrusted_name
        return path if path.is_file() and not path.is_symlink() else None


def _run(command: list[str]) -> bytes:
    try:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=_LIMIT_S,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return b""
    return done.stdout if done.returncode == 0 else b""
