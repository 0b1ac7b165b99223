"""Plugging a virtual card into QEMU's `ccid-card-passthru` over the VSCARD protocol.

QEMU listens (`-chardev socket,…,server=on`); the card is the client. Every message is a header of
three big-endian words (type, reader, length) and a payload (libcacard, vscard_common.h):

    card                QEMU
    Init           ->
                   <-   Init
    ReaderAdd      ->
                   <-   Error 0         the reader of the guest
    ATR            ->
                   <-   Error 0         the card is in
                   <-   APDU, and ->, one at a time
    CardRemove     ->
                   <-   Error 0
    ReaderRemove   ->

QEMU keeps the ATR and tells the card of no power on, off or reset: what restarts a card here is
SELECT of the applet. A socket that closes is no removal, so CardRemove goes first.
"""

import asyncio
import contextlib
import struct
from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum

from device.card.plug import Plugged, PlugState
from device.card.trouble import CardGone

RECONNECT_S = 0.25
MAX_PAYLOAD_BYTES = 65536
"""QEMU's own input buffer."""
VERSION = 2
"""0.0.2, packed 11/11/10 bits."""
UNDEFINED_READER = 0xFFFFFFFF
FIRST_READER = 0
ANSWER_LIMIT_S = 5.0
"""How long QEMU may take to agree; a message that came too early is lost for ever."""

_LEAVE_LIMIT_S = 1.0
_HEADER = struct.Struct(">III")
_INIT = struct.Struct(">4sII")
_MAGIC = b"VSCD"
_SUCCESS = 0
_NO_DATA = bytes.fromhex("6F00")


class Kind(IntEnum):
    """Name the type of a message."""

    INIT = 1
    ERROR = 2
    READER_ADD = 3
    READER_REMOVE = 4
    ATR = 5
    CARD_REMOVE = 6
    APDU = 7
    FLUSH = 8
    FLUSH_COMPLETE = 9


class VscardError(Exception):
    """Say that the other side broke the protocol; `reason` is stable."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Message:
    """Hold one message."""

    kind: Kind
    payload: bytes = b""
    reader: int = FIRST_READER

    def __bytes__(self) -> bytes:
        return _HEADER.pack(self.kind, self.reader, len(self.payload)) + self.payload


def init() -> Message:
    """Return the message that opens a connection, from either side."""
    return Message(Kind.INIT, _INIT.pack(_MAGIC, VERSION, 0), UNDEFINED_READER)


def error(code: int = _SUCCESS) -> Message:
    """Return an acknowledgement (0) or a refusal."""
    return Message(Kind.ERROR, code.to_bytes(4, "big"))


async def receive(stream: asyncio.StreamReader) -> Message:
    """Return the next message. Raises VscardError, asyncio.IncompleteReadError, OSError."""
    kind, reader, length = _HEADER.unpack(await stream.readexactly(_HEADER.size))
    if length > MAX_PAYLOAD_BYTES:
        raise VscardError("payload-too-long")
    payload = await stream.readexactly(length)
    try:
        return Message(Kind(kind), payload, reader)
    except ValueError:
        raise VscardError("unknown-message") from None


class VscardPeer:
    """Keep one card plugged into one QEMU as long as it is inserted.

    `tell` hears of each change. A QEMU that hangs up is asked again, one that refuses the reader or
    the card is not.
    """

    def __init__(
        self, host: str, port: int, *, tell: Callable[[PlugState], None] = lambda _: None
    ) -> None:
        self._host = host
        self._port = port
        self._tell = tell
        self._plugged: asyncio.Task[None] | None = None

    def insert(self, card: Plugged) -> None:
        """Put a card in. Raises RuntimeError when there is one: remove it first."""
        if self._plugged is not None:
            raise RuntimeError("a card is in")
        self._plugged = asyncio.create_task(self._stay(card))

    async def remove(self) -> None:
        """Take the card out: CardRemove, ReaderRemove, then the end of the connection."""
        plugged, self._plugged = self._plugged, None
        if plugged is not None:
            plugged.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await plugged

    async def _stay(self, card: Plugged) -> None:
        while True:
            try:
                await self._connect(card)
            except CardGone:
                self._tell(PlugState.PULLED)
                return
            except VscardError:
                self._tell(PlugState.REFUSED)
                return
            except (OSError, asyncio.IncompleteReadError):
                self._tell(PlugState.WAITING)
            card.reset()
            await asyncio.sleep(RECONNECT_S)

    async def _connect(self, card: Plugged) -> None:
        reader, writer = await asyncio.open_connection(self._host, self._port)
        try:
            await self._serve(card, reader, writer)
        finally:
            writer.close()

    async def _serve(
        self, card: Plugged, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        has_reader = False
        try:
            await _send(writer, init())
            await _answered(reader, Kind.INIT)
            await _send(writer, Message(Kind.READER_ADD, b"Relais", UNDEFINED_READER))
            await _agreed(reader)
            has_reader = True
            # A mute card is in the reader and has said nothing: QEMU knows no such thing, so the
            # guest sees an empty one.
            if not card.is_mute:
                await _send(writer, Message(Kind.ATR, card.atr))
                await _agreed(reader)
            card.reset()
            self._tell(PlugState.IN)
            while True:
                await self._answer(card, await receive(reader), writer)
        finally:
            if has_reader:
                await _leave(reader, writer)

    async def _answer(self, card: Plugged, message: Message, writer: asyncio.StreamWriter) -> None:
        match message.kind:
            case Kind.APDU:
                answer = card.transmit(message.payload)
                if delay_s := card.delay_s(len(message.payload), len(answer)):
                    await asyncio.sleep(delay_s)
                # QEMU waits for ever on a card that says nothing; a guest would reset it.
                await _send(writer, Message(Kind.APDU, answer or _NO_DATA))
            case Kind.FLUSH:
                await _send(writer, Message(Kind.FLUSH_COMPLETE))
            case Kind.ERROR if message.payload != bytes(4):
                raise VscardError("refused")
            case _:
                pass


async def _send(writer: asyncio.StreamWriter, message: Message) -> None:
    writer.write(bytes(message))
    await writer.drain()


async def _answered(reader: asyncio.StreamReader, kind: Kind) -> Message:
    """Return the next message of a kind. Raises VscardError for a refusal, TimeoutError."""
    async with asyncio.timeout(ANSWER_LIMIT_S):
        while True:
            message = await receive(reader)
            if message.kind is kind:
                return message
            if message.kind is Kind.ERROR and message.payload != bytes(4):
                raise VscardError("refused")


async def _agreed(reader: asyncio.StreamReader) -> None:
    """Wait for success. Raises VscardError for a refusal, TimeoutError."""
    message = await _answered(reader, Kind.ERROR)
    if message.payload != bytes(4):
        raise VscardError("refused")


async def _leave(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Take card and reader out, and read on until QEMU has seen it.

    A socket closed with unread bytes is reset, and then QEMU may lose what was said last.
    """
    with contextlib.suppress(OSError):
        writer.write(bytes(Message(Kind.CARD_REMOVE)) + bytes(Message(Kind.READER_REMOVE)))
        writer.write_eof()
        async with asyncio.timeout(_LEAVE_LIMIT_S):
            await reader.read(-1)
