"""What stands around a visit on a laptop: private daemons, or simulators where they are missing.

The machine's own pcscd, cupsd and queues are never touched: everything here lives in one folder
of RAM and ends with the keeper.
"""

from __future__ import annotations

import logging
import shutil
import subprocess
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from device.card.simulator import SimulatedReaders
from device.printer.simulator import SimulatedPrinter
from kiosk.keeper.children import Child, Children
from kiosk.keeper.parts import Process
from kiosk.wipe.plan import Place
from provisioning.twin.cups import PrivateCups
from provisioning.twin.pcsc import PrivatePcscd, PrivatePcscdError
from provisioning.twin.virtual_printer import VirtualPrinter

log = logging.getLogger("relais.twin")

QUEUE = "relais"
# A card reader or a printer that is killed again and again is not started in a tight loop.
_HEAL_EVERY_S = 0.5


@dataclass(frozen=True)
class Reality:
    """Which parts can be real on this machine, and why the others are not."""

    has_pcsc: bool
    has_cups: bool
    has_chromium: bool
    vpcd_driver: Path | None


def look_around(parts: Path, *, allow_real: bool = True) -> Reality:
    """Find out what is installed. `parts` holds vsmartcard's driver, kept out of the system."""
    driver = parts / "vpcd/usr/lib/pcsc/drivers/serial/libifdvpcd.so"
    here = {name: shutil.which(name, path="/usr/sbin:/usr/bin:/sbin:/bin") for name in _PROGRAMS}
    return Reality(
        has_pcsc=allow_real
        and driver.exists()
        and bool(here["pcscd"])
        and _has_module("smartcard"),
        has_cups=allow_real
        and all(here[name] for name in ("cupsd", "ippeveprinter", "lpadmin", "dbus-daemon"))
        and _has_module("cups"),
        has_chromium=bool(here["chromium"]),
        vpcd_driver=driver if driver.exists() else None,
    )


_PROGRAMS = ("pcscd", "cupsd", "ippeveprinter", "lpadmin", "dbus-daemon", "chromium")


def _has_module(name: str) -> bool:
    from importlib.util import find_spec

    return find_spec(name) is not None


class CardSide:
    """Reader and cards: a private pcscd with vpcd, or the card holder alone."""

    def __init__(self, folder: Path, reality: Reality, children: Children, python: str) -> None:
        self._folder = folder
        self._reality = reality
        self._children = children
        self._python = python
        self.holder_socket = folder / "card.sock"
        self.trust = folder / "trust"
        self.pcscd: PrivatePcscd | None = None
        self._holder_pid: int | None = None
        self.is_away = False

    @property
    def is_real(self) -> bool:
        """Tell whether the card is read through pcscd."""
        return self.pcscd is not None

    @property
    def about(self) -> str:
        """Name what reads the card."""
        return "pcscd + vpcd" if self.is_real else SimulatedReaders.__name__

    def open(self) -> None:
        """Start what lives as long as the twin. Falls back to the simulated reader."""
        if self._reality.has_pcsc and self._reality.vpcd_driver is not None:
            pcscd = PrivatePcscd(self._folder / "pcsc", self._reality.vpcd_driver)
            try:
                pcscd.start()
                self._holder_pid = pcscd.hold_cards(self.holder_socket, pki=self.trust)
            except PrivatePcscdError as error:
                log.warning("pcscd is not possible here (%s): simulated reader", error.reason)
                with suppress(PrivatePcscdError):
                    pcscd.stop()
            else:
                self.pcscd = pcscd
                return
        holder = self._children.start(
            [
                self._python,
                "-m",
                "provisioning.twin.card_holder",
                "--socket",
                str(self.holder_socket),
                "--pki",
                str(self.trust),
            ],
            environment={"PATH": "/usr/bin:/bin"},
            folder=Path(__file__).resolve().parents[2],
        )
        self._holder_pid = holder.pid

    def holder(self) -> Process | None:
        """Return the process that is the card in the visitor's hand."""
        return Process.of(self._holder_pid) if self._holder_pid else None

    def kill(self) -> None:
        """Kill the daemon that saw the card."""
        if self.pcscd is not None:
            with suppress(PrivatePcscdError):
                self.pcscd.kill()

    def start(self) -> None:
        """Bring the daemon back; the card that is in reappears."""
        if self.pcscd is not None:
            try:
                if self.is_away:
                    self.pcscd.take_reader_away()
                else:
                    self.pcscd.start()
            except PrivatePcscdError as error:
                log.error("pcscd did not come back: %s", error.reason)

    def move_reader(self, *, is_there: bool) -> None:
        """Take the reader off its cable or put it back, as a person does; it stays that way."""
        self.is_away = not is_there
        if self.pcscd is not None and not self.is_down():
            self.start()

    def processes(self) -> tuple[Process, ...]:
        """Return the daemon, while it lives. Asks nobody."""
        pid = self.pcscd.pid if self.pcscd is not None else None
        process = Process.of(pid) if pid else None
        return (process,) if process and process.is_alive() else ()

    def is_down(self) -> bool:
        """Tell whether the daemon has died by itself. Asks nobody."""
        return self.pcscd is not None and not self.processes()

    def for_worker(self) -> dict[str, Any]:
        """Return how the worker reads cards."""
        if self.pcscd is None:
            return {
                "backend": "simulated",
                "simulator_socket": str(self.holder_socket),
                "trust_dir": str(self.trust),
            }
        return {
            "backend": "pcsc",
            "environment": dict(self.pcscd.environment),
            "trust_dir": str(self.trust),
        }

    def close(self) -> None:
        """End everything."""
        if self.pcscd is not None:
            self.pcscd.stop()


