"""The curious next person: sits down after somebody, tries everything, finds nothing."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, Playwright

from tests.driving.resident import Resident
from tests.driving.residue import Residue
from tests.driving.screen import Screen
from tests.driving.twin import Twin, until
from tests.journeys.conftest import Arrives
from tests.screens import CHROMIUM

WITH_CARD = {"asked_by": "other", "letter_language": "nl"}
OF_THE_CARD = ("Delmarolle", "Jean-Marie Octave", "Rue des Tanneurs 402")
TYPED = {
    "operator": "other",
    "operator_name": "Telnergens Proef",
    "problem": "other",
    "own_words": "Mijn doos ging terug in een fietskrat",
    "customer_number": "KLX-7741-QZ",
    "letter_language": "fr",
    "surname": "Onbekendsen",
    "first_names": "Philippa Wilhelmina",
    "street": "Verzonnenlaan 77 bus 3",
    "postal_code": "1099",
    "municipality": "Nergenshuizen",
}
KEPT_WORDS = {"other", "fr", "1099"}


@pytest.fixture
def second_window(playwright: Playwright) -> Iterator[Page]:
    """Give a window of another browser."""
    browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
    yield browser.new_page()
    browser.close()


def test_after_a_visit_with_a_card_nothing_of_it_is_found(arrives: Arrives, twin: Twin) -> None:
    # given a visit that read a card, corrected a value and printed
    visitor = arrives("nl", answers=WITH_CARD, card="jean-marie").begins()
    visitor.chooses("papers", "paper")
    visitor.walks_to("review")
    screen = visitor.screen
    screen.taps_on("review-open", "street")
    screen.types("Huidevettersstraat 4021")
    screen.taps_on("answer")
    visitor.walks_to("goodbye")
    values = (*OF_THE_CARD, "Huidevettersstraat 4021")
    before = what_can_be_seen(screen)
    # The control: the same search finds it while the visit lasts.
    assert [place for place in Residue(twin).of(values) if "memory" in place]
    assert twin.papers()
    # when
    visitor.finishes()
    # then
    curious(screen, twin, values, before)


def test_after_a_visit_that_was_typed_nothing_of_it_is_found(arrives: Arrives, twin: Twin) -> None:
    # given
    visitor = arrives("fr", answers=TYPED).begins()
    visitor.chooses("telephone", "paper")
    visitor.walks_to("take-papers")
    values = tuple(value for value in TYPED.values() if value not in KEPT_WORDS)
    before = what_can_be_seen(visitor.screen)
    assert [place for place in Residue(twin).of(values) if "memory" in place]
    # when it ends in the middle, by the red button
    visitor.stops()
    # then
    curious(visitor.screen, twin, values, before)


def test_a_page_of_an_ended_visit_does_nothing_in_the_next(
    arrives: Arrives, twin: Twin, second_window: Page
) -> None:
    # given a second window that was let in, and stands on the same screen as the first
    visitor = arrives("nl").begins()
    second_window.goto(twin.enter_url())
    old = second_window.evaluate("({...document.documentElement.dataset})")
    assert old["visit"] == visitor.screen.data()["visit"]
    visitor.stops()
    # when the next person has come as far
    after = arrives("nl").begins()
    turn = after.screen.turn
    for action in ("choose-need", "back", "stop", "finish", "choose-language", "prompt-yes"):
        posted = second_window.evaluate(POST_AS_BEFORE, [action, old["visit"], old["turn"]])
        assert posted == 204
    # then nothing of what it posts is heard
    assert after.screen.turn == turn
    assert after.screen.state == "need"
    assert old["visit"] != after.screen.data()["visit"]
    after.stops()


POST_AS_BEFORE = """async ([action, visit, turn]) => {
    const body = new URLSearchParams({ visit, turn, id: 'papers', code: 'fr' });
    const headers = { 'X-Relais': 'quiet' };
    return (await fetch('/act/' + action, { method: 'POST', headers, body })).status;
}"""


def what_can_be_seen(screen: Screen) -> dict[str, str]:
    """Return what a visit's own page says of it: its number, and its picture in the corner."""
    return {**screen.data(), "frame": frame(screen)}


def frame(screen: Screen) -> str:
    return str(
        screen.page.evaluate(
            """async () => {
                const answer = await fetch('/frame.png', { cache: 'no-store' });
                return answer.ok ? [...new Uint8Array(await answer.arrayBuffer())].join() : '';
            }"""
        )
    )


def curious(screen: Screen, twin: Twin, values: tuple[str, ...], before: dict[str, str]) -> None:
    """Try everything that the next person can try."""
    receipt = screen.text()
    assert "0" in receipt
    screen.touches_the_screen()
    screen.shows("welcome")
    # Back, history, reload, keys of a keyboard that somebody brings along.
    for try_it in ("history.back()", "history.go(-3)", "location.reload()"):
        screen.page.evaluate(try_it)
        screen.shows("welcome")
    for keys in ("Alt+ArrowLeft", "Backspace", "F5", "Control+h", "Control+Shift+t"):
        screen.page.keyboard.press(keys)
        screen.shows("welcome")
    said = screen.all_text() + screen.page.content()
    assert not [value for value in values if value in said]
    # Pictures that a page could ask for.
    assert screen.asks_in_the_background("/preview/1.png")["status"] == 404
    after = what_can_be_seen(screen)
    assert after["visit"] != before["visit"]
    assert after["canary"] != before["canary"]
    assert after["frame"] not in ("", before["frame"])
    # What a browser keeps: one cookie of the machine, nothing else.
    kept = screen.page.evaluate(
        """async () => ({ local: localStorage.length, session: sessionStorage.length,
            databases: indexedDB.databases ? (await indexedDB.databases()).length : 0,
            caches: window.caches ? (await caches.keys()).length : 0,
            workers: navigator.serviceWorker
                ? (await navigator.serviceWorker.getRegistrations()).length : 0,
            cookies: document.cookie })"""
    )
    assert kept == {
        "local": 0,
        "session": 0,
        "databases": 0,
        "caches": 0,
        "workers": 0,
        "cookies": "",
    }
    assert [cookie["name"] for cookie in screen.page.context.cookies()] == ["relais"]
    # Printer, queue, files, processes.
    residue = Residue(twin)
    assert twin.papers() == []
    assert residue.jobs() == ""
    assert residue.of(values) == []


def test_what_is_kept_of_a_visit_is_a_row_of_closed_words(arrives: Arrives, twin: Twin) -> None:
    # given
    rows = len(kept_rows(twin))
    visitor: Resident = arrives("de", answers={"card_problem": "lost"}).begins()
    visitor.chooses("card", "counter")
    visitor.walks_to("goodbye")
    # when
    visitor.finishes()
    # then one row more, of what was done and nothing of by whom
    until(lambda: len(kept_rows(twin)) == rows + 1, "the row of the visit")
    # In no order of time: any of the rows may be the new one.
    closed = [{str(word) for word in row[1:]} for row in kept_rows(twin)]
    assert any({"card-problem", "counter", "referred", "de"} <= words for words in closed)
    assert not [word for words in closed for word in words if ":" in word]


def kept_rows(twin: Twin) -> list[tuple[object, ...]]:
    address = f"file:{twin.data / 'journal.sqlite'}?mode=ro"
    with contextlib.closing(sqlite3.connect(address, uri=True)) as journal:
        found: list[tuple[object, ...]] = journal.execute("SELECT * FROM activity").fetchall()
    return found
