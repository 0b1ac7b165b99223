"""Somebody at the kiosk without a browser: quick, remembers all they were shown, outlives wipes."""

from __future__ import annotations

import http.client
import re
import threading
from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit

from tests.driving.twin import Twin, until

_DATA = re.compile(r'data-(visit|turn|state|canary)="([^"]*)"')
_LIMIT_S = 10.0
_SERVE_LIMIT_S = 60.0
MOST_STEPS = 40


@dataclass(frozen=True)
class Person:
    """A card of the deck, and what its owner mends on it: answer keys with the typed value."""

    card: str
    surname: str
    typed: tuple[tuple[str, str], ...] = ()


# All invented. The typed street is of no street and of no directory.
DELMAROLLE = Person("jean-marie", "Delmarolle", (("street", "Zonnebloemkaai 4711 bus 9"),))
BENZOUARHI = Person("amina", "Benzouarhi", (("street", "Vlierbesplein 8113"),))


class Guest:
    """One browser without a window: enters once, then sees and acts."""

    def __init__(self, twin: Twin) -> None:
        self._twin = twin
        self._cookie = self._origin = ""
        self.html = ""
        self.shown: list[bytes] = []
        until(self._enter, "a way in")

    def _enter(self) -> bool:
        address = urlsplit(self._twin.enter_url())
        self._origin = f"http://{address.netloc}"
        answer = self._ask("GET", address.path, site="none")
        if answer is None:
            return False
        self._cookie = str(answer.headers["Set-Cookie"]).partition(";")[0]
        return True

    def gets(self, path: str) -> bytes | None:
        """Fetch something of the kiosk; None while no worker answers."""
        answer = self._ask("GET", path)
        return None if answer is None or answer.status != 200 else self.shown[-1]

    def state(self) -> str:
        """Return the state of the screen that is true now, "" while no worker answers."""
        body = self.gets("/")
        if body is None:
            return ""
        self.html = body.decode()
        return self._seen("state")

    @property
    def canary(self) -> str:
        """Return the canary of the visit whose screen was seen last."""
        return self._seen("canary")

    def shows(self, *states: str, limit_s: float = 30.0) -> str:
        """Wait for one of these states."""

        def found() -> str:
            state = self.state()
            return state if state in states else ""

        try:
            return until(found, " or ".join(states), limit_s)
        except AssertionError as error:
            raise AssertionError(f"{error}, but {self.state()!r}") from None

    def acts(self, action: str, **form: str) -> None:
        """Tap, as the page that is true now; nobody may be there to hear it."""
        self.state()
        body = urlencode({"visit": self._seen("visit"), "turn": self._seen("turn"), **form})
        self._ask("POST", f"/act/{action}", body)

    def _seen(self, name: str) -> str:
        seen: dict[str, str] = dict(_DATA.findall(self.html))
        return seen.get(name, "")

    def _ask(
        self, method: str, path: str, body: str = "", site: str = "same-origin"
    ) -> http.client.HTTPResponse | None:
        """Ask over a line of its own: the one of a visit that has ended is dead."""
        address = urlsplit(self._origin)
        line = http.client.HTTPConnection(str(address.hostname), address.port, timeout=_LIMIT_S)
        headers = {"Sec-Fetch-Site": site}
        if self._cookie:
            headers |= {"Cookie": self._cookie, "Origin": self._origin}
        if body:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        try:
            line.request(method, path, body or None, headers)
            answer = line.getresponse()
            self.shown.append(answer.read())
        except (OSError, http.client.HTTPException):
            return None
        else:
            return answer
        finally:
            line.close()

    # ---- a visit --------------------------------------------------------------------

    def comes(self, helpers: str = "Ines") -> None:
        """Stand at the welcome; a helper opens the permanence first where it is closed."""
        until(self._twin.is_serving, "a visit to serve", _SERVE_LIMIT_S)
        if self.shows("closed", "receipt", "welcome", "card-left") == "closed":
            self.acts("open-permanence", code=self._twin.codes["employee"], helpers=helpers)
            self.shows("welcome", "receipt", "card-left")
        if self.state() == "receipt":
            self.acts("touch")
        if self.shows("welcome", "card-left") == "card-left":
            self._twin.pulls_the_card()
        self.shows("welcome")

    def begins(self) -> None:
        """Choose a language: a visit has begun."""
        self.comes()
        self.acts("choose-language", code="nl")
        self.shows("need")

    def walks_to(self, person: Person, *states: str) -> str:
        """Go through the letter task with a card until one of these states shows."""
        if self.state() != "need":
            self.begins()
        self.acts("choose-need", id="papers")
        self.shows("task")
        self.acts("choose-channel", id="paper")
        self.shows("prepare")
        self.acts("go")
        return self.walks_on(person, *states)

    def walks_on(self, person: Person, *states: str) -> str:
        """Go on from where the task stands until one of these states shows."""
        mended: set[str] = set()
        for _ in range(MOST_STEPS):
            state = until(self.state, "a screen")
            if state in states:
                return state
            self._does(state, person, mended)
        raise AssertionError(f"none of {states}, at the end {state}")

    def _does(self, state: str, person: Person, mended: set[str]) -> None:
        match state:
            case "consent":
                self.acts("consent-yes")
                self.shows("reading", "review", "card-trouble")
            case "reading":
                self._twin.inserts(person.card)
                self.shows("review", "card-trouble")
            case "review":
                left = [pair for pair in person.typed if pair[0] not in mended]
                if left:
                    key, value = left[0]
                    mended.add(key)
                    self.acts("review-open", key=key)
                    self.shows("correct")
                    self.acts("answer", key=key, value=value)
                    self.shows("review")
                else:
                    self.acts("review-ok")
            case "steps" if 'value="fr"' in self.html:
                self.acts("answer", key="letter_language", value="fr")
            case "steps":
                self.acts("skip" if "/act/skip" in self.html else "go")
            case "preview":
                self.gets("/preview/1.png")
                self.acts("print")
                self.shows("printing", "take-papers", "printer-trouble")
            case "printing":
                self.shows("take-papers", "printer-trouble")
            case "take-papers":
                self.acts("came-out")
            case "teach-back":
                self.acts("teach-back", value="understood")
            case "refer":
                self.acts("refer-next")
            case "proof":
                self.acts("proof-skip")
            case other:
                raise AssertionError(f"nothing to do at {other}")

    def looks_at_the_paper_without_end(self) -> threading.Event:
        """Have the page of the preview set again and again; return what ends that."""
        is_over = threading.Event()

        def look() -> None:
            while not is_over.is_set():
                self.gets("/preview/1.png")
                self.gets("/")

        threading.Thread(target=look, daemon=True).start()
        return is_over
