"""The line to the card: reads that overlap, and which of them is heard."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Mapping
from typing import Any, cast

import pytest

from device.card.reading import CardFault, CardRead, CardReading
from device.card.status import CardFinding
from device.card.verdict import Authenticity, Issuer, Part, Verdict
from kiosk.reading import CardLine

LIMIT_S = 10.0


class HandReading:
    """A reading that ends when the test says how."""

    def __init__(self, begun: queue.Queue[None]) -> None:
        self.begun = begun
        self.end: queue.Queue[CardRead | CardFault] = queue.Queue()

    def prepare(self) -> None:
        pass

    def cancel(self) -> None:
        self.end.put(CardFault(CardFinding.CANCELLED))

    def read(self, fields: object, first: Callable[..., None], **_: object) -> CardRead | CardFault:
        self.begun.put(None)
        return self.end.get(timeout=LIMIT_S)


class Ears:
    """Who hears, and writes down what."""

    def __init__(self) -> None:
        self.failed: queue.Queue[CardFinding] = queue.Queue()
        self.authenticity = ""
        self.reads_again: Callable[[], object] | None = None

    def card_met(self, card_id: str) -> None:
        pass

    def name_read(self, name: str) -> None:
        pass

    def card_read(self, values: Mapping[str, str], card_id: str, authenticity: str) -> None:
        self.authenticity = authenticity

    def card_failed(self, finding: CardFinding, is_newest: Callable[[], bool]) -> None:
        if self.reads_again:
            reads_again, self.reads_again = self.reads_again, None
            reads_again()
        if is_newest():
            self.failed.put(finding)


def by_hand() -> tuple[CardLine, list[Any], queue.Queue[None]]:
    """Return a line, the readings it makes, which the test ends, and a word for each that began."""
    begun: queue.Queue[None] = queue.Queue()
    made: list[Any] = []

    def reading() -> Any:
        made.append(HandReading(begun))
        return made[-1]

    return CardLine(reading), made, begun


def reads(line: CardLine, ears: Ears) -> threading.Thread:
    """Begin a read and return the thread that waits for it."""
    before = set(threading.enumerate())
    line.read(("surname",), "", ears)
    (thread,) = set(threading.enumerate()) - before
    return thread


def test_what_was_wrong_before_the_newest_read_began_is_not_heard() -> None:
    # given a reader that comes back while it is still being missed
    line, made, begun = by_hand()
    ears = Ears()
    threads = []
    for _ in range(2):
        threads.append(reads(line, ears))
        begun.get(timeout=LIMIT_S)
    # when the first says late what it found, and then the second
    for number, finding in enumerate((CardFinding.NO_READER, CardFinding.MUTE)):
        made[number].end.put(CardFault(finding))
        threads[number].join(LIMIT_S)
    # then
    assert list(ears.failed.queue) == [CardFinding.MUTE]


def test_a_read_that_begins_while_the_one_before_says_what_was_wrong_is_the_one_that_counts() -> (
    None
):
    # given a fault that waits for its turn to be told
    line, made, begun = by_hand()
    ears = Ears()
    thread = reads(line, ears)
    begun.get(timeout=LIMIT_S)
    # when the card comes in at that very moment, and is read
    newer: list[threading.Thread] = []
    ears.reads_again = lambda: newer.append(reads(line, ears))
    made[0].end.put(CardFault(CardFinding.NO_READER))
    thread.join(LIMIT_S)
    begun.get(timeout=LIMIT_S)
    # then nobody hears that there is no reader
    assert list(ears.failed.queue) == []
    made[1].end.put(CardFault(CardFinding.MUTE))
    newer[0].join(LIMIT_S)
    assert list(ears.failed.queue) == [CardFinding.MUTE]


@pytest.mark.parametrize(
    ("found", "told"),
    [
        ("card-one", [True]),
        ("card-two", [False]),
        (CardFault(CardFinding.FOREIGN), [False]),
        (CardFault(CardFinding.NOT_ACTIVATED), [False]),
        # Perhaps the visit's own, the wrong way round.
        (CardFault(CardFinding.MUTE), []),
        (CardFault(CardFinding.REMOVED), []),
    ],
)
def test_what_is_no_eid_is_not_the_card_of_the_visit(
    found: str | CardFault, told: list[bool]
) -> None:
    class Meets:
        def identify(self) -> str | CardFault:
            return found

    heard: list[bool] = []
    before = set(threading.enumerate())
    CardLine(lambda: cast("CardReading", Meets())).compare("card-one", heard.append)
    for thread in set(threading.enumerate()) - before:
        thread.join(LIMIT_S)
    assert heard == told


def test_a_child_that_waits_for_consent_ends_with_the_screen_that_asked() -> None:
    # given
    line, made, begun = by_hand()
    ears = Ears()
    line.prepare()
    # when
    line.cancel()
    # then it is told to end, and the next read has another one
    assert made[0].end.get(timeout=LIMIT_S).finding is CardFinding.CANCELLED
    thread = reads(line, ears)
    begun.get(timeout=LIMIT_S)
    assert len(made) == 2
    made[1].end.put(CardFault(CardFinding.MUTE))
    thread.join(LIMIT_S)


@pytest.mark.parametrize(
    ("is_of_this_chip", "is_expired", "told"),
    [
        (True, False, "valid"),
        (True, True, "expired"),
        (False, False, "unknown"),
        (False, True, "unknown"),
    ],
)
def test_a_card_of_another_chip_or_past_its_day_is_not_called_genuine(
    is_of_this_chip: bool, is_expired: bool, told: str
) -> None:
    # given
    line, made, begun = by_hand()
    ears = Ears()
    thread = reads(line, ears)
    begun.get(timeout=LIMIT_S)
    # when
    good = Authenticity(
        identity=Part(Verdict.VALID),
        address=Part(Verdict.VALID),
        issuer=Part(Issuer.TRUSTED),
        is_development=False,
    )
    made[0].end.put(CardRead({}, "card", good, is_of_this_chip, is_expired, 0.0, 0.0))
    thread.join(LIMIT_S)
    # then
    assert ears.authenticity == told
