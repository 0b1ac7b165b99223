"""One wipe from its beginning to its receipt.

End what is of the visit, clear every sink, say so (what was ended may start anew meanwhile),
search every sink, and only then write the stamp. Whatever goes wrong leaves no stamp.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from device.card.traces import Trace
from kiosk.wipe.before import met_before
from kiosk.wipe.canary import canary_prefix, new_control
from kiosk.wipe.leftovers import orphans_of_abandoned_runs
from kiosk.wipe.needles import Needles, make_needles
from kiosk.wipe.plan import LeftoversPlace, Occasion, Plan
from kiosk.wipe.processes import Doomed, ProcessError, end
from kiosk.wipe.run_folder import RunFolder, RunFolderError
from kiosk.wipe.shipped import Programs, Shipped, words_of_machine
from kiosk.wipe.sinks.sink import Finding, Sink, SinkError
from kiosk.wipe.stamp import remove_stamp, write_stamp
from kiosk.wipe.traces import TracesError, forget_traces, read_traces

# What was ended starts anew during the search and may tidy its folder, with our control in it.
_CONTROL_TRIES: Final = 3


class UnfinishedError(Exception):
    """Say that a wipe could not be done to its end.

    `code` is stable; `where` names sinks. Codes: not-our-run, kill-refused, kill-unfinished,
    clear-failed, search-failed, search-blind, notebook-gone, notebook-broken.
    """

    def __init__(self, code: str, where: Sequence[str] = ()) -> None:
        super().__init__(code)
        self.code = code
        self.where = tuple(where)


@dataclass(frozen=True)
class Outcome:
    """What a wipe found: counts and names of sinks, never what and never when.

    not_searchable: values too short or too ordinary to be looked for. unseen: screens that could
    not be looked at.
    took_ms: how long each phase took, for measuring.
    """

    sought: int
    places: int
    found: int
    not_searchable: int
    unseen: int
    where: tuple[str, ...] = ()
    took_ms: Mapping[str, int] = field(default_factory=dict)

    @property
    def is_clean(self) -> bool:
        """Tell whether the machine may open."""
        return self.found == 0


class Wiping:
    """Run one plan over its sinks. `say_cleared` is called once all of them are clear."""

    def __init__(self, plan: Plan, sinks: Iterable[Sink], say_cleared: Callable[[], None]) -> None:
        self._plan = plan
        self._sinks = tuple(sinks)
        self._say_cleared = say_cleared
        self._took_ms: dict[str, int] = {}

    def run(self) -> Outcome:
        """Wipe, and write the stamp if nothing was found. Raises UnfinishedError, OSError."""
        remove_stamp(self._plan.stamp)
        self._check_run()
        with self._timed("kill"):
            self._kill()
        with self._timed("clear"):
            self._clear()
        self._say_cleared()
        with self._timed("search"):
            outcome = self._search()
        if outcome.is_clean:
            if self._plan.traces_fd is not None:
                forget_traces(self._plan.traces_fd)
            write_stamp(self._plan.stamp)
        return outcome

    @contextlib.contextmanager
    def _timed(self, phase: str) -> Iterator[None]:
        began = time.monotonic()
        yield
        self._took_ms[phase] = round((time.monotonic() - began) * 1000)

    def _check_run(self) -> None:
        try:
            keeper = RunFolder.open(self._plan.run_folder).keeper
        except RunFolderError as error:
            raise UnfinishedError("not-our-run") from error
        if keeper != self._plan.keeper:
            raise UnfinishedError("not-our-run")

    def _kill(self) -> None:
        listed = set(self._plan.kill)
        if self._plan.occasion is Occasion.START:
            for place in self._plan.sinks:
                if isinstance(place, LeftoversPlace):
                    listed |= orphans_of_abandoned_runs(place.path)
        doomed = Doomed(frozenset(listed), self._plan.keeper, self._plan.visit)
        try:
            end(doomed, self._plan.kill_limit_s)
        except ProcessError as error:
            raise UnfinishedError(error.code) from error

    def _clear(self) -> None:
        failed: list[str] = []
        for sink in self._sinks:
            try:
                sink.clear()
            except (SinkError, OSError):
                # The others are cleared all the same: less is left in a machine that is closed.
                failed.append(sink.name)
        if failed:
            raise UnfinishedError("clear-failed", failed)

    def _search(self) -> Outcome:
        plan = self._plan
        traces: tuple[Trace, ...] = ()
        if plan.traces_fd is not None:
            try:
                traces = read_traces(plan.traces_fd)
            except TracesError as error:
                raise UnfinishedError(error.code) from error
        control = new_control()
        words = (*(text.encode() for text in plan.known), *words_of_machine(plan.keeper))
        shipped = Shipped(plan.shipped, words)
        try:
            needles = make_needles(canary_prefix(plan.device_key), control, traces, shipped.knows)
        except OSError as error:
            raise UnfinishedError("search-failed", ["shipped"]) from error
        findings = {sink.name: self._find(sink, needles, control) for sink in self._sinks}
        return self._judge(findings, needles)

    def _find(self, sink: Sink, needles: Needles, control: str) -> Finding:
        """Search one sink, which must find a word left there just before."""
        for _ in range(_CONTROL_TRIES):
            try:
                with sink.control(control):
                    finding = sink.find(needles)
            except (SinkError, OSError) as error:
                raise UnfinishedError("search-failed", [sink.name]) from error
            if finding.control_hits or finding.unseen or finding.count:
                return finding
        raise UnfinishedError("search-blind", [sink.name])

    def _judge(self, findings: Mapping[str, Finding], needles: Needles) -> Outcome:
        met = {needle for finding in findings.values() for needle in finding.hits}
        met &= needles.singles
        try:
            excused = met_before(self._plan.before_fd, met)
            excused |= Programs(self._plan.programs).holding(met - excused)
        except OSError as error:
            raise UnfinishedError("search-failed", ["programs"]) from error
        left = {
            name: finding.count - sum(finding.hits[needle] for needle in excused)
            for name, finding in findings.items()
        }
        lost = len({owner for needle, owner in needles.owners if needle in excused})
        return Outcome(
            sought=needles.sought - lost,
            places=sum(finding.places for finding in findings.values()),
            found=sum(left.values()),
            not_searchable=needles.not_searchable + lost,
            unseen=sum(finding.unseen for finding in findings.values()),
            where=tuple(name for name, count in left.items() if count),
            took_ms=self._took_ms,
        )
