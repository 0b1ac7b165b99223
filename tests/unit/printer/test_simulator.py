"""The simulated printer's own laws; what it shares with the real one is in the contract."""

from pathlib import Path

from device.printer.simulator import SimulatedPrinter
from device.printer.status import JobState, PrinterLevel
from tests.unit.printer.papers import paper


class HandClock:
    """A clock that the test moves."""

    def __init__(self) -> None:
        self.now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


def test_a_hand_on_the_same_folder_acts_from_another_process(tmp_path: Path) -> None:
    printer, hand = SimulatedPrinter(tmp_path), SimulatedPrinter(tmp_path)
    hand.unplug()
    assert printer.status().level is PrinterLevel.ABSENT
    hand.plug()
    hand.run_low_on_toner()
    assert printer.status().level is PrinterLevel.WARNING


def test_pages_take_their_time_and_time_does_not_count_while_it_is_jammed(tmp_path: Path) -> None:
    # given a printer that needs 2 s a page
    clock = HandClock()
    printer = SimulatedPrinter(tmp_path, clock=clock)
    printer.slow(2)
    job = printer.submit(paper("slow", pages=3))
    assert printer.progress(job).state is JobState.PRINTING
    # when 2 s pass, then one page is done
    clock.now_s += 2
    assert printer.progress(job).pages_done == 1
    # when it jams for an hour, then nothing moves
    printer.jam()
    clock.now_s += 3600
    assert printer.progress(job).state is JobState.STUCK
    assert printer.progress(job).pages_done == 1
    # when the jam is cleared, then it goes on where it was
    printer.clear_jam()
    clock.now_s += 2
    assert printer.progress(job).pages_done == 2
    clock.now_s += 2
    assert printer.progress(job).state is JobState.COMPLETED
    assert len(printer.pages()) == 1


def test_a_document_is_in_no_file_until_it_is_printed(tmp_path: Path) -> None:
    printer = SimulatedPrinter(tmp_path)
    printer.jam()
    job = printer.submit(paper("canary of the document"))
    assert printer.progress(job).state is JobState.STUCK
    for path in tmp_path.rglob("*"):
        assert path.is_dir() or b"canary" not in path.read_bytes()


def test_the_folder_of_papers_may_be_taken_away_between_visits(tmp_path: Path) -> None:
    printer = SimulatedPrinter(tmp_path)
    (tmp_path / "out").rmdir()
    job = printer.submit(paper("again"))
    assert printer.progress(job).state is JobState.COMPLETED
    assert [path.name for path in printer.pages()] == ["0001.pdf"]
