"""What stands around a visit on a laptop: private daemons, or simulators where they are missing.

The machine's own pcscd, cupsd and queues are never touched: everything here lives in one folder
of RAM and ends with the keeper.
"""

from __future__ import annotations

import logging
import shutil
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from device.printer.simulator import SimulatedPrinter
from kiosk.keeper.children import Child, Children
from kiosk.keeper.parts import Process
from kiosk.wipe.plan import Place
from provisioning.twin.cups import PrivateCups
from provisioning.twin.pcsc import PrivatePcscd, PrivatePcscdError
from provisioning.twin.virtual_printer import VirtualPrinter

log = logging.getLogger("relais.twin")

QUEUE = "relais"
_HEAL_EVERY_S = 1.0


@dataclass(frozen=True)
class Reality:
    """Which parts can be real on this machine, and why the others are not."""

    has_pcsc: bool
    has_cups: bool
    has_chromium: bool
    vpcd_driver: Path | None

    @property
    def simulated(self) -> tuple[str, ...]:
        """Return the catalogue ids of what is simulated, for the banner."""
        missing = []
        if not self.has_pcsc:
            missing.append("card")
        if not self.has_cups:
            missing.append("printer")
        return tuple(missing)


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
            if self.is_away:
                self.pcscd.take_reader_away()
            else:
                self.pcscd.start()

    def move_reader(self, *, is_there: bool) -> None:
        """Take the reader from pcscd or give it back; the simulated one is the holder's own."""
        self.is_away = not is_there
        self.start()

    def processes(self) -> tuple[Process, ...]:
        """Return the daemon, while it lives."""
        pid = self.pcscd.pid if self.pcscd is not None else None
        process = Process.of(pid) if pid else None
        return (process,) if process else ()

    def is_down(self) -> bool:
        """Tell whether the daemon has died by itself."""
        return self.pcscd is not None and not self.pcscd.is_running

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


class PrinterSide:
    """Printer: a private cupsd with a real IPP printer process, or the simulated printer."""

    def __init__(self, folder: Path, reality: Reality, port: int) -> None:
        self._folder = folder
        self.out = folder / "printer" / "out"
        self._port = port
        self._reality = reality
        self.cups: PrivateCups | None = None
        self.printer: VirtualPrinter | None = None
        self.simulated: SimulatedPrinter | None = None
        self._is_unplugged = False

    def open(self) -> None:
        """Start what is real, or the simulator."""
        if not self._reality.has_cups:
            self.simulated = SimulatedPrinter(self._folder / "printer")
            return
        self.printer = VirtualPrinter(self._folder / "printer", self._port)
        self.cups = PrivateCups(self._folder / "cups")
        self.printer.plug()
        self.cups.start()
        self.cups.wait_ready()
        self.cups.add_queue(QUEUE, self.device)

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
            self._is_unplugged = self.printer.pid is None
            self.cups.kill()
            self.printer.unplug()

    def start(self) -> None:
        """Start both anew, spool wiped; a printer that a person unplugged stays unplugged."""
        if self.cups is not None and self.printer is not None:
            if not self._is_unplugged:
                self.printer.plug()
            self.cups.start()
            self.cups.wait_ready()

    def processes(self) -> tuple[Process, ...]:
        """Return the daemons that live."""
        if self.cups is None or self.printer is None:
            return ()
        found = (Process.of(pid) for pid in (self.cups.pid, self.printer.pid) if pid)
        return tuple(process for process in found if process)

    def is_down(self) -> bool:
        """Tell whether cupsd has died by itself."""
        return self.cups is not None and self.cups.pid is None

    def heal(self) -> None:
        """Start cupsd anew, spool wiped."""
        if self.cups is not None:
            self.cups.start()
            self.cups.wait_ready()

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


class TwinSurroundings:
    """Everything around the visit, as the keeper wants it."""

    def __init__(
        self,
        *,
        card: CardSide,
        printer: PrinterSide,
        downloads: Path,
        sinks: Callable[[], tuple[Place, ...]],
        dock: Callable[[], Child],
        simulated: tuple[str, ...],
    ) -> None:
        self._card = card
        self._printer = printer
        self._downloads = downloads
        self._sinks = sinks
        self._make_dock = dock
        self._dock: Child | None = None
        self._simulated = simulated
        self._lock = threading.Lock()
        self._is_cut = True
        self._healing = threading.Event()

    def cut(self) -> None:
        """Kill at once the daemons that saw data of the visit."""
        with self._lock:
            self._is_cut = True
            self._printer.kill()
            self._card.kill()
            if self._dock is not None:
                self._dock.kill()
                self._dock = None

    def saw_data(self) -> tuple[Process, ...]:
        """Return what must be gone before anything is searched."""
        return (*self._card.processes(), *self._printer.processes())

    def survivors(self) -> tuple[Process, ...]:
        """Return what lives on: nothing but what the keeper itself adds."""
        return ()

    def sinks(self) -> tuple[Place, ...]:
        """Return where things of a visit can lie."""
        return self._sinks()

    def start(self) -> None:
        """Start the daemons anew, side by side."""
        with self._lock:
            starts = (self._card.start, self._printer.start, self._start_dock)
            threads = [threading.Thread(target=start, daemon=True) for start in starts]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            self._is_cut = False

    def _start_dock(self) -> None:
        self._dock = self._make_dock()

    def for_worker(self) -> dict[str, Any]:
        """Return what the worker needs to reach them."""
        return {
            "printer": self._printer.for_worker(),
            "card": self._card.for_worker(),
            "downloads": str(self._downloads),
            "simulated": list(self._simulated),
        }

    def heal(self) -> None:
        """Start anew what died by itself; the visit goes on without it until it is back."""
        if self._is_cut or self._healing.is_set():
            return
        is_printer_down = self._printer.is_down()
        is_card_down = self._card.is_down()
        is_dock_down = self._dock is not None and not self._dock.alive()
        if not (is_printer_down or is_card_down or is_dock_down):
            return
        self._healing.set()
        threading.Thread(
            target=self._heal, args=(is_printer_down, is_card_down, is_dock_down), daemon=True
        ).start()

    def _heal(self, is_printer_down: bool, is_card_down: bool, is_dock_down: bool) -> None:
        try:
            with self._lock:
                if self._is_cut:
                    return
                if is_printer_down:
                    self._printer.heal()
                if is_card_down:
                    self._card.start()
                if is_dock_down:
                    self._start_dock()
        finally:
            self._healing.clear()

    def close(self) -> None:
        """End everything that was started, by its id."""
        self.cut()
        self._card.close()
        self._printer.close()
