"""The window of the official site, used as a resident uses it."""

from __future__ import annotations

from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import Page, Playwright

from tests.driving.twin import Twin, until


class OfficialSite:
    """The second browser while a site is open; the kiosk cannot see into it, a test can."""

    def __init__(self, playwright: Playwright, twin: Twin) -> None:
        self._playwright = playwright
        self._twin = twin
        self.page = until(self._meet, "the window of the official site")

    def _meet(self) -> Page | None:
        address = self._twin.look().get("site_debug")
        if not address:
            return None
        try:
            browser = self._playwright.chromium.connect_over_cdp(address)
            # Playwright would catch downloads: here they must land where the kiosk takes them.
            browser.new_browser_cdp_session().send(
                "Browser.setDownloadBehavior", {"behavior": "default"}
            )
            pages = [page for context in browser.contexts for page in context.pages]
            return next((page for page in pages if page.url.startswith("http")), None)
        except PlaywrightError:
            return None

    def logs_in(self) -> None:
        """Pass the door; the stand-in asks for nothing."""
        self.page.locator("#login").click()
        self.page.locator("#send").wait_for()

    def asks_for(self, document: str, name: str) -> None:
        """Ask for a document in a name."""
        self.page.locator("select[name=document]").select_option(document)
        self.page.locator("input[name=name]").fill(name)
        self.page.locator("#send").click()
        self.page.locator("#download").wait_for()

    def downloads_the_pdf(self) -> None:
        """Tap on the document; it is saved without a question."""
        self.page.locator("#download").click()
