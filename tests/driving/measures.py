"""The measures of a screen: what may be too small, too near, cut off or hidden, on every page."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page

from kiosk.i18n import I18n
from kiosk.screens import Screen, TextSize
from kiosk.web import Stock, WebSettings, create_app
from kiosk.web.border import COOKIE
from tests.screens import BETWEEN, Shelf

# What a screen between ours has to keep is what the small one keeps.
TARGET = {"10": 84, "7": 72, "upright": 84, "narrow": 84, **dict.fromkeys(BETWEEN, 72)}
# What a resident reads is never smaller, whatever the screen.
LEAST_TEXT = 20
XL_TEXT = {"10": 52, "7": 46, "upright": 52, **dict.fromkeys(BETWEEN, 46)}
GAP = 20
# Keys of a keyboard are one field of keys: at least as large as a target of the small screen and
# closer together than other targets, as on every keyboard. Three rows of them, the field and both
# bars fill the 480 px of the small screen to the last pixel: there they stand nearer to the bars.
# Upright, ten keys share 800 px.
KEY = {"10": 84, "7": 72, "upright": 72, "narrow": 44, **dict.fromkeys(BETWEEN, 72)}
NEAR_BOARD = {"10": 20, "7": 9, "upright": 20, "narrow": 9, **dict.fromkeys(BETWEEN, 9)}
MOST_PAGES = 20

_MEASURE = """
  let before = 0, wasText = false;
  const measure = ({ target, gap, nearBoard, key, smallest, whole }) => {
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
    // Who acts may stand in the top bar.
    if (main.contains(e) && !e.closest('.who3') && !inside(r, room)) {
      faults.push('outside the middle: ' + name(e));
    }
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
    if (size < smallest) {
      faults.push(`${size} px text: ${name(e)}`);
    }
    if (e.closest('.place b, .field > span')) continue;
    const around = e.closest('.press, .key, .panel, .value, .hint');
    const box = (around || e.closest('main, header, footer')).getBoundingClientRect();
    const range = document.createRange();
    range.selectNodeContents(node);
    for (const r of range.getClientRects()) {
      // Words on a border are read as cut off, as are those that leave it.
      const air = e.closest('.tile') ? -6 : 2;
      if (r.width && (r.left < box.left - air || r.right > box.right + air)) {
        faults.push('cut: ' + name(e));
        break;
      }
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
  for (const label of main.querySelectorAll('.field > span')) {
    const r = label.getBoundingClientRect();
    const isCut = r.height > 2 && (label.scrollWidth > label.clientWidth + 1
      || (label.matches('.explains') && label.scrollHeight > label.clientHeight + 2));
    if (isCut) faults.push('cut: ' + name(label));
  }
  for (const field of [...main.querySelectorAll('.field :is(input, textarea)')].filter(shown)) {
    const look = getComputedStyle(field), box = field.getBoundingClientRect();
    const px = (name) => parseFloat(look[name]), isLong = field.matches('textarea');
    // What scrolls is painted in its padding, too.
    const top = box.top + px('borderTopWidth') + (isLong ? 0 : px('paddingTop'));
    const end = box.bottom - px('borderBottomWidth') - (isLong ? 0 : px('paddingBottom'));
    const lines = (end - top) / px('lineHeight');
    if (isLong && lines < .98) faults.push('no whole line: ' + name(field));
    if (isLong && Math.abs(lines - Math.round(lines)) > .1) faults.push('sliced: ' + name(field));
    if (!field.value) continue;
    for (const above of main.querySelectorAll('.field > span:not(.away), .asking > .hint')) {
      if (!shown(above)) continue;
      const r = above.getBoundingClientRect();
      const isOver = r.left < box.right && r.right > box.left && r.top < end - 1
        && r.bottom > top + 1;
      if (isOver) faults.push(`over the text: ${name(above)}`);
    }
  }
  const pieces = [...main.querySelectorAll('[data-atom]')].filter((piece) => shown(piece)
    && !piece.closest('.who3'));
  const isPaged = document.documentElement.matches('.paged'), last = pieces[pieces.length - 1];
  const isKey = (piece) => piece.matches('button');
  const says = pieces.filter((piece) => !('leads' in piece.dataset)
    && (piece.innerText.trim() || piece.querySelector('input, textarea, img')));
  if (isPaged && last) {
    // A heading or the title of a box promises something: it is never all that there is.
    if (!says.length) faults.push('nothing but a title: ' + main.innerText.trim().slice(0, 60));
    if ('leads' in last.dataset) faults.push('leads to nothing here: ' + name(last));
    // Keys belong to what was read before them; in larger letters, at least to the heading.
    const isKeys = pieces.every(isKey), head = main.querySelector('h1:not(.echo)');
    const isBare = isKeys && wasText && (whole ? before > 1 : !head || !shown(head));
    if (isBare) faults.push('keys alone: ' + name(last));
    wasText = wasText || !isKeys;
  }
  // A narrow window of somebody's own computer has no top bar to put who acts into.
  const isAsking = innerWidth <= 600 && [...main.querySelectorAll('.who3')].some(shown);
  if (isPaged && !last && !isAsking) {
    faults.push('nothing but a heading: ' + main.innerText.trim().slice(0, 60));
  }
  before = pieces.length;
  for (const answers of main.querySelectorAll('[data-answers]')) {
    const tiles = [...answers.querySelectorAll('.tile')], seen = tiles.filter(shown);
    const question = main.querySelector('h1:not(.echo)');
    if (!whole || !seen.length) continue;
    if (seen.length < tiles.length) faults.push('an answer stands on another page');
    if (!shown(question)) faults.push('answers without their question');
  }
  return [...new Set(faults)];
  };
  const measured = (limits, most) => {
    const faults = [], met = new Set();
    before = 0;
    wasText = false;
    const tiles = [...document.querySelectorAll('main button.tile:not(.optional)')];
    for (let number = 1; number < most; number += 1) {
      faults.push(...measure(limits).map((fault) => `page ${number}: ${fault}`));
      tiles.filter((tile) => tile.getClientRects().length).forEach((tile) => met.add(tile));
      const more = document.querySelector('.paged [data-more]:not(.none)');
      if (!more) {
        const lost = tiles.filter((tile) => !met.has(tile) && !tile.closest('details'));
        faults.push(...lost.map((tile) => `on no page: ${tile.textContent.trim()}`));
        return { faults, pages: number };
      }
      more.click();
    }
    return { faults: [...faults, 'too many pages'], pages: most };
  };
"""
_ONE = f"""async ({{ limits, most }}) => {{
  {_MEASURE}
  await document.fonts.ready;
  await new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)));
  return measured(limits, most);
}}"""
# Each page goes in as the answer to a form that is sent: the way that every tap takes, without
# the way to the server and back.
_SHOW = """
  const reach = window.fetch;
  let answer = '';
  window.fetch = async () => new Response(answer);
  const shows = async (html) => {
    answer = html;
    const turn = /data-turn="(\\d+)"/.exec(html)[1], now = document.documentElement.dataset;
    document.querySelector('#f').requestSubmit();
    while (now.turn !== turn || !('ready' in now)) await new Promise((next) => setTimeout(next));
    await document.fonts.ready;
  };
