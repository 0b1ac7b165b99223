"""The panel as a part of the twin: what a finger does and what an eye sees.

Served by `provisioning.twin.hands.HandServer` as "panel":
{"do": "press", "key": "red"} | {"do": "release", "key": "red"}
{"do": "tap", "key": "red"}   press and release
{"do": "look"} -> {"lamp": [r, g, b], "name": "ready", "buzzer": false, "beeps": 2,
                   "keys": [...], "held": [...]}
"""

from __future__ import annotations

from typing import Any

from device.panel import Key, Panel, PanelHand
from provisioning.twin.hands import BadOrderError, HandClient, Verbs


def panel_verbs(panel: Panel, hand: PanelHand) -> Verbs:
    """Return the verbs of a panel that stands on simulated pins.

    A press answers when the panel's callback has: after a stop key that is when the curtain fell.
    """

    def press(key: str) -> None:
        hand.press(_key(key))

    def release(key: str) -> None:
        hand.release(_key(key))

    def tap(key: str) -> None:
        hand.press(_key(key))
        hand.release(_key(key))

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


class PanelClient:
    """A hand on the panel of another process. Every method raises HandUnreachableError."""

    def __init__(self, hands: HandClient) -> None:
        self._hands = hands

    def press(self, key: Key) -> None:
        """Close the key's contact and keep it closed."""
        self._hands.ask(part="panel", do="press", key=key.value)

    def release(self, key: Key) -> None:
        """Open the key's contact."""
        self._hands.ask(part="panel", do="release", key=key.value)

    def tap(self, key: Key) -> None:
        """Press and release."""
        self._hands.ask(part="panel", do="tap", key=key.value)

    def look(self) -> dict[str, Any]:
        """Return lamp, its name, buzzer, keys and what is held."""
        return self._hands.ask(part="panel", do="look")
