"""The hand that holds the twin's cards: one deck, one slot, one control socket.

`python -m provisioning.twin.card_holder --socket S --pki FOLDER [--vpcd HOST:PORT]`

Control is by JSON lines over the unix socket S, one answer line each:
{"do": "insert", "card": NAME} | remove | reader_away | reader_back | status | deck
For the simulated reader (device/card/simulator.py) also:
{"do": "watch"}    one status line now and one per change, for as long as the line is open
{"do": "connect"}  power the card up and open a session on it; one at a time, as a transaction
{"do": "apdu", "hex": …}  one command to the session's card
{"do": "fault", "script": …}  give the card in the slot faults (device/card/faults.py)
{"do": "glitch", "offset": N, "sw": N, "times": N}  the same, for one status word to reads
{"do": "pace", "ms": N, "us_per_byte": N}  how long each command takes; a new pace ends a wait
{"do": "commands"}  class and instruction of all that the card in the slot was sent
{"do": "log"}  what the card in the slot was asked and gave away (device/card/card_log.py)
An error is {"error": KEYWORD}. With --vpcd the same slot is also plugged into a pcscd.
"""

import argparse
import asyncio
import contextlib
import json
import signal
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from device.card.faults import Fault, FaultError, StatusWord, parse_script
from device.card.plug import PlugState
from device.card.trouble import CardGone
from device.card.virtual import Temper, VirtualCard
from device.card.vpcd import VpcdSlot
from provisioning.twin.cards import Deck, TwinPki

Answer = dict[str, Any]


class Pace:
    """Play the wire: so long does a command take."""

    def __init__(self) -> None:
        self._seconds = self._seconds_per_byte = 0.0
        self._changed = asyncio.Event()

    def change(self, ms: float, us_per_byte: float) -> None:
        """Set the pace; who waits at the old one waits no longer."""
        self._seconds, self._seconds_per_byte = ms / 1e3, us_per_byte / 1e6
        self._changed.set()
        self._changed = asyncio.Event()

    async def wait(self, exchanged_bytes: int) -> None:
        """Take as long as this many bytes take."""
        seconds = self._seconds + self._seconds_per_byte * exchanged_bytes
        if seconds:
            # Not asyncio.wait_for: in Python 3.11 it can swallow the cancellation by which a card
            # is removed, and the card would stay in.
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await self._changed.wait()


class CardHolder:
    """Hold the slot's state and tell those who watch it."""

    def __init__(self, deck: Deck, pace: Pace, vpcd: VpcdSlot | None) -> None:
        self._deck = deck
        self._vpcd = vpcd
        self.pace = pace
        self._reader_is_there = True
        self._name: str | None = None
        self.card: VirtualCard | None = None
        self._changed = asyncio.Condition()
        self._insertions = 0
        self.transaction = asyncio.Lock()

    async def insert(self, name: str) -> Answer:
        """Put a card of the deck or a profile in the slot; it replaces one that is there."""
        if name not in self._deck:
            return {"error": "no-such-card"}
        self._name, self.card = name, VirtualCard(self._deck.content(name))
        self._insertions += 1
        if self._vpcd is not None and self._reader_is_there:
            self._vpcd.insert(self.card)
        return await self._tell()

    async def remove(self) -> Answer:
        """Take the card out. Harmless when there is none."""
        self._name = self.card = None
        if self._vpcd is not None:
            self._vpcd.remove()
        return await self._tell()

    async def move_reader(self, *, is_there: bool) -> Answer:
        """Unplug or plug the simulated reader; the card stays in it."""
        self._reader_is_there = is_there
        if self._vpcd is not None:
            self._vpcd.remove()
            if is_there and self.card is not None:
                self._vpcd.insert(self.card)
        return await self._tell()

    def status(self) -> Answer:
        """Return the level as the simulated reader sees it, and the card's name in the deck."""
        if not self._reader_is_there:
            level = "absent"
        elif self.card is None:
            level = "empty"
        elif self.card.is_mute:
            level = "mute"
        elif self.card.content.temper is Temper.FOREIGN:
            level = "foreign"
        else:
            level = "card"
        return {"level": level, "card": self._name, "insertion": self._insertions}

    def card_to_talk_to(self) -> VirtualCard | None:
        """Return the card that a reader reaches now."""
        return self.card if self._reader_is_there else None

    def deck(self) -> Answer:
        """Return the names of the deck and what each card is."""
        return {"deck": dict(self._deck.about)}

    def add_faults(self, *faults: Fault) -> Answer:
        """Give the card in the slot faults."""
        if self.card is None:
            return {"error": "no-card"}
        self.card.faults.extend(faults)
        return {}

    def log(self) -> Answer:
        """Return what the card in the slot was asked and gave away; files as hex of their path."""
        if self.card is None:
            return {"error": "no-card"}
        log = self.card.log
        return {
            "apdus": log.apdus,
            "bytes_in": log.bytes_in,
            "bytes_out": log.bytes_out,
            "resets": log.resets,
            "authentications": log.authentications,
            "spans": [[span.file.hex(), span.offset, span.length] for span in log.spans],
        }

    async def pulled(self, card: VirtualCard) -> None:
        """Take a card out that its fault script has pulled."""
        if card is self.card:
            await self.remove()

    async def changes(self) -> None:
        """Wait until the slot changes."""
        async with self._changed:
            await self._changed.wait()

    async def _tell(self) -> Answer:
        async with self._changed:
            self._changed.notify_all()
        return self.status()


