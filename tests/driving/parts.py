"""The real parts by the names and versions that the last lines of a test run give them."""

from __future__ import annotations

import functools
import re
import subprocess


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
