"""The policy for tests on real parts: a skip is said, and in CI it is a failure.

A test records what it really used, with its version: `real_parts.used("pcscd 1.9.9")`. The last
lines of a run name these parts. `./relais test` also reads them, and the counts, from the file
that RELAIS_TEST_REPORT names.
"""

from __future__ import annotations

import ctypes
import json
import os
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from _pytest.terminal import TerminalReporter
from hypothesis import HealthCheck, settings

if TYPE_CHECKING:
    from kiosk.documents.builder import Builder
    from kiosk.tasks.loader import Content
    from tests.driving.visiting import Visit

# unshare(2), mount(2)
_CLONE_NEWNS, _MS_REC, _MS_PRIVATE = 0x20000, 0x4000, 0x40000
COUNTED = frozenset({"passed", "failed", "error", "skipped", "xfailed", "xpassed"})
JOURNEYS = Path(__file__).parent / "journeys"


class RealParts:
    """The real parts that tests of this run have used."""

    def __init__(self) -> None:
        self._names: set[str] = set()

    def used(self, name: str) -> None:
        """Record a part by its name and version."""
        self._names.add(name)

    def list_names(self) -> list[str]:
        """Return what was used, sorted."""
        return sorted(self._names)


REAL_PARTS = pytest.StashKey[RealParts]()


def forbids_skips() -> bool:
    """Say whether a skipped real part is a failure here."""
    return os.environ.get("CI") == "true" or os.environ.get("RELAIS_NO_SKIPS") == "1"


def pytest_configure(config: pytest.Config) -> None:
    # No test is timed, nor is the making of what it is given.
    settings.register_profile(
        "untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow]
    )
    settings.load_profile("untimed")
    config.stash[REAL_PARTS] = RealParts()
    if hasattr(config, "workerinput"):
        _have_memory_of_our_own()


def _have_memory_of_our_own() -> None:
    """Give this process, one of several that share the tests, a /dev/shm of its own.

    A kiosk searches it for traces of its visitor, and the same invented people visit them all.
    Raises OSError; `./relais test` shares the tests only where this is possible.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    steps: tuple[Callable[[], int], ...] = (
        lambda: libc.unshare(_CLONE_NEWNS),
        lambda: libc.mount(b"none", b"/", None, _MS_REC | _MS_PRIVATE, None),
        lambda: libc.mount(b"none", b"/dev/shm", b"tmpfs", 0, b"mode=1777"),
    )
    for step in steps:
        if step() != 0:
            raise OSError(ctypes.get_errno(), "no memory of its own for a test process")


def pytest_sessionfinish(session: pytest.Session) -> None:
    # One of several processes that share the tests tells the one that asked for it.
    output = getattr(session.config, "workeroutput", None)
    if output is not None:
        output["real_parts"] = session.config.stash[REAL_PARTS].list_names()


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    for name in getattr(node, "workeroutput", {}).get("real_parts", ()):
        node.config.stash[REAL_PARTS].used(name)


@pytest.fixture(scope="session")
def real_parts(pytestconfig: pytest.Config) -> RealParts:
    """Give the record of real parts."""
    return pytestconfig.stash[REAL_PARTS]


@pytest.fixture(scope="session")
def builder() -> Builder:
    """Give the maker of papers, whose fonts take a while to load."""
    from kiosk.documents.builder import Builder

    return Builder()


@pytest.fixture(scope="session")
def content() -> Content:
    """Give what the kiosk ships: tasks, directory, glossary."""
    from kiosk.tasks.loader import load_content

    return load_content()


@pytest.fixture
def visit(builder: Builder, content: Content) -> Iterator[Visit]:
    """Give a visit whose hands and devices are the test's."""
    from tests.driving.visiting import Visit

    made = Visit(content, builder)
    yield made
    made.close()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.is_relative_to(JOURNEYS):
            item.add_marker(pytest.mark.journey)
        # Who is to say which real parts it used must not pass without them.
        if "real_parts" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.real)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    is_real = item.get_closest_marker("real") or item.get_closest_marker("journey")
    if is_real and report.skipped and not hasattr(report, "wasxfail") and forbids_skips():
        report.outcome = "failed"
        report.longrepr = f"skipped, which is a failure here: {_reason(report.longrepr)}"
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(
    collector: pytest.Collector,
) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    del collector
    report = yield
    # A module that skips itself has no tests yet, so nobody knows which of them are real.
    if report.skipped and forbids_skips():
        report.outcome = "failed"
        report.longrepr = f"skipped, which is a failure here: {_reason(report.longrepr)}"
    return report


def _reason(longrepr: object) -> str:
    """Return why a test was skipped: pytest's longrepr is (path, line, reason)."""
    return str(longrepr[2]) if isinstance(longrepr, tuple) else str(longrepr)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_terminal_summary(
    terminalreporter: TerminalReporter, config: pytest.Config
) -> Generator[None, None, None]:
    yield  # pytest's own list of failures and skips comes first, its counts come last
    parts = config.stash[REAL_PARTS].list_names()
    terminalreporter.ensure_newline()
    terminalreporter.line(f"Real parts used: {', '.join(parts) if parts else 'none'}")
    if report := os.environ.get("RELAIS_TEST_REPORT"):
        counts = {
            name: len(found) for name, found in terminalreporter.stats.items() if name in COUNTED
        }
        Path(report).write_text(json.dumps({"counts": counts, "real_parts": parts}))
