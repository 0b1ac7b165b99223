"""The birth dates of eID cards: three languages, several layouts, sometimes a year alone."""

import calendar
import re
import unicodedata
from dataclasses import dataclass

from device.card.errors import CardMalformed

_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "JAN",
            "FEV FEB",
            "MARS MAAR MAR",
            "AVR APR",
            "MAI MEI",
            "JUIN JUN",
            "JUIL JUL",
            "AOUT AUG",
            "SEPT SEP",
            "OCT OKT",
            "NOV",
            "DEC DEZ",
        ),
        start=1,
    )
    for name in names.split()
}
"""French, Dutch and German names; MÄR is compared without its marks. Their union is unambiguous."""

_YEARS = range(1800, 2200)
"""Years in which somebody with a card can be born. Whether a year is past, the clock of a kiosk
without a battery cannot say; 0000 and 0061 are no years whatever it shows."""

_LONGEST_MONTH = 31


@dataclass(frozen=True, slots=True, repr=False)
class BirthDate:
    """Hold a birth date as far as the card knows it."""

    year: int
    month: int | None = None
    day: int | None = None

    def iso(self) -> str:
        """Return YYYY-MM-DD, YYYY-MM or YYYY (ISO 8601, reduced precision)."""
        parts = (f"{self.year:04}", self.month, self.day)
        return "-".join(p if isinstance(p, str) else f"{p:02}" for p in parts if p is not None)


def parse_birth_date(untrusted_text: str) -> BirthDate:
    """Return the date of identity tag 0C; a missing part stays missing, it is never guessed.

    Forms: "14 MAR 1961", "4 MAI 1961", "14 MAI  1961", "14.MÄR.1961", "14.MÄR. 1961", "MAI 1961"
    (blank day), "14      1961" (blank month), "1961". Lower case, marks on a month (FÉV) and dots
    after it do no harm. Raises CardMalformed on anything else.
    """
    parts = [part for part in re.split(r"[. ]+", untrusted_text) if part]
    match parts:
        case [year]:
            return BirthDate(_year(year))
        case [month, year] if not month[0].isdigit():
            return BirthDate(_year(year), _month(month))
        case [day, year]:
            # The month is blank, and a day without one says nothing that a form can use.
            _day(day, _LONGEST_MONTH)
            return BirthDate(_year(year))
        case [day, month, year]:
            return _whole(day, month, year)
        case _:
            raise CardMalformed("birth-date-form")


def _whole(day: str, month: str, year: str) -> BirthDate:
    year_number, month_number = _year(year), _month(month)
    last = calendar.monthrange(year_number, month_number)[1]
    return BirthDate(year_number, month_number, _day(day, last))


def _day(text: str, last: int) -> int:
    if not _is_digits(text, 1, 2) or not 1 <= int(text) <= last:
        raise CardMalformed("birth-date-day")
    return int(text)


def _year(text: str) -> int:
    if not _is_digits(text, 4, 4) or int(text) not in _YEARS:
        raise CardMalformed("birth-date-year")
    return int(text)


def _month(text: str) -> int:
    bare = "".join(c for c in unicodedata.normalize("NFD", text) if not unicodedata.combining(c))
    number = _MONTHS.get(bare.upper())
    if number is None:
        raise CardMalformed("birth-date-month")
    return number


def _is_digits(text: str, least: int, most: int) -> bool:
    return text.isascii() and text.isdigit() and least <= len(text) <= most
