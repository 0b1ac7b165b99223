"""Every way through a task on one channel.

Two visits that differ only in answers that no later step asks about go the same way from there,
so they are walked once: the number of ways stays small however long a task is.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from kiosk.tasks.model import Step, Task, answer_values
from kiosk.tasks.vocabulary import UNANSWERED, ChannelKind, Outcome, StepKind

MAX_WAYS = 2000
OFFLINE_ENDS = frozenset({StepKind.PRINT, StepKind.REFER})
"""A paper or a person: what every path must hold, for whom digital does not work."""


@dataclass(frozen=True)
class Way:
    """What is known of a path so far. ``choices`` tells an author which answers lead here."""

    live: frozenset[tuple[str, str]] = frozenset()
    outcome: Outcome | None = None
    is_offline: bool = False
    length: int = 0
    choices: tuple[tuple[str, str], ...] = ()

    @property
    def story(self) -> str:
        """Tell the path as the answers that lead along it."""
        return ", ".join(f"{key}={value}" for key, value in self.choices) or "any answers"


@dataclass(frozen=True)
class Exploration:
    """All paths of one channel. ``is_complete`` is false when there were too many."""

    reached: frozenset[str]
    ends: tuple[Way, ...]
    is_complete: bool = True


def explore(task: Task, channel: ChannelKind) -> Exploration:
    """Walk every path of a channel."""
    reached: set[str] = set()
    ways = [Way()]
    for i, step in enumerate(task.steps):
        later = {key for other in task.steps[i + 1 :] for key in other.when}
        moved: list[Way] = []
        for way in ways:
            if step.applies(channel, dict(way.live)):
                reached.add(step.id)
                moved.extend(_taken(way, step, later))
            else:
                moved.append(_forgetting(way, later))
        ways = list(_merged(moved))
        if len(ways) > MAX_WAYS:
            return Exploration(frozenset(reached), tuple(ways), is_complete=False)
    return Exploration(frozenset(reached), tuple(ways))


def longest(task: Task, channel: ChannelKind, start: int, said: Mapping[str, str]) -> int:
    """Count the steps of the longest way from step `start` on; ``said`` was answered before it."""
    steps = [step for step in task.steps[start:] if channel in step.channels]
    asked_later: list[frozenset[str]] = [frozenset()]
    for step in reversed(steps):
        asked_later.append(asked_later[-1] | step.when.keys())
    ways = {frozenset((key, said[key]) for key in asked_later[-1] & said.keys()): 0}
    for step, later in zip(steps, reversed(asked_later[:-1]), strict=True):
        values = answer_values(step)
        branches = [
            (key, value)
            for key in later & values.keys()
            for value in (*(values[key] or ()), UNANSWERED)
        ]
        reached: dict[frozenset[tuple[str, str]], int] = {}
        for live, length in ways.items():
            known = dict(live)
            is_walked = step.applies(channel, known)
            for branch in (branches if is_walked else ()) or (None,):
                held = known if branch is None else {**known, branch[0]: branch[1]}
                kept = frozenset(pair for pair in held.items() if pair[0] in later)
                reached[kept] = max(reached.get(kept, 0), length + is_walked)
        ways = reached
    return max(ways.values())


def _taken(way: Way, step: Step, later: set[str]) -> Iterator[Way]:
    through = Way(
        live=way.live,
        outcome=step.outcome or way.outcome,
        is_offline=way.is_offline or step.kind in OFFLINE_ENDS,
        length=way.length + 1,
        choices=way.choices,
    )
    branching = [
        (key, [*sorted(values), UNANSWERED])
        for key, values in answer_values(step).items()
        if values is not None and key in later
    ]
    if not branching:
        yield _forgetting(through, later)
        return
    # No kind of step sets more than one closed answer.
    ((key, values),) = branching
    for value in values:
        live = {pair for pair in through.live if pair[0] != key} | {(key, value)}
        chosen = Way(
            live=frozenset(live),
            outcome=through.outcome,
            is_offline=through.is_offline,
            length=through.length,
            choices=(*through.choices, (key, value)),
        )
        yield _forgetting(chosen, later)


def _forgetting(way: Way, later: set[str]) -> Way:
    live = frozenset(pair for pair in way.live if pair[0] in later)
    return (
        way if live == way.live else Way(live, way.outcome, way.is_offline, way.length, way.choices)
    )


def _merged(ways: Iterable[Way]) -> Iterable[Way]:
    merged: dict[object, Way] = {}
    for way in ways:
        # The first story stays: it has an answer in it, "unanswered" comes last.
        merged.setdefault((way.live, way.outcome, way.is_offline, way.length > 0), way)
    return merged.values()
