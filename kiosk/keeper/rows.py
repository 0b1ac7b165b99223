"""From what the worker tells of a visit to the one anonymous row that is kept."""

from __future__ import annotations

import errno
import logging
import os
import re
import threading
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from kiosk.clock import Clock
from kiosk.config import PlaceSection
from kiosk.journal import (
    ActivityRow,
    Device,
    HalfDay,
    Journal,
    JournalError,
    MinutesBand,
    PermanenceKind,
    PostureShare,
    TeachBack,
)
from kiosk.tasks.vocabulary import ChannelKind, Outcome, ReferralType

log = logging.getLogger("relais.keeper")

_NOON: Final = 12
_AUTONOMY: Final = {PostureShare.SELF: 3, PostureShare.TOGETHER: 2, PostureShare.MIXED: 2}
# A day of visits. The journal is away that long only in a machine that nobody looks after.
MOST_PENDING: Final = 200
# What the journal, its log and the wipe's own marks need at the least.
_ROOM_BYTES: Final = 256 * 1024
_ID: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")


@dataclass(frozen=True)
class Told:
    """What a worker tells of its visit: words of closed lists and ids of the content, no text.

    channel_chosen None: nothing was begun yet.
    """

    task_id: str
    need_group: str
    channel_chosen: ChannelKind | None
    posture_share: PostureShare
    outcome: Outcome
    teach_back: TeachBack
    referral_type: ReferralType | None
    language: str

    @classmethod
    def of(cls, untrusted: Mapping[str, Any]) -> Told:
        """Check it. Raises KeyError, TypeError, ValueError for anything else."""
        channel, referral = untrusted["channel_chosen"], untrusted["referral_type"]
        return cls(
            task_id=_id(untrusted["task_id"]),
            need_group=_id(untrusted["need_group"]),
            channel_chosen=ChannelKind(channel) if channel else None,
            posture_share=PostureShare(untrusted["posture_share"]),
            outcome=Outcome(untrusted["outcome"]),
            teach_back=TeachBack(untrusted["teach_back"]),
            referral_type=ReferralType(referral) if referral else None,
            language=_id(str(untrusted["language"]).lower()),
        )


def _id(untrusted: str) -> str:
    if not _ID.fullmatch(untrusted):
        raise ValueError
    return untrusted


def activity_row(told: Told, place: PlaceSection, clock: Clock, began: float) -> ActivityRow | None:
    """Return the row of a visit that ends now and began at `began` (seconds of the clock).

    None for a visit that chose no channel: nothing was begun.
    """
    if told.channel_chosen is None:
        return None
    return ActivityRow(
        day=clock.today(),
        half_day=HalfDay.MORNING if clock.hour() < _NOON else HalfDay.AFTERNOON,
        place=place.id,
        permanence_kind=PermanenceKind(place.kind),
        task_id=told.task_id,
        need_group=told.need_group,
        minutes_band=MinutesBand.of((clock.monotonic() - began) / 60),
        posture_share=told.posture_share,
        autonomy=_AUTONOMY.get(told.posture_share, 1),
        device=Device.KIOSK,
        channel_chosen=told.channel_chosen,
        outcome=told.outcome,
        referral_type=told.referral_type,
        teach_back=told.teach_back,
        lang_group=told.language,
    )


class RowKeeper:
    """Puts rows into the journal; one that cannot be written waits in memory for better days.

    May be used from any thread; a call can last as long as a disk does.
    """

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._lock = threading.Lock()
        # A row more than that pushes the oldest out: memory is finite, counts are not sacred.
        self._pending: deque[ActivityRow] = deque(maxlen=MOST_PENDING)

    @property
    def pending(self) -> int:
        """Return how many rows wait to be written."""
        return len(self._pending)

    def keep(self, row: ActivityRow | None) -> bool:
        """Write what waits and `row`; return False when something is left to write."""
        with self._lock:
            if row is not None:
                self._pending.append(row)
            try:
                while self._pending:
                    self._journal.append(self._pending[0])
                    self._pending.popleft()
            except JournalError as error:
                log.error("activity rows wait in memory: %s", error.code)
                return False
            return True

    def is_writable(self) -> bool:
        """Tell whether the journal takes rows again; whatever waited is written then."""
        return self.keep(None) and _has_room(self._journal.path.parent)


def _has_room(folder: Path) -> bool:
    """Write a file without a name: nothing of it is left behind, however this ends."""
    try:
        file = os.open(folder, os.O_TMPFILE | os.O_RDWR | os.O_CLOEXEC, 0o600)
    except OSError as error:
        # A file system that cannot do that says so; any other answer is the answer.
        return error.errno == errno.EOPNOTSUPP
    try:
        os.write(file, bytes(_ROOM_BYTES))
        os.fsync(file)
    except OSError:
        return False
    finally:
        os.close(file)
    return True
