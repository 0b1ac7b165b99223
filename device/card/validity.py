"""The days of a card: DD.MM.YYYY with any separator (identity tags 03, 04 and 1F)."""

import datetime

from device.card.errors import CardMalformed

_FORM_LENGTH = 10


def parse_validity(untrusted_text: str) -> datetime.date:
    """Return the date at characters 0-1, 3-4 and 6-9. Raises CardMalformed."""
    digits = untrusted_text[0:2] + untrusted_text[3:5] + untrusted_text[6:10]
    separators = untrusted_text[2:3] + untrusted_text[5:6]
    if (
        len(untrusted_text) != _FORM_LENGTH
        or not (digits.isascii() and digits.isdigit())
        or any(separator.isalnum() for separator in separators)
    ):
        raise CardMalformed("validity-form")
    try:
        return datetime.date(int(digits[4:]), int(digits[2:4]), int(digits[:2]))
    except ValueError:
        # Without its cause: some versions of Python quote the value.
        raise CardMalformed("validity-date") from None


def parse_optional_validity(untrusted_text: str) -> datetime.date | None:
    """Return the date, or None where the card leaves it empty. Raises CardMalformed."""
    return parse_validity(untrusted_text) if untrusted_text else None
