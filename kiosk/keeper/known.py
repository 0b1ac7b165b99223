"""What the keeper knows of the visit that runs: nothing about the person."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from kiosk.clock import Clock
from kiosk.config import HouseRules, PlaceSection
from kiosk.journal import ActivityRow
from kiosk.keeper.clocks import Verdict, VisitClocks
from kiosk.keeper.link import Link
from kiosk.keeper.parts import Process
from kiosk.keeper.rows import Told, activity_row
from kiosk.visit import IDLE_STATES, State, is_visit

# Before these states only a language and a need have been chosen: nothing of anybody.
_OF_NOBODY = IDLE_STATES | {State.LANGUAGE, State.NEED, State.TASKS, State.TASK}

_QUESTIONS = frozenset({Verdict.ASK_STILL_THERE, Verdict.WARN_LIMIT})


@dataclass
class KnownVisit:
    """One visit as its worker tells of it: who serves it, where it stands, since when.

    Times are seconds of one monotonic clock. told: the last activity row it asked for.
    """

    link: Link | None = None
    worker: Process | None = None
    state: State = State.WIPING
    locale: str = ""
    told: Told | None = None
    _clocks: VisitClocks | None = field(default=None, init=False)
    _is_personal: bool = field(default=False, init=False)

    def gives_up(self, state: State) -> bool:
        """Tell whether `state` is a screen of nobody, and this visit is already somebody's."""
        return self._is_personal and state in IDLE_STATES

    def moves(self, state: State, now: float) -> None:
        """Note that the screen shows `state`; the clocks run from the first state of a visit on."""
        if not is_visit(state):
            self._clocks = None
        elif self._clocks is None:
            self._clocks = VisitClocks(now, now)
        self._is_personal = self._is_personal or state not in _OF_NOBODY
        if self.state is State.PRINTING and state is not State.PRINTING:
            # Who waited for the paper begins to act only now.
            self.is_used(now)
        self.state = state

    def is_used(self, now: float) -> None:
        """Note that somebody did something."""
        if self._clocks:
            self._clocks = self._clocks.active(now)

    def gets_longer(self, now: float, rules: HouseRules) -> None:
        """Note that the resident asked for more time."""
        if self._clocks:
            self._clocks = self._clocks.extended(now, rules)

    def verdict(self, now: float, rules: HouseRules, *, is_at_a_site: bool) -> tuple[Verdict, int]:
        """Return what the clocks ask for, each question once, and the seconds left for it."""
        if self._clocks is None:
            return Verdict.NOTHING, 0
        if is_at_a_site or self.state is State.PRINTING:
            rules = replace(rules, idle_s=max(rules.idle_s, rules.away_idle_s))
        verdict, seconds = self._clocks.verdict(now, rules)
        if verdict in _QUESTIONS:
            self._clocks = self._clocks.having_asked(verdict)
        return verdict, seconds

    def row(self, place: PlaceSection, clock: Clock) -> ActivityRow | None:
        """Return the row that this visit leaves if it ends now; None if nothing was begun."""
        if self.told is None:
            return None
        began = self._clocks.began if self._clocks else clock.monotonic()
        return activity_row(self.told, place, clock, began)
