"""The copy of memory from before a visit."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator

import pytest

from device.card.traces import Trace, TraceKind
from kiosk.wipe.before import copy_memory, create_copy, met_before
from kiosk.wipe.needles import Needle, needles_of
from kiosk.wipe.processes import read_process


@pytest.fixture
def copy() -> Iterator[int]:
    descriptor = create_copy()
    yield descriptor
    os.close(descriptor)


def needles(text: str) -> frozenset[Needle]:
    return needles_of(Trace(TraceKind.VALUE, text))


def copy_this_process(descriptor: int) -> None:
    myself = read_process(os.getpid())
    assert myself is not None
    copy_memory(descriptor, [myself])


def word(seed: bytes) -> str:
    """Make a word that stands nowhere until it is asked for."""
    return "".join(chr(ord("a") + byte % 26) for byte in seed)


def test_a_word_is_met_if_it_was_there_and_no_other(copy: int) -> None:
    # Of this run alone: a process that has run many tests has many words in its memory.
    held, other = word(secrets.token_bytes(16)), secrets.token_bytes(16)

    copy_this_process(copy)

    assert met_before(copy, needles(held)) == needles(held)
    assert met_before(copy, needles(word(other))) == frozenset()


def test_a_copy_is_renewed_and_not_added_to(copy: int) -> None:
    copy_this_process(copy)
    size = os.fstat(copy).st_size

    copy_memory(copy, [])

    assert os.fstat(copy).st_size < size / 1000
    assert met_before(copy, needles("descriptor")) == frozenset()


def test_a_copy_that_ends_too_soon_excuses_nothing(copy: int) -> None:
    assert met_before(copy, needles("descriptor")) == frozenset()
    copy_this_process(copy)
    assert met_before(copy, needles("descriptor")) != frozenset()

    os.ftruncate(copy, os.fstat(copy).st_size // 2)

    assert met_before(copy, needles("descriptor")) == frozenset()


def test_without_a_copy_nothing_is_excused() -> None:
    assert met_before(None, needles("descriptor")) == frozenset()
