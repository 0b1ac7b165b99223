"""Memory of each of our processes: PSS, shared pages counted by their share."""

from __future__ import annotations

from pathlib import Path

from tests.bench.server import served, to_goodbye
from tests.bench.spread import ROUNDS, Figure
from tests.driving.twin import Twin

PYTHON_GOAL_MB = 120.0


def pss_mb(pid: int) -> float:
    """Return the proportional set size of one process in MB (proc(5), smaps_rollup)."""
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) / 1024
    return 0.0


def memory(twin: Twin) -> dict[str, Figure]:
    """Return PSS in MB: keeper (with the twin's parts in it), master, worker, and their sum.

    At the goodbye of a visit, when a card was read and a letter was set, drawn and printed: what
    the worker has then is what it needs at most, and its end gives all of it back.
    """
    rounds: dict[str, list[float]] = {"keeper": [], "master": [], "worker": [], "our Python": []}
    for _ in range(ROUNDS):
        with served(twin) as client:
            to_goodbye(twin, client)
            look = twin.look()
            pids = {"keeper": twin.process.pid, "master": look["kiosk"], "worker": look["worker"]}
            values = {name: pss_mb(int(pid)) for name, pid in pids.items()}
        for name, value in values.items():
            rounds[name].append(value)
        rounds["our Python"].append(sum(values.values()))
    return {
        name: Figure(tuple(values), "MB", PYTHON_GOAL_MB if name == "our Python" else None)
        for name, values in rounds.items()
    }
