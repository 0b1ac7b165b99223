"""Print service and printer of the twin, wired to the driver of the kiosk."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from device.printer.cups import CupsPrinter
from provisioning.twin.cups import PrivateCups
from provisioning.twin.virtual_printer import VirtualPrinter

QUEUE = "relais"
_PROGRAMS = ("cupsd", "lpadmin", "ippeveprinter", "ipptool", "dbus-daemon", "pdfinfo")
_PATH = "/usr/sbin:/usr/bin:/sbin:/bin"


@dataclass(frozen=True)
class Wired:
    """Hold the three: `printer` is what the kiosk uses, `device` has the hands."""

    cups: PrivateCups
    device: VirtualPrinter
    printer: CupsPrinter


def missing_programs() -> list[str]:
    """Name the programs that a wired printer needs and this machine lacks."""
    return [name for name in _PROGRAMS if shutil.which(name, path=_PATH) is None]


@contextmanager
def traversable_folder() -> Iterator[Path]:
    """Make a folder that the backends' user can pass through, and delete it with all in it."""
    folder = Path(tempfile.mkdtemp(prefix="relais-print-"))
    try:
        folder.chmod(0o711)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def wired_printer(folder: Path) -> Iterator[Wired]:
    """Start a printer and a print service with one queue in `folder`; end both afterwards."""
    with VirtualPrinter(folder / "printer") as device, PrivateCups(folder / "cups") as service:
        service.add_queue(QUEUE, device.uri)
        yield Wired(service, device, CupsPrinter(service.socket, QUEUE, device.uri))
