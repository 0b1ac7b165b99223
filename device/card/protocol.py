"""What a card reader can do, whether it is real or simulated."""

import threading
from collections.abc import Callable
from typing import Protocol, Self

from device.card.apdu import CommandApdu
from device.card.status import ReaderStatus


class CardConnection(Protocol):
    """One card, for one reading, in one transaction."""

    @property
    def atr(self) -> bytes:
        """The answer to reset: a hint at the kind of card, never a proof."""
        ...

    @property
    def wire_s(self) -> float:
        """Seconds spent so far waiting for the card and its reader."""
        ...

    def send_and_receive(self, apdu: CommandApdu) -> tuple[bytes, int]:
        """Send one command; return data and status word.

        Raises CardRemoved, CardUnavailable, ForbiddenCommand.
        """
        ...

    def close(self) -> None:
        """Let the card go and leave it as it is. Harmless when repeated."""
        ...

    def __enter__(self) -> Self: ...

    def __exit__(self, *details: object) -> None: ...


class Readers(Protocol):
    """All readers of the machine, seen as one level."""

    def status(self) -> ReaderStatus:
        """Return the level now. Never raises for an everyday fact."""
        ...

    def watch(self, on_change: Callable[[ReaderStatus], None], stop: threading.Event) -> None:
        """Report the level at once and after every change, until `stop` is set. Blocks."""
        ...

    def connect(self) -> CardConnection:
        """Open the card that is in a reader.

        Waits while another connection is open. Raises CardUnavailable with NO_READER, NO_CARD,
        MUTE or PCSC_DOWN, CardRemoved when the card goes while it waits.
        """
        ...
