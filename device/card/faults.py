"""Fault scripts: what a virtual card and its reader do wrong, and when.

As text, one fault a word, `KIND[:VALUE][@WHERE]`:

    drop:12            the card is gone after 12 answers
    mute, mute:12      no answer to reset; no answer after 12 commands
    sw:6b00@512x2      this status word instead of an answer, twice, to reads from offset 512 on
    eof@256            files seem to end at 256
    garbage@READ       data of the right length and the wrong content
    noise@READ         answers of any length and content
    long:16@READ       16 bytes more than asked for
    endless:4031       a file that never ends
    slow:20ms, slow:80us/byte, slow:atr   each command, each byte, or as the ATR says

WHERE is `[INSTRUCTION or [FILE+]OFFSET][#NTH][xTIMES]`: SELECT, PATH (SELECT by path), READ, DATA
(GET CARD DATA), AUTHENTICATE or RESPONSE; the four digits of a file; from which offset; from which
of these commands on; how often. Without it every command is met, for ever.
"""

import re
from dataclasses import dataclass, replace

from device.card.wire_speed import seconds_per_exchange

_FOREVER = 1 << 62
_INSTRUCTIONS = {
    "SELECT": (0xA4, None),
    "PATH": (0xA4, 0x08),
    "READ": (0xB0, None),
    "DATA": (0xE4, None),
    "AUTHENTICATE": (0x88, None),
    "RESPONSE": (0xC0, None),
}
_READ = 0xB0
_WHERE = re.compile(
    r"(?:(?P<word>[A-Z]+)|(?:(?P<file>[0-9a-f]{4})\+)?(?P<offset>[0-9]{1,5}))?"
    r"(?:#(?P<nth>[1-9][0-9]{0,5}))?(?:x(?P<times>[1-9][0-9]{0,5}))?"
)
_SLOW = re.compile(r"(?P<number>[0-9]{1,6}(?:\.[0-9]{1,3})?)(?P<unit>s|ms|us)(?P<byte>/byte)?")
_PER_SECOND = {"s": 1, "ms": 1_000, "us": 1_000_000}


class FaultError(ValueError):
    """Say that a text is no fault script; `untrusted_word` is what was not understood."""

    def __init__(self, untrusted_word: str) -> None:
        super().__init__(untrusted_word)
        self.untrusted_word = untrusted_word


@dataclass(frozen=True, slots=True)
class Where:
    """Tell which commands a fault meets; a part that is None meets all."""

    ins: int | None = None
    p1: int | None = None
    file: bytes | None = None
    """The two bytes of a file's identifier."""
    offset: int | None = None
    """Reads at or after it."""
    nth: int = 1
    """From which of the commands that fit, counted from 1."""
    times: int = _FOREVER

    def fits(self, ins: int, p1: int, file: bytes, offset: int) -> bool:
        """Tell whether a command fits, whatever went before it."""
        return (
            self.ins in (None, ins)
            and self.p1 in (None, p1)
            and self.file in (None, file[-2:])
            and (self.offset is None or (ins == _READ and offset >= self.offset))
        )


EVERYWHERE = Where()


@dataclass(frozen=True, slots=True)
class StatusWord:
    """Answer with this status word and nothing else."""

    sw: int
    where: Where = EVERYWHERE

    @classmethod
    def on_reads(cls, offset: int, sw: int, times: int) -> "StatusWord":
        """Return the fault that answers `times` READ BINARY at or after `offset` with `sw`."""
        return cls(sw, Where(ins=_READ, offset=offset, times=times))


@dataclass(frozen=True, slots=True)
class SpuriousEnd:
    """Let files seem to end at `where.offset`: short there, 6B00 behind it."""

    where: Where


@dataclass(frozen=True, slots=True)
class Garbage:
    """Give other data of the same length, with the same status word."""

    where: Where = EVERYWHERE


@dataclass(frozen=True, slots=True)
class Noise:
    """Give an answer of any length and content, sometimes without a status word."""

    where: Where = EVERYWHERE


