"""What time it is is typed on digits, as people write it, and reads the same in every language."""

from __future__ import annotations

import pytest

from kiosk import steps
from kiosk.documents.builder import FONTS
from kiosk.documents.glyphs import Coverage
from kiosk.documents.inputs import inputs_of
from kiosk.documents.isolate import LRI, PDI
from kiosk.i18n import I18n
from kiosk.memory import VisitMemory
from kiosk.papers import PaperMaker
from kiosk.screens import AskBody
from kiosk.showing import Showing
from kiosk.tasks.engine import begin
from kiosk.tasks.loader import load_content
from kiosk.tasks.model import Ask, ChannelKind
from kiosk.tasks.vocabulary import MAX_LENGTHS, InputKind
from kiosk.web.keyboards import Keyboards
from tests.driving.visiting import LANGUAGES, Kept, profile

CONTENT = load_content()
ASK = AskBody("appointment_time", "", "time", "", MAX_LENGTHS[InputKind.TIME], is_optional=True)


@pytest.mark.parametrize(
    "typed",
    ["14:30", "14.30", "14u30", "14h30", "14 h 30", "14U30", "9", "09", "9h", "930", "0:00"],
)
def test_a_time_is_taken_as_it_is_written(typed: str) -> None:
    assert (typed, "") == steps.checked(typed, ASK)


@pytest.mark.parametrize("typed", ["25", "14:60", "14:3", ":", "14:30:00", "99999", "half 3"])
def test_what_is_no_time_of_a_day_stays_to_be_mended(typed: str) -> None:
    assert (typed, "not-a-time") == steps.checked(typed, ASK)


def test_a_time_may_be_left_open() -> None:
    assert ("", "") == steps.checked(" ", ASK)


@pytest.mark.parametrize("locale", LANGUAGES)
def test_every_language_has_digits_and_a_colon_and_words_for_another_try(locale: str) -> None:
    board = Keyboards().find(InputKind.TIME.value, locale)
    assert board.is_pad
    keys = {key for _, rows in board.layers for row in rows for key in row}
    assert keys == {*"0123456789", ":", "del"}
    assert I18n().words(locale).has("ask-fault", "not-a-time")


def test_the_time_of_an_appointment_is_asked_on_that_pad() -> None:
    asks = [step.data for step in CONTENT.tasks["wallet-card"].steps if isinstance(step.data, Ask)]
    assert {InputKind.TIME} == {ask.input for ask in asks if ask.answer == "appointment_time"}


def test_a_time_is_printed_from_left_to_right_on_an_arabic_card() -> None:
    # given
    task, place, builder = CONTENT.tasks["wallet-card"], profile(), Kept()
    memory = VisitMemory(locale="ar", today="2026-01-05", task=task)
    memory.answers = {"card_kind": "appointment", "appointment_time": "14:30"}
    walk = begin(task, ChannelKind.PAPER)
    while (step := walk.step(memory.answers)) is not None and step.id != "print_appointment":
        walk = walk.forward(memory.answers)
    memory.walk = walk
    # when
    maker = PaperMaker(place, builder, I18n(), Showing(place, CONTENT).places, {})
    assert maker.for_step(memory) is not None
    # then
    data = inputs_of(builder.papers[-1], Coverage.load(FONTS))
    lines = data["lines"]
    assert isinstance(lines, list)
    assert [f"{LRI}14:30{PDI}"] == [line[1] for line in lines if isinstance(line, list)]
