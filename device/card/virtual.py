"""A virtual eID: the Belpic applet's public files and commands, as 1.1, 1.7 and 1.8 answer them.

It never ships on a device. The twin and the tests put it behind vpcd (a real pcscd), behind QEMU
or behind the simulated reader.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import assert_never

from device.card.card_log import CardLog, Span
from device.card.faults import Fault, Silence, StatusWord, Where, delay_s
from device.card.files import APPLET_AID
from device.card.trouble import Asked, CardGone, Trouble

ATR_10 = bytes.fromhex("3B9894400AA503010101AD1310")
ATR_17 = bytes.fromhex("3B9813400AA503010101AD1311")
"""Of applet 1.1 and 1.7: the bulk of the cards in use (eid.md, 1.1)."""
ATR_18 = bytes.fromhex("3B7F96000080318065B085040120120FFF829000")
ATR_BANK = bytes.fromhex("3B6500002063CB6800")
"""A card that is no eID: T=0, five historical bytes."""

MASTER_FILE = bytes.fromhex("3F00")
BELPIC_AID = bytes.fromhex("A000000177504B43532D3135")
AUTHENTICATIONS = 5000
"""How often a chip of applet 1.8 proves itself before it wants a PIN (eid.md, 5.5)."""

_NAMED = {APPLET_AID: MASTER_FILE, BELPIC_AID: bytes.fromhex("3F00DF00")}
"""Applications by AID. DF(ID)'s AID is absent on many cards, so it is absent here."""
_CHALLENGE = bytes.fromhex("9430")
_FCI = bytes((0x6F, 2 + len(APPLET_AID), 0x84, len(APPLET_AID))) + APPLET_AID

Glitch = StatusWord.on_reads
"""The fault that most tests of reading want."""


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
    SAY_6C_FOR_256 = "6c-256"
    """6Cxx only to a command for 256 bytes, else what there is."""


class EndRule(Enum):
    """Name what a read at exactly the end of a file answers."""

    REFUSE = "6b00"
    ANSWER_EMPTY = "empty"


@dataclass(frozen=True, slots=True, repr=False)
class CardContent:
    """Hold what is on one card: files by path from 3F00, the answer to GET CARD DATA, the ATR.

    `card_data_more` follows it for P2=01. `authenticate` makes r and s, 96 bytes, of a challenge of
    48; None: this chip cannot prove itself. `says_61`: SELECT with P2=00 has an answer to fetch.
    """

    atr: bytes
    card_data: bytes = b""
    files: Mapping[bytes, bytes] = field(default_factory=dict)
    temper: Temper = Temper.EID
    le_rule: LeRule = LeRule.SAY_6C
    end_rule: EndRule = EndRule.REFUSE
    says_61: bool = False
    card_data_more: bytes = b""
    authenticate: Callable[[bytes], bytes] | None = None
    authentications_left: int = AUTHENTICATIONS