class HandledPrinter(VirtualPrinter):
    """A virtual printer that knows who took its power: a hand, or the end of a visit."""

    def __init__(self, folder: Path, port: int) -> None:
        super().__init__(folder, port)
        self.is_plugged_in = True

    def plug(self) -> None:
        """Put the plug in, as a hand does."""
        self.is_plugged_in = True
        super().plug()

    def unplug(self) -> None:
        """Pull the plug, as a hand does."""
        self.is_plugged_in = False
        super().unplug()

    def power_off(self) -> None:
        """End the process; the plug stays as it is."""
        super().unplug()

    def power_on(self) -> None:
        """Start the process, if the plug is in."""
        if self.is_plugged_in:
            super().plug()


class PrinterSide:
    """Printer: a private cupsd with a real IPP printer process, or the simulated printer."""

    def __init__(self, folder: Path, reality: Reality, port: int) -> None:
        self._folder = folder
        self.out = folder / "printer" / "out"
        self._port = port
        self._reality = reality
        self.cups: PrivateCups | None = None
        self.printer: HandledPrinter | None = None
        self.simulated: SimulatedPrinter | None = None

    def open(self) -> None:
        """Start what is real; where that is not possible here, the simulator."""
        if self._reality.has_cups:
            printer = HandledPrinter(self._folder / "printer", self._port)
            cups = PrivateCups(self._folder / "cups")
            try:
                printer.plug()
                cups.start()
                cups.wait_ready()
                cups.add_queue(QUEUE, self.device)
            except (OSError, subprocess.SubprocessError) as error:
                # TimeoutError is an OSError; no message of it goes on: it may name a path.
                log.warning("CUPS is not possible here (%s)", type(error).__name__)
                printer.close()
                cups.stop()
            else:
                self.printer, self.cups = printer, cups
                return
        self.simulated = SimulatedPrinter(self._folder / "printer")

    @property
    def is_real(self) -> bool:
        """Tell whether papers go through CUPS."""
        return self.cups is not None

    @property
    def about(self) -> str:
        """Name what takes the papers."""
        return "CUPS + ippeveprinter" if self.is_real else SimulatedPrinter.__name__

    @property
    def device(self) -> str:
        """Return the printer's own address."""
        return f"ipp://localhost:{self._port}/ipp/print"

    @property
    def hand(self) -> VirtualPrinter | SimulatedPrinter:
        """Return what a person plays."""
        hand = self.printer or self.simulated
        assert hand is not None  # noqa: S101  open() has made one of the two
        return hand

    def kill(self) -> None:
        """Kill what saw documents: cupsd and the printer process (its paper is out already)."""
        if self.cups is not None and self.printer is not None:
            with ThreadPoolExecutor(2) as pool:
                for deed in (self.cups.kill, self.printer.power_off):
                    pool.submit(_until_gone, deed)

    def start(self) -> None:
        """Start both anew, spool wiped; a printer that a person unplugged stays unplugged."""
        if self.cups is None or self.printer is None:
            return
        try:
            # Both take their time to come up, so the queue starts before the printer answers.
            self.cups.start()
            self.printer.power_on()
            self.cups.wait_ready()
        except (OSError, RuntimeError) as error:
            log.error("the printer did not come back: %s", type(error).__name__)

    def processes(self) -> tuple[Process, ...]:
        """Return the daemons that live. Asks nobody."""
        if self.cups is None or self.printer is None:
            return ()
        found = (Process.of(pid) for pid in (self.cups.pid, self.printer.pid) if pid)
        return tuple(process for process in found if process)

    def is_down(self) -> bool:
        """Tell whether cupsd or the printer's process has died by itself."""
        if self.cups is None or self.printer is None:
            return False
        return self.cups.pid is None or (self.printer.is_plugged_in and self.printer.pid is None)

    def for_worker(self) -> dict[str, Any]:
        """Return how the worker prints."""
        if self.cups is None:
            return {"kind": "simulated", "folder": str(self._folder / "printer")}
        return {
            "kind": "cups",
            "server": str(self.cups.socket),
            "queue": QUEUE,
            "device": self.device,
        }

    def close(self) -> None:
        """End everything."""
        if self.cups is not None:
            self.cups.stop()
        if self.printer is not None:
            self.printer.close()


