"""A virtual eID: the Belpic applet's public files and commands, as 1.7 and 1.8 answer them.

The twin and the tests put it behind vpcd (a real pcscd) or behind the simulated reader.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import assert_never

from device.card.files import APPLET_AID

ATR_17 = bytes.fromhex("3B9813400AA503010101AD1311")
ATR_18 = bytes.fromhex("3B7F96000080318065B085040120120FFF829000")
ATR_BANK = bytes.fromhex("3B6500002063CB6800")
"""A card that is no eID: T=0, five historical bytes."""

MASTER_FILE = bytes.fromhex("3F00")


class Temper(Enum):
    """Name how a card behaves as a whole."""

    EID = "eid"
    MUTE = "mute"
    FOREIGN = "foreign"
    NOT_ACTIVATED = "not-activated"


class LeRule(Enum):
    """Name what the reader passes on when more is asked than the file still has."""

    SAY_6C = "6c"
    ANSWER_SHORT = "short"


@dataclass(frozen=True, slots=True, repr=False)
class CardContent:
    """Hold what is on one card: files by path from 3F00, the answer to GET CARD DATA, the ATR."""

    atr: bytes
    card_data: bytes = b""
    files: Mapping[bytes, bytes] = field(default_factory=dict)
    temper: Temper = Temper.EID
    le_rule: LeRule = LeRule.SAY_6C


@dataclass(slots=True)
class Glitch:
    """Answer the next `times` READ BINARY at or after `offset` with `sw` and no data."""

    offset: int
    sw: int
    times: int


class VirtualCard:
    """Answer command APDUs as the card with this content would.

    `commands` keeps class and instruction of all that came in: the eye that checks the filter.
    """

    def __init__(self, content: CardContent) -> None:
        self.content = content
        self.commands: list[tuple[int, int]] = []
        self.glitches: list[Glitch] = []
        self.refused_selects = 0
        self._df = MASTER_FILE
        self._ef: bytes | None = None

    @property
    def is_mute(self) -> bool:
        """True when the card does not answer to reset."""
        return self.content.temper is Temper.MUTE

    def reset(self) -> None:
        """Forget the selection, as power on and reset do."""
        self._df, self._ef = MASTER_FILE, None

    def transmit(self, apdu: bytes) -> bytes:
        """Return the answer to one command: data and status word."""
        if len(apdu) < 4:
            return _sw(0x6700)
        self.commands.append((apdu[0], apdu[1]))
        match self.content.temper:
            case Temper.MUTE:
                return b""
            case Temper.NOT_ACTIVATED:
                return _sw(0x6D00)
            case Temper.FOREIGN:
                return _sw(0x6A82 if apdu[1] == 0xA4 else 0x6D00)
            case Temper.EID:
                return self._answer(apdu)
            case _:
                assert_never(self.content.temper)

    def _answer(self, apdu: bytes) -> bytes:
        match (apdu[0], apdu[1]):
            case (0x00, 0xA4):
                return _sw(self._select(apdu[2], apdu[5 : 5 + apdu[4]] if len(apdu) > 5 else b""))
            case (0x00, 0xB0):
                return self._read_binary(apdu)
            case (0x80, 0xE4):
                return self._card_data(apdu)
            case (0x00 | 0x80, _):
                return _sw(0x6D00)
            case _:
                return _sw(0x6E00)

    def _select(self, p1: int, data: bytes) -> int:
        if self.refused_selects and p1 == 0x08:
            self.refused_selects -= 1
            return 0x6A87
        match p1:
            case 0x04:
                if data != APPLET_AID:
                    return 0x6A82
                self.reset()
                return 0x9000
            case 0x08:
                return self._enter(data if data[:2] == MASTER_FILE else MASTER_FILE + data)
            case 0x02:
                return self._enter(data if data == MASTER_FILE else self._df + data)
            case _:
                return 0x6A86

    def _enter(self, path: bytes) -> int:
        if path in self.content.files:
            self._df, self._ef = path[:-2], path
            return 0x9000
        if any(known.startswith(path) for known in self.content.files):
            self._df, self._ef = path, None
            return 0x9000
        return 0x6A82

    def _read_binary(self, apdu: bytes) -> bytes:
        if self._ef is None:
            return _sw(0x6986)
        offset = int.from_bytes(apdu[2:4], "big")
        for glitch in self.glitches:
            if glitch.times and offset >= glitch.offset:
                glitch.times -= 1
                return _sw(glitch.sw)
        content = self.content.files[self._ef]
        if offset >= len(content):
            return _sw(0x6B00)
        return self._expected(content[offset:], (apdu[4] if len(apdu) > 4 else 0) or 256)

    def _card_data(self, apdu: bytes) -> bytes:
        le = (apdu[4] if len(apdu) > 4 else 0) or 256
        if le != len(self.content.card_data):
            return _sw(0x6C00 | len(self.content.card_data))
        return self.content.card_data + _sw(0x9000)

    def _expected(self, rest: bytes, le: int) -> bytes:
        if le <= len(rest):
            return rest[:le] + _sw(0x9000)
        match self.content.le_rule:
            case LeRule.SAY_6C:
                return _sw(0x6C00 | len(rest))
            case LeRule.ANSWER_SHORT:
                return rest + _sw(0x9000)
            case _:
                assert_never(self.content.le_rule)


def _sw(word: int) -> bytes:
    return word.to_bytes(2, "big")
