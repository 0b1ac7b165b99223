"""The format of the notes for the wipe."""

import contextlib
import os
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device.card import traces
from device.card.traces import Trace, TraceKind, TracesMalformed

TRACES = st.builds(Trace, st.sampled_from(TraceKind), st.text(min_size=1, max_size=50))


@pytest.fixture
def descriptor() -> Iterator[int]:
    made = os.memfd_create("traces")
    yield made
    os.close(made)


def test_a_frame_is_kind_length_and_text() -> None:
    assert bytes.fromhex("02 00000003 C3A9 41") == traces.encode(Trace(TraceKind.NUMBER, "éA"))


def test_appended_traces_read_back_in_order_without_the_empty(descriptor: int) -> None:
    one, two = Trace(TraceKind.VALUE, "Nergens"), Trace(TraceKind.JOINED, "Nergens Niemand")

    traces.append(descriptor, [one, Trace(TraceKind.VALUE, "")])
    traces.append(descriptor, [two])

    assert [one, two] == traces.decode(os.pread(descriptor, 1000, 0))


@given(st.lists(TRACES))
def test_what_is_encoded_reads_back(noted: list[Trace]) -> None:
    assert noted == traces.decode(b"".join(map(traces.encode, noted)))


@given(st.binary(max_size=60))
def test_any_bytes_are_traces_or_malformed(content: bytes) -> None:
    with contextlib.suppress(TracesMalformed):
        noted = traces.decode(content)
        assert content == b"".join(map(traces.encode, noted))


def test_a_broken_frame_says_where_it_is() -> None:
    whole = traces.encode(Trace(TraceKind.VALUE, "Nergens"))

    with pytest.raises(TracesMalformed) as caught:
        traces.decode(whole + whole[:-1])

    assert len(whole) == caught.value.offset
