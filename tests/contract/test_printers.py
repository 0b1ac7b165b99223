"""What every printer does: the simulated one, and a real CUPS with a real IPP printer process."""

import importlib.util
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from device.printer.document import MAX_DOCUMENT_BYTES
from device.printer.errors import DocumentRefused, PrinterAbsent, PrinterRefused, PrinterStopped
from device.printer.simulator import SimulatedPrinter
from device.printer.status import JobState, Printer, PrinterLevel, PrinterStatus, Reason
from provisioning.twin.virtual_printer import VirtualPrinter
from tests.driving import parts
from tests.unit.printer.papers import paper, words_of
from tests.unit.printer.waiting import until

READY = PrinterStatus(PrinterLevel.READY)
FAULTS = [
    ("run_out_of_paper", "load_paper", Reason.MEDIA_EMPTY),
    ("jam", "clear_jam", Reason.MEDIA_JAM),
    ("open_cover", "close_cover", Reason.COVER_OPEN),
]


@dataclass(frozen=True)
class Rig:
    """A printer, and the hand and eye of the person who stands beside it."""

    printer: Printer
    hand: VirtualPrinter | SimulatedPrinter

    def papers(self) -> list[str]:
        """Return the words of the papers that came out."""
        return [words_of(path) for path in self.hand.pages()]

    def ends(self, job: int, state: JobState) -> None:
        """Wait for a job to end in a state."""
        until(lambda: self.printer.progress(job).state is state)

    def sticks(self, job: int, reason: Reason) -> None:
        """Wait for a job to be stuck for a reason."""

        def is_stuck() -> bool:
            progress = self.printer.progress(job)
            return progress.state is JobState.STUCK and reason in progress.reasons

        until(is_stuck)

    def prints(self, words: str) -> None:
        """Print a paper and wait for its end."""
        self.ends(self.printer.submit(paper(words)), JobState.COMPLETED)


@pytest.fixture(params=["simulated", pytest.param("cups", marks=pytest.mark.real)])
def rig(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Rig]:
    if request.param == "simulated":
        simulated = SimulatedPrinter(tmp_path / "printer")
        yield Rig(simulated, SimulatedPrinter(tmp_path / "printer"))
        return
    if importlib.util.find_spec("cups") is None:
        pytest.skip("pycups is not installed")
    from provisioning.twin.printer.wired import (
        missing_programs,
        traversable_folder,
        wired_printer,
    )

    if missing := missing_programs():
        pytest.skip(f"not installed: {', '.join(missing)}")
    request.getfixturevalue("real_parts").used(parts.cups())
    with traversable_folder() as folder, wired_printer(folder) as wired:
        yield Rig(wired.printer, wired.device)


def act(rig: Rig, hand: str) -> None:
    move: Callable[[], None] = getattr(rig.hand, hand)
    move()


def test_a_ready_printer_gives_the_paper(rig: Rig) -> None:
    assert rig.printer.status() == READY
    rig.prints("bread and butter")
    assert len(rig.papers()) == 1
    assert "bread and butter" in rig.papers()[0]


def test_a_paper_is_nobody_elses_to_read(rig: Rig) -> None:
    rig.prints("a letter with a name in it")

    (page,) = rig.hand.pages()
    assert 0o700 == page.parent.stat().st_mode & 0o777


def test_copies_come_out_one_after_the_other(rig: Rig) -> None:
    job = rig.printer.submit(paper("twice"), copies=2)
    rig.ends(job, JobState.COMPLETED)
    assert [("twice" in words) for words in rig.papers()] == [True, True]


@pytest.mark.parametrize("copies", [0, -1, 4])
def test_an_impossible_number_of_copies_is_our_own_mistake(rig: Rig, copies: int) -> None:
    with pytest.raises(ValueError, match="copies"):
        rig.printer.submit(paper("copies"), copies=copies)


@pytest.mark.parametrize(
    "document",
    [b"", b"GIF89a", b"%PDF-" + bytes(MAX_DOCUMENT_BYTES)],
    # 20 MB of zeros are no name for a test.
    ids=["empty", "another-kind", "too-large"],
)
def test_what_is_no_pdf_or_too_large_is_refused(rig: Rig, document: bytes) -> None:
    with pytest.raises(DocumentRefused) as refused:
        rig.printer.submit(document)
    assert refused.value.code == "document-refused"
    assert rig.printer.leftovers() == 0


@pytest.mark.parametrize(("breaks", "mends", "reason"), FAULTS)
def test_a_fault_of_an_idle_printer_is_a_warning_with_its_reason(
    rig: Rig, breaks: str, mends: str, reason: Reason
) -> None:
    act(rig, breaks)
    expected = PrinterStatus(PrinterLevel.WARNING, frozenset({reason}))
    until(lambda: rig.printer.status() == expected)
    act(rig, mends)
    until(lambda: rig.printer.status() == READY)


@pytest.mark.parametrize(("breaks", "mends", "reason"), FAULTS)
def test_a_job_is_stuck_for_a_reason_and_goes_on_when_a_person_helps(
    rig: Rig, breaks: str, mends: str, reason: Reason
) -> None:
    # given a printer with a fault, when a paper is sent
    act(rig, breaks)
    job = rig.printer.submit(paper("patience"))
    # then it is stuck, says why, and takes nothing more
    rig.sticks(job, reason)
    assert rig.printer.status().level is PrinterLevel.STOPPED
    assert rig.papers() == []
    with pytest.raises(PrinterStopped) as stopped:
        rig.printer.submit(paper("another"))
    assert reason in stopped.value.reasons
    # when a person mends it, then the paper comes, once
    act(rig, mends)
    rig.ends(job, JobState.COMPLETED)
    assert len(rig.papers()) == 1
    assert rig.printer.status() == READY


