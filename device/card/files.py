"""Reading the files of an eID: selection, chunks, ends of files, and what flaky readers do."""

from collections.abc import Callable

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
_CAREFUL_CHUNK = 128
_END_CONFIRMATIONS = 2
_NOT_FOUND = frozenset({0x6A82, 0x6A86, 0x6A87})
_NOT_ACTIVATED = 0x6D00
_END_LIKE = frozenset({0x6B00, 0x6986, SW_OK})
"""What the end of a file answers. Alcor readers also say it in the middle of one (eid.md, 2.4)."""


Stop = Callable[[bytes], int | None]
"""From what was read so far to the length at which reading may stop, None while unknown."""


def _end_of_der(untrusted_start: bytes) -> int | None:
    # A file without a sequence (all zeros: no certificate) ends before it begins.
    return tlv.der_length(untrusted_start) or 0


def _end_of_signature(untrusted_start: bytes) -> int | None:
    length = tlv.der_length(untrusted_start)
    return length if length is not None and length <= EC_SIGNATURE_BYTES else MAX_LE


def _full_signature(_untrusted_start: bytes) -> int | None:
    return MAX_LE


class CardFiles:
    """Read the public files of one eID over one channel.

    `is_careful` reads slower, in small chunks and to the confirmed end of every file: for the
    second try after something did not fit together.
    """

    def __init__(self, channel: Channel, *, is_careful: bool = False) -> None:
        self._channel = T0Responses(channel)
        self._chunk = _CAREFUL_CHUNK if is_careful else MAX_LE
        self._careful = is_careful

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
        data, sw = self._channel.send_and_receive(
            CommandApdu(*GET_CARD_DATA, 0, 0, le=CARD_DATA_BYTES)
        )
        if sw != SW_OK:
            finding = CardFinding.NOT_ACTIVATED if sw == _NOT_ACTIVATED else CardFinding.UNREADABLE
            raise CardRefused(finding, "card-data", sw=sw)
        if len(data) < CARD_DATA_BYTES:
            raise CardMalformed("card-data-short")
        return data[:CARD_DATA_BYTES]

    def read_records(self, path: bytes) -> bytes:
        """Return a whole TLV file (identity, address). Raises CardError."""
        return self._read(path)

    def read_signature(self, path: bytes, *, padding: bool = True) -> bytes:
        """Return a signature file as it is stored.

        An RSA-2048 signature is 256 bytes and so is the padded file of most others: a full first
        chunk counts as the file, without asking what comes after it. Careful reading asks.
        With `padding` False the zeros after a DER signature may be left unread.
        Raises CardError.
        """
        if not padding:
            return self._read(path, first=EC_SIGNATURE_BYTES, stop=_end_of_signature)
        return self._read(path, stop=None if self._careful else _full_signature)

    def read_der(self, path: bytes) -> bytes:
        """Return the DER sequence a file begins with, its zero tail unread; b"" if there is none.

        Raises CardError.
        """
        return self._read(path, stop=_end_of_der)

    def _select_path(self, path: bytes) -> tuple[bytes, int]:
        return self._channel.send_and_receive(CommandApdu(*SELECT, 0x08, 0x0C, path))

    def _select(self, path: bytes) -> None:
        """Select a file: by path, once more after the applet, then step by step (eid.md, 2.3)."""
        _, sw = self._select_path(path)
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

    def _read(self, path: bytes, *, first: int = MAX_LE, stop: Stop | None = None) -> bytes:
        self._select(path)
        content = bytearray()
        wanted: int | None = None
        while len(content) < MAX_FILE_BYTES:
            le = min(self._chunk, first if not content else MAX_LE)
            if wanted is not None:
                le = min(le, wanted - len(content))
            data, is_end = self._read_at(path, len(content), le)
            content += data
            if not is_end and stop is not None:
                wanted = stop(bytes(content))
            if is_end or (wanted is not None and len(content) >= wanted):
                return bytes(content[:wanted])
        raise CardMalformed("file-too-long")

    def _read_at(self, path: bytes, offset: int, le: int) -> tuple[bytes, bool]:
        """Read one chunk and tell whether the file ends with it.

        A short chunk is the end. "Nothing here" after a full chunk is believed only when it
        repeats after a fresh SELECT.
        """
        command = CommandApdu(*READ_BINARY, offset >> 8, offset & 0xFF, le=le)
        data, sw = self._channel.send_and_receive(command)
        for _ in range(_END_CONFIRMATIONS if offset else 0):
            if sw not in _END_LIKE or data:
                break
            self._select(path)
            data, sw = self._channel.send_and_receive(command)
        if sw == SW_OK and data:
            return data[:le], len(data) < le
        if sw in _END_LIKE and offset:
            return b"", True
        finding = CardFinding.NOT_ACTIVATED if sw == _NOT_ACTIVATED else CardFinding.UNREADABLE
        raise CardRefused(finding, "read-file", sw=sw)
