"""What a tap, a card and a printer may and may not do, through the real controller."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from device.card.status import CardFinding, ReaderLevel
from device.printer.status import PrinterLevel, PrinterStatus, Reason
from kiosk.documents.builder import Builder
from kiosk.screens import ConsentBody, PreviewBody, Prompt
from kiosk.tasks.loader import load_content
from kiosk.visit import State
from kiosk.web.actions import ACTIONS
from tests.driving.visiting import Visit

CONTENT = load_content()
JAM = PrinterStatus(PrinterLevel.STOPPED, frozenset({Reason.MEDIA_JAM}))


@pytest.fixture
def visit(builder: Builder) -> Iterator[Visit]:
    made = Visit(CONTENT, builder).opens()
    yield made
    made.close()


def to(visit: Visit, state: State, channel: str = "paper") -> None:
    """Walk the household certificate to a state, with the card."""
    visit.taps("choose-language", code="nl")
    visit.taps("choose-need", id="papers")
    visit.taps("choose-channel", id=channel)
    for _ in range(40):
        if visit.state is state:
            return
        if visit.state is State.CONSENT:
            visit.reader(ReaderLevel.EMPTY)
        if visit.state is State.STEPS and visit.ask and not visit.ask.choices:
            visit.taps("skip")
        else:
            visit.goes_on(last=True)
    raise AssertionError(visit.state)


def test_without_the_card_leads_on_also_while_the_card_is_awaited(visit: Visit) -> None:
    # given
    to(visit, State.READING)
    # when
    visit.taps("consent-no")
    # then
    assert visit.state is State.STEPS
    assert visit.controller.memory.answers["card"] == "by_hand"
    visit.taps("back")
    assert visit.state is State.CONSENT
    assert visit.body(ConsentBody).fields


@pytest.mark.parametrize("state", [State.NEED, State.CONSENT, State.READING, State.PREVIEW])
def test_a_made_up_tap_in_any_state_leaves_screen_and_walk_together(
    builder: Builder, state: State
) -> None:
    for action in sorted(ACTIONS):
        visit = Visit(CONTENT, builder).opens()
        to(visit, state) if state is not State.NEED else visit.taps("choose-language", code="nl")
        visit.taps(action, key="x", value="y", id="z", code="q", reason="r")
        # The screen can be built: walk and state have not come apart.
        assert visit.screen.body is not None
        visit.close()


def test_help_does_not_swallow_the_deadline_of_the_pulled_card(visit: Visit) -> None:
    # given
    to(visit, State.READING)
    visit.card.fault = CardFinding.REMOVED
    visit.card.answers()
    assert visit.screen.prompt is Prompt.PUT_CARD_BACK
    # when
    visit.taps("help")
    visit.clock.advance(31)
    visit.controller.tick()
    visit.controller.tick()
    # then
    assert visit.state is State.CARD_TROUBLE


def test_after_help_the_question_beneath_is_asked_again(visit: Visit) -> None:
    to(visit, State.READING)
    visit.card.fault = CardFinding.REMOVED
    visit.card.answers()
    visit.taps("help")
    visit.taps("prompt-yes")
    assert visit.screen.prompt is Prompt.PUT_CARD_BACK


def test_nobody_goes_on_with_another_persons_card_in_the_reader(visit: Visit) -> None:
    # given
    to(visit, State.PREVIEW)
    visit.reader(ReaderLevel.EMPTY)
    visit.taps("prompt-no")
    visit.card.card_id = "card-two"
    visit.reader(ReaderLevel.CARD)
    assert visit.screen.prompt is Prompt.OTHER_CARD
    # when, then
    visit.taps("prompt-no")
    assert visit.screen.prompt is Prompt.OTHER_CARD
    visit.reader(ReaderLevel.EMPTY)
    visit.taps("prompt-no")
    assert visit.state is State.PREVIEW


def test_a_pulled_card_is_asked_about_once(visit: Visit) -> None:
    to(visit, State.PREVIEW)
    visit.reader(ReaderLevel.EMPTY)
    assert visit.screen.prompt is Prompt.FINISHED
    visit.taps("prompt-no")
    visit.reader(ReaderLevel.CARD)
    visit.reader(ReaderLevel.EMPTY)
    assert visit.screen.prompt is None


def test_silence_after_the_card_is_gone_ends_the_visit(visit: Visit) -> None:
    to(visit, State.PREVIEW)
    visit.reader(ReaderLevel.EMPTY)
    visit.clock.advance(31)
    visit.controller.tick()
    assert visit.state is State.ENDING


def test_a_late_word_of_the_printer_moves_nobody(visit: Visit) -> None:
    # given
    to(visit, State.PRINTING)
    visit.taps("back")
    # when
    visit.printer.fails(JAM)
    # then
    assert visit.state is State.PREVIEW


def test_more_pages_than_the_house_allows_are_not_printed(builder: Builder) -> None:
    # given
    visit = Visit(CONTENT, builder, page_cap=1).opens()
    to(visit, State.PREVIEW)
    # when
    visit.taps("print")
    # then
    assert visit.state is State.PREVIEW
    assert visit.printer.works == []
    assert visit.body(PreviewBody).is_over_cap
    visit.close()


def test_more_time_is_asked_of_the_keeper(visit: Visit) -> None:
    to(visit, State.PREVIEW)
    visit.controller.warned("limit-near", 60)
    visit.taps("prompt-yes")
    assert visit.link.last("more-time") is not None


@pytest.mark.parametrize("value", ["31/02/2026", "01/01/9999", "00/01/2000", "5/13/2020", "x"])
def test_a_day_that_does_not_exist_is_asked_again(visit: Visit, value: str) -> None:
    # given
    visit.taps("choose-language", code="nl")
    visit.taps("choose-need", id="home")
    visit.taps("choose-channel", id="paper")
    visit.taps("go")
    for _ in range(40):
        ask = visit.controller._showing.ask(visit.controller.memory)
        if ask is not None and ask.kind == "date":
            break
        if visit.state is State.CONSENT:
            visit.taps("consent-no")
        elif ask is not None and ask.choices:
            visit.taps("answer", value=ask.choices[0].id)
        else:
            visit.taps("skip" if ask else "go")
    # when
    visit.taps("answer", value=value)
    # then
    assert visit.ask is not None
    assert visit.ask.fault == "not-a-date"


def test_everything_known_of_a_person_is_noted_for_the_wipe(visit: Visit) -> None:
    to(visit, State.PREVIEW)
    assert {"Testmans", "Odette Proef", "Testmans Odette Proef"} <= visit.traces()


def test_made_up_taps_at_the_doctors_leave_screen_and_walk_together(builder: Builder) -> None:
    for action in sorted(ACTIONS):
        visit = Visit(CONTENT, builder).opens()
        to(visit, State.READING)
        visit.card.fault = CardFinding.MUTE
        visit.card.answers()
        visit.taps("card-doctor")
        assert visit.state is State.CARD_DOCTOR
        visit.taps(action, key="x", value="y", id="z", code="q", reason="r")
        assert visit.screen.body is not None
        visit.close()
