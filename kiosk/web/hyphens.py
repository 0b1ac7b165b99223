"""Where a long word may be broken, for tiles that are narrower than it."""

from __future__ import annotations

import re
from functools import lru_cache

import pyphen

LONG_WORD = 11
"""Letters from which a word may need to be broken on a narrow tile."""

_WORD = re.compile(rf"[^\W\d_]{{{LONG_WORD},}}")


@lru_cache(maxsize=16)
def hyphens(locale: str) -> pyphen.Pyphen | None:
    """Return where words of a language may be broken; None where nobody knows."""
    language = pyphen.language_fallback(locale.replace("-", "_"))
    return pyphen.Pyphen(lang=language, left=4, right=4) if language else None


def breakable(text: str, locale: str) -> str:
    """Put soft hyphens into words of `LONG_WORD` letters and more."""
    if not _WORD.search(text):
        return text
    known = hyphens(locale)
    if known is None:
        return text
    return _WORD.sub(lambda found: known.inserted(found.group(), "\u00ad"), text)
