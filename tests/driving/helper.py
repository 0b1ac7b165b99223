"""The helper of the day: opens a permanence on the pad, and closes it in the corner."""

from __future__ import annotations

from tests.driving.screen import Screen
from tests.driving.twin import until


class Helper:
    """Somebody with a code, at the kiosk's own screen."""

    def __init__(self, screen: Screen) -> None:
        self._screen = screen

    def tries(self, code: str) -> None:
        """Send a code from the closed screen, without the way through the pad."""
        self._screen.shows("closed")
        self._screen.opens_with(code)

    def opens_on_the_pad(self, code: str, *, name: str, profile: str) -> None:
        """Go the whole way: profile, first name, date as it stands, code, key by key."""
        screen = self._screen
        screen.shows("closed")
        page = screen.page
        page.locator(f"label:has(input[value={profile}])").click()
        screen.turns_the_page()
        page.locator("#helpers").wait_for(state="visible")
        for letter in name.lower():
            screen.touches(page.locator(f'[data-for=helpers] .key[data-key="{letter}"]'))
        assert page.locator("#helpers").input_value() == name
        screen.turns_the_page()
        page.locator("#date").wait_for(state="visible")
        screen.turns_the_page()
        page.locator("#code").wait_for(state="visible")
        for digit in code:
            screen.touches(page.locator(f'[data-for=code] .key[data-key="{digit}"]'))
        screen.touches(page.locator("form#open button[data-primary]"))
        screen.shows("welcome")

    def closes(self, code: str) -> None:
        """Close the permanence from the corner of the welcome screen."""
        page = self._screen.page
        page.locator(".corner > summary").click()
        page.locator(".corner #code").fill(code)
        page.locator(".corner form button.helping").click()
        until(lambda: self._screen.state == "closed", "the closed screen")
