"""What somebody said and took back, or what could not be noted, reaches no screen and no paper."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from kiosk.documents.builder import Builder
from kiosk.screens import AskBody, CardTroubleBody, ProofBody, StepBody
from kiosk.tasks.loader import load_content
from kiosk.tasks.model import Posture
from kiosk.visit import State
from tests.driving.paper import Paper
from tests.driving.visiting import Visit

CONTENT = load_content()
REFERENCE = "BR-7/31"


@pytest.fixture
def visit(builder: Builder) -> Iterator[Visit]:
    made = Visit(CONTENT, builder).opens()
    made.taps("choose-language", code="nl")
    made.taps("choose-need", id="papers")
    yield made
    made.close()


def question(visit: Visit) -> AskBody:
    body = visit.screen.body
    assert isinstance(body, StepBody)
    assert body.ask is not None
    return body.ask


def to_the_reference(visit: Visit) -> None:
    """Walk the online way up to the question for the number."""
    visit.taps("choose-channel", id="online")
    visit.taps("go")
    visit.taps("answer", value="other")
    visit.taps("answer", value="card")
    visit.taps("go")
    visit.taps("site-open")
    visit.taps("go")
    visit.taps("answer", value="yes")
    assert question(visit).key == "reference"


def print_the_proof(visit: Visit) -> Paper:
    for _ in range(20):
        if visit.state is State.PROOF:
            break
        screen = visit.screen
        if visit.state is State.STEPS:
            assert isinstance(screen.body, StepBody)
            visit.taps("skip" if screen.body.ask else "go")
        visit.taps("print-skip")
        visit.taps("teach-back", value="understood")
        visit.taps("refer-next")
    visit.taps("proof-print")
    visit.taps("print")
    return Paper(visit.printer.works[-1].pdf)


def test_a_number_of_a_way_that_was_left_is_not_on_the_proof(visit: Visit) -> None:
    # given a number that was typed on the way online
    to_the_reference(visit)
    visit.taps("answer", value=REFERENCE)
    # when the person goes back and takes the way to the counter
    while visit.state is not State.TASK:
        visit.taps("back")
    visit.taps("choose-channel", id="counter")
    visit.taps("go")
    proof = print_the_proof(visit)
    # then
    assert not proof.has(REFERENCE)


def test_the_number_of_the_way_that_was_taken_is_on_the_proof(visit: Visit) -> None:
    to_the_reference(visit)
    visit.taps("answer", value=REFERENCE)
    assert print_the_proof(visit).has(REFERENCE)


def test_a_proof_names_acts_and_whoever_acted_in_somebodys_place(visit: Visit) -> None:
    # given a question that the helper answered in somebody's place, and one they answered
    visit.taps("choose-channel", id="online")
    visit.taps("go")
    visit.taps("posture", value="instead")
    visit.taps("why-instead", reason="cannot-read")
    visit.taps("answer", value="other")
    visit.taps("answer", value="card")
    # when they look at that question once more
    visit.taps("back")
    visit.taps("back")
    visit.taps("answer", value="other")
    visit.taps("answer", value="card")
    for _ in range(20):
        if visit.state is State.PROOF:
            break
        body = visit.screen.body
        is_question = isinstance(body, StepBody) and body.ask is not None
        visit.taps("skip" if is_question else "go")
        visit.taps("print-skip")
        visit.taps("teach-back", value="understood")
        visit.taps("refer-next")
    # then
    body = visit.screen.body
    assert isinstance(body, ProofBody)
    # Questions asked and explanations given are no acts; answering for somebody is one.
    assert [("answered", Posture.INSTEAD)] == [(row.act, row.posture) for row in body.rows]


def test_a_value_that_cannot_be_noted_is_not_used(visit: Visit) -> None:
    # given a notebook that takes nothing any more
    to_the_reference(visit)
    null = os.open("/dev/full", os.O_WRONLY)
    os.dup2(null, visit.notes)
    os.close(null)
    # when
    visit.taps("answer", value=REFERENCE)
    # then the question is still there, and knows nothing
    assert question(visit).key == "reference"
    assert question(visit).value == ""
    assert question(visit).fault == "other"


def test_a_card_that_cannot_be_noted_is_not_used(visit: Visit) -> None:
    # given
    visit.taps("choose-channel", id="paper")
    visit.taps("go")
    visit.taps("answer", value="other")
    visit.taps("answer", value="nl")
    visit.taps("consent-yes")
    null = os.open("/dev/full", os.O_WRONLY)
    os.dup2(null, visit.notes)
    os.close(null)
    # when
    visit.card.answers()
    # then
    assert isinstance(visit.screen.body, CardTroubleBody)
    assert "surname" not in visit.controller.memory.answers
