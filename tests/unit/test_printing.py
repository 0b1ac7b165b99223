"""What has become of a print job: what the screen may say of it, whatever the printer says now."""

from __future__ import annotations

import errno
import itertools
import threading
from pathlib import Path

import pytest

from device.printer.errors import PurgeFailed
from device.printer.simulator import SimulatedPrinter
from device.printer.status import (
    JobProgress,
    JobState,
    PrinterLevel,
    PrinterStatus,
    Reason,
)
from kiosk.memory import PrintWork, Purpose
from kiosk.printing import PrintLine
from kiosk.screens import JobFate
from tests.unit.printer.papers import paper

LIMIT_S = 10.0


class Heard:
    """Who hears how a job goes."""

    def __init__(self) -> None:
        self.moved, self.ended = threading.Event(), threading.Event()
        self.is_done = False

    def job_moved(self, *, page: int, status: PrinterStatus, is_slow: bool) -> None:
        self.moved.set()

    def job_ended(self, *, is_done: bool, status: PrinterStatus) -> None:
        self.is_done = is_done
        self.ended.set()


@pytest.fixture
def printer(tmp_path: Path) -> SimulatedPrinter:
    return SimulatedPrinter(tmp_path)


@pytest.fixture
def work() -> PrintWork:
    return PrintWork(Purpose.STEP, "a paper", paper("Proef"), 1)


def prints(
    printer: SimulatedPrinter, work: PrintWork, breaks: str = "", *, deadline_s: float = 60
) -> bool:
    """Print; do what `breaks` names once the job is on its way; tell whether it is through."""
    heard = Heard()
    line = PrintLine(printer, poll_s=0.01)
    line.print(work, deadline_s, heard)
    if breaks:
        assert heard.moved.wait(LIMIT_S)
        getattr(printer, breaks)()
    assert heard.ended.wait(LIMIT_S)
    return heard.is_done


def test_a_job_that_came_through_is_not_called_wiped(
    printer: SimulatedPrinter, work: PrintWork
) -> None:
    assert prints(printer, work)
    # Who says that nothing came has to know that paper may still come.
    assert work.fate is JobFate.OPEN


def test_nothing_was_sent_to_a_printer_that_was_stopped_before(
    printer: SimulatedPrinter, work: PrintWork
) -> None:
    printer.unplug()
    assert not prints(printer, work)
    assert work.fate is JobFate.NOT_SENT


def test_a_print_service_that_is_just_coming_back_is_waited_for(
    printer: SimulatedPrinter, work: PrintWork, monkeypatch: pytest.MonkeyPatch
) -> None:
    down = PrinterStatus(PrinterLevel.ABSENT, frozenset({Reason.SHUTDOWN}))
    answers = [down, down]
    status = printer.status
    monkeypatch.setattr(printer, "status", lambda: answers.pop() if answers else status())

    assert prints(printer, work)


def test_a_print_service_that_does_not_come_back_is_not_waited_for_any_longer(
    printer: SimulatedPrinter, work: PrintWork, monkeypatch: pytest.MonkeyPatch
) -> None:
    down = PrinterStatus(PrinterLevel.ABSENT, frozenset({Reason.SHUTDOWN}))
    monkeypatch.setattr(printer, "status", lambda: down)
    ticks = itertools.count()
    heard = Heard()

    PrintLine(printer, poll_s=0.001, monotonic=lambda: next(ticks)).print(work, 60, heard)

    assert heard.ended.wait(LIMIT_S)
    assert not heard.is_done
    assert work.fate is JobFate.NOT_SENT


