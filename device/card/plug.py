"""What a socket that plugs a virtual card in wants of the card, and what it tells its owner."""

from enum import Enum
from typing import Protocol


class Plugged(Protocol):
    """A card as a socket sees it; `virtual.VirtualCard` is one."""

    @property
    def atr(self) -> bytes:
        """The answer to reset."""
        ...

    @property
    def is_mute(self) -> bool:
        """True when it does not answer to reset."""
        ...

    def reset(self) -> None:
        """Forget the selection."""
        ...

    def transmit(self, apdu: bytes) -> bytes:
        """Answer one command; b"": nothing. Raises CardGone when the card is pulled."""
        ...

    def delay_s(self, sent: int, received: int) -> float:
        """Return the seconds that an exchange of so many bytes takes."""
        ...


class PlugState(Enum):
    """Name where a card is on its way into a reader."""

    WAITING = "waiting"
    """Nobody listens (yet); asked again and again."""
    IN = "in"
    PULLED = "pulled"
    """Its fault script has taken it out; it stays out."""
    REFUSED = "refused"
    """The other side wants no card, or none with this answer to reset."""
