"""A wallet card is read by eyes that are not young: what it says stands at 12 points."""

from __future__ import annotations

import io
from collections import defaultdict
from typing import Any

import pypdf
import pytest

from kiosk.documents.builder import Builder
from kiosk.i18n import I18n
from kiosk.memory import PrintWork, VisitMemory
from kiosk.papers import PaperMaker
from kiosk.screens import TextSize
from kiosk.showing import Showing
from kiosk.tasks.engine import Walk
from kiosk.tasks.loader import load_content
from kiosk.tasks.model import ChannelKind, Print
from tests.driving.plain import plain
from tests.driving.visiting import LANGUAGES, profile

CONTENT = load_content()
TASK = CONTENT.tasks["wallet-card"]
SAID = {
    "contacts": {
        "first_contact_name": "Dona Proefinha",
        "first_contact_phone": "02 555 01 42",
        "second_contact_name": "São Teste",
        "second_contact_phone": "02 555 01 99",
    },
    "appointment": {
        "appointment_with": "Dokter Voorbeeld",
        "appointment_date": "05/12/2026",
        "appointment_time": "14:30",
        "appointment_where": "Rue du Modèle 12, 1000 Bruxelles",
    },
    "words": {"card_text": "Ik heb geen computer. Ik wil een papier. Kunt u mij helpen?"},
}
READ_PT, SMALLEST_PT = 12, 9
LONG = 44


@pytest.fixture(scope="module")
def builder() -> Builder:
    return Builder()


def card_of(
    builder: Builder, kind: str, locale: str, said: dict[str, str], size: TextSize
) -> PrintWork | None:
    step = next(
        step
        for step in TASK.steps
        if isinstance(step.data, Print) and kind in step.when.get("card_kind", ())
    )
    memory = VisitMemory(locale=locale, today="2026-01-05", task=TASK, text_size=size)
    memory.answers = {"card_kind": kind, **said}
    memory.walk = Walk(TASK, ChannelKind.PAPER, TASK.steps.index(step))
    place = profile()
    showing = Showing(place, CONTENT)
    return PaperMaker(place, builder, I18n(), showing.places, {}).for_step(memory)


def sizes_of(pdf: bytes) -> dict[float, str]:
    """Return what stands on a sheet by its size in points, without blanks."""
    found: dict[float, str] = defaultdict(str)

    def note(text: str, cm: list[float], tm: list[float], font: Any, size: float) -> None:
        found[round(size * abs(tm[3]) * abs(cm[3]), 1)] += "".join(plain(text).split())

    pypdf.PdfReader(io.BytesIO(pdf)).pages[0].extract_text(visitor_text=note)
    return {size: text for size, text in found.items() if text}


@pytest.mark.parametrize("size", [TextSize.NORMAL, TextSize.XL])
@pytest.mark.parametrize("locale", LANGUAGES)
@pytest.mark.parametrize("kind", SAID)
def test_what_a_card_says_stands_at_twelve_points(
    builder: Builder, kind: str, locale: str, size: TextSize
) -> None:
    work = card_of(builder, kind, locale, SAID[kind], size)
    assert work is not None
    found = sizes_of(work.pdf)
    assert min(found) >= SMALLEST_PT
    large = "".join(text for points, text in found.items() if points >= READ_PT)
    for value in SAID[kind].values():
        for word in value.split():
            assert word in large, found


@pytest.mark.parametrize("locale", LANGUAGES)
@pytest.mark.parametrize("kind", SAID)
def test_a_card_with_long_words_is_smaller_and_still_comes(
    builder: Builder, kind: str, locale: str
) -> None:
    # The code has its own limit: Arabic labels take twice as many bytes in it.
    said = {key: f"{value}, {value}"[:LONG] for key, value in SAID[kind].items()}
    assert card_of(builder, kind, locale, said, TextSize.NORMAL) is not None