def test_a_machine_without_room_has_sent_nothing_and_says_so_until_the_next_try(
    printer: SimulatedPrinter, work: PrintWork, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> int:
        raise OSError(errno.ENOSPC, "full")

    with monkeypatch.context() as patched:
        patched.setattr(Path, "write_bytes", full)
        assert not prints(printer, work)
    assert (work.has_no_room, work.fate) == (True, JobFate.NOT_SENT)
    assert printer.leftovers() == 0
    # when there is room again
    assert prints(printer, work)
    assert not work.has_no_room
    assert len(printer.pages()) == 1


def test_a_simulated_page_that_finds_no_room_is_a_job_that_failed(
    printer: SimulatedPrinter, work: PrintWork, monkeypatch: pytest.MonkeyPatch
) -> None:
    # given a job on its way, and then no room
    printer.slow(20)
    job = printer.submit(work.pdf)
    printer.slow(0)

    def full(*_: object) -> int:
        raise OSError(errno.ENOSPC, "full")

    monkeypatch.setattr(Path, "write_bytes", full)
    # then
    progress = printer.progress(job)
    assert (progress.state, progress.reasons) == (JobState.ABORTED, {Reason.NO_ROOM})
    assert printer.pages() == []


def test_a_job_that_was_given_up_for_want_of_room_says_so(
    printer: SimulatedPrinter, work: PrintWork, monkeypatch: pytest.MonkeyPatch
) -> None:
    given_up = JobProgress(JobState.ABORTED, frozenset({Reason.NO_ROOM}))
    monkeypatch.setattr(printer, "progress", lambda _: given_up)

    assert not prints(printer, work)

    assert (work.has_no_room, work.fate) == (True, JobFate.TAKEN_BACK)


def test_a_stuck_job_is_taken_back_and_stays_so_when_the_printer_is_back(
    printer: SimulatedPrinter, work: PrintWork
) -> None:
    # given
    printer.slow(20)
    # when
    assert not prints(printer, work, "run_out_of_paper", deadline_s=0.1)
    # then
    assert work.fate is JobFate.TAKEN_BACK
    printer.load_paper()
    assert work.fate is JobFate.TAKEN_BACK
    assert 0 == printer.leftovers()


def test_what_a_printer_holds_that_does_not_answer_may_still_come(
    printer: SimulatedPrinter, work: PrintWork
) -> None:
    printer.slow(20)
    assert not prints(printer, work, "unplug")
    assert work.fate is JobFate.OPEN


def test_a_job_that_could_not_be_purged_may_still_come(
    printer: SimulatedPrinter, work: PrintWork, monkeypatch: pytest.MonkeyPatch
) -> None:
    # given
    def purge() -> None:
        raise PurgeFailed(1)

    monkeypatch.setattr(printer, "purge", purge)
    printer.slow(20)
    # when
    assert not prints(printer, work, deadline_s=0.1)
    # then
    assert work.fate is JobFate.OPEN


def test_a_second_try_does_not_come_beside_the_first(
    printer: SimulatedPrinter, work: PrintWork, monkeypatch: pytest.MonkeyPatch
) -> None:
    # given a job that could not be taken back
    def cannot(*_: object) -> None:
        raise PurgeFailed(1)

    with monkeypatch.context() as patched:
        patched.setattr(printer, "purge", cannot)
        patched.setattr(printer, "cancel", cannot)
        printer.slow(20)
        assert not prints(printer, work, deadline_s=0.1)
    assert work.fate is JobFate.OPEN
    # when
    heard = Heard()
    PrintLine(printer, poll_s=0.01).print(work, 60, heard)
    assert heard.moved.wait(LIMIT_S)
    printer.slow(0)
    assert heard.ended.wait(LIMIT_S)
    # then
    assert 1 == len(printer.pages())


def test_a_print_service_that_hangs_does_not_stretch_the_deadline(
    printer: SimulatedPrinter, work: PrintWork, monkeypatch: pytest.MonkeyPatch
) -> None:
    # given a service that takes a minute for each answer
    now = [0.0]
    asked, progress = [], printer.progress

    def slowly(job: int) -> JobProgress:
        now[0] += 60
        asked.append(job)
        return progress(job)

    monkeypatch.setattr(printer, "progress", slowly)
    printer.slow(1000)
    # when
    heard = Heard()
    PrintLine(printer, poll_s=0.01, monotonic=lambda: now[0]).print(work, 90, heard)
    # then
    assert heard.ended.wait(LIMIT_S)
    assert not heard.is_done
    assert len(asked) == 2


def test_a_job_that_waits_goes_on_by_itself_when_somebody_has_helped(
    printer: SimulatedPrinter, work: PrintWork
) -> None:
    # given a job that waits for paper
    printer.slow(0.5)
    heard = Heard()
    line = PrintLine(printer, poll_s=0.01)
    line.print(work, 60, heard)
    assert heard.moved.wait(LIMIT_S)
    printer.run_out_of_paper()
    # when nobody taps anything
    printer.load_paper()
    # then
    assert heard.ended.wait(LIMIT_S)
    assert heard.is_done
