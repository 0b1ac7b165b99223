"""What is fuzzed: each target takes any bytes, and must give a value or a CardError.

Anything else that it raises, a command too many, or a text that could steer a screen is a find.
"""

from __future__ import annotations

import dataclasses
import datetime
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from device.card import files, learned, tlv
from device.card.apdu import CommandApdu, outgoing, split
from device.card.authenticity import SignedFiles, verify
from device.card.birth_date import parse_birth_date
from device.card.certificates import load_certificate
from device.card.eid import Address, Identity, parse_address, parse_identity
from device.card.errors import CardError
from device.card.roots import TrustedRoots
from device.card.single_read import SingleRead, Wanted
from device.card.status import Field
from device.card.traces import Trace, encode
from device.card.validity import parse_validity
from device.card.virtual import CardContent, VirtualCard
from provisioning.twin.cards import Deck, TwinPki
from tests.driving.plain_wire import PlainWire

MAX_COMMANDS = 1500
"""More than the slowest honest read of the largest card takes, twice."""
TODAY = datetime.date(2026, 1, 1)
_STEERS = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})


class Found(AssertionError):
    """Say that a target broke its promise."""


@dataclass(frozen=True)
class Target:
    """Hold one target: what runs on bytes, and the honest bytes it starts from."""

    run: Callable[[bytes], None]
    seeds: Callable[[], Iterable[bytes]]


