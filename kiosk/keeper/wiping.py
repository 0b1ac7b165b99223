"""How the keeper has a visit wiped: it starts the wipe, waits with a limit, believes its word.

The keeper holds the device's key and the visit's number, never a canary: what is sought in every
process that lived on must not stand in the keeper's own memory.
"""

from __future__ import annotations

import contextlib
import json
import logging
import secrets
import select
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from kiosk.keeper.parts import Process
from kiosk.keeper.programs import loaded_programs
from kiosk.wipe.before import create_copy
from kiosk.wipe.plan import DatabasePlace, DataPlace, Occasion, Place, Plan
from kiosk.wipe.processes import RUN_VARIABLE, VISIT_VARIABLE
from kiosk.wipe.processes import Process as WipeProcess
from kiosk.wipe.run_folder import RunFolder
from kiosk.wipe.sinks.recent import Moment
from kiosk.wipe.stamp import is_stamped, remove_stamp

log = logging.getLogger("relais.wipe")

WIPE_LIMIT_S = 30.0
REPOSITORY = Path(__file__).resolve().parents[2]
TRACE_FOUND: Final = "trace-found"
WIPE_UNFINISHED: Final = "wipe-unfinished"
NO_DATA_FOLDER: Final = "no-data-folder"
_STATUS_TRACE = 3
_CANNOT_WRITE = ("clear-failed", "search-failed", "plant-failed")
_COUNTS = ("sought", "places", "found", "not_searchable", "unseen")


@dataclass(frozen=True)
class Ended:
    """What the keeper knows of what is to be wiped.

    notes: the notebook of the visit, None when no visit of this run is wiped (power came back).
    of_visit: must be gone. survivors: lived through it and live on.
    """

    notes: int | None
    of_visit: tuple[Process, ...] = ()
    survivors: tuple[Process, ...] = ()


@dataclass(frozen=True)
class WipeOutcome:
    """What the wipe said. `receipt`: counts of a clean wipe, None of any other.

    fault: trace-found | wipe-unfinished | no-data-folder | "". where: names of sinks.
    """

    is_clean: bool
    receipt: dict[str, int] | None = None
    fault: str = WIPE_UNFINISHED
    where: tuple[str, ...] = ()
    took_ms: Mapping[str, int] = field(default_factory=dict)


