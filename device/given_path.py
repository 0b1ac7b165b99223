"""Paths that a person gives on a command line: they begin where the person stands."""

import os
from pathlib import Path


def given_path(text: str) -> Path:
    """Return the path, absolute where the launcher was called.

    It starts everything in the checkout, and tells in RELAIS_FROM where it was called.
    """
    return Path(os.environ.get("RELAIS_FROM", "."), text)