class Ground:
    """The invented cards and the test register that targets stand on."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.deck = Deck(TwinPki(folder))
        # Made now: the first of each kind founds its register.
        self.cards = [self.deck.content(name) for name in ("jean-marie", "telma", "amina")]
        self.roots = TrustedRoots(cache=None, development_folder=folder)

    def targets(self) -> dict[str, Target]:
        """Return every target by name."""
        return {
            "replies": Target(self._replies, self._reply_seeds),
            "tlv": Target(_tlv, self._record_seeds),
            "dates": Target(_dates, _date_seeds),
            "certificates": Target(self._certificates, self._certificate_seeds),
            "signatures": Target(self._signatures, self._signature_seeds),
        }

    # ---- replies to commands ----------------------------------------------------------

    def _replies(self, data: bytes) -> None:
        """The first byte says which card; each command then takes what becomes of its answer."""
        content = self.cards[data[0] % len(self.cards)] if data else self.cards[0]
        wire = BentWire(content, data[1:])
        single = SingleRead(
            wire,
            visit_key=b"k",
            expected_card=None,
            roots=self.roots,
            today=TODAY,
            note=_noted,
        )
        wanted = Wanted(fields=frozenset(Field), has_photo=True)
        with suppress(CardError):
            gathered = single.gather(wanted, _first)
            for value in gathered.fields.values():
                _is_plain(value)

    def _reply_seeds(self) -> Iterator[bytes]:
        for number in range(len(self.cards)):
            yield bytes((number,))
            for bend in (0xF0, 0xF1, 0xF2, 0xF3, 0xF4, 0xF5):
                yield bytes((number, 0, 0, 0, bend, 0x6B, 0x00, 7))

    # ---- files ------------------------------------------------------------------------

    def _record_seeds(self) -> Iterator[bytes]:
        for card in self.cards:
            yield b"\0" + card.files[files.IDENTITY]
            yield b"\1" + card.files[files.ADDRESS]
        for name in ("Jan\u202ereJ", "A\u0301" * 40, "\x1b[2J", "\u00e9" * 110):
            yield b"\0" + tlv.encode({0x07: name.encode(), 0x63: b"\0\x07"})

    def _certificates(self, data: bytes) -> None:
        roots = TrustedRoots(cache=None, development_folder=self.folder)
        with suppress(CardError):
            roots.offer(data)
        with suppress(CardError):
            load_certificate(data)
        card = self.cards[0]
        signed = SignedFiles(
            identity=card.files[files.IDENTITY],
            identity_signature=card.files[files.IDENTITY_SIGNATURE],
            address=None,
            address_signature=None,
            rrn_certificate=data,
        )
        with suppress(CardError):
            verify(signed, roots, TODAY)

    def _certificate_seeds(self) -> Iterator[bytes]:
        for card in self.cards:
            yield card.files[files.RRN_CERTIFICATE]
            yield card.files[files.ROOT_CERTIFICATE]

    def _signatures(self, data: bytes) -> None:
        """The first two bytes: which card, and where the address ends and signatures begin."""
        if len(data) < 3:
            return
        card = self.cards[data[0] % len(self.cards)]
        address, signatures = data[2 : 2 + data[1]], data[2 + data[1] :]
        half = len(signatures) // 2
        signed = SignedFiles(
            identity=card.files[files.IDENTITY],
            identity_signature=signatures[:half],
            address=address,
            address_signature=signatures[half:],
            rrn_certificate=card.files[files.RRN_CERTIFICATE],
        )
        with suppress(CardError):
            verify(signed, self.roots, TODAY)

    def _signature_seeds(self) -> Iterator[bytes]:
        for number, card in enumerate(self.cards):
            address = card.files[files.ADDRESS]
            signatures = card.files[files.IDENTITY_SIGNATURE] + card.files[files.ADDRESS_SIGNATURE]
            yield bytes((number, len(address))) + address + signatures


class BentWire(PlainWire):
    """A reader whose card is honest until the data says what becomes of an answer."""

    def __init__(self, content: CardContent, bends: bytes) -> None:
        super().__init__(VirtualCard(content))
        self._bends = bends
        self._at = 0
        self._asked = 0

    def send_and_receive(self, apdu: CommandApdu) -> tuple[bytes, int]:
        """Answer honestly, or as bent."""
        self._asked += 1
        if self._asked > MAX_COMMANDS:
            raise Found("commands without end")
        return split(self._bend(self.card.transmit(outgoing(apdu))))

    def _take(self, count: int) -> bytes:
        taken = self._bends[self._at : self._at + count]
        self._at += count
        return taken.ljust(count, b"\0")

    def _bend(self, answer: bytes) -> bytes:
        match self._take(1)[0]:
            case 0xF0:
                return self._take(2)
            case 0xF1:
                return answer[:-2] + self._take(2)
            case 0xF2:
                length = self._take(1)[0]
                return self._take(length)
            case 0xF3:
                place = int.from_bytes(self._take(2), "big") % max(1, len(answer))
                return answer[:place] + self._take(1) + answer[place + 1 :]
            case 0xF4:
                return answer[: self._take(1)[0]] + answer[-2:]
            case 0xF5:
                return self._take(4) * (1 + self._take(1)[0]) * 64 + answer[-2:]
            case _:
                return answer


def _tlv(data: bytes) -> None:
    read: tuple[Callable[[bytes], Identity | Address], ...] = (parse_identity, parse_address)
    with suppress(CardError):
        parsed = read[data[0] % 2 if data else 0](data[1:])
        told = _fields_of(parsed)
        # For the wipe alone, which seeks what the card itself may hold.
        told.pop("as_written")
        for value in told.values():
            if isinstance(value, str):
                _is_plain(value)
        if isinstance(parsed, Identity):
            _noted(learned.of_identity(parsed))
            with suppress(CardError):
                parsed.birth_date()
            with suppress(CardError):
                parsed.protection()
            parsed.check_national_number()
        else:
            _noted(learned.of_address(parsed))


def _fields_of(parsed: Identity | Address) -> dict[str, object]:
    """Return every field by its name."""
    return {field.name: getattr(parsed, field.name) for field in dataclasses.fields(parsed)}


def _dates(data: bytes) -> None:
    text = data.decode("utf-8", "replace")
    with suppress(CardError):
        iso = parse_birth_date(text).iso()
        if not iso.isascii():
            raise Found("a birth date that is no date")
    with suppress(CardError):
        parse_validity(text)


def _date_seeds() -> Iterator[bytes]:
    for text in (
        "14 MAR 1961",
        "4 MAI  1961",
        "14.MÄR.1961",
        "14.MÄR. 1961",
        "1961",
        "        1961",
    ):
        yield text.encode()
    yield b"01.02.2031"


def _first(values: object) -> None:
    del values


def _noted(traces: Iterable[Trace]) -> None:
    for trace in traces:
        encode(trace)


def _is_plain(text: str) -> None:
    if any(unicodedata.category(character) in _STEERS for character in text):
        raise Found("a text that steers")