def test_a_fault_in_the_middle_of_a_job_holds_it_up(rig: Rig) -> None:
    # given a job in work
    rig.hand.slow(0.3)
    job = rig.printer.submit(paper("middle", pages=4))
    until(lambda: rig.printer.progress(job).pages_done == 1)
    assert rig.printer.progress(job).state is JobState.PRINTING
    # when
    rig.hand.jam()
    # then
    rig.sticks(job, Reason.MEDIA_JAM)
    rig.hand.slow(0)
    rig.hand.clear_jam()
    rig.ends(job, JobState.COMPLETED)
    assert len(rig.papers()) == 1


def test_low_toner_is_a_warning_and_the_paper_comes(rig: Rig) -> None:
    rig.hand.run_low_on_toner()
    expected = PrinterStatus(PrinterLevel.WARNING, frozenset({Reason.TONER_LOW}))
    until(lambda: rig.printer.status() == expected)
    rig.prints("pale")
    assert len(rig.papers()) == 1
    rig.hand.replace_toner()
    until(lambda: rig.printer.status() == READY)


def test_an_unplugged_printer_is_a_level_and_takes_nothing(rig: Rig) -> None:
    rig.hand.unplug()
    expected = PrinterStatus(PrinterLevel.ABSENT, frozenset({Reason.OFFLINE}))
    assert rig.printer.status() == expected
    with pytest.raises(PrinterAbsent) as absent:
        rig.printer.submit(paper("nowhere"))
    assert absent.value.code == "printer-absent"
    assert rig.printer.leftovers() == 0
    rig.hand.plug()
    assert rig.printer.status() == READY
    rig.prints("back again")


def test_a_page_vanishes_when_the_printer_is_unplugged_in_the_middle(rig: Rig) -> None:
    # given a job in work
    rig.hand.slow(0.3)
    job = rig.printer.submit(paper("half", pages=6))
    until(lambda: rig.printer.progress(job).pages_done == 1)
    # when the plug is pulled
    rig.hand.unplug()
    # then
    assert rig.printer.status().level is PrinterLevel.ABSENT
    rig.sticks(job, Reason.OFFLINE)
    assert rig.papers() == []
    # when the visit gives up, then nothing of it comes out of the printer that is back
    rig.printer.purge()
    rig.hand.slow(0)
    rig.hand.plug()
    rig.prints("next visit")
    assert len(rig.papers()) == 1
    assert "next visit" in rig.papers()[0]


def test_a_cancelled_job_does_not_come_out_when_the_fault_is_mended(rig: Rig) -> None:
    rig.hand.jam()
    job = rig.printer.submit(paper("regretted"))
    rig.sticks(job, Reason.MEDIA_JAM)
    rig.printer.cancel(job)
    rig.ends(job, JobState.CANCELED)
    rig.hand.clear_jam()
    until(lambda: rig.printer.status() == READY)
    rig.prints("wanted")
    assert len(rig.papers()) == 1
    assert "wanted" in rig.papers()[0]


def test_a_cancel_at_any_moment_of_the_way_to_the_printer_is_heard_there(rig: Rig) -> None:
    for looks in range(6):
        # given
        rig.hand.jam()
        job = rig.printer.submit(paper("regretted"))
        for _ in range(looks):
            rig.printer.progress(job)
        # when
        rig.printer.cancel(job)
        # then
        rig.hand.clear_jam()
        rig.ends(job, JobState.CANCELED)
        rig.prints("wanted")
        assert ["regretted" in words for words in rig.papers()] == [False] * (looks + 1)


def test_cancelling_what_has_ended_or_never_was_is_harmless(rig: Rig) -> None:
    job = rig.printer.submit(paper("done"))
    rig.ends(job, JobState.COMPLETED)
    rig.printer.cancel(job)
    rig.printer.cancel(job + 1000)
    assert rig.printer.progress(job).state is JobState.COMPLETED
    assert rig.printer.progress(job + 1000).state is JobState.GONE


@pytest.mark.parametrize(("breaks", "mends", "reason"), FAULTS)
def test_what_is_purged_is_forgotten_and_never_comes_out(
    rig: Rig, breaks: str, mends: str, reason: Reason
) -> None:
    # given one paper printed and one stuck
    rig.prints("first")
    act(rig, breaks)
    job = rig.printer.submit(paper("stuck"))
    rig.sticks(job, reason)
    assert rig.printer.leftovers() > 0
    # when
    rig.printer.purge()
    # then
    assert rig.printer.leftovers() == 0
    assert rig.printer.progress(job).state is JobState.GONE
    act(rig, mends)
    until(lambda: rig.printer.status() == READY)
    rig.prints("next visit")
    assert ["stuck" in words for words in rig.papers()] == [False, False]


def test_a_purge_right_after_the_submit_leaves_nothing_that_prints_later(rig: Rig) -> None:
    # given jobs caught at every moment of their way to the printer
    rig.hand.slow(0.3)
    for looks in range(8):
        job = rig.printer.submit(paper("withdrawn", pages=9))
        for _ in range(looks):
            rig.printer.progress(job)
        rig.printer.purge()
        assert rig.printer.leftovers() == 0
    # when
    rig.hand.slow(0)
    rig.prints("next visit")
    # then
    assert ["withdrawn" in words for words in rig.papers()] == [False]


def test_an_error_names_a_code_and_keywords_and_nothing_else(rig: Rig) -> None:
    rig.hand.unplug()
    with pytest.raises(PrinterAbsent) as absent:
        rig.printer.submit(paper("canary of a name"))
    assert absent.value.args == ("printer-absent", "offline")
    assert not isinstance(absent.value, PrinterRefused)