def _until_gone(deed: Callable[[], None]) -> None:
    """Do it; somebody may have killed the same process in the same moment: then do it again."""
    try:
        deed()
    except ProcessLookupError:
        deed()


class TwinSurroundings:
    """Everything around the visit, as the keeper wants it.

    One lock lets daemons start and end one after the other; whoever must not wait takes none.
    """

    def __init__(
        self,
        *,
        card: CardSide,
        printer: PrinterSide,
        downloads: Path,
        sinks: Callable[[], tuple[Place, ...]],
        dock: Callable[[], Child],
        is_practice_site: bool,
    ) -> None:
        self._card = card
        self._printer = printer
        self._downloads = downloads
        self._sinks = sinks
        self._make_dock = dock
        self._is_practice_site = is_practice_site
        self._dock: Child | None = None
        self._lock = threading.Lock()
        # Between the end of one visit and the start of the next one's daemons nothing is healed.
        self._is_cut = True
        self._is_closed = False
        self._healer: threading.Thread | None = None
        self._heal_at = 0.0

    def cut(self) -> None:
        """End the daemons that saw data of the visit, side by side; returns when they are gone."""
        self._is_cut = True
        with self._lock, ThreadPoolExecutor(3) as pool:
            deeds = [self._printer.kill, self._card.kill]
            if self._dock is not None:
                # The dock shows papers.
                deeds.append(self._dock.kill)
                self._dock = None
            for done in [pool.submit(deed) for deed in deeds]:
                done.result()

    def saw_data(self) -> tuple[Process, ...]:
        """Return what must be gone before anything is searched. Asks nobody."""
        return (*self._card.processes(), *self._printer.processes())

    def survivors(self) -> tuple[Process, ...]:
        """Return what lives on: nothing but what the keeper itself adds."""
        return ()

    def sinks(self) -> tuple[Place, ...]:
        """Return where things of a visit can lie."""
        return self._sinks()

    def start(self) -> None:
        """Start the daemons anew, side by side. The dock comes later: no visit waits for it."""
        with self._lock, ThreadPoolExecutor(2) as pool:
            if self._is_closed:
                return
            for start in (self._card.start, self._printer.start):
                pool.submit(start)
        self._is_cut = False

    def for_worker(self) -> dict[str, Any]:
        """Return what the worker needs to reach them."""
        return {
            "printer": self._printer.for_worker(),
            "card": self._card.for_worker(),
            "downloads": str(self._downloads),
            "simulated": self._simulated(),
            "is_practice_site": self._is_practice_site,
        }

    def _simulated(self) -> list[str]:
        """Return what the banner names: what is really simulated, not what was planned."""
        parts = {"card": self._card.is_real, "printer": self._printer.cups is not None}
        return [name for name, is_real in parts.items() if not is_real]

    def heal(self) -> None:
        """Have what died by itself started anew; the visit goes on without it until it is back."""
        is_busy = self._healer is not None and self._healer.is_alive()
        now = time.monotonic()
        if self._is_cut or is_busy or now < self._heal_at:
            return
        self._heal_at = now + _HEAL_EVERY_S
        if self._printer.is_down() or self._card.is_down() or self._is_dock_down():
            self._healer = threading.Thread(target=self._heal, name="heal", daemon=True)
            self._healer.start()

    def _is_dock_down(self) -> bool:
        return self._dock is None or not self._dock.alive()

    def _heal(self) -> None:
        with self._lock:
            if self._is_cut or self._is_closed:
                return
            if self._printer.is_down():
                self._printer.start()
            if self._card.is_down():
                self._card.start()
            if self._is_dock_down():
                self._dock = self._make_dock()

    def close(self) -> None:
        """End everything that was started, by its id, and start nothing any more."""
        self._is_closed = True
        self.cut()
        self._card.close()
        self._printer.close()
