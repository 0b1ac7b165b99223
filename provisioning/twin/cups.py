"""A print service of one's own: a private cupsd in a folder, wiped before every start."""

import contextlib
import grp
import os
import pwd
import shutil
import socket
import subprocess
import threading
import time
from pathlib import Path

from provisioning.twin.printer.leashed import LeashedDaemon

_PARTS = Path(__file__).with_name("printer")
_SOCKET_PATH_MAX = 107  # sockaddr_un
_POLL_S = 0.01
_LPADMIN_LIMIT_S = 20.0
_SERVICE_USER = "lp"


class PrivateCups:
    """Run a cupsd that shares nothing with the machine's own.

    Needs `cupsd` (cups-daemon), `lpadmin` (cups-client) and cups-filters. It listens on the unix
    socket `socket` and nowhere else. As root its backends run as `lp`, so every folder above must
    be traversable by all; as any other user everything runs as that user.

    Below `folder`: `etc/` (the queues, kept), `run/` (spool, cache, state: thrown away before
    every start, so that a cupsd killed in mid-job cannot print an earlier visit's document), and
    `log/`.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.socket = folder / "cups.sock"
        self.spool = folder / "run" / "spool"
        self._lock = threading.RLock()
        self._daemon: LeashedDaemon | None = None
        if len(str(self.socket)) > _SOCKET_PATH_MAX:
            raise ValueError(f"the path of the socket is longer than {_SOCKET_PATH_MAX} bytes")

    @property
    def pid(self) -> int | None:
        """Name the process of cupsd, or None while it is down."""
        return self._daemon.pid if self._daemon and self._daemon.is_running() else None

    def start(self) -> None:
        """Wipe the spool and start; harmless while it runs. Does not wait: see `wait_ready`."""
        with self._lock:
            if self.pid is not None:
                return
            self._lay_out()
            self.wipe_spool()
            environment = {
                "PATH": "/usr/sbin:/usr/bin:/sbin:/bin",
                # cupsd would speak to the machine's colour service; there is none for it.
                "DBUS_SYSTEM_BUS_ADDRESS": "unix:path=/nonexistent",
            }
            etc = self.folder / "etc"
            command = [
                "cupsd",
                "-f",
                "-c",
                str(etc / "cupsd.conf"),
                "-s",
                str(etc / "cups-files.conf"),
            ]
            self._daemon = LeashedDaemon(command, environment=environment)

    def stop(self) -> None:
        """End cupsd politely, then throw away what it leaves."""
        with self._lock:
            if self._daemon is not None:
                self._daemon.stop()
                self._daemon = None
            self.wipe_spool()

    def kill(self) -> None:
        """End cupsd with SIGKILL, with its filters and backends; the spool stays as it was."""
        with self._lock:
            if self._daemon is not None:
                self._daemon.kill()
                self._daemon = None

    def restart(self, limit_s: float = 5.0) -> None:
        """Kill, wipe, start and wait until the queues are ready, as the end of a visit does.

        Raises TimeoutError when it is not ready within `limit_s` seconds.
        """
        self.kill()
        self.start()
        self.wait_ready(limit_s)

    def wait_ready(self, limit_s: float = 5.0) -> None:
        """Wait until cupsd answers; its queues are read before it does.

        Raises TimeoutError after `limit_s` seconds, or at once when cupsd has ended.
        """
        end = time.monotonic() + limit_s
        while not self._answers():
            if self.pid is None or time.monotonic() > end:
                raise TimeoutError("cupsd does not answer")
            time.sleep(_POLL_S)

    def wipe_spool(self) -> None:
        """Delete documents, control files, temporary files and the job cache.

        Only while cupsd is down; raises RuntimeError otherwise.
        """
        if self.pid is not None:
            raise RuntimeError("the spool is wiped only while cupsd is down")
        shutil.rmtree(self.folder / "run", ignore_errors=True)
        self._lay_out_run()

    def leftovers(self) -> list[Path]:
        """List the files of jobs in the spool: control files, documents, temporary files.

        Empty is what the end of a visit must find. (`run/cache/job.cache` always exists; what a
        job leaves there is its number, times, size and the constant user name, and goes with the
        next start.)
        """
        return sorted(path for path in self.spool.rglob("*") if path.is_file())

    def add_queue(self, name: str, device_uri: str) -> None:
        """Make a driverless queue; the printer must be on, its answers become the queue.

        The queue survives restarts. Raises subprocess.CalledProcessError when lpadmin says no,
        TimeoutError when the printer did not tell what it can.
        """
        subprocess.run(
            ["lpadmin", "-p", name, "-E", "-v", device_uri, "-m", "everywhere"],
            check=True,
            env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "CUPS_SERVER": str(self.socket)},
            stdout=subprocess.DEVNULL,
            # lpadmin warns that drivers are deprecated, for every queue.
            stderr=subprocess.DEVNULL,
            timeout=_LPADMIN_LIMIT_S,
        )
        # lpadmin returns before cupsd has asked the printer; until the answer is there the queue
        # is a raw one. A clean restart writes it down and drops the temporary copy.
        answer = self.folder / "etc" / "ppd" / f"{name}.ppd"
        end = time.monotonic() + _LPADMIN_LIMIT_S
        while not answer.exists():
            if time.monotonic() > end:
                raise TimeoutError("the printer did not tell what it can")
            time.sleep(_POLL_S)
        self.stop()
        self.start()
        self.wait_ready()

    def __enter__(self) -> "PrivateCups":
        self.start()
        self.wait_ready()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _answers(self) -> bool:
        with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX) as probe:
            probe.settimeout(1.0)
            probe.connect(str(self.socket))
            probe.sendall(b"OPTIONS * HTTP/1.1\r\nHost: localhost\r\n\r\n")
            return probe.recv(16).startswith(b"HTTP/1.1 ")
        return False

    def _lay_out(self) -> None:
        for folder in (self.folder, self.folder / "etc", self.folder / "log"):
            folder.mkdir(parents=True, exist_ok=True)
        if os.geteuid() == 0:
            for above in (self.folder, *self.folder.resolve().parents):
                if above.stat().st_mode & 0o001 == 0:
                    raise PermissionError(f"{_SERVICE_USER} cannot traverse {above}")
        etc = self.folder / "etc"
        group = _own_group() if os.geteuid() else "root"
        words = {"@FOLDER@": str(self.folder), "@SYSTEM_GROUP@": group}
        for name in ("cupsd.conf", "cups-files.conf"):
            text = (_PARTS / name).read_text()
            for word, value in words.items():
                text = text.replace(word, value)
            (etc / name).write_text(text)

    def _lay_out_run(self) -> None:
        run = self.folder / "run"
        modes = {run: 0o755, self.spool: 0o710, self.spool / "temp": 0o1770}
        modes |= {run / "cache": 0o770, run / "state": 0o755}
        for folder, mode in modes.items():
            folder.mkdir(parents=True)
            folder.chmod(mode)
            if os.geteuid() == 0 and folder != run:
                os.chown(folder, 0, pwd.getpwnam(_SERVICE_USER).pw_gid)


def _own_group() -> str:
    """Name the caller's group; one without a name is of no use to cupsd, which checks it."""
    try:
        return grp.getgrgid(os.getegid()).gr_name
    except KeyError:
        return "nogroup"
