"""A browser without a screen, and a visit whose every answer a test writes beforehand."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from functools import cache
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from kiosk.i18n import I18n
from kiosk.screens import Screen
from kiosk.web import Stock, WebSettings, create_app
from tests.samples import samples

HOST, PORT, TOKEN, KEY = "127.0.0.1", 8321, "of-this-boot", "once"
ORIGIN = f"http://{HOST}:{PORT}"


class ScriptedVisit:
    """A VisitPort. Like the real one it does nothing for another visit or an earlier turn."""

    def __init__(self) -> None:
        self.now: Screen = dict(samples("nl"))["need"]
        self.done: list[tuple[str, Mapping[str, str]]] = []
        self.keys: list[str] = []
        self.fault: Exception | None = None
        self._moved = threading.Condition()
        self.revision = 5

    def moves(self, screen: Screen | None = None, key: str = "") -> None:
        """Change the screen, or press a key of the panel."""
        with self._moved:
            self.now = screen or self.now
            self.keys += [key] if key else []
            self.revision += 1
            self._moved.notify_all()

    def screen(self) -> Screen:
        if self.fault is not None:
            raise self.fault
        return self.now

    def act(self, action: str, *, visit: str, turn: int, form: Mapping[str, str]) -> None:
        if visit == self.now.visit and turn == self.now.turn:
            self.done.append((action, form))

    def wait(self, seen: int, timeout_s: float) -> int:
        with self._moved:
            self._moved.wait_for(lambda: self.revision > seen, timeout_s)
            return self.revision

    def preview(self, page: int, width_px: int) -> bytes | None:
        return b"\x89PNG" if page == 1 else None

    def take_keys(self) -> list[str]:
        with self._moved:
            keys, self.keys = self.keys, []
            return keys


@cache
def stock() -> Stock:
    """Return what pages are made of, read once: it holds nothing of a test."""
    return Stock(I18n())


def app_of(visit: ScriptedVisit, **settings: Any) -> Flask:
    """Build the screens of a visit; the key `once` opens them once."""
    keys = {KEY}

    def consume(key: str) -> bool:
        if key in keys:
            keys.remove(key)
            return True
        return False

    return create_app(
        visit,
        token=TOKEN,
        host=HOST,
        port=PORT,
        stock=stock(),
        settings=WebSettings(enter_keys=consume, **settings),
    )


class Browser:
    """Sends what the kiosk's own browser sends; any header can be told otherwise."""

    def __init__(self, app: Flask, *, has_entered: bool = True) -> None:
        # Once in, the cookie is sent whatever the `Host`: else a wrong host would be refused for
        # its missing cookie, and nothing would be known about the check of the host.
        self.client: FlaskClient = app.test_client(use_cookies=not has_entered)
        self.cookie = f"relais={TOKEN}" if has_entered else None

    def gets(self, path: str, **headers: str | None) -> TestResponse:
        """GET `path`. A header given as None is left out; `_` stands for `-`."""
        sent: dict[str, str | None] = {
            "Host": f"{HOST}:{PORT}",
            "Sec-Fetch-Site": "same-origin",
            "Cookie": self.cookie,
        }
        return self.client.get(path, headers=_with(sent, headers))

    def asks(self, method: str, path: str) -> TestResponse:
        """Send another method, and all else as our own page does."""
        sent = {"Host": f"{HOST}:{PORT}", "Sec-Fetch-Site": "same-origin", "Cookie": self.cookie}
        return self.client.open(path, method=method, headers=_with(sent, {}))

    def posts(self, action: str, form: Mapping[str, str], **headers: str | None) -> TestResponse:
        """POST an action with its form."""
        sent: dict[str, str | None] = {
            "Host": f"{HOST}:{PORT}",
            "Origin": ORIGIN,
            "Cookie": self.cookie,
            "Sec-Fetch-Site": "same-origin",
            "Sec-Fetch-Mode": "navigate",
        }
        return self.client.post(f"/act/{action}", data=form, headers=_with(sent, headers))


def _with(sent: dict[str, str | None], changes: Mapping[str, str | None]) -> dict[str, str]:
    named = {name.replace("_", "-"): value for name, value in changes.items()}
    return {name: value for name, value in {**sent, **named}.items() if value is not None}
