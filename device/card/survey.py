"""What the service of the readers says of itself and of them, without a word to any card."""

from dataclasses import dataclass
from enum import Enum


class ServiceAnswer(Enum):
    """Say how the service met us."""

    ANSWERED = "answered"
    HUNG_UP = "hung-up"
    """It took the connection and dropped it: that is how pcscd refuses whom polkit refuses."""
    SILENT = "silent"
    """It cannot be reached, or said something else than yes."""
    OTHER_VERSION = "other-version"


@dataclass(frozen=True, slots=True)
class Slot:
    """Hold one slot of a reader: its PC/SC name and what is in it. `atr` is hexadecimal."""

    name: str
    is_present: bool = False
    is_mute: bool = False
    atr: str = ""


@dataclass(frozen=True, slots=True)
class Survey:
    """Hold the service's answer and its slots, none unless it ANSWERED."""

    answer: ServiceAnswer
    slots: tuple[Slot, ...] = ()
