"""Walk a task step by step.

Rules
- A walk is a value: moving gives a new one, the old one stays true.
- Only the steps that apply (channel, answers) are walked; the others are not there.
- A step's condition looks only at answers of steps that apply and stand before it (the loader
  refuses others), so ``back`` undoes ``forward`` and the way behind a person never changes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from kiosk.tasks.model import ChannelKind, Exists, Outcome, Step, Task, answer_values
from kiosk.tasks.paths import longest

STAGES = 8
"""So many dots stand at the foot of a screen: a share that is seen, not a number to be feared."""

Answers = Mapping[str, str]


class MissingChannel(Exception):
    """A walk was begun on a channel that does not exist. ``others`` are the ones that do."""

    code = "missing_channel"

    def __init__(self, task_id: str, channel: ChannelKind, others: tuple[ChannelKind, ...]) -> None:
        super().__init__(self.code, task_id, channel.value)
        self.task_id = task_id
        self.channel = channel
        self.others = others


@dataclass(frozen=True)
class Walk:
    """A place in one task on one channel. ``index`` counts in ``task.steps``.

    ``stages`` is how many dots stand for the whole way; it stays what it was at the start.
    """

    task: Task
    channel: ChannelKind
    index: int = 0
    stages: int = STAGES

    def step(self, answers: Answers) -> Step | None:
        """Give the step of this screen, or None when the walk is over."""
        at = self._at_or_after(self.index, answers)
        return None if at is None else self.task.steps[at]

    def forward(self, answers: Answers) -> Walk:
        """Go to the next step that applies, or past the last one."""
        at = self._at_or_after(self.index, answers)
        if at is None:
            return self
        following = self._at_or_after(at + 1, answers)
        return replace(self, index=len(self.task.steps) if following is None else following)

    def back(self, answers: Answers) -> Walk | None:
        """Go to the step before, or None from the first one: back to the four channels."""
        earlier = [i for i in self._applying(answers) if i < self.index]
        return replace(self, index=earlier[-1]) if earlier else None

    def position(self, answers: Answers) -> tuple[int, int]:
        """Say how far we are: (which stage, of how many); over is (total, total).

        The stages of a way are `STAGES` at most and stay as many as they were. Where answers
        still decide, the longest way is taken for the one ahead: who goes on never falls back,
        and a shorter way only makes a longer stride.
        """
        said: dict[str, str] = {}
        passed = sum(1 for _ in self._walked(answers, said, self.index))
        total = self.stages
        ahead = longest(self.task, self.channel, self.index, said)
        if ahead <= 1:
            return total, total
        return 1 + passed * (total - 1) // (passed + ahead - 1), total

    def outcome(self, answers: Answers) -> Outcome | None:
        """Say what the task comes to by the steps before this one, if each of them was done."""
        step = self.decided_by(answers)
        return step.outcome if step else None

    def decided_by(self, answers: Answers) -> Step | None:
        """Give the last step before this one that says what the task comes to."""
        reached = [self.task.steps[i] for i in self._applying(answers) if i < self.index]
        return next((step for step in reversed(reached) if step.outcome), None)

    def said(self, answers: Answers) -> dict[str, str]:
        """Keep the answers that count: those to steps of this way, whole task.

        Who goes back and answers differently leaves answers behind that no longer belong.
        """
        said: dict[str, str] = {}
        for _ in self._walked(answers, said):
            pass
        return said

    def _applying(self, answers: Answers) -> Iterator[int]:
        return self._walked(answers, {})

    def _walked(
        self, answers: Answers, said: dict[str, str], end: int | None = None
    ) -> Iterator[int]:
        for i, step in enumerate(self.task.steps[:end]):
            if step.applies(self.channel, said):
                yield i
                said.update({key: answers[key] for key in answer_values(step) if answers.get(key)})

    def _at_or_after(self, start: int, answers: Answers) -> int | None:
        return next((i for i in self._applying(answers) if i >= start), None)


def begin(task: Task, channel: ChannelKind) -> Walk:
    """Stand at the start of a task on a channel. Raises MissingChannel."""
    if task.channels[channel].exists is Exists.NO:
        others = tuple(k for k in ChannelKind if task.channels[k].exists is not Exists.NO)
        raise MissingChannel(task.id, channel, others)
    return Walk(task, channel, stages=min(STAGES, longest(task, channel, 0, {})))
