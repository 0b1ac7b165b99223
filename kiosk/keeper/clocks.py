"""The two clocks of a visit: nobody is there any more, and the house's limit."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum

from kiosk.config import HouseRules


class Verdict(Enum):
    """What the clocks ask for now."""

    NOTHING = "nothing"
    ASK_STILL_THERE = "still-there"
    WARN_LIMIT = "limit-near"
    IDLE = "idle"
    LIMIT = "limit"


@dataclass(frozen=True)
class VisitClocks:
    """When the visit began, when somebody last did something, and how far the limit moved.

    All in seconds of one monotonic clock. asked: what the resident has been asked and has not
    answered; each question is put once.
    """

    began: float
    last_active: float
    extended_s: float = 0.0
    asked: frozenset[Verdict] = frozenset()

    def verdict(self, now: float, rules: HouseRules) -> tuple[Verdict, int]:
        """Return what to do and the seconds left (for a question), 0 otherwise."""
        limit = self.began + rules.visit_limit_s + self.extended_s
        idle = self.last_active + rules.idle_s
        if now >= limit:
            return Verdict.LIMIT, 0
        if now >= idle:
            return Verdict.IDLE, 0
        if now >= idle - rules.idle_warning_s and Verdict.ASK_STILL_THERE not in self.asked:
            return Verdict.ASK_STILL_THERE, round(idle - now)
        if now >= limit - _warning_s(rules) and Verdict.WARN_LIMIT not in self.asked:
            return Verdict.WARN_LIMIT, round(limit - now)
        return Verdict.NOTHING, 0

    def having_asked(self, verdict: Verdict) -> VisitClocks:
        """Return the clocks after a question was put."""
        return replace(self, asked=self.asked | {verdict})

    def active(self, now: float) -> VisitClocks:
        """Return the clocks after somebody did something; a tap does not move the limit."""
        return replace(self, last_active=now, asked=self.asked - {Verdict.ASK_STILL_THERE})

    def extended(self, now: float, rules: HouseRules) -> VisitClocks:
        """Return the clocks after the resident asked for more time: a warning's length more."""
        longer = self.extended_s + _warning_s(rules)
        asked = self.asked - {Verdict.WARN_LIMIT}
        return replace(self.active(now), extended_s=longer, asked=asked)


def _warning_s(rules: HouseRules) -> float:
    # A house with very short visits is not warned from the first minute on.
    return min(rules.limit_warning_s, rules.visit_limit_s / 4)
