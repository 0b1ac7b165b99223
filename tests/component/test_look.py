"""Every screen, measured in a real browser: sizes, gaps, nothing cut off, nothing under the bar."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, sync_playwright

from kiosk.screens import Contrast, Screen, TextSize
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
({ target, gap, nearBoard, key, smallest }) => {
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
    if (p.left < q.right - 1 && q.left < p.right - 1 && p.top < q.bottom - 1 && q.top < p.bottom - 1) {
      faults.push(`overlap: ${name(a)} / ${name(b)}`);
    }
  }));
  return [...new Set(faults)];
}
"""


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


def look(page: Page, server: Server, shelf: Shelf, screen: Screen) -> None:
    """Show a screen and wait until it lies still."""
    shelf.put(screen)
    page.goto(server.origin, wait_until="load")
    page.evaluate("document.fonts.ready")


def faults_on_all_pages(page: Page, size: str, text: TextSize) -> list[str]:
    """Measure the screen and, where it has more pages, each of them."""
    limits = {
        "target": TARGET[size],
        "gap": GAP,
        "nearBoard": NEAR_BOARD[size],
        "key": KEY,
        "smallest": XL_TEXT[size] if text is TextSize.XL else 0,
    }
    found = []
    for number in range(1, 30):
        found += [f"page {number}: {fault}" for fault in page.evaluate(MEASURE, limits)]
        turned = page.evaluate(
            """() => { const more = document.querySelector('.paged [data-more]:not(.none)');
                if (more) more.click(); return Boolean(more); }"""
        )
        if not turned:
            return found
    return [*found, "more than 29 pages"]


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("size", SIZES)
def test_every_screen_keeps_its_measures(
    page: Page, server: Server, shelf: Shelf, size: str, locale: str
) -> None:
    width, height = SIZES[size]
    page.set_viewport_size({"width": width, "height": height})
    found = {}
    for name, screen in wanted(locale):
        look(page, server, shelf, screen)
        if faults := faults_on_all_pages(page, size, TextSize.NORMAL):
            found[name] = faults
    assert {} == found


@pytest.mark.parametrize(("locale", "text"), [("de", "xl"), ("ar", "xl"), ("fr", "large")])
@pytest.mark.parametrize("size", SIZES)
def test_large_letters_keep_the_measures_too(
    page: Page, server: Server, shelf: Shelf, size: str, locale: str, text: str
) -> None:
    width, height = SIZES[size]
    page.set_viewport_size({"width": width, "height": height})
    found = {}
    for name, screen in wanted(locale):
        look(page, server, shelf, replace(screen, text_size=TextSize(text)))
        if faults := faults_on_all_pages(page, size, TextSize(text)):
            found[name] = faults
    assert {} == found


@pytest.mark.parametrize(("locale", "contrast"), [("nl", "paper"), ("ar", "paper"), ("fr", "night")])
def test_axe_finds_nothing_on_any_screen(
    page: Page, server: Server, shelf: Shelf, locale: str, contrast: str
) -> None:
    page.set_viewport_size({"width": 1280, "height": 800})
    axe, found = Axe(), {}
    for name, screen in wanted(locale):
        look(page, server, shelf, replace(screen, contrast=Contrast(contrast)))
        result = axe.run(page)
        if result.violations_count:
            found[name] = [
                (fault["id"], [node["html"][:120] for node in fault["nodes"]])
                for fault in result.response["violations"]
            ]
    assert {} == found


def test_the_measure_finds_a_screen_that_is_too_full(
    page: Page, server: Server, shelf: Shelf
) -> None:
    # The control: a measure that finds nothing on a broken screen would prove nothing.
    page.set_viewport_size({"width": 800, "height": 480})
    look(page, server, shelf, dict(samples("nl"))["consent"])
    page.evaluate(
        """() => { document.querySelector('main h1').style.cssText = 'width: 3000px';
            document.querySelector('.stop').style.cssText = 'height: 30px; min-height: 0'; }"""
    )
    found = " ".join(faults_on_all_pages(page, "7", TextSize.NORMAL))
    assert "cut at the side" in found
    assert "small:" in found
