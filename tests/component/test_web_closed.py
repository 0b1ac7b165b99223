"""Hostile pages in a real browser that holds the token: nothing is read and nothing happens.

The pages stand on another loopback port and, by another name, on another site. The browser is
the worst case: one that has entered, without the allow-list and the firewall of a device. The
same pages attack an open door first: each attack has to hit there, or its failure means nothing.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.conftest import RealParts
from tests.driving import parts
from tests.screens import CHROMIUM, Server, Shelf, serving

# Each tells the hostile page's own server what it got; "" is a failed attack.
ATTACKS = {
    "read": """async (door) => (await fetch(door, { credentials: 'include' })).text()""",
    "post-fetch": """async (door, form) => { await fetch(door + '/act/stop',
        { method: 'POST', mode: 'no-cors', credentials: 'include', body: form }); return ''; }""",
    "post-json": """async (door, form) => { await fetch(door + '/act/stop', { method: 'POST',
        mode: 'no-cors', credentials: 'include', body: String(form),
        headers: { 'Content-Type': 'text/plain' } }); return ''; }""",
    "post-beacon": """async (door, form) => {
        navigator.sendBeacon(door + '/act/stop', form); return ''; }""",
    "post-form": """async (door, form) => { const sent = document.createElement('form');
        sent.method = 'POST'; sent.action = door + '/act/stop';
        for (const [name, value] of form) { const i = document.createElement('input');
          i.name = name; i.value = value; sent.append(i); }
        document.body.append(sent); sent.submit(); return ''; }""",
    "frame": """async (door) => { const f = document.createElement('iframe'); f.src = door;
        document.body.append(f); await new Promise((done) => { f.onload = done; }); return ''; }""",
    "navigate": """async (door) => { location.href = door; return ''; }""",
    "image": """async (door) => { const i = new Image(); i.src = door + '/preview/1.png';
        await new Promise((done) => { i.onload = i.onerror = done; });
        return i.naturalWidth ? 'a picture' : ''; }""",
    "script": """async (door) => { const s = document.createElement('script'); s.src = door;
        document.head.append(s);
        return new Promise((done) => { s.onload = () => done('loaded'); s.onerror = () => done('');
        }); }""",
    "events": """async (door) => new Promise((done) => {
        const s = new EventSource(door + '/changes?page=evil', { withCredentials: true });
        s.onopen = () => { s.close(); done('open'); };
        s.onerror = () => { s.close(); done(''); }; })""",
    "socket": """async (door) => new Promise((done) => {
        const s = new WebSocket(door.replace('http', 'ws') + '/changes');
        s.onopen = () => done('open'); s.onerror = () => done(''); })""",
}
# What an open door gives away to each: a word in the answer, a request, or an act.
CHANGES = {"post-fetch", "post-json", "post-beacon", "post-form"}
SHOWS = {"frame", "navigate"}
TELLS = {"read", "image"}
LEADS_AWAY = {"post-form", "navigate"}


@dataclass
class OpenDoor:
    """The control: a server without any border. It writes down what came through."""

    acts: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    was_hit: threading.Event = field(default_factory=threading.Event)


def handler_of(door: OpenDoor | None) -> type[BaseHTTPRequestHandler]:
    """Build the pages of the open door, or (None) of the hostile site."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if door is not None:
                door.asked.append(self.path)
            kind, body = "text/html", b"<title>Evil</title><h1>Free of charge</h1>"
            if door is not None:
                body = b"<title>Relais</title><h1>Anneleen</h1>"
                if self.path.endswith(".png"):
                    kind, body = "image/png", Shelf().preview(1, 300) or b""
                if self.path.startswith("/changes"):
                    kind, body = "text/event-stream", b"event: beat\ndata:\n\n"
            self._answer(kind, body)

        def do_POST(self) -> None:
            if door is not None:
                door.acts.append(self.path)
                door.was_hit.set()
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            self._answer("text/html", b"done")

        def _answer(self, kind: str, body: bytes) -> None:
            self.send_response(200)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            if door is not None:
                self.send_header("Access-Control-Allow-Origin", self.headers.get("Origin", "*"))
                self.send_header("Access-Control-Allow-Credentials", "true")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    return Handler


@contextmanager
def site(door: OpenDoor | None) -> Iterator[int]:
    """Serve on a free loopback port; yield the port."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler_of(door))
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        thread.join(5)
        server.server_close()


@pytest.fixture(scope="module")
def browser(real_parts: RealParts) -> Iterator[Browser]:
    if not Path(CHROMIUM).exists():
        pytest.skip(f"{CHROMIUM} is not installed")
    real_parts.used(parts.chromium())
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=CHROMIUM,
            # The second name makes another site of the same machine, as a rebound name would.
            args=["--no-sandbox", "--host-resolver-rules=MAP evil.example 127.0.0.1"],
        )
        yield chromium
        chromium.close()


@pytest.fixture(scope="module")
def shelf() -> Shelf:
    return Shelf()


@pytest.fixture(scope="module")
def server(shelf: Shelf) -> Iterator[Server]:
    with serving(shelf) as running:
        yield running


@pytest.fixture(scope="module")
def hostile() -> Iterator[int]:
    with site(None) as port:
        yield port


def attack(page: Page, origin: str, door: str, name: str, turn: tuple[str, str]) -> str:
    """Let a hostile page attack `door`; return what it got hold of."""
    page.goto(origin)
    call = (
        "([door, visit, turn]) => { const form = new URLSearchParams({ visit, turn });"
        f"const done = ({ATTACKS[name]})(door, form).catch(() => '');"
        "const late = new Promise((give) => setTimeout(() => give(''), 1500));"
        "return Promise.race([done, late]); }"
    )
    if name in LEADS_AWAY:
        with page.expect_response(lambda answer: answer.url.startswith(door), timeout=10_000):
            page.evaluate(call, [door, *turn])
        page.wait_for_load_state()
        return ""
    return str(page.evaluate(call, [door, *turn]))


def seen(page: Page) -> str:
    """Return all words that stand anywhere in the page, frames included."""
    return " ".join(frame.locator("body").inner_text() for frame in page.frames)


@pytest.mark.parametrize("name", ATTACKS)
@pytest.mark.parametrize("host", ["127.0.0.1", "evil.example"])
def test_a_hostile_page_hits_the_open_door_and_not_ours(
    browser: Browser, hostile: int, server: Server, shelf: Shelf, host: str, name: str
) -> None:
    evil = f"http://{host}:{hostile}"
    door = OpenDoor()
    with site(door) as port:
        page = browser.new_page()
        got = attack(page, evil, f"http://127.0.0.1:{port}", name, ("v", "1"))
        if name in CHANGES:
            door.was_hit.wait(10)
            assert door.acts, "the control was not hit"
        elif name in SHOWS:
            assert "Anneleen" in seen(page), "the control was not shown"
        elif name in TELLS:
            assert got, "the control told nothing"
        else:
            assert door.asked, "the control was not reached"
        page.close()

    context = browser.new_context()
    page = context.new_page()
    page.goto(server.enter)
    place = shelf.now.place
    assert place in seen(page), "the browser must have entered"
    shelf.acts.clear()
    got = attack(page, evil, server.origin, name, (shelf.now.visit, str(shelf.now.turn)))
    assert "" == got
    assert [] == shelf.acts
    assert place not in seen(page)
    context.close()
