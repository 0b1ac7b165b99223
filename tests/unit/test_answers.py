"""What is typed in the steps of a task: how long it may be, and how it is noted for the wipe."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from device.card.traces import Trace, TraceKind
from kiosk.documents.builder import Builder
from kiosk.screens import AskBody
from kiosk.tasks.loader import load_content
from kiosk.tasks.vocabulary import InputKind
from kiosk.visit import State
from kiosk.wipe.needles import needles_of
from kiosk.wipe.traces import read_traces
from tests.driving.visiting import Visit

CONTENT = load_content()
MAX_TAPS = 60
TYPED = {
    InputKind.DATE.value: "03/02/2026",
    InputKind.PHONE.value: "02 555 01 42",
    InputKind.POSTAL_CODE.value: "1000",
}


@pytest.fixture
def visit(builder: Builder) -> Iterator[Visit]:
    made = Visit(CONTENT, builder).opens()
    made.taps("choose-language", code="nl")
    yield made
    made.close()


def typed_questions(visit: Visit, need: str, channel: str) -> Iterator[AskBody]:
    """Walk through a task by hand; stop at each question that is typed, and answer it after."""
    visit.taps("choose-need", id=need)
    visit.taps("choose-channel", id=channel)
    for _ in range(MAX_TAPS):
        match visit.state:
            case State.CONSENT:
                visit.taps("consent-no")
            case State.STEPS if (ask := visit.ask) is not None and not ask.choices:
                if ask.kind != InputKind.YES_NO.value:
                    yield ask
                visit.goes_on(TYPED.get(ask.kind, "Proef"))
            case State.PREVIEW | State.PROOF | State.GOODBYE:
                return
            case _:
                visit.goes_on()
    raise AssertionError(visit.state)


@pytest.mark.parametrize(
    ("need", "channel", "questions"), [("telephone", "paper", 8), ("keep", "paper", 3)]
)
def test_what_is_too_long_is_said_and_what_fits_of_it_can_be_mended(
    visit: Visit, need: str, channel: str, questions: int
) -> None:
    met = 0
    for ask in typed_questions(visit, need, channel):
        # when: more than the page lets anybody type
        screen = visit.taps("answer", value="A" * 500)
        # then: nothing was taken, the screen says why, and what is in the field would fit
        again = visit.ask
        assert (visit.state, screen.visit) == (State.STEPS, visit.screen.visit)
        assert again is not None
        assert (again.key, again.fault) == (ask.key, "too-long")
        assert again.value == "A" * ask.max_length
        assert ask.key not in visit.controller.memory.answers
        met += 1
    assert met >= questions


def test_a_typed_telephone_number_is_sought_however_it_is_written(visit: Visit) -> None:
    # when
    number = TYPED[InputKind.PHONE.value]
    kinds = {ask.kind for ask in typed_questions(visit, "keep", "paper")}
    # then
    assert InputKind.PHONE.value in kinds
    noted = [trace for trace in read_traces(visit.notes) if trace.text == number]
    assert noted == [Trace(TraceKind.VALUE, number)]
    needles = needles_of(noted[0])
    assert needles == needles_of(Trace(TraceKind.VALUE, number.replace(" ", ".")))
    assert needles
