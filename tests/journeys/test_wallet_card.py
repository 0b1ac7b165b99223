"""Telma, 68, carries what she needs in her handbag: a card to cut out, once for home."""

from __future__ import annotations

import pytest
from playwright.sync_api import Playwright

from tests.driving.official import OfficialSite
from tests.driving.paper import Paper
from tests.driving.twin import until
from tests.journeys.conftest import SEVEN_INCH, Arrives
from tests.official_site.paper import QR_ADDRESS

CARD_MM = (85, 54)
MARK_MM, MARK_GAP_MM = 5, 2
CONTACTS = {
    "card_kind": "contacts",
    "first_contact_name": "Dona Proefinha",
    "first_contact_phone": "02 555 01 42",
    "second_contact_name": "São Teste",
    "second_contact_phone": "02 555 01 99",
}


def corner_marks(sheet: Paper) -> tuple[list[tuple[float, float]], list[tuple[float, float]]]:
    """Return the level marks left and right of the cards, from top to bottom."""
    marks = sorted(sheet.dashes(MARK_MM), key=lambda mark: (mark[1], mark[0]))
    return marks[::2], marks[1::2]


def test_two_equal_cards_come_out_and_a_phone_reads_them(arrives: Arrives) -> None:
    # given
    visitor = arrives("fr", SEVEN_INCH, answers=CONTACTS).begins()
    # when
    visitor.chooses("keep", "paper")
    visitor.walks_to("goodbye")
    # then
    (sheet,) = visitor.papers()
    assert sheet.pages == 1
    first, second = sheet.codes()
    assert first == second
    for value in list(CONTACTS.values())[1:]:
        assert value in first
        assert sheet.words.count(value) == 2
    assert sheet.has("Numéros importants")
    # and there are marks at the corners to cut along: twice a card of 85 x 54 mm
    lefts, rights = corner_marks(sheet)
    assert len(lefts) == len(rights) == 4
    for (left, top), (right, _) in zip(lefts, rights, strict=True):
        assert right - left == pytest.approx(CARD_MM[0] + 2 * MARK_GAP_MM + MARK_MM, abs=0.5)
        assert left > 0
        assert top > 0
    heights = [lefts[i + 1][1] - lefts[i][1] for i in (0, 2)]
    assert heights == pytest.approx([CARD_MM[1], CARD_MM[1]], abs=0.5)
    visitor.finishes()


def test_the_code_of_an_official_paper_fits_in_her_handbag(
    arrives: Arrives, playwright: Playwright
) -> None:
    # given she fetches the paper herself
    visitor = arrives(
        "fr", SEVEN_INCH, answers={"login_key": "card", "online_done": "yes"}
    ).begins()
    visitor.chooses("keep", "online")
    visitor.walks_to("site")
    screen = visitor.screen
    screen.presses("site-open")
    site = OfficialSite(playwright, visitor.twin)
    site.logs_in()
    site.asks_for("household", "Telma")
    site.downloads_the_pdf()
    until(lambda: screen.button("site-print").count(), "the document of the site")
    # when she prints the paper and then the card
    screen.taps_on("site-print")
    screen.taps_on("print")
    visitor.walks_past("take-papers")
    visitor.walks_to("preview")
    visitor.walks_to("goodbye")
    # then
    paper, card = visitor.papers()
    assert paper.codes() == [QR_ADDRESS]
    assert card.codes() == [QR_ADDRESS, QR_ADDRESS]
    assert card.has(QR_ADDRESS[:30])
    visitor.finishes()


def test_more_than_a_card_holds_is_said_where_it_can_be_made_shorter(arrives: Arrives) -> None:
    # given as many letters as may be typed, of a script that takes two octets for each
    letter = "ш"
    visitor = arrives(
        "fr", SEVEN_INCH, answers={"card_kind": "words", "card_text": letter * 160}
    ).begins()
    visitor.chooses("keep", "paper")
    visitor.walks_to_question("card_text")
    visitor.walks_past("steps")
    # when the card would be made
    visitor.walks_past("steps")
    visitor.screen.shows("steps")
    # then her words stand on the screen, to be shortened
    until(lambda: visitor.asked == "card_text", "the question for her words")
    assert visitor.screen.field.input_value() == letter * 160
    assert visitor.screen.has("trop long")
    # and shorter ones fit
    visitor.answers = {"card_text": letter * 20}
    visitor.walks_to("goodbye")
    (sheet,) = visitor.papers()
    assert sheet.codes()[0].endswith(letter * 20)
    visitor.finishes()
