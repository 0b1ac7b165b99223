"""Keep one private pcscd and its virtual card holder alive inside their own namespaces.

Started by `provisioning.twin.pcsc` under `unshare -mn` (root) or `unshare -rmn` (anyone else).
It owns every process of the private card stack, and its standard input is the lifeline: when the
owner dies, the pipe closes and everything here ends. Its children die with it by
PR_SET_PDEATHSIG, so that not even a SIGKILL leaves a daemon behind.

Why a process of its own: PR_SET_PDEATHSIG follows the *thread* that forked. The owner may restart
pcscd from any thread; here there is only one.
"""

import ctypes
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

RUN_FOLDER = Path("/run/pcscd")
DRIVER_FOLDER = Path("/usr/lib/pcsc/drivers")
VPCD_PORT = 0x8C7B

READER_CONF = """\
FRIENDLYNAME "Virtual PCD"
DEVICENAME   /dev/null:{port:#06X}
LIBPATH      {driver}
CHANNELID    {port:#06X}
"""

_MS_BIND = 4096
_MS_REC = 16384
_MS_PRIVATE = 1 << 18
_PR_SET_PDEATHSIG = 1


class NamespaceError(OSError):
    """Say that the private namespace could not be set up."""


def mount(source: str, target: Path, kind: str, flags: int, options: str = "") -> None:
    """Call mount(2), of which Python 3.11 has no binding.

    Raises NamespaceError with the errno.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.mount(source.encode(), os.fsencode(target), kind.encode(), flags, options.encode()):
        error = ctypes.get_errno()
        raise NamespaceError(error, os.strerror(error), str(target))


def furnish(folder: Path, driver: Path) -> Path:
    """Give this mount namespace a /run/pcscd of its own and a driver folder with vpcd alone.

    Returns the driver's path inside. The folder and the driver are opened first, because the new
    file systems may lie over them. The driver is copied into a fresh tmpfs: /run is often mounted
    noexec. Without the machine's own drivers pcscd cannot take a USB reader of the machine.
    """
    opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    driver_bytes = driver.read_bytes()
    mount("none", Path("/"), "none", _MS_REC | _MS_PRIVATE)
    if not RUN_FOLDER.is_dir():
        mount("tmpfs", RUN_FOLDER.parent, "tmpfs", 0, "mode=0755")
        RUN_FOLDER.mkdir()
    mount(f"/proc/self/fd/{opened}", RUN_FOLDER, "none", _MS_BIND)
    os.close(opened)
    if not DRIVER_FOLDER.is_dir():
        mount("tmpfs", Path("/mnt"), "tmpfs", 0, "mode=0755")
        inside = Path("/mnt/libifdvpcd.so")
    else:
        mount("tmpfs", DRIVER_FOLDER, "tmpfs", 0, "mode=0755")
        inside = DRIVER_FOLDER / "libifdvpcd.so"
    inside.write_bytes(driver_bytes)
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    return inside


def dies_with_its_parent() -> None:
    """Ask the kernel to end this process when the process that forked it ends."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


class Namespace:
    """Start and end the processes of one private card stack, each by its own id."""

    def __init__(self, folder: Path, inner_driver: Path) -> None:
        self._folder = folder
        self._driver = inner_driver
        self._pcscd: subprocess.Popen[bytes] | None = None
        self._holder: subprocess.Popen[bytes] | None = None
        self._reader_conf = RUN_FOLDER / "reader.conf"

    def _spawn(self, argv: Sequence[str], log: str) -> subprocess.Popen[bytes]:
        with (RUN_FOLDER / log).open("ab") as output:
            # preexec_fn is safe here: this process has one thread.
            return subprocess.Popen(
                argv,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                preexec_fn=dies_with_its_parent,
            )

    def start_pcscd(self, *, with_reader: bool) -> int:
        """Start pcscd with or without the virtual reader and return its process id."""
        self.end_pcscd(signal.SIGKILL)
        for left in ("pcscd.comm", "pcscd.pid"):
            (RUN_FOLDER / left).unlink(missing_ok=True)
        self._write_reader_conf(with_reader=with_reader)
        pcscd = shutil.which("pcscd", path="/usr/sbin:/sbin:/usr/bin:/usr/local/sbin")
        if pcscd is None:
            raise NamespaceError(2, "pcscd is not installed")
        argv = [pcscd, "--foreground", "--config", str(self._reader_conf)]
        # pcscd from 2.0 asks polkit, which is not in this namespace. 1.9 has no such option.
        known = subprocess.run([pcscd, "--help"], capture_output=True, check=False)
        if b"--disable-polkit" in known.stdout + known.stderr:
            argv.append("--disable-polkit")
        self._pcscd = self._spawn(argv, "pcscd.log")
        return self._pcscd.pid

    def _write_reader_conf(self, *, with_reader: bool) -> None:
        text = READER_CONF.format(port=VPCD_PORT, driver=self._driver) if with_reader else ""
        self._reader_conf.write_text(text)

    def end_pcscd(self, sign: signal.Signals) -> None:
        """End pcscd with the signal, then wait for it."""
        self._end(self._pcscd, sign)
        self._pcscd = None

    def _end(self, process: subprocess.Popen[bytes] | None, sign: signal.Signals) -> None:
        if process is None:
            return
        if process.poll() is None:
            process.send_signal(sign)
        try:
            process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def hold_cards(self, argv: Sequence[str]) -> int:
        """Start the card holder in this network namespace and return its process id."""
        self._end(self._holder, signal.SIGTERM)
        self._holder = self._spawn(argv, "holder.log")
        return self._holder.pid

    def close(self) -> None:
        """End every process started here."""
        self.end_pcscd(signal.SIGTERM)
        self._end(self._holder, signal.SIGTERM)

    def answer(self, order: dict[str, object]) -> dict[str, object]:
        """Carry out one order of the owner and return its result."""
        verbs: dict[str, Callable[[], dict[str, object]]] = {
            "start": lambda: {"pid": self.start_pcscd(with_reader=bool(order["reader"]))},
            "end": lambda: self._ended(signal.Signals(int(str(order["signal"])))),
            "hold": lambda: {"pid": self.hold_cards([str(a) for a in _listed(order["argv"])])},
            "poll": lambda: {
                "pcscd": self._pcscd is not None and self._pcscd.poll() is None,
                "holder": self._holder is not None and self._holder.poll() is None,
            },
        }
        return verbs[str(order["do"])]()

    def _ended(self, sign: signal.Signals) -> dict[str, object]:
        self.end_pcscd(sign)
        return {}


def _listed(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def main() -> None:
    """Serve orders from standard input, one JSON line each, until it closes."""
    folder, driver = Path(sys.argv[1]), Path(sys.argv[2])
    namespace = Namespace(folder, furnish(folder, driver))
    sys.stdout.write(json.dumps({"ready": True}) + "\n")
    sys.stdout.flush()
    try:
        for line in sys.stdin:
            sys.stdout.write(json.dumps(namespace.answer(json.loads(line))) + "\n")
            sys.stdout.flush()
    finally:
        namespace.close()


if __name__ == "__main__":
    main()
