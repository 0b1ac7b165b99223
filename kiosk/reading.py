"""Reading a card for the visit: a child does it, a thread waits, the controller hears."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from typing import Protocol

from device.card.reading import CardFault, CardRead, CardReading
from device.card.status import CardFinding, Field


class Hears(Protocol):
    """Who hears what the card gave."""

    def card_met(self, card_id: str) -> None:
        """Take whose card it is, before anything of it is shown."""
        ...

    def name_read(self, name: str) -> None:
        """Take the name, before the rest."""
        ...

    def card_read(self, values: Mapping[str, str], card_id: str, authenticity: str) -> None:
        """Take the declared fields."""
        ...

    def card_failed(self, finding: CardFinding, is_newest: Callable[[], bool]) -> None:
        """Take why not, if `is_newest` still says so where no other read can begin."""
        ...


_GOOD = frozenset({"valid", "development"})
_NO_EID = frozenset({CardFinding.FOREIGN, CardFinding.NOT_ACTIVATED})


class CardLine:
    """Each read has a child of its own: one that ends late never disturbs the next."""

    def __init__(
        self, reading: Callable[[], CardReading], claim: Callable[[], None] = lambda: None
    ) -> None:
        """`claim` takes the cards for this visit, so that no tool of a technician meets them."""
        self._make = reading
        self.claim = claim
        self._ready: CardReading | None = None
        self._running: list[CardReading] = []
        self._newest = 0
        self._lock = threading.Lock()

    def prepare(self) -> None:
        """Have a child ready, so that consent hides its start."""
        with self._lock:
            if self._ready is None:
                self._ready = self._make()
                threading.Thread(target=self._ready.prepare, daemon=True).start()

    def cancel(self) -> None:
        """End what runs or waits, if anything does."""
        with self._lock:
            ended = [*self._running, *([self._ready] if self._ready else [])]
            self._ready = None
        for reading in ended:
            threading.Thread(target=reading.cancel, daemon=True).start()

    def read(self, fields: tuple[str, ...], card_id: str, hears: Hears) -> None:
        """Read these fields; reports to `hears` from another thread.

        `card_id` of the visit's card, "" for the first: another card is refused unread. Only
        the newest read reports a fault: what was wrong before it is no longer so.
        """
        with self._lock:
            self._newest += 1
            number = self._newest
        threading.Thread(
            target=self._run, args=(number, fields, card_id, hears), daemon=True
        ).start()

    def compare(self, card_id: str, then: Callable[[bool], None]) -> None:
        """Tell `then` whether the card that is in is the card of this visit."""
        threading.Thread(target=self._compare, args=(card_id, then), daemon=True).start()

    def _compare(self, card_id: str, then: Callable[[bool], None]) -> None:
        found = self._make().identify()
        if isinstance(found, str):
            then(found == card_id)
        elif found.finding in _NO_EID:
            then(False)

    def _run(self, number: int, fields: tuple[str, ...], card_id: str, hears: Hears) -> None:
        with self._lock:
            current, self._ready = self._ready or self._make(), None
            self._running.append(current)

        def first(values: Mapping[Field, str]) -> None:
            name = f"{values.get(Field.FIRST_NAMES, '')} {values.get(Field.SURNAME, '')}".strip()
            if name:
                hears.name_read(name)

        try:
            result = current.read(
                frozenset(Field(name) for name in fields),
                first,
                expected_card=card_id or None,
                on_card=hears.card_met,
            )
        finally:
            with self._lock:
                self._running.remove(current)
        if isinstance(result, CardFault):
            hears.card_failed(result.finding, lambda: number == self._newest)
        else:
            values = {field.value: value for field, value in result.fields.items()}
            hears.card_read(values, result.card_id, _verdict(result))


def _verdict(result: CardRead) -> str:
    """Return what the review says of the card; its first doubt, if there is one."""
    # Signed files on a chip that they do not name prove the data, and not this card.
    if not result.is_of_this_chip:
        return "unknown"
    verdict = result.authenticity.verdict
    return "expired" if result.is_expired and verdict in _GOOD else verdict
