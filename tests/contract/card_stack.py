"""The card's side of a test: a private pcscd with a virtual reader, or the simulated reader."""

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from device.card.simulator import SimulatedReaders
from provisioning.twin.cards import Deck, TwinPki
from provisioning.twin.pcsc import PrivatePcscd

REPOSITORY = Path(__file__).resolve().parents[2]
VPCD = "usr/lib/pcsc/drivers/serial/libifdvpcd.so"
LIMIT_S = 10.0


def find_driver() -> Path | None:
    """Return vsmartcard's driver: unpacked beside the repository, or the system's own."""
    parts = Path(os.environ.get("RELAIS_PARTS", REPOSITORY / ".parts"))
    places = (parts / "vpcd" / VPCD, Path("/") / VPCD)
    return next((place for place in places if place.exists()), None)


def missing_part() -> str | None:
    """Return why a private pcscd is not possible here, or None."""
    if shutil.which("pcscd", path="/usr/sbin:/usr/bin:/sbin:/bin") is None:
        return "pcscd is not installed"
    if find_driver() is None:
        return "vsmartcard-vpcd's driver is neither unpacked nor installed"
    flags = "-mn" if os.geteuid() == 0 else "-rmn"
    if subprocess.run(["unshare", flags, "true"], capture_output=True, check=False).returncode:
        return "this machine allows no private namespace"
    return None


def eventually(condition: Callable[[], bool]) -> None:
    """Wait until the condition holds. Raises AssertionError at the limit."""
    until = time.monotonic() + LIMIT_S
    pause = threading.Event()
    while not condition():
        assert time.monotonic() < until, "the condition never held"
        pause.wait(0.01)


class SimulatedStack:
    """The card holder alone, and the simulated reader on it."""

    name = "simulated"

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.socket = folder / "cards.sock"
        self.trust = folder / "trust"
        self.hands = SimulatedReaders(self.socket)
        self._holder: subprocess.Popen[bytes] | None = None

    @property
    def environment(self) -> dict[str, str]:
        """What a reading child needs to find the reader."""
        return {}

    def start(self) -> None:
        """Start the card holder and wait until it listens."""
        self._holder = subprocess.Popen(
            [
                *(sys.executable, "-m", "provisioning.twin.card_holder"),
                *("--socket", str(self.socket), "--pki", str(self.trust)),
            ],
            cwd=REPOSITORY,
        )
        eventually(self._listens)

    def _listens(self) -> bool:
        # The file is there before anybody listens, and stays when the holder is killed.
        with socket.socket(socket.AF_UNIX) as line:
            return line.connect_ex(str(self.socket)) == 0

    def stop(self) -> None:
        """End the card holder."""
        self.kill_service()

    def take_reader_away(self) -> None:
        """Unplug the reader."""
        self.hands.take_reader_away()

    def bring_reader_back(self) -> None:
        """Plug it in."""
        self.hands.bring_reader_back()

    def kill_service(self) -> None:
        """Kill what serves the reader."""
        if self._holder is not None:
            self._holder.kill()
            self._holder.wait()
            self.socket.unlink(missing_ok=True)

    def restore_service(self) -> None:
        """Start it again; the card in the reader is forgotten."""
        self.start()

    @property
    def deck(self) -> Deck:
        """The deck as a book to look people up in; its own cards are other ones."""
        return Deck(TwinPki(self.folder / "book"))


class PcscStack:
    """A private pcscd with the virtual reader, and the card holder plugged into it."""

    name = "pcsc"

    def __init__(self, folder: Path, driver: Path) -> None:
        self.folder = folder
        self.socket = folder / "cards.sock"
        self.trust = folder / "trust"
        self.pcscd = PrivatePcscd(folder / "pcsc", driver)
        self.hands = SimulatedReaders(self.socket)

    @property
    def environment(self) -> dict[str, str]:
        """What a reading child needs to find the reader."""
        return dict(self.pcscd.environment)

    def start(self) -> None:
        """Start pcscd and the card holder."""
        self.pcscd.start()
        self.pcscd.hold_cards(self.socket, pki=self.trust)

    def stop(self) -> None:
        """End both."""
        self.pcscd.stop()

    def take_reader_away(self) -> None:
        """Unplug the reader."""
        self.pcscd.take_reader_away()

    def bring_reader_back(self) -> None:
        """Plug it in."""
        self.pcscd.bring_reader_back()

    def kill_service(self) -> None:
        """Kill pcscd."""
        self.pcscd.kill()

    def restore_service(self) -> None:
        """Bring pcscd back; the card in the reader reappears."""
        self.pcscd.restart()

    @property
    def deck(self) -> Deck:
        """The deck as a book to look people up in; its own cards are other ones."""
        return Deck(TwinPki(self.folder / "book"))


class VscardStack(PcscStack):
    """The same pcscd; between it and the cards lies the protocol that QEMU speaks."""

    name = "vscard"

    def start(self) -> None:
        """Start pcscd and the card holder of these tests."""
        self.pcscd.start()
        self.pcscd.hold_cards(self.socket, pki=self.trust, holder="tests.contract.vscard_holder")


Stack = SimulatedStack | PcscStack


@contextlib.contextmanager
def open_stack(name: str) -> Iterator[Stack]:
    """Start a stack in a folder of its own; end it and remove the folder afterwards."""
    # Not pytest's tmp_path: a unix socket's path has at most 107 bytes.
    with tempfile.TemporaryDirectory(prefix="relais-card-") as folder:
        driver = find_driver()
        if name == "vscard" and driver is not None:
            stack: Stack = VscardStack(Path(folder), driver)
        elif name == "pcsc" and driver is not None:
            stack = PcscStack(Path(folder), driver)
        else:
            stack = SimulatedStack(Path(folder))
        try:
            stack.start()
            yield stack
        finally:
            stack.stop()
