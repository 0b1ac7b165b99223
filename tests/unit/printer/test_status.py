"""The judgement of a printer and of a job: pure functions over IPP numbers and keywords."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device.printer.status import (
    JobState,
    PrinterLevel,
    PrinterStatus,
    Reason,
    device_status,
    job_progress,
    reason_of,
)

IDLE, PROCESSING, STOPPED = 3, 4, 5
SUFFIXES = st.sampled_from(["", "-report", "-warning", "-error"])
READY = PrinterStatus(PrinterLevel.READY)


@given(st.text())
def test_any_keyword_is_a_known_reason_or_other_or_none(keyword: str) -> None:
    reason, suffix = reason_of(keyword)
    assert reason is None or reason in Reason
    assert suffix in ("", "-report", "-warning", "-error")


@given(st.sampled_from(list(Reason)), SUFFIXES)
def test_every_reason_is_found_under_every_suffix(reason: Reason, suffix: str) -> None:
    assert reason_of(reason.value + suffix) == (reason, suffix)


@given(st.integers(), st.lists(st.text()))
def test_any_answer_of_a_device_is_a_status_and_never_absent(
    state: int, keywords: list[str]
) -> None:
    status = device_status(state, keywords)
    assert status.level is not PrinterLevel.ABSENT
    assert (status.level is PrinterLevel.READY) == (status.reasons == frozenset())


@given(st.integers(), st.lists(st.sampled_from(["none", "connecting-to-device-report"])))
def test_what_is_no_fault_never_makes_a_warning(state: int, keywords: list[str]) -> None:
    status = device_status(state, keywords)
    assert status.level is (PrinterLevel.STOPPED if state == STOPPED else PrinterLevel.READY)


def test_an_unknown_fault_is_other_and_not_lost() -> None:
    status = device_status(IDLE, ["com.example-gremlins-warning"])
    assert status == PrinterStatus(PrinterLevel.WARNING, frozenset({Reason.OTHER}))


def test_an_empty_tray_of_an_idle_printer_is_a_warning_since_it_may_be_one_of_several() -> None:
    status = device_status(IDLE, ["media-empty-report"])
    assert status == PrinterStatus(PrinterLevel.WARNING, frozenset({Reason.MEDIA_EMPTY}))


@pytest.mark.parametrize("suffix", ["", "-report", "-warning", "-error"])
@pytest.mark.parametrize("stem", ["media-empty", "media-jam", "cover-open", "toner-empty"])
def test_a_fault_that_holds_paper_up_stops_a_printer_at_work(stem: str, suffix: str) -> None:
    status = device_status(PROCESSING, [stem + suffix])
    assert status == PrinterStatus(PrinterLevel.STOPPED, frozenset({Reason(stem)}))


@pytest.mark.parametrize("stem", ["toner-low", "media-low", "marker-supply-low"])
def test_a_thing_that_runs_low_stops_nothing(stem: str) -> None:
    for state in (IDLE, PROCESSING):
        assert device_status(state, [stem + "-warning"]).level is PrinterLevel.WARNING


def test_an_error_stops_also_an_idle_printer() -> None:
    assert device_status(IDLE, ["fuser-over-temp-error"]).level is PrinterLevel.STOPPED


def test_a_printer_that_stopped_without_a_word_has_the_reason_other() -> None:
    expected = PrinterStatus(PrinterLevel.STOPPED, frozenset({Reason.OTHER}))
    assert device_status(STOPPED, ["none"]) == expected


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        (3, JobState.PENDING),
        (5, JobState.PRINTING),
        (7, JobState.CANCELED),
        (8, JobState.ABORTED),
        (9, JobState.COMPLETED),
        (4, JobState.STUCK),  # held: nothing of ours holds a job
        (6, JobState.STUCK),
        (0, JobState.STUCK),
    ],
)
def test_a_job_is_judged_by_its_number(number: int, expected: JobState) -> None:
    assert job_progress(number, READY).state is expected


@given(
    st.integers(),
    st.sampled_from([PrinterLevel.STOPPED, PrinterLevel.ABSENT]),
    st.sampled_from(list(Reason)),
)
def test_a_job_at_a_printer_that_does_nothing_is_stuck_or_has_ended(
    number: int, level: PrinterLevel, reason: Reason
) -> None:
    progress = job_progress(number, PrinterStatus(level, frozenset({reason})))
    if number in (7, 8, 9):
        assert progress.reasons == frozenset()
    else:
        assert progress.state is JobState.STUCK
        assert progress.reasons == frozenset({reason})
