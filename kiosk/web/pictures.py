"""The pictures: SVG files of one family, put into the page where they are used.

A picture is 48 x 48 units, drawn with a 3.2 line in the text's own colour. It stands in the page
itself and not behind a link: nothing flickers, and it is there when the server is not.
"""

from __future__ import annotations

import re
from pathlib import Path

from markupsafe import Markup

FOLDER = Path(__file__).parent / "pictures"
UNKNOWN = "question"

_DRAWING = re.compile(r"<svg[^>]*>(.*)</svg>", re.DOTALL)


class Pictures:
    """All pictures of one folder, read once."""

    def __init__(self, folder: Path = FOLDER) -> None:
        self._drawings = {path.stem: _drawing(path) for path in sorted(folder.glob("*.svg"))}

    @property
    def names(self) -> frozenset[str]:
        """Return the names that can be drawn."""
        return frozenset(self._drawings)

    def draw(self, name: str, *, classes: str = "") -> Markup:
        """Return the picture for a page; an unknown name gives a question mark.

        It says nothing to a screen reader: the words stand beside it.
        """
        drawing = self._drawings.get(name) or self._drawings[UNKNOWN]
        return Markup('<svg class="{}" viewBox="0 0 48 48" aria-hidden="true">{}</svg>').format(
            f"pic {classes}".strip(),
            Markup(drawing),  # noqa: S704  our own files, no value of anybody
        )


def _drawing(path: Path) -> str:
    found = _DRAWING.search(path.read_text(encoding="utf-8"))
    if found is None:
        raise ValueError(path.name)
    return re.sub(r"\s*\n\s*", "", found.group(1)).strip()
