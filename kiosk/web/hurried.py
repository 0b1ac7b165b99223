"""gunicorn's threaded worker, for whom a request that does not come to its end is no request.

Any program of this machine can connect to a loopback port, and half a request would hold one of
the few threads for ever: as many such connections, and the screen is dead.
"""

from __future__ import annotations

import io
import socket
import threading
import time
from contextlib import suppress
from typing import Any, Final

from gunicorn.workers.gthread import ThreadWorker

from kiosk.web.port import WebSettings

LIMIT_S: Final = 1.0
_LOOK_S: Final = 0.25


class HurriedWorker(ThreadWorker):  # type: ignore[misc]  # gunicorn ships no types
    """Stops listening to whoever has not said all within LIMIT_S.

    The time ends when the request is here, its body too: the answer takes as long as it takes.
    """

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._heard_until: dict[Any, float] = {}
        self._heard = threading.Lock()

    def init_process(self) -> None:
        """Begin to watch, in the process that serves."""
        threading.Thread(target=self._watch, name="hurry", daemon=True).start()
        super().init_process()

    def handle(self, conn: Any) -> Any:
        """Serve one request of a connection."""
        with self._heard:
            self._heard_until[conn] = time.monotonic() + LIMIT_S
        try:
            return super().handle(conn)
        finally:
            self._has_said_all(conn)

    def handle_request(self, req: Any, conn: Any) -> Any:
        """Answer a request whose head is read; one with a small body once that is here too."""
        said = dict(req.headers)
        # A body in chunks has no length, and the border refuses it.
        length = said.get("CONTENT-LENGTH", "0")
        if "TRANSFER-ENCODING" not in said and int(length) <= WebSettings.max_body_bytes:
            req.body = io.BytesIO(req.body.read(int(length)))
            self._has_said_all(conn)
        return super().handle_request(req, conn)

    def _has_said_all(self, conn: Any) -> None:
        with self._heard:
            self._heard_until.pop(conn, None)

    def _watch(self) -> None:
        while True:
            time.sleep(_LOOK_S)
            now = time.monotonic()
            with self._heard:
                late = [conn for conn, until in self._heard_until.items() if until <= now]
                for conn in late:
                    del self._heard_until[conn]
                    # Who waits for more of it meets its end; what is written is not touched.
                    with suppress(OSError):
                        conn.sock.shutdown(socket.SHUT_RD)