class Session:
    """Serve one control connection; it may hold one card session."""

    def __init__(self, holder: CardHolder) -> None:
        self._holder = holder
        self._card: VirtualCard | None = None
        self._has_transaction = False

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer order lines until the other side hangs up."""
        try:
            with contextlib.suppress(ConnectionError):
                while line := await reader.readline():
                    order = json.loads(line)
                    if order["do"] == "watch":
                        await self._report(writer)
                    writer.write(json.dumps(await self._answer(order)).encode() + b"\n")
                    await writer.drain()
        finally:
            if self._has_transaction:
                self._holder.transaction.release()
        writer.close()

    async def _report(self, writer: asyncio.StreamWriter) -> None:
        while not writer.is_closing():
            writer.write(json.dumps(self._holder.status()).encode() + b"\n")
            await writer.drain()
            await self._holder.changes()

    async def _answer(self, order: Answer) -> Answer:
        holder = self._holder
        match order["do"]:
            case "insert":
                return await holder.insert(str(order["card"]))
            case "remove":
                return await holder.remove()
            case "reader_away":
                return await holder.move_reader(is_there=False)
            case "reader_back":
                return await holder.move_reader(is_there=True)
            case "status":
                return holder.status()
            case "deck":
                return holder.deck()
            case "glitch":
                return holder.add_faults(
                    StatusWord.on_reads(order["offset"], order["sw"], order["times"])
                )
            case "fault":
                try:
                    return holder.add_faults(*parse_script(str(order["script"])))
                except FaultError:
                    return {"error": "no-such-fault"}
            case "log":
                return holder.log()
            case "pace":
                holder.pace.change(order["ms"], order["us_per_byte"])
                return {}
            case "commands":
                return {"commands": [] if holder.card is None else holder.card.commands}
            case "connect":
                return await self._connect()
            case "apdu":
                return await self._transmit(bytes.fromhex(order["hex"]))
            case _:
                return {"error": "no-such-order"}

    async def _connect(self) -> Answer:
        level = self._holder.status()["level"]
        card = self._holder.card_to_talk_to()
        if card is None or level == "mute":
            return {"error": level}
        # As with pcscd's transactions: who comes second waits until the first has hung up.
        if not self._has_transaction:
            await self._holder.transaction.acquire()
            self._has_transaction = True
        if card is not self._holder.card_to_talk_to():
            return {"error": "removed"}
        card.reset()
        self._card = card
        return {"atr": card.content.atr.hex()}

    async def _transmit(self, apdu: bytes) -> Answer:
        if self._is_gone():
            return {"error": "removed"}
        answer = b""
        if self._card is not None:
            try:
                answer = self._card.transmit(apdu)
            except CardGone:
                await self._holder.pulled(self._card)
                return {"error": "removed"}
            if delay_s := self._card.delay_s(len(apdu), len(answer)):
                await asyncio.sleep(delay_s)
        await self._holder.pace.wait(len(apdu) + len(answer))
        return {"error": "removed"} if self._is_gone() else {"hex": answer.hex()}

    def _is_gone(self) -> bool:
        return self._card is None or self._card is not self._holder.card_to_talk_to()


Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


async def listen(serve: Serve, socket: Path) -> asyncio.Server:
    """Serve whoever connects to `socket`; it gets its name when it listens, so who sees it may."""
    unnamed = socket.with_name(f"{socket.name}.new")
    unnamed.unlink(missing_ok=True)
    server = await asyncio.start_unix_server(serve, str(unnamed))
    unnamed.chmod(0o600)
    unnamed.rename(socket)
    return server


async def hold(socket: Path, pki: TwinPki, vpcd: tuple[str, int] | None) -> None:
    """Hold the cards until SIGTERM or SIGINT."""
    pace = Pace()
    pulls: set[asyncio.Task[None]] = set()

    def tell(state: PlugState) -> None:
        if state is PlugState.PULLED and holder.card is not None:
            pulls.add(asyncio.create_task(holder.pulled(holder.card)))

    slot = None if vpcd is None else VpcdSlot(*vpcd, pace=pace.wait, tell=tell)
    holder = CardHolder(Deck(pki), pace, slot)
    stop = asyncio.Event()
    for sign in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(sign, stop.set)
    server = await listen(lambda r, w: Session(holder).serve(r, w), socket)
    await stop.wait()
    server.close()
    socket.unlink(missing_ok=True)


def main() -> None:
    """Run the card holder as a process."""
    parser = argparse.ArgumentParser(prog="card_holder")
    parser.add_argument("--socket", type=Path, required=True)
    parser.add_argument("--pki", type=Path, required=True)
    parser.add_argument("--vpcd", metavar="HOST:PORT")
    options = parser.parse_args()
    host, _, port = (options.vpcd or "").rpartition(":")
    asyncio.run(
        hold(options.socket, TwinPki(options.pki), (host, int(port)) if options.vpcd else None)
    )


if __name__ == "__main__":
    main()
