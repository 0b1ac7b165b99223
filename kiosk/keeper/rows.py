"""From what the worker tells of a visit to the one anonymous row that is kept."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any

from kiosk.journal import (
    ActivityRow,
    Device,
    HalfDay,
    MinutesBand,
    PermanenceKind,
    PostureShare,
    TeachBack,
)
from kiosk.tasks.vocabulary import ChannelKind, Outcome, ReferralType

_NOON = 12
_AUTONOMY = {PostureShare.SELF: 3, PostureShare.TOGETHER: 2, PostureShare.MIXED: 2}


def activity_row(
    told: Mapping[str, Any],
    *,
    place: str,
    kind: str,
    day: datetime.date,
    hour: int,
    minutes: float,
) -> ActivityRow | None:
    """Return the row, None for a visit that chose no channel: nothing was begun.

    Raises ValueError for a word that is of no list: such a row is never kept.
    """
    if not told.get("channel_chosen"):
        return None
    share = PostureShare(told["posture_share"])
    return ActivityRow(
        day=day,
        half_day=HalfDay.MORNING if hour < _NOON else HalfDay.AFTERNOON,
        place=place,
        permanence_kind=PermanenceKind(kind),
        task_id=told["task_id"],
        need_group=told["need_group"],
        minutes_band=MinutesBand.of(minutes),
        posture_share=share,
        autonomy=_AUTONOMY.get(share, 1),
        device=Device.KIOSK,
        channel_chosen=ChannelKind(told["channel_chosen"]),
        outcome=Outcome(told["outcome"]),
        referral_type=ReferralType(told["referral_type"]) if told["referral_type"] else None,
        teach_back=TeachBack(told["teach_back"]),
        lang_group=told["language"],
    )
