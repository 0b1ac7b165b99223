"""What a visit came to: said as it was, never better."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from device.printer.status import PrinterLevel, PrinterStatus
from kiosk.documents.builder import Builder
from kiosk.tasks.loader import load_content
from kiosk.visit import State
from tests.driving.visiting import READY, Visit

CONTENT = load_content()
MAX_TAPS = 60
OUT_OF_PAPER = PrinterStatus(PrinterLevel.STOPPED, frozenset())
Way = Callable[[Visit], None]


@pytest.fixture
def visit(builder: Builder) -> Iterator[Visit]:
    made = Visit(CONTENT, builder).opens()
    yield made
    made.close()


def prints(visit: Visit) -> None:
    visit.taps("print")
    visit.printer.finishes()
    visit.taps("came-out")


def does_not_want_it(visit: Visit) -> None:
    visit.taps("print-skip")


def prints_in_vain(visit: Visit) -> None:
    visit.taps("print")
    visit.printer.fails(OUT_OF_PAPER)
    visit.taps("print-skip")


def sees_nothing_come(visit: Visit) -> None:
    visit.taps("print")
    visit.printer.finishes()
    visit.taps("nothing-came")
    visit.taps("print-skip")


def passes_a_dead_printer(visit: Visit) -> None:
    visit.controller.printer_changed(OUT_OF_PAPER)
    visit.taps("print-skip")
    visit.controller.printer_changed(READY)


def leaves_and_comes_back(visit: Visit) -> None:
    visit.taps("print-skip")
    visit.taps("back")
    prints(visit)


def ends(visit: Visit, at_the_paper: Way, *, asks_for_places: bool = False) -> str:
    """Walk the counter way of the household certificate; return the outcome that is told."""
    visit.taps("choose-language", code="nl")
    visit.taps("choose-need", id="papers")
    visit.taps("choose-channel", id="counter")
    is_past_paper = False
    for _ in range(MAX_TAPS):
        match visit.state:
            case State.PREVIEW if is_past_paper:
                prints(visit)
            case State.PREVIEW:
                at_the_paper(visit)
                is_past_paper = True
            case State.REFER if asks_for_places:
                visit.taps("refer-print")
            case State.GOODBYE:
                row = visit.link.last("row")
                assert row is not None
                return str(row["row"]["outcome"])
            case _:
                visit.goes_on()
    raise AssertionError(visit.state)


@pytest.mark.parametrize(
    ("at_the_paper", "outcome"),
    [
        (prints, "done"),
        (leaves_and_comes_back, "done"),
        (does_not_want_it, "refused_by_resident"),
        (prints_in_vain, "postponed_technical"),
        (sees_nothing_come, "postponed_technical"),
        (passes_a_dead_printer, "postponed_technical"),
    ],
)
def test_a_matter_is_done_only_when_its_paper_came(
    visit: Visit, at_the_paper: Way, outcome: str
) -> None:
    assert outcome == ends(visit, at_the_paper)


def test_who_took_the_places_that_help_was_sent_on(visit: Visit) -> None:
    assert ends(visit, does_not_want_it, asks_for_places=True) == "referred"


def test_a_house_that_may_not_print_it_is_no_refusal(builder: Builder) -> None:
    visit = Visit(CONTENT, builder, page_cap=0).opens()
    assert ends(visit, does_not_want_it) == "postponed_technical"
    visit.close()


def test_a_visit_that_stops_on_the_way_was_given_up(visit: Visit) -> None:
    visit.taps("choose-language", code="nl")
    visit.taps("choose-need", id="papers")
    visit.taps("choose-channel", id="counter")
    visit.taps("stop")
    row = visit.link.last("row")
    assert row is not None
    assert row["row"]["outcome"] == "abandoned"
