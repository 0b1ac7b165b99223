"""The lines to the workers, heard by the one loop of the keeper."""

from __future__ import annotations

import logging
import os
import selectors
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from kiosk.keeper import words
from kiosk.keeper.link import Link, LinkClosed, listen

log = logging.getLogger("relais.keeper")


class Ears:
    """Takes connections at `socket_path` and hears what comes in over them.

    heard: a word of a worker. lost: its line is over, also because it said what none says.
    Both are called from `turn`. `wake` and `hang_up` may be called from any thread.
    """

    def __init__(
        self,
        socket_path: Path,
        *,
        heard: Callable[[Link, words.Word], None],
        lost: Callable[[Link], None],
    ) -> None:
        self._heard = heard
        self._lost = lost
        self._closing = threading.Lock()
        self._is_closed = False
        self._listener = listen(socket_path)
        self._wake_read, self._wake_write = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._listener, selectors.EVENT_READ, self._accept)
        self._selector.register(self._wake_read, selectors.EVENT_READ, self._woken)

    def turn(self, limit_s: float) -> None:
        """Hear what there is; wait for it at most `limit_s`."""
        for key, _ in self._selector.select(limit_s):
            key.data()

    def wake(self) -> None:
        """End the `turn` that waits."""
        with self._closing, suppress(BlockingIOError):
            if not self._is_closed:
                os.write(self._wake_write, b".")

    def hang_up(self, link: Link) -> None:
        """Close a line; a second time does nothing."""
        with suppress(KeyError, ValueError):
            self._selector.unregister(link)
        link.close()

    def close(self) -> None:
        """Hang up every line and close the door; not while `turn` runs. A second time is none."""
        with self._closing:
            if self._is_closed:
                return
            self._is_closed = True
            for key in list(self._selector.get_map().values()):
                if isinstance(key.fileobj, Link):
                    self.hang_up(key.fileobj)
            self._selector.close()
            self._listener.close()
            for descriptor in (self._wake_read, self._wake_write):
                os.close(descriptor)

    def _woken(self) -> None:
        with suppress(BlockingIOError):
            os.read(self._wake_read, 4096)

    def _accept(self) -> None:
        with suppress(BlockingIOError):
            connection, _ = self._listener.accept()
            connection.setblocking(True)
            link = Link(connection)
            self._selector.register(link, selectors.EVENT_READ, lambda: self._hear(link))

    def _hear(self, link: Link) -> None:
        try:
            untrusted, fds = link.receive()
            for fd in fds:
                # Nothing that a worker could hand over is wanted here.
                os.close(fd)
            word = words.parse(untrusted)
        except LinkClosed:
            self._lose(link)
        except words.BadWordError as error:
            log.error("a worker said what none says: %s", error.code)
            self._lose(link)
        else:
            self._heard(link, word)

    def _lose(self, link: Link) -> None:
        self.hang_up(link)
        self._lost(link)
