"""One screen as one page: the template of its state, its words, its pictures."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

import pyphen
from flask import render_template

from kiosk.i18n import I18n, Words, isolate, isolate_numbers
from kiosk.screens import Language, Screen
from kiosk.web.assets import Assets
from kiosk.web.keyboards import Keyboards
from kiosk.web.pictures import Pictures
from kiosk.web.port import SHEETS_PX

LONG_WORD = 11
"""Letters from which a word may need to be broken on a narrow tile."""

# Not at a no-break space: in French a closing guillemet stands behind one.
_SENTENCE_END = re.compile(r"(?<=[.!?؟…])[^\S\u00a0]+(?=\S)")
_WORD = re.compile(rf"[^\W\d_]{{{LONG_WORD},}}")

TONES = ("mint", "sky", "rose", "lilac")


def sentences(text: str) -> list[str]:
    """Split a text of a content pack: a screen that is too small shows it sentence by sentence."""
    return [
        part for line in text.splitlines() for part in _SENTENCE_END.split(line.strip()) if part
    ]


@lru_cache(maxsize=16)
def _hyphens(locale: str) -> pyphen.Pyphen | None:
    language = pyphen.language_fallback(locale.replace("-", "_"))
    return pyphen.Pyphen(lang=language, left=4, right=4) if language else None


def breakable(text: str, locale: str) -> str:
    """Put soft hyphens into words of `LONG_WORD` letters and more."""
    if not _WORD.search(text):
        return text
    hyphens = _hyphens(locale)
    if hyphens is None:
        return text
    return _WORD.sub(lambda found: hyphens.inserted(found.group(), "\u00ad"), text)


class Pages:
    """Make pages. Holds no screen: every call starts from the screen that it is given."""

    def __init__(
        self,
        i18n: I18n,
        assets: Assets,
        pictures: Pictures,
        keyboards: Keyboards,
        *,
        has_frame: bool,
    ) -> None:
        self._i18n = i18n
        self._assets = assets
        self._pictures = pictures
        self._keyboards = keyboards
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
            return shy(isolate_numbers(text) if words.direction == "rtl" else text)

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
            "isolate": isolate,
            "shy": shy,
            "content": content,
            "hellos": hellos,
            "lines": lines,
            "picture": self._pictures.draw,
            "asset": self._assets.url,
            "keyboard_for": lambda kind: self._keyboards.find(kind, words.locale),
            "tones": TONES,
            "sheets_px": SHEETS_PX,
            "has_frame": self._has_frame,
        }
