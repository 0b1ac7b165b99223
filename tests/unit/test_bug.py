"""What is said of a bug of our own, wherever in a process it is: kind and place, no value."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from device.bug import located, tell_without_values
from device.printer.document import checked_copies
from kiosk.web.quiet import QuietLogger

REPOSITORY = Path(__file__).parents[2]
VALUE = "Odette Testmans"
EX_SOFTWARE = 70
# The bug is in a copy of ours: what the message quotes is what the code was about.
PROGRAM = f"""
import os, sys, threading
from functools import partial
from device.bug import tell_without_values
tell_without_values("kiosk", partial(os._exit, {EX_SOFTWARE}))
def bug():
    raise KeyError({VALUE!r})
class Waste:
    def __del__(self):
        bug()
{{where}}
threading.Event().wait(60)
"""
FATAL = {
    "the main thread": "bug()",
    "a thread": "threading.Thread(target=bug, daemon=True).start()",
    "a timer": "threading.Timer(0, bug).start()",
}


@pytest.fixture(autouse=True)
def hooks() -> Iterator[None]:
    """Give this process its own hooks back."""
    kept = sys.excepthook, threading.excepthook, sys.unraisablehook
    yield
    sys.excepthook, threading.excepthook, sys.unraisablehook = kept


def run(where: str) -> subprocess.CompletedProcess[str]:
    program = PROGRAM.format(where=where)
    return subprocess.run(
        [sys.executable, "-c", program],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


@pytest.mark.parametrize("where", FATAL)
def test_a_bug_anywhere_ends_the_process_and_says_nothing_of_what_it_was_about(where: str) -> None:
    done = run(FATAL[where])
    assert done.returncode == EX_SOFTWARE
    assert done.stderr == "kiosk: KeyError <string>:7\n"


def test_a_bug_of_what_is_thrown_away_is_told_without_values_and_ends_nothing() -> None:
    done = run("Waste(); sys.exit(3)")
    assert done.returncode == 3
    assert done.stderr == "kiosk: KeyError <string>:7\n"


def test_a_thread_that_leaves_on_purpose_is_no_bug() -> None:
    done = run("left = threading.Thread(target=sys.exit); left.start(); left.join(); sys.exit(3)")
    assert (done.returncode, done.stderr) == (3, "")


def test_the_place_is_ours_where_the_error_is_not() -> None:
    # given an error out of a library that our own code has called
    with pytest.raises(ValueError, match="copies") as raised:
        checked_copies(0)
    assert located(raised.type, raised.tb).startswith("ValueError device/printer/document.py:")


def test_an_error_without_a_place_is_still_told() -> None:
    assert located(None, None) == "error ?"


class Told(QuietLogger):
    """gunicorn's log without its set-up."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def error(self, msg: str, *args: Any, **kwargs: Any) -> None:
        assert not kwargs
        self.lines.append(msg % args)


def handled(error: BaseException, log: QuietLogger) -> None:
    try:
        raise error
    except type(error):
        log.exception("Error handling request %s", VALUE)


@pytest.fixture
def deaths() -> list[str]:
    """What dies of a bug, with the hook that a worker has."""
    found: list[str] = []
    tell_without_values("kiosk", lambda: found.append("worker"))
    return found


def handled_in_a_request(error: BaseException, log: QuietLogger) -> None:
    request = threading.Thread(target=handled, args=(error, log))
    request.start()
    request.join()


def test_what_a_request_could_not_handle_goes_the_way_of_every_bug(
    capsys: pytest.CaptureFixture[str], deaths: list[str]
) -> None:
    # when
    log = Told()
    handled_in_a_request(KeyError(VALUE), log)
    # then
    assert deaths == ["worker"]
    said = capsys.readouterr().err
    assert said.startswith("kiosk: KeyError ")
    assert VALUE not in said + "".join(log.lines)


def test_a_connection_that_broke_is_no_bug(deaths: list[str]) -> None:
    # when
    log = Told()
    handled_in_a_request(OSError(VALUE), log)
    # then
    assert deaths == []
    assert [line.rpartition(" ")[0] for line in log.lines] == ["OSError"]


def test_gunicorn_itself_ends_as_it_likes_and_quotes_nothing(deaths: list[str]) -> None:
    # when
    log = Told()
    handled(KeyError(VALUE), log)
    # then
    assert deaths == []
    assert [line.rpartition(" ")[0] for line in log.lines] == ["KeyError"]
