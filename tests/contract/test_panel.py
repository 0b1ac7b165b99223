"""What every panel does, on simulated pins and on a machine's own."""

from collections.abc import Iterator

import pytest

from device.panel import (
    Colour,
    Key,
    Lamp,
    NoGpioError,
    Panel,
    PanelHand,
    simulated_factory,
)
from device.pins import Pins
from tests.driving.twin import until

PINS = Pins(previous=6, next=13, repeat=19, helper_key=5)


@pytest.fixture(params=["simulated", "gpio"])
def panel(request: pytest.FixtureRequest) -> Iterator[Panel]:
    try:
        made = Panel(PINS, simulated_factory() if request.param == "simulated" else None)
    except NoGpioError:
        pytest.skip("no GPIO here")
    yield made
    made.close()


def test_a_new_panel_is_dark(panel: Panel) -> None:
    assert Lamp.OFF is panel.lamp()


@pytest.mark.parametrize("lamp", list(Lamp))
def test_the_lamp_says_what_it_was_told_last(panel: Panel, lamp: Lamp) -> None:
    panel.show(Lamp.READY)
    panel.show(lamp)

    assert lamp is panel.lamp()


def test_a_key_that_nobody_touches_is_not_held(panel: Panel) -> None:
    assert frozenset() == panel.held()


def test_buzzing_can_be_asked_for_again(panel: Panel) -> None:
    panel.buzz((60.0, 60.0))
    panel.buzz(())


def test_a_panel_can_be_closed_and_taken_again() -> None:
    first = Panel(PINS, simulated_factory())
    first.close()

    second = Panel(PINS, simulated_factory())

    assert Lamp.OFF is second.lamp()
    second.close()


class Eye:
    """What a person in front of the simulated panel sees and hears."""

    def __init__(self) -> None:
        factory = simulated_factory()
        self.panel = Panel(PINS, factory)
        self.hand = PanelHand(PINS, factory)


@pytest.fixture
def eye() -> Iterator[Eye]:
    made = Eye()
    yield made
    made.panel.close()


@pytest.mark.parametrize(
    ("lamp", "colour"),
    [
        (Lamp.OFF, (0, 0, 0)),
        (Lamp.READY, (0, 1, 0)),
        (Lamp.BUSY, (0, 0, 1)),
        (Lamp.WIPED, (1, 1, 1)),
        (Lamp.FAULT, (1, 0, 0)),
    ],
)
def test_the_colour_stands_before_show_returns(eye: Eye, lamp: Lamp, colour: Colour) -> None:
    eye.panel.show(lamp)

    assert colour == eye.hand.lamp()


@pytest.mark.parametrize("lamp", [Lamp.BUSY, Lamp.WIPED, Lamp.FAULT])
def test_what_is_not_ready_blinks_for_who_cannot_tell_colours(eye: Eye, lamp: Lamp) -> None:
    eye.panel.show(lamp)
    lit = eye.hand.lamp()

    until(lambda: eye.hand.lamp() == (0, 0, 0), "the lamp goes dark in between")
    until(lambda: eye.hand.lamp() == lit, "the lamp lights up again")


def test_a_rhythm_ends_when_the_lamp_says_something_else(eye: Eye) -> None:
    eye.panel.show(Lamp.FAULT)
    until(lambda: eye.hand.lamp() == (0, 0, 0), "the rhythm runs")

    eye.panel.show(Lamp.READY)

    assert eye.hand.lamp() == (0, 1, 0)


def test_asking_for_a_sound_waits_for_no_end_of_it(eye: Eye) -> None:
    eye.panel.buzz((30.0, 30.0))

    # A pattern that was waited for would be over by now, and silent.
    assert eye.hand.buzzing()


def test_the_buzzer_sounds_each_part_of_its_pattern_and_then_is_silent(eye: Eye) -> None:
    eye.panel.buzz((0.02, 0.02, 0.02))

    until(lambda: eye.hand.beeps() == 2, "two beeps")
    until(lambda: not eye.hand.buzzing(), "silence")


def test_closing_turns_everything_off_and_tells_nobody_any_more(eye: Eye) -> None:
    told: list[Key] = []
    eye.panel.on_press(told.append)
    eye.panel.show(Lamp.FAULT)
    eye.panel.buzz((60.0,))
    before = (eye.hand.lamp(), eye.hand.buzzing())

    eye.panel.close()

    after = (eye.hand.lamp(), eye.hand.buzzing())
    assert (((1, 0, 0), True), ((0, 0, 0), False)) == (before, after)
    assert told == []
