"""Command and response APDUs (ISO 7816-4, short form) and the filter on what may leave."""

from dataclasses import dataclass
from typing import Protocol

from device.card.errors import CardRefused, ForbiddenCommand
from device.card.status import CardFinding

SELECT = (0x00, 0xA4)
READ_BINARY = (0x00, 0xB0)
GET_RESPONSE = (0x00, 0xC0)
GET_CARD_DATA = (0x80, 0xE4)

ALLOWED = frozenset({SELECT, READ_BINARY, GET_RESPONSE, GET_CARD_DATA})
"""Everything a reading needs. No VERIFY, no signature, no write can be sent (eid.md, 6)."""

INTERNAL_AUTHENTICATE = bytes.fromhex("0088028132 9430")
"""Never in ALLOWED. The card counts its uses, and a P2 of another key would ask for a PIN's key:
only this header may leave, and only as a ChipQuestion."""
CHALLENGE_BYTES = 48

SW_OK = 0x9000
_SW_BYTES = 2
MAX_LE = 256
_GET_RESPONSES = 8
"""How many 61xx in a row are believed; no file of an eID is longer than 2 kB in one command."""


@dataclass(frozen=True, slots=True)
class CommandApdu:
    """Hold one short command: case 1 (neither), 2 (`le`), 3 (`data`) or 4 (both).

    `le` is 1 to 256 expected bytes, or None. `data` has at most 255 bytes.
    Raises ForbiddenCommand when its class and instruction are not in ALLOWED: a command that may
    not be sent cannot even be made.
    """

    cla: int
    ins: int
    p1: int
    p2: int
    data: bytes = b""
    le: int | None = None

    def __post_init__(self) -> None:
        if (self.cla, self.ins) not in ALLOWED:
            raise ForbiddenCommand(self.cla, self.ins)
        if len(self.data) > 255 or not (self.le is None or 1 <= self.le <= MAX_LE):
            raise ValueError("not a short APDU")

    def __bytes__(self) -> bytes:
        body = bytes((len(self.data),)) + self.data if self.data else b""
        tail = b"" if self.le is None else bytes((self.le % MAX_LE,))
        return bytes((self.cla, self.ins, self.p1, self.p2)) + body + tail


class ChipQuestion(CommandApdu):
    """The one INTERNAL AUTHENTICATE there is; for genuine_chip.py and nobody else.

    Its own type is the way in: no other command can become one, and it can become no other.
    `challenge` has 48 bytes. Raises ValueError.
    """

    def __init__(self, challenge: bytes) -> None:
        if len(challenge) != CHALLENGE_BYTES:
            raise ValueError("a challenge has 48 bytes")
        header, data = INTERNAL_AUTHENTICATE[:4], INTERNAL_AUTHENTICATE[5:] + challenge
        for name, value in zip(("cla", "ins", "p1", "p2"), header, strict=True):
            object.__setattr__(self, name, value)
        object.__setattr__(self, "data", data)
        object.__setattr__(self, "le", None)


def outgoing(apdu: CommandApdu) -> bytes:
    """Return the bytes to send; the one way from a command to the wire.

    Raises ForbiddenCommand. The check stands here a second time, because this is the last line
    before the card: an object made around the constructor stops here.
    """
    wire = bytes(apdu)
    if isinstance(apdu, ChipQuestion):
        if wire[:-CHALLENGE_BYTES] != INTERNAL_AUTHENTICATE:
            raise ForbiddenCommand(wire[0], wire[1])
        return wire
    if len(wire) < 4 or (wire[0], wire[1]) not in ALLOWED:
        raise ForbiddenCommand(wire[0], wire[1])
    return wire


def split(response: bytes) -> tuple[bytes, int]:
    """Split a raw response into data and status word.

    Raises CardRefused when it is too short to hold a status word.
    """
    if len(response) < 2:
        raise CardRefused(CardFinding.UNREADABLE, "no-status-word")
    return response[:-2], int.from_bytes(response[-2:], "big")


class Channel(Protocol):
    """The whole hardware seam: one command out, data and status word back."""

    def send_and_receive(self, apdu: CommandApdu) -> tuple[bytes, int]:
        """Send one command. Raises CardError."""
        ...


@dataclass(slots=True)
class Exchange:
    """Count what went over the wire: commands, and bytes both ways, status words included."""

    apdus: int = 0
    bytes: int = 0


class Counted:
    """Pass commands on and count them."""

    def __init__(self, channel: Channel, exchange: Exchange) -> None:
        self._channel = channel
        self._exchange = exchange

    def send_and_receive(self, apdu: CommandApdu) -> tuple[bytes, int]:
        """Send one command. Raises CardError."""
        self._exchange.apdus += 1
        self._exchange.bytes += len(bytes(apdu))
        data, sw = self._channel.send_and_receive(apdu)
        self._exchange.bytes += len(data) + _SW_BYTES
        return data, sw


class T0Responses:
    """Resolve 6Cxx (repeat with the right Le) and 61xx (GET RESPONSE), as TPDU readers need.

    Readers at the short-APDU level resolve both themselves: then this passes through.
    """

    def __init__(self, channel: Channel) -> None:
        self._channel = channel

    def send_and_receive(self, apdu: CommandApdu) -> tuple[bytes, int]:
        """Send one command and what the T=0 protocol wants after it. Raises CardError."""
        data, sw = self._ask(apdu)
        if sw >> 8 == 0x6C:
            exact = CommandApdu(apdu.cla, apdu.ins, apdu.p1, apdu.p2, apdu.data, sw & 0xFF or 256)
            data, sw = self._ask(exact)
        for _ in range(_GET_RESPONSES):
            if sw >> 8 != 0x61:
                break
            more, sw = self._ask(CommandApdu(*GET_RESPONSE, 0, 0, le=sw & 0xFF or 256))
            data += more
        return data, sw

    def _ask(self, apdu: CommandApdu) -> tuple[bytes, int]:
        """Send one command; what comes beyond its Le is nothing that was asked for."""
        data, sw = self._channel.send_and_receive(apdu)
        return (data if apdu.le is None else data[: apdu.le]), sw
