"""Reading a card: how long in all, how much of it was waiting for card and reader."""

from __future__ import annotations

import secrets
import time
from collections.abc import Mapping
from functools import partial

from device.card.reading import CardFault, CardReading, ReadingConfig
from device.card.status import Field
from tests.bench.client import part_of
from tests.bench.spread import ROUNDS, Figure
from tests.driving.twin import Twin

SOFTWARE_GOAL_MS = 60.0
FIELDS = frozenset(
    {Field.SURNAME, Field.FIRST_NAMES, Field.STREET, Field.POSTAL_CODE, Field.MUNICIPALITY}
)


def reading_times(twin: Twin) -> dict[str, Figure]:
    """Return total, wire and software time of a read with a warm child, in ms, per card."""
    from pathlib import Path

    part = part_of(twin, "card")
    config = ReadingConfig(
        backend=part["backend"],
        trust_dir=Path(part["trust_dir"]),
        environment=part.get("environment", {}),
    )
    figures: dict[str, Figure] = {}
    for card in ("jean-marie", "telma"):
        totals, wires, names = [], [], []
        twin.inserts(card)
        for _ in range(ROUNDS):
            reading = CardReading(config, visit_key=secrets.token_bytes(32), traces_fd=None)
            reading.prepare()
            # The time that consent takes: the child imports its libraries meanwhile.
            time.sleep(1.0)
            began = time.perf_counter()
            first: list[float] = []
            result = reading.read(FIELDS, partial(_note, first, began))
            if isinstance(result, CardFault):
                raise AssertionError(result.finding)
            totals.append(result.total_ms)
            wires.append(result.wire_ms)
            names += first[:1]
        twin.pulls_the_card()
        software = [total - wire for total, wire in zip(totals, wires, strict=True)]
        figures |= {
            f"{card} whole read": Figure(tuple(totals), "ms"),
            f"{card} name known": Figure(tuple(names), "ms"),
            f"{card} waiting for card and reader": Figure(tuple(wires), "ms"),
            f"{card} software": Figure(tuple(software), "ms", SOFTWARE_GOAL_MS),
        }
    return figures


def _note(taken_ms: list[float], began: float, _: Mapping[Field, str]) -> None:
    taken_ms.append((time.perf_counter() - began) * 1000)
