"""The plan: strict, and harmless whatever it says."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from kiosk.wipe.plan import (
    DatabasePlace,
    DataPlace,
    FolderPlace,
    FramesPlace,
    LeftoversPlace,
    Occasion,
    Plan,
    PlanError,
    RecentPlace,
)
from kiosk.wipe.processes import Process
from kiosk.wipe.sinks.recent import Moment

PLAN = Plan(
    occasion=Occasion.VISIT_END,
    keeper=Process(10, 1),
    run_folder=Path("/dev/shm/relais-run-x"),
    stamp=Path("/dev/shm/relais-run-x/wiped"),
    device_key=bytes(32),
    visit="7",
    began=Moment(1.5, 2.5),
    traces_fd=5,
    kill=(Process(11, 2),),
    survivors=(Process(12, 3),),
    outside=(),
    shipped=(Path("/usr/share/relais"),),
    programs=(),
    known=("Wassalon", "Ines"),
    before_fd=6,
    sinks=(
        FolderPlace("spool", Path("/dev/shm/relais-run-x/spool"), "d00001-001", False),
        DatabasePlace("journal", Path("/data/journal.sqlite")),
        FramesPlace("frames", ("grim", "-")),
        RecentPlace("shared-memory", Path("/dev/shm")),
        LeftoversPlace("leftovers", Path("/dev/shm")),
        DataPlace("data", Path("/data"), ("journal.sqlite",)),
    ),
)


def test_a_plan_survives_its_way_to_the_wipe() -> None:
    assert Plan.from_json(PLAN.to_json()) == PLAN
    start = replace(PLAN, occasion=Occasion.START, traces_fd=None)
    assert Plan.from_json(start.to_json()) == start


def _without(key: str) -> Callable[[dict[str, Any]], object]:
    return lambda plan: plan.pop(key)


def _with(key: str, value: object) -> Callable[[dict[str, Any]], object]:
    return lambda plan: plan.__setitem__(key, value)


def _sink(**changes: object) -> Callable[[dict[str, Any]], object]:
    return lambda plan: plan["sinks"][0].update(changes)


@pytest.mark.parametrize(
    "change",
    [
        _without("kill"),
        _with("more", 1),
        _with("occasion", "lunch"),
        _with("device_key", "00"),
        _with("device_key", "no hex"),
        _with("traces_fd", None),
        _with("traces_fd", True),
        _with("keeper", {"pid": 10}),
        _with("kill", [{"pid": 1, "start": 1}]),
        _with("kill", [{"pid": -5, "start": 1}]),
        _with("kill", [{"pid": "5", "start": 1}]),
        _with("began", {"wall_s": "1", "boot_s": 2}),
        _with("run_folder", "relative"),
        _with("stamp", "/dev/shm/../etc/passwd"),
        _with("shipped", ["relative"]),
        _with("shipped", ["/dev/shm/relais-run-x/spool"]),
        _with("shipped", ["/dev/shm"]),
        _with("programs", ["/dev/shm/relais-run-x"]),
        _with("sinks", [{"kind": "oven"}]),
        _with("sinks", ["spool"]),
        _sink(path="/home"),
        _sink(path="/dev/shm/relais-run-x"),
        _sink(path="/dev/shm/relais-run-x/../other"),
        _sink(plant_as="../../etc/passwd"),
        _sink(plant_as="/etc/passwd"),
        _sink(keeps_files="yes"),
        _sink(name="journal"),
        _sink(more=1),
    ],
)
def test_anything_else_is_refused(change: Callable[[dict[str, Any]], object]) -> None:
    plan = json.loads(PLAN.to_json())
    change(plan)

    with pytest.raises(PlanError):
        Plan.from_json(json.dumps(plan))


@pytest.mark.parametrize("text", ["", "[]", "null", "{", '"plan"'])
def test_what_is_no_object_is_refused(text: str) -> None:
    with pytest.raises(PlanError):
        Plan.from_json(text)
