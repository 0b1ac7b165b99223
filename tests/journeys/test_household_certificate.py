"""Jean-Marie, 64, needs a household certificate. He wants to do one step himself."""

from __future__ import annotations

import tomllib

import pytest
from playwright.sync_api import Playwright

from provisioning.twin.cards import national_number
from tests.driving.official import OfficialSite
from tests.driving.residue import Residue
from tests.driving.twin import REPOSITORY, paths_below, until
from tests.journeys.conftest import Arrives
from tests.official_site.paper import QR_ADDRESS

DECK = REPOSITORY / "provisioning" / "twin" / "deck.toml"
LETTER = {"asked_by": "public", "letter_language": "nl"}


def number_of(card: str) -> str:
    """Return the national number that the chip of a card of the deck holds."""
    entry = tomllib.loads(DECK.read_text())[card]
    return national_number(entry["born"], entry["serial"])


def test_his_card_fills_the_letter_and_he_decides_what_it_says(arrives: Arrives) -> None:
    # given
    visitor = arrives("nl", answers=LETTER, card="jean-marie").begins()
    visitor.chooses("papers", "paper")
    # when his card is read, after he was asked
    visitor.walks_to("review")
    screen = visitor.screen
    assert "Delmarolle" in screen.all_text()
    assert "Rue des Tanneurs 402 /B003" in screen.all_text()
    # then his national number, which no field asks for, is nowhere in the machine; his name is
    number = number_of("jean-marie")
    assert [place for place in Residue(visitor.twin).of(["Delmarolle"]) if "memory" in place]
    assert Residue(visitor.twin).of([number]) == []
    # and he corrects one value and leaves one out
    screen.taps_on("review-open", "street")
    screen.shows("correct")
    screen.types("Huidevettersstraat 402")
    screen.taps_on("answer")
    screen.shows("review")
    screen.presses("review-leave-out", "first_names")
    visitor.walks_to("preview")
    visitor.walks_to("goodbye")
    # then
    (letters,) = visitor.papers()
    letter, copy, _kept = letters.sheets()
    assert letter.words == copy.words
    assert letter.has("Delmarolle", "Huidevettersstraat 402", "1000 Brussel", "Gemeente Brussel")
    assert not letter.has("Jean-Marie")
    assert not letter.has("Tanneurs")
    assert "61.05.07" not in letter.words
    visitor.finishes()


def test_he_asks_for_it_on_the_official_site_and_takes_the_paper_home(
    arrives: Arrives, playwright: Playwright
) -> None:
    # given
    visitor = arrives(
        "nl",
        answers={"asked_by": "other", "login_key": "card", "online_done": "yes"},
    ).begins()
    visitor.chooses("papers", "online")
    visitor.walks_to("site")
    screen = visitor.screen
    # then the kiosk does not call the stand-in real
    assert screen.has("Oefenwebsite, niet de echte")
    assert screen.page.locator("header .note").count()
    # when he does the official site's part himself
    screen.presses("posture", "self")
    screen.presses("site-open")
    site = OfficialSite(playwright, visitor.twin)
    site.logs_in()
    site.asks_for("household", "Delmarolle")
    site.downloads_the_pdf()
    until(lambda: screen.button("site-print").count(), "the document of the site")
    assert screen.has("1 blad|1 bladzijde")
    # then the document is shown and counted before it is printed
    screen.taps_on("site-print")
    screen.shows("preview")
    assert screen.asks_in_the_background("/preview/1.png")["status"] == 200
    assert screen.asks_in_the_background("/preview/2.png")["status"] == 404
    screen.taps_on("print")
    screen.shows("take-papers")
    (certificate,) = visitor.papers()
    assert certificate.pages == 1
    # It was rasterised: no word of the site's own PDF reaches the printer, only its picture.
    assert certificate.words.strip() == ""
    assert certificate.codes() == [QR_ADDRESS]
    # and once he goes on, the site's window is gone
    screen.taps_on("came-out")
    screen.shows("site")
    screen.taps_on("go")
    until(lambda: visitor.twin.look()["site"] is None, "the end of the site's window")
    # when he types the number that he saw
    visitor.answers = {**visitor.answers, "reference": "BR-2041/77"}
    visitor.walks_to("preview")
    visitor.walks_to("goodbye")
    # then his proof says what was done, by whom, and under which number; and that a stand-in
    # played the site
    proof = visitor.papers()[-1]
    assert proof.has("BR-2041/77", "Gezinssamenstelling", "Dit was een oefening.")
    assert proof.has("Oefenwebsite bezocht, niet de echte: Irisbox")
    assert proof.has("Afgedrukt om te oefenen: document van Irisbox")
    assert not proof.has("Officiële site bezocht")
    assert not proof.has("Vraag het aan op Irisbox")
    assert proof.has("Nummer van uw vraag")
    assert not proof.has("Wie vraagt dit papier?")
    visitor.finishes()


@pytest.mark.parametrize("dies", ["site", "browser"])
def test_when_a_browser_dies_in_the_middle_of_the_site_nothing_of_him_is_left(
    arrives: Arrives, playwright: Playwright, dies: str
) -> None:
    # given his name in the site's window, and its document in the machine
    visitor = arrives("nl", answers={"asked_by": "other", "login_key": "card"}).begins()
    visitor.chooses("papers", "online")
    visitor.walks_to("site")
    screen, twin = visitor.screen, visitor.twin
    screen.presses("site-open")
    site = OfficialSite(playwright, twin)
    site.logs_in()
    site.asks_for("household", "Zonderlingen-Proef")
    site.downloads_the_pdf()
    until(lambda: screen.button("site-print").count(), "the document of the site")
    before = screen.data()["visit"]
    # when
    twin.kills(dies)
    # then the visit is over, and wiped
    until(lambda: screen.data().get("visit", before) != before, "the next visit", 40)
    assert screen.shows("receipt", "welcome")
    assert twin.look()["site"] is None
    assert Residue(twin).of(["Zonderlingen-Proef"]) == []
    assert not [path for path in paths_below(twin.folder / "site") if path.suffix == ".pdf"]
