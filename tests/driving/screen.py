"""The kiosk's own screen, seen and touched as a person does, across wipes."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, CDPSession, Locator, Page, Playwright
from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import TimeoutError as PlaywrightTimeout

from provisioning.twin.hands import HandUnreachableError
from tests.driving.plain import plain
from tests.driving.twin import Twin, until

Watcher = Callable[["Screen", str], None]
TAP_LIMIT_S = 10.0
# A tap that the page took for the second half of a double tap is made again after this.
AGAIN_S = 0.7
MAX_STOPS = 40
# A browser that is just being ended takes a connection and never answers: it is not waited for
# long, but each time longer, on a machine that is slow.
CONNECT_LIMIT_MS, CONNECT_MOST_MS = 700, 5600
# Which of the keys that can be reached is marked, and on which part of the screen.
_MARKED = """[[...document.querySelectorAll('button, summary, label')]
    .findIndex((stop) => stop.classList.contains('here')),
    document.querySelector('[data-count]')?.textContent]"""
_DATA = "({...document.documentElement.dataset})"


class Screen:
    """The page in the browser that the keeper started; met anew after every wipe."""

    def __init__(
        self,
        playwright: Playwright,
        twin: Twin,
        size: tuple[int, int] | None = None,
        watcher: Watcher | None = None,
    ) -> None:
        """Look at the twin's browser, at `size` if it is another than the window's.

        `watcher` is called with the state for each screen that `shows` has waited for, once.
        """
        self._playwright = playwright
        self._twin = twin
        self.size = size
        self._watcher = watcher
        self._browser: Browser | None = None
        self._found: Page | None = None
        self._touch: CDPSession | None = None
        self._connect_limit_ms = CONNECT_LIMIT_MS
        self._watched: set[tuple[str, str, str]] = set()
        self.taps = 0

    def looked_at_in(self, size: tuple[int, int], watcher: Watcher | None) -> None:
        """Go on at another size, before the eyes of another watcher."""
        self.size, self._watcher = size, watcher
        self._watched.clear()
        width, height = size
        self.page.set_viewport_size({"width": width, "height": height})

    @property
    def page(self) -> Page:
        """Return the page of the browser that lives now."""
        found = self._found
        if found is None or self._browser is None or not self._browser.is_connected():
            return until(self._meet, "the kiosk's own page")
        return found

    def _meet(self) -> Page | None:
        self._found = self._touch = None
        try:
            address = self._twin.look().get("debug")
            if not address:
                return None
            self._browser = self._playwright.chromium.connect_over_cdp(
                address, timeout=self._connect_limit_ms
            )
            self._connect_limit_ms = CONNECT_LIMIT_MS
            pages = [page for context in self._browser.contexts for page in context.pages]
            found = [page for page in pages if page.url.startswith("http://127.0.0.1")]
            if found and self.size:
                width, height = self.size
                found[0].set_viewport_size({"width": width, "height": height})
        except PlaywrightTimeout:
            self._connect_limit_ms = min(2 * self._connect_limit_ms, CONNECT_MOST_MS)
            return None
        except (PlaywrightError, HandUnreachableError):
            return None
        self._found = found[0] if found else None
        return self._found

    def data(self) -> dict[str, str]:
        """Return what the page says of itself; nothing while it is not ready or not there."""
        try:
            found: dict[str, str] = self.page.evaluate(_DATA)
        except PlaywrightError:
            self._found = None
            return {}
        return found if "ready" in found else {}

    @property
    def state(self) -> str:
        """Return the state (or the prompt) that the page shows, "" while there is none."""
        found = self.data()
        return found.get("prompt") or found.get("state") or ""

    @property
    def turn(self) -> str:
        """Return visit and number of the screen: what a tap belongs to."""
        found = self.data()
        return f"{found['visit']}/{found['turn']}" if found.get("turn") else ""

    def shows(self, *states: str, limit_s: float = 20) -> str:
        """Wait until the screen shows one of these states (or prompts)."""

        def found() -> str:
            state = self.state
            return state if state in states else ""

        try:
            state = until(found, f"{' or '.join(states)} on the screen", limit_s)
        except AssertionError as error:
            raise AssertionError(f"{error} (it shows {self.state!r})") from None
        self.watch(state)
        return state

    def watch(self, state: str) -> None:
        """Let the watcher see this screen, if it has not."""
        data = self.data()
        seen = (data.get("visit", ""), data.get("turn", ""), data.get("prompt", "") or state)
        if self._watcher is not None and seen not in self._watched:
            self._watched.add(seen)
            self._watcher(self, state)

    # ---- touching -------------------------------------------------------------------

    def button(self, action: str, value: str = "") -> Locator:
        """Return the button of an action, found by what it posts."""
        return self.page.locator(_pressing(action, value, "")).first

    def taps_on(self, action: str, value: str = "") -> None:
        """Tap the button of an action; looks through the pages of a long screen for it.

        Returns when the page has moved on: a person sees that before the next tap.
        """
        before = until(lambda: self.turn, "a screen to tap on", TAP_LIMIT_S)
        self.taps += 1

        def moved() -> bool:
            if self.turn not in ("", before):
                return True
            try:
                self._click(action, value, before)
                until(lambda: self.turn not in ("", before), "a next screen", AGAIN_S)
            except (PlaywrightError, AssertionError):
                return False
            return True

        until(moved, f"a next screen after {action} {value}", TAP_LIMIT_S)

    def taps_away(self, action: str, value: str = "") -> None:
        """Tap what takes the screen away: the end of a visit, the answer to a prompt."""
        before = self.data()
        self.taps += 1

        def gone() -> bool:
            now = self.data()
            if any(now.get(name) != before.get(name) for name in ("visit", "turn", "prompt")):
                return True
            try:
                self._click(action, value, "")
            except (PlaywrightError, AssertionError):
                return False
            return False

        until(gone, f"the end of this screen after {action} {value}", TAP_LIMIT_S)

    def presses(self, action: str, value: str = "") -> None:
        """Tap a button that changes the screen but not the place; returns at its answer."""
        before = until(lambda: self.data().get("revision"), "a screen to press on", TAP_LIMIT_S)
        self.taps += 1

        def changed() -> bool:
            try:
                self._click(action, value, "")
                until(lambda: self.data().get("revision", before) != before, "an answer", AGAIN_S)
            except (PlaywrightError, AssertionError):
                return False
            return True

        until(changed, f"an answer to {action} {value}", TAP_LIMIT_S)

    def _click(self, action: str, value: str, turn: str) -> None:
        # Bound to its screen: a late click must not press the same button of the next one.
        button = self.page.locator(_pressing(action, value, turn)).first
        button.wait_for(state="attached", timeout=1000)
        mark = self.page.locator(".who3:not(.open) [aria-pressed=true]")
        if action == "posture" and not button.is_visible() and mark.is_visible():
            # On the small screen one key shows who acts, and opens the choice.
            mark.click(timeout=2000)
        for _ in range(12):
            if button.is_visible():
                break
            self.turns_the_page()
        button.click(timeout=2000)

    def turns_the_page(self) -> None:
        """Show the next part of a screen that holds more than fits."""
        self.page.evaluate("document.querySelector('[data-more]')?.click()")

    def touches(self, target: Locator) -> None:
        """Touch with a finger: touch events, as the panel of the device gives them."""
        box = until(target.bounding_box, "something to touch", TAP_LIMIT_S)
        if self._touch is None:
            self._touch = self.page.context.new_cdp_session(self.page)
            self._touch.send("Emulation.setTouchEmulationEnabled", {"enabled": True})
        point = {"x": box["x"] + box["width"] / 2, "y": box["y"] + box["height"] / 2}
        send = self._touch.send
        send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [point]})
        send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
        self.taps += 1

    def touches_the_screen(self) -> None:
        """Touch where nothing stands: enough to say that somebody is there."""
        width, height = self.size or (800, 480)
        self.page.mouse.click(width / 2, height - 3)

    def goes_by_keys(self, action: str, value: str) -> None:
        """Move with the panel's keys to the button of an action, and confirm with green.

        Green alone is enough for the thing to do now, and else marks the first choice.
        """
        until(lambda: self.turn, "a screen for the keys", TAP_LIMIT_S)
        before = self.data()
        selector = _pressing(action, value, "")
        is_now = self.page.locator(f"main :is({selector})[data-primary]").count() > 0
        has_thing_to_do = self.page.locator("main [data-primary]").count() > 0
        for number in range(MAX_STOPS):
            is_there = self.button(action, value).is_visible()
            if self._is_marked(selector) or (is_now and is_there):
                break
            marked = self._marked()
            # What does not fit stands on a further part of the screen.
            turns = not is_there and (is_now or self._is_marked("[data-more]"))
            begins = number == 0 and not has_thing_to_do
            self._twin.presses("green" if turns or begins else "next")
            until(partial(self._has_moved_from, marked), "the mark on the next key", 10)
        else:
            raise AssertionError(f"{action} {value} is not reached by keys")
        self._twin.presses("green")
        until(
            lambda: any(self.data().get(name) != before.get(name) for name in ("visit", "turn")),
            f"a next screen after {action} by green",
            TAP_LIMIT_S,
        )

    def marks(self, value: str) -> bool:
        """Tell whether the panel's mark stands on the key that posts this value."""
        return self._is_marked(f'[value="{value}"]')

    def _is_marked(self, selector: str) -> bool:
        here = self.page.locator(".here:visible")
        matches = f"button => button.matches({json.dumps(selector)})"
        return bool(here.count() and here.first.evaluate(matches))

    def _marked(self) -> list[object]:
        found: list[object] = self.page.evaluate(_MARKED)
        return found

    def _has_moved_from(self, marked: list[object]) -> bool:
        return self._marked() != marked

    def posts(self, action: str, **values: str) -> int:
        """Post as this page would, whatever its buttons offer; return the status."""
        return int(
            self.page.evaluate(
                """async ([action, values]) => {
                    const body = new URLSearchParams(new FormData(document.querySelector('#f')));
                    for (const [name, value] of Object.entries(values)) body.set(name, value);
                    const headers = { 'X-Relais': 'quiet' };
                    const answer = await fetch('/act/' + action, { method: 'POST', headers, body });
                    return answer.status;
                }""",
                [action, values],
            )
        )

    # ---- typing ---------------------------------------------------------------------

    @property
    def field(self) -> Locator:
        """Return where the answer is typed."""
        return self.page.locator("main input#value, main textarea#value").first

    def types(self, text: str) -> None:
        """Put a text into the question of the screen, as a keyboard with every letter would."""
        for _ in range(12):
            if self.field.is_visible():
                break
            self.turns_the_page()
        self.field.fill(text)

    def types_by_touch(self, text: str) -> None:
        """Type on the keyboard of the page, finger by finger; capitals are the page's own.

        A letter that stands on none of its layers cannot be typed: AssertionError.
        """
        for letter in text:
            self.touches(self._key(letter))
        typed = self.field.input_value()
        assert typed.casefold() == text.casefold(), typed

    def _key(self, letter: str) -> Locator:
        name = '[data-do="space"]' if letter == " " else f'[data-key="{letter.lower()}"]'
        layers = self.page.locator(".keyboard .layer").count()
        for _ in range(layers):
            key = self.page.locator(f".keyboard .layer:not([hidden]) .key{name}")
            if key.count():
                return key.first
            # The last key of a layer that leads to another leads on; one before it leads back.
            self.touches(self.page.locator(".keyboard .layer:not([hidden]) .key[data-layer]").last)
        raise AssertionError(f"no key for {letter!r} on {layers} layers")

    # ---- looking --------------------------------------------------------------------

    def text(self) -> str:
        """Return all visible text."""
        return plain(self.page.locator("body").inner_text())

    def all_text(self) -> str:
        """Return the text of all parts of a screen that holds more than fits."""
        return plain(str(self.page.evaluate("document.body.textContent")))

    def offers(self, action: str) -> bool:
        """Tell whether something on the page does `action`."""
        return self.page.locator(_pressing(action, "", "")).count() > 0

    def has(self, pattern: str) -> bool:
        """Tell whether the visible text matches."""
        return re.search(pattern, self.text()) is not None

    def picture(self, path: Path) -> None:
        """Save what is to be seen."""
        path.parent.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=path)

    def asks_in_the_background(self, path: str, **options: Any) -> dict[str, Any]:
        """Let the page itself fetch `path`, with its cookie; return status and body length."""
        found: dict[str, Any] = self.page.evaluate(
            """async ([path, options]) => {
                const answer = await fetch(path, { cache: 'no-store', ...options });
                return { status: answer.status, length: (await answer.arrayBuffer()).byteLength };
            }""",
            [path, options],
        )
        return found

    def opens_the_permanence(self, code: str) -> None:
        """Open with a helper's code, without the way through the pad."""
        self.shows("closed")
        self.opens_with(code)
        self.shows("welcome")

    def opens_with(self, code: str) -> bool:
        """Send a code from the closed screen; False when that screen has just gone."""
        try:
            sent = self.page.evaluate(
                """code => {
                    const field = document.querySelector('form#open input[name=code]');
                    if (!field) return false;
                    field.value = code;
                    field.form.requestSubmit();
                    return true;
                }""",
                code,
            )
        except PlaywrightError:
            return False
        return bool(sent)


def _pressing(action: str, value: str, turn: str) -> str:
    """Return the selector of a button by what it posts, on one screen if `turn` names it."""
    page = ""
    if turn:
        visit, _, number = turn.partition("/")
        page = f'html[data-visit="{visit}"][data-turn="{number}"] '
    chosen = f'[value="{value}"]' if value else ""
    own = f'button[formaction="/act/{action}"]{chosen}'
    form = f'form[action="/act/{action}"] button:not([type="button"]):not([formaction]){chosen}'
    return f"{page}{own}, {page}{form}"
