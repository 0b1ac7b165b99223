"""A letter of the shipped content, made of invented answers and read back as it is drawn."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Mapping
from itertools import groupby

from kiosk.documents.builder import Builder
from kiosk.i18n import I18n
from kiosk.memory import PrintWork, VisitMemory
from kiosk.papers import PaperMaker
from kiosk.screens import TextSize
from kiosk.showing import Showing
from kiosk.tasks.engine import Walk
from kiosk.tasks.loader import Content
from kiosk.tasks.model import ChannelKind, Print
from kiosk.tasks.paper import Letter
from kiosk.tasks.vocabulary import BY_HAND
from tests.driving.plain import plain
from tests.driving.visiting import profile

WORDS = re.compile(r'<word xMin="([\d.]+)" yMin="([\d.]+)"[^>]*>([^<]*)</word>')
MIDDLE = 210 / 2 / 25.4 * 72
"""Where the resident's column ends and the other begins, in points."""

ANSWERS = {
    "operator": "proximus",
    "problem": "box_returned",
    "return_how": "post",
    "return_date": "03/11/2025",
    "customer_number": "KL 44-9/AC",
    "bill_number": "F/2025-0117",
    "bill_amount": "129,50",
    "operator_address": "Modelstraat 8, 1000 Nergens",
    "asked_by": "public",
    "letter_language": "fr",
    "card": BY_HAND,
    "surname": "Voorbeeld",
    "first_names": "Proef",
    "street": "Proefstraat 12",
    "postal_code": "1000",
    "municipality": "Nergenshuizen",
}


def letter_of(
    builder: Builder,
    content: Content,
    task_id: str,
    locale: str,
    said: Mapping[str, str],
    size: TextSize = TextSize.NORMAL,
) -> PrintWork:
    """Make the letter of a task for somebody who said `ANSWERS` and what is given here."""
    task, place = content.tasks[task_id], profile()
    step = next(
        step
        for step in task.steps
        if isinstance(step.data, Print) and isinstance(task.documents[step.data.document], Letter)
    )
    memory = VisitMemory(locale=locale, today="2026-01-05", task=task, text_size=size)
    memory.answers = {**ANSWERS, **{key: min(values) for key, values in step.when.items()}, **said}
    memory.walk = Walk(task, ChannelKind.PAPER, task.steps.index(step))
    showing = Showing(place, content)
    maker = PaperMaker(place, builder, I18n(), showing.places, {}, content.municipalities)
    work = maker.for_step(memory)
    assert work is not None
    return work


def column(pdf: bytes, *, is_right: bool) -> list[str]:
    """Return the lines of one half of the first page, each as the eye meets it from the left."""
    told = subprocess.run(
        ["/usr/bin/pdftotext", "-l", "1", "-bbox", "-", "-"],
        input=pdf,
        capture_output=True,
        check=True,
    )
    found = sorted(
        (round(float(y)), float(x), word)
        for x, y, word in WORDS.findall(told.stdout.decode())
        if (float(x) > MIDDLE) is is_right
    )
    return [plain(" ".join(w for *_, w in line)) for _, line in groupby(found, lambda one: one[0])]