class VirtualCard:
    """Answer command APDUs as the card with this content would, and as its faults let it.

    `log` keeps what came in and what went out; `faults` may grow while the card is in use.
    """

    def __init__(self, content: CardContent, faults: Iterable[Fault] = ()) -> None:
        self.content = content
        self.faults: list[Fault] = list(faults)
        self.log = CardLog()
        self._trouble = Trouble(self.faults)
        self._pulled = False
        self._df = MASTER_FILE
        self._ef: bytes | None = None
        self._pending = b""

    @property
    def atr(self) -> bytes:
        """The answer to reset."""
        return self.content.atr

    @property
    def is_mute(self) -> bool:
        """True when the card does not answer to reset."""
        return self.content.temper is Temper.MUTE or Silence(0) in self.faults

    @property
    def is_pulled(self) -> bool:
        """True once its fault script has pulled the card."""
        return self._pulled

    @property
    def commands(self) -> list[tuple[int, int]]:
        """Class and instruction of all that came in: the eye that checks the filter."""
        return self.log.commands

    @property
    def glitches(self) -> list[Fault]:
        """The faults, by the name under which `Glitch` is added."""
        return self.faults

    @property
    def refused_selects(self) -> int:
        """How many SELECT by path are answered 6A87; to set it adds such a fault."""
        words = [fault for fault in self.faults if isinstance(fault, StatusWord)]
        return sum(word.where.times for word in words if word.where.p1 == 0x08)

    @refused_selects.setter
    def refused_selects(self, times: int) -> None:
        self.faults.append(StatusWord(0x6A87, Where(ins=0xA4, p1=0x08, times=times)))

    def reset(self) -> None:
        """Forget the selection, as power on and reset do."""
        self.log.resets += 1
        self._forget()

    def delay_s(self, sent: int, received: int) -> float:
        """Return the seconds that its faults want an exchange of so many bytes to take."""
        return delay_s(self.faults, self.content.atr, sent, received)

    def transmit(self, apdu: bytes) -> bytes:
        """Return the answer to one command: data and status word.

        b"" when it says nothing. Raises CardGone once the fault script has pulled the card.
        """
        self.log.bytes_in += len(apdu)
        try:
            answer = self._troubled(apdu)
        except CardGone:
            self._pulled = True
            raise
        self.log.bytes_out += len(answer)
        return answer

    def _forget(self) -> None:
        self._df, self._ef, self._pending = MASTER_FILE, None, b""

    def _troubled(self, apdu: bytes) -> bytes:
        if len(apdu) < 4:
            return _sw(0x6700)
        self.log.commands.append((apdu[0], apdu[1]))
        asked = self._asked(apdu)
        instead = self._trouble.instead(asked)
        if instead is not None:
            return instead
        match self.content.temper:
            case Temper.MUTE:
                return b""
            case Temper.NOT_ACTIVATED:
                return _sw(0x6D00)
            case Temper.FOREIGN:
                return _sw(0x6A82 if apdu[1] == 0xA4 else 0x6D00)
            case Temper.EID:
                return self._trouble.changed(asked, self._answer(apdu, asked))
            case _:
                assert_never(self.content.temper)

    def _asked(self, apdu: bytes) -> Asked:
        ins, is_read = apdu[1], apdu[1] == 0xB0
        data = apdu[5:] if ins == 0xA4 else b""
        return Asked(
            ins=ins,
            p1=apdu[2],
            file=(self._ef or b"") if is_read else data,
            offset=int.from_bytes(apdu[2:4], "big") if is_read else 0,
            le=(apdu[4] if len(apdu) > 4 else 0) or 256,
        )

    def _answer(self, apdu: bytes, asked: Asked) -> bytes:
        pending, self._pending = self._pending, b""
        match (apdu[0], apdu[1]):
            case (0x00, 0xA4):
                return self._select(apdu)
            case (0x00, 0xB0):
                return self._read_binary(asked)
            case (0x00, 0xC0):
                return self._get_response(pending, asked.le)
            case (0x00, 0x88):
                return self._authenticate(apdu)
            case (0x80, 0xE4):
                return self._card_data(apdu, asked.le)
            case (0x00 | 0x80, _):
                return _sw(0x6D00)
            case _:
                return _sw(0x6E00)

    def _select(self, apdu: bytes) -> bytes:
        p1, p2 = apdu[2:4]
        data = apdu[5 : 5 + apdu[4]] if len(apdu) > 5 else b""
        if p2 not in (0x00, 0x0C):
            return _sw(0x6A86)
        match p1:
            case 0x04:
                found = self._enter_named(data)
            case 0x08 if len(data) % 2:
                return _sw(0x6A87)
            case 0x08:
                found = self._enter(data if data[:2] == MASTER_FILE else MASTER_FILE + data)
            case 0x02 if len(data) != 2:
                return _sw(0x6A87)
            case 0x02:
                found = self._enter(data if data == MASTER_FILE else self._df + data)
            case _:
                return _sw(0x6A86)
        if not found:
            return _sw(0x6A82)
        return self._to_fetch(_FCI) if p2 == 0x00 and self.content.says_61 else _sw(0x9000)

    def _enter_named(self, aid: bytes) -> bool:
        if aid not in _NAMED:
            return False
        self._forget()
        self._df = _NAMED[aid]
        return True

    def _enter(self, path: bytes) -> bool:
        if path in self.content.files:
            self._df, self._ef = path[:-2], path
            return True
        if any(known.startswith(path) for known in self.content.files):
            self._df, self._ef = path, None
            return True
        return False

    def _read_binary(self, asked: Asked) -> bytes:
        if self._ef is None:
            return _sw(0x6986)
        content = self._trouble.content(asked, self.content.files[self._ef])
        if asked.offset > len(content):
            return _sw(0x6B00)
        answer = self._expected(content[asked.offset :], asked.le)
        if len(answer) > 2:
            self.log.spans.append(Span(self._ef, asked.offset, len(answer) - 2))
        return answer

    def _expected(self, rest: bytes, le: int) -> bytes:
        if not rest:
            return _sw(0x9000 if self.content.end_rule is EndRule.ANSWER_EMPTY else 0x6B00)
        if le <= len(rest):
            return rest[:le] + _sw(0x9000)
        match self.content.le_rule:
            case LeRule.SAY_6C:
                return _sw(0x6C00 | len(rest))
            case LeRule.ANSWER_SHORT:
                return rest + _sw(0x9000)
            case LeRule.SAY_6C_FOR_256:
                return _sw(0x6C00 | len(rest)) if le == 256 else rest + _sw(0x9000)
            case _:
                assert_never(self.content.le_rule)

    def _card_data(self, apdu: bytes, le: int) -> bytes:
        data = self.content.card_data
        if apdu[3] == 0x01 and self.content.card_data_more:
            data += self.content.card_data_more
        elif apdu[2:4] != b"\0\0":
            return _sw(0x6A86)
        is_short = le > len(data) and self.content.le_rule is LeRule.ANSWER_SHORT
        return data + _sw(0x9000) if le == len(data) or is_short else _sw(0x6C00 | len(data))

    def _authenticate(self, apdu: bytes) -> bytes:
        if self.content.authenticate is None or apdu[2:4] != b"\x02\x81":
            return _sw(0x6A86)
        challenge = apdu[5 : 5 + apdu[4]] if len(apdu) > 5 else b""
        if len(challenge) != 50 or not challenge.startswith(_CHALLENGE):
            return _sw(0x6A80)
        if self.log.authentications >= self.content.authentications_left:
            return _sw(0x6983)
        self.log.authentications += 1
        return self._to_fetch(self.content.authenticate(challenge[2:]))

    def _to_fetch(self, data: bytes) -> bytes:
        """Answer a case-4 command: GET RESPONSE is the reader's work, or that of who asked it."""
        if self.content.le_rule is LeRule.ANSWER_SHORT:
            return data + _sw(0x9000)
        self._pending = data
        return _sw(0x6100 | len(data))

    def _get_response(self, pending: bytes, le: int) -> bytes:
        if not pending:
            return _sw(0x6985)
        if le > len(pending):
            self._pending = pending
            return _sw(0x6C00 | len(pending))
        self._pending = pending[le:]
        return pending[:le] + _sw(0x6100 | len(self._pending) if self._pending else 0x9000)


def _sw(word: int) -> bytes:
    return word.to_bytes(2, "big")
