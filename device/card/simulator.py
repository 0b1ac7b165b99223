"""The simulated twin of `reader`: a reader played by the card holder process.

It obeys the same laws and raises the same errors, and has hands to act with.
"""

import contextlib
import json
import socket
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self

from device.card.apdu import CommandApdu, outgoing, split
from device.card.atr import is_contactless
from device.card.errors import CardRemoved, CardUnavailable
from device.card.status import CardFinding, ReaderLevel, ReaderStatus

READER_NAME = "Simulated reader"
_RETRY_S = 0.3
_WAKE_S = 0.5
_REFUSALS = {
    "absent": CardFinding.NO_READER,
    "empty": CardFinding.NO_CARD,
    "mute": CardFinding.MUTE,
}


class HolderGone(OSError):
    """Say that the card holder hung up."""


class _Line:
    """Own one control connection to the card holder."""

    def __init__(self, path: Path) -> None:
        self._socket = socket.socket(socket.AF_UNIX)
        try:
            self._socket.connect(str(path))
        except OSError:
            self._socket.close()
            raise
        self._left = b""

    def ask(self, order: dict[str, Any]) -> dict[str, Any]:
        """Send one order and return its answer. Raises OSError."""
        self.send(order)
        answer = self.hear(None)
        if answer is None:
            raise HolderGone
        return answer

    def send(self, order: dict[str, Any]) -> None:
        """Send one order. Raises OSError."""
        self._socket.sendall(json.dumps(order).encode() + b"\n")

    def hear(self, limit_s: float | None) -> dict[str, Any] | None:
        """Return the next line, or None when none came in time. Raises OSError."""
        self._socket.settimeout(limit_s)
        while b"\n" not in self._left:
            try:
                more = self._socket.recv(4096)
            except TimeoutError:
                return None
            if not more:
                raise HolderGone
            self._left += more
        line, _, self._left = self._left.partition(b"\n")
        answer: dict[str, Any] = json.loads(line)
        return answer

    def close(self) -> None:
        """Hang up."""
        self._socket.close()


class SimulatedReaders:
    """See the card holder's slot as the one reader of the machine."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def status(self) -> ReaderStatus:
        """Return the level now; a card holder that is gone has no reader."""
        try:
            return _status(self._ask({"do": "status"}))
        except OSError:
            return ReaderStatus(ReaderLevel.ABSENT, "")

    def watch(self, on_change: Callable[[ReaderStatus], None], stop: threading.Event) -> None:
        """Report the level at once and after every change, until `stop` is set. Blocks."""
        last: ReaderStatus | None = None
        while not stop.is_set():
            try:
                with contextlib.closing(_Line(self._path)) as line:
                    line.send({"do": "watch"})
                    while not stop.is_set():
                        answer = line.hear(_WAKE_S)
                        if answer is not None and _status(answer) != last:
                            last = _status(answer)
                            on_change(last)
            except OSError:
                gone = ReaderStatus(ReaderLevel.ABSENT, "")
                if last != gone:
                    last = gone
                    on_change(gone)
                stop.wait(_RETRY_S)

    def connect(self) -> "SimulatedConnection":
        """Open the card in the reader.

        Waits while another connection is open. Raises CardUnavailable with NO_READER, NO_CARD,
        MUTE or PCSC_DOWN (no card holder), CardRemoved when the card goes while it waits.
        """
        try:
            return SimulatedConnection(self._path)
        except OSError:
            raise CardUnavailable(CardFinding.PCSC_DOWN, "connect") from None

    def deck(self) -> dict[str, str]:
        """Return what each card of the deck is, by name. Raises OSError."""
        answer: dict[str, str] = self._ask({"do": "deck"})["deck"]
        return answer

    def insert(self, name: str) -> None:
        """Put a card of the deck or a profile in. Raises KeyError for an unknown name, OSError."""
        if "error" in self._ask({"do": "insert", "card": name}):
            raise KeyError(name)

    def remove(self) -> None:
        """Take the card out. Raises OSError."""
        self._ask({"do": "remove"})

    def take_reader_away(self) -> None:
        """Unplug the reader. Raises OSError."""
        self._ask({"do": "reader_away"})

    def bring_reader_back(self) -> None:
        """Plug the reader in. Raises OSError."""
        self._ask({"do": "reader_back"})

    def glitch(self, *, offset: int, sw: int, times: int) -> None:
        """Make the card in the reader answer `sw` to reads from `offset` on. Raises OSError."""
        self._ask({"do": "glitch", "offset": offset, "sw": sw, "times": times})

    def fault(self, script: str) -> None:
        """Give the card in the reader faults (device/card/faults.py).

        Raises ValueError for a script that is none, LookupError without a card, OSError.
        """
        match self._ask({"do": "fault", "script": script}).get("error"):
            case None:
                return
            case "no-card":
                raise LookupError(script)
            case _:
                raise ValueError(script)

    def pace(self, *, ms: float, us_per_byte: float = 0.0) -> None:
        """Make every command take this long; a new pace ends a wait. Raises OSError."""
        self._ask({"do": "pace", "ms": ms, "us_per_byte": us_per_byte})

    def commands(self) -> list[tuple[int, int]]:
        """Return class and instruction of all that the card was sent. Raises OSError."""
        return [(cla, ins) for cla, ins in self._ask({"do": "commands"})["commands"]]

    def log(self) -> dict[str, Any]:
        """Return what the card in the reader was asked and gave away, see the card holder's "log".

        Raises LookupError without a card, OSError.
        """
        told = self._ask({"do": "log"})
        if "error" in told:
            raise LookupError(told["error"])
        return told

    def _ask(self, order: dict[str, Any]) -> dict[str, Any]:
        with contextlib.closing(_Line(self._path)) as line:
            return line.ask(order)


class SimulatedConnection:
    """Hold one card of the card holder."""

    def __init__(self, path: Path) -> None:
        self._line = _Line(path)
        self._wire_s = 0.0
        answer = self._line.ask({"do": "connect"})
        if "error" in answer:
            self._line.close()
            if answer["error"] == "removed":
                raise CardRemoved("connect")
            raise CardUnavailable(_REFUSALS[answer["error"]], "connect")
        self._atr = bytes.fromhex(answer["atr"])
        if is_contactless(self._atr):
            self._line.close()
            raise CardUnavailable(CardFinding.CONTACTLESS, "connect")

    @property
    def atr(self) -> bytes:
        """The answer to reset."""
        return self._atr

    @property
    def wire_s(self) -> float:
        """Seconds spent waiting for the card holder."""
        return self._wire_s

    def send_and_receive(self, apdu: CommandApdu) -> tuple[bytes, int]:
        """Send one command; return data and status word.

        Raises CardRemoved, CardUnavailable, ForbiddenCommand.
        """
        command = outgoing(apdu)
        started = time.perf_counter()
        try:
            answer = self._line.ask({"do": "apdu", "hex": command.hex()})
        except OSError:
            raise CardUnavailable(CardFinding.PCSC_DOWN, "transmit") from None
        finally:
            self._wire_s += time.perf_counter() - started
        if "error" in answer:
            raise CardRemoved("transmit")
        return split(bytes.fromhex(answer["hex"]))

    def close(self) -> None:
        """Let the card go. Harmless when repeated."""
        self._line.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *details: object) -> None:
        self.close()


def _status(answer: dict[str, Any]) -> ReaderStatus:
    level = ReaderLevel(answer["level"])
    return ReaderStatus(level, "" if level is ReaderLevel.ABSENT else READER_NAME)
