"""Every form of a birth date that cards are known to bear."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device.card.birth_date import parse_birth_date
from device.card.errors import CardError, CardMalformed


@pytest.mark.parametrize(
    ("on_card", "iso"),
    [
        ("14 MARS 1961", "1961-03-14"),
        ("4 MAI  1961", "1961-05-04"),
        ("04 FEB  2003", "2003-02-04"),
        ("29 FEV  2000", "2000-02-29"),
        ("03 MAAR 1988", "1988-03-03"),
        ("12.MÄR.1970", "1970-03-12"),
        ("12.MÄR. 1970", "1970-03-12"),
        ("12.MA\u0308R.1970", "1970-03-12"),
        ("12.MAR.1970", "1970-03-12"),
        ("01.DEZ.1999", "1999-12-01"),
        ("30 AOUT 1950", "1950-08-30"),
        ("30 okt 1950", "1950-10-30"),
        ("1949", "1949"),
        ("        1949", "1949"),
        ("   MAI  1961", "1961-05"),
        ("14      1961", "1961"),
    ],
)
def test_a_birth_date_is_read_as_far_as_the_card_knows_it(on_card: str, iso: str) -> None:
    assert iso == parse_birth_date(on_card).iso()


@pytest.mark.parametrize(
    "on_card",
    [
        "",
        "14 XYZ 1961",
        "31 FEB 1961",
        "29 FEB 1999",
        "0 MAI 1961",
        "14 05 1961",
        "14 MAI 61",
        "1 MAI 1961 X",
        "0000",
        "\u0661\u0664 MAI 1961",
        "-1 MAI 1961",
    ],
)
def test_an_unknown_form_is_refused_and_never_guessed(on_card: str) -> None:
    with pytest.raises(CardMalformed):
        parse_birth_date(on_card)


@given(st.text(max_size=20))
def test_any_text_is_a_date_or_a_card_error(untrusted: str) -> None:
    try:
        iso = parse_birth_date(untrusted).iso()
    except CardError:
        return
    assert iso[:4].isdigit()
