"""What a card says about its holder's standing: the codes of identity tags 10 and 13 to 1E.

A code that is not listed has no meaning here (None) and stays on the Identity as the card writes
it: new codes come with new laws, and none is a reason to refuse a card.
"""

import datetime
from dataclasses import dataclass
from enum import Enum
from typing import TypeVar

from device.card.errors import CardMalformed
from device.card.validity import parse_validity

_DATE_LENGTH = 10


class SpecialStatus(Enum):
    """Name a handicap or the extended minority (tag 10)."""

    NONE = "0"
    WHITE_CANE = "1"
    EXTENDED_MINORITY = "2"
    WHITE_CANE_EXTENDED_MINORITY = "3"
    YELLOW_CANE = "4"
    YELLOW_CANE_EXTENDED_MINORITY = "5"


class SpecialOrganisation(Enum):
    """Name what brought a foreigner here, or what they were (tag 13)."""

    SHAPE = "1"
    NATO = "2"
    FORMER_BLUE_CARD_HOLDER = "4"
    RESEARCHER = "5"


class WorkPermit(Enum):
    """Name the access to the labour market (tag 16)."""

    UNLIMITED = "7"
    LIMITED = "8"
    NONE = "9"
    SEASONAL = "A"


class BrexitMention(Enum):
    """Name a mention of an M card (tags 1B and 1C)."""

    WITHDRAWAL_AGREEMENT = "B"
    """Article 18(1) of the agreement."""
    PERMANENT_RESIDENCE = "C"


class CardAMention(Enum):
    """Name the reason of a limited stay (tags 1D and 1E)."""

    SEASONAL_WORKER = "A"
    STUDENT = "D"
    PUPIL = "E"
    TRAINEE = "F"
    VOLUNTEER = "G"
    AU_PAIR = "H"
    RESEARCHER_MOBILITY = "I"
    JOB_SEARCH = "J"
    MOBILITY_PROGRAMME = "K"


@dataclass(frozen=True, slots=True, repr=False)
class Protection:
    """Hold since when and by which country (ISO 3166-1, two letters) protection was given."""

    since: datetime.date
    country: str


_Code = TypeVar("_Code", bound=Enum)


def meaning(kind: type[_Code], untrusted_code: str) -> _Code | None:
    """Return what a code means, a leading zero or not; None when it is empty or not known."""
    bare = untrusted_code.lstrip("0") or untrusted_code[-1:]
    return next((code for code in kind if code.value == bare), None)


def parse_protection(untrusted_text: str) -> Protection | None:
    """Return tag 15, dd.MM.yyyy-A2; None where it is empty. Raises CardMalformed."""
    if not untrusted_text:
        return None
    separator, country = untrusted_text[_DATE_LENGTH : _DATE_LENGTH + 1], untrusted_text[11:]
    is_country = country.isascii() and country.isalpha() and country.isupper() and len(country) == 2
    if not is_country or separator.isalnum():
        raise CardMalformed("protection-form")
    return Protection(parse_validity(untrusted_text[:_DATE_LENGTH]), country)
