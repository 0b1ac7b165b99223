"""The hands that play the twin's hardware, reached over one unix socket.

JSON lines, one answer line each: {"part": "printer", "do": "jam"} -> {"ok": true, …}, or
{"error": no-such-part | no-such-verb | bad-order}. Further members of an order are the verb's
named values: {"part": "panel", "do": "press", "key": "red"}.

The process that composes the twin serves them from a thread; the dock and the tests are clients.
The holder of the cards speaks the same lines without "part", so one client reaches both.
"""

from __future__ import annotations

import inspect
import json
import socket
import socketserver
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, ClassVar, Protocol

Answer = dict[str, Any]
Verb = Callable[..., Mapping[str, Any] | None]
Verbs = Mapping[str, Verb]
_LINE_LIMIT_BYTES = 64 * 1024
CLIENT_LIMIT_S = 5.0


class HandUnreachableError(Exception):
    """Say that nobody answers at a hand's socket, or not in its language."""

    code: ClassVar[str] = "hand-unreachable"


class BadOrderError(Exception):
    """Say that a verb does not know a value it was given; the client hears "bad-order"."""

    code: ClassVar[str] = "bad-order"


class HandServer:
    """Serve named parts, each a mapping of verbs, to whoever may open the socket."""

    def __init__(self, path: Path, parts: Mapping[str, Verbs]) -> None:
        """Listen at `path` (mode 600) and serve at once, from threads of its own."""
        path.unlink(missing_ok=True)
        self._path = path
        self._server = _Server(str(path), _Connection, bind_and_activate=False)
        self._server.parts = parts
        self._server.server_bind()
        path.chmod(0o600)
        self._server.server_activate()
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.1,), name="hands", daemon=True
        )
        self._thread.start()

    def close(self) -> None:
        """Stop serving; an order that runs is finished by its own thread."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
        self._path.unlink(missing_ok=True)


class HandClient:
    """Send orders; one connection each, so a server that was replaced is simply met anew."""

    def __init__(self, path: Path, limit_s: float = CLIENT_LIMIT_S) -> None:
        self._path = path
        self._limit_s = limit_s

    def ask(self, **order: Any) -> Answer:
        """Send one order and return its answer. Raise HandUnreachableError."""
        try:
            with socket.socket(socket.AF_UNIX) as line:
                line.settimeout(self._limit_s)
                line.connect(str(self._path))
                line.sendall(json.dumps(order).encode() + b"\n")
                with line.makefile("rb") as answers:
                    answer = json.loads(answers.readline(_LINE_LIMIT_BYTES))
        except (OSError, ValueError) as error:
            raise HandUnreachableError from error
        if not isinstance(answer, dict):
            raise HandUnreachableError
        return answer


class Printer(Protocol):
    """What every printer of the twin lets a hand do to it."""

    def run_out_of_paper(self) -> None: ...
    def load_paper(self) -> None: ...
    def jam(self) -> None: ...
    def clear_jam(self) -> None: ...
    def open_cover(self) -> None: ...
    def close_cover(self) -> None: ...
    def run_low_on_toner(self) -> None: ...
    def replace_toner(self) -> None: ...
    def unplug(self) -> None: ...
    def plug(self) -> None: ...


class PrinterHand:
    """A hand on a printer, and an eye that sees what a person beside it would see."""

    def __init__(self, printer: Printer) -> None:
        self._printer = printer
        self._lock = threading.Lock()
        self._state = {
            "has_paper": True,
            "is_jammed": False,
            "is_open": False,
            "is_low": False,
            "is_plugged": True,
        }

    def verbs(self) -> Verbs:
        """Return what `HandServer` serves as one part."""
        printer = self._printer
        return {
            "run_out_of_paper": self._verb(printer.run_out_of_paper, has_paper=False),
            "load_paper": self._verb(printer.load_paper, has_paper=True),
            "jam": self._verb(printer.jam, is_jammed=True),
            "clear_jam": self._verb(printer.clear_jam, is_jammed=False),
            "open_cover": self._verb(printer.open_cover, is_open=True),
            "close_cover": self._verb(printer.close_cover, is_open=False),
            "run_low_on_toner": self._verb(printer.run_low_on_toner, is_low=True),
            "replace_toner": self._verb(printer.replace_toner, is_low=False),
            "unplug": self._verb(printer.unplug, is_plugged=False),
            "plug": self._verb(printer.plug, is_plugged=True),
            "look": self._look,
        }

    def _verb(self, act: Callable[[], None], **change: bool) -> Verb:
        def verb() -> Answer:
            with self._lock:
                act()
                self._state.update(change)
                return dict(self._state)

        return verb

    def _look(self) -> Answer:
        return dict(self._state)


class _Server(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    daemon_threads = True
    parts: Mapping[str, Verbs]


class _Connection(socketserver.StreamRequestHandler):
    server: _Server

    def handle(self) -> None:
        while line := self.rfile.readline(_LINE_LIMIT_BYTES):
            self.wfile.write(json.dumps(self._obey(line)).encode() + b"\n")

    def _obey(self, line: bytes) -> Answer:
        try:
            order = json.loads(line)
            part, do = order.pop("part"), order.pop("do")
        except (ValueError, AttributeError, KeyError, TypeError):
            return {"error": "bad-order"}
        verbs = self.server.parts.get(part)
        if verbs is None:
            return {"error": "no-such-part"}
        verb = verbs.get(do)
        if verb is None:
            return {"error": "no-such-verb"}
        try:
            # Asked before the call: a TypeError from within a verb is our own bug and stays one.
            inspect.signature(verb).bind(**order)
        except TypeError:
            return {"error": "bad-order"}
        try:
            return {"ok": True, **(verb(**order) or {})}
        except BadOrderError as error:
            return {"error": error.code}
