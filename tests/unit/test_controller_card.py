"""The controller and the card: what a card put in, pulled, bad or another one changes."""

from __future__ import annotations

import pytest

from device.card.status import CardFinding, ReaderLevel
from device.printer.status import PrinterLevel, PrinterStatus
from kiosk.screens import Prompt, Receipt, ReviewBody
from kiosk.tasks.loader import load_content
from kiosk.visit import State
from tests.driving.visiting import INVENTED, Visit

CONTENT = load_content()
OUT_OF_PAPER = PrinterStatus(PrinterLevel.STOPPED, frozenset())
RECEIPT = Receipt(sought=7, places=9, found=0, not_searchable=1, unseen=0, reason="stopped")
MAX_TAPS = 40


def test_cards_are_claimed_when_a_visit_begins_and_not_before(visit: Visit) -> None:
    visit.opens()
    assert visit.state is State.WELCOME
    assert visit.card.claims == 0

    visit.goes_to(State.NEED)

    assert visit.card.claims > 0


def test_a_card_pulled_while_it_is_read_may_be_put_back(visit: Visit) -> None:
    # given
    visit.goes_to(State.READING)
    visit.reader(ReaderLevel.CARD)
    # when
    visit.card.fault = CardFinding.REMOVED
    visit.card.answers()
    visit.reader(ReaderLevel.EMPTY)
    # then
    assert visit.screen.prompt is Prompt.PUT_CARD_BACK
    visit.card.fault = None
    visit.reader(ReaderLevel.CARD)
    visit.card.answers()
    assert visit.state is State.REVIEW


def test_a_card_that_slipped_for_a_moment_is_read_again_and_nobody_need_pull_it(
    visit: Visit,
) -> None:
    # given a reader that never saw the card go
    visit.goes_to(State.READING)
    visit.reader(ReaderLevel.CARD)
    visit.card.fault = CardFinding.REMOVED
    visit.card.answers()
    reads = len(visit.card.asked)
    # when it still slips, and then does not
    for fault in (CardFinding.REMOVED, None):
        visit.clock.advance(2)
        visit.controller.tick()
        reads += 1
        assert len(visit.card.asked) == reads
        assert visit.screen.prompt is Prompt.PUT_CARD_BACK
        visit.card.fault = fault
        visit.card.answers()
    # then
    assert visit.state is State.REVIEW
    assert visit.screen.prompt is None


def test_an_empty_reader_is_not_read_again_by_itself(visit: Visit) -> None:
    visit.goes_to(State.READING)
    visit.reader(ReaderLevel.CARD)
    visit.card.fault = CardFinding.REMOVED
    visit.card.answers()
    visit.reader(ReaderLevel.EMPTY)
    reads = len(visit.card.asked)

    visit.clock.advance(2)
    visit.controller.tick()

    assert len(visit.card.asked) == reads


@pytest.mark.parametrize("way", ["consent-no", "back", "stop"])
def test_a_card_whose_screen_is_left_is_read_no_further(visit: Visit, way: str) -> None:
    # given
    visit.goes_to(State.READING)
    visit.reader(ReaderLevel.CARD)
    assert visit.card.cancelled == 0
    # when
    visit.taps(way)
    # then
    assert visit.state is not State.READING
    assert visit.card.cancelled == 1


def test_another_card_in_the_middle_of_a_reading_is_refused(visit: Visit) -> None:
    # given a card that is pulled when its name is on the screen
    visit.goes_to(State.READING)
    visit.reader(ReaderLevel.CARD)
    visit.card.fault = CardFinding.REMOVED
    visit.card.answers()
    visit.reader(ReaderLevel.EMPTY)
    # when somebody else's is put in
    visit.reader(ReaderLevel.CARD)
    # then it is asked for the first one only
    assert visit.card.expected == "card-one"


def online(visit: Visit) -> None:
    """Go to the official site of a task, with its window open and a card in the reader."""
    visit.opens()
    visit.taps("choose-language", code="nl")
    visit.taps("choose-need", id="papers")
    visit.taps("choose-channel", id="online")
    while visit.state is not State.SITE:
        visit.goes_on()
    visit.reader(ReaderLevel.CARD)
    visit.taps("site-open")
    visit.controller.site_changed("open")
    assert not visit.controller.memory.card_id


@pytest.mark.parametrize("card_id", ["", "card-one"])
def test_who_takes_the_card_away_leaves_no_open_site(visit: Visit, card_id: str) -> None:
    online(visit)
    visit.controller.memory.card_id = card_id

    visit.reader(ReaderLevel.EMPTY)

    assert visit.link.last("site-close") is not None
    assert visit.state is State.SITE
    assert visit.screen.prompt is None


