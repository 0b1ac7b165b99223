"""QEMU's side of the VSCARD protocol, written from the table of eid.md, 10, and from nothing else.

It shares no code with `device.card.vscard`: what one gets wrong the other does not forgive.
"""

import socket
import struct
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Self

LIMIT_S = 10.0
INIT, ERROR, READER_ADD, READER_REMOVE, ATR, CARD_REMOVE, APDU, FLUSH, FLUSHED = range(1, 10)
_HELLO = b"VSCD" + bytes.fromhex("0000000200000000")


class QemuSide:
    """Listen for one card after the other; each message that comes in is kept in `heard`.

    `refuses`: the types of message that are answered with an error.
    """

    def __init__(self, *, refuses: frozenset[int] = frozenset()) -> None:
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listening.getsockname()[1]
        self.heard: list[tuple[int, int, bytes]] = []
        self._refuses = refuses
        self._line: socket.socket | None = None
        self._changed = threading.Condition()
        self._answers: list[bytes] = []
        self.atr = b""
        self._ended = False
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    @property
    def kinds(self) -> list[int]:
        """The types of all messages that came in."""
        return [kind for kind, _, _ in self.heard]

    def sees_a_card(self) -> bytes:
        """Wait until a card is in; return its ATR. Raises AssertionError at the limit."""
        self._wait(lambda: bool(self.atr))
        return self.atr

    def sees_none(self) -> None:
        """Wait until no card is in. Raises AssertionError at the limit."""
        self._wait(lambda: not self.atr)

    def hears(self, kind: int) -> None:
        """Wait until a message of this type came in. Raises AssertionError at the limit."""
        self._wait(lambda: kind in self.kinds)

    def transmit(self, apdu: bytes) -> bytes:
        """Send one command and return the answer, b"" when the card went before it came."""
        with self._changed:
            self._answers.clear()
        self.send(APDU, apdu)
        self._wait(lambda: bool(self._answers) or not self.atr)
        return self._answers[0] if self._answers else b""

    def send(self, kind: int, payload: bytes, reader: int = 0) -> None:
        """Send one message. Raises OSError, AssertionError without a connection."""
        assert self._line is not None
        self._line.sendall(struct.pack(">III", kind, reader, len(payload)) + payload)

    def hang_up(self) -> None:
        """Close the connection, as a QEMU that ends does."""
        assert self._line is not None
        self._line.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Stop listening and hang up."""
        self._ended = True
        self._listening.close()
        if self._line is not None:
            self._line.close()

    def _wait(self, condition: Callable[[], bool]) -> None:
        with self._changed:
            assert self._changed.wait_for(condition, LIMIT_S), "it never came"

    def _listen(self) -> None:
        while not self._ended:
            try:
                self._line, _ = self._listening.accept()
                self._follow(self._line)
            except OSError:
                pass
            self._note_atr(b"")

    def _follow(self, line: socket.socket) -> None:
        with line, line.makefile("rb") as stream:
            while len(header := stream.read(12)) == 12:
                kind, reader, length = struct.unpack(">III", header)
                self._take(kind, reader, stream.read(length))

    def _take(self, kind: int, reader: int, payload: bytes) -> None:
        with self._changed:
            self.heard.append((kind, reader, payload))
            self._changed.notify_all()
        match kind:
            case _ if kind in self._refuses:
                self.send(ERROR, struct.pack(">I", 1))
            case 1:
                assert payload == _HELLO
                self.send(INIT, _HELLO)
            case 3:
                self.send(ERROR, bytes(4))
            case 5:
                assert 2 <= len(payload) <= 40
                # As QEMU does: agreed before the guest can say a word to the card.
                self.send(ERROR, bytes(4))
                self._note_atr(payload)
            case 6:
                self._note_atr(b"")
                self.send(ERROR, bytes(4))
            case 7:
                with self._changed:
                    self._answers.append(payload)
                    self._changed.notify_all()
            case _:
                pass

    def _note_atr(self, atr: bytes) -> None:
        with self._changed:
            self.atr = atr
            self._changed.notify_all()
