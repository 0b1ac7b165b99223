"""The check of a card number: a hint, never a reason to refuse.

Belgian cards: twelve digits, printed 3-7-2, of which the last two are the first ten modulo 97, 97
for 0; no public document confirms that rule. Foreigners' cards have a B and nine digits, or nine
or ten characters, without check digits that anyone has described.
"""

from enum import Enum

_BELGIAN_LENGTH = 12
_MODULUS = 97


class CardNumberCheck(Enum):
    """Tell what stands out in a card number."""

    VALID = "valid"
    WRONG_CHECK_DIGITS = "wrong-check-digits"
    NOT_CHECKED = "not-checked"
    """A form whose check digits are not known, as foreigners' cards have."""


def check_card_number(untrusted_number: str) -> CardNumberCheck:
    """Return what stands out in the number, as identity tag 01 has it: without separators."""
    is_number = untrusted_number.isascii() and untrusted_number.isdigit()
    if not (is_number and len(untrusted_number) == _BELGIAN_LENGTH):
        return CardNumberCheck.NOT_CHECKED
    expected = int(untrusted_number[:10]) % _MODULUS or _MODULUS
    is_right = int(untrusted_number[10:]) == expected
    return CardNumberCheck.VALID if is_right else CardNumberCheck.WRONG_CHECK_DIGITS
