"""The journal: anonymous rows of what was done, in SQLite on the data partition.

A row knows no person, no helper and nothing finer than half a day (domain.md §17). The table is
keyed by a random id and has no other order, so the file does not tell which visit came first.
"""

from __future__ import annotations

import contextlib
import datetime
import re
import secrets
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass, fields
from enum import StrEnum
from pathlib import Path
from typing import Final

from kiosk.tasks.vocabulary import ChannelKind, Outcome, ReferralType

FILE: Final = "journal.sqlite"
_BUSY_S: Final = 5.0
_ID: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS activity (
    id BLOB PRIMARY KEY, day TEXT NOT NULL, half_day TEXT NOT NULL, place TEXT NOT NULL,
    permanence_kind TEXT NOT NULL, task_id TEXT NOT NULL, need_group TEXT NOT NULL,
    minutes_band TEXT NOT NULL, posture_share TEXT NOT NULL, autonomy INTEGER NOT NULL,
    device TEXT NOT NULL, channel_chosen TEXT NOT NULL, outcome TEXT NOT NULL,
    referral_type TEXT NOT NULL, teach_back TEXT NOT NULL, lang_group TEXT NOT NULL
) WITHOUT ROWID
"""


class JournalError(Exception):
    """Say that a row could not be kept or read.

    `code`: journal-full, journal-unwritable, journal-busy, journal-broken.
    """

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class HalfDay(StrEnum):
    """The finest time there is."""

    MORNING = "morning"
    AFTERNOON = "afternoon"


class PermanenceKind(StrEnum):
    """How a permanence is held."""

    FIXED = "fixed"
    MOBILE = "mobile"
    HOME = "home"


class MinutesBand(StrEnum):
    """How long a visit took, roughly."""

    UNDER_10 = "0-9"
    UNDER_20 = "10-19"
    UNDER_40 = "20-39"
    LONGER = "40+"

    @classmethod
    def of(cls, minutes: float) -> MinutesBand:
        """Return the band that so many minutes fall in."""
        for limit, band in ((10, cls.UNDER_10), (20, cls.UNDER_20), (40, cls.UNDER_40)):
            if minutes < limit:
                return band
        return cls.LONGER


class PostureShare(StrEnum):
    """Who acted, over all steps."""

    SELF = "self"
    TOGETHER = "together"
    INSTEAD = "instead"
    MIXED = "mixed"


class Device(StrEnum):
    """What the task was done on."""

    KIOSK = "kiosk"
    OWN_PHONE = "own_phone"
    PAPER = "paper"


class TeachBack(StrEnum):
    """What came of the question whether it was clear."""

    OK = "ok"
    AGAIN = "again"
    STOPPED = "stopped"
    SKIPPED = "skipped"


@dataclass(frozen=True)
class ActivityRow:
    """One task done, as a count. Every field is of a closed list or an id of the content.

    autonomy: 1 to 3. lang_group: the id of a language, as it was chosen; whoever passes rows on
    counts those of a language that fewer than five people spoke as "other".
    Raises ValueError for anything that is no id: free text, in which a person could be named,
    does not fit in.
    """

    day: datetime.date
    half_day: HalfDay
    place: str
    permanence_kind: PermanenceKind
    task_id: str
    need_group: str
    minutes_band: MinutesBand
    posture_share: PostureShare
    autonomy: int
    device: Device
    channel_chosen: ChannelKind
    outcome: Outcome
    referral_type: ReferralType | None
    teach_back: TeachBack
    lang_group: str

    def __post_init__(self) -> None:
        """Refuse what is not of its list."""
        for name in ("place", "task_id", "need_group", "lang_group"):
            if not _ID.fullmatch(getattr(self, name)):
                raise ValueError(name)
        if self.autonomy not in (1, 2, 3):
            raise ValueError("autonomy")
        if type(self.day) is not datetime.date:
            # A datetime is a date too, and knows the minute.
            raise ValueError("day")


_COLUMNS: Final = tuple(field.name for field in fields(ActivityRow))


class Journal:
    """Rows in `folder`/journal.sqlite. May be used from any thread and process.

    A connection lives as long as one call, so that the wipe never waits for one.
    """

    def __init__(self, folder: Path) -> None:
        self._path = folder / FILE

    @property
    def path(self) -> Path:
        """The file; beside it lie its write-ahead log (-wal) and index (-shm)."""
        return self._path

    def append(self, row: ActivityRow) -> None:
        """Keep a row; once this returns it survives a power cut. Raises JournalError."""
        kept = [_kept(getattr(row, name)) for name in _COLUMNS]
        marks = ", ".join("?" * (len(_COLUMNS) + 1))
        with self._connected() as database:
            database.execute(
                f"INSERT INTO activity (id, {', '.join(_COLUMNS)}) VALUES ({marks})",  # noqa: S608  our own column names
                (secrets.token_bytes(16), *kept),
            )

    def count(self) -> int:
        """Return how many rows there are. Raises JournalError."""
        with self._connected() as database:
            return int(database.execute("SELECT count(*) FROM activity").fetchone()[0])

    @contextlib.contextmanager
    def _connected(self) -> Iterator[sqlite3.Connection]:
        try:
            database = sqlite3.connect(self._path, timeout=_BUSY_S, isolation_level=None)
            try:
                database.execute("PRAGMA journal_mode = WAL")
                # With WAL alone the last rows may be lost in a power cut, without any damage.
                database.execute("PRAGMA synchronous = FULL")
                database.execute("PRAGMA secure_delete = ON")
                database.execute(_SCHEMA)
                yield database
            finally:
                database.close()
        except sqlite3.Error as error:
            raise JournalError(_code(error)) from error


def _kept(value: object) -> str | int:
    # An enum's value is its id; no referral is an empty text, so that every column is filled.
    return value if isinstance(value, int) else str(value or "")


def _code(error: sqlite3.Error) -> str:
    # Extended result codes carry the primary one in their low byte (sqlite.org/rescode.html).
    match getattr(error, "sqlite_errorcode", 0) & 0xFF:
        case sqlite3.SQLITE_FULL:
            return "journal-full"
        case sqlite3.SQLITE_READONLY | sqlite3.SQLITE_CANTOPEN | sqlite3.SQLITE_IOERR:
            return "journal-unwritable"
        case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
            return "journal-busy"
        case _:
            return "journal-broken"
