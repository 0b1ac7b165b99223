"""Somebody whose card has no chip: no wall, a way and an address."""

from __future__ import annotations

import pytest

from tests.journeys.conftest import SEVEN_INCH, TEN_INCH, Arrives

SAYS = {"nl": "Mijn kaart heeft geen chip.", "de": "Mijn kaart heeft geen chip."}
PLACES = {"nl": "Hier kunt u terecht", "de": "Hier finden Sie Hilfe"}


@pytest.mark.parametrize(("locale", "size"), [("nl", TEN_INCH), ("de", SEVEN_INCH)])
def test_without_a_chip_there_is_a_way_and_an_address(
    arrives: Arrives, locale: str, size: tuple[int, int]
) -> None:
    # given
    visitor = arrives(locale, size, answers={"card_problem": "no_chip"}).begins()
    visitor.chooses("card", "counter")
    # when
    visitor.walks_to("refer")
    (slip,) = visitor.papers()
    visitor.screen.taps_on("refer-print")
    visitor.walks_to("goodbye")
    # then
    assert slip.has(SAYS[locale], "CSAM")
    referral = visitor.papers()[-1]
    assert referral.has(PLACES[locale])
    assert "consent" not in visitor.walked
    visitor.finishes()
