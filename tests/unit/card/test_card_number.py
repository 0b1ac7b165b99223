"""The check of card numbers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device.card.card_number import CardNumberCheck, check_card_number


@given(st.integers(0, 9_999_999_999))
def test_the_last_two_digits_are_what_97_leaves_of_the_first_ten(first_ten: int) -> None:
    left = first_ten - first_ten // 97 * 97
    right = 97 if left == 0 else left

    for digits in range(100):
        expected = CardNumberCheck.VALID if digits == right else CardNumberCheck.WRONG_CHECK_DIGITS
        assert expected is check_card_number(f"{first_ten:010}{digits:02}")


@pytest.mark.parametrize(
    "number",
    ["", "B999000000", "B99900000", "12345678901", "1234567890123", "\u0661" * 12, "AB" * 6],
)
def test_a_form_that_nobody_described_is_not_checked(number: str) -> None:
    assert check_card_number(number) is CardNumberCheck.NOT_CHECKED
