"""The errors of the card: what the other side did wrong, never what it said."""

from typing import ClassVar

from device.card.status import CardFinding
from device.errors import DeviceError


class CardError(DeviceError):
    """Say that reading a card failed; `finding` is what the screen tells."""

    code: ClassVar[str] = "card-error"

    def __init__(self, finding: CardFinding, reason: str, *, sw: int | None = None) -> None:
        super().__init__(finding.value, reason, sw)
        self.finding = finding
        self.reason = reason
        self.sw = sw


class CardUnavailable(CardError):
    """Say that there is no card to talk to: no reader, no card, mute, no pcscd."""

    code: ClassVar[str] = "card-unavailable"


class CardRemoved(CardError):
    """Say that the card went, was reset or was exchanged while we talked to it."""

    code: ClassVar[str] = "card-removed"

    def __init__(self, reason: str) -> None:
        super().__init__(CardFinding.REMOVED, reason)


class CardRefused(CardError):
    """Say that the card answered a command with a status word that ends the reading."""

    code: ClassVar[str] = "card-refused"


class CardMalformed(CardError):
    """Say that bytes from the card are not what their format wants."""

    code: ClassVar[str] = "card-malformed"

    def __init__(self, reason: str) -> None:
        super().__init__(CardFinding.UNREADABLE, reason)


class ForbiddenCommand(ValueError):
    """Say that our own code made a command outside the whitelist: a bug, so no CardError."""

    def __init__(self, cla: int, ins: int) -> None:
        super().__init__(f"{cla:02X} {ins:02X}")
        self.cla = cla
        self.ins = ins
