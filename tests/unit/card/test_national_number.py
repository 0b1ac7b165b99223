"""The check of national numbers, against the formula told another way."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from device.card.birth_date import BirthDate
from device.card.national_number import (
    NationalNumberCheck,
    check_digits,
    check_national_number,
)

VALID = NationalNumberCheck.VALID
WRONG_FORM = NationalNumberCheck.WRONG_FORM
WRONG_CHECK_DIGITS = NationalNumberCheck.WRONG_CHECK_DIGITS
OTHER_BIRTH_DATE = NationalNumberCheck.OTHER_BIRTH_DATE

# Serials 000 and 999 are given to nobody.
SERIALS = st.sampled_from([0, 999])


def number_of(year: int, month: int, day: int, serial: int = 0) -> str:
    """Write a number out, its last digits by trying all of them."""
    nine = f"{year % 100:02}{month:02}{day:02}{serial:03}"
    before = ("2" if year >= 2000 else "") + nine
    (digits,) = (d for d in range(1, 98) if (int(before) + d) % 97 == 0)
    return f"{nine}{digits:02}"


@pytest.mark.parametrize(("first_nine", "before", "since"), [(999_999_999, 64, 93), (0, 97, 29)])
def test_the_check_digits_of_numbers_that_can_belong_to_nobody(
    first_nine: int, before: int, since: int
) -> None:
    assert before == check_digits(first_nine, is_from_2000=False)
    assert since == check_digits(first_nine, is_from_2000=True)


@given(st.integers(1900, 2099), st.integers(1, 12), st.integers(1, 28), SERIALS)
def test_a_right_number_is_valid_with_and_without_its_birth_date(
    year: int, month: int, day: int, serial: int
) -> None:
    number = number_of(year, month, day, serial)

    for step in (0, 20, 40):
        written = number_of(year, month + step, day, serial)
        assert check_national_number(written) is VALID
        assert check_national_number(written, BirthDate(year, month, day)) is VALID
        assert check_national_number(written, BirthDate(year)) is VALID
    shown = f"{number[:2]}.{number[2:4]}.{number[4:6]}-{number[6:9]}.{number[9:]}"
    assert check_national_number(shown) is VALID


@given(st.integers(1900, 2099), st.integers(0, 96))
def test_other_digits_are_wrong_for_a_known_century(year: int, digits: int) -> None:
    number = number_of(year, 5, 17)
    assume(int(number[9:]) != digits)

    assert check_national_number(f"{number[:9]}{digits:02}", BirthDate(year)) is WRONG_CHECK_DIGITS


def test_the_digits_of_one_century_are_wrong_in_the_other() -> None:
    number = number_of(1930, 1, 1)

    assert check_national_number(number) is VALID
    assert check_national_number(number, BirthDate(2030, 1, 1)) is WRONG_CHECK_DIGITS
    assert check_national_number(number_of(2000, 1, 1), BirthDate(2000)) is VALID
    assert check_national_number(number_of(1999, 1, 1), BirthDate(1999)) is VALID


@pytest.mark.parametrize(
    ("month", "day"), [(0, 0), (20, 0), (40, 0), (0, 1), (0, 99), (5, 0), (45, 0)]
)
def test_unknown_parts_of_a_birth_date_fit_every_birth_date(month: int, day: int) -> None:
    number = number_of(1958, month, day)

    assert check_national_number(number) is VALID
    assert check_national_number(number, BirthDate(1958, 5, 17)) is VALID
    assert check_national_number(number, BirthDate(1958, 5)) is VALID


@pytest.mark.parametrize(
    "birth", [BirthDate(1959, 5, 17), BirthDate(1958, 6, 17), BirthDate(1958, 5, 18)]
)
def test_another_birth_date_stands_out(birth: BirthDate) -> None:
    assert check_national_number(number_of(1958, 5, 17), birth) is OTHER_BIRTH_DATE
    assert check_national_number(number_of(1958, 25, 17), birth) is OTHER_BIRTH_DATE


@pytest.mark.parametrize(
    "wrong",
    [
        "",
        "5805170009",
        "580517000990",
        "58051700A99",
        "".join(chr(0x0660 + int(digit)) for digit in number_of(1958, 5, 17)),
        "99999999964",
        number_of(1958, 13, 1),
        number_of(1958, 19, 1),
        number_of(1958, 33, 1),
        number_of(1958, 53, 1),
        number_of(1958, 5, 32),
        number_of(1958, 45, 32),
    ],
)
def test_a_wrong_form_is_told_from_wrong_digits(wrong: str) -> None:
    assert check_national_number(wrong) is WRONG_FORM
    assert check_national_number(wrong, BirthDate(1958)) is WRONG_FORM


@given(st.text(max_size=14) | st.from_regex(r"[0-9]{11}", fullmatch=True))
def test_any_text_has_an_answer(untrusted: str) -> None:
    assert check_national_number(untrusted) in NationalNumberCheck
    assert check_national_number(untrusted, BirthDate(1958, 5, 17)) in NationalNumberCheck


@given(st.integers(0, 999_999_999), st.booleans())
def test_number_and_digits_together_are_a_multiple_of_97(nine: int, is_from_2000: bool) -> None:
    digits = check_digits(nine, is_from_2000=is_from_2000)
    before = int(f"2{nine:09}") if is_from_2000 else nine

    assert 1 <= digits <= 97
    assert (before + digits) % 97 == 0
