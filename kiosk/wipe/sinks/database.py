"""The SQLite file, its write-ahead log and its shared index."""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from kiosk.wipe.needles import Needles
from kiosk.wipe.scan import Scan
from kiosk.wipe.sinks.sink import Finding, SinkError
from kiosk.wipe.sinks.tree import opened, search_file

_BUSY_S: Final = 2.0
_CONTROL: Final = "-control"
_PARTS: Final = ("", "-wal", "-shm", "-journal", _CONTROL)


class DatabaseSink:
    """A SQLite database on the data partition; its rows outlive the visit, anonymous as they are.

    A canary is a row of a table of its own, so it takes the way that every row takes: through
    the write-ahead log into the file.
    """

    def __init__(self, name: str, path: Path) -> None:
        self._name = name
        self._path = path

    @property
    def name(self) -> str:
        """The name of the place."""
        return self._name

    def plant(self, canary: str) -> None:
        """Write a row with it. Raises SinkError("database-failed")."""
        with self._connected() as database:
            database.execute("INSERT OR IGNORE INTO canary VALUES (?)", (canary,))

    @contextlib.contextmanager
    def control(self, word: str) -> Iterator[None]:
        """Have a file beside it: a row would overwrite what the search should find.

        Raises OSError.
        """
        path = self._part(_CONTROL)
        path.write_text(word)
        try:
            yield
        finally:
            path.unlink(missing_ok=True)

    def clear(self) -> None:
        """Delete canaries, empty the write-ahead log, overwrite what was deleted before.

        No other row is touched. Raises SinkError("database-failed").
        """
        self._part(_CONTROL).unlink(missing_ok=True)
        if not self._path.exists():
            return
        with self._connected() as database:
            database.execute("DELETE FROM canary")
            database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            # Pages that were freed without being overwritten; none while everybody who writes
            # has secure_delete on, so this costs nothing day by day.
            if database.execute("PRAGMA freelist_count").fetchone()[0]:
                database.execute("VACUUM")
                database.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def find(self, needles: Needles) -> Finding:
        """Search the bytes of the files, not the rows. Raises OSError."""
        scan = Scan(needles)
        for part in _PARTS:
            with (
                contextlib.suppress(FileNotFoundError),
                opened(self._part(part), os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC) as file,
            ):
                search_file(file, scan)
        return Finding(scan.hits, scan.control_hits)

    def _part(self, suffix: str) -> Path:
        return self._path.with_name(self._path.name + suffix)

    @contextlib.contextmanager
    def _connected(self) -> Iterator[sqlite3.Connection]:
        try:
            database = sqlite3.connect(self._path, timeout=_BUSY_S, isolation_level=None)
            try:
                database.execute("PRAGMA journal_mode = WAL")
                database.execute("PRAGMA synchronous = FULL")
                database.execute("PRAGMA secure_delete = ON")
                database.execute(
                    "CREATE TABLE IF NOT EXISTS canary (word TEXT PRIMARY KEY) WITHOUT ROWID"
                )
                yield database
            finally:
                database.close()
        except sqlite3.Error as error:
            raise SinkError("database-failed") from error
