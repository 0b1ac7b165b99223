"""The real parts by the names and versions that the last lines of a test run give them."""

from __future__ import annotations

import functools
import os
import re
import subprocess
from pathlib import Path
from typing import Final

import pytest

from kiosk.keeper.browser import EXECUTABLES

as_root: Final = pytest.mark.skipif(os.getuid() != 0, reason="needs root to be somebody else")


@functools.cache
def _version(package: str) -> str:
    """Return the version of a Debian package without epoch, revision and Debian's own marks."""
    told = subprocess.run(
        ["dpkg-query", "--show", "--showformat", "${Version}", package],
        capture_output=True,
        text=True,
        check=False,
    )
    return re.sub(r"^\d+:|[-+~].*", "", told.stdout)


def _named(name: str, package: str) -> str:
    return f"{name} {_version(package)}".rstrip()


def chromium_program() -> Path:
    """Return the program; skip the test where it is not installed."""
    found = next((path for path in EXECUTABLES if path.exists()), None)
    if found is None:
        pytest.skip("Chromium is not installed")
    return found


def chromium() -> str:
    """Return "Chromium 140.0.7339.80"."""
    return _named("Chromium", "chromium")


def cups() -> str:
    """Return "cupsd 2.4.2 with ippeveprinter"."""
    return f"{_named('cupsd', 'cups-daemon')} with ippeveprinter"


def pcscd() -> str:
    """Return "pcscd 1.9.9 with vpcd"."""
    return f"{_named('pcscd', 'pcscd')} with vpcd"


def opensc() -> str:
    """Return "OpenSC 0.23.0"."""
    return _named("OpenSC", "opensc")


def sway() -> str:
    """Return "sway 1.7 without a screen"."""
    return f"{_named('sway', 'sway')} without a screen"


def qemu() -> str:
    """Return "QEMU 7.2"."""
    return _named("QEMU", "qemu-system-x86")
