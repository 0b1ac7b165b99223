"""How the keeper has a visit wiped: it starts the wipe, waits with a limit, believes its word.

The keeper holds the device's key and the visit's number, never a canary: what is sought in every
process that lived on must not stand in the keeper's own memory.
"""

from __future__ import annotations

import json
import logging
import secrets
import select
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from kiosk.keeper.parts import Process
from kiosk.wipe.notebook import create_notebook
from kiosk.wipe.plan import Occasion, Place, Plan
from kiosk.wipe.processes import Process as WipeProcess
from kiosk.wipe.run_folder import RunFolder
from kiosk.wipe.sinks.recent import Moment
from kiosk.wipe.stamp import is_stamped, remove_stamp

log = logging.getLogger("relais.wipe")

WIPE_LIMIT_S = 30.0
REPOSITORY = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class WipeOutcome:
    """What the wipe said. `receipt` is the data of `kiosk.screens.Receipt`, None when unclean.

    fault: trace-found | wipe-unfinished | "". where: names of sinks. next_notes: the notebook
    of the visit to come.
    """

    is_clean: bool
    receipt: dict[str, Any] | None
    fault: str
    where: tuple[str, ...]
    locale: str
    next_notes: int
    took_ms: dict[str, int] = field(default_factory=dict)


class Wiper:
    """Starts `python -m kiosk.wipe` with a plan; one wipe at a time."""

    def __init__(
        self,
        run: RunFolder,
        *,
        device_key: bytes,
        shipped: tuple[Path, ...],
        outside: Callable[[], tuple[Process, ...]],
        limit_s: float = WIPE_LIMIT_S,
    ) -> None:
        self._run = run
        self._device_key = device_key
        self._shipped = shipped
        self._outside = outside
        self._limit_s = limit_s
        self._stamp = run.path / "wiped"
        self._began = Moment.now()
        self._visit = secrets.token_hex(8)
        self._sinks: tuple[Place, ...] = ()

    @property
    def device_key(self) -> bytes:
        """Return the key that canaries are made from."""
        return self._device_key

    @property
    def visit(self) -> str:
        """Return the number of the visit that runs or comes next: random, of nobody."""
        return self._visit

    def forbid(self) -> None:
        """Take the stamp away: closed until the next clean wipe."""
        remove_stamp(self._stamp)

    def is_stamped(self) -> bool:
        """Tell whether a clean wipe of this boot was the last word."""
        return is_stamped(self._stamp)

    def begin_visit(self) -> None:
        """Plant the canaries of the visit that begins, in every sink but its worker's memory."""
        self._began = Moment.now()
        plan = self._plan(Occasion.START, None, (), (), self._sinks)
        process = self._start(plan, "plant")
        try:
            process.communicate(plan.to_json().encode(), self._limit_s)
        except subprocess.TimeoutExpired:
            process.kill()
        if process.returncode != 0:
            log.error("canaries could not be planted")

    def wipe(
        self,
        *,
        reason: str,
        locale: str,
        notes: int | None,
        of_visit: tuple[Process, ...],
        survivors: tuple[Process, ...],
        sinks: tuple[Place, ...],
        cleared: Callable[[], None],
    ) -> WipeOutcome:
        """Wipe; `cleared` is called once all sinks are clear and daemons may start anew.

        Never raises for what the wipe finds or fails at: that is an outcome, and closes.
        """
        self._sinks = sinks
        occasion = Occasion.START if notes is None else Occasion.VISIT_END
        plan = self._plan(occasion, notes, of_visit, survivors, sinks)
        said, status = self._listen(self._start(plan), plan, cleared)
        self._visit = secrets.token_hex(8)
        receipt = said.get("receipt", {})
        is_clean = status == 0 and bool(receipt) and self.is_stamped()
        fault = "" if is_clean else "trace-found" if status == 3 else "wipe-unfinished"
        if fault:
            log.error("wipe: %s", json.dumps(said.get("unfinished") or receipt))
        counts = ("sought", "places", "found", "not_searchable")
        return WipeOutcome(
            is_clean=is_clean,
            receipt={**{key: receipt[key] for key in counts}, "reason": reason}
            if is_clean
            else None,
            fault=fault,
            where=tuple((receipt or said.get("unfinished", {})).get("where", ())),
            locale=locale,
            next_notes=create_notebook(),
            took_ms=receipt.get("took_ms", {}),
        )

    def _plan(
        self,
        occasion: Occasion,
        notes: int | None,
        of_visit: tuple[Process, ...],
        survivors: tuple[Process, ...],
        sinks: tuple[Place, ...],
    ) -> Plan:
        return Plan(
            occasion=occasion,
            keeper=self._run.keeper,
            run_folder=self._run.path,
            stamp=self._stamp,
            device_key=self._device_key,
            visit=self._visit,
            began=self._began,
            traces_fd=notes,
            kill=_named(of_visit),
            survivors=_named(survivors),
            outside=_named(self._outside()),
            shipped=self._shipped,
            programs=(Path(sys.prefix), Path(sys.base_prefix) / "lib"),
            sinks=sinks,
        )

    def _start(self, plan: Plan, *arguments: str) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [sys.executable, "-m", "kiosk.wipe", *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            pass_fds=() if plan.traces_fd is None else (plan.traces_fd,),
            cwd=REPOSITORY,
            env={"PATH": "/usr/bin:/bin"},
        )

    def _listen(
        self, process: subprocess.Popen[bytes], plan: Plan, cleared: Callable[[], None]
    ) -> tuple[dict[str, dict[str, Any]], int]:
        """Return what it said by phase, and its exit status; -1 when its time was over."""
        assert process.stdin is not None  # noqa: S101  both are pipes, see _start
        assert process.stdout is not None  # noqa: S101
        said: dict[str, dict[str, Any]] = {}
        deadline = time.monotonic() + self._limit_s
        try:
            process.stdin.write(plan.to_json().encode())
            process.stdin.close()
        except BrokenPipeError:
            return said, process.wait()
        while True:
            ready, _, _ = select.select([process.stdout], [], [], deadline - time.monotonic())
            line = process.stdout.readline() if ready else b""
            if not line:
                break
            untrusted = json.loads(line)
            said[untrusted["phase"]] = untrusted
            if untrusted["phase"] == "cleared":
                cleared()
        try:
            return said, process.wait(max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            return said, -1


def _named(processes: tuple[Process, ...]) -> tuple[WipeProcess, ...]:
    return tuple(WipeProcess(process.pid, process.start_time) for process in processes)
