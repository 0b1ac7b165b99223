"""Many visits in a row with random ends: `python -m tests.soak --visits 500`.

After each one the keeper and the web master are weighed: memory, descriptors, threads, and what
the run holds in RAM. Flat lines and no trace are the result; exit status 1 when they are not.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import statistics
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from tests.driving.ends import all_of_the_run, processes_of, reasons
from tests.driving.guest import BENZOUARHI, DELMAROLLE, Guest
from tests.driving.twin import Twin, paths_below, until

ENDS = ("stop", "finish", "red", "worker", "worker", "browser", "kiosk", "cupsd", "pcscd")
DEPTHS = ("need", "consent", "review", "preview", "take-papers")
WARM_UP = 5
_SETTLE_S = 30.0
_WIPE_LIMIT_S = 60.0


@dataclass(frozen=True)
class Weight:
    """What the run weighs between two visits. Memory in KiB, anonymous (smaps_rollup)."""

    keeper_kib: int
    keeper_fds: int
    keeper_threads: int
    master_kib: int
    master_fds: int
    master_threads: int
    processes: int
    ram_kib: int
    ram_files: int


# How far the last third of a soak may lie above the first: noise, not growth.
NOISE = Weight(2048, 2, 2, 1024, 2, 1, 1, 1024, 18)


@dataclass(frozen=True)
class Soak:
    """What became of it. grown: floor of the last third minus floor of the first, by name."""

    visits: int
    ends: dict[str, int]
    traces: int
    first: Weight
    last: Weight
    grown: dict[str, int]
    wipe_p50_s: float
    wipe_p99_s: float

    @property
    def is_flat(self) -> bool:
        """Tell whether nothing has grown by more than noise."""
        noise = asdict(NOISE)
        return all(grown <= noise[name] for name, grown in self.grown.items())


def weigh(twin: Twin) -> Weight:
    """Weigh the run as it is now."""
    keeper, master = twin.process.pid, int(twin.look()["kiosk"])
    files = [path for path in paths_below(twin.folder) if path.is_file()]
    return Weight(
        *_process(keeper),
        *_process(master),
        processes=len(processes_of(keeper)),
        ram_kib=sum(_size_kib(path) for path in files),
        ram_files=len(files),
    )


def _process(pid: int) -> tuple[int, int, int]:
    base = Path(f"/proc/{pid}")
    lines = (base / "smaps_rollup").read_text().splitlines()
    # All of its own, whether a child still shares it or not: a young master is no lighter.
    own = next(line for line in lines if line.startswith("Anonymous:"))
    fds, threads = len(list((base / "fd").iterdir())), len(list((base / "task").iterdir()))
    return int(own.split()[1]), fds, threads


def _size_kib(path: Path) -> int:
    with suppress(OSError):
        return path.stat().st_blocks // 2
    return 0


def settled(twin: Twin) -> Weight:
    """Weigh once whatever the last end started has come up: the lowest of several looks."""
    until(twin.is_serving, "a visit to serve", _WIPE_LIMIT_S)
    until(lambda: (look := twin.look())["worker"] and look["cupsd"] and look["pcscd"], "all parts")
    looks = [weigh(twin) for _ in range(3)]
    names = [field.name for field in fields(Weight)]
    return Weight(**{name: min(getattr(look, name) for look in looks) for name in names})


def one_visit(twin: Twin, chance: random.Random) -> tuple[str, float]:
    """Have a visit of random depth and end it at random; return how, and how long the wipe took."""
    guest, person = Guest(twin), chance.choice((DELMAROLLE, BENZOUARHI))
    depth, end = chance.choice(DEPTHS), chance.choice(ENDS)
    ended = len(reasons(twin))
    guest.begins()
    if depth != "need":
        guest.walks_to(person, depth)
    if end == "finish" and depth == "take-papers":
        guest.walks_on(person, "goodbye")
    if end in ("cupsd", "pcscd"):
        twin.kills(end)
    if end == "browser" and twin.look()["browser"] is None:
        end = "stop"
    began = time.monotonic()
    match end:
        case "red":
            twin.presses("red")
        case "worker" | "browser" | "kiosk":
            os.kill(int(twin.look()[end]), signal.SIGKILL)
        case "finish" if guest.state() == "goodbye":
            guest.acts("finish")
        case _:
            guest.acts("stop")
    until(lambda: len(reasons(twin)) > ended, "the end", _WIPE_LIMIT_S)
    until(lambda: twin.look()["phase"] != "wiping", "the end of the wipe", _WIPE_LIMIT_S)
    took_s = time.monotonic() - began
    twin.pulls_the_card()
    return end, took_s


def soak(twin: Twin, visits: int, seed: int) -> Soak:
    """Have so many visits. Stops at the first trace: the machine is closed then."""
    chance = random.Random(seed)  # noqa: S311  for tests, not for secrets
    ends: Counter[str] = Counter()
    weights: list[Weight] = []
    wipes: list[float] = []
    traces = 0
    for number in range(visits):
        end, took_s = one_visit(twin, chance)
        ends[end] += 1
        wipes.append(took_s)
        if twin.look()["phase"] == "out-of-service":
            traces += 1
            break
        weights.append(settled(twin))
        if number % 25 == 0:
            sys.stderr.write(f"soak: {number + 1} {json.dumps(asdict(weights[-1]))}\n")
    warm = weights[WARM_UP:] or weights
    third = max(1, len(warm) // 3)
    first, last = _floor(warm[:third]), _floor(warm[-third:])
    grown = {name: getattr(last, name) - value for name, value in asdict(first).items()}
    wipes.sort()
    return Soak(
        visits=len(wipes),
        ends=dict(ends),
        traces=traces,
        first=first,
        last=last,
        grown=grown,
        wipe_p50_s=round(statistics.median(wipes), 2),
        wipe_p99_s=round(wipes[min(len(wipes) - 1, int(len(wipes) * 0.99))], 2),
    )


def _floor(weights: Sequence[Weight]) -> Weight:
    """Return the lowest of each: what leaks lifts the floor, what comes and goes does not."""
    names = [field.name for field in fields(Weight)]
    return Weight(**{name: min(getattr(w, name) for w in weights) for name in names})


def main() -> int:
    """Soak, and print the result as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--visits", type=int, default=500)
    parser.add_argument("--seed", type=int, default=0, help="0: another one each time")
    parser.add_argument("--screen", choices=("headless", "none"), default="headless")
    options = parser.parse_args()
    seed = options.seed or random.SystemRandom().randrange(1, 10**6)
    with tempfile.TemporaryDirectory() as folder:
        with Twin(Path(folder), f"--screen={options.screen}") as twin:
            run = twin.folder
            try:
                result = soak(twin, options.visits, seed)
            finally:
                sys.stderr.write(f"soak: the twin's last words:\n{twin.log.read_text()[-2000:]}\n")
        left = all_of_the_run(run)
    row = {"seed": seed, "screen": options.screen, **asdict(result)}
    row |= {"is_flat": result.is_flat, "processes_left": len(left), "folder_left": run.exists()}
    json.dump(row, sys.stdout, indent=1)
    sys.stdout.write("\n")
    is_good = result.is_flat and not result.traces and not left and not run.exists()
    return 0 if is_good else 1


if __name__ == "__main__":
    sys.exit(main())
