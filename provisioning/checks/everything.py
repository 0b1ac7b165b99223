"""`./relais test`: the checks, the tests on Debian 13's packages, then every test on this machine.

With options it is pytest with these options, and nothing else. The last lines say what was
tested, on which real parts, and how many tests passed and failed.
"""

import json
import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from provisioning.checks.__main__ import check_tree
from provisioning.checks.children import Children, Job, Stopped, ended_with_us
from provisioning.checks.tools import find_parts, find_root

CONTAINER = "provisioning/container/container.sh"
CANNOT = 77
"""The container's status when it cannot be had on this machine."""
COULD_NOT = "could not run here"
MOST_PROCESSES = 4
"""Each runs a whole kiosk of its own, which mostly waits: one more than there are cores."""


@dataclass(frozen=True)
class Stage:
    """One part of the run: a verdict for people, and what its tests counted."""

    name: str
    verdict: str
    is_failed: bool
    counts: Counter[str] = field(default_factory=Counter)
    real_parts: Sequence[str] = ()

    def __str__(self) -> str:
        counted = ", ".join(f"{number} {name}" for name, number in self.counts.items())
        return f"{self.name:<14}{self.verdict}{': ' if counted else ''}{counted}"


def forbids_skips() -> bool:
    """Say whether what cannot be tested here is a failure."""
    return os.environ.get("CI") == "true" or os.environ.get("RELAIS_NO_SKIPS") == "1"


def test_on_debian_13(children: Children, root: Path) -> tuple[Stage, str]:
    """Run unit and contract tests in the container; return how that went and all its words."""
    report = find_parts(root) / "report" / "debian13.json"
    job = Job("Debian 13", (str(root / CONTAINER), "run", "-q"))
    stage, words = _run_tests(children, job, report)
    if stage.verdict == str(CANNOT):
        stage = Stage(job.name, COULD_NOT, is_failed=forbids_skips())
    return stage, words


def test_here(children: Children, root: Path) -> Stage:
    """Run every test on this machine's packages and real parts."""
    _title("Every test on this machine")
    parts = find_parts(root)
    report = parts / "report" / "here.json"
    options = ("-q", "-o", f"cache_dir={parts / 'cache' / 'pytest'}", *_shared_among())
    job = Job(
        "this machine",
        (sys.executable, "-m", "pytest", *options, *_list_levels(root)),
        {"RELAIS_TEST_REPORT": str(report)},
        streams=True,
    )
    return _run_tests(children, job, report)[0]


def _shared_among() -> Sequence[str]:
    """Return the options that share the tests among processes, file by file, in our order."""
    number = min((os.cpu_count() or 1) + 1, MOST_PROCESSES)
    # Each needs a /dev/shm of its own, see tests/conftest.py.
    tried = subprocess.run(["unshare", "--mount", "true"], stderr=subprocess.DEVNULL, check=False)
    if os.geteuid() != 0 or tried.returncode != 0:
        number = 1
    return ("-n", str(number), "--dist", "loadfile", "--no-loadscope-reorder") if number > 1 else ()


def _list_levels(root: Path) -> list[str]:
    """Return the levels that have tests, the longest first: what is shared then ends together."""
    levels = (f"tests/{name}" for name in ("journeys", "component", "contract", "unit"))
    return [level for level in levels if any((root / level).rglob("test_*.py"))]


def _run_tests(children: Children, job: Job, report: Path) -> tuple[Stage, str]:
    report.parent.mkdir(parents=True, exist_ok=True)
    report.unlink(missing_ok=True)
    outcome = children.run(job)
    if not report.exists():
        return Stage(job.name, str(outcome.status), is_failed=True), outcome.words
    found = json.loads(report.read_text())
    verdict = "passed" if outcome.status == 0 else "FAILED"
    counts = Counter(found["counts"])
    stage = Stage(job.name, verdict, outcome.status != 0, counts, found["real_parts"])
    return stage, outcome.words


def test_everything(children: Children) -> list[Stage]:
    """Run every stage, also after one failed: one run shows everything that is wrong.

    The tests on Debian 13 run beside the others, which mostly wait for browsers and printers.
    """
    root = find_root()
    os.chdir(root)
    with ThreadPoolExecutor(max_workers=1) as aside:
        try:
            beside = aside.submit(test_on_debian_13, children, root)
            _title("Checks")
            failed = check_tree(children)
            verdict = f"FAILED: {', '.join(failed)}" if failed else "passed"
            stages = [Stage("checks", verdict, bool(failed)), test_here(children, root)]
            stage, words = beside.result()
        except BaseException:
            children.end()  # or leaving this block would wait for them
            raise
    _title("Unit and contract tests on Debian 13's packages")
    print(words.rstrip(), flush=True)
    return [*stages, stage]


def summarise(stages: Sequence[Stage], took_s: float) -> str:
    """Return the last lines of a run: stages, real parts, counts."""
    counts = sum((stage.counts for stage in stages), Counter[str]())
    failed = counts["failed"] + counts["error"] + counts["xpassed"]
    parts = sorted({part for stage in stages for part in stage.real_parts})
    wrong = [stage.name for stage in stages if stage.is_failed]
    lines = [
        *map(str, stages),
        f"Real parts used: {', '.join(parts) if parts else 'none'}",
        f"Failed: {', '.join(wrong)}" if wrong else _praise(stages),
        f"{counts['passed']} passed, {failed} failed, {counts['skipped']} skipped"
        f" in {int(took_s // 60)} min {int(took_s % 60)} s",
    ]
    return "\n".join(lines)


def _praise(stages: Sequence[Stage]) -> str:
    """Return what may be said when nothing failed: what was not tried has not passed."""
    missing = [stage.name for stage in stages if stage.verdict == COULD_NOT]
    return f"All passed, but not tried: {', '.join(missing)}" if missing else "Everything passed."


def _title(words: str) -> None:
    print(f"\n── {words} ──", flush=True)


def main(options: Sequence[str]) -> int:
    """Run pytest with `options`, or everything; return the status of the process."""
    if options:
        os.chdir(find_root())
        os.execv(sys.executable, [sys.executable, "-m", "pytest", *options])  # noqa: S606  no shell
    began = time.monotonic()
    try:
        with ended_with_us() as children:
            stages = test_everything(children)
    except Stopped as stopped:
        print("Stopped; everything that was started has ended.", flush=True)
        return 128 + stopped.number
    _title("What was tested")
    print(summarise(stages, time.monotonic() - began), flush=True)
    return 1 if any(stage.is_failed for stage in stages) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
