"""Calling the doctor: a child process examines, this side waits with a limit and judges.

This side loads no PC/SC library, and whatever hangs over there, it has its report in time.
"""

import contextlib
import json
import os
import select
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from device.doctor import bus, drivers
from device.doctor.evidence import (
    Ending,
    Evidence,
    card_from,
    issuer_from,
    service_from,
    usb_from,
)
from device.doctor.judge import judge
from device.doctor.report import Report

_PACKAGE_ROOT = Path(__file__).resolve().parents[2]
_PASSED_ON = ("PATH", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "PCSCLITE_CSOCK_NAME")
_PIPE_BYTES = 65536
MAX_BYTES = 1024 * 1024
"""What a child may say at all: more is not an examination."""


@dataclass(frozen=True)
class DoctorConfig:
    """Say where the readers of this place are.

    `environment` leads to the right pcscd (PCSCLITE_CSOCK_NAME). With `simulator_socket` the
    readers are simulated, and neither bus nor service is looked at. `time_limit_s` is for all of
    it.
    """

    simulator_socket: Path | None = None
    environment: Mapping[str, str] = field(default_factory=dict)
    sysfs: Path = bus.SYSFS
    driver_folder: Path = drivers.FOLDER
    time_limit_s: float = 9.0


class Doctor:
    """Examine reader and card once. `examine` is for one thread; `cancel` may come from any.

    `traces_fd` is the descriptor of the wipe's memfd, None outside of a visit.
    """

    def __init__(self, config: DoctorConfig, *, traces_fd: int | None = None) -> None:
        self._config = config
        self._traces_fd = traces_fd
        self._lock = threading.Lock()
        self._child: subprocess.Popen[bytes] | None = None
        self._is_cancelled = False

    def examine(self, *, only: str = "") -> Report:
        """Return the report, at the latest when the limit is over.

        `only` limits the examination to readers whose name holds it.
        """
        deadline = time.monotonic() + self._config.time_limit_s
        seen = Evidence(only=only)
        with self._lock:
            if self._is_cancelled:
                return judge(replace(seen, ending=Ending.CANCELLED))
            child = self._child = self._start()
        ending = Ending.FELL_OVER
        try:
            self._order(child, only)
            for line in _lines(child, deadline):
                if "done" in line:
                    ending = Ending.DONE
                seen = taken(seen, line)
        except TimeoutError:
            ending = Ending.TOO_SLOW
        finally:
            _end(child)
        with self._lock:
            self._child = None
            if self._is_cancelled:
                ending = Ending.CANCELLED
        return judge(replace(seen, ending=ending))

    def cancel(self) -> None:
        """End the examination, now or when it begins."""
        with self._lock:
            self._is_cancelled = True
            if self._child is not None:
                self._child.kill()

    def _start(self) -> subprocess.Popen[bytes]:
        search = [str(_PACKAGE_ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
        kept = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
        return subprocess.Popen(
            [sys.executable, "-P", "-m", "device.doctor.child"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            pass_fds=() if self._traces_fd is None else (self._traces_fd,),
            cwd="/",
            env={**kept, "PYTHONPATH": os.pathsep.join(search), **self._config.environment},
        )

    def _order(self, child: subprocess.Popen[bytes], only: str) -> None:
        config = self._config
        simulator = config.simulator_socket
        order = {
            "only": only,
            "simulator_socket": None if simulator is None else str(simulator),
            "sysfs": str(config.sysfs),
            "driver_folder": str(config.driver_folder),
            "traces_fd": self._traces_fd,
            "time_limit_s": config.time_limit_s,
        }
        assert child.stdin is not None  # noqa: S101  it was asked for above
        # A child that has ended meanwhile is found out by its silence.
        with contextlib.suppress(BrokenPipeError):
            child.stdin.write(json.dumps(order).encode() + b"\n")
            child.stdin.flush()


def taken(seen: Evidence, line: Mapping[str, Any]) -> Evidence:
    """Return the evidence with what one line of the child adds to it."""
    if "usb" in line:
        seen = replace(seen, usb=usb_from(line["usb"]), has_looked_at_usb=True)
    if "service" in line:
        seen = replace(seen, service=service_from(line["service"]))
    if "card" in line:
        seen = replace(seen, card=card_from(line["card"]))
    if "issuer" in line:
        seen = replace(seen, issuer=issuer_from(line["issuer"]))
    return seen


def _lines(child: subprocess.Popen[bytes], deadline: float) -> Iterator[dict[str, Any]]:
    """Yield what the child says until it ends. Raises TimeoutError at the deadline."""
    assert child.stdout is not None  # noqa: S101  it was asked for above
    descriptor = child.stdout.fileno()
    poll = select.poll()
    poll.register(descriptor, select.POLLIN)
    untrusted, most = b"", MAX_BYTES
    while most > 0:
        if not poll.poll(max(0.0, deadline - time.monotonic()) * 1000):
            raise TimeoutError
        more = os.read(descriptor, _PIPE_BYTES)
        if not more:
            return
        most -= len(more)
        *whole, untrusted = (untrusted + more).split(b"\n")
        for line in whole:
            # pyscard writes words of its own to standard output.
            if line.startswith(b"{"):
                yield json.loads(line)


def _end(child: subprocess.Popen[bytes]) -> None:
    """Make sure that the process is gone and its pipes are closed."""
    child.kill()
    child.wait()
    for pipe in (child.stdin, child.stdout):
        if pipe is not None:
            with contextlib.suppress(BrokenPipeError):
                pipe.close()
