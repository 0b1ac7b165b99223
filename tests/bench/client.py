"""A browser's requests without a browser: to measure the server alone."""

from __future__ import annotations

import http.client
import re
import time
from contextlib import suppress
from typing import Any
from urllib.parse import urlencode, urlsplit

from tests.driving.twin import Twin, until

_DATA = re.compile(r'data-(visit|turn|state)="([^"]*)"')


def part_of(twin: Twin, name: str) -> dict[str, Any]:
    """Return how the worker of a twin reaches a part: printer or card."""
    return dict(twin.look()["parts"][name])


class Client:
    """One entered client with one kept connection."""

    def __init__(self, twin: Twin, *, limit_s: float | None = None) -> None:
        address = urlsplit(twin.enter_url())
        self._origin = f"http://{address.netloc}"
        self._connection = http.client.HTTPConnection(
            str(address.hostname), address.port, timeout=limit_s
        )
        self._connection.request("GET", address.path, headers={"Sec-Fetch-Site": "none"})
        answer = self._connection.getresponse()
        answer.read()
        self._cookie = str(answer.headers["Set-Cookie"]).partition(";")[0]
        self.html = ""

    def get(self) -> float:
        """Fetch the screen; return how long it took in ms."""
        began = time.perf_counter()
        self._connection.request("GET", "/", headers=self._headers())
        answer = self._connection.getresponse()
        body = answer.read()
        took = (time.perf_counter() - began) * 1000
        assert answer.status == 200, answer.status
        self.html = body.decode()
        return took

    def looks_at_the_pages(self) -> None:
        """Fetch the pictures of the paper that is shown, as its page does."""
        for path in re.findall(r'src="(/preview/[^"]+)"', self.html):
            self._connection.request("GET", path, headers=self._headers())
            answer = self._connection.getresponse()
            assert answer.status == 200, answer.status
            assert answer.read()

    def close(self) -> None:
        """Hang up."""
        self._connection.close()

    def listen(self) -> http.client.HTTPResponse:
        """Open the page's stream of events; this client can ask nothing else afterwards."""
        self._connection.request("GET", "/changes?page=bench&seen=0", headers=self._headers())
        return self._connection.getresponse()

    def act(self, action: str, **form: str) -> None:
        """Post an action as the page that was fetched last."""
        self.get()
        seen = self.seen
        body = urlencode({"visit": seen["visit"], "turn": seen["turn"], **form})
        headers = self._headers() | {"Content-Type": "application/x-www-form-urlencoded"}
        self._connection.request("POST", f"/act/{action}", body, headers)
        answer = self._connection.getresponse()
        answer.read()
        assert answer.status == 303, (action, answer.status)

    def stop(self) -> None:
        """Tap stop; the worker may be gone before its answer is out."""
        with suppress(http.client.HTTPException, OSError):
            self.act("stop")

    @property
    def seen(self) -> dict[str, str]:
        """Return visit, turn and state of the page fetched last."""
        return dict(_DATA.findall(self.html))

    def state(self) -> str:
        """Fetch the screen and return its state."""
        self.get()
        return self.seen["state"]

    def shows(self, *states: str) -> str:
        """Wait for one of these states."""
        return until(lambda: ((s := self.state()) in states and s) or "", " or ".join(states))

    def _headers(self) -> dict[str, str]:
        return {
            "Cookie": self._cookie,
            "Origin": self._origin,
            "Sec-Fetch-Site": "same-origin",
            "Accept-Encoding": "gzip",
        }
