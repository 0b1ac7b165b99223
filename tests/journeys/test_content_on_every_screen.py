"""Every screen of every task, with its real words, in every language, measured at every size."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Playwright

from kiosk.documents.builder import Builder
from kiosk.screens import Screen, TextSize
from kiosk.tasks.loader import load_content
from kiosk.tasks.model import ChannelKind, Exists
from tests.component.test_every_way import walk
from tests.conftest import RealParts
from tests.driving import parts
from tests.driving.measures import Gallery, measure_all
from tests.driving.visiting import LANGUAGES, Visit
from tests.screens import CHROMIUM, SIZES, Server, Shelf, serving

CONTENT = load_content()


@pytest.fixture(scope="module")
def browser(playwright: Playwright, real_parts: RealParts) -> Iterator[Browser]:
    if not Path(CHROMIUM).exists():
        pytest.skip(f"{CHROMIUM} is not installed")
    chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
    real_parts.used(parts.chromium())
    yield chromium
    chromium.close()


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with serving(Shelf()) as running:
        yield running


@pytest.fixture(scope="module")
def gallery() -> Gallery:
    return Gallery()


@pytest.fixture
def page(browser: Browser, server: Server) -> Iterator[Page]:
    opened = browser.new_page()
    opened.goto(server.enter)
    yield opened
    opened.close()


def screens_of(visit: Visit, builder: Builder) -> dict[str, Screen]:
    """Walk every way twice, as two different people, and keep each screen once by its words."""
    seen: dict[str, Screen] = {}

    def look(screen: Screen) -> None:
        seen.setdefault(f"{screen.state.value} {screen.body}", screen)

    ways = [
        (task, kind)
        for task in CONTENT.tasks.values()
        for kind in ChannelKind
        if task.channels[kind].exists is not Exists.NO
    ]
    for task, kind in ways:
        for with_card, last in ((True, False), (False, True)):
            one = Visit(CONTENT, builder, visit.locale)
            one.watcher = look
            walk(one.opens(), task, kind, with_card=with_card, last=last)
            one.close()
    return seen


@pytest.mark.slow
@pytest.mark.parametrize("locale", LANGUAGES)
def test_every_screen_with_its_real_words_keeps_its_measures(
    page: Page, gallery: Gallery, builder: Builder, locale: str
) -> None:
    # given
    visit = Visit(CONTENT, builder, locale)
    screens = screens_of(visit, builder)
    visit.close()
    assert len(screens) > 60
    # when each is shown at each size, in each size of letters
    found: dict[str, tuple[str, ...]] = {}
    for text in TextSize:
        pages = gallery.pages(
            (words_of(screen), replace(screen, text_size=text)) for screen in screens.values()
        )
        for size, (width, height) in SIZES.items():
            page.set_viewport_size({"width": width, "height": height})
            measured = measure_all(page, size, text, pages)
            found |= {
                f"{size} {text.value} {name}": one.faults
                for name, one in measured.items()
                if one.faults
            }
    # then
    assert {} == found


def words_of(screen: Screen) -> str:
    """Name a screen by its state and what stands on it."""
    return f"{screen.state.value} {screen.body}"