def test_a_site_without_a_card_stays_open_when_the_reader_comes_and_goes(visit: Visit) -> None:
    online(visit)
    visit.controller.memory.reader = ReaderLevel.EMPTY

    for level in (ReaderLevel.ABSENT, ReaderLevel.EMPTY, ReaderLevel.CARD):
        visit.reader(level)

    assert visit.link.last("site-close") is None


def test_after_half_a_minute_there_is_the_way_without_the_card(visit: Visit) -> None:
    visit.goes_to(State.READING)
    visit.card.fault = CardFinding.REMOVED
    visit.reader(ReaderLevel.CARD)
    visit.card.answers()

    visit.clock.advance(visit.profile.house.card_back_s + 0.1)
    visit.controller.tick()

    assert visit.state is State.CARD_TROUBLE
    visit.taps("consent-no")
    assert visit.state in (State.STEPS, State.PREVIEW)


def in_trouble(visit: Visit, finding: CardFinding, level: ReaderLevel) -> None:
    """Read in vain, with the reader's level as it then is."""
    visit.goes_to(State.READING)
    visit.reader(level)
    visit.card.fault = finding
    visit.card.answers()
    assert visit.state is State.CARD_TROUBLE
    visit.card.fault = None


@pytest.mark.parametrize(
    ("finding", "levels"),
    [
        (CardFinding.MUTE, (ReaderLevel.MUTE, ReaderLevel.EMPTY, ReaderLevel.CARD)),
        (CardFinding.NO_READER, (ReaderLevel.ABSENT, ReaderLevel.EMPTY, ReaderLevel.CARD)),
        (CardFinding.NO_READER, (ReaderLevel.ABSENT, ReaderLevel.CARD)),
        (CardFinding.PCSC_DOWN, (ReaderLevel.ABSENT, ReaderLevel.CARD)),
    ],
)
def test_who_puts_the_card_or_the_reader_right_need_not_tap_as_well(
    visit: Visit, finding: CardFinding, levels: tuple[ReaderLevel, ...]
) -> None:
    in_trouble(visit, finding, levels[0])
    for level in levels[1:]:
        visit.reader(level)
    assert visit.state is State.READING
    visit.card.answers()
    assert visit.state is State.REVIEW


def test_a_tap_reads_once_more(visit: Visit) -> None:
    in_trouble(visit, CardFinding.UNREADABLE, ReaderLevel.CARD)
    visit.taps("card-retry")
    visit.card.answers()
    assert visit.state is State.REVIEW


def test_the_reader_that_was_missing_is_there_again(visit: Visit) -> None:
    in_trouble(visit, CardFinding.NO_READER, ReaderLevel.ABSENT)
    visit.reader(ReaderLevel.EMPTY)
    assert visit.state is State.READING


def test_a_card_that_stays_bad_is_not_read_again_and_again(visit: Visit) -> None:
    in_trouble(visit, CardFinding.MUTE, ReaderLevel.MUTE)
    read = len(visit.card.asked)
    for level in (ReaderLevel.CARD, ReaderLevel.MUTE, ReaderLevel.ABSENT, ReaderLevel.EMPTY):
        visit.reader(level)
        assert visit.state is State.CARD_TROUBLE
    assert len(visit.card.asked) == read


def test_the_right_card_after_another_one_is_read(visit: Visit) -> None:
    # given somebody whose card was read, and who goes back to read it again
    visit.goes_to(State.REVIEW)
    visit.taps("back")
    visit.taps("consent-yes")
    visit.card.fault = CardFinding.DIFFERENT_CARD
    visit.card.answers()
    assert visit.state is State.CARD_TROUBLE
    # when
    visit.card.fault = None
    visit.reader(ReaderLevel.EMPTY)
    visit.reader(ReaderLevel.CARD)
    # then
    assert visit.state is State.READING


def test_a_card_taken_later_is_asked_about_once(visit: Visit) -> None:
    # given
    visit.goes_to(State.REVIEW)
    # when
    visit.reader(ReaderLevel.EMPTY)
    # then
    assert visit.screen.prompt is Prompt.FINISHED
    visit.taps("prompt-no")
    assert visit.screen.prompt is None
    assert visit.state is State.REVIEW
    visit.reader(ReaderLevel.CARD)
    visit.reader(ReaderLevel.EMPTY)
    assert visit.screen.prompt is None


def test_silence_after_the_card_is_taken_ends_the_visit(visit: Visit) -> None:
    visit.goes_to(State.REVIEW)
    visit.reader(ReaderLevel.EMPTY)

    visit.clock.advance(visit.profile.house.finished_prompt_s + 0.1)
    visit.controller.tick()

    assert visit.state is State.ENDING
    assert visit.link.last("end") == {"do": "end", "reason": "idled"}


