"""A key counts at its first contact, once, and however badly it bounces."""

from collections.abc import Iterator

import pytest

from device.panel import BOUNCE_S, Key, Panel, PanelHand, PinError, simulated_factory
from device.pins import Pins

PINS = Pins(previous=6, next=13, repeat=19, helper_key=5)


class HandClock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


class Front:
    """A panel on simulated pins, with its hand, its clock and what it told."""

    def __init__(self) -> None:
        self.clock = HandClock()
        self.factory = simulated_factory()
        self.panel = Panel(PINS, self.factory, monotonic=self.clock)
        self.hand = PanelHand(PINS, self.factory)
        self.told: list[Key] = []
        self.panel.on_press(self.told.append)


@pytest.fixture
def front() -> Iterator[Front]:
    made = Front()
    yield made
    made.panel.close()


@pytest.mark.parametrize("key", list(Key))
def test_every_key_tells_its_own_name(front: Front, key: Key) -> None:
    front.hand.press(key)

    assert [key] == front.told


def test_the_first_contact_of_red_is_told_before_any_time_has_passed(front: Front) -> None:
    # The clock stands still: nothing that waits for quiet could have told it.
    front.hand.press(Key.RED)

    assert front.told == [Key.RED]


def test_a_bouncing_contact_is_one_press(front: Front) -> None:
    for _ in range(8):
        front.hand.press(Key.GREEN)
        front.clock.now += 0.001
        front.hand.release(Key.GREEN)
        front.clock.now += 0.001

    assert front.told == [Key.GREEN]


def test_a_contact_that_bounces_when_it_opens_is_no_second_press(front: Front) -> None:
    front.hand.press(Key.GREEN)
    front.clock.now += 1.0
    for _ in range(4):
        front.hand.release(Key.GREEN)
        front.clock.now += 0.002
        front.hand.press(Key.GREEN)
        front.clock.now += 0.002
    front.hand.release(Key.GREEN)

    assert front.told == [Key.GREEN]


def test_two_presses_of_a_finger_are_two(front: Front) -> None:
    for _ in range(2):
        front.hand.press(Key.NEXT)
        front.clock.now += BOUNCE_S
        front.hand.release(Key.NEXT)
        front.clock.now += BOUNCE_S

    assert front.told == [Key.NEXT, Key.NEXT]


def test_a_stuck_key_does_not_repeat_and_is_seen_as_held(front: Front) -> None:
    front.hand.press(Key.REPEAT)
    front.clock.now += 3600

    assert front.told == [Key.REPEAT]
    assert frozenset({Key.REPEAT}) == front.panel.held()


def test_a_bounce_of_one_key_does_not_hide_another(front: Front) -> None:
    front.hand.press(Key.GREEN)
    front.hand.press(Key.RED)

    assert front.told == [Key.GREEN, Key.RED]


def test_a_simulated_pin_does_not_grow_with_its_age(front: Front) -> None:
    for _ in range(1000):
        front.hand.press(Key.GREEN)
        front.hand.release(Key.GREEN)

    assert len(front.factory.pin(PINS.green).states) < 100


def test_a_key_that_is_not_wired_cannot_be_pressed() -> None:
    factory = simulated_factory()
    panel = Panel(Pins(), factory)

    with pytest.raises(PinError) as refused:
        PanelHand(Pins(), factory).press(Key.PREVIOUS)

    assert refused.value.part == "previous"
    panel.close()


@pytest.mark.parametrize("pins", [Pins(red=17), Pins(red=99)], ids=["shared", "unknown"])
def test_a_pin_that_cannot_be_had_is_named(pins: Pins) -> None:
    with pytest.raises(PinError) as refused:
        Panel(pins, simulated_factory())

    assert ("red", pins.red) == (refused.value.part, refused.value.pin)


def test_a_panel_without_any_part_does_nothing_and_does_not_mind() -> None:
    nothing = Pins(None, None, None, None, None, None, None, None, None, None)
    panel = Panel(nothing, simulated_factory())

    panel.buzz((0.1,))

    assert frozenset() == panel.held()
    panel.close()
