"""What a person waits for: pages painted, cards read, stops and starts, in the real Chromium."""

from __future__ import annotations

import tempfile
import time
from functools import partial
from pathlib import Path

from playwright.sync_api import CDPSession, Page, Playwright

from tests.bench.client import Client
from tests.bench.server import to_preview
from tests.bench.spread import ROUNDS, Figure
from tests.driving.guest import DELMAROLLE
from tests.driving.resident import Resident
from tests.driving.screen import Screen
from tests.driving.twin import Twin, until

UNCACHED_GOAL, CACHED_GOAL = 60 * 1024.0, 15 * 1024.0
WIPE_GOAL_S, WIPE_PRINTING_GOAL_S = 2.0, 5.0

_ANSWERS = {"asked_by": "other", "letter_language": "nl"}
_PAINTED = """action => new Promise(resolve => {
  const turn = document.documentElement.dataset.turn;
  const button = document.querySelector(action);
  const began = performance.now();
  const look = () => {
    if (document.documentElement.dataset.turn !== turn)
      requestAnimationFrame(() => requestAnimationFrame(() => resolve(performance.now() - began)));
    else requestAnimationFrame(look);
  };
  button.click();
  look();
})"""


def page_bytes(screen: Screen) -> dict[str, Figure]:
    """Return the bytes of the page that is shown, with an empty and with a warm cache."""
    uncached, cached = [], []
    page = screen.page
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    for _ in range(ROUNDS):
        session.send("Network.setCacheDisabled", {"cacheDisabled": True})
        uncached.append(_reload(page, session))
        session.send("Network.setCacheDisabled", {"cacheDisabled": False})
        cached.append(_reload(page, session))
    session.detach()
    return {
        "uncached": Figure(tuple(uncached), "bytes", UNCACHED_GOAL),
        "cached": Figure(tuple(cached), "bytes", CACHED_GOAL),
    }


def _reload(page: Page, session: CDPSession) -> float:
    total = 0.0
    streams = set()

    def finished(event: dict[str, float]) -> None:
        nonlocal total
        total += event["encodedDataLength"]

    def requested(event: dict[str, dict[str, str]]) -> None:
        if "/changes" in event["request"]["url"]:
            streams.add(event["requestId"])

    session.on("Network.loadingFinished", finished)
    session.on("Network.requestWillBeSent", requested)
    page.reload(wait_until="load")
    page.evaluate("document.fonts.ready.then(() => 0)")
    session.remove_listener("Network.loadingFinished", finished)
    session.remove_listener("Network.requestWillBeSent", requested)
    return total


def tap_to_painted(screen: Screen) -> Figure:
    """Return the time from a tap (language to needs) until the next screen is painted, in ms."""
    taken = []
    for _ in range(ROUNDS):
        if screen.shows("need", "language", "welcome") == "need":
            screen.taps_on("back")
            screen.shows("language", "welcome")
        action = 'form[action="/act/choose-language"] button[value="nl"]'
        taken.append(float(screen.page.evaluate(_PAINTED, action)))
    return Figure(tuple(taken), "ms")


def card_to_name(twin: Twin, screen: Screen) -> Figure:
    """Return the time from the card in the reader until the name is on the screen, in ms.

    The card is as quick as its simulator: what a wire adds is in the group "card".
    """
    taken = []
    for _ in range(ROUNDS):
        if screen.shows("welcome", "receipt", "need") == "receipt":
            screen.touches_the_screen()
            screen.shows("welcome")
        visitor = Resident(twin, screen, "nl", _ANSWERS, DELMAROLLE.card)
        if screen.state == "welcome":
            visitor.begins()
        visitor.chooses("papers", "paper").walks_to("consent")
        screen.taps_on("consent-yes")
        screen.shows("reading")
        began = time.perf_counter()
        twin.inserts(DELMAROLLE.card)
        until(lambda: screen.has(DELMAROLLE.surname), "the name", 20)
        taken.append((time.perf_counter() - began) * 1000)
        visitor.stops()
        twin.pulls_the_card()
    return Figure(tuple(taken), "ms")


def stop_to_welcome(
    twin: Twin, screen: Screen, *, locale: str = "", printing: bool = False
) -> Figure:
    """Return the time from stop until the receipt of a verified wipe is painted, in s.

    Without `locale` nothing is known of anybody yet; with it a card was read, words were typed
    and a letter is on the screen; `printing` leaves that letter in a printer without paper.
    """
    taken = []
    for _ in range(ROUNDS):
        until(twin.is_serving, "a visit")
        client = Client(twin)
        if printing:
            twin.printer("run_out_of_paper")
        if locale:
            to_preview(twin, client, locale)
            if printing:
                client.act("print")
                client.shows("printing")
        elif client.state() in ("receipt", "closed", "welcome"):
            _to_need(twin, client)
        before = until(lambda: screen.data().get("visit"), "the visit on the screen")
        began = time.perf_counter()
        client.stop()
        until(partial(_is_another, screen, before), "the receipt", 30)
        taken.append(time.perf_counter() - began)
        twin.pulls_the_card()
        if printing:
            twin.printer("load_paper")
    return Figure(tuple(taken), "s", WIPE_PRINTING_GOAL_S if printing else WIPE_GOAL_S)


def _is_another(screen: Screen, visit: str) -> bool:
    data = screen.data()
    return data.get("visit", visit) != visit and data.get("state") in ("receipt", "welcome")


def _to_need(twin: Twin, client: Client) -> None:
    if client.state() == "closed":
        client.act("open-permanence", code=twin.codes["employee"], helpers="", date="")
    if client.shows("welcome", "receipt") == "receipt":
        client.act("touch")
    client.shows("welcome")
    client.act("choose-language", code="nl")
    client.shows("need")


def start_times(playwright: Playwright) -> Figure:
    """Return the time from the start of the program until the first page is painted, in s."""
    taken = []
    for _ in range(ROUNDS):
        with tempfile.TemporaryDirectory() as folder:
            began = time.perf_counter()
            with Twin(Path(folder)) as twin:
                Screen(playwright, twin).shows("closed")
                taken.append(time.perf_counter() - began)
    return Figure(tuple(taken), "s", 3.0)
