"""The two clocks of a visit: nobody is there any more, and the house's limit."""

from __future__ import annotations

from dataclasses import dataclass
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

    All in seconds of one monotonic clock.
    """

    began: float
    last_active: float
    extended_s: float = 0.0

    def verdict(self, now: float, rules: HouseRules) -> tuple[Verdict, int]:
        """Return what to do and the seconds left (for a question), 0 otherwise."""
        limit = self.began + rules.visit_limit_s + self.extended_s
        idle = self.last_active + rules.idle_s
        if now >= limit:
            return Verdict.LIMIT, 0
        if now >= idle:
            return Verdict.IDLE, 0
        if now >= idle - rules.idle_warning_s:
            return Verdict.ASK_STILL_THERE, round(idle - now)
        if now >= limit - min(rules.limit_warning_s, rules.visit_limit_s / 4):
            return Verdict.WARN_LIMIT, round(limit - now)
        return Verdict.NOTHING, 0
