"""Every screen, measured in a real browser: sizes, gaps, nothing cut off, nothing under the bar."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, sync_playwright

from kiosk.screens import AskBody, Contrast, Prompt, Screen, TextSize
from tests.screens import CHROMIUM, LOCALES, SIZES, Server, Shelf, samples, serving

TARGET = {"10": 84, "7": 72, "upright": 84}
XL_TEXT = {"10": 52, "7": 46, "upright": 52}
GAP = 20
# Keys of a keyboard are one field of keys: at least as large as a target of the small screen and
# closer together than other targets, as on every keyboard. Three rows of them, the field and both
# bars fill the 480 px of the small screen to the last pixel: there they stand nearer to the bars.
KEY = 72
NEAR_BOARD = {"10": 20, "7": 9, "upright": 20}

# One of a kind is enough for what differs only in words of one catalogue.
_ONE_OF_A_KIND = ("printer-trouble-", "card-trouble-", "out-of-service-")
_KEPT = {
    "printer-trouble-media-jam",
    "card-trouble-different-card",
    "card-trouble-not-activated",
    "out-of-service-trace-found",
}

MEASURE = """
async ({ limits, most }) => {
  await document.fonts.ready;
  await new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)));
  const measure = ({ target, gap, nearBoard, key, smallest }) => {
  const faults = [];
  const shown = (e) => e.checkVisibility({ visibilityProperty: true })
    && !e.closest('.away, .frame, [hidden]');
  const name = (e) => (e.tagName + '.' + e.className + ' ' + e.textContent.trim().slice(0, 30))
    .replace(/\\s+/g, ' ');
  const main = document.querySelector('main'), foot = document.querySelector('footer');
  const room = main.getBoundingClientRect(), bar = foot.getBoundingClientRect();
  const view = { left: 0, top: 0, right: innerWidth, bottom: innerHeight };
  const inside = (r, box, slack = 1.5) => r.left >= box.left - slack && r.right <= box.right + slack
    && r.top >= box.top - slack && r.bottom <= box.bottom + slack;
  if (document.documentElement.scrollHeight > innerHeight) faults.push('the page scrolls');
  if (main.scrollHeight > main.clientHeight + 1) faults.push('the middle is cut at the bottom');
  if (main.scrollWidth > main.clientWidth + 1) faults.push('the middle is cut at the side');
  if (Math.abs(bar.bottom - innerHeight) > 1) faults.push('the bottom bar is not at the bottom');
  const stop = document.querySelector('.stop');
  if (stop && !inside(stop.getBoundingClientRect(), view)) faults.push('stop is not all there');

  const targets = [...document.querySelectorAll('button, summary, a, input, textarea, label.tile')]
    .filter((e) => shown(e) && !['hidden', 'radio'].includes(e.type));
  for (const e of targets) {
    const r = e.getBoundingClientRect(), least = e.matches('.key') ? key : target;
    if (r.width < least - .5 || r.height < least - .5) {
      faults.push(`small: ${Math.round(r.width)}x${Math.round(r.height)} ${name(e)}`);
    }
    if (!inside(r, view)) faults.push('outside the screen: ' + name(e));
    if (main.contains(e) && !inside(r, room)) faults.push('outside the middle: ' + name(e));
  }
  const isBoard = (e) => e.matches('.key, input, textarea') || e.closest('.asking .ends');
  targets.forEach((a, i) => targets.slice(i + 1).forEach((b) => {
    if (a.contains(b) || b.contains(a)) return;
    const p = a.getBoundingClientRect(), q = b.getBoundingClientRect();
    const dx = Math.max(p.left - q.right, q.left - p.right);
    const dy = Math.max(p.top - q.bottom, q.top - p.bottom);
    if (dx < 0 && dy < 0) { faults.push(`overlap: ${name(a)} / ${name(b)}`); return; }
    if (isBoard(a) && isBoard(b) && (a.matches('.key') || b.matches('.key'))) return;
    if (a.closest('.turner') && b.closest('.turner')) return;
    const apart = Math.max(dx, dy);
    if (isBoard(a) !== isBoard(b) && apart >= nearBoard) return;
    if (apart < gap - .5) faults.push(`${Math.round(apart)} px apart: ${name(a)} / ${name(b)}`);
  }));

  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const e = node.parentElement;
    if (!node.textContent.trim() || !shown(e) || e.closest('script, .waiting, textarea')) continue;
    const size = parseFloat(getComputedStyle(e).fontSize);
    if (smallest && size < smallest && !e.closest('.note')) {
      faults.push(`${size} px text: ${name(e)}`);
    }
    if (e.closest('.place b, .field > span')) continue;
    const box = (e.closest('.press, .panel, .value, .hint') || e.closest('main, header, footer'))
      .getBoundingClientRect();
    const range = document.createRange();
    range.selectNodeContents(node);
    for (const r of range.getClientRects()) {
      if (r.width && !inside(r, box, 2)) { faults.push('cut: ' + name(e)); break; }
      if (main.contains(e) && r.bottom > bar.top + 1) { faults.push('under: ' + name(e)); break; }
    }
  }
  const blocks = [...main.querySelectorAll('[data-atom]:not(span)')].filter(shown);
  blocks.forEach((a, i) => blocks.slice(i + 1).forEach((b) => {
    if (a.contains(b) || b.contains(a)) return;
    const p = a.getBoundingClientRect(), q = b.getBoundingClientRect();
    if (p.left < q.right - 1 && q.left < p.right - 1
        && p.top < q.bottom - 1 && q.top < p.bottom - 1) {
      faults.push(`overlap: ${name(a)} / ${name(b)}`);
    }
  }));
  return [...new Set(faults)];
  };
  const found = [];
  for (let number = 1; number < most; number += 1) {
    found.push(...measure(limits).map((fault) => `page ${number}: ${fault}`));
    const more = document.querySelector('.paged [data-more]:not(.none)');
    if (!more) return found;
    more.click();
  }
  return [...found, 'too many pages'];
}
"""
MOST_PAGES = 20


def wanted(locale: str) -> list[tuple[str, Screen]]:
    """Return the samples to measure."""
    return [
        (name, screen)
        for name, screen in samples(locale)
        if not name.startswith(_ONE_OF_A_KIND) or name in _KEPT
    ]


@pytest.fixture(scope="module")
def shelf() -> Shelf:
    return Shelf()


@pytest.fixture(scope="module")
def server(shelf: Shelf) -> Iterator[Server]:
    with serving(shelf) as running:
        yield running


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if not Path(CHROMIUM).exists():
        pytest.skip(f"{CHROMIUM} is not installed")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield chromium
        chromium.close()


@pytest.fixture
def page(browser: Browser, server: Server) -> Iterator[Page]:
    opened = browser.new_page()
    opened.goto(server.enter)
    yield opened
    opened.close()


def look(page: Page, shelf: Shelf, screen: Screen) -> None:
    """Show a screen and wait until the page has changed to it by itself."""
    turn = shelf.now.turn + 1
    shelf.put(replace(screen, turn=turn))
    page.locator(f'html[data-turn="{turn}"][data-ready]').wait_for(state="attached")


def faults_on_all_pages(page: Page, size: str, text: TextSize) -> list[str]:
    """Measure the screen and, where it has more pages, each of them."""
    limits = {
        "target": TARGET[size],
        "gap": GAP,
        "nearBoard": NEAR_BOARD[size],
        "key": KEY,
        "smallest": XL_TEXT[size] if text is TextSize.XL else 0,
    }
    found: list[str] = page.evaluate(MEASURE, {"limits": limits, "most": MOST_PAGES})
    return found


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("size", SIZES)
def test_every_screen_keeps_its_measures(page: Page, shelf: Shelf, size: str, locale: str) -> None:
    width, height = SIZES[size]
    page.set_viewport_size({"width": width, "height": height})
    found = {}
    for name, screen in wanted(locale):
        look(page, shelf, screen)
        if faults := faults_on_all_pages(page, size, TextSize.NORMAL):
            found[name] = faults
    assert {} == found


@pytest.mark.parametrize(("locale", "text"), [("de", "xl"), ("ar", "xl"), ("fr", "large")])
@pytest.mark.parametrize("size", SIZES)
def test_large_letters_keep_the_measures_too(
    page: Page, shelf: Shelf, size: str, locale: str, text: str
) -> None:
    width, height = SIZES[size]
    page.set_viewport_size({"width": width, "height": height})
    found = {}
    for name, screen in wanted(locale):
        look(page, shelf, replace(screen, text_size=TextSize(text)))
        if faults := faults_on_all_pages(page, size, TextSize(text)):
            found[name] = faults
    assert {} == found


@pytest.mark.parametrize(("locale", "contrast"), [("nl", "paper"), ("ar", "night")])
def test_axe_finds_nothing_on_any_screen(
    page: Page, shelf: Shelf, locale: str, contrast: str
) -> None:
    page.set_viewport_size({"width": 1280, "height": 800})
    axe, found = Axe(), {}
    for name, screen in wanted(locale):
        look(page, shelf, replace(screen, contrast=Contrast(contrast)))
        result = axe.run(page)
        if result.violations_count:
            found[name] = [
                (fault["id"], [node["html"][:120] for node in fault["nodes"]])
                for fault in result.response["violations"]
            ]
    assert {} == found


def test_the_measure_finds_a_screen_that_is_too_full(page: Page, shelf: Shelf) -> None:
    # The control: a measure that finds nothing on a broken screen would prove nothing.
    page.set_viewport_size({"width": 800, "height": 480})
    look(page, shelf, dict(samples("nl"))["consent"])
    page.evaluate(
        """() => { document.querySelector('main h1').style.cssText = 'width: 3000px';
            document.querySelector('.stop').style.cssText = 'height: 30px; min-height: 0'; }"""
    )
    found = " ".join(faults_on_all_pages(page, "7", TextSize.NORMAL))
    assert "cut at the side" in found
    assert "small:" in found


# ---- what the page does by itself ----


def acted(shelf: Shelf, page: Page) -> list[tuple[str, dict[str, str]]]:
    """Wait until something was posted, but for the sign that somebody is there; return it."""
    for _ in range(600):
        found = [(name, dict(form)) for name, _, _, form in shelf.acts if name != "touch"]
        if found and not page.locator(".pressed").count():
            return found
        page.evaluate("new Promise((drawn) => requestAnimationFrame(drawn))")
    return []


@pytest.fixture
def tapped(shelf: Shelf) -> Shelf:
    shelf.acts.clear()
    return shelf


@pytest.mark.parametrize("size", SIZES)
def test_words_are_typed_by_touch_alone(page: Page, tapped: Shelf, size: str) -> None:
    width, height = SIZES[size]
    page.set_viewport_size({"width": width, "height": height})
    look(page, tapped, dict(samples("nl"))["correct-street"])
    keys = page.locator(".keyboard .layer:not([hidden])")
    for _ in range(3):
        keys.locator("[data-do=del]").click()
    for key in ("c", "a"):
        keys.locator(f"[data-key={key}]").click()
    keys.locator("[data-layer=marks]").click()
    keys.locator("[data-key='é']").click()
    keys.locator("[data-do=space]").click()
    keys.locator("[data-key='9']").click()
    keys.locator("[data-layer=letters]").click()
    page.locator("form#answer [data-primary]").click()
    assert [("answer", {"key": "street", "value": "Fortstraat Caé 9"})] == acted(tapped, page)


def test_a_date_gets_its_strokes_by_itself(page: Page, tapped: Shelf) -> None:
    page.set_viewport_size({"width": 800, "height": 480})
    sample = dict(samples("nl"))["correct-date"]
    assert isinstance(sample.body, AskBody)
    look(page, tapped, replace(sample, body=replace(sample.body, value="", fault="")))
    for digit in "03041961":
        page.locator(f".keyboard [data-key='{digit}']").click()
    assert "03/04/1961" == page.locator("#value").input_value()


def test_what_was_typed_survives_a_question_in_between(page: Page, tapped: Shelf) -> None:
    page.set_viewport_size({"width": 1280, "height": 800})
    asking = dict(samples("nl"))["step-ask-name"]
    look(page, tapped, replace(asking, visit="of-one-visit"))
    page.locator(".keyboard [data-key=z]").click()
    typed = page.locator("#value").input_value()
    tapped.put(replace(tapped.now, prompt=Prompt.STILL_THERE))
    page.locator("html[data-prompt=still-there]").wait_for(state="attached")
    assert 0 == page.locator("#value").count()
    tapped.put(replace(tapped.now, prompt=None))
    page.locator("#value").wait_for()
    assert typed == page.locator("#value").input_value()
    # Another visit gets nothing of it.
    look(page, tapped, replace(asking, visit="of-another-visit"))
    assert typed != page.locator("#value").input_value()


def test_a_double_tap_is_one_tap(page: Page, tapped: Shelf) -> None:
    page.set_viewport_size({"width": 1280, "height": 800})
    look(page, tapped, dict(samples("nl"))["need"])
    page.locator("[value=papers]").dblclick()
    assert [("choose-need", {"id": "papers"})] == acted(tapped, page)


def test_three_keys_walk_over_the_screen(page: Page, tapped: Shelf) -> None:
    page.set_viewport_size({"width": 1280, "height": 800})
    look(page, tapped, dict(samples("nl"))["need"])
    for key, lands_on in (("next", "money"), ("next", "papers"), ("previous", "money")):
        tapped.press(key)
        page.locator(f".here[value={lands_on}]").wait_for()
    tapped.press("confirm")
    assert [("choose-need", {"id": "money"})] == acted(tapped, page)


def test_a_page_whose_stream_ends_shows_nothing_of_anybody(
    browser: Browser, server: Server, shelf: Shelf
) -> None:
    shelf.put(dict(samples("nl"))["review"])
    pages = [browser.new_context().new_page() for _ in range(3)]
    for one in pages:
        one.goto(server.enter)
        one.locator("html[data-ready]").wait_for(state="attached")
    # Two streams at most: the first page has lost its own.
    pages[0].locator("html.curtain").wait_for(state="attached")
    left = pages[0].content()
    for value in ("Peeters", "Fortstraat", "canary-0000-invented", shelf.now.visit):
        assert value not in left
    assert pages[0].locator(".drop").is_visible()
    assert "Peeters" in pages[2].content()
    # A finger brings it back.
    pages[0].mouse.click(400, 300)
    pages[0].locator("html[data-ready]").wait_for(state="attached")
    for one in pages:
        one.context.close()


def test_a_long_press_a_drag_and_a_selection_do_nothing(page: Page, tapped: Shelf) -> None:
    look(page, tapped, dict(samples("nl"))["step-show"])
    stopped = page.evaluate(
        """() => ['contextmenu', 'dragstart', 'selectstart'].map((name) => {
            const event = new Event(name, { bubbles: true, cancelable: true });
            document.querySelector('main h1').dispatchEvent(event);
            return event.defaultPrevented; })"""
    )
    assert [True, True, True] == stopped


def test_without_the_script_every_choice_is_still_a_form(browser: Browser, shelf: Shelf) -> None:
    with serving(shelf) as plain:
        context = browser.new_context(java_script_enabled=False)
        page = context.new_page()
        page.goto(plain.enter)
        for name in ("need", "step-ask-name", "consent"):
            shelf.acts.clear()
            shelf.put(dict(samples("nl"))[name])
            page.goto(plain.origin)
            page.locator("main button:not(.key)").first.click()
            assert 1 == len(shelf.acts)
        context.close()
