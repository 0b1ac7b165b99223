"""Requests for the screens that stand only while something is wrong, or somebody is at work.

Some are held by hand while they are measured: the keeper or the wipe is stopped (SIGSTOP).
"""

from __future__ import annotations

import http.client
import os
import shutil
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from kiosk.tasks.loader import CONTENT
from provisioning.twin.hands import HandUnreachableError
from tests.bench.client import Client
from tests.bench.server import ScreenTimes, to_welcome
from tests.bench.spread import ROUNDS, Figure
from tests.driving.ends import is_closed, wipe_process
from tests.driving.twin import Twin, until

_WIPE_LIMIT_S = 60.0


def second_task(folder: Path) -> Path:
    """Copy the content and give a need a second task; return the copy."""
    content = folder / "content"
    shutil.copytree(CONTENT, content)
    task = (content / "tasks" / "household-composition.yaml").read_text("utf-8")
    another = task.replace("id: household-composition", "id: sixth-task", 1)
    (content / "tasks" / "sixth-task.yaml").write_text(another, "utf-8")
    return content


@contextmanager
def _held(pid: int) -> Iterator[None]:
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


def seldom_times(twin: Twin) -> dict[str, Figure]:
    """Return the times of TASKS, ENDING, OUT_OF_SERVICE, WIPING and CARD_LEFT.

    The twin's content has a need with two tasks. A wipe that is killed puts the machine out of
    service, and a helper who lets it search again puts it back.
    """
    times = ScreenTimes()
    for _ in range(ROUNDS):
        client = _enters(twin)
        to_welcome(client, twin.codes["employee"])
        client.act("choose-language", code="nl")
        client.act("choose-need", id="papers")
        times.take(client, client.shows("tasks"))
        # The visit ends, with a card left in.
        twin.inserts("amina")
        with _held(twin.process.pid):
            client.stop()
            times.take(client, client.shows("ending"))
        os.kill(wipe_process(twin), signal.SIGKILL)
        until(lambda: is_closed(twin), "out of service", _WIPE_LIMIT_S)
        client = _enters(twin)
        times.take(client, client.shows("out-of-service"))
        with suppress(http.client.HTTPException, OSError):
            # The worker may be gone before its answer is out.
            client.act("search-again", code=twin.codes["employee"])
        with _held(wipe_process(twin)):
            client = _enters(twin)
            times.take(client, client.shows("wiping"))
        until(twin.is_serving, "the next visit", _WIPE_LIMIT_S)
        client = _enters(twin)
        client.shows("receipt")
        client.act("touch")
        times.take(client, client.shows("card-left"))
        twin.pulls_the_card()
        client.shows("welcome")
    return times.figures()


def _enters(twin: Twin) -> Client:
    """Come in as soon as the worker, which may be a new one, opens."""

    def entered() -> Client | None:
        try:
            client = Client(twin)
            client.get()
        except (OSError, http.client.HTTPException, HandUnreachableError):
            return None
        return client

    return until(entered, "a worker that answers")
