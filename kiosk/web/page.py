"""One screen as one page: the template of its state, its words, its pictures."""

from __future__ import annotations

import re
from typing import Any

from flask import render_template

from kiosk.i18n import Words, direction, isolate, isolate_numbers, joined
from kiosk.screens import Language, Screen
from kiosk.web.hyphens import breakable
from kiosk.web.port import SHEETS_PX
from kiosk.web.stock import Stock

# Not at a no-break space: in French a closing guillemet stands behind one.
_SENTENCE_END = re.compile(r"(?<=[.!?؟…])[^\S\u00a0]+(?=\S)")

TONES = ("mint", "sky", "rose", "lilac")


def sentences(text: str) -> list[str]:
    """Split a text of a content pack: a screen that is too small shows it sentence by sentence."""
    return [
        part for line in text.splitlines() for part in _SENTENCE_END.split(line.strip()) if part
    ]


class Pages:
    """Make pages. Holds no screen: every call starts from the screen that it is given."""

    def __init__(self, stock: Stock, *, has_frame: bool) -> None:
        self._i18n = stock.i18n
        self._assets = stock.assets
        self._pictures = stock.pictures
        self._keyboards = stock.keyboards
        self._has_frame = has_frame

    def render(self, screen: Screen, revision: int) -> str:
        """Return the page of `screen`; `revision` is what it shows."""
        words = self._i18n.words(screen.locale)
        template = f"visit/{screen.state.value}.html"
        if screen.prompt is not None:
            template = "visit/prompt.html"
        return render_template(template, **self._context(screen, words, revision))

    def render_fault(self, languages: tuple[str, ...]) -> str:
        """Return the page for a fault of our own, in the place's languages."""
        all_words = dict.fromkeys(self._i18n.words(language) for language in languages)
        return render_template(
            "fault.html",
            all_words=tuple(all_words),
            asset=self._assets.url,
            picture=self._pictures.draw,
        )

    def _context(self, screen: Screen, words: Words, revision: int) -> dict[str, Any]:
        def shy(text: str) -> str:
            return breakable(text, words.locale)

        def hellos(languages: tuple[Language, ...]) -> list[Words]:
            found = (self._i18n.words(one.code) for one in languages if one.is_complete)
            return list(dict.fromkeys(found))[:5]

        def content(text: str) -> str:
            return shy(isolate_numbers(joined(text)) if words.direction == "rtl" else text)

        def value(text: str) -> str:
            """Return a number, address or name whole; words in the page's language as such."""
            if words.direction == "rtl" and direction(text) != "rtl":
                return shy(isolate(text))
            return content(text)

        def lines(text: str) -> list[str]:
            return [content(line) for line in sentences(text)]

        return {
            "screen": screen,
            "body": screen.body,
            "revision": revision,
            "words": words,
            "t": words.say,
            "t_or": words.say_or,
            "n": words.count,
            "day": words.day,
            "tongues": words.languages,
            "isolate": isolate,
            "shy": shy,
            "content": content,
            "value": value,
            "hellos": hellos,
            "lines": lines,
            "picture": self._pictures.draw,
            "asset": self._assets.url,
            "keyboard_for": lambda kind: self._keyboards.find(kind, words.locale),
            "tones": TONES,
            "sheets_px": SHEETS_PX,
            "has_frame": self._has_frame,
        }