class Wipe:
    """One wipe process: starting up while others still die, given its plan when they have."""

    def __init__(self, process: subprocess.Popen[bytes], limit_s: float) -> None:
        self._process = process
        self._deadline = time.monotonic() + limit_s

    def run(self, plan: Plan, cleared: Callable[[], None]) -> tuple[dict[str, dict[str, Any]], int]:
        """Return what it said by phase, and its exit status; -1 when its time was over.

        Call `cleared` as soon as it says that all sinks are clear.
        """
        said: dict[str, dict[str, Any]] = {}
        assert self._process.stdin is not None  # noqa: S101  both are pipes, see Wiper.start
        assert self._process.stdout is not None  # noqa: S101
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.write(plan.to_json().encode())
            self._process.stdin.close()
        while line := self._line():
            with contextlib.suppress(ValueError, KeyError, TypeError):
                untrusted = json.loads(line)
                said[untrusted["phase"]] = untrusted
                if untrusted["phase"] == "cleared":
                    cleared()
        try:
            return said, self._process.wait(max(0.1, self._deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            return said, -1

    def _line(self) -> bytes:
        assert self._process.stdout is not None  # noqa: S101  see run
        rest_s = max(0.0, self._deadline - time.monotonic())
        ready, _, _ = select.select([self._process.stdout], [], [], rest_s)
        return self._process.stdout.readline() if ready else b""

    def close(self) -> None:
        """End it, whatever it does, and close its pipes."""
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with contextlib.suppress(BrokenPipeError):
                    pipe.close()


class Wiper:
    """Starts `python -m kiosk.wipe` with a plan; the caller sees to it that one runs at a time."""

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
        self._programs = loaded_programs()
        self._outside = outside
        self._limit_s = limit_s
        self._stamp = run.path / "wiped"
        self._known: set[str] = set()
        self._before = create_copy()
        self._began = Moment.now()
        self._visit = secrets.token_hex(8)
        self._planted = self._visit
        self._is_clean = True

    @property
    def device_key(self) -> bytes:
        """Return the key that canaries are made from."""
        return self._device_key

    @property
    def visit(self) -> str:
        """Return the number of the visit that runs or comes next: random, of nobody."""
        return self._visit

    def marks(self) -> dict[str, str]:
        """Return the environment that everything a visit starts must bear.

        By the marks an orphan is known that nobody lists: the wipe ends what is of the visit.
        """
        return {RUN_VARIABLE: str(self._run.path), VISIT_VARIABLE: self._visit}

    def expects(self, *texts: str) -> None:
        """Take words of the permanence: from now on a search that meets them proves nothing.

        For as long as the keeper lives: its memory may hold what it once was told.
        """
        self._known.update(text for text in texts if text)

    def is_stamped(self) -> bool:
        """Tell whether a clean wipe of this boot was the last word."""
        return is_stamped(self._stamp)

    def turn_over(self) -> None:
        """Let the visit that ran be the one to wipe; from now on `visit` is the next one's.

        While a visit could not be wiped clean it stays the one to wipe. Closed from here on.
        Raises OSError where the stamp stays.
        """
        remove_stamp(self._stamp)
        if self._is_clean:
            self._planted, self._visit = self._visit, secrets.token_hex(8)
        self._is_clean = False

    def start(self, notes: int | None) -> Wipe:
        """Start a wipe process for the visit of `notes`; give it its plan with `finish`.

        Only after the visit's processes were hit: what begins later than this is not searched.
        """
        return Wipe(self._popen(notes), self._limit_s)

    def finish(
        self,
        wipe: Wipe,
        ended: Ended,
        sinks: tuple[Place, ...],
        cleared: Callable[[], None],
    ) -> WipeOutcome:
        """Wipe; `cleared` is called once all sinks are clear and daemons may start anew.

        Never raises for what the wipe finds or fails at: that is an outcome, and closes.
        """
        occasion = Occasion.START if ended.notes is None else Occasion.VISIT_END
        plan = self._plan(occasion, self._planted, ended, sinks)
        try:
            said, status = wipe.run(plan, cleared)
        finally:
            wipe.close()
        receipt = said.get("receipt", {})
        told = receipt or said.get("unfinished", {})
        where = tuple(str(name) for name in told.get("where", ()))
        took_ms = dict(receipt.get("took_ms", {}))
        if status == 0 and receipt and self.is_stamped():
            log.info("wiped in ms: %s", json.dumps(took_ms))
            self._is_clean = True
            counts = {key: int(receipt[key]) for key in _COUNTS}
            return WipeOutcome(True, counts, "", where, took_ms)
        log.error("wipe: status %d, %s", status, json.dumps(told))
        fault = _fault(status, told, where, sinks)
        return WipeOutcome(False, None, fault, where, took_ms)

    def plant(self, sinks: tuple[Place, ...], survivors: tuple[Process, ...] = ()) -> str:
        """Leave the canaries of the visit that begins in every sink but its worker's memory.

        survivors: who will live through it beside the keeper, before it has told them anything.
        Return why that was not possible, "" when it was. Takes the stamp: a visit has begun.
        """
        self._began = Moment.now()
        try:
            remove_stamp(self._stamp)
        except OSError:
            return WIPE_UNFINISHED
        plan = self._plan(Occasion.START, self._visit, Ended(None, (), survivors), sinks)
        wipe = Wipe(self._popen(None, "plant"), self._limit_s)
        try:
            said, status = wipe.run(plan, lambda: None)
        finally:
            wipe.close()
        told = said.get("unfinished", {})
        where = tuple(str(name) for name in told.get("where", ()))
        return "" if status == 0 else _fault(status, told, where, sinks)

    def _plan(self, occasion: Occasion, visit: str, ended: Ended, sinks: tuple[Place, ...]) -> Plan:
        return Plan(
            occasion=occasion,
            keeper=self._run.keeper,
            run_folder=self._run.path,
            stamp=self._stamp,
            device_key=self._device_key,
            visit=visit,
            began=self._began,
            traces_fd=ended.notes,
            kill=_named(ended.of_visit),
            survivors=_named(ended.survivors),
            outside=_named(self._outside()),
            shipped=self._shipped,
            programs=self._programs,
            sinks=sinks,
            known=tuple(sorted(self._known)),
            before_fd=self._before,
        )

    def _popen(self, notes: int | None, *arguments: str) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [sys.executable, "-m", "kiosk.wipe", *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            pass_fds=(self._before,) if notes is None else (self._before, notes),
            cwd=REPOSITORY,
            env={"PATH": "/usr/bin:/bin"},
            # A Ctrl-C of the terminal is the keeper's to answer, never the wipe's.
            start_new_session=True,
        )


def _fault(
    status: int, told: Mapping[str, Any], where: tuple[str, ...], sinks: tuple[Place, ...]
) -> str:
    if status == _STATUS_TRACE:
        return TRACE_FOUND
    kept = {place.name for place in sinks if isinstance(place, DatabasePlace | DataPlace)}
    # Only what outlives visits could not be written: its memory is full, worn out or gone.
    is_data = told.get("code") in _CANNOT_WRITE and set(where) <= kept
    return NO_DATA_FOLDER if is_data else WIPE_UNFINISHED


def _named(processes: tuple[Process, ...]) -> tuple[WipeProcess, ...]:
    return tuple(WipeProcess(process.pid, process.start_time) for process in processes)
