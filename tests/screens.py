"""Pictures of every screen: `python -m tests.screens --out DIR`.

tests/component/test_look.py measures the same samples.
"""

from __future__ import annotations

import argparse
import struct
import threading
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from werkzeug.serving import WSGIRequestHandler, make_server

from device.given_path import given_path
from kiosk import screens as s
from kiosk.i18n import I18n
from kiosk.web import Stock, WebSettings, create_app
from tests.samples import LOCALES, samples

if TYPE_CHECKING:
    from playwright.sync_api import Page

CHROMIUM = "/usr/bin/chromium"
SIZES = {"10": (1280, 800), "7": (800, 480), "upright": (800, 1280)}
# Screens of other makers, in the letters of the small one: lower than ours, or not as wide.
BETWEEN = {"1024x600": (1024, 600), "1280x720": (1280, 720), "1024x768": (1024, 768)}
# A small window of somebody's own computer; no device has such a screen.
WINDOWS = {**SIZES, **BETWEEN, "narrow": (560, 800)}


def a4_picture() -> bytes:
    """Return a small picture in the shape of a written page, made without any library."""
    width, height = 210, 297
    lines = {range(30 + 14 * i, 35 + 14 * i): 60 + (i * 37) % 120 for i in range(14)}
    pixels = bytearray()
    for y in range(height):
        end = next((e for span, e in lines.items() if y in span), 0)
        pixels += b"\x00" + bytes(40 if 22 <= x < 22 + end else 255 for x in range(width))

    def chunk(kind: bytes, body: bytes) -> bytes:
        crc = zlib.crc32(kind + body)
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", crc)

    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(bytes(pixels)))
        + chunk(b"IEND", b"")
    )


class Shelf:
    """A VisitPort that shows whatever screen a test puts on it."""

    def __init__(self) -> None:
        self.now = next(samples("nl"))[1]
        self.acts: list[tuple[str, str, int, Mapping[str, str]]] = []
        self.keys: list[str] = []
        self.picture = a4_picture()
        self._moved = threading.Condition()
        self._revision = 1

    def put(self, screen: s.Screen) -> None:
        """Show another screen."""
        with self._moved:
            self.now = screen
            self._revision += 1
            self._moved.notify_all()

    def press(self, key: str) -> None:
        """Press a key of the panel."""
        with self._moved:
            self.keys.append(key)
            self._revision += 1
            self._moved.notify_all()

    def screen(self) -> s.Screen:
        """Return the screen that was put."""
        return self.now

    def act(self, action: str, *, visit: str, turn: int, form: Mapping[str, str]) -> None:
        """Write down what was tapped."""
        self.acts.append((action, visit, turn, form))

    def wait(self, seen: int, timeout_s: float) -> int:
        """Wait for the next screen."""
        with self._moved:
            self._moved.wait_for(lambda: self._revision > seen, timeout_s)
            return self._revision

    def preview(self, page: int, width_px: int) -> bytes | None:
        """Return a page."""
        return self.picture if page > 0 else None

    def take_keys(self) -> list[str]:
        """Return the keys that were pressed."""
        with self._moved:
            keys, self.keys = self.keys, []
            return keys


class _Quiet(WSGIRequestHandler):
    """Says nothing about requests."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Say nothing."""


@dataclass(frozen=True)
class Server:
    """A running server of the screens: where it is and how to enter."""

    origin: str
    enter: str


@contextmanager
def serving(shelf: Shelf) -> Iterator[Server]:
    """Serve the screens of `shelf` on a free loopback port."""
    host = "127.0.0.1"
    server = make_server(host, 0, lambda *_: [], threaded=True, request_handler=_Quiet)
    port = server.server_port
    settings = WebSettings(enter_keys=lambda key: key == "open-the-door")
    server.app = create_app(
        shelf, token="of-this-boot", host=host, port=port, stock=Stock(I18n()), settings=settings
    )
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield Server(f"http://{host}:{port}", f"http://{host}:{port}/enter/open-the-door")
    finally:
        server.shutdown()
        thread.join(5)
        server.server_close()


def photograph(page: Page, path: Path) -> list[Path]:
    """Save the screen and each of its further pages; return the files."""
    saved = [path]
    page.screenshot(path=path)
    more = page.locator("[data-more]")
    number = 1
    while more.is_visible() and page.evaluate("document.documentElement.matches('.paged')"):
        if "none" in (more.get_attribute("class") or "").split():
            break
        more.evaluate("button => button.click()")
        number += 1
        saved.append(path.with_stem(f"{path.stem}.{number}"))
        page.screenshot(path=saved[-1])
    return saved


def main() -> None:
    """Save pictures of the screens that were asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=given_path, required=True)
    parser.add_argument("--size", choices=WINDOWS, action="append")
    parser.add_argument("--lang", choices=LOCALES, action="append")
    parser.add_argument("--text", choices=[size.value for size in s.TextSize], default="normal")
    parser.add_argument("--night", action="store_true")
    parser.add_argument("--only", default="", help="names that begin so")
    asked = parser.parse_args()
    # Its samples serve unit tests too, also where there is no browser.
    from playwright.sync_api import sync_playwright

    asked.out.mkdir(parents=True, exist_ok=True)
    shelf = Shelf()
    with serving(shelf) as server, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        for size in asked.size or SIZES:
            width, height = WINDOWS[size]
            page = browser.new_page(viewport={"width": width, "height": height})
            page.goto(server.enter)
            for locale in asked.lang or LOCALES:
                for name, screen in samples(locale):
                    if not name.startswith(asked.only):
                        continue
                    contrast = s.Contrast.NIGHT if asked.night else s.Contrast.PAPER
                    shelf.put(replace(screen, text_size=s.TextSize(asked.text), contrast=contrast))
                    page.goto(server.origin)
                    page.evaluate("document.fonts.ready")
                    photograph(page, asked.out / f"{name}-{locale}-{size}.png")
            page.close()
        browser.close()


if __name__ == "__main__":
    main()