@dataclass(frozen=True, slots=True)
class TooLong:
    """Give `extra` bytes more than there are, before the status word."""

    extra: int
    where: Where = EVERYWHERE


@dataclass(frozen=True, slots=True)
class Endless:
    """Let a file, named by two bytes, begin again where it ends."""

    file: bytes


@dataclass(frozen=True, slots=True)
class Drop:
    """Pull the card after so many answers."""

    after: int


@dataclass(frozen=True, slots=True)
class Silence:
    """Fall silent after so many commands; 0: no answer to reset either."""

    after: int = 0


@dataclass(frozen=True, slots=True)
class Slow:
    """Take time for each command and for each byte of it and of its answer."""

    per_command_s: float = 0.0
    per_byte_s: float = 0.0


@dataclass(frozen=True, slots=True)
class WireSpeed:
    """Take the time that the speed in the ATR means at 4 MHz."""


Fault = (
    StatusWord
    | SpuriousEnd
    | Garbage
    | Noise
    | TooLong
    | Endless
    | Drop
    | Silence
    | Slow
    | WireSpeed
)


def delay_s(faults: list[Fault], atr: bytes, sent: int, received: int) -> float:
    """Return the seconds that an exchange of so many bytes takes under these faults."""
    seconds = 0.0
    for fault in faults:
        if isinstance(fault, Slow):
            seconds += fault.per_command_s + fault.per_byte_s * (sent + received)
        elif isinstance(fault, WireSpeed):
            seconds += seconds_per_exchange(atr, sent, received)
    return seconds


def parse_script(text: str) -> tuple[Fault, ...]:
    """Return the faults of a script, which are parted by white space. Raises FaultError."""
    return tuple(parse_fault(word) for word in text.split())


def parse_fault(untrusted_word: str) -> Fault:
    """Return the one fault that a word names. Raises FaultError."""
    named, _, place = untrusted_word.partition("@")
    kind, _, value = named.partition(":")
    where = _where(untrusted_word, place)
    made = _plain(kind, value) if not place else None
    if made is None:
        made = _placed(kind, value, where)
    if made is None:
        raise FaultError(untrusted_word)
    return made


def _plain(kind: str, value: str) -> Fault | None:
    """Return a fault that meets the whole card, or None."""
    match kind:
        case "drop" if value.isdecimal():
            return Drop(int(value))
        case "mute" if value.isdecimal() or not value:
            return Silence(int(value or 0))
        case "endless" if re.fullmatch("[0-9a-f]{4}", value):
            return Endless(bytes.fromhex(value))
        case "slow" if value == "atr":
            return WireSpeed()
        case "slow" if found := _SLOW.fullmatch(value):
            seconds = float(found["number"]) / _PER_SECOND[found["unit"]]
            return Slow(per_byte_s=seconds) if found["byte"] else Slow(per_command_s=seconds)
        case _:
            return None


def _placed(kind: str, value: str, where: Where) -> Fault | None:
    """Return a fault that meets some commands, or None."""
    match kind:
        case "sw" if re.fullmatch("[0-9a-f]{4}", value.lower()):
            return StatusWord(int(value, 16), where)
        case "eof" if not value and where.offset is not None:
            return SpuriousEnd(where)
        case "garbage" if not value:
            return Garbage(where)
        case "noise" if not value:
            return Noise(where)
        case "long" if value.isdecimal():
            return TooLong(int(value), where)
        case _:
            return None


def _where(untrusted_word: str, place: str) -> Where:
    found = _WHERE.fullmatch(place)
    if found is None or not (found["word"] is None or found["word"] in _INSTRUCTIONS):
        raise FaultError(untrusted_word)
    where = EVERYWHERE
    if found["word"] is not None:
        ins, p1 = _INSTRUCTIONS[found["word"]]
        where = replace(where, ins=ins, p1=p1)
    if found["offset"] is not None:
        file = None if found["file"] is None else bytes.fromhex(found["file"])
        where = replace(where, ins=_READ, file=file, offset=int(found["offset"]))
    times = _FOREVER if found["times"] is None else int(found["times"])
    return replace(where, nth=int(found["nth"] or 1), times=times)
