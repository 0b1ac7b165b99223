"""What the examination has seen, as plain data that passes a pipe. Nothing here judges.

No value of a person is in it: of a card only what its generation and its issuer have in common.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import Enum
from typing import Any

from device.card.status import CardFinding
from device.card.survey import ServiceAnswer, Slot, Survey


class DriverState(Enum):
    """Say whether an installed driver takes a USB device."""

    LISTED = "listed"
    OLD = "old"
    OTHER = "other"
    """Another package has the driver."""
    UNLISTED = "unlisted"


@dataclass(frozen=True, slots=True)
class UsbReader:
    """Hold one reader on the bus. `id` is "072F:9000"; `package` has the driver if another does."""

    id: str
    model: str
    driver: DriverState
    package: str = ""


@dataclass(frozen=True, slots=True)
class Usb:
    """Hold the bus: its readers and the release of libccid ("" when it is not installed)."""

    readers: tuple[UsbReader, ...]
    libccid: str


class Knock(Enum):
    """Say what became of a connection to pcscd's socket."""

    OPENED = "opened"
    NOBODY = "nobody"
    """No socket, or nobody listens on it."""
    FORBIDDEN = "forbidden"
    NOT_TRIED = "not-tried"
    """The readers are simulated."""


@dataclass(frozen=True, slots=True)
class Service:
    """Hold what pcscd said. `has_library` False: it could not be asked."""

    knock: Knock
    survey: Survey
    has_library: bool = True


@dataclass(frozen=True, slots=True)
class CardLook:
    """Hold what the card in the reader answered: its applet, or why there is none.

    `applet` and `life_cycle` are bytes 21 and 27 of GET CARD DATA.
    """

    finding: CardFinding | None
    reason: str = ""
    atr: str = ""
    applet: int | None = None
    life_cycle: int | None = None


@dataclass(frozen=True, slots=True)
class Issuer:
    """Hold the last day of the certificate that signs the card's data (ISO 8601), "" if unread.

    `is_past` by this machine's clock, which may lag.
    """

    until: str
    is_past: bool


class Ending(Enum):
    """Say how the examination ended."""

    DONE = "done"
    TOO_SLOW = "too-slow"
    FELL_OVER = "fell-over"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Evidence:
    """Hold what was seen, stage by stage. None: not come to, and with DONE, nothing to come to.

    `only` is the part of a reader's name to which the examination is limited.
    """

    usb: Usb | None = None
    has_looked_at_usb: bool = False
    service: Service | None = None
    card: CardLook | None = None
    issuer: Issuer | None = None
    only: str = ""
    ending: Ending = Ending.DONE


def as_json(stage: Usb | Service | CardLook | Issuer | None) -> Any:
    """Return one stage for a JSON line."""
    return None if stage is None else asdict(stage, dict_factory=_plain)


def _plain(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    return {name: value.value if isinstance(value, Enum) else value for name, value in pairs}


def usb_from(row: Mapping[str, Any] | None) -> Usb | None:
    """Return the bus out of a JSON line."""
    if row is None:
        return None
    readers = (UsbReader(**{**one, "driver": DriverState(one["driver"])}) for one in row["readers"])
    return Usb(tuple(readers), row["libccid"])


def service_from(row: Mapping[str, Any]) -> Service:
    """Return the service out of a JSON line."""
    survey = row["survey"]
    slots = tuple(Slot(**slot) for slot in survey["slots"])
    told = Survey(ServiceAnswer(survey["answer"]), slots)
    return Service(Knock(row["knock"]), told, row["has_library"])


def card_from(row: Mapping[str, Any] | None) -> CardLook | None:
    """Return the card out of a JSON line."""
    if row is None:
        return None
    finding = row["finding"]
    return CardLook(**{**row, "finding": finding and CardFinding(finding)})


def issuer_from(row: Mapping[str, Any] | None) -> Issuer | None:
    """Return the issuer out of a JSON line."""
    return None if row is None else Issuer(**row)
