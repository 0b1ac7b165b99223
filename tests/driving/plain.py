"""Words as people see them."""

from __future__ import annotations

import re

_UNSEEN = re.compile("[\u200b\u00ad\u2060\u202a-\u202e\u2066-\u2069]")


def plain(text: str) -> str:
    """Return a text without marks that nobody sees: break points, soft hyphens, isolates."""
    return _UNSEEN.sub("", text).replace("\u00a0", " ")
