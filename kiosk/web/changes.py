"""Tell open pages that the screen has changed, with few threads.

Rules
-----
1. One watcher waits on the visit for all pages; it lives only while a page listens.
2. One stream a page: a newer stream of the same page ends the older one at once.
3. More than `max_streams` live streams: the oldest is ended at once.
4. Every `beat_s` a stream says that it lives. A page that is gone makes that write fail, and
   its thread is free again.
"""

from __future__ import annotations

import threading
from collections.abc import Generator

from kiosk.web.port import VisitPort

KEYS = frozenset({"previous", "next", "repeat", "confirm", "helper"})
"""The keys of the panel that the page itself answers."""


class _Stream:
    """One page that listens."""

    def __init__(self, page: str, seen: int) -> None:
        self.page = page
        self.seen = seen
        self.is_over = False
        self.is_cut = False
        self.keys: list[str] = []


class Changes:
    """The revisions of one visit's screen, for every page that listens."""

    def __init__(self, visit: VisitPort, *, beat_s: float, max_streams: int) -> None:
        self._visit = visit
        self._beat_s = beat_s
        self._max_streams = max_streams
        self._changed = threading.Condition()
        self._live: list[_Stream] = []
        self._watcher: threading.Thread | None = None
        self._revision = -1

    @property
    def live(self) -> int:
        """Tell how many streams are open."""
        with self._changed:
            return len(self._live)

    def stream(self, page: str, seen: int) -> Generator[bytes, None, None]:
        """Yield server-sent events for `page`, which shows revision `seen`.

        Events: `change` (data: revision), `key` (data: previous, next, repeat, confirm or helper),
        `beat`, and `over` as the last one when a newer stream took the place. A stream that
        ends without it is broken: the page hides what it shows and asks again.
        """
        mine = _Stream(page, seen)
        try:
            self._join(mine)
            yield b"event: beat\ndata:\n\n"
            while True:
                with self._changed:
                    self._changed.wait_for(lambda: self._has_news(mine), self._beat_s)
                    keys, mine.keys = mine.keys, []
                    revision = self._revision
                if mine.is_cut:
                    return
                if mine.is_over:
                    yield b"event: over\ndata:\n\n"
                    return
                said = b""
                if revision != mine.seen:
                    mine.seen = revision
                    said = b"event: change\ndata: %d\n\n" % revision
                for key in keys:
                    said += b"event: key\ndata: %s\n\n" % key.encode()
                yield said or b"event: beat\ndata:\n\n"
        finally:
            with self._changed:
                if mine in self._live:
                    self._live.remove(mine)

    def _has_news(self, stream: _Stream) -> bool:
        ends = stream.is_over or stream.is_cut
        return ends or bool(stream.keys) or self._revision != stream.seen

    def _join(self, stream: _Stream) -> None:
        current = self._visit.wait(-1, 0.0)
        with self._changed:
            older = [other for other in self._live if other.page == stream.page]
            self._live = [*(other for other in self._live if other not in older), stream]
            older += self._live[: -self._max_streams]
            for other in older:
                other.is_over = True
            self._live = self._live[-self._max_streams :]
            self._revision = max(self._revision, current)
            if self._watcher is None:
                self._watcher = threading.Thread(target=self._watch, name="changes", daemon=True)
                self._watcher.start()
            self._changed.notify_all()

    def _watch(self) -> None:
        try:
            while True:
                with self._changed:
                    if not self._live:
                        self._watcher = None
                        return
                    seen = self._revision
                revision = self._visit.wait(seen, self._beat_s)
                keys = [key for key in self._visit.take_keys() if key in KEYS]
                with self._changed:
                    if keys and self._live:
                        self._live[-1].keys += keys
                    if keys or revision != self._revision:
                        self._revision = revision
                        self._changed.notify_all()
        except BaseException:
            # Nobody watches any more: a page that believes it is current must not stay.
            with self._changed:
                self._watcher = None
                for stream in self._live:
                    stream.is_cut = True
                self._changed.notify_all()
            raise
