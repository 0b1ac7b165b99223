"""The notebook: what is noted is read back, whoever wrote it and however he ended."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device.card.traces import MAX_TRACE_BYTES, Trace, TraceKind, encode
from kiosk.wipe.notebook import Notebook, NotebookError, create_notebook
from kiosk.wipe.traces import TracesError, forget_traces, parse_traces, read_traces

TWO = [Trace(TraceKind.VALUE, "Bénédicte"), Trace(TraceKind.NUMBER, "85.07.30-033.28")]


@pytest.fixture
def notebook() -> Iterator[int]:
    descriptor = create_notebook()
    yield descriptor
    os.close(descriptor)


def test_what_is_noted_is_read_back_each_once(notebook: int) -> None:
    writer = Notebook(notebook)

    writer.note(" Apollonia ")
    writer.note("Apollonia")
    writer.note("")
    writer.note("0471 23 45 67")

    assert read_traces(notebook) == (
        Trace(TraceKind.VALUE, "Apollonia"),
        Trace(TraceKind.VALUE, "0471 23 45 67"),
    )


def test_joined_values_are_noted_in_every_order(notebook: int) -> None:
    Notebook(notebook).joined("Vandromme", "", "Apollonia")
    Notebook(notebook).joined("alone", " ")

    assert [trace.text for trace in read_traces(notebook)] == [
        "Vandromme Apollonia",
        "Apollonia Vandromme",
    ]


def test_a_very_long_value_is_noted_by_its_head(notebook: int) -> None:
    Notebook(notebook).note("é" * 5000)

    (trace,) = read_traces(notebook)
    assert trace.text == "é" * (MAX_TRACE_BYTES // 2)


def test_the_notebook_survives_the_kill_of_its_writer(notebook: int) -> None:
    program = (
        "import os, signal, sys; from kiosk.wipe.notebook import Notebook;"
        "Notebook(int(sys.argv[1])).note('Apollonia'); os.kill(os.getpid(), signal.SIGKILL)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(notebook)], pass_fds=[notebook], check=False
    )

    assert done.returncode == -signal.SIGKILL
    assert [trace.text for trace in read_traces(notebook)] == ["Apollonia"]


def test_two_writers_never_overwrite_each_other(notebook: int) -> None:
    other = os.open(f"/proc/self/fd/{notebook}", os.O_RDWR | os.O_APPEND)
    try:
        for number in range(50):
            Notebook(notebook if number % 2 else other).note(f"value {number}")
    finally:
        os.close(other)

    assert [trace.text for trace in read_traces(notebook)] == [f"value {n}" for n in range(50)]


def test_a_value_that_cannot_be_noted_is_an_error(notebook: int) -> None:
    closed = os.dup(notebook)
    os.close(closed)

    with pytest.raises(NotebookError):
        Notebook(closed).note("Apollonia")


def test_a_frame_cut_short_by_a_kill_gives_what_there_is_of_it() -> None:
    notes = b"".join(map(encode, TWO))

    assert parse_traces(notes) == tuple(TWO)
    assert parse_traces(notes[:-3])[1].text == "85.07.30-033"
    # In the middle of a letter.
    assert parse_traces(encode(TWO[0])[:7])[0].text == "B"


@given(st.binary(max_size=60))
def test_any_bytes_parse_or_raise_one_error(untrusted: bytes) -> None:
    with contextlib.suppress(TracesError):
        parse_traces(untrusted)


@given(st.integers(1, 40))
def test_a_cut_loses_no_value_before_it(size: int) -> None:
    notes = b"".join(map(encode, TWO))

    shorter, longer = parse_traces(notes[:size]), parse_traces(notes)

    assert all(b.text.startswith(a.text) for a, b in zip(shorter, longer, strict=False))
    assert [trace.kind for trace in shorter] == [trace.kind for trace in longer][: len(shorter)]


def test_another_kind_of_frame_is_broken_and_not_skipped() -> None:
    with pytest.raises(TracesError, match="notebook-broken"):
        parse_traces(encode(TWO[0]) + b"\x09\0\0\0\1x" + encode(TWO[1]))


def test_a_closed_notebook_is_gone() -> None:
    descriptor = create_notebook()
    os.close(descriptor)

    with pytest.raises(TracesError, match="notebook-gone"):
        read_traces(descriptor)


def test_forgetting_gives_the_memory_back_also_for_others(notebook: int) -> None:
    Notebook(notebook).note("Apollonia")

    forget_traces(os.dup(notebook))

    assert os.fstat(notebook).st_size == 0
    assert read_traces(notebook) == ()


def test_a_trace_does_not_print_its_value() -> None:
    for trace in TWO:
        # An address may hold any digits.
        shown = repr(trace).partition(" at 0x")[0]
        assert trace.text not in shown
        assert not any(digit in shown for digit in "0123456789")
