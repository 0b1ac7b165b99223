"""End a visit: `python -m kiosk.wipe < plan.json`, or begin one: `python -m kiosk.wipe plant`.

The plan is described in `kiosk/wipe/plan.py`. The descriptor of the notebook is inherited.
Standard output is one JSON object a line:

    {"phase": "cleared"}
    {"phase": "receipt", "sought": 9, "places": 11, "found": 0, "not_searchable": 2,
     "unseen": 0, "where": [], "took_ms": {"kill": 12, "clear": 9, "search": 301}}
    {"phase": "unfinished", "code": "search-blind", "where": ["spool"]}
    {"phase": "planted", "places": 8}

Exit: 0 clean (only then is there a stamp), 3 a trace was found, 4 unfinished, 78 no valid plan;
anything else is unfinished as well.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
from typing import Final, assert_never

from device.bug import tell_without_values
from kiosk.wipe.before import copy_memory
from kiosk.wipe.canary import canary_text
from kiosk.wipe.leftovers import DataSink, LeftoversSink
from kiosk.wipe.memory import MemoryUnreadableError
from kiosk.wipe.plan import (
    DatabasePlace,
    DataPlace,
    FolderPlace,
    FramesPlace,
    LeftoversPlace,
    Place,
    Plan,
    PlanError,
    RecentPlace,
)
from kiosk.wipe.screen import grab_screen
from kiosk.wipe.sinks.database import DatabaseSink
from kiosk.wipe.sinks.folder import FolderSink
from kiosk.wipe.sinks.frames import FramesSink
from kiosk.wipe.sinks.memory import MemorySink
from kiosk.wipe.sinks.recent import RecentSink
from kiosk.wipe.sinks.sink import Sink, SinkError
from kiosk.wipe.survivors import find_survivors
from kiosk.wipe.wiping import UnfinishedError, Wiping

CLEAN: Final = 0
TRACE_FOUND: Final = 3
UNFINISHED: Final = 4
NO_PLAN: Final = 78
_PATIENT: Final = 10


def build_sink(place: Place, plan: Plan) -> Sink:
    """Return the sink for a place of the plan."""
    match place:
        case FolderPlace():
            return FolderSink(place.name, place.path, place.plant_as, keeps_files=place.keeps_files)
        case DatabasePlace():
            return DatabaseSink(place.name, place.path)
        case FramesPlace():
            return FramesSink(
                place.name,
                canary_text(plan.device_key, plan.visit),
                lambda: grab_screen(place.grab),
            )
        case RecentPlace():
            return RecentSink(place.name, place.path, plan.began, plan.run_folder)
        case LeftoversPlace():
            return LeftoversSink(place.name, place.path, plan.keeper)
        case DataPlace():
            return DataSink(place.name, place.path, place.permitted)
        case _:
            assert_never(place)


def build_sinks(plan: Plan) -> list[Sink]:
    """Return all sinks of the plan, and the memory of who survives."""
    memory = MemorySink(
        lambda: find_survivors(plan.keeper, plan.survivors, plan.outside, str(plan.run_folder))
    )
    return [*(build_sink(place, plan) for place in plan.sinks), memory]


def say(phase: str, **fields: object) -> None:
    """Tell the keeper."""
    sys.stdout.write(json.dumps({"phase": phase, **fields}) + "\n")
    sys.stdout.flush()


def wipe(plan: Plan) -> int:
    """Run the wipe and return the exit status."""
    try:
        outcome = Wiping(plan, build_sinks(plan), lambda: say("cleared")).run()
    except UnfinishedError as error:
        say("unfinished", code=error.code, where=list(error.where))
        return UNFINISHED
    say(
        "receipt",
        sought=outcome.sought,
        places=outcome.places,
        found=outcome.found,
        not_searchable=outcome.not_searchable,
        unseen=outcome.unseen,
        where=list(outcome.where),
        took_ms=dict(outcome.took_ms),
    )
    return CLEAN if outcome.is_clean else TRACE_FOUND


def plant(plan: Plan) -> int:
    """Leave this visit's canary in every place but memory, which its worker does.

    And copy what the memory of who will survive holds before anybody has come.
    """
    canary = canary_text(plan.device_key, plan.visit)
    for place in plan.sinks:
        try:
            build_sink(place, plan).plant(canary)
        except (SinkError, OSError):
            say("unfinished", code="plant-failed", where=[place.name])
            return UNFINISHED
    if plan.before_fd is not None:
        # Nobody waits for it, and a screen comes up meanwhile.
        os.nice(_PATIENT)
        # Without a copy nothing is excused by it.
        with contextlib.suppress(OSError, MemoryUnreadableError):
            copy_memory(plan.before_fd, (plan.keeper, *plan.survivors))
    say("planted", places=len(plan.sinks))
    return CLEAN


def main(arguments: list[str]) -> int:
    """Read the plan from standard input and do what is asked."""
    tell_without_values("wipe")
    try:
        plan = Plan.from_json(sys.stdin.read())
    except PlanError as error:
        say("unfinished", code=error.code, where=[error.key])
        return NO_PLAN
    return plant(plan) if arguments == ["plant"] else wipe(plan)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
