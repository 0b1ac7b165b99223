"""The doctor in a visit: opened from a card's trouble, asked again, and left in every way."""

from __future__ import annotations

import pytest

from device.card.status import CardFinding, ReaderLevel
from device.doctor.report import Check, Finding, Keyword, Report, Result
from kiosk.advice import Advice
from kiosk.screens import CardDoctorBody, ConsentBody, TaskBody
from kiosk.tasks.model import ChannelKind
from kiosk.visit import State
from tests.driving.visiting import Visit

MUTE = Finding(Check.CARD, Result.WRONG, Keyword.MUTE)
OTHER_DRIVER = Finding(
    Check.DRIVER,
    Result.WRONG,
    Keyword.OTHER_DRIVER,
    {"model": "ACS ACR38U", "package": "libacsccid1"},
)


def with_the_doctor(visit: Visit, level: ReaderLevel = ReaderLevel.MUTE) -> None:
    """Read a card in vain and have the reader checked."""
    visit.goes_to(State.READING)
    visit.reader(level)
    visit.card.fault = CardFinding.MUTE
    visit.card.answers()
    assert visit.state is State.CARD_TROUBLE
    visit.card.fault = None
    visit.taps("card-doctor")
    assert visit.state is State.CARD_DOCTOR


def test_the_doctor_looks_and_then_says_what_is_wrong(visit: Visit) -> None:
    # given
    with_the_doctor(visit)
    assert visit.doctor.asked == 1
    assert visit.body(CardDoctorBody).advice is None
    revision = visit.controller.wait(-1, 0)
    # when
    visit.doctor.finds(OTHER_DRIVER)
    # then
    body = visit.body(CardDoctorBody)
    assert (Advice.OTHER_READER, "ACS ACR38U") == (body.advice, body.model)
    assert visit.controller.wait(-1, 0) > revision


def test_the_other_ways_are_those_that_the_task_has_and_that_are_not_taken(visit: Visit) -> None:
    with_the_doctor(visit)
    memory = visit.controller.memory
    assert memory.task is not None

    ways = visit.body(CardDoctorBody).channels

    # The visit came by paper.
    assert ChannelKind.PAPER not in ways
    assert set(ways) < set(memory.task.channels)
    assert ways


def test_it_looks_once_more_when_it_is_asked(visit: Visit) -> None:
    # given
    with_the_doctor(visit)
    visit.doctor.finds(MUTE)
    turn = visit.screen.turn
    # when
    visit.taps("card-doctor")
    # then
    assert visit.state is State.CARD_DOCTOR
    assert visit.body(CardDoctorBody).advice is None
    assert visit.doctor.asked == 2
    assert visit.screen.turn > turn


def test_what_an_earlier_examination_found_is_not_shown(visit: Visit) -> None:
    with_the_doctor(visit)

    visit.controller.examined(Report((MUTE,)), lambda: False)

    assert visit.body(CardDoctorBody).advice is None


def test_back_leads_to_the_trouble_and_ends_the_examination(visit: Visit) -> None:
    with_the_doctor(visit)
    cancelled = visit.doctor.cancelled

    visit.taps("back")

    assert visit.state is State.CARD_TROUBLE
    assert visit.doctor.cancelled == cancelled + 1
    # Who finds something late changes nothing.
    visit.doctor.finds(MUTE)
    assert visit.controller.memory.report is None


def test_without_the_card_the_task_goes_on(visit: Visit) -> None:
    with_the_doctor(visit)

    visit.taps("consent-no")

    assert visit.state in (State.STEPS, State.PREVIEW)
    assert visit.controller.memory.answers["card"] == "by_hand"


def test_another_way_leads_to_all_ways_of_the_task(visit: Visit) -> None:
    # given
    with_the_doctor(visit)
    # when
    visit.taps("other-way")
    # then every way is there, and taking one begins it
    assert visit.state is State.TASK
    assert len(visit.body(TaskBody).channels) > 2
    visit.taps("choose-channel", id="counter")
    assert visit.state is State.PREPARE
    visit.taps("back")
    assert visit.state is State.TASK


def test_a_card_that_works_is_read_with_one_tap(visit: Visit) -> None:
    with_the_doctor(visit)
    visit.doctor.finds()
    assert visit.body(CardDoctorBody).advice is Advice.FINE

    visit.taps("card-retry")
    visit.card.answers()

    assert visit.state is State.REVIEW


def test_who_turns_the_card_round_need_not_tap_as_well(visit: Visit) -> None:
    # given
    with_the_doctor(visit)
    visit.doctor.finds(MUTE)
    # when it goes out, it is no sign of going
    visit.reader(ReaderLevel.EMPTY)
    assert visit.state is State.CARD_DOCTOR
    assert visit.screen.prompt is None
    # and what was so is looked at anew
    assert visit.doctor.asked == 2
    # and when it is in again
    visit.reader(ReaderLevel.CARD)
    # then
    assert visit.state is State.READING
    visit.card.answers()
    assert visit.state is State.REVIEW


@pytest.mark.parametrize("level", [ReaderLevel.MUTE, ReaderLevel.FOREIGN])
def test_another_card_that_cannot_be_read_is_looked_at_and_not_read(
    visit: Visit, level: ReaderLevel
) -> None:
    with_the_doctor(visit)
    visit.reader(ReaderLevel.EMPTY)
    reads, asked = len(visit.card.asked), visit.doctor.asked

    visit.reader(level)

    assert visit.state is State.CARD_DOCTOR
    assert (reads, asked + 1) == (len(visit.card.asked), visit.doctor.asked)


def test_the_visits_own_card_taken_out_at_the_doctors_is_no_sign_of_going(visit: Visit) -> None:
    # given a card that was read, and now cannot be
    visit.goes_to(State.REVIEW)
    visit.taps("back")
    assert visit.body(ConsentBody)
    visit.taps("consent-yes")
    visit.card.fault = CardFinding.UNREADABLE
    visit.card.answers()
    visit.taps("card-doctor")
    visit.card.fault = None
    # when it is wiped and put back
    visit.reader(ReaderLevel.EMPTY)
    assert visit.screen.prompt is None
    visit.reader(ReaderLevel.CARD)
    # then it is known again and read
    assert visit.state is State.READING


@pytest.mark.parametrize("state", [State.NEED, State.CONSENT, State.READING, State.REVIEW])
def test_nobody_else_calls_the_doctor(visit: Visit, state: State) -> None:
    visit.goes_to(state)

    for action in ("card-doctor", "other-way"):
        visit.taps(action)

    assert visit.state is state
    assert visit.doctor.asked == 0


def test_a_stop_ends_the_examination(visit: Visit) -> None:
    with_the_doctor(visit)
    cancelled = visit.doctor.cancelled

    visit.taps("stop")

    assert visit.state is State.ENDING
    assert visit.doctor.cancelled == cancelled + 1


def test_nothing_of_the_doctors_is_noted_of_a_person(visit: Visit) -> None:
    with_the_doctor(visit)
    before = visit.traces()
    visit.doctor.finds(OTHER_DRIVER)
    assert before == visit.traces()