def test_another_card_is_refused_unread(visit: Visit) -> None:
    visit.goes_to(State.REVIEW)
    visit.reader(ReaderLevel.EMPTY)
    visit.taps("prompt-no")
    visit.card.card_id = "card-two"
    read = len(visit.card.asked)

    visit.reader(ReaderLevel.CARD)

    assert visit.screen.prompt is Prompt.OTHER_CARD
    assert len(visit.card.asked) == read
    visit.taps("prompt-yes")
    assert visit.state is State.ENDING


def asks_about_another_card(visit: Visit) -> None:
    """Put a second person's card in, in the middle of a visit."""
    visit.goes_to(State.REVIEW)
    visit.reader(ReaderLevel.EMPTY)
    visit.taps("prompt-no")
    visit.card.card_id = "card-two"
    visit.reader(ReaderLevel.CARD)
    assert visit.screen.prompt is Prompt.OTHER_CARD


def test_who_goes_on_with_another_card_in_the_reader_is_told_to_take_it_out(visit: Visit) -> None:
    # given
    asks_about_another_card(visit)
    assert visit.screen.prompt_hint == ""
    revision = visit.controller.wait(-1, 0)
    # when
    visit.taps("prompt-no")
    # then
    assert visit.screen.prompt is Prompt.OTHER_CARD
    assert visit.screen.prompt_hint == "other-card-out"
    assert visit.controller.wait(-1, 0) > revision
    # when it is out
    visit.reader(ReaderLevel.EMPTY)
    # then the visit goes on, and a third card is asked about without the old hint
    assert visit.screen.prompt is None
    assert visit.state is State.REVIEW
    visit.reader(ReaderLevel.CARD)
    assert visit.screen.prompt is Prompt.OTHER_CARD
    assert visit.screen.prompt_hint == ""


def test_another_card_that_goes_unasked_leaves_its_question(visit: Visit) -> None:
    asks_about_another_card(visit)

    visit.reader(ReaderLevel.EMPTY)

    assert visit.screen.prompt is Prompt.OTHER_CARD
    visit.taps("prompt-no")
    assert visit.screen.prompt is None
    assert visit.screen.prompt_hint == ""


def test_a_level_that_is_told_twice_is_one_event(visit: Visit) -> None:
    visit.goes_to(State.REVIEW)
    visit.reader(ReaderLevel.EMPTY)
    visit.taps("prompt-no")
    turn = visit.screen.turn

    visit.reader(ReaderLevel.EMPTY)

    assert visit.screen.turn == turn
    assert visit.screen.prompt is None


@pytest.mark.parametrize(
    ("on_card", "told"),
    [("1950-02-03", "03/02/1950"), ("1950-02", "02/1950"), ("1950", "1950")],
)
def test_a_date_of_the_card_is_told_as_people_write_it_and_stands_as_it_is(
    visit: Visit, monkeypatch: pytest.MonkeyPatch, on_card: str, told: str
) -> None:
    # given a card that knows the day, or less
    monkeypatch.setitem(INVENTED, "birth_date", on_card)
    visit.goes_to(State.REVIEW, need="home")
    assert told in {row.value for row in visit.body(ReviewBody).rows}
    # when nothing is mended
    visit.taps("review-open", key="birth_date")
    visit.taps("answer", value=told)
    # then
    assert visit.state is State.REVIEW
    assert told == visit.controller.memory.answers["birth_date"]
    assert told in visit.traces()


def test_larger_letters_reach_the_paper_that_is_being_looked_at(visit: Visit) -> None:
    # given
    visit.goes_to(State.PREVIEW)
    memory = visit.controller.memory
    assert memory.work is not None
    pages, turn = memory.work.pages, memory.turn
    before = memory.work.pdf
    # when
    for _ in range(2):
        visit.taps("text-size")
    # then it is another paper, and its pictures are asked for anew
    assert memory.work.pdf != before
    assert memory.work.pages >= pages
    assert memory.turn > turn
    # and with the first letters it is the first paper again
    visit.taps("text-size")
    assert memory.work.pages == pages


@pytest.mark.parametrize(
    ("finding", "level"),
    [(CardFinding.MUTE, ReaderLevel.MUTE), (CardFinding.FOREIGN, ReaderLevel.FOREIGN)],
)
def test_a_level_that_comes_after_the_read_has_said_the_same_begins_no_other(
    visit: Visit, finding: CardFinding, level: ReaderLevel
) -> None:
    # given a read that was quicker than who watches the reader
    visit.goes_to(State.READING)
    visit.card.fault = finding
    visit.card.answers()
    assert visit.state is State.CARD_TROUBLE
    # when
    visit.reader(level)
    # then
    assert visit.state is State.CARD_TROUBLE
    # and another card is read
    visit.reader(ReaderLevel.EMPTY)
    visit.reader(ReaderLevel.CARD)
    assert visit.state is State.READING
