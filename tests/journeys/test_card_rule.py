"""The card stays its owner's: one visit, one card, and always a way without it."""

from __future__ import annotations

import pytest

from device.card.status import CardFinding
from kiosk.i18n import I18n
from tests.driving.resident import Resident
from tests.driving.screen import Screen
from tests.driving.twin import Twin, until
from tests.journeys.conftest import Arrives

LETTER = {"letter_language": "nl"}
FOUND = {
    "bank": CardFinding.FOREIGN,
    "mute": CardFinding.MUTE,
    "not-activated": CardFinding.NOT_ACTIVATED,
    "alterd": CardFinding.ALTERED,
}
ENOUGH = 3
"""Commands after which a card is in the middle of being read."""
WORDS = I18n().words("nl")


def has_a_slow_card(arrives: Arrives, twin: Twin, card: str, ms: int) -> Resident:
    """Put a card in that is being read, every command of it taking `ms`."""
    visitor = arrives("nl", answers=LETTER, card=card).begins()
    visitor.chooses("papers", "paper")
    visitor.walks_to("consent")
    visitor.screen.taps_on("consent-yes")
    visitor.screen.shows("reading")
    twin.slows_the_card(ms)
    twin.inserts(card)
    return visitor


def test_a_card_pulled_while_it_is_read_goes_on_when_it_is_back(
    arrives: Arrives, twin: Twin
) -> None:
    # given a card that is slow to read
    visitor = has_a_slow_card(arrives, twin, "amina", 60)
    screen = visitor.screen
    until(lambda: len(twin.commands_to_the_card()) > ENOUGH, "reading has begun")
    # when it leaves too early
    twin.pulls_the_card()
    screen.shows("put-card-back")
    # then it is asked for, and reading goes on when it is back
    twin.slows_the_card(0)
    twin.inserts("amina")
    screen.shows("review")
    assert "Benzouarhi" in screen.all_text()
    visitor.stops()


def test_another_card_in_the_middle_of_a_reading_is_refused(arrives: Arrives, twin: Twin) -> None:
    # given a slow card whose name is on the screen
    visitor = has_a_slow_card(arrives, twin, "telma", 100)
    screen = visitor.screen
    until(lambda: screen.has("Telma"), "her name")
    # when it is pulled and somebody else's is put in
    twin.pulls_the_card()
    screen.shows("put-card-back")
    twin.slows_the_card(0)
    twin.inserts("jean-marie")
    # then
    screen.shows("card-trouble")
    assert WORDS.say("finding", CardFinding.DIFFERENT_CARD.value) in screen.text()
    assert "Delmarolle" not in screen.all_text()
    # and her own is read, without a tap
    twin.pulls_the_card()
    until(lambda: twin.reader_level() == "empty", "an empty reader")
    twin.inserts("telma")
    screen.shows("review")
    assert "Nevesroda" in screen.all_text()
    visitor.stops()


def test_who_takes_the_card_away_leaves_no_official_site_open(arrives: Arrives, twin: Twin) -> None:
    # given somebody at the official site, with a card that was never read here
    visitor = arrives("nl", answers={"asked_by": "other", "login_key": "card"}).begins()
    twin.inserts("telma")
    visitor.chooses("papers", "online")
    visitor.walks_to("site")
    visitor.screen.presses("site-open")
    until(lambda: twin.look()["site"], "the site's window")
    # when
    twin.pulls_the_card()
    # then the site is closed, and the visit is not
    until(lambda: twin.look()["site"] is None, "the end of the site's window")
    assert visitor.screen.state == "site"
    visitor.stops()


