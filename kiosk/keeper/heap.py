"""Memory that is free gives itself back: what is searched after each visit stays small."""

from __future__ import annotations

import ctypes


def give_back() -> None:
    """Return freed memory to the system.

    glibc keeps it for later, 16 MB for each thread that ever tried a helper's code, and each wipe
    would search it (malloc_trim(3); another C library has no such call and needs none).
    """
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)
