"""The check of a national number: a warning at most, since specimen cards can fail it.

YYMMDD SSS CC: birth date, serial, and what makes the number before it divisible by 97. For births
from 2000 that number has a 2 in front. Month +20 or +40 is a bis number, for people who are not in
the register; unknown parts of the birth date are 00.
"""

from enum import Enum

from device.card.birth_date import BirthDate

_LENGTH = 11
_MODULUS = 97
_FROM_2000 = 2_000_000_000
_BIS_STEPS = (0, 20, 40)
_LAST_MONTH = 12
_LAST_DAY = 31
_SEPARATORS = str.maketrans("", "", ".- ")


class NationalNumberCheck(Enum):
    """Tell what stands out in a national number."""

    VALID = "valid"
    WRONG_FORM = "wrong-form"
    """Not eleven digits, or a birth date that no calendar has."""
    WRONG_CHECK_DIGITS = "wrong-check-digits"
    OTHER_BIRTH_DATE = "other-birth-date"
    """Right in itself, but not of the birth date beside it."""


def check_digits(first_nine: int, *, is_from_2000: bool) -> int:
    """Return the two last digits, 1 to 97, of a number that begins with these nine."""
    return _MODULUS - (first_nine + (_FROM_2000 if is_from_2000 else 0)) % _MODULUS


def check_national_number(
    untrusted_number: str, birth: BirthDate | None = None
) -> NationalNumberCheck:
    """Return what stands out in the number, written with or without its separators.

    With a birth date the century is known; without one, either century's digits will do.
    """
    number = untrusted_number.translate(_SEPARATORS)
    if not (number.isascii() and number.isdigit() and len(number) == _LENGTH):
        return NationalNumberCheck.WRONG_FORM
    month, day = _plain_month(int(number[2:4])), int(number[4:6])
    if month is None or (month and day > _LAST_DAY):
        return NationalNumberCheck.WRONG_FORM
    centuries = (False, True) if birth is None else (birth.year >= 2000,)
    first_nine, given = int(number[:9]), int(number[9:])
    if all(given != check_digits(first_nine, is_from_2000=century) for century in centuries):
        return NationalNumberCheck.WRONG_CHECK_DIGITS
    if birth is not None and not _fits(birth, int(number[:2]), month, day):
        return NationalNumberCheck.OTHER_BIRTH_DATE
    return NationalNumberCheck.VALID


def _plain_month(month: int) -> int | None:
    """Return 0 (unknown) to 12 whatever a bis number added, or None."""
    plain = (month - step for step in _BIS_STEPS)
    return next((candidate for candidate in plain if 0 <= candidate <= _LAST_MONTH), None)


def _fits(birth: BirthDate, year: int, month: int, day: int) -> bool:
    # Where the month is 00 the day is none: it counts on when a year's serials are used up.
    return birth.year % 100 == year and (
        month in (0, birth.month or month) and (month == 0 or day in (0, birth.day or day))
    )
