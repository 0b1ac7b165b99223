"""A small heap: what is searched after each visit must not grow with time.

Both are words to glibc's malloc (mallopt(3), malloc_trim(3)). Another C library knows neither
and needs neither.
"""

from __future__ import annotations

import ctypes
import functools
from collections.abc import Callable
from typing import Final

_M_MMAP_THRESHOLD: Final = -3
_M_ARENA_MAX: Final = -8
_LARGE_BYTES: Final = 256 * 1024
# One a core by default makes eight for each: every short-lived thread would leave a megabyte.
_ARENAS: Final = 2


def stay_small() -> None:
    """Let large blocks go back to the system when they are freed, and threads share heaps.

    Left alone, glibc learns from the 16 MB that trying a helper's code takes to keep such blocks,
    one for each thread that ever tried, and each wipe would search them.
    """
    tell = _word("mallopt")
    if tell is not None:
        tell(_M_MMAP_THRESHOLD, _LARGE_BYTES)
        tell(_M_ARENA_MAX, _ARENAS)


def give_back() -> None:
    """Return freed memory to the system."""
    trim = _word("malloc_trim")
    if trim is not None:
        trim(0)


@functools.cache
def _word(name: str) -> Callable[..., int] | None:
    """Return a function of the C library: each look-up by ctypes would stay for ever."""
    found: Callable[..., int] | None = getattr(ctypes.CDLL(None), name, None)
    return found
