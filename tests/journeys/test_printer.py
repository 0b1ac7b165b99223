"""Paper is what people came for: every trouble of the printer has a screen, and a way on."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.driving.resident import Resident
from tests.driving.twin import Twin, until
from tests.journeys.conftest import Arrives

TROUBLES = [
    ("run_out_of_paper", "load_paper", "papier"),
    ("jam", "clear_jam", "vast"),
    ("open_cover", "close_cover", "klep|deksel|open"),
]


@pytest.fixture
def slip(arrives: Arrives, twin: Twin) -> Iterator[Resident]:
    """Give somebody who stands before the preview of a slip."""
    visitor = arrives("nl", answers={"card_problem": "code"}).begins()
    visitor.chooses("card", "counter")
    visitor.walks_to("preview")
    yield visitor
    twin.printer_takes(0)
    for mend in ("load_paper", "clear_jam", "close_cover", "plug"):
        twin.printer(mend)


@pytest.mark.parametrize(("breaks", "mends", "said"), TROUBLES)
def test_a_printer_that_waits_for_a_person_says_so_and_prints_on(
    slip: Resident, twin: Twin, breaks: str, mends: str, said: str
) -> None:
    # given
    twin.printer(breaks)
    # when
    slip.screen.taps_on("print")
    slip.screen.shows("printing", "printer-trouble")
    until(lambda: slip.screen.has(f"(?i){said}"), "what is wrong with the printer")
    # then it prints on once somebody has helped
    twin.printer(mends)
    if slip.screen.state == "printer-trouble":
        slip.screen.taps_on("print-retry")
    slip.screen.shows("take-papers", limit_s=30)
    (paper,) = slip.papers()
    assert paper.has("Ik ken mijn code niet meer")
    slip.walks_to("goodbye")
    slip.finishes()


def test_a_printer_unplugged_in_mid_job_prints_after_it_is_back(slip: Resident, twin: Twin) -> None:
    # given a page that takes its time
    twin.printer_takes(20)
    slip.screen.taps_on("print")
    slip.screen.shows("printing")
    # when
    twin.printer("unplug")
    slip.screen.shows("printer-trouble")
    assert slip.screen.button("print-skip").count()
    twin.printer_takes(0)
    twin.printer("plug")
    slip.screen.taps_on("print-retry")
    # then one paper came out, not two
    slip.screen.shows("take-papers", "printer-trouble", limit_s=30)
    if slip.screen.state == "printer-trouble":
        slip.screen.taps_on("print-retry")
        slip.screen.shows("take-papers", limit_s=30)
    (paper,) = slip.papers()
    assert paper.has("Ik ken mijn code niet meer")
    slip.walks_to("goodbye")
    slip.finishes()


def test_when_nothing_came_it_is_printed_again(slip: Resident) -> None:
    slip.screen.taps_on("print")
    slip.screen.shows("take-papers")
    # when the person says that the tray is empty
    slip.screen.taps_on("nothing-came")
    slip.screen.shows("printer-trouble")
    slip.screen.taps_on("print-retry")
    slip.screen.shows("take-papers")
    # then
    assert len(slip.papers()) == 2
    slip.walks_to("goodbye")
    slip.finishes()


def test_a_job_that_is_stopped_prints_nothing_and_the_way_goes_on(
    slip: Resident, twin: Twin
) -> None:
    # given
    twin.printer_takes(20)
    slip.screen.taps_on("print")
    slip.screen.shows("printing")
    # when
    slip.screen.taps_on("print-skip")
    slip.screen.shows("teach-back")
    twin.printer_takes(0)
    # then
    slip.walks_to("goodbye")
    assert slip.papers() == []
    slip.finishes()
