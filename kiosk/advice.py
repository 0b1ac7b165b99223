"""What a person at the screen is told of a doctor's report: fewer words than a technician gets."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from types import MappingProxyType

from device.doctor.report import Check, Finding, Keyword


class Advice(Enum):
    """Name what is wrong and what to try; catalogue ids of the contexts "advice", "advice-do"."""

    NO_READER = "no-reader"
    OTHER_READER = "other-reader"
    WEAK_READER = "weak-reader"
    READER_PROGRAM = "reader-program"
    PLUG_AGAIN = "plug-again"
    CONTACTLESS = "contactless"
    NO_CARD = "no-card"
    TURN_CARD = "turn-card"
    PUT_AGAIN = "put-again"
    NOT_EID = "not-eid"
    NOT_ACTIVATED = "not-activated"
    LOCKED = "locked"
    TOO_OLD = "too-old"
    FINE = "fine"


NAMES_READER = frozenset({Advice.OTHER_READER, Advice.WEAK_READER, Advice.CONTACTLESS})
"""Where the model of the reader is worth saying: somebody is to bring another one."""

_BY_KEYWORD: Mapping[Keyword, Advice] = MappingProxyType(
    {
        Keyword.NOTHING_PLUGGED: Advice.NO_READER,
        Keyword.OTHER_DRIVER: Advice.OTHER_READER,
        Keyword.NOT_LISTED: Advice.OTHER_READER,
        Keyword.OLD_DRIVER: Advice.WEAK_READER,
        Keyword.NOT_RUNNING: Advice.READER_PROGRAM,
        Keyword.NO_LIBRARY: Advice.READER_PROGRAM,
        Keyword.OTHER_VERSION: Advice.READER_PROGRAM,
        Keyword.DENIED: Advice.READER_PROGRAM,
        Keyword.NOT_NAMED: Advice.PLUG_AGAIN,
        Keyword.CONTACTLESS: Advice.CONTACTLESS,
        Keyword.NO_CARD: Advice.NO_CARD,
        Keyword.MUTE: Advice.TURN_CARD,
        Keyword.REMOVED: Advice.PUT_AGAIN,
        Keyword.UNREADABLE: Advice.PUT_AGAIN,
        Keyword.NOT_EID: Advice.NOT_EID,
        Keyword.NOT_ACTIVATED: Advice.NOT_ACTIVATED,
        Keyword.NOT_PERSONALISED: Advice.LOCKED,
        Keyword.LOCKED: Advice.LOCKED,
        Keyword.ISSUER_EXPIRED: Advice.TOO_OLD,
    }
)
_CARD_IS_SLOW = frozenset({Check.CARD, Check.EXPIRY})
_MODEL_CHARS = 40


def advice_of(verdict: Finding | None) -> Advice:
    """Return what to tell of a verdict; None: nothing is wrong."""
    if verdict is None:
        return Advice.FINE
    by_check = Advice.PUT_AGAIN if verdict.check in _CARD_IS_SLOW else Advice.READER_PROGRAM
    return _BY_KEYWORD.get(verdict.keyword, by_check)


def model_of(verdict: Finding | None) -> str:
    """Return the reader's model where it is worth saying, else ""."""
    if verdict is None or advice_of(verdict) not in NAMES_READER:
        return ""
    return (verdict.data.get("model") or verdict.data.get("reader", ""))[:_MODEL_CHARS]
