"""Wait for a condition, with a limit."""

import time
from collections.abc import Callable


def until(condition: Callable[[], object], limit_s: float = 15.0) -> None:
    """Return as soon as `condition` holds; fail the test after `limit_s` seconds."""
    end = time.monotonic() + limit_s
    while not condition():
        assert time.monotonic() < end, "the condition did not come true in time"
        time.sleep(0.02)
