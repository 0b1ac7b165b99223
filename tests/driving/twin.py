"""A whole twin as a process: `./relais run` as a test starts it."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from provisioning.twin.hands import HandClient, HandUnreachableError

REPOSITORY = Path(__file__).resolve().parents[2]
LIMIT_S = 30.0
T = TypeVar("T")


def until(find: Callable[[], T | None], what: str, limit_s: float = LIMIT_S) -> T:
    """Return what `find` finds; fail with `what` after `limit_s`. Waits for a state, not a time."""
    deadline = time.monotonic() + limit_s
    while True:
        found = find()
        if found:
            return found
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {limit_s:g} s: {what}")
        time.sleep(0.02)


class Twin:
    """One running twin, with the hands of whoever plays its hardware."""

    def __init__(self, data: Path, *options: str, env: dict[str, str] | None = None) -> None:
        self.log = data / "twin.log"
        self.data = data / "data"
        before = set(_runs())
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [
                    sys.executable,
                    "-m",
                    "provisioning.twin",
                    "--port=0",
                    "--dock-port=0",
                    f"--data={self.data}",
                    "--screen=headless",
                    "--debug",
                    *options,
                ],
                cwd=REPOSITORY,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env={**os.environ, **(env or {})},
            )
        del before
        until(self._is_ready, "the twin says that it is ready")
        text = self.log.read_text()
        self.dock_url = re.findall(r"dock  (\S+)", text)[-1]
        self.codes = dict(re.findall(r"(employee|volunteer) (\d{6})", text))
        self.folder = Path(re.findall(r"folder (\S+)", text)[-1])
        self._hands = HandClient(self.folder / "hands.sock")
        self._cards = HandClient(self.folder / "card.sock")

    def _is_ready(self) -> bool:
        if self.process.poll() is not None:
            raise AssertionError(self.log.read_text()[-3000:])
        return "ready to serve" in self.log.read_text()

    def look(self) -> dict[str, Any]:
        """Return the processes and the phase of the keeper."""
        return self._hands.ask(part="twin", do="look")

    def part(self, name: str) -> dict[str, Any]:
        """Return how the worker reaches a part: printer or card."""
        return dict(self.look()["parts"][name])

    def enter_url(self) -> str:
        """Return an address that lets one more browser in."""
        return str(self._hands.ask(part="twin", do="enter")["url"])

    def is_serving(self) -> bool:
        """Tell whether the keeper serves a visit."""
        try:
            return self.look().get("phase") == "serving"
        except HandUnreachableError:
            return False

    # ---- hands ----------------------------------------------------------------------

    def presses(self, key: str) -> None:
        """Press and release a key of the panel."""
        self._hands.ask(part="panel", do="tap", key=key)

    def lamp(self) -> str:
        """Return what the lamp says."""
        return str(self._hands.ask(part="panel", do="look")["name"])

    def inserts(self, card: str) -> None:
        """Put a card of the deck into the reader."""
        self._cards.ask(do="insert", card=card)

    def pulls_the_card(self) -> None:
        """Take the card out."""
        self._cards.ask(do="remove")

    def printer(self, do: str) -> None:
        """Play the printer: run_out_of_paper, load_paper, jam, unplug, …"""
        self._hands.ask(part="printer", do=do)

    def papers(self) -> list[Path]:
        """Return what the printer has put out."""
        return sorted((self.folder / "printer" / "out").glob("*"))

    # ---- the end --------------------------------------------------------------------

    def kills(self, name: str) -> None:
        """Kill one process with SIGKILL: worker, browser, site, cupsd, pcscd, kiosk."""
        os.kill(int(self.look()[name]), signal.SIGKILL)

    def ends(self) -> int:
        """Press Ctrl-C and return the exit status."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        try:
            return self.process.wait(15)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise

    def loses_power(self) -> None:
        """Kill the keeper as a power cut does: nothing is tidied up."""
        self.process.kill()
        self.process.wait(10)

    def __enter__(self) -> Twin:
        return self

    def __exit__(self, *_: object) -> None:
        self.ends()


def _runs() -> list[Path]:
    return list(Path("/dev/shm").glob("relais-run-*"))  # noqa: S108  the twin's folder in RAM
