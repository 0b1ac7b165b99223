"""Opening and closing the official site, one after the other, outside the keeper's own loop."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

from kiosk.keeper.browser import BrowserError
from kiosk.keeper.children import ChildSurvivedError
from kiosk.keeper.parts import OfficialSite, Process

log = logging.getLogger("relais.keeper")


class SiteLane:
    """One thread that starts and ends the site's browser, which takes as long as it takes.

    `is_wanted` is asked just before a start: a visit that has ended meanwhile opens nothing.
    `tell` hears open | unreachable | closed.
    """

    def __init__(self, site: OfficialSite) -> None:
        self._site = site
        self._lane = ThreadPoolExecutor(1, thread_name_prefix="site")
        self._last: Future[None] | None = None

    def open(
        self, host: str, path: str, is_wanted: Callable[[], bool], tell: Callable[[str], None]
    ) -> None:
        """Open; returns at once."""

        def deed() -> None:
            if is_wanted():
                status = "unreachable"
                try:
                    status = self._open(host, path)
                finally:
                    tell(status)

        self._do(deed)

    def close(self, tell: Callable[[str], None]) -> None:
        """Close; returns at once."""

        def deed() -> None:
            try:
                self._site.close()
            except ChildSurvivedError as error:
                log.error("an official site was not closed: %s", error.code)
            tell("closed")

        self._do(deed)

    def close_lane(self) -> None:
        """End the thread; the site stays as it is."""
        self._lane.shutdown()

    def cut(self) -> None:
        """Strike it down at once, whatever the lane does; `end` has to follow."""
        self._site.cut()

    def end(self) -> None:
        """End the site once nothing of it is starting any more. Raises ChildSurvivedError."""
        self._lane.submit(self._site.kill).result()

    def processes(self) -> tuple[Process, ...]:
        """Return everything of it that lives."""
        return self._site.processes()

    def is_open(self) -> bool:
        """Tell whether its window is there."""
        return self._site.pid() is not None

    def has_ended(self) -> bool:
        """Tell whether it was open and has ended without `close`; False while one is at work."""
        is_busy = self._last is not None and not self._last.done()
        return not is_busy and self._site.has_ended()

    def ended_by_hand(self) -> bool:
        """Tell whether a person closed its window, after `has_ended`."""
        return self._site.ended_by_hand()

    def _do(self, deed: Callable[[], None]) -> None:
        self._last = self._lane.submit(deed)
        self._last.add_done_callback(_say_bug)

    def _open(self, host: str, path: str) -> str:
        try:
            self._site.open(host, path)
        except (BrowserError, ChildSurvivedError, OSError) as error:
            log.error("an official site was not opened: %s", getattr(error, "code", "system"))
            return "unreachable"
        return "open" if self._site.pid() else "unreachable"


def _say_bug(done: Future[None]) -> None:
    # A pool keeps to itself what its deeds raise.
    error = done.exception()
    if error is not None:
        sys.excepthook(type(error), error, error.__traceback__)
