"""The panel as a part of the twin: what a finger does and what an eye sees.

Served by `provisioning.twin.hands.HandServer` as "panel":
{"do": "press", "key": "red"} | {"do": "release", "key": "red"}
{"do": "tap", "key": "red"}   press and release
{"do": "look"} -> {"lamp": [r, g, b], "name": "ready", "buzzer": false, "beeps": 2,
                   "keys": [...], "held": [...]}
"""

from __future__ import annotations

import time
from typing import Any

from device.panel import Key, Panel, PanelHand
from provisioning.twin.hands import BadOrderError, Verbs

FINGER_S = 0.06
"""How long a finger takes at least until it presses the same key again; what is faster bounces."""


def panel_verbs(panel: Panel, hand: PanelHand) -> Verbs:
    """Return the verbs of a panel that stands on simulated pins.

    A press answers when the panel's callback has: after a stop key that is when the curtain fell.
    """
    released: dict[Key, float] = {}

    def press(key: str) -> None:
        pressed = _key(key)
        rest_s = released.get(pressed, 0.0) + FINGER_S - time.monotonic()
        time.sleep(max(0.0, rest_s))
        hand.press(pressed)

    def release(key: str) -> None:
        hand.release(_key(key))
        released[_key(key)] = time.monotonic()

    def tap(key: str) -> None:
        press(key)
        release(key)

    def look() -> dict[str, Any]:
        return {
            "lamp": list(hand.lamp()),
            "name": panel.lamp().value,
            "buzzer": hand.buzzing(),
            "beeps": hand.beeps(),
            "keys": [key.value for key in hand.wired()],
            "held": sorted(key.value for key in panel.held()),
        }

    return {"press": press, "release": release, "tap": tap, "look": look}


def _key(word: str) -> Key:
    try:
        return Key(word)
    except ValueError as error:
        raise BadOrderError from error
