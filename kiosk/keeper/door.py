"""Where helpers' codes are tried, away from everything that must not wait for them."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass

from kiosk.config import HelperProfile
from kiosk.permanence import CodeDoor

# Trying a code costs 50 ms a profile: no thread that ends visits may pay that.


@dataclass(frozen=True)
class Answer:
    """What became of a code; `wait_s` until the next one is heard, 0 for at once."""

    profile: HelperProfile | None
    wait_s: float


class Doorkeeper:
    """Tries one code at a time in a thread; what comes meanwhile is not heard."""

    def __init__(self, door: CodeDoor) -> None:
        self._door = door
        self._busy = threading.Lock()

    def ask(self, code: str, then: Callable[[Answer], None]) -> None:
        """Call `then` with the answer, from another thread; not at all while one is tried."""
        if self._busy.acquire(blocking=False):
            threading.Thread(target=self._try, args=(code, then), name="door", daemon=True).start()

    def _try(self, code: str, then: Callable[[Answer], None]) -> None:
        try:
            profile = self._door.try_code(code)
            answer = Answer(profile, self._door.wait_s())
        finally:
            self._busy.release()
        then(answer)
