"""Reading the files of an eID: selection, chunks, ends of files, and what flaky readers do."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from device.card import tlv
from device.card.apdu import (
    GET_CARD_DATA,
    MAX_LE,
    READ_BINARY,
    SELECT,
    SW_OK,
    Channel,
    CommandApdu,
    T0Responses,
)
from device.card.atr import EID_GENERATIONS
from device.card.errors import CardMalformed, CardRefused
from device.card.status import CardFinding

APPLET_AID = bytes.fromhex("A00000003029057000AD13100101FF")
CARD_DATA_BYTES = 0x1C

IDENTITY = bytes.fromhex("3F00DF014031")
IDENTITY_SIGNATURE = bytes.fromhex("3F00DF014032")
ADDRESS = bytes.fromhex("3F00DF014033")
ADDRESS_SIGNATURE = bytes.fromhex("3F00DF014034")
PHOTO = bytes.fromhex("3F00DF014035")
ROOT_CERTIFICATE = bytes.fromhex("3F00DF00503B")
RRN_CERTIFICATE = bytes.fromhex("3F00DF00503C")
"""The paths that are read. 5038 and 5039, the holder's certificates, have no name here: they
carry the national number and nothing needs them."""

MAX_FILE_BYTES = 8192
EC_SIGNATURE_BYTES = 104
"""The longest DER of an ECDSA P-384 signature: two integers of 49 bytes in a sequence."""
SIGNATURE_FILE_BYTES = 256
"""What a padded signature file holds, and the longest RSA signature on any card."""
_SHORTEST_ADDRESS_BYTES = 117
"""No address file is shorter, and few addresses are longer (eid.md, 2.2)."""
_LAST_OF_ADDRESS = 0x03
_CHUNKS = (MAX_LE, 252, 248, 128)
"""What is asked at once. Some readers cannot pass 256 bytes on (eid.md, 2.4 and 11)."""
_END_CONFIRMATIONS = 2
BREATH_S = 0.02
"""What flaky readers want after a SELECT; only careful reading waits (eid.md, 8.2)."""
_NOT_FOUND = frozenset({0x6A82, 0x6A86, 0x6A87})
_NOT_ACTIVATED = 0x6D00
_WRONG_LENGTH = 0x6700
_END_LIKE = frozenset({0x6B00, 0x6986, SW_OK})
"""What the end of a file answers. Alcor readers also say it in the middle of one (eid.md, 2.4)."""


@dataclass(frozen=True, slots=True)
class Shape:
    """Say when a file is whole, as far as what was read of it tells.

    `wanted` gives from a file's beginning the length at which reading may stop, None while that
    cannot be known; `is_whole` tells whether a short answer may have been the file's end. `first`
    is what the first command asks for, in bytes. `is_stored`: careful reading gives the file as it
    is stored, with what lies behind its wanted length.
    """

    wanted: Callable[[bytes], int | None]
    is_whole: Callable[[bytes], bool]
    first: int = MAX_LE
    is_stored: bool = False


def _padded_records(untrusted_start: bytes) -> int | None:
    # Where a chunk ends between two elements, only the last one tells that no other follows.
    used = _used(untrusted_start)
    if used == len(untrusted_start) and _LAST_OF_ADDRESS not in tlv.parse(untrusted_start):
        return None
    return used


def _used(untrusted_start: bytes) -> int | None:
    try:
        return tlv.used_length(untrusted_start)
    except CardMalformed:
        return None


def _end_of_der(untrusted_start: bytes) -> int | None:
    # A file without a sequence (all zeros: no certificate) ends before it begins.
    return tlv.der_length(untrusted_start) or 0


def _end_of_signature(untrusted_start: bytes) -> int | None:
    length = tlv.der_length(untrusted_start)
    is_ec = length is not None and length <= EC_SIGNATURE_BYTES
    return length if is_ec else SIGNATURE_FILE_BYTES


def _end_of_jpeg(untrusted_start: bytes) -> int | None:
    return len(untrusted_start) if _is_whole_jpeg(untrusted_start) else None


def _is_whole_jpeg(untrusted_content: bytes) -> bool:
    return untrusted_content.endswith(b"\xff\xd9")


def _is_whole_der(untrusted_content: bytes) -> bool:
    return len(untrusted_content) >= (tlv.der_length(untrusted_content) or 0)


RECORDS = Shape(lambda _: None, lambda content: _used(content) is not None)
"""The identity: signed with all that it holds, so it is read to its end."""
PADDED_RECORDS = Shape(
    _padded_records, lambda content: _used(content) is not None, first=_SHORTEST_ADDRESS_BYTES
)
"""The address: signed without its zeros, so they need not be read."""
DER = Shape(_end_of_der, _is_whole_der)
"""A certificate: to the end of its sequence, its zero tail unread; b"" if there is none."""
EC_SIGNATURE = Shape(_end_of_signature, _is_whole_der, first=EC_SIGNATURE_BYTES)
"""A signature whose padding nobody needs."""
STORED_SIGNATURE = Shape(lambda _: SIGNATURE_FILE_BYTES, lambda _: True, is_stored=True)
"""A signature file as it is stored: another signature covers its padding too."""
JPEG = Shape(_end_of_jpeg, _is_whole_jpeg)


def exact(length: int, *, is_stored: bool = False) -> Shape:
    """Return the shape of what is known to be this long: an RSA signature, by its key."""
    return Shape(
        lambda _: length, lambda content: len(content) >= length, first=length, is_stored=is_stored
    )


class CardFiles:
    """Read the public files of one eID over one channel.

    `is_careful` reads slower, in small chunks and to the confirmed end of every file: for the
    second try after something did not fit together.
    """

    def __init__(self, channel: Channel, *, is_careful: bool = False) -> None:
        self._channel = T0Responses(channel)
        self._chunks = iter(_CHUNKS[-1:] if is_careful else _CHUNKS)
        self._chunk = next(self._chunks)
        self._careful = is_careful

    def recognise(self, atr: bytes) -> bytes:
        """Return the answer to GET CARD DATA of what must be an eID.

        Where the ATR is an eID's, its applet is selected since the reset and one command does;
        any other card is asked for the applet first, because to it the same bytes may mean
        something else. Raises CardRefused (FOREIGN, NOT_ACTIVATED), CardMalformed.
        """
        if atr in EID_GENERATIONS:
            data, sw = self._ask_card_data()
            if sw == SW_OK and len(data) >= CARD_DATA_BYTES:
                return data[:CARD_DATA_BYTES]
        self.select_applet()
        return self.card_data()

    def select_applet(self) -> None:
        """Make sure that this is an eID.

        Raises CardRefused with FOREIGN (another card), NOT_ACTIVATED (6D00 everywhere).
        """
        _, sw = self._channel.send_and_receive(CommandApdu(*SELECT, 0x04, 0x00, APPLET_AID))
        if sw == SW_OK:
            return
        if sw != _NOT_ACTIVATED:
            _, sw = self._select_path(IDENTITY)
        if sw == _NOT_ACTIVATED:
            raise CardRefused(CardFinding.NOT_ACTIVATED, "select-applet", sw=sw)
        if sw != SW_OK:
            raise CardRefused(CardFinding.FOREIGN, "select-applet", sw=sw)

    def card_data(self) -> bytes:
        """Return the answer to GET CARD DATA, 28 bytes, of which the first 16 name the chip.

        Raises CardRefused, CardMalformed.
        """
        data, sw = self._ask_card_data()
        if sw != SW_OK:
            finding = CardFinding.NOT_ACTIVATED if sw == _NOT_ACTIVATED else CardFinding.UNREADABLE
            raise CardRefused(finding, "card-data", sw=sw)
        if len(data) < CARD_DATA_BYTES:
            raise CardMalformed("card-data-short")
        return data[:CARD_DATA_BYTES]

    def read(self, path: bytes, shape: Shape) -> bytes:
        """Return one file, as much of it as its shape wants. No byte of it is asked for twice.

        Careful reading goes on to the confirmed end of the file. Raises CardError.
        """
        self._select(path)
        content = bytearray()
        le = shape.first
        while len(content) < MAX_FILE_BYTES:
            le = min(le, self._chunk)
            # An end behind a file that is whole needs no second look.
            is_expected = bool(content) and shape.is_whole(bytes(content)) and not self._careful
            data, is_end = self._read_at(path, len(content), le, is_expected=is_expected)
            content += data
            wanted = shape.wanted(bytes(content))
            if wanted is not None and len(content) >= wanted and not self._careful:
                return bytes(content[:wanted])
            is_short = len(data) < le and not self._careful
            if is_end or (is_short and shape.is_whole(bytes(content))):
                is_cut = not (self._careful and shape.is_stored)
                return bytes(content[:wanted] if is_cut else content)
            le = MAX_LE if wanted is None or self._careful else wanted - len(content)
        raise CardMalformed("file-too-long")

    def _ask_card_data(self) -> tuple[bytes, int]:
        return self._channel.send_and_receive(CommandApdu(*GET_CARD_DATA, 0, 0, le=CARD_DATA_BYTES))

    def _select_path(self, path: bytes) -> tuple[bytes, int]:
        return self._channel.send_and_receive(CommandApdu(*SELECT, 0x08, 0x0C, path))

    def _select(self, path: bytes) -> None:
        """Select a file: by path, once more after the applet, then step by step (eid.md, 2.3)."""
        _, sw = self._select_path(path)
        if self._careful:
            time.sleep(BREATH_S)
        if sw in _NOT_FOUND:
            self._channel.send_and_receive(CommandApdu(*SELECT, 0x04, 0x00, APPLET_AID))
            _, sw = self._select_path(path)
        if sw in _NOT_FOUND:
            for at in range(0, len(path), 2):
                step = CommandApdu(*SELECT, 0x02, 0x0C, path[at : at + 2])
                _, sw = self._channel.send_and_receive(step)
        if sw != SW_OK:
            finding = CardFinding.NOT_ACTIVATED if sw == _NOT_ACTIVATED else CardFinding.UNREADABLE
            raise CardRefused(finding, "select-file", sw=sw)

    def _read_at(
        self, path: bytes, offset: int, le: int, *, is_expected: bool
    ) -> tuple[bytes, bool]:
        """Read one chunk and tell whether the file has ended before it.

        "Nothing here" is believed only when it repeats after a fresh SELECT, or when the end
        `is_expected`. A reader that cannot
        pass so much on at once is asked for less, from now on.
        """
        data, sw = self._ask(offset, le)
        while sw == _WRONG_LENGTH and le == self._chunk:
            smaller = next(self._chunks, None)
            if smaller is None:
                break
            le = self._chunk = smaller
            data, sw = self._ask(offset, le)
        for _ in range(0 if is_expected else _END_CONFIRMATIONS):
            if sw not in _END_LIKE or data:
                break
            self._select(path)
            data, sw = self._ask(offset, le)
        if sw == SW_OK and data:
            return data[:le], False
        if sw in _END_LIKE and offset:
            return b"", True
        finding = CardFinding.NOT_ACTIVATED if sw == _NOT_ACTIVATED else CardFinding.UNREADABLE
        raise CardRefused(finding, "read-file", sw=sw)

    def _ask(self, offset: int, le: int) -> tuple[bytes, int]:
        command = CommandApdu(*READ_BINARY, offset >> 8, offset & 0xFF, le=le)
        return self._channel.send_and_receive(command)
