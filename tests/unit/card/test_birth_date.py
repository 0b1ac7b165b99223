"""Every form of a birth date that cards are known to bear."""

import calendar
import datetime
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device.card.birth_date import BirthDate, parse_birth_date
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
        ("1 JUIN 2011", "2011-06-01"),
        ("12.mär. 1970", "1970-03-12"),
        ("12. Sept. 1970.", "1970-09-12"),
        ("12 FÉV 1970", "1970-02-12"),
        ("12 DÉC  1970", "1970-12-12"),
        ("29 FEB 2024", "2024-02-29"),
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
        "32 JAN 1961",
        "31 NOV 1961",
        "014 MAI 1961",
        "XX MAI 1961",
        "14 MAI 0000",
        "14 MAI 0061",
        "14 MAI 2200",
        "14 MAI 19611",
        "14/05/1961",
        "14/MAI/1961",
        "14 MAI 01961",
        "14.05.1961",
        "99      1961",
        "0       1961",
        "61",
        "MAI",
        "14 MAI",
        "MAI MAI 1961",
        "14 JA 1961",
        "14 JANUARI 1961",
        "14\u00a0MAI\u00a01961",
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


MONTHS = {
    "French": "JAN FEV MARS AVR MAI JUIN JUIL AOUT SEPT OCT NOV DEC",
    "Dutch": "JAN FEB MAAR APR MEI JUN JUL AUG SEP OKT NOV DEC",
    "German": "JAN FEB MÄR APR MAI JUN JUL AUG SEP OKT NOV DEZ",
    "German without its marks": "JAN FEB MAR APR MAI JUN JUL AUG SEP OKT NOV DEZ",
}
NAMES_OF_MONTHS = st.sampled_from(" ".join(MONTHS.values()).split())
FORMS = (
    "{day:02} {month} {year}",
    "{day} {month} {year}",
    "{day:02} {month:<4} {year}",
    "{day} {month:<4} {year}",
    "{day:02}.{month}.{year}",
    "{day:02}.{month}. {year}",
    "{day:02} {month}. {year}",
)


@pytest.mark.parametrize("language", MONTHS)
@given(st.dates(), st.sampled_from(FORMS), st.booleans())
def test_every_date_that_a_language_writes_is_the_day_that_it_says(
    language: str, day: datetime.date, form: str, is_decomposed: bool
) -> None:
    # given years in which people are born, each with its leap day
    year = 1850 + day.year % 300
    date = BirthDate(year, day.month, min(day.day, calendar.monthrange(year, day.month)[1]))
    month = MONTHS[language].split()[day.month - 1]

    written = form.format(day=date.day, month=month, year=year)
    written = unicodedata.normalize("NFD" if is_decomposed else "NFC", written)

    assert date == parse_birth_date(written)
    assert date == parse_birth_date(written.lower())
    assert BirthDate(year, day.month) == parse_birth_date(f"   {month:<4} {year}")
    assert BirthDate(year) == parse_birth_date(f"{date.day:02}      {year}")
    assert BirthDate(year) == parse_birth_date(f"        {year}") == parse_birth_date(f"{year}")


@given(NAMES_OF_MONTHS | st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ", min_size=1, max_size=5))
def test_a_month_is_one_of_the_three_languages_or_refused(month: str) -> None:
    known = {name for names in MONTHS.values() for name in names.split()}
    if month in known:
        assert parse_birth_date(f"01 {month} 1961").month is not None
        return
    with pytest.raises(CardMalformed) as caught:
        parse_birth_date(f"01 {month} 1961")
    assert caught.value.reason == "birth-date-month"


def test_the_three_languages_never_mean_two_months_with_one_word() -> None:
    numbers: dict[str, set[int]] = {}
    for names in MONTHS.values():
        for number, name in enumerate(names.split(), start=1):
            numbers.setdefault(name, set()).add(number)

    assert all(len(meant) == 1 for meant in numbers.values())


def test_a_date_is_as_precise_as_the_card() -> None:
    assert BirthDate(1961, 5, 4).iso() == "1961-05-04"
    assert BirthDate(1961, 5).iso() == "1961-05"
    assert BirthDate(1961).iso() == "1961"
    assert "1961" not in repr(BirthDate(1961))
