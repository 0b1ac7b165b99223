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
LIMIT_S = 20.0
POLL_S = 0.02
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
        time.sleep(POLL_S)


def paths_below(folder: Path) -> list[Path]:
    """Return all below a folder of a machine that lives: folders may go meanwhile."""
    # Path.rglob raises for a folder that goes while it looks.
    found = os.walk(folder)
    return sorted(Path(at) / name for at, folders, files in found for name in (*folders, *files))


class Twin:
    """One running twin, with the hands of whoever plays its hardware."""

    def __init__(
        self,
        data: Path,
        *options: str,
        env: dict[str, str] | None = None,
        module: str = "provisioning.twin",
    ) -> None:
        self.log = data / "twin.log"
        self.data = data / "data"
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [
                    sys.executable,
                    "-m",
                    module,
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
        return "everything is started" in self.log.read_text()

    def look(self) -> dict[str, Any]:
        """Return the processes and the phase of the keeper."""
        return self._hands.ask(part="twin", do="look")

    def enter_url(self) -> str:
        """Return an address that lets one more browser in."""
        return str(self._hands.ask(part="twin", do="enter")["url"])

    def is_serving(self) -> bool:
        """Tell whether the keeper serves a visit."""
        try:
            return self.look().get("phase") == "serving"
        except HandUnreachableError:
            return False

    @property
    def simulated(self) -> str:
        """Return what the twin says is simulated, "" when nothing is."""
        found = re.findall(r"simulated: (.+)", self.log.read_text())
        return str(found[-1]) if found else ""

    def reader_level(self) -> str:
        """Return what pcscd says stands at the reader, asked as the worker asks it.

        pcscd itself looks two or three times a second: who plays a person waits for it.
        """
        ask = "from device.card.reader import PcscReaders as R; print(R().status().level.value)"
        environment = self.look()["parts"]["card"].get("environment", {})
        told = subprocess.run(
            [sys.executable, "-c", ask],
            cwd=REPOSITORY,
            env={**os.environ, **environment},
            capture_output=True,
            text=True,
            check=False,
        )
        return told.stdout.strip()

    # ---- hands ----------------------------------------------------------------------

    def presses(self, key: str) -> None:
        """Press and release a key of the panel."""
        self._hands.ask(part="panel", do="tap", key=key)

    def lamp(self) -> str:
        """Return what the lamp says."""
        return str(self._hands.ask(part="panel", do="look")["name"])

    def beeps(self) -> int:
        """Return how often the buzzer has sounded."""
        return int(self._hands.ask(part="panel", do="look")["beeps"])

    def inserts(self, card: str) -> None:
        """Put a card of the deck into the reader."""
        self._cards.ask(do="insert", card=card)

    def pulls_the_card(self) -> None:
        """Take the card out."""
        self._cards.ask(do="remove")

    def slows_the_card(self, ms: int) -> None:
        """Let every command to a card take `ms`: a worn contact, a slow reader; 0 ends it."""
        self._cards.ask(do="pace", ms=ms, us_per_byte=0)

    def takes_the_reader_away(self) -> None:
        """Unplug the reader. A simulated one only: vpcd cannot lose its reader."""
        self._cards.ask(do="reader_away")

    def brings_the_reader_back(self) -> None:
        """Plug the reader in again."""
        self._cards.ask(do="reader_back")

    def commands_to_the_card(self) -> list[Any]:
        """Return class and instruction of everything that the card in the slot was sent."""
        return list(self._cards.ask(do="commands").get("commands", []))

    def printer(self, do: str) -> None:
        """Play the printer: run_out_of_paper, load_paper, jam, unplug, …"""
        answer = self._hands.ask(part="printer", do=do)
        assert answer.get("ok"), answer

    def printer_takes(self, seconds_a_page: float) -> None:
        """Let each page take so many seconds, as a real printer does; 0: as fast as it can."""
        (self.folder / "printer" / "pace").write_text(f"{round(seconds_a_page * 10)}\n")

    def papers(self) -> list[Path]:
        """Return what the printer has put out, one file a copy, the oldest first."""
        return sorted((self.folder / "printer" / "out").glob("[0-9]*"))

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
