"""Who looks at every screen that a journey reaches: a picture, the measures, axe."""

from __future__ import annotations

from pathlib import Path

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import Page

from kiosk.screens import TextSize
from tests.driving.measures import faults_on_all_pages
from tests.driving.screen import Screen
from tests.screens import SIZES

# As on the device: letters and pictures are there before anybody looks. A leaf of a paper that is
# not turned to is not fetched, and would never be there.
_SETTLE = """() => Promise.all([document.fonts.ready,
    ...[...document.images].filter((image) => image.getClientRects().length)
      .map((image) => image.decode().catch(() => null))])"""
_FIRST_PART = """() => {
  for (let number = 0; number < 40; number += 1) {
    const earlier = document.querySelector('.paged [data-earlier]:not(.none)');
    if (!earlier) return;
    earlier.click();
  }
}"""
# Screens that last too short, by design, for a slow look.
PASSING = frozenset({"ending", "wiping", "printing", "reading"})


def measured(page: Page) -> list[str]:
    """Measure a screen and each of its parts; leave it at the first."""
    sides = tuple(page.evaluate("[innerWidth, innerHeight]"))
    size = next(name for name, wanted in SIZES.items() if wanted == sides)
    page.evaluate(_SETTLE)
    found = faults_on_all_pages(page, size, TextSize.NORMAL)
    page.evaluate(_FIRST_PART)
    return found


class Witness:
    """Keeps pictures of states, and what was wrong with them."""

    def __init__(self, folder: Path, name: str, locale: str, asked: set[tuple[str, ...]]) -> None:
        """`asked` remembers for all witnesses of a run which kinds of screens axe has seen."""
        self._folder = folder
        self._name = name
        self.locale = locale
        self._number = 0
        self._axe = Axe()
        self._asked = asked
        self.faults: dict[str, list[str]] = {}

    def __call__(self, screen: Screen, state: str) -> None:
        """Look at one screen. A screen that goes away while we look is not looked at again."""
        self._number += 1
        picture = f"{self._name}-{self._number:02d}-{state}-{self.locale}"
        try:
            screen.page.evaluate(_SETTLE)
            screen.picture(self._folder / f"{picture}.png")
            if state in PASSING:
                return
            turn = screen.turn
            faults = measured(screen.page)
            faults += self._axe_finds(screen.page, state)
        except PlaywrightError:
            return
        if faults and screen.turn == turn:
            self.faults[picture] = faults

    def _axe_finds(self, page: Page, state: str) -> list[str]:
        look = str(page.evaluate("document.querySelector('main').className"))
        kind = (state, look, self.locale, str(page.viewport_size))
        if kind in self._asked:
            return []
        self._asked.add(kind)
        found = self._axe.run(page)
        return [f"axe {fault['id']}: {fault['help']}" for fault in found.response["violations"]]
