"""The plan of one wipe: what the keeper knows, handed over as JSON. It holds no value of a visit.

```
{"occasion": "visit-end" | "start",
 "keeper": {"pid": 1, "start": 2},
 "run_folder": "/dev/shm/relais-run-x", "stamp": "/dev/shm/relais-run-x/wiped",
 "device_key": "<64 hex digits>", "visit": "<the visit's number>",
 "began": {"wall_s": 1.0, "boot_s": 1.0},
 "traces_fd": 5 | null, "before_fd": 6 | null,
 "kill": [{"pid": 1, "start": 2}], "survivors": [...], "outside": [...],
 "shipped": ["/usr/lib/relais/content"], "programs": ["/usr/lib/python3.11"],
 "known": ["Wassalon", "Ines"],
 "kill_limit_s": 5.0,
 "sinks": [{"kind": "folder", "name": "spool", "path": "/…", "plant_as": "d00000-001",
            "keeps_files": false},
           {"kind": "database", "name": "journal", "path": "/…"},
           {"kind": "frames", "name": "frames", "grab": ["grim", "…"]},
           {"kind": "recent", "name": "shared-memory", "path": "/dev/shm"},
           {"kind": "leftovers", "name": "leftovers", "path": "/dev/shm"},
           {"kind": "data", "name": "data", "path": "/…", "permitted": ["…"]}]}
```

All keys are required, no other is known. kill: ended and waited for, with all that they
started. survivors: searched beside the keeper and everything it started. outside: not searched,
with all that they started: simulated hardware in the visitor's hand, such as the card. known: the
permanence's own words, which stand in the keeper's memory before and after every visit.
before_fd: the copy of `kiosk/wipe/before.py`, written by `plant` and read by the wipe after it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from enum import Enum
from pathlib import Path
from typing import Any, Final

from kiosk.wipe.canary import KEY_BYTES
from kiosk.wipe.processes import Process
from kiosk.wipe.sinks.recent import Moment


class PlanError(Exception):
    """Say that a plan is not one. `code` is stable, `key` names the key."""

    code = "plan-invalid"

    def __init__(self, key: str) -> None:
        super().__init__(key)
        self.key = key


class Occasion(Enum):
    """Why there is a wipe: a visit ended, or the machine (or `./relais run`) starts."""

    VISIT_END = "visit-end"
    START = "start"


@dataclass(frozen=True)
class FolderPlace:
    """A folder below the run folder whose whole content is of the visit."""

    name: str
    path: Path
    plant_as: str
    keeps_files: bool
    kind: str = "folder"


@dataclass(frozen=True)
class DatabasePlace:
    """A SQLite file."""

    name: str
    path: Path
    kind: str = "database"


@dataclass(frozen=True)
class FramesPlace:
    """The screen: the command that prints a frame; empty: there is none."""

    name: str
    grab: tuple[str, ...]
    kind: str = "frames"


@dataclass(frozen=True)
class RecentPlace:
    """A shared folder: what our user changed since the visit began."""

    name: str
    path: Path
    kind: str = "recent"


@dataclass(frozen=True)
class LeftoversPlace:
    """Where run folders lie: those of keepers that are gone."""

    name: str
    path: Path
    kind: str = "leftovers"


@dataclass(frozen=True)
class DataPlace:
    """The data partition and what may lie there (names below it; with a slash: all in it)."""

    name: str
    path: Path
    permitted: tuple[str, ...]
    kind: str = "data"


Place = FolderPlace | DatabasePlace | FramesPlace | RecentPlace | LeftoversPlace | DataPlace


@dataclass(frozen=True)
class Plan:
    """See the module. Frozen; `to_json` and `from_json` are each other's reverse."""

    occasion: Occasion
    keeper: Process
    run_folder: Path
    stamp: Path
    device_key: bytes
    visit: str
    began: Moment
    traces_fd: int | None
    kill: tuple[Process, ...]
    survivors: tuple[Process, ...]
    outside: tuple[Process, ...]
    shipped: tuple[Path, ...]
    programs: tuple[Path, ...]
    sinks: tuple[Place, ...]
    known: tuple[str, ...] = ()
    before_fd: int | None = None
    kill_limit_s: float = 5.0

    def __post_init__(self) -> None:
        """Refuse a plan that would touch or trust what it must not. Raises PlanError."""
        run = self.run_folder.resolve()
        if self.occasion is Occasion.VISIT_END and self.traces_fd is None:
            raise PlanError("traces_fd")
        if len(self.device_key) != KEY_BYTES:
            raise PlanError("device_key")
        if len({place.name for place in self.sinks}) != len(self.sinks):
            raise PlanError("sinks")
        for place in self.sinks:
            # Only what this run made is emptied, whatever the plan says.
            if isinstance(place, FolderPlace) and run not in place.path.resolve().parents:
                raise PlanError("sinks")
        for path in (*self.shipped, *self.programs):
            # What a visit can write to must not excuse what it has written.
            shipped = path.resolve()
            if run == shipped or run in shipped.parents or shipped in run.parents:
                raise PlanError("shipped")

    def to_json(self) -> str:
        """Return the plan as one line of JSON."""
        plan = asdict(self)
        plan["occasion"] = self.occasion.value
        plan["device_key"] = self.device_key.hex()
        return json.dumps(plan, default=str)

    @classmethod
    def from_json(cls, untrusted_text: str) -> Plan:
        """Read a plan. Raises PlanError, with the key at fault."""
        try:
            untrusted = json.loads(untrusted_text)
        except ValueError as error:
            raise PlanError("json") from error
        get = _Reader("plan", untrusted, _PLAN_KEYS)
        try:
            occasion = Occasion(get.text("occasion"))
            device_key = bytes.fromhex(get.text("device_key"))
        except ValueError as error:
            raise PlanError("occasion or device_key") from error
        began = _Reader("began", get.value("began", dict), {"wall_s", "boot_s"})
        return cls(
            occasion=occasion,
            keeper=_process("keeper", get.value("keeper", dict)),
            run_folder=get.path("run_folder"),
            stamp=get.path("stamp"),
            device_key=device_key,
            visit=get.text("visit"),
            began=Moment(began.seconds("wall_s"), began.seconds("boot_s")),
            traces_fd=get.descriptor("traces_fd"),
            kill=get.processes("kill"),
            survivors=get.processes("survivors"),
            outside=get.processes("outside"),
            shipped=get.paths("shipped"),
            programs=get.paths("programs"),
            sinks=tuple(_place(item) for item in get.value("sinks", list)),
            known=get.texts("known"),
            before_fd=get.descriptor("before_fd"),
            kill_limit_s=get.seconds("kill_limit_s"),
        )


