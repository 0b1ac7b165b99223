"""Who looks at every screen that a journey reaches: a picture, the measures, axe."""

from __future__ import annotations

from pathlib import Path

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import Page

from tests.component.test_look import GAP, KEY, MEASURE, NEAR_BOARD, TARGET
from tests.driving.screen import Screen
from tests.screens import SIZES

_TURN_BACK = """() => {
  const earlier = document.querySelector('.paged [data-earlier]:not(.none)');
  if (earlier) earlier.click();
  return Boolean(earlier);
}"""
_TURN = _TURN_BACK.replace("earlier", "more")
MAX_PARTS = 30
# Screens that last too short, by design, for a slow look.
PASSING = frozenset({"ending", "wiping", "printing", "reading"})


def measured(page: Page) -> list[str]:
    """Measure a screen and each of its parts; leave it at the first."""
    size = next(
        (
            name
            for name, (width, height) in SIZES.items()
            if page.evaluate("[innerWidth, innerHeight]") == [width, height]
        ),
        "10",
    )
    limits = {
        "target": TARGET[size],
        "gap": GAP,
        "nearBoard": NEAR_BOARD[size],
        "key": KEY,
        "smallest": 0,
    }
    page.evaluate("document.fonts.ready")
    found: list[str] = []
    for number in range(1, MAX_PARTS):
        found += [f"part {number}: {fault}" for fault in page.evaluate(MEASURE, limits)]
        if not page.evaluate(_TURN):
            break
    else:
        found.append(f"more than {MAX_PARTS} parts")
    for _ in range(MAX_PARTS):
        if not page.evaluate(_TURN_BACK):
            break
    return found


class Witness:
    """Keeps pictures of states, and what was wrong with them."""

    def __init__(self, folder: Path, name: str, locale: str) -> None:
        self._folder = folder
        self._name = name
        self.locale = locale
        self._number = 0
        self._axe = Axe()
        self._asked: set[tuple[str, str]] = set()
        self.faults: dict[str, list[str]] = {}

    def __call__(self, screen: Screen, state: str) -> None:
        """Look at one screen. A screen that goes away while we look is not looked at again."""
        self._number += 1
        picture = f"{self._name}-{self._number:02d}-{state}-{self.locale}"
        try:
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
        kind = (state, str(page.evaluate("document.querySelector('main').className")))
        if kind in self._asked:
            return []
        self._asked.add(kind)
        found = self._axe.run(page)
        return [f"axe {fault['id']}: {fault['help']}" for fault in found.response["violations"]]
