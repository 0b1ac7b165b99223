"""Streams: the newest wins, a gone page frees its place, keys reach the page."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from kiosk.web.changes import Changes
from tests.unit.web.driving import Browser, ScriptedVisit, app_of

BEAT = b"event: beat\ndata:\n\n"
OVER = b"event: over\ndata:\n\n"


@pytest.fixture
def visit() -> ScriptedVisit:
    return ScriptedVisit()


@pytest.fixture
def changes(visit: ScriptedVisit) -> Changes:
    return Changes(visit, beat_s=0.05, max_streams=2)


def until(stream: Iterator[bytes], wanted: bytes) -> None:
    """Read a stream until it says `wanted`; fail if it ends or says too much else."""
    for _, said in zip(range(200), stream, strict=False):
        if wanted in said:
            return
    pytest.fail(f"never said {wanted!r}")


def test_a_page_hears_that_the_screen_changed(visit: ScriptedVisit, changes: Changes) -> None:
    stream = changes.stream("a", visit.revision)
    next(stream)
    visit.moves()
    until(stream, b"event: change\ndata: 6\n")


def test_a_page_that_is_behind_hears_it_at_once(visit: ScriptedVisit, changes: Changes) -> None:
    stream = changes.stream("a", visit.revision - 2)
    assert BEAT == next(stream)
    assert b"event: change\ndata: 5\n\n" == next(stream)


def test_a_quiet_stream_says_that_it_lives(visit: ScriptedVisit, changes: Changes) -> None:
    stream = changes.stream("a", visit.revision)
    assert [BEAT, BEAT, BEAT] == [next(stream) for _ in range(3)]


def test_the_newest_stream_of_a_page_wins(visit: ScriptedVisit, changes: Changes) -> None:
    older, newer = changes.stream("a", 5), changes.stream("a", 5)
    next(older)
    next(newer)
    assert OVER == next(older)
    assert [] == list(older)
    assert 1 == changes.live


def test_of_many_pages_only_the_newest_two_stay(visit: ScriptedVisit, changes: Changes) -> None:
    streams = [changes.stream(str(number), 5) for number in range(8)]
    for stream in streams:
        next(stream)
    assert 2 == changes.live
    assert [OVER] * 6 == [next(stream) for stream in streams[:6]]
    until(streams[7], BEAT)


def test_a_page_that_is_gone_frees_its_place(visit: ScriptedVisit, changes: Changes) -> None:
    stream = changes.stream("a", 5)
    next(stream)
    stream.close()
    assert 0 == changes.live


def test_nobody_watches_when_nobody_listens(visit: ScriptedVisit, changes: Changes) -> None:
    before = set(threading.enumerate())
    stream = changes.stream("a", 5)
    next(stream)
    [watcher] = set(threading.enumerate()) - before
    assert "changes" == watcher.name
    stream.close()
    watcher.join(5)
    assert not watcher.is_alive()


def test_the_keys_of_the_panel_reach_the_newest_page(
    visit: ScriptedVisit, changes: Changes
) -> None:
    older, newer = changes.stream("a", 5), changes.stream("b", 5)
    next(older)
    next(newer)
    visit.moves(key="next")
    until(newer, b"event: key\ndata: next\n")


def test_only_known_keys_are_passed_on(visit: ScriptedVisit, changes: Changes) -> None:
    stream = changes.stream("a", 5)
    next(stream)
    visit.moves(key="eject")
    assert b"key" not in next(stream) + next(stream)


def test_a_watcher_that_dies_breaks_the_streams(
    visit: ScriptedVisit, changes: Changes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(threading, "excepthook", lambda _: None)
    stream = changes.stream("a", 5)
    next(stream)
    monkeypatch.setattr(visit, "take_keys", lambda: 1 / 0)
    # It ends, and does not say that it is over: the page has to hide and ask again.
    assert OVER not in [said for _, said in zip(range(200), stream, strict=False)]
    assert [] == list(stream)
    assert 0 == changes.live


def test_the_route_streams_events(visit: ScriptedVisit) -> None:
    browser = Browser(app_of(visit, beat_s=0.05))
    answer = browser.gets("/changes?page=a&seen=4")
    assert "text/event-stream" == answer.mimetype
    assert "no-store" == answer.headers["Cache-Control"]
    until(iter(answer.iter_encoded()), b"event: change\ndata: 5\n")
    answer.close()
