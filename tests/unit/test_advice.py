"""What a person is told of the doctor's findings, and of which reader."""

from __future__ import annotations

import pytest

from device.doctor.report import Check, Finding, Keyword, Result
from kiosk.advice import Advice, advice_of, model_of


@pytest.mark.parametrize(
    ("check", "keyword", "advice"),
    [
        (Check.BUS, Keyword.NOTHING_PLUGGED, Advice.NO_READER),
        (Check.DRIVER, Keyword.OTHER_DRIVER, Advice.OTHER_READER),
        (Check.DRIVER, Keyword.OLD_DRIVER, Advice.WEAK_READER),
        (Check.SERVICE, Keyword.NOT_RUNNING, Advice.READER_PROGRAM),
        (Check.SERVICE, Keyword.TOO_SLOW, Advice.READER_PROGRAM),
        (Check.PERMISSION, Keyword.DENIED, Advice.READER_PROGRAM),
        (Check.READER, Keyword.NOT_NAMED, Advice.PLUG_AGAIN),
        (Check.READER, Keyword.CONTACTLESS, Advice.CONTACTLESS),
        (Check.CARD, Keyword.NO_CARD, Advice.NO_CARD),
        (Check.CARD, Keyword.MUTE, Advice.TURN_CARD),
        (Check.CARD, Keyword.TOO_SLOW, Advice.PUT_AGAIN),
        (Check.CARD, Keyword.FELL_OVER, Advice.PUT_AGAIN),
        (Check.APPLET, Keyword.NOT_EID, Advice.NOT_EID),
        (Check.APPLET, Keyword.UNREADABLE, Advice.PUT_AGAIN),
        (Check.ACTIVATION, Keyword.NOT_ACTIVATED, Advice.NOT_ACTIVATED),
        (Check.ACTIVATION, Keyword.LOCKED, Advice.LOCKED),
        (Check.EXPIRY, Keyword.ISSUER_EXPIRED, Advice.TOO_OLD),
        (Check.EXPIRY, Keyword.TOO_SLOW, Advice.PUT_AGAIN),
    ],
)
def test_a_verdict_becomes_one_advice(check: Check, keyword: Keyword, advice: Advice) -> None:
    assert advice is advice_of(Finding(check, Result.WRONG, keyword))


def test_where_nothing_is_wrong_it_is_said() -> None:
    assert Advice.FINE is advice_of(None)
    assert model_of(None) == ""


def test_a_model_is_named_only_where_another_reader_is_to_be_brought() -> None:
    data = {"model": "ACS ACR38U", "package": "libacsccid1"}
    other = Finding(Check.DRIVER, Result.WRONG, Keyword.OTHER_DRIVER, data)
    gone = Finding(Check.READER, Result.WRONG, Keyword.NOT_NAMED, {"model": "ACS ACR38U"})
    wireless = Finding(Check.READER, Result.WRONG, Keyword.CONTACTLESS, {"reader": "R" * 200})

    assert ("ACS ACR38U", "") == (model_of(other), model_of(gone))
    assert model_of(wireless) == "R" * 40