_PLAN_KEYS: Final = frozenset(field.name for field in fields(Plan))


class _Reader:
    """A JSON object whose keys are exactly the known ones."""

    def __init__(self, name: str, untrusted: object, keys: set[str] | frozenset[str]) -> None:
        if not isinstance(untrusted, dict) or set(untrusted) != keys:
            raise PlanError(name)
        self._values: Mapping[str, Any] = untrusted

    def value(self, key: str, kind: type) -> Any:
        value = self._values[key]
        # JSON's true is a number for Python.
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
            raise PlanError(key)
        return value

    def text(self, key: str) -> str:
        return str(self.value(key, str))

    def number(self, key: str) -> int:
        return int(self.value(key, int))

    def descriptor(self, key: str) -> int | None:
        return None if self._values[key] is None else self.number(key)

    def seconds(self, key: str) -> float:
        value = self._values[key]
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise PlanError(key)
        return float(value)

    def path(self, key: str) -> Path:
        path = Path(self.text(key))
        if not path.is_absolute() or ".." in path.parts:
            raise PlanError(key)
        return path

    def texts(self, key: str) -> tuple[str, ...]:
        values = self.value(key, list)
        if not all(isinstance(value, str) for value in values):
            raise PlanError(key)
        return tuple(values)

    def paths(self, key: str) -> tuple[Path, ...]:
        paths = tuple(Path(text) for text in self.texts(key))
        if not all(path.is_absolute() for path in paths):
            raise PlanError(key)
        return paths

    def processes(self, key: str) -> tuple[Process, ...]:
        return tuple(_process(key, item) for item in self.value(key, list))


def _process(key: str, untrusted: object) -> Process:
    get = _Reader(key, untrusted, {"pid", "start"})
    process = Process(get.number("pid"), get.number("start"))
    # 0 and negative numbers mean whole groups to kill(2), and 1 is the system.
    if process.pid < 2:
        raise PlanError(key)
    return process


_PLACE_KEYS: Final[Mapping[str, frozenset[str]]] = {
    "folder": frozenset({"kind", "name", "path", "plant_as", "keeps_files"}),
    "database": frozenset({"kind", "name", "path"}),
    "frames": frozenset({"kind", "name", "grab"}),
    "recent": frozenset({"kind", "name", "path"}),
    "leftovers": frozenset({"kind", "name", "path"}),
    "data": frozenset({"kind", "name", "path", "permitted"}),
}


def _place(untrusted: object) -> Place:
    kind = untrusted.get("kind") if isinstance(untrusted, dict) else None
    if not isinstance(kind, str) or kind not in _PLACE_KEYS:
        raise PlanError("sinks.kind")
    get = _Reader(f"sinks.{kind}", untrusted, _PLACE_KEYS[kind])
    name = get.text("name")
    match kind:
        case "folder":
            plant_as = get.text("plant_as")
            if Path(plant_as).is_absolute() or ".." in Path(plant_as).parts or not plant_as:
                raise PlanError("sinks.plant_as")
            return FolderPlace(name, get.path("path"), plant_as, get.value("keeps_files", bool))
        case "database":
            return DatabasePlace(name, get.path("path"))
        case "frames":
            return FramesPlace(name, get.texts("grab"))
        case "recent":
            return RecentPlace(name, get.path("path"))
        case "leftovers":
            return LeftoversPlace(name, get.path("path"))
        case _:
            return DataPlace(name, get.path("path"), get.texts("permitted"))
