"""A printer of the twin: a real IPP printer process, with hands that make it fail."""

import contextlib
import http.client
import os
import re
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path

from device.printer.memory import PrinterMemory
from provisioning.twin.printer.leashed import LeashedDaemon

_PARTS = Path(__file__).with_name("printer")
_START_LIMIT_S = 5.0
_POLL_S = 0.01
_SHOW_LIMIT_S = 5.0
_TRAY_SHEETS = 250
_FAULTS = frozenset({"media-empty", "media-jam", "cover-open", "toner-low"})
_SERVICE_DOCUMENT = b"%PDF-relais-twin\n"


class VirtualPrinter:
    """Be one grey A4 printer on `localhost`, driven by a person or a test.

    Needs `ippeveprinter` and `ipptool` (cups-ipp-utils), `dbus-daemon` and `pdfinfo`. Listens on
    loopback only. ippeveprinter up to 2.4 insists on a system bus: it gets a private one.

    `folder` holds what the printer has in it: `out/` the papers it gave, `memory/` what it has
    received and not yet printed, and the faults that the hands set. The hands work at any time,
    from any thread, also while it is unplugged, raise TimeoutError when the printer does not show
    the fault, and have the same names as those of the simulator. `port` 0 takes
    a free one and keeps it.
    """

    def __init__(self, folder: Path, port: int = 0) -> None:
        self.folder = folder
        self.port = port or _free_port()
        self.uri = f"ipp://localhost:{self.port}/ipp/print"
        self._lock = threading.RLock()
        self._bus: LeashedDaemon | None = None
        self._printer: LeashedDaemon | None = None
        folder.mkdir(parents=True, exist_ok=True)
        # What is printed has names in it, and the folders above let other users through.
        (folder / "out").mkdir(mode=0o700, exist_ok=True)
        (folder / "faults").touch()
        (folder / "service").write_bytes(_SERVICE_DOCUMENT)
        # The sink finds what it needs beside itself.
        shutil.copyfile(_PARTS / "job.test", folder / "job.test")
        sink = folder / "sink"
        shutil.copyfile(_PARTS / "sink.sh", sink)
        sink.chmod(0o755)

    @property
    def pid(self) -> int | None:
        """Name the process of the printer, or None while it is unplugged."""
        return self._printer.pid if self._printer and self._printer.is_running() else None

    def plug(self) -> None:
        """Switch the printer on and wait until it answers; harmless if it is on.

        Raises TimeoutError when it does not come up, OSError when its port is taken.
        """
        with self._lock:
            if self.pid is not None:
                return
            _check_free(self.port)
            # A printer without disk: what it had received is gone with its power.
            memory = self.folder / "memory"
            shutil.rmtree(memory, ignore_errors=True)
            memory.mkdir(mode=0o700)
            environment = {
                "PATH": os.environ.get("PATH", "/usr/sbin:/usr/bin:/sbin:/bin"),
                "DBUS_SYSTEM_BUS_ADDRESS": self._bus_address(),
                "TMPDIR": str(memory),
            }
            command = ["ippeveprinter", "-r", "off", "-n", "localhost"]
            command += ["-p", str(self.port), "-a", str(_PARTS / "a4.attrs")]
            command += ["-c", str(self.folder / "sink"), "-d", str(memory), "Relais twin"]
            self._printer = LeashedDaemon(command, environment=environment)
            self._wait_until_it_answers()
            if self._faults():
                self._show_faults()

    def unplug(self) -> None:
        """Take the power away: the process dies at once, a page half printed never comes out."""
        with self._lock:
            if self._printer is not None:
                self._printer.kill()
                self._printer = None

    def close(self) -> None:
        """Unplug, and end the private bus."""
        self.unplug()
        if self._bus is not None:
            self._bus.stop()
            self._bus = None

    def __enter__(self) -> "VirtualPrinter":
        self.plug()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def run_out_of_paper(self) -> None:
        """Empty the tray (media-empty); a document waits until paper is loaded."""
        self._set("media-empty", present=True)

    def load_paper(self) -> None:
        """Fill the tray."""
        self._set("media-empty", present=False)

    def jam(self) -> None:
        """Jam the paper (media-jam)."""
        self._set("media-jam", present=True)

    def clear_jam(self) -> None:
        """Take the jammed paper out."""
        self._set("media-jam", present=False)

    def open_cover(self) -> None:
        """Open the cover (cover-open)."""
        self._set("cover-open", present=True)

    def close_cover(self) -> None:
        """Close the cover."""
        self._set("cover-open", present=False)

    def run_low_on_toner(self) -> None:
        """Let the toner run low (toner-low): a warning, it prints on."""
        self._set("toner-low", present=True)

    def replace_toner(self) -> None:
        """Put a new toner in."""
        self._set("toner-low", present=False)

    def slow(self, seconds_per_page: float) -> None:
        """Let each page take so many seconds (in tenths); 0 is as fast as it can."""
        _write(self.folder / "pace", f"{round(seconds_per_page * 10)}\n")

    def pages(self) -> list[Path]:
        """List the papers that came out, one file per copy of a document, oldest first."""
        return sorted((self.folder / "out").glob("[0-9]*"))

    def _set(self, keyword: str, *, present: bool) -> None:
        with self._lock:
            faults = self._faults()
            if (keyword in faults) == present:
                return
            changed = faults | {keyword} if present else faults - {keyword}
            _write(self.folder / "faults", "".join(f"{name}\n" for name in sorted(changed)))
            if self.pid is not None:
                self._show_faults()

    def _faults(self) -> set[str]:
        return set((self.folder / "faults").read_text().split())

    def _show_faults(self) -> None:
        """Make the faults visible, also while the printer is idle; raises TimeoutError.

        The tray is set through ippeveprinter's own form. While it is empty ippeveprinter begins no
        document at all, so the other faults, which only a document's sink can set, need a sheet
        in the tray for a moment. While a real document is in work ippeveprinter says that it is
        busy, and the sink at work reads the faults itself.
        """
        faults = self._faults()

        def are_shown() -> bool:
            self._fill_tray(_TRAY_SHEETS)
            self._ipptool("show-faults.test")
            if "media-empty" in faults:
                self._fill_tray(0)
                return self._shown_faults() == faults
            # A document cancelled while the tray was empty is let go of only now, and until then
            # the next one would be turned away as "busy", for 10 s.
            return self._shown_faults() == faults and not self._is_ending_a_job()

        _wait(are_shown, "the faults are not shown")

    def _is_ending_a_job(self) -> bool:
        memory = PrinterMemory(self.uri, "relais", limit_s=_SHOW_LIMIT_S)
        return any(job.is_ending for job in memory.held_jobs())

    def _shown_faults(self) -> set[str]:
        words = re.split(r'[\s,"]+', self._ipptool("reasons.test"))
        stems = {re.sub("-(report|warning|error)$", "", word) for word in words}
        return stems & _FAULTS

    def _ipptool(self, request: str) -> str:
        command = ["ipptool", "-c", "-f", str(self.folder / "service"), self.uri]
        run = subprocess.run(
            [*command, str(_PARTS / request)],
            check=False,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            timeout=_SHOW_LIMIT_S,
        )
        return run.stdout

    def _fill_tray(self, sheets: int) -> None:
        form = f"/media?size0=iso_a4_210x297mm&type0=stationery&level0={sheets}"
        connection = http.client.HTTPConnection("localhost", self.port, timeout=_SHOW_LIMIT_S)
        with contextlib.closing(connection):
            connection.request("GET", form)
            connection.getresponse().read()

    def _bus_address(self) -> str:
        path = self.folder / "bus"
        if self._bus is None or not self._bus.is_running():
            path.unlink(missing_ok=True)
            self._bus = LeashedDaemon(
                [
                    "dbus-daemon",
                    "--session",
                    "--nofork",
                    "--nopidfile",
                    f"--address=unix:path={path}",
                ]
            )
            _wait(path.is_socket, "the private bus")
        return f"unix:path={path}"

    def _wait_until_it_answers(self) -> None:
        def answers() -> bool:
            if self.pid is None:
                raise TimeoutError("the virtual printer ended at once")
            with (
                contextlib.suppress(OSError),
                socket.create_connection(("localhost", self.port), _START_LIMIT_S),
            ):
                return True
            return False

        _wait(answers, "the virtual printer")


def _free_port() -> int:
    with socket.socket(socket.AF_INET) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _check_free(port: int) -> None:
    # Otherwise the printer of somebody else would answer in our place.
    with socket.socket(socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind(("127.0.0.1", port))


def _write(path: Path, text: str) -> None:
    part = path.with_suffix(".part")
    part.write_text(text)
    part.replace(path)


def _wait(condition: Callable[[], bool], what: str) -> None:
    end = time.monotonic() + _START_LIMIT_S
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError(what)
        time.sleep(_POLL_S)
