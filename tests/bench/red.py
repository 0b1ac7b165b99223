"""The red button: from the press to the fallen curtain, in every situation, 210 presses."""

from __future__ import annotations

from collections import defaultdict

from tests.bench.spread import ROUNDS, Figure, percentile
from tests.driving.ends import SITUATIONS, press_red
from tests.driving.guest import Guest
from tests.driving.screen import Screen
from tests.driving.twin import Twin, until

PRESSES = 7
"""A round and a situation: 5 rounds of 6 situations make 210 presses."""
CURTAIN_GOAL_MS = 200.0


def red_times(twin: Twin, screen: Screen) -> dict[str, Figure]:
    """Return the time until worker and browser are dead and the lamp has changed, in ms.

    "all" are all situations together; a situation has its slowest press
    of each round, which is what a p99 of seven is.
    """
    del screen
    guest = Guest(twin)
    slowest: dict[str, list[float]] = defaultdict(list)
    p50, p99 = [], []
    every: list[float] = []
    for _ in range(ROUNDS):
        everything = []
        for name, situation in SITUATIONS.items():
            taken = []
            for _ in range(PRESSES):
                until(twin.is_serving, "a visit")
                with situation(twin, guest):
                    taken.append(press_red(twin).curtain_ms)
            slowest[name].append(max(taken))
            everything += taken
        every += everything
        p50.append(percentile(everything, 0.50))
        p99.append(percentile(everything, 0.99))
    figures = {
        "press to curtain, all, p50": Figure(tuple(p50), "ms"),
        "press to curtain, all, p99 of a round": Figure(tuple(p99), "ms", CURTAIN_GOAL_MS),
        "press to curtain, p99 of all 210": Figure(
            (percentile(every, 0.99),), "ms", CURTAIN_GOAL_MS
        ),
    }
    return figures | {
        f"press to curtain, {name}, slowest": Figure(tuple(values), "ms", CURTAIN_GOAL_MS)
        for name, values in slowest.items()
    }
