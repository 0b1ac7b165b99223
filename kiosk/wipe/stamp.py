"""The stamp: a file in memory that only a clean wipe of this boot writes.

No stamp, no visit. Whoever begins a visit removes it first, so that a machine whose keeper, wipe
or power was killed half-way is closed without anybody having to say so.
"""

from __future__ import annotations

import os
from pathlib import Path

from kiosk.wipe.run_folder import read_boot


def write_stamp(path: Path) -> None:
    """Say that everything is wiped. Raises OSError."""
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    fresh.write_text(read_boot())
    fresh.replace(path)


def is_stamped(path: Path) -> bool:
    """Tell whether a clean wipe of this boot has been the last word."""
    try:
        return path.read_text() == read_boot()
    except (OSError, UnicodeDecodeError):
        return False


def remove_stamp(path: Path) -> None:
    """Close the machine until the next clean wipe. Raises OSError where it stays."""
    path.unlink(missing_ok=True)
