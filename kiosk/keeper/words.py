"""What a worker may say to its keeper: a closed list, checked word by word.

The worker handles what visitors type and what cards say, so it is not believed. Whatever is not
of this list ends its visit, as a crash does.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Final

from kiosk.keeper.rows import Told
from kiosk.visit import State

_TEXT_LIMIT: Final = 2000
_CODE_LIMIT: Final = 40
_HELPERS_LIMIT: Final = 60


class BadWordError(Exception):
    """Say that a message is none of the list."""

    code: ClassVar[str] = "bad-word"


@dataclass(frozen=True)
class Hello:
    """A worker is there and asks for its visit."""


@dataclass(frozen=True)
class Active:
    """Somebody did something."""


@dataclass(frozen=True)
class StateNow:
    """The visit is in this state, in this language."""

    state: State
    locale: str


@dataclass(frozen=True)
class RowNow:
    """What would be kept of the visit if it ended now."""

    told: Told


@dataclass(frozen=True)
class Open:
    """A helper opens the permanence. `date` is ISO 8601 or empty: not confirmed."""

    code: str
    helpers: str
    date: str


@dataclass(frozen=True)
class Close:
    """A helper closes the permanence."""

    code: str


@dataclass(frozen=True)
class SearchAgain:
    """A helper wants a machine that is out of service to wipe and search again."""

    code: str


@dataclass(frozen=True)
class End:
    """The visit is over, by the resident's word or by silence."""

    is_finished: bool


@dataclass(frozen=True)
class MoreTime:
    """The resident wants more time."""


@dataclass(frozen=True)
class Help:
    """The resident calls the helper."""


@dataclass(frozen=True)
class SiteOpen:
    """Open an official site; the site browser knows which hosts it may."""

    host: str
    path: str


@dataclass(frozen=True)
class SiteClose:
    """Close the official site."""


Word = (
    Hello
    | Active
    | StateNow
    | RowNow
    | Open
    | Close
    | SearchAgain
    | End
    | MoreTime
    | Help
    | SiteOpen
    | SiteClose
)


def parse(untrusted: Mapping[str, Any]) -> Word:
    """Return the word. Raises BadWordError for anything that is none."""
    try:
        return _parse(untrusted)
    except (KeyError, ValueError, TypeError) as error:
        raise BadWordError from error


def _parse(untrusted: Mapping[str, Any]) -> Word:
    match untrusted["do"]:
        case "hello":
            return Hello()
        case "active":
            return Active()
        case "state":
            return StateNow(State(untrusted["state"]), _text(untrusted, "locale", 20))
        case "row":
            return RowNow(Told.of(untrusted["row"]))
        case "open":
            return Open(
                _text(untrusted, "code", _CODE_LIMIT),
                _text(untrusted, "helpers", _HELPERS_LIMIT),
                _text(untrusted, "date", 10),
            )
        case "close":
            return Close(_text(untrusted, "code", _CODE_LIMIT))
        case "search-again":
            return SearchAgain(_text(untrusted, "code", _CODE_LIMIT))
        case "end":
            return End(is_finished=untrusted.get("reason") == "finished")
        case "more-time":
            return MoreTime()
        case "help":
            return Help()
        case "site-open":
            return SiteOpen(
                _text(untrusted, "host", _TEXT_LIMIT), _text(untrusted, "path", _TEXT_LIMIT)
            )
        case "site-close":
            return SiteClose()
        case _:
            raise BadWordError


def _text(untrusted: Mapping[str, Any], key: str, limit: int) -> str:
    value = untrusted.get(key, "")
    if not isinstance(value, str) or len(value) > limit:
        raise ValueError(key)
    return value
