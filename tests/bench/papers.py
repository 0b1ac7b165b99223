"""How long a paper takes, warm, in the process that shows it."""

from __future__ import annotations

import time
from collections.abc import Callable

from kiosk.documents.builder import Builder
from kiosk.memory import PrintWork, SiteWork, VisitMemory
from kiosk.tasks.engine import Walk, begin
from kiosk.tasks.loader import load_content
from kiosk.tasks.model import UNANSWERED, Ask, Exists, Print, Step, Task
from tests.bench.spread import ROUNDS, Figure
from tests.driving.visiting import INVENTED, Visit

PDF_GOAL_MS = 30.0
SAID = "Proef 12"
FOUND = "https://proef.example/afspraak/0123456789abcdef0123456789abcdef"


def pdf_times() -> dict[str, Figure]:
    """Return the time of each document of each task and of the proof, in nl and ar, in ms."""
    content, builder = load_content(), Builder()
    figures: dict[str, Figure] = {}
    for locale in ("nl", "ar"):
        visit = Visit(content, builder, locale).opens()
        memory = visit.controller.memory
        maker = visit.papers
        for task in content.tasks.values():
            for channel, facts in task.channels.items():
                if facts.exists is Exists.NO:
                    continue
                memory.task, memory.walk = task, begin(task, channel)
                for index, step in enumerate(task.steps):
                    if not isinstance(step.data, Print) or channel not in step.channels:
                        continue
                    name = f"{task.id} {step.data.document} {locale}"
                    memory.walk = Walk(task, channel, index)
                    _prepare(memory, task, step, locale)
                    if name not in figures:
                        figures[name] = _timed(maker.for_step, memory)
            figures[f"{task.id} proof {locale}"] = _timed(maker.for_proof, memory)
        visit.close()
    return figures


def _prepare(memory: VisitMemory, task: Task, at: Step, locale: str) -> None:
    """Answer every question, and in such a way that the walk stands on this step."""
    asked = [step.data for step in task.steps if isinstance(step.data, Ask)]
    said = {ask.answer: ask.choices[0].value if ask.choices else SAID for ask in asked}
    memory.answers = said | INVENTED
    for key, values in at.when.items():
        memory.answers[key] = min(values - {UNANSWERED}, default="")
    memory.site = SiteWork(qr=FOUND)
    memory.locale = locale


def _timed(make: Callable[[VisitMemory], PrintWork | None], memory: VisitMemory) -> Figure:
    work = make(memory)
    # A paper on which nothing stands is not made, and would be quick.
    assert work is not None
    assert work.pages > 0
    taken = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        make(memory)
        taken.append((time.perf_counter() - began) * 1000)
    return Figure(tuple(taken), "ms", PDF_GOAL_MS)
