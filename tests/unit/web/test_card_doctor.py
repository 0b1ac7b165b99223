"""The doctor's screen: each advice has its words, its picture and its ways on."""

from __future__ import annotations

import re

import pytest

from kiosk.advice import NAMES_READER, Advice
from kiosk.screens import CardDoctorBody
from kiosk.tasks.model import ChannelKind
from kiosk.web.pictures import UNKNOWN, Pictures
from tests.samples import LOCALES
from tests.unit.web.test_sentences import Shown

WAYS = (ChannelKind.COUNTER, ChannelKind.PHONE)
MODEL = "Maker Reader 3000"


def body(advice: Advice | None, ways: tuple[ChannelKind, ...] = WAYS) -> CardDoctorBody:
    return CardDoctorBody(advice, MODEL if advice in NAMES_READER else "", ways)


def actions(page: str) -> list[str]:
    main = page.partition("<main")[2].partition("</main>")[0]
    return re.findall(r'formaction="/act/([a-z-]+)"', main)


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("advice", Advice)
def test_every_advice_says_what_is_so_and_what_to_try(locale: str, advice: Advice) -> None:
    shown = Shown(locale)
    text = shown.text("card-doctor-fine", body(advice))
    for context in ("advice", "advice-do"):
        assert shown.say(context, advice.value) in text
    assert (MODEL in text) == (advice in NAMES_READER)
    for kind in ChannelKind:
        assert (shown.say("channel", kind.value) in text) == (kind in WAYS)


@pytest.mark.parametrize("advice", [None, *Advice])
def test_every_advice_has_a_picture_of_its_own_kind(advice: Advice | None) -> None:
    page = Shown("nl").page("card-doctor-fine", body(advice))
    main = page.partition("<main")[2].partition("</main>")[0]
    unknown = str(Pictures().draw(UNKNOWN)).partition(">")[2]
    assert unknown not in main
    sides = [str(Pictures().draw(name)).partition(">")[2] for name in ("chip-front", "chip-rear")]
    is_of_card = advice in (Advice.NO_CARD, Advice.TURN_CARD)
    assert [is_of_card] * 2 == [side in main for side in sides]


@pytest.mark.parametrize(
    ("advice", "ways", "expected"),
    [
        (None, WAYS, ["consent-no", "other-way"]),
        (Advice.FINE, WAYS, ["card-retry", "consent-no", "other-way"]),
        (Advice.TURN_CARD, WAYS, ["card-doctor", "consent-no", "other-way"]),
        (Advice.TURN_CARD, (), ["card-doctor", "consent-no"]),
    ],
)
def test_there_is_always_a_way_on_without_the_card(
    advice: Advice | None, ways: tuple[ChannelKind, ...], expected: list[str]
) -> None:
    page = Shown("nl").page("card-doctor-fine", body(advice, ways))
    assert expected == actions(page)
    assert 'formaction="/act/back"' in page


def test_the_trouble_screen_has_one_quiet_key_to_the_doctor() -> None:
    shown = Shown("nl")
    page = shown.page("card-trouble-mute", shown._samples["card-trouble-mute"].body)
    assert ["card-retry", "consent-no", "card-doctor"] == actions(page)
    key = page[: page.index("/act/card-doctor")].rpartition("<button")[2]
    assert "mint" not in key
    assert "sun" not in key
