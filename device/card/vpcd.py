"""Plugging a virtual card into pcscd through vsmartcard's vpcd driver.

The card is the TCP client and a connection is a card in the reader. Frames in both directions are
a 2-byte big-endian length and that many bytes; a frame of one byte from the driver is control.
"""

import asyncio
import socket
from collections.abc import Awaitable, Callable
from enum import IntEnum

from device.card.plug import Plugged, PlugState
from device.card.trouble import CardGone

RECONNECT_S = 0.05
"""How long to wait before asking a pcscd again that is not there (yet)."""

MAX_ATR_BYTES = 33
"""ISO 7816-3, 8.2.1."""


class _Unplugged(Exception):
    """Say that the driver ended a connection that stood."""


class Control(IntEnum):
    """Name the driver's control frames."""

    POWER_OFF = 0
    POWER_ON = 1
    RESET = 2
    GET_ATR = 4


class VpcdSlot:
    """Keep one card plugged in as long as it is inserted, across restarts of pcscd.

    `host` and `port` are the driver's; they are in pcscd's network namespace. `pace` is awaited
    with the bytes of each exchange before it is answered, and plays the wire's speed on top of what
    the card's own faults want. `tell` hears of each change.
    """

    def __init__(
        self,
        host: str,
        port: int,
        *,
        pace: Callable[[int], Awaitable[None]] | None = None,
        tell: Callable[[PlugState], None] = lambda _: None,
    ) -> None:
        self._host = host
        self._port = port
        self._pace = pace
        self._tell = tell
        self._plugged: asyncio.Task[None] | None = None

    def insert(self, card: Plugged) -> None:
        """Put a card in; it replaces one that is there."""
        self.remove()
        self._plugged = asyncio.create_task(self._stay(card))

    def remove(self) -> None:
        """Take the card out: close the connection."""
        if self._plugged is not None:
            self._plugged.cancel()
            self._plugged = None

    async def _stay(self, card: Plugged) -> None:
        while True:
            try:
                await self._serve(card)
            except CardGone:
                self._tell(PlugState.PULLED)
                return
            except (OSError, _Unplugged):
                self._tell(PlugState.WAITING)
            card.reset()
            await asyncio.sleep(RECONNECT_S)

    async def _serve(self, card: Plugged) -> None:
        reader, writer = await asyncio.open_connection(self._host, self._port)
        try:
            self._tell(PlugState.IN)
            await self._answer(card, reader, writer)
        except (OSError, asyncio.IncompleteReadError):
            raise _Unplugged from None
        finally:
            writer.close()

    async def _answer(
        self, card: Plugged, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        stream = writer.get_extra_info("socket")
        was_powered_up = False
        while True:
            # The driver sends length and payload apart, and Nagle holds the second until the
            # first is acknowledged: without this every command costs 40 ms. It wears off.
            stream.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)
            length = int.from_bytes(await reader.readexactly(2), "big")
            frame = await reader.readexactly(length)
            if length != 1:
                answer = card.transmit(frame)
                if delay_s := card.delay_s(len(frame), len(answer)):
                    await asyncio.sleep(delay_s)
                if self._pace is not None:
                    await self._pace(len(frame) + len(answer))
            elif frame[0] == Control.GET_ATR:
                # The driver polls presence by asking for the ATR. Right after power on the
                # question is meant, and for a mute card power on must fail: the driver waits
                # for ever on an empty answer but refuses one that is no ATR by its length.
                is_refused = card.is_mute and was_powered_up
                answer = bytes(MAX_ATR_BYTES + 1) if is_refused else card.atr
                was_powered_up = False
            else:
                was_powered_up = frame[0] in (Control.POWER_ON, Control.RESET)
                card.reset()
                continue
            writer.write(len(answer).to_bytes(2, "big") + answer)
            await writer.drain()
