"""A card holder whose cards reach pcscd by way of the VSCARD protocol.

`python -m tests.contract.vscard_holder --socket S --pki FOLDER --vpcd HOST:PORT`

Card -> VSCARD -> QEMU's side of these tests -> vpcd -> pcscd: what QEMU and a guest would do with a
card, without QEMU and a guest. Its control socket knows "insert" and "remove" of the card holder's.
"""

import argparse
import asyncio
import json
import signal
import threading
from collections.abc import Coroutine
from pathlib import Path

from device.card.plug import PlugState
from device.card.virtual import VirtualCard
from device.card.vpcd import VpcdSlot
from device.card.vscard import VscardPeer
from provisioning.twin.card_holder import listen
from provisioning.twin.cards import Deck, TwinPki
from tests.qemu_side import LIMIT_S, QemuSide


class Guest:
    """A card as it looks behind QEMU: what it is asked goes through the socket."""

    is_mute = False

    def __init__(self, qemu: QemuSide) -> None:
        self._qemu = qemu
        self.atr = qemu.atr

    def reset(self) -> None:
        """Do nothing: QEMU tells the card of no reset."""

    def delay_s(self, sent: int, received: int) -> float:
        """Return 0: the card takes its own time."""
        del sent, received
        return 0.0

    def transmit(self, apdu: bytes) -> bytes:
        """Ask the card behind QEMU."""
        return self._qemu.transmit(apdu)


class CardLoop:
    """Run the card's end of the VSCARD socket beside the loop that asks it."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._loop = asyncio.new_event_loop()
        self._peer: VscardPeer | None = None
        threading.Thread(target=self._loop.run_forever, daemon=True).start()

    def insert(self, card: VirtualCard) -> None:
        """Put a card in; it replaces one that is there."""
        self._run(self._insert(card))

    def remove(self) -> None:
        """Take the card out."""
        self._run(self._remove())

    def _run(self, doing: Coroutine[None, None, None]) -> None:
        asyncio.run_coroutine_threadsafe(doing, self._loop).result(LIMIT_S)

    async def _insert(self, card: VirtualCard) -> None:
        await self._remove()
        is_in = asyncio.Event()

        def tell(state: PlugState) -> None:
            if state is PlugState.IN:
                is_in.set()

        self._peer = VscardPeer("127.0.0.1", self._port, tell=tell)
        self._peer.insert(card)
        await is_in.wait()

    async def _remove(self) -> None:
        if self._peer is not None:
            await self._peer.remove()
            self._peer = None


class Holder:
    """Move cards in and out of both sockets."""

    def __init__(self, deck: Deck, qemu: QemuSide, slot: VpcdSlot) -> None:
        self._deck, self._qemu, self._slot = deck, qemu, slot
        self._cards = CardLoop(qemu.port)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer order lines until the other side hangs up."""
        while line := await reader.readline():
            order = json.loads(line)
            self._slot.remove()
            self._cards.remove()
            if order["do"] == "insert":
                card = VirtualCard(self._deck.content(order["card"]))
                self._cards.insert(card)
                if not card.is_mute:
                    # QEMU's side agrees to a card before it has noted what it answers to reset.
                    self._qemu.sees_a_card()
                self._slot.insert(Guest(self._qemu))
            writer.write(b"{}\n")
            await writer.drain()
        writer.close()


async def hold(socket: Path, pki: Path, vpcd: tuple[str, int]) -> None:
    """Hold the cards until SIGTERM."""
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    with QemuSide() as qemu:
        holder = Holder(Deck(TwinPki(pki)), qemu, VpcdSlot(*vpcd))
        server = await listen(holder.serve, socket)
        await stop.wait()
        server.close()


def main() -> None:
    """Run the holder as a process."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--socket", type=Path, required=True)
    parser.add_argument("--pki", type=Path, required=True)
    parser.add_argument("--vpcd", required=True)
    options = parser.parse_args()
    host, _, port = options.vpcd.rpartition(":")
    asyncio.run(hold(options.socket, options.pki, (host, int(port))))


if __name__ == "__main__":
    main()
