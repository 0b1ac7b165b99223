"""The wipe's sinks of the screen, on a real Chromium: its profile, and what it shows."""

from __future__ import annotations

import base64
import contextlib
import os
import secrets
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Error, Page, sync_playwright

from device.card.traces import Trace, TraceKind
from kiosk.wipe.canary import canary_picture, canary_prefix, canary_text, new_control
from kiosk.wipe.needles import make_needles
from kiosk.wipe.processes import Doomed, end, family, is_alive, read_process, read_table
from kiosk.wipe.sinks.folder import FolderSink
from kiosk.wipe.sinks.frames import FramesSink, count_picture, parse_frame
from tests.conftest import RealParts
from tests.driving import parts

pytestmark = pytest.mark.real

KEY = secrets.token_bytes(32)
CANARY = canary_text(KEY, "a visit")
NEEDLES = make_needles(
    canary_prefix(KEY),
    new_control(),
    [Trace(TraceKind.JOINED, "Vandromme Apollonia")],
    lambda needle: False,
)


@pytest.fixture
def page(tmp_path: Path, real_parts: RealParts) -> Iterator[Page]:
    chromium = shutil.which("chromium")
    if chromium is None:
        pytest.skip("no chromium is installed")
    with sync_playwright() as playwright:
        context = playwright.chromium.launch_persistent_context(
            tmp_path / "profile",
            executable_path=chromium,
            chromium_sandbox=os.geteuid() != 0,
            viewport={"width": 800, "height": 480},
        )
        real_parts.used(parts.chromium())
        page = context.new_page()
        # A page of an origin, without a server: storage belongs to one.
        page.route("http://kiosk.invalid/", lambda route: route.fulfill(body="<p>", status=200))
        page.goto("http://kiosk.invalid/")
        yield page
        with contextlib.suppress(Error):  # a test may have killed it
            context.close()


def _shows(page: Page, word: str) -> None:
    data = base64.b64encode(canary_picture(word).png()).decode()
    page.set_content(f'<body style="margin:7px"><p>Hi</p><img src="data:image/png;base64,{data}">')
    page.wait_for_function("document.images[0].complete")


def test_the_picture_on_a_page_is_found_in_the_frame_and_gone_with_the_page(page: Page) -> None:
    sink = FramesSink("frames", CANARY, lambda: page.screenshot())
    _shows(page, canary_text(KEY, "another visit"))
    assert sink.find(NEEDLES).count == 0
    _shows(page, CANARY)
    assert sink.find(NEEDLES).count == 1

    page.set_content("<p>Hi</p>")

    assert sink.find(NEEDLES).count == 0
    assert count_picture(parse_frame(page.screenshot()), canary_picture(CANARY)) == 0


def test_what_a_page_stored_is_found_in_the_profile_and_cleared(page: Page, tmp_path: Path) -> None:
    sink = FolderSink("profile", tmp_path / "profile", "Default/Cache/data")
    # Chromium stores this text as UTF-16, because of one letter.
    page.evaluate("localStorage.setItem('name', 'Vandromme Apollonia Ω')")
    page.evaluate(f"localStorage.setItem('canary', '{CANARY}')")
    page.context.storage_state()  # has it written out
    page.context.close()
    assert sink.find(NEEDLES).count > 0

    sink.clear()

    assert sink.find(NEEDLES).count == 0
    assert list((tmp_path / "profile").iterdir()) == []


def test_a_killed_browser_leaves_no_process_of_its_family(page: Page, tmp_path: Path) -> None:
    del page
    own = read_process(os.getpid())
    assert own is not None
    mark = f"--user-data-dir={tmp_path / 'profile'}".encode()
    browsers = [
        process
        for process in family(read_table(), [own])
        if mark in Path(f"/proc/{process.pid}/cmdline").read_bytes().split(b"\0")
    ]
    assert browsers
    everybody = family(read_table(), browsers)
    ended = end(Doomed(frozenset(browsers[:1]), own, ""), 10)

    assert ended >= 1
    assert not any(is_alive(process) for process in everybody)
