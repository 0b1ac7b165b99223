"""What the keeper is given: the parts around it, seen through small protocols."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from kiosk.wipe.plan import Place


@dataclass(frozen=True)
class Process:
    """One process and no other: pid and its start time in clock ticks (proc(5), field 22)."""

    pid: int
    start_time: int

    @classmethod
    def of(cls, pid: int) -> Process | None:
        """Return the process that has `pid` now, None when there is none."""
        fields = _fields(pid)
        return None if fields is None else cls(pid, int(fields[19]))

    def is_alive(self) -> bool:
        """Tell whether exactly this process runs; one that ended and was not reaped does not."""
        fields = _fields(self.pid)
        return fields is not None and int(fields[19]) == self.start_time and fields[0] not in b"ZX"

    def parent(self) -> int | None:
        """Return the pid of the process that started it, None when it is gone."""
        fields = _fields(self.pid)
        return None if fields is None else int(fields[1])


def _fields(pid: int) -> list[bytes] | None:
    """Return /proc/PID/stat from its third field on: the name before may hold anything."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_bytes()
    except OSError:
        return None
    return stat.rpartition(b")")[2].split()


class Cuttable(Protocol):
    """What can be struck down at once."""

    def cut(self) -> None:
        """Send SIGKILL to all of it and return at once; `kill` has to follow."""
        ...


class Window(Cuttable, Protocol):
    """A browser that the keeper starts and ends."""

    def start(self, url: str) -> None:
        """Open `url` with a fresh profile."""
        ...

    def kill(self) -> None:
        """End every process of it now; no pixel of it remains."""
        ...

    def pid(self) -> int | None:
        """Return the main process while it lives."""
        ...

    def processes(self) -> tuple[Process, ...]:
        """Return everything of it that lives."""
        ...

    def has_ended(self) -> bool:
        """Tell whether it was started and has ended without `kill`."""
        ...

    def ended_by_hand(self) -> bool:
        """Tell whether a person closed it (exit status 0), after `has_ended`."""
        ...


class OfficialSite(Cuttable, Protocol):
    """The second browser, for one official site."""

    def open(self, host: str, path: str) -> None:
        """Show `path` of the one allowed `host`."""
        ...

    def kill(self) -> None:
        """End it now."""
        ...

    def close(self) -> None:
        """End it, and leave nothing of its profile and its documents."""
        ...

    def pid(self) -> int | None:
        """Return the main process while it lives."""
        ...

    def processes(self) -> tuple[Process, ...]:
        """Return everything of it that lives."""
        ...

    def has_ended(self) -> bool:
        """Tell whether it was started and has ended without `kill`."""
        ...

    def ended_by_hand(self) -> bool:
        """Tell whether a person closed it (exit status 0), after `has_ended`."""
        ...


class Surroundings(Protocol):
    """The long-lived daemons around a visit, and where they keep things."""

    def cut(self) -> None:
        """End the daemons that saw data of the visit; returns when they are gone."""
        ...

    def saw_data(self) -> tuple[Process, ...]:
        """Return what must be gone before anything is searched. Must not wait for anything."""
        ...

    def survivors(self) -> tuple[Process, ...]:
        """Return what lived during the visit, lives on, and is searched."""
        ...

    def sinks(self) -> tuple[Place, ...]:
        """Return where things of a visit can lie."""
        ...

    def start(self) -> None:
        """Start the daemons anew; returns when they are ready or have failed."""
        ...

    def for_worker(self) -> dict[str, Any]:
        """Return what the worker needs to reach them (sockets, queue, simulated parts).

        At least "card" and "printer", each a JSON object of its own. Must not wait.
        """
        ...

    def heal(self) -> None:
        """Have what died by itself during a visit started anew; the visit goes on.

        Called several times a second; must not wait.
        """
        ...

    def close(self) -> None:
        """End everything that was started, by its id."""
        ...
