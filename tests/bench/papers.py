"""How long a paper takes, warm, in the process that shows it."""

from __future__ import annotations

import time

from kiosk.documents.builder import Builder
from kiosk.memory import VisitMemory
from kiosk.tasks.engine import begin
from kiosk.tasks.loader import load_content
from kiosk.tasks.model import ChannelKind, Exists, Print
from tests.bench.spread import ROUNDS, Figure
from tests.driving.visiting import INVENTED, Visit

PDF_GOAL_MS = 30.0


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
                _prepare(memory, locale)
                memory.task, memory.walk = task, begin(task, channel)
                for index, step in enumerate(task.steps):
                    if not isinstance(step.data, Print) or channel not in step.channels:
                        continue
                    name = f"{task.id} {step.data.document} {locale}"
                    memory.walk = begin(task, channel).__class__(task, channel, index)
                    if name not in figures:
                        figures[name] = _timed(lambda m=memory: maker.for_step(m))
            figures[f"{task.id} proof {locale}"] = _timed(lambda m=memory: maker.for_proof(m))
        visit.close()
    return figures


def _prepare(memory: VisitMemory, locale: str) -> None:
    memory.answers = dict(INVENTED)
    memory.locale = locale


def _timed(make: object) -> Figure:
    assert callable(make)
    make()
    taken = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        make()
        taken.append((time.perf_counter() - began) * 1000)
    return Figure(tuple(taken), "ms", PDF_GOAL_MS)


CHANNELS = tuple(ChannelKind)
