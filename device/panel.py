"""Keys, lamp and buzzer of the kiosk's front, over gpiozero.

Keys close to ground (internal pull-up), lamp and buzzer are driven high. Any part may be
missing: a kit without a lamp has no lamp pins. Pins are seen through one factory; the simulator
is gpiozero's own mock factory with `PanelHand` to press and to look.

Debouncing is ours and not the pin factory's: a factory that filters reports a press only after
the contact has been quiet, and the stop key waits for nothing. Here the first edge counts at
once; what follows within `BOUNCE_S` of another edge is the contact still bouncing.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from enum import Enum
from typing import Any, ClassVar

from gpiozero import DigitalInputDevice, DigitalOutputDevice
from gpiozero.exc import GPIOZeroError
from gpiozero.pins.mock import MockFactory, MockPin

from device.errors import DeviceError
from device.pins import Pins

# Cheap push buttons bounce for up to 10 ms; a finger needs over 60 ms for a second press.
BOUNCE_S = 0.03
# What a simulated pin remembers of its changes; a test looks at fewer.
_KEPT_STATES = 64

Colour = tuple[int, int, int]
_DARK: Colour = (0, 0, 0)
_RED: Colour = (1, 0, 0)
_GREEN: Colour = (0, 1, 0)
_BLUE: Colour = (0, 0, 1)
_WHITE: Colour = (1, 1, 1)


class NoGpioError(DeviceError):
    """Say that this machine has no usable GPIO lines (no chip, no driver, no right)."""

    code: ClassVar[str] = "no-gpio"


class PinError(DeviceError):
    """Say that one part cannot use its pin; `part` is the field of `Pins`."""

    code: ClassVar[str] = "pin-unusable"

    def __init__(self, part: str, pin: int) -> None:
        super().__init__(self.code, part, pin)
        self.part = part
        self.pin = pin


class Key(Enum):
    """A key that a person can press."""

    GREEN = "green"
    RED = "red"
    PREVIOUS = "previous"
    NEXT = "next"
    REPEAT = "repeat"
    HELPER = "helper"


class Lamp(Enum):
    """What the lamp says, by colour and, for who cannot tell colours, by rhythm.

    | lamp  | colour | rhythm                                   |
    | OFF   | dark   |                                          |
    | READY | green  | steady                                   |
    | BUSY  | blue   | slow: 1 s on, 1 s off                    |
    | WIPED | white  | two short flashes, a pause of 1 s        |
    | FAULT | red    | even and quick: 0.3 s on, 0.3 s off      |

    All stay under three flashes a second (WCAG 2.2, 2.3.1).
    """

    OFF = "off"
    READY = "ready"
    BUSY = "busy"
    WIPED = "wiped"
    FAULT = "fault"


# Colour and how long; 0 s: for good.
_RHYTHMS: dict[Lamp, tuple[tuple[Colour, float], ...]] = {
    Lamp.OFF: ((_DARK, 0.0),),
    Lamp.READY: ((_GREEN, 0.0),),
    Lamp.BUSY: ((_BLUE, 1.0), (_DARK, 1.0)),
    Lamp.WIPED: ((_WHITE, 0.25), (_DARK, 0.25), (_WHITE, 0.25), (_DARK, 1.0)),
    Lamp.FAULT: ((_RED, 0.3), (_DARK, 0.3)),
}


class Panel:
    """The front of one kiosk. Callbacks come from the pin factory's thread."""

    def __init__(
        self,
        pins: Pins,
        factory: Any = None,
        *,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """Take the pins; `factory` None means the machine's own GPIO and no silent other.

        Raise NoGpioError if there is none, PinError if a part cannot have its pin.
        """
        self._factory = _real_factory() if factory is None else factory
        self._lock = threading.Lock()
        self._callback: Callable[[Key], None] = _nobody
        self._lamp = Lamp.OFF
        self._is_closed = False
        self._buttons: dict[Key, Any] = {}
        self._colours: list[Any] = []
        self._buzzer: Any = None
        try:
            self._take(pins, monotonic)
        except PinError:
            self._give_back()
            raise
        self._lamp_player = _Player(self._set_colour, "lamp")
        self._buzz_player = _Player(self._set_buzzer, "buzzer")

    def on_press(self, callback: Callable[[Key], None]) -> None:
        """Call `callback` at the first contact of each press; holding a key does not repeat.

        It may block: while it runs only that key's later presses wait.
        """
        self._callback = callback

    def held(self) -> frozenset[Key]:
        """Return the keys that are down now; one that stays for minutes is stuck."""
        return frozenset(key for key, button in self._buttons.items() if button.is_active)

    def show(self, lamp: Lamp) -> None:
        """Let the lamp say `lamp` until told otherwise; the colour changes before this returns."""
        with self._lock:
            if lamp is self._lamp:
                return
            self._lamp = lamp
            self._lamp_player.play(_RHYTHMS[lamp], is_endless=True)

    def lamp(self) -> Lamp:
        """Return what the lamp says."""
        return self._lamp

    def buzz(self, pattern: Sequence[float]) -> None:
        """Sound for `pattern`: seconds on, off, on, … It ends by itself; a new one replaces it."""
        steps = [(index % 2 == 0, seconds) for index, seconds in enumerate(pattern) if seconds > 0]
        self._buzz_player.play([*steps, (False, 0.0)], is_endless=False)

    def close(self) -> None:
        """Turn everything off and give the pins back; no callback comes after this.

        A second time does nothing.
        """
        self._callback = _nobody
        if self._is_closed:
            return
        self._is_closed = True
        self._lamp_player.close()
        self._buzz_player.close()
        self._set_colour(_DARK)
        self._set_buzzer(False)
        self._give_back()

    def _take(self, pins: Pins, monotonic: Callable[[], float]) -> None:
        for key, part in _KEY_PARTS.items():
            pin = getattr(pins, part)
            if pin is not None:
                button = self._device(DigitalInputDevice, part, pin, pull_up=True, bounce_time=None)
                debouncer = _Debouncer(monotonic)
                button.when_activated = self._presser(key, debouncer)
                button.when_deactivated = debouncer.note_release
                self._buttons[key] = button
        for part in ("lamp_red", "lamp_green", "lamp_blue"):
            pin = getattr(pins, part)
            taken = None if pin is None else self._device(DigitalOutputDevice, part, pin)
            self._colours.append(taken)
        if pins.buzzer is not None:
            self._buzzer = self._device(DigitalOutputDevice, "buzzer", pins.buzzer)

    def _device(self, kind: Any, part: str, pin: int, **options: Any) -> Any:
        try:
            return kind(pin, pin_factory=self._factory, **options)
        except GPIOZeroError as error:
            raise PinError(part, pin) from error

    def _presser(self, key: Key, debouncer: _Debouncer) -> Callable[[], None]:
        def pressed() -> None:
            if debouncer.is_press():
                self._callback(key)

        return pressed

    def _set_colour(self, colour: Colour) -> None:
        for device, is_on in zip(self._colours, colour, strict=True):
            if device is not None:
                device.value = is_on

    def _set_buzzer(self, is_on: bool) -> None:
        if self._buzzer is not None:
            self._buzzer.value = is_on

    def _give_back(self) -> None:
        for device in (*self._buttons.values(), *self._colours, self._buzzer):
            if device is not None:
                device.close()
        # A real factory holds the chip open and has a thread per line.
        self._factory.close()


class PanelHand:
    """A hand and an eye on a panel that stands on a mock factory."""

    def __init__(self, pins: Pins, factory: Any) -> None:
        self._pins = pins
        self._factory = factory

    def press(self, key: Key) -> None:
        """Close the key's contact and keep it closed."""
        self._pin(_KEY_PARTS[key]).drive_low()

    def release(self, key: Key) -> None:
        """Open the key's contact."""
        self._pin(_KEY_PARTS[key]).drive_high()

    def lamp(self) -> Colour:
        """Return red, green and blue as they are lit this instant; 0 or 1 each."""
        red, green, blue = (
            int(self._is_lit(part)) for part in ("lamp_red", "lamp_green", "lamp_blue")
        )
        return (red, green, blue)

    def buzzing(self) -> bool:
        """Tell whether the buzzer sounds this instant."""
        return self._is_lit("buzzer")

    def beeps(self) -> int:
        """Return how often the buzzer has begun to sound: an eye that looks now and then."""
        if self._pins.buzzer is None:
            return 0
        return sum(1 for change in self._factory.pin(self._pins.buzzer).states if change.state)

    def wired(self) -> tuple[Key, ...]:
        """Return the keys this place has."""
        return tuple(key for key, part in _KEY_PARTS.items() if getattr(self._pins, part))

    def _pin(self, part: str) -> Any:
        number = getattr(self._pins, part)
        if number is None:
            raise PinError(part, -1)
        return self._factory.pin(number)

    def _is_lit(self, part: str) -> bool:
        number = getattr(self._pins, part)
        return number is not None and bool(self._factory.pin(number).state)


class _ForgetfulPin(MockPin):  # type: ignore[misc]  # a library without types
    """A pin that exists only in memory. gpiozero's own keeps every change for ever."""

    def _change_state(self, value: bool) -> bool:
        has_changed = bool(super()._change_state(value))
        if len(self.states) > _KEPT_STATES:
            del self.states[: -_KEPT_STATES // 2]
        return has_changed


def simulated_factory() -> Any:
    """Return pins of a Raspberry Pi 4 that exist only in memory."""
    return MockFactory(revision="c03111", pin_class=_ForgetfulPin)


_KEY_PARTS = {
    Key.GREEN: "green",
    Key.RED: "red",
    Key.PREVIOUS: "previous",
    Key.NEXT: "next",
    Key.REPEAT: "repeat",
    Key.HELPER: "helper_key",
}


class _Debouncer:
    """Tell presses from bouncing: a press counts if the contact was quiet before it."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._last_edge: float | None = None

    def is_press(self) -> bool:
        now, last = self._monotonic(), self._last_edge
        self._last_edge = now
        return last is None or now - last >= BOUNCE_S

    def note_release(self) -> None:
        self._last_edge = self._monotonic()


class _Player:
    """Play steps of (value, seconds) into `put`; what is played last wins."""

    def __init__(self, put: Callable[[Any], None], name: str) -> None:
        self._put = put
        self._name = name
        self._lock = threading.Lock()
        self._stop = threading.Event()

    def play(self, steps: Sequence[tuple[Any, float]], *, is_endless: bool) -> None:
        """Put the first value at once; go on from a thread while there is something to go on to."""
        with self._lock:
            self._stop.set()
            self._stop = stop = threading.Event()
            self._put(steps[0][0])
        if steps[0][1] > 0:
            arguments = (tuple(steps), is_endless, stop)
            threading.Thread(
                target=self._go_on, args=arguments, name=self._name, daemon=True
            ).start()

    def close(self) -> None:
        with self._lock:
            self._stop.set()

    def _go_on(
        self, steps: tuple[tuple[Any, float], ...], is_endless: bool, stop: threading.Event
    ) -> None:
        index = 0
        while not stop.wait(steps[index][1]):
            index += 1
            if index == len(steps):
                if not is_endless:
                    return
                index = 0
            with self._lock:
                if stop.is_set():
                    return
                self._put(steps[index][0])
            if steps[index][1] == 0:
                return


def _nobody(_key: Key) -> None:
    """Stand in until somebody listens."""


def _real_factory() -> Any:
    try:
        # Here and not above: a machine without GPIO has no lgpio either.
        from gpiozero.pins.lgpio import LGPIOFactory

        return LGPIOFactory()
    except (ImportError, OSError, GPIOZeroError) as error:
        raise NoGpioError from error
