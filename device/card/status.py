"""What a reader and a card can be, as levels and findings."""

from dataclasses import dataclass
from enum import Enum


class ReaderLevel(Enum):
    """Tell what stands at the reader now."""

    ABSENT = "absent"
    EMPTY = "empty"
    CARD = "card"
    MUTE = "mute"
    FOREIGN = "foreign"


@dataclass(frozen=True, slots=True)
class ReaderStatus:
    """Hold one level and the reader's PC/SC name ("" when absent)."""

    level: ReaderLevel
    reader: str


class CardFinding(Enum):
    """Name why a card could not be read. The value is the key of the screen's sentence."""

    NO_READER = "no-reader"
    NO_CARD = "no-card"
    MUTE = "mute"
    FOREIGN = "foreign"
    CONTACTLESS = "contactless"
    """A reader that sees only the wireless side, on which nothing can be read."""
    NOT_ACTIVATED = "not-activated"
    REMOVED = "removed"
    DIFFERENT_CARD = "different-card"
    UNREADABLE = "unreadable"
    TIMED_OUT = "timed-out"
    ALTERED = "altered"
    PCSC_DOWN = "pcsc-down"
    CANCELLED = "cancelled"
    READER_FAILED = "reader-failed"
    """The reading child itself failed: out of its limits, or our own bug."""


class Field(Enum):
    """Name what a task may declare that it needs from a card."""

    SURNAME = "surname"
    FIRST_NAMES = "first_names"
    BIRTH_DATE = "birth_date"
    STREET = "street"
    POSTAL_CODE = "postal_code"
    MUNICIPALITY = "municipality"
    CARD_VALID_UNTIL = "card_valid_until"
    NATIONALITY = "nationality"
    BIRTH_PLACE = "birth_place"
    NATIONAL_NUMBER = "national_number"
    CARD_NUMBER = "card_number"
    GENDER = "gender"


ADDRESS_FIELDS = frozenset({Field.STREET, Field.POSTAL_CODE, Field.MUNICIPALITY})
IDENTITY_FIELDS = frozenset(Field) - ADDRESS_FIELDS
