"""Set papers with typst, in memory: data in, PDF or PNG out.

The templates are read once; typst gets them as bytes and the paper as one JSON string, so nothing
is written to a file and no text is ever markup. What typst keeps between two papers lives in the
memory of this process and dies with the visit.
"""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, assert_never

import typst

from kiosk.documents.errors import CardTooFull, TooManyPages
from kiosk.documents.glyphs import Coverage
from kiosk.documents.inputs import inputs_of, template_of
from kiosk.documents.model import AnyPaper

TEMPLATES = Path(__file__).parent / "templates"
FONTS = Path(__file__).parent / "fonts"
PAGE_LIMIT = 10
PAGE_WIDTH_IN = 210 / 25.4
MIN_PREVIEW_PX, MAX_PREVIEW_PX = 60, 2400
_FRAME = "frame.typ"
_CARD_TOO_FULL = "card_too_full"


@dataclass(frozen=True, slots=True)
class Paper:
    """Hold a finished paper; ``pages`` are sides of A4."""

    pdf: bytes
    pages: int


class Builder:
    """Set papers of every kind; threads may share one builder, it sets one paper at a time."""

    def __init__(self, fonts: Path = FONTS, page_limit: int = PAGE_LIMIT) -> None:
        """Read the templates and the fonts of a folder.

        ``page_limit`` bounds what one paper may cost, in pages. Raises OSError for a broken
        installation.
        """
        self._page_limit = page_limit
        self._coverage = Coverage.load(fonts)
        self._sources = _sources(TEMPLATES)
        # The compiler holds mutable state and refuses a second thread.
        self._lock = threading.Lock()
        self._compiler = typst.Compiler(
            # Typst needs an existing root; this one holds our templates and nothing else.
            root=TEMPLATES,
            font_paths=typst.Fonts(
                include_system_fonts=False, include_embedded_fonts=False, font_paths=[fonts]
            ),
        )

    def build(self, paper: AnyPaper) -> Paper:
        """Set a paper as a tagged PDF without dates and with a neutral title.

        Raises `PaperError`: `TooManyPages`, `TooMuchText`, `CardTooFull`, `QrTooLong`.
        """
        source, data = self._prepared(paper)
        with self._lock:
            (pdf,) = self._set(source, data, "pdf", None)
            # A page drawn at one dot per inch costs little and counts what was really set.
            pages = len(self._set(source, data, "png", 1.0))
        if pages > self._page_limit:
            raise TooManyPages(pages, self._page_limit)
        return Paper(pdf, pages)

    def previews(self, paper: AnyPaper, width_px: int) -> tuple[bytes, ...]:
        """Draw every page of a paper as PNG, ``width_px`` wide, from the source of the PDF."""
        width_px = max(MIN_PREVIEW_PX, min(width_px, MAX_PREVIEW_PX))
        source, data = self._prepared(paper)
        with self._lock:
            return self._set(source, data, "png", width_px / PAGE_WIDTH_IN)

    def preview(self, paper: AnyPaper, page: int, width_px: int) -> bytes:
        """Draw one page as PNG; ``page`` counts from 1, IndexError beyond the last."""
        if page < 1:
            raise IndexError(page)
        return self.previews(paper, width_px)[page - 1]

    def missing_glyphs(self, text: str) -> set[str]:
        """Collect the characters that no shipped font draws and that print as their number."""
        return self._coverage.missing_glyphs(text)

    def _prepared(self, paper: AnyPaper) -> tuple[bytes, str]:
        return self._sources[template_of(paper)], json.dumps(inputs_of(paper, self._coverage))

    def _set(
        self, source: bytes, data: str, form: Literal["pdf", "png"], ppi: float | None
    ) -> tuple[bytes, ...]:
        try:
            made = self._compiler.compile(
                # Typst forgets a source given as bytes after each paper: it is given each time.
                input=source,
                format=form,
                ppi=ppi,
                sys_inputs={"data": data},
                timestamp=0,
            )
        except typst.TypstError as refusal:
            if _CARD_TOO_FULL in str(refusal):
                raise CardTooFull from None
            raise
        match made:
            case bytes():
                return (made,)
            case list():
                return tuple(made)
            case None:
                raise AssertionError("typst was given no output path and returned nothing")
            case _:
                assert_never(made)


def _sources(folder: Path) -> dict[str, bytes]:
    frame = (folder / _FRAME).read_bytes()
    return {
        path.stem: frame + path.read_bytes() for path in folder.glob("*.typ") if path.name != _FRAME
    }
