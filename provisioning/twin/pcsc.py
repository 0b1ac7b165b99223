"""A pcscd of our own, which shares nothing with the machine's.

It runs in its own mount and network namespace: the vpcd driver listens on every address, which
here is a loopback that nobody else can reach; `/run/pcscd` is a folder of ours; the machine's
reader drivers are hidden. Clients outside find it through `PCSCLITE_CSOCK_NAME`, because a unix
socket in the file system crosses network namespaces.
"""

import contextlib
import json
import os
import signal
import socket as socket_module
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

from provisioning.twin.pcsc_namespace import VPCD_PORT

REPOSITORY = Path(__file__).resolve().parents[2]
START_LIMIT_S = 10.0


class PrivatePcscdError(Exception):
    """Say that the private pcscd did not come up; `log` is its folder's log file."""

    def __init__(self, reason: str, log: Path) -> None:
        super().__init__(reason, str(log))
        self.reason = reason
        self.log = log


class PrivatePcscd:
    """Own one private pcscd and, if asked, the card holder that plays its virtual reader.

    `folder` is made if needed and holds the socket, the configuration and the logs; keep its path
    short (a unix socket's path has at most 107 bytes). `driver` is vsmartcard's libifdvpcd.so.
    Everything started ends with this process, however it dies.
    """

    def __init__(self, folder: Path, driver: Path) -> None:
        self._folder = folder
        self._driver = driver
        self._namespace: subprocess.Popen[str] | None = None
        self._pid: int | None = None
        self._held: tuple[Path, Path, str] | None = None
        self._lock = threading.Lock()

    @property
    def socket(self) -> Path:
        """The socket that PCSCLITE_CSOCK_NAME must name."""
        return self._folder / "pcscd.comm"

    @property
    def environment(self) -> Mapping[str, str]:
        """The variables that lead a PC/SC client to this pcscd."""
        return {"PCSCLITE_CSOCK_NAME": str(self.socket)}

    @property
    def pid(self) -> int | None:
        """The process id of pcscd itself, or None when it was never started or was stopped."""
        return self._pid

    @property
    def is_running(self) -> bool:
        """True while pcscd lives."""
        try:
            return bool(self._order({"do": "poll"})["pcscd"])
        except PrivatePcscdError:
            return False

    def start(self) -> None:
        """Start pcscd with one virtual reader and wait until it accepts clients.

        A card holder that was asked for and has died is started again, with an empty reader.
        Raises PrivatePcscdError when pcscd is not there within START_LIMIT_S.
        """
        try:
            self._order({"do": "poll"})
        except PrivatePcscdError:
            self.stop()
            self._open_namespace()
        self._start_pcscd(with_reader=True)
        if self._held is not None and not self._order({"do": "poll"})["holder"]:
            self.hold_cards(self._held[0], pki=self._held[1], holder=self._held[2])

    def restart(self) -> None:
        """Bring pcscd back, alive or dead; a card that was in the reader reappears."""
        self.start()

    def stop(self) -> None:
        """End everything that was started, card holder included."""
        with self._lock:
            namespace, self._namespace, self._pid = self._namespace, None, None
        if namespace is None:
            return
        # Its standard input is the lifeline: closed, everything in there ends.
        with contextlib.suppress(BrokenPipeError):
            namespace.communicate(timeout=START_LIMIT_S)

    def kill(self) -> None:
        """End pcscd with SIGKILL, as a crash or the wipe does; the card holder lives on."""
        self._order({"do": "end", "signal": int(signal.SIGKILL)})

    def take_reader_away(self) -> None:
        """Leave a pcscd that knows no reader.

        vpcd cannot lose its reader while pcscd runs (and a pcscd that failed to load a driver at
        its start lists the reader for ever: seen with 1.9.9), so pcscd is restarted: clients see
        the service go and come back empty.
        """
        self._start_pcscd(with_reader=False)

    def bring_reader_back(self) -> None:
        """Restart pcscd with its reader."""
        self._start_pcscd(with_reader=True)

    def hold_cards(
        self, socket: Path, *, pki: Path, holder: str = "provisioning.twin.card_holder"
    ) -> int:
        """Start the card holder beside pcscd, playing the card in its reader; return its pid.

        `socket` is the holder's control socket, `pki` the folder of its test certificates. `holder`
        is the module that runs; a test may have one of its own with the same options.
        """
        self._held = (socket, pki, holder)
        socket.unlink(missing_ok=True)
        argv = [sys.executable, "-m", holder]
        argv += ["--socket", str(socket), "--pki", str(pki)]
        argv += ["--vpcd", f"127.0.0.1:{VPCD_PORT}"]
        pid = int(self._order({"do": "hold", "argv": argv})["pid"])
        self._wait(
            "card-holder-did-not-start", socket.exists, "holder", self._folder / "holder.log"
        )
        return pid

    def __enter__(self) -> "PrivatePcscd":
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def _open_namespace(self) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        # Whoever reaches its socket reads the cards.
        self._folder.chmod(0o700)
        flags = "-mn" if os.geteuid() == 0 else "-rmn"
        with (self._folder / "namespace.log").open("ab") as log:
            self._namespace = subprocess.Popen(
                [
                    "unshare",
                    flags,
                    sys.executable,
                    "-m",
                    "provisioning.twin.pcsc_namespace",
                    str(self._folder),
                    str(self._driver),
                ],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                cwd=REPOSITORY,
                # A stop by Ctrl-C is the owner's to order; the lifeline ends this process.
                start_new_session=True,
            )
        self._read_answer()

    def _start_pcscd(self, *, with_reader: bool) -> None:
        self._pid = int(self._order({"do": "start", "reader": with_reader})["pid"])
        log = self._folder / "pcscd.log"
        self._wait("pcscd-did-not-start", self._accepts, "pcscd", log)

    def _accepts(self) -> bool:
        with socket_module.socket(socket_module.AF_UNIX) as client:
            return client.connect_ex(str(self.socket)) == 0

    def _wait(self, code: str, ready: Callable[[], bool], process: str, log: Path) -> None:
        until = time.monotonic() + START_LIMIT_S
        while not ready():
            if time.monotonic() > until or not self._order({"do": "poll"})[process]:
                raise PrivatePcscdError(code, log)
            time.sleep(0.01)

    def _order(self, order: Mapping[str, object]) -> dict[str, Any]:
        with self._lock:
            if self._namespace is None or self._namespace.stdin is None:
                raise PrivatePcscdError("not-started", self._folder / "namespace.log")
            try:
                self._namespace.stdin.write(json.dumps(order) + "\n")
                self._namespace.stdin.flush()
            except BrokenPipeError as error:
                raise self._namespace_failed() from error
            return self._read_answer()

    def _read_answer(self) -> dict[str, Any]:
        if self._namespace is None or self._namespace.stdout is None:
            raise self._namespace_failed()
        line = self._namespace.stdout.readline()
        if not line:
            raise self._namespace_failed()
        answer: dict[str, Any] = json.loads(line)
        return answer

    def _namespace_failed(self) -> PrivatePcscdError:
        return PrivatePcscdError("namespace-failed", self._folder / "namespace.log")