def test_the_helper_checks_the_reader_and_the_card_that_is_turned_is_read(
    arrives: Arrives, twin: Twin
) -> None:
    # given a card that is the wrong way round
    visitor = arrives("nl", answers=LETTER, card="mute").begins()
    visitor.chooses("papers", "paper")
    visitor.walks_to("consent")
    screen = visitor.screen
    screen.taps_on("consent-yes")
    screen.shows("reading")
    twin.inserts("mute")
    screen.shows("card-trouble")
    # when the helper asks what is wrong
    screen.taps_on("card-doctor")
    screen.shows("card-doctor")
    # then it is said, with what to try
    until(lambda: screen.has(WORDS.say("advice", "turn-card")), "what is wrong")
    assert WORDS.say("doctor", "new-card") in screen.all_text()
    # and once it is turned it is read, without a tap
    twin.pulls_the_card()
    until(lambda: twin.reader_level() == "empty", "an empty reader")
    twin.inserts("telma")
    screen.shows("review")
    assert "Nevesroda" in screen.all_text()
    visitor.stops()


def test_another_card_in_the_same_visit_is_refused_unread(arrives: Arrives, twin: Twin) -> None:
    # given
    visitor = arrives("nl", answers=LETTER, card="jean-marie").begins()
    visitor.chooses("papers", "paper")
    visitor.walks_to("review")
    screen = visitor.screen
    # when the card is taken and another put in
    twin.pulls_the_card()
    screen.shows("finished")
    twin.inserts("telma")
    screen.shows("other-card")
    # then nobody goes on with one's visit and the other's card
    screen.posts("prompt-no")
    assert screen.state == "other-card"
    # and without that card the visit goes on, and nothing of it is there
    twin.pulls_the_card()
    until(lambda: prompt_is_answered(screen), "the visit of the first card")
    screen.shows("review")
    assert "Nevesroda" not in screen.all_text()
    assert "Delmarolle" in screen.all_text()
    # and when reading is asked for again, the other card is refused
    screen.taps_on("back")
    screen.shows("consent")
    screen.taps_on("consent-yes")
    screen.shows("reading")
    twin.inserts("telma")
    screen.shows("card-trouble")
    assert WORDS.say("finding", CardFinding.DIFFERENT_CARD.value) in screen.text()
    assert "Nevesroda" not in screen.all_text()
    visitor.stops()


def prompt_is_answered(screen: Screen) -> bool:
    """Say that one goes on, which is heard once the other card is seen to be out."""
    if screen.state in ("other-card", "finished"):
        screen.posts("prompt-no")
    return screen.state == "review"


def test_a_card_left_in_the_reader_keeps_the_next_visit_closed(
    arrives: Arrives, twin: Twin
) -> None:
    # given a visit that ends with the card still in
    visitor = arrives("nl", answers=LETTER, card="jean-marie").begins()
    visitor.chooses("papers", "paper")
    visitor.walks_to("review")
    screen = visitor.screen
    visitor.stops()
    # when somebody touches the receipt
    screen.touches_the_screen()
    # then nobody begins before it is out, and nothing of it shows
    screen.shows("card-left")
    assert "Delmarolle" not in screen.all_text()
    assert not screen.offers("choose-language")
    twin.pulls_the_card()
    screen.shows("welcome")
    assert screen.offers("choose-language")


@pytest.mark.parametrize("card", FOUND)
def test_a_card_that_cannot_be_read_says_what_to_do_and_the_way_without_it_works(
    arrives: Arrives, card: str
) -> None:
    # given
    answers = {**LETTER, "surname": "Handgetypt"}
    visitor = arrives("nl", answers=answers, card=card).begins()
    visitor.chooses("papers", "paper")
    visitor.walks_to("reading")
    # when
    visitor.walks_past("reading")
    screen = visitor.screen
    screen.shows("card-trouble")
    # then it says what it is, what to do, and how to go on without
    assert WORDS.say("finding", FOUND[card].value) in screen.text()
    assert WORDS.say("finding-do", FOUND[card].value) in screen.all_text()
    screen.taps_on("consent-no")
    visitor.walks_to("goodbye")
    letter = visitor.papers()[0]
    assert letter.has("Handgetypt")
    visitor.finishes()
