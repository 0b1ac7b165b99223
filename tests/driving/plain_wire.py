"""A reader with one virtual card in it and nothing between the two and us."""

from __future__ import annotations

from device.card.apdu import CommandApdu, outgoing, split
from device.card.status import ReaderLevel, ReaderStatus
from device.card.virtual import VirtualCard


class PlainWire:
    """Be reader and connection in one."""

    wire_s = 0.0

    def __init__(self, card: VirtualCard) -> None:
        self.card = card
        self.atr = card.content.atr

    def status(self) -> ReaderStatus:
        """Say that a card is in."""
        return ReaderStatus(ReaderLevel.CARD, "wire")

    def watch(self, *_: object) -> None:
        """Nothing changes."""

    def connect(self) -> PlainWire:
        """Open the card."""
        return self

    def send_and_receive(self, apdu: CommandApdu) -> tuple[bytes, int]:
        """Send one command. Raises CardRefused."""
        return split(self.card.transmit(outgoing(apdu)))

    def close(self) -> None:
        """Nothing to close."""

    def __enter__(self) -> PlainWire:
        return self

    def __exit__(self, *_: object) -> None:
        """Nothing to close."""
