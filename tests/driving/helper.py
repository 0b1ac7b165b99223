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

    def types_a_name(self, name: str) -> None:
        """Type a first name on the keys of the screen."""
        self._turns_to("#helpers")
        for letter in name.lower():
            key = self._screen.page.locator(f'[data-for=helpers] .key[data-key="{letter}"]')
            self._screen.touches(key)

    def opens_on_the_pad(self, code: str, *, name: str, date: str) -> None:
        """Go the whole way: first name, another date (17/02/2026) than stands, code, by key."""
        screen = self._screen
        screen.shows("closed")
        page = screen.page
        self.types_a_name(name)
        assert page.locator("#helpers").input_value() == name
        self._turns_to("#date")
        for _ in page.locator("#date").input_value():
            screen.touches(page.locator("[data-for=date] .key[data-do=del]"))
        # The field puts the strokes in by itself.
        for digit in date.replace("/", ""):
            screen.touches(page.locator(f'[data-for=date] .key[data-key="{digit}"]'))
        assert page.locator("#date").input_value() == date, page.locator("#date").input_value()
        self._turns_to("#code")
        for digit in code:
            self._turns_to("#code")
            screen.touches(page.locator(f'[data-for=code] .key[data-key="{digit}"]'))
        assert page.locator("#code").input_value() == code
        screen.touches(page.locator("form#open button[data-primary]"))
        screen.shows("welcome")

    def _turns_to(self, field: str) -> None:
        """Turn the parts of the screen until this field is there."""

        def is_there() -> bool:
            if self._screen.page.locator(field).is_visible():
                return True
            self._screen.turns_the_page()
            return False

        until(is_there, f"the part of the screen with {field}", 10)

    def closes(self, code: str) -> None:
        """Close the permanence from the corner of the welcome screen, tap by tap."""
        screen = self._screen
        corner = screen.page.locator(".corner")
        screen.touches(corner.locator("summary"))
        corner.locator("#code").wait_for(timeout=5000)
        for digit in code:
            screen.touches(corner.locator(f'.key[data-key="{digit}"]'))
        assert corner.locator("#code").input_value() == code
        screen.touches(corner.locator("form button.helping"))
        until(lambda: screen.state == "closed", "the closed screen")
