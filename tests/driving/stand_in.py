"""The official site's own computer: somebody else's, so no part of the twin."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

from tests.driving.twin import REPOSITORY, Twin, until


class StandIn:
    """The stand-in of the official site, as a process of the tests.

    The twin starts one as its own child. What such a site keeps of a resident is not the
    kiosk's to wipe: this one takes its place, outside of everything that the kiosk searches.
    """

    def __init__(self, twin: Twin) -> None:
        pid, port = until(lambda: _find(twin.process.pid), "the twin's stand-in of the site")
        os.kill(pid, signal.SIGKILL)
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.official_site", "--port", port],
            cwd=REPOSITORY,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def close(self) -> None:
        """End it."""
        self._process.kill()
        self._process.wait(5)


def _find(parent: int) -> tuple[int, str] | None:
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            words = (folder / "cmdline").read_bytes().decode().split("\0")
            above = re.findall(r"^PPid:\s+(\d+)", (folder / "status").read_text(), re.MULTILINE)
        except OSError:
            continue
        if "tests.official_site" in words and above == [str(parent)]:
            return int(folder.name), words[words.index("--port") + 1]
    return None
