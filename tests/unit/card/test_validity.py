"""The days of a card."""

import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device.card.errors import CardError, CardMalformed
from device.card.validity import parse_optional_validity, parse_validity


@pytest.mark.parametrize("on_card", ["28.02.2031", "28/02/2031", "28-02-2031", "28 02 2031"])
def test_a_validity_has_any_separator(on_card: str) -> None:
    assert datetime.date(2031, 2, 28) == parse_validity(on_card)


@pytest.mark.parametrize(
    "wrong",
    [
        "",
        "31.02.2031",
        "00.01.2031",
        "01.13.2031",
        "01.01.0000",
        "1.2.2031",
        "01.02.20311",
        "01.02.203",
        "aa.bb.cccc",
        "0110242031",
        "01a02a2031",
        "\u0660\u0661.02.2031",
        "-1.02.2031",
        "20.31-02-28",
    ],
)
def test_a_wrong_day_is_refused_and_not_quoted(wrong: str) -> None:
    with pytest.raises(CardMalformed) as caught:
        parse_validity(wrong)
    assert caught.value.__cause__ is None
    assert caught.value.reason in ("validity-form", "validity-date")


def test_only_a_day_that_may_be_empty_is_none() -> None:
    assert parse_optional_validity("") is None
    assert parse_optional_validity("01.02.2023") == datetime.date(2023, 2, 1)
    with pytest.raises(CardMalformed):
        parse_optional_validity("01.02")


@given(st.dates(), st.sampled_from("./- \u00a0"), st.sampled_from("./- _"))
def test_every_day_reads_back(day: datetime.date, first: str, second: str) -> None:
    text = f"{day.day:02}{first}{day.month:02}{second}{day.year:04}"

    assert day == parse_validity(text)


@given(st.text(max_size=12) | st.from_regex(r"[0-9]{2}.[0-9]{2}.[0-9]{4}", fullmatch=True))
def test_any_text_is_a_day_or_a_card_error(untrusted: str) -> None:
    try:
        assert isinstance(parse_validity(untrusted), datetime.date)
    except CardError:
        return
