"""Requests per screen, printing and reading, on the real server with real parts."""

from __future__ import annotations

import re
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

from device.printer.status import Printer
from tests.bench.client import Client, part_of
from tests.bench.spread import ROUNDS, Figure, percentile
from tests.driving.twin import Twin, until

REQUESTS = 300
SCREEN_GOAL_MS, PRINT_GOAL_MS = 15.0, 200.0
_MAX_STEPS = 40
_CHOICE = re.compile(r'class="[^"]*\bpick\b[^>]*name="value" value="([^"]+)"')


def _walk(twin: Twin, client: Client, code: str, locale: str = "nl") -> Iterator[str]:
    """Go through a whole visit and name each state in which the screen stands still."""
    yield from _openings(client, code)
    yield "welcome"
    client.act("choose-language", code="nl")
    client.shows("need")
    client.act("back")
    yield client.shows("language")
    client.act("choose-language", code=locale)
    yield client.shows("need")
    client.act("choose-need", id="papers")
    yield client.shows("task")
    client.act("choose-channel", id="paper")
    yield client.shows("prepare")
    client.act("go")
    for _ in range(_MAX_STEPS):
        state = client.state()
        yield state
        match state:
            case "consent":
                client.act("consent-yes")
                yield client.shows("reading")
                twin.inserts("jean-marie")
                client.shows("review")
            case "review":
                client.act("review-open", key="street")
                yield client.shows("correct")
                client.act("answer", key="street", value="Proefwaardelaan 12")
                client.shows("review")
                client.act("review-ok")
            case "steps" if 'value="fr"' in client.html:
                client.act("answer", key="letter_language", value="fr")
            case "steps":
                client.act("skip" if "/act/skip" in client.html else "go")
            case "preview":
                client.act("print")
                client.shows("take-papers")
            case "take-papers":
                client.act("came-out")
            case "teach-back":
                client.act("teach-back", value="understood")
            case "refer":
                client.act("refer-next")
            case "proof":
                client.act("proof-skip")
            case "goodbye":
                return


def _openings(client: Client, code: str) -> Iterator[str]:
    """Come to the welcome, and name each state on the way that stands still."""
    if client.shows("closed", "welcome", "receipt") == "closed":
        yield "closed"
        client.act("open-permanence", code=code, helpers="Ines", date="2026-01-05")
    if client.shows("welcome", "receipt") == "receipt":
        yield "receipt"
        client.act("touch")
    client.shows("welcome")


def to_welcome(client: Client, code: str) -> None:
    """Come to the welcome; `code` opens the permanence where it is closed."""
    for _ in _openings(client, code):
        pass


def _detours(twin: Twin, client: Client) -> Iterator[str]:
    """Go where things are not as they should be, and name each state that stands still."""
    to_welcome(client, twin.codes["employee"])
    client.act("choose-language", code="nl")
    client.act("choose-need", id="papers")
    client.act("choose-channel", id="online")
    client.act("go")
    client.act("posture", value="instead")
    yield client.shows("why-instead")
    client.act("back")
    client.shows("steps")
    _go_on(client)
    yield client.shows("site")
    for _ in range(_MAX_STEPS):
        if client.state() == "task":
            break
        client.act("back")
    client.act("choose-channel", id="paper")
    client.act("go")
    _go_on(client)
    client.shows("consent")
    client.act("consent-yes")
    client.shows("reading")
    twin.inserts("mute")
    yield client.shows("card-trouble")
    client.act("card-doctor")
    yield client.shows("card-doctor")
    client.act("back")
    client.shows("card-trouble")
    twin.pulls_the_card()
    client.act("consent-no")
    _go_on(client)
    client.shows("preview")
    twin.printer_takes(5)
    client.act("print")
    yield client.shows("printing")
    twin.printer("unplug")
    yield client.shows("printer-trouble")
    twin.printer("plug")
    twin.printer_takes(0)


def _go_on(client: Client) -> None:
    """Answer with the first choice, and leave open what may be, until this is no step."""
    for _ in range(_MAX_STEPS):
        if client.state() != "steps":
            return
        if choice := _CHOICE.search(client.html):
            client.act("answer", value=choice[1])
        else:
            client.act("skip" if "/act/skip" in client.html else "go")
    raise AssertionError("no end of the steps")


@contextmanager
def served(twin: Twin) -> Iterator[Client]:
    """Give a client in a visit that is stopped afterwards."""
    client = Client(twin)
    yield client
    twin.pulls_the_card()
    client.stop()
    until(lambda: not twin.is_serving(), "the wipe to begin", 5)
    until(twin.is_serving, "the next visit")


class ScreenTimes:
    """How long GET / takes on each screen, in ms: p50 and p99 of many, round by round."""

    def __init__(self) -> None:
        self._p50: dict[str, list[float]] = defaultdict(list)
        self._p99: dict[str, list[float]] = defaultdict(list)

    def take(self, client: Client, state: str) -> None:
        """Ask for the screen that stands there, again and again."""
        times = [client.get() for _ in range(REQUESTS)]
        assert client.seen["state"] == state, (client.seen["state"], state)
        self._p50[state].append(percentile(times, 0.50))
        self._p99[state].append(percentile(times, 0.99))

    def figures(self) -> dict[str, Figure]:
        """Return them; p99 has the goal."""
        p50 = {f"{state} p50": Figure(tuple(took), "ms") for state, took in self._p50.items()}
        return p50 | {
            f"{state} p99": Figure(tuple(took), "ms", SCREEN_GOAL_MS)
            for state, took in self._p99.items()
        }


def request_times(twin: Twin) -> dict[str, Figure]:
    """Return the times of the screens of a visit. CLOSED is met once, the receipt four times."""
    times = ScreenTimes()
    for _ in range(ROUNDS):
        for way in (partial(_walk, code=twin.codes["employee"]), _detours):
            with served(twin) as client:
                seen = set()
                for state in way(twin, client):
                    if state in seen:
                        continue
                    seen.add(state)
                    times.take(client, state)
    return times.figures()


def to_preview(twin: Twin, client: Client, locale: str = "nl") -> None:
    """Go to the preview of a letter, with a card read and words typed."""
    for state in _walk(twin, client, twin.codes["employee"], locale):
        if state == "preview":
            return
    raise AssertionError("no preview")


def to_goodbye(twin: Twin, client: Client) -> None:
    """Go through a whole visit, with a card read and a letter printed, up to its last screen."""
    for state in _walk(twin, client, twin.codes["employee"]):
        if state == "preview":
            client.looks_at_the_pages()
    client.shows("goodbye")


def _wait_for_a_job(printer: Printer, before: int) -> None:
    until(lambda: printer.leftovers() > before, "an accepted job", 10)


def print_times(twin: Twin) -> Figure:
    """Return the time from the tap on print until CUPS has accepted the job, in ms."""
    # The library of CUPS is imported by one file of ours; this asks that file.
    from device.printer.cups import CupsPrinter

    taken = []
    for _ in range(ROUNDS):
        with served(twin) as client:
            to_preview(twin, client)
            part = part_of(twin, "printer")
            printer = CupsPrinter(part["server"], part["queue"], part["device"])
            before = printer.leftovers()
            client.get()
            began = time.perf_counter()
            client.act("print")
            _wait_for_a_job(printer, before)
            taken.append((time.perf_counter() - began) * 1000)
            client.shows("take-papers")
    return Figure(tuple(taken), "ms", PRINT_GOAL_MS)
