"""The red button: from the press to the fallen curtain, 200 presses."""

from __future__ import annotations

from tests.bench.browser import _to_need
from tests.bench.client import Client
from tests.bench.spread import ROUNDS, Figure, percentile
from tests.driving.ends import press_red
from tests.driving.screen import Screen
from tests.driving.twin import Twin, until

PRESSES_A_ROUND = 40
CURTAIN_GOAL_MS = 200.0


def red_times(twin: Twin, screen: Screen) -> dict[str, Figure]:
    """Return p50 and p99 of 5 x 40 presses, each in a visit of its own, in ms."""
    p50, p99 = [], []
    for _ in range(ROUNDS):
        taken = []
        for _ in range(PRESSES_A_ROUND):
            until(twin.is_serving, "a visit")
            _to_need(twin, Client(twin))
            taken.append(press_red(twin).curtain_ms)
        p50.append(percentile(taken, 0.50))
        p99.append(percentile(taken, 0.99))
    return {
        "press to curtain p50": Figure(tuple(p50), "ms"),
        "press to curtain p99": Figure(tuple(p99), "ms", CURTAIN_GOAL_MS),
    }
