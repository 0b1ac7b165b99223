"""The kiosk's own screen, seen and touched as a person does, across wipes."""

from __future__ import annotations

import re
from pathlib import Path

from playwright.sync_api import Browser, Locator, Page, Playwright
from playwright.sync_api import Error as PlaywrightError

from tests.driving.twin import Twin, until


class Screen:
    """The page in the browser that the keeper started; met anew after every wipe."""

    def __init__(self, playwright: Playwright, twin: Twin) -> None:
        self._playwright = playwright
        self._twin = twin
        self._browser: Browser | None = None
        self._address = ""
        self.taps = 0

    @property
    def page(self) -> Page:
        """Return the page of the browser that lives now."""
        return until(self._page, "the kiosk's own page")

    def _page(self) -> Page | None:
        address = self._twin.look().get("debug")
        if not address:
            return None
        try:
            if (
                address != self._address
                or self._browser is None
                or not self._browser.is_connected()
            ):
                self._browser = self._playwright.chromium.connect_over_cdp(address)
                self._address = address
            pages = [page for context in self._browser.contexts for page in context.pages]
            found = [page for page in pages if page.url.startswith("http://127.0.0.1")]
            return found[0] if found else None
        except PlaywrightError:
            self._browser = None
            return None

    @property
    def state(self) -> str:
        """Return the state that the page shows, "" while there is none."""
        try:
            found = self.page.evaluate("document.documentElement.dataset")
        except PlaywrightError:
            return ""
        return str(found.get("prompt") or found.get("state") or "") if "ready" in found else ""

    @property
    def turn(self) -> str:
        """Return the number of the screen."""
        try:
            found = self.page.evaluate("document.documentElement.dataset")
            return str(found["turn"]) if "ready" in found else ""
        except PlaywrightError:
            return ""

    def shows(self, *states: str, limit_s: float = 20) -> str:
        """Wait until the screen shows one of these states (or prompts)."""
        deadline_note = f"{' or '.join(states)} on the screen"

        def found() -> str:
            state = self.state
            return state if state in states else ""

        try:
            return until(found, deadline_note, limit_s)
        except AssertionError as error:
            raise AssertionError(f"{error} (it shows {self.state!r})") from None

    def button(self, action: str, value: str = "") -> Locator:
        """Return the button of an action, found by what it posts."""
        chosen = f'[value="{value}"]' if value else ""
        page = self.page
        return page.locator(
            f'button[formaction="/act/{action}"]{chosen}, form[action="/act/{action}"]'
            f' button:not([type="button"]):not([formaction]){chosen}'
        ).first

    def taps_on(self, action: str, value: str = "") -> None:
        """Tap the button of an action; looks through the pages of a long screen for it.

        Returns when the page has moved on: a person sees that before the next tap.
        """
        before = self.turn
        self.taps += 1
        # The page ignores the second half of a double tap: a quick test taps again, as a person.
        until(lambda: self._tap(action, value, before), f"a next screen after {action}", 10)

    def _tap(self, action: str, value: str, before: str) -> bool:
        if self.turn not in ("", before):
            return True
        try:
            button = self.button(action, value)
            button.wait_for(state="attached", timeout=2000)
            for _ in range(8):
                if button.is_visible():
                    break
                self.page.locator("[data-more]").click(timeout=2000)
            button.click(timeout=2000)
            until(lambda: self.turn not in ("", before), "a next screen", 0.7)
        except (PlaywrightError, AssertionError):
            return False
        return True

    def types(self, text: str) -> None:
        """Type into the question of the screen, with the keyboard of the page or a real one."""
        field = self.page.locator("main input:not([type=hidden]), main textarea").first
        field.click()
        field.fill(text)

    def opens_the_permanence(self, code: str) -> None:
        """Type the helper's code on the pad and open."""
        self.shows("closed")
        page = self.page
        page.evaluate(
            "code => { document.querySelector('form#open input[name=code]').value = code }", code
        )
        page.evaluate("document.querySelector('form#open').requestSubmit()")
        self.shows("welcome")

    def text(self) -> str:
        """Return all visible text."""
        return self.page.locator("body").inner_text()

    def has(self, pattern: str) -> bool:
        """Tell whether the visible text matches."""
        return re.search(pattern, self.text()) is not None

    def picture(self, path: Path) -> None:
        """Save what is to be seen."""
        path.parent.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=path)
