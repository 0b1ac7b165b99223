"""The two Chromiums: what they may reach, what they keep, and how surely they end."""

import http.client
import json
import os
import re
import tempfile
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from socketserver import ThreadingMixIn
from typing import Any

import pytest
from werkzeug.serving import BaseWSGIServer, make_server

from kiosk.keeper.browser import (
    Browser,
    BrowserError,
    Mode,
    SiteBrowser,
    mode_for,
    own,
)
from kiosk.keeper.children import Children, Identity
from kiosk.sites import MAX_BYTES, SiteLine
from tests.conftest import RealParts
from tests.driving import parts
from tests.driving.twin import until
from tests.official_site.app import create_app
from tests.official_site.paper import make_pdf

HOST = "desk.invalid"
IS_ROOT = os.geteuid() == 0
BROWSER_ID, SITE_ID = Identity(61000, 61000), Identity(61001, 61001)


class Counter(ThreadingHTTPServer):
    """A tiny site on loopback that counts who came."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Answer)
        self.asked: list[str] = []
        self.url = f"http://127.0.0.1:{self.server_port}/"
        threading.Thread(target=self.serve_forever, daemon=True).start()


class _Answer(BaseHTTPRequestHandler):
    server: Counter

    def do_GET(self) -> None:
        self.server.asked.append(self.path)
        page = b"<!doctype html><title>a page</title><form><input name=x></form>"
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(page)))
        self.end_headers()
        self.wfile.write(page)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@pytest.fixture
def chromium(real_parts: RealParts) -> None:
    parts.chromium_program()
    real_parts.used(parts.chromium())


@pytest.fixture
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(dir="/dev/shm") as name:  # a tmpfs, as on the device
        path = Path(name)
        path.chmod(0o711)
        for part in ("browser", "site"):
            (path / part).mkdir()
        if IS_ROOT:
            own(path / "browser", BROWSER_ID)
            own(path / "site", SITE_ID)
        yield path


@pytest.fixture
def children(folder: Path) -> Iterator[Children]:
    # They end before the folder that they write into goes.
    assert folder.is_dir()
    made = Children()
    yield made
    made.end_all(0.0)


@pytest.fixture
def counter() -> Iterator[Counter]:
    made = Counter()
    yield made
    made.shutdown()
    made.server_close()


@pytest.fixture
def browser(children: Children, folder: Path) -> Browser:
    return Browser(
        children,
        folder / "browser" / "p",
        mode=Mode.HEADLESS,
        environment={},
        identity=BROWSER_ID if IS_ROOT else None,
        debuggable=True,
    )


@pytest.fixture
def stand_in() -> Iterator[BaseWSGIServer]:
    server = make_server("127.0.0.1", 0, create_app(), threaded=True)
    assert isinstance(server, ThreadingMixIn)
    server.daemon_threads = True  # an endless download holds one
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def site(children: Children, folder: Path, stand_in: BaseWSGIServer) -> SiteBrowser:
    return SiteBrowser(
        children,
        folder / "site",
        hosts={HOST: f"127.0.0.1:{stand_in.server_port}"},
        mode=Mode.HEADLESS,
        environment={},
        identity=SITE_ID if IS_ROOT else None,
        debuggable=True,
    )


def title(browser: Browser | SiteBrowser) -> str:
    """Return the title of the page that shows, "" while there is none."""
    address = browser.debug_address()
    if address is None:
        return ""
    try:
        line = http.client.HTTPConnection(address.removeprefix("http://"), timeout=5)
        line.request("GET", "/json/list")
        pages = json.load(line.getresponse())
        line.close()
    except (OSError, http.client.HTTPException):
        return ""
    return next((page["title"] for page in pages if page["type"] == "page"), "")


def running_as(uid: int, folder: Path) -> list[int]:
    """Return who lives as this user and was started in this folder; others may run elsewhere."""
    found = []
    for status in Path("/proc").glob("[0-9]*/status"):
        try:
            text = status.read_text()
            environment = status.with_name("environ").read_bytes()
        except OSError:
            continue
        if os.fsencode(folder) not in environment:
            continue
        is_dead = re.search(r"^State:\s+[ZX]", text, re.MULTILINE)
        if not is_dead and re.search(rf"^Uid:\s+{uid}\s", text, re.MULTILINE):
            found.append(int(status.parent.name))
    return found


def test_a_screen_decides_between_a_window_and_none() -> None:
    modes = [mode_for({}), mode_for({"DISPLAY": ":0"}), mode_for({"WAYLAND_DISPLAY": "wayland-0"})]

    assert modes == [Mode.HEADLESS, Mode.WINDOW, Mode.WINDOW]


def test_no_browser_at_all_is_a_mode(children: Children, folder: Path) -> None:
    none = Browser(children, folder / "p", mode=Mode.NONE, environment={})

    none.start("http://127.0.0.1:1/")
    none.kill()

    assert (none.alive(), none.pid(), none.pids(), none.has_ended()) == (False, None, (), False)


@pytest.mark.real
@pytest.mark.usefixtures("chromium")
def test_a_profile_too_deep_for_chromium_is_refused_before_it_fails(
    children: Children, folder: Path
) -> None:
    deep = folder / ("d" * 60)
    browser = Browser(children, deep, mode=Mode.HEADLESS, environment={}, identity=BROWSER_ID)

    with pytest.raises(BrowserError) as refused:
        browser.start("http://127.0.0.1:1/")

    assert refused.value.code == "profile-path-too-long"


@pytest.mark.real
@pytest.mark.usefixtures("chromium")
def test_root_without_an_identity_is_refused(children: Children, folder: Path) -> None:
    if not IS_ROOT:
        pytest.skip("not root")
    browser = Browser(children, folder / "p", mode=Mode.HEADLESS, environment={})

    with pytest.raises(BrowserError) as refused:
        browser.start("http://127.0.0.1:1/")

    assert refused.value.code == "needs-identity"


@pytest.mark.real
@pytest.mark.usefixtures("chromium")
def test_it_shows_the_page_it_was_given(browser: Browser, counter: Counter) -> None:
    browser.start(counter.url)

    until(lambda: title(browser) == "a page", "the page shows")
    assert browser.alive()


@pytest.mark.real
@pytest.mark.usefixtures("chromium")
def test_after_a_kill_no_process_of_it_is_left(
    browser: Browser, counter: Counter, folder: Path
) -> None:
    # given
    browser.start(counter.url)
    until(lambda: title(browser) == "a page", "the page shows")
    family = browser.pids()
    names = {Path(f"/proc/{pid}/comm").read_text().strip() for pid in family}
    assert not IS_ROOT or running_as(BROWSER_ID.uid, folder)

    # when
    browser.kill()

    # then: the crash handlers too, which leave Chromium's process group
    assert any(name.startswith("chrome_crashpad") for name in names)
    assert (browser.pids(), browser.alive(), browser.has_ended()) == ((), False, False)
    assert not set(family) & set(map(int, _living()))
    if IS_ROOT:
        assert running_as(BROWSER_ID.uid, folder) == []


def _living() -> Iterator[str]:
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            state = stat.read_text().rpartition(")")[2].split()[0]
        except OSError:
            continue
        if state not in "ZX":
            yield stat.parent.name


@pytest.mark.real
@pytest.mark.usefixtures("chromium")
def test_its_pages_run_in_the_sandbox(browser: Browser, counter: Counter) -> None:
    browser.start(counter.url)
    until(lambda: title(browser) == "a page", "the page shows")

    renderers = [
        pid
        for pid in browser.pids()
        if b"--type=renderer" in Path(f"/proc/{pid}/cmdline").read_bytes()
    ]

    assert renderers
    for pid in renderers:
        status = Path(f"/proc/{pid}/status").read_text()
        assert re.search(r"^Seccomp:\s+2$", status, re.MULTILINE)
        assert Path(f"/proc/{pid}/ns/net").readlink() != Path("/proc/self/ns/net").readlink()


@pytest.mark.real
@pytest.mark.usefixtures("chromium")
def test_a_start_begins_with_nothing_of_the_start_before(
    browser: Browser, counter: Counter, folder: Path
) -> None:
    browser.start(counter.url)
    until(lambda: title(browser) == "a page", "the page shows")
    trace = folder / "browser" / "p" / "Default" / "trace"
    trace.write_text("left by the visit before")

    browser.start(counter.url)

    assert not trace.exists()
    until(lambda: title(browser) == "a page", "the page shows again")


@pytest.mark.real
@pytest.mark.usefixtures("chromium")
def test_a_browser_that_dies_by_itself_is_noticed(browser: Browser, counter: Counter) -> None:
    browser.start(counter.url)
    pid = until(browser.pid, "it runs")
    until(lambda: title(browser) == "a page", "the page shows")

    os.kill(pid, 9)

    until(browser.has_ended, "it has ended")
    assert not browser.ended_by_hand()


@pytest.mark.real
@pytest.mark.usefixtures("chromium")
def test_devtools_stay_shut_unless_asked_for(
    children: Children, folder: Path, counter: Counter
) -> None:
    field = Browser(
        children,
        folder / "browser" / "p",
        mode=Mode.HEADLESS,
        environment={},
        identity=BROWSER_ID if IS_ROOT else None,
    )
    field.start(counter.url)
    until(lambda: counter.asked, "the page is asked for")

    words = Path(f"/proc/{field.pid()}/cmdline").read_bytes()

    assert b"--remote-debugging" not in words
    assert b"--no-sandbox" not in words
    assert field.debug_address() is None


def test_a_site_that_nobody_named_is_not_opened(site: SiteBrowser) -> None:
    with pytest.raises(BrowserError) as refused:
        site.open("elsewhere.invalid", "/")

    assert refused.value.code == "host-not-allowed"


@pytest.mark.real
@pytest.mark.usefixtures("chromium")
def test_the_official_site_opens(site: SiteBrowser) -> None:
    site.open(HOST, "/?lang=en")

    until(lambda: title(site) == "STAND-IN, not an official site", "the stand-in shows")


class Given:
    """What the site line tells of documents."""

    def __init__(self) -> None:
        self.told: list[tuple[int, str]] = []
        self.pdf: bytes | None = None

    def site_gave(self, pdf: bytes | None, pages: int, fault: str, qr: str) -> None:
        self.pdf = pdf
        self.told.append((pages, fault))


@pytest.fixture
def given(folder: Path) -> Given:
    made = Given()
    SiteLine(folder / "site" / "documents", page_cap=10).expect_documents(made)
    return made


@pytest.mark.real
@pytest.mark.usefixtures("chromium")
def test_a_pdf_is_taken_once_and_leaves_no_file(
    site: SiteBrowser, folder: Path, given: Given
) -> None:
    site.open(HOST, "/document.pdf")

    until(lambda: given.told, "a document is there")

    assert [(1, "")] == given.told
    assert given.pdf is not None
    assert given.pdf.startswith(b"%PDF-")
    assert not list((folder / "site" / "documents").glob("*.pdf"))


@pytest.mark.real
@pytest.mark.usefixtures("chromium")
@pytest.mark.parametrize(
    ("path", "fault"),
    [
        ("/test/huge.pdf", "too-large"),
        ("/test/endless.pdf", "too-large"),
        ("/test/not-a-pdf.pdf", "not-a-pdf"),
    ],
)
def test_a_download_that_is_no_paper_is_a_fault(
    site: SiteBrowser, folder: Path, given: Given, path: str, fault: str
) -> None:
    site.open(HOST, path)

    until(lambda: given.told, f"{path} is {fault}")
    site.close()

    assert (0, fault) == given.told[0]
    assert given.pdf is None
    size = sum(file.stat().st_size for file in (folder / "site" / "documents").rglob("*"))
    assert size <= MAX_BYTES


@pytest.mark.real
@pytest.mark.usefixtures("chromium")
def test_documents_are_gone_when_the_next_site_opens(site: SiteBrowser, folder: Path) -> None:
    documents = folder / "site" / "documents"
    site.open(HOST, "/document.pdf")
    until(lambda: list(documents.glob("*.pdf")), "a document is there")

    site.open(HOST, "/")

    assert not list(documents.iterdir())


@pytest.mark.real
@pytest.mark.usefixtures("chromium")
@pytest.mark.parametrize("name", ["127.0.0.1", "localhost", "[::1]"])
def test_the_site_cannot_reach_this_machine(site: SiteBrowser, counter: Counter, name: str) -> None:
    target = f"http://{name}:{counter.server_port}/pixel.png"

    site.open(HOST, f"/test/reach?url={target}")

    until(lambda: title(site) == "blocked", "the picture is blocked")
    assert counter.asked == []


@pytest.mark.real
@pytest.mark.usefixtures("chromium")
def test_the_control_the_site_reaches_its_own_host(site: SiteBrowser) -> None:
    site.open(HOST, "/test/reach?url=/test/pixel.png")

    until(lambda: title(site) == "reached", "the picture comes")


@pytest.mark.real
@pytest.mark.usefixtures("chromium")
def test_the_control_without_rules_this_machine_is_reached(
    browser: Browser, counter: Counter, stand_in: BaseWSGIServer
) -> None:
    browser.start(f"http://127.0.0.1:{stand_in.server_port}/test/reach?url={counter.url}pixel.png")

    until(lambda: counter.asked, "the picture is asked for")


@pytest.mark.real
@pytest.mark.usefixtures("chromium")
def test_a_closed_site_leaves_no_process(site: SiteBrowser, folder: Path) -> None:
    site.open(HOST, "/")
    until(lambda: title(site) != "", "the stand-in shows")

    site.close()

    assert (site.pids(), site.alive()) == ((), False)
    if IS_ROOT:
        assert running_as(SITE_ID.uid, folder) == []


def test_a_link_is_no_document_whatever_it_leads_to(folder: Path, given: Given) -> None:
    documents = folder / "site" / "documents"
    documents.mkdir()
    secret = folder / "secret.pdf"
    secret.write_bytes(b"%PDF-1.7 of somebody else")
    (documents / "link.pdf").symlink_to(secret)

    until(lambda: not list(documents.iterdir()), "the link is gone")

    assert [] == given.told
    assert secret.exists()


@pytest.mark.parametrize("name", ["paper", "PAPER.PDF", "page.html"])
def test_a_document_is_known_by_what_it_is(folder: Path, given: Given, name: str) -> None:
    documents = folder / "site" / "documents"
    documents.mkdir()
    coming = folder / "site" / "coming"
    is_page = name.endswith("html")
    coming.write_bytes(b"<html>" if is_page else make_pdf(banner="b", title="t", name="n"))

    coming.rename(documents / name)

    until(lambda: given.told, "an answer")
    assert [(0, "not-a-pdf") if is_page else (1, "")] == given.told
