"""Take the guards of a wipe away, one by one: `python -m tests.driving.guards FOLDER`.

A house with its real daemons, folders and plan is opened; its canaries are planted as for a
visit, and it is wiped with one sink's `clear` or `find` taken out. One JSON line each:
{"verb": "clear", "sink": "spool", "fault": "trace-found", "where": ["spool"], "again": ""}.
`again` is the fault of the whole wipe after it, which must have none.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from kiosk.keeper.browser import Mode
from kiosk.keeper.wiping import REPOSITORY, Ended, Wiper
from kiosk.wipe.canary import read_device_key
from kiosk.wipe.plan import FramesPlace
from provisioning.twin.house import House, Wishes
from provisioning.twin.surroundings import look_around

MEMORY = "memory"
# Another run on this machine clears what an abandoned one left, as ours would: then plant again.
_TRIES = 3
# Runs the wipe as it is, with one verb of one sink doing nothing.
_RUNNER = """
import sys
sys.path.insert(0, sys.argv[1])
verb, name = sys.argv[2:4]
from kiosk.wipe import __main__ as wipe
from kiosk.wipe.sinks.sink import Finding
build = wipe.build_sinks
def without_one(plan):
    sinks = build(plan)
    for sink in sinks:
        if sink.name == name:
            setattr(sink, verb, {"clear": lambda: None, "find": lambda needles: Finding()}[verb])
    return sinks
wipe.build_sinks = without_one
sys.exit(wipe.main([]))
"""


class GuardlessWiper(Wiper):
    """A wiper that can leave one thing out."""

    leaves_out: tuple[str, str] | None = None

    def _popen(self, notes: int | None, *arguments: str) -> subprocess.Popen[bytes]:
        if self.leaves_out is None or arguments:
            return super()._popen(notes, *arguments)
        return subprocess.Popen(
            [sys.executable, "-c", _RUNNER, str(REPOSITORY), *self.leaves_out],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            pass_fds=() if notes is None else (notes,),
            cwd=REPOSITORY,
            env={"PATH": "/usr/bin:/bin"},
        )


def main(folder: Path) -> int:
    """Try each guard; return 0."""
    wishes = Wishes(port=0, dock_port=0, data=folder / "data", mode=Mode.NONE)
    house = House(wishes, look_around(REPOSITORY / ".parts"))
    try:
        house.open()
        house.surroundings.cut()
        try_all(house, wishes.data)
    finally:
        house.close()
    return 0


def try_all(house: House, data: Path) -> None:
    """Leave out each verb of each sink of the house's own plan."""
    sinks = house.surroundings.sinks()
    wiper = GuardlessWiper(
        house.run,
        device_key=read_device_key(data),
        shipped=(REPOSITORY / "kiosk", REPOSITORY / "device"),
        outside=lambda: (),
    )

    def wipe() -> tuple[str, tuple[str, ...]]:
        wiper.turn_over()
        outcome = wiper.finish(wiper.start(None), Ended(None), sinks, lambda: None)
        return outcome.fault, outcome.where

    say("none", "", *wipe(), "")
    # Without a screen there are no frames to take; a window is cleared by its end, not by a sink:
    # tests/component/test_window.py takes that end away.
    names = [place.name for place in sinks if not isinstance(place, FramesPlace)]
    guards = [(verb, name) for name in names for verb in ("clear", "find")]
    for verb, name in [*guards, ("find", MEMORY)]:
        wiper.leaves_out = verb, name
        for _ in range(_TRIES):
            assert wiper.plant(sinks) == ""
            found = wipe()
            if found[0]:
                break
        wiper.leaves_out = None
        say(verb, name, *found, wipe()[0])


def say(verb: str, sink: str, fault: str, where: tuple[str, ...], again: str) -> None:
    """Write one line."""
    row = {"verb": verb, "sink": sink, "fault": fault, "where": where, "again": again}
    sys.stdout.write(json.dumps(row) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