"""
_ALL = f"""async ({{ pages, limits, most }}) => {{
  {_MEASURE}
  {_SHOW}
  const found = {{}};
  for (const [name, html] of pages) {{
    await shows(html);
    found[name] = measured(limits, most);
  }}
  window.fetch = reach;
  return found;
}}"""
_AXE_HERE = """async () =>
  (await axe.run(document, { resultTypes: ['violations'] })).violations.map(({ id }) => id)
"""
_AXE = f"""async (pages) => {{
  {_SHOW}
  const found = {{}};
  for (const [name, html] of pages) {{
    await shows(html);
    const {{ violations }} = await axe.run(document, {{ resultTypes: ['violations'] }});
    found[name] = violations.map(({{ id, nodes }}) =>
      `${{id}}: ${{nodes.map((node) => node.html.slice(0, 120)).join(' ')}}`);
  }}
  window.fetch = reach;
  return found;
}}"""


@dataclass(frozen=True)
class Finding:
    """What a screen has come to: `pages` it takes, and what is wrong on them."""

    faults: tuple[str, ...]
    pages: int


def _limits(size: str, text: TextSize) -> dict[str, float | bool]:
    return {
        "target": TARGET[size],
        "gap": GAP,
        "nearBoard": NEAR_BOARD[size],
        "key": KEY[size],
        "smallest": XL_TEXT[size] if text is TextSize.XL else LEAST_TEXT,
        # Larger letters may need more than one page for one question.
        "whole": text is TextSize.NORMAL and size != "narrow",
    }


def faults_on_all_pages(page: Page, size: str, text: TextSize) -> list[str]:
    """Measure the screen that is shown and, where it has more pages, each of them."""
    found = page.evaluate(_ONE, {"limits": _limits(size, text), "most": MOST_PAGES})
    return [str(fault) for fault in found["faults"]]


class Gallery:
    """Makes the pages of screens as the server sends them, without a wire."""

    def __init__(self) -> None:
        self._shelf = Shelf()
        host, port = "127.0.0.1", 8321
        token = "of-this-boot"
        settings = WebSettings(enter_keys=lambda key: False)
        app = create_app(
            self._shelf, token=token, host=host, port=port, stock=Stock(I18n()), settings=settings
        )
        self._client = app.test_client(use_cookies=False)
        self._sent = {
            "Host": f"{host}:{port}",
            "Cookie": f"{COOKIE}={token}",
            "Sec-Fetch-Site": "same-origin",
        }
        self._turn = 1000

    def pages(self, screens: Iterable[tuple[str, Screen]]) -> list[tuple[str, str]]:
        """Return names and pages; every page is another turn, so that none is taken for one."""
        pages = []
        for name, screen in screens:
            self._turn += 1
            self._shelf.put(replace(screen, turn=self._turn))
            pages.append((name, self._client.get("/", headers=self._sent).text))
        return pages


def measure_all(
    page: Page, size: str, text: TextSize, pages: list[tuple[str, str]]
) -> dict[str, Finding]:
    """Show every page in a window that already has `size`, and measure it."""
    asked = {"pages": pages, "limits": _limits(size, text), "most": MOST_PAGES}
    found = page.evaluate(_ALL, asked)
    return {name: Finding(tuple(one["faults"]), one["pages"]) for name, one in found.items()}


def axe_on_all(page: Page, pages: list[tuple[str, str]]) -> dict[str, list[str]]:
    """Show every page and return what axe finds on it; nothing for a page without a fault."""
    page.evaluate(AXE_SCRIPT)
    found: dict[str, list[str]] = page.evaluate(_AXE, pages)
    return {name: faults for name, faults in found.items() if faults}


def axe_on(page: Page) -> list[str]:
    """Return the rules that the page breaks as it stands."""
    page.evaluate(AXE_SCRIPT)
    found: list[str] = page.evaluate(_AXE_HERE)
    return found
