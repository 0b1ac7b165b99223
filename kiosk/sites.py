"""What an official site hands out: PDFs in a folder of the visit, taken into memory at once."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Protocol

from device.printer.pages import PdfRefused, inspect, rasterised
from kiosk.scanning import read_codes

MAX_BYTES = 20_000_000
_POLL_S = 0.3


class Hears(Protocol):
    """Who hears of a document."""

    def site_gave(self, pdf: bytes | None, pages: int, fault: str, qr: str) -> None:
        """Take the document, or why it is refused."""
        ...


class SiteLine:
    """Watches the download folder while a site is open; a file is read once and deleted."""

    def __init__(self, folder: Path, page_cap: int) -> None:
        self._folder = folder
        self._page_cap = page_cap
        self._stop = threading.Event()

    def expect_documents(self, hears: Hears) -> None:
        """Begin to watch; an earlier watch ends."""
        self._stop.set()
        self._stop = threading.Event()
        threading.Thread(target=self._watch, args=(hears, self._stop), daemon=True).start()

    def _watch(self, hears: Hears, stop: threading.Event) -> None:
        while not stop.wait(_POLL_S):
            for path in sorted(self._folder.glob("*.pdf")):
                self._take(path, hears)

    def _take(self, path: Path, hears: Hears) -> None:
        try:
            if path.stat().st_size > MAX_BYTES:
                path.unlink()
                hears.site_gave(None, 0, "too-large", "")
                return
            untrusted_pdf = path.read_bytes()
            path.unlink()
        except OSError:
            return
        try:
            facts = inspect(untrusted_pdf, max_pages=self._page_cap, max_bytes=MAX_BYTES)
            pdf = rasterised(untrusted_pdf)
            codes = read_codes(pdf, facts.pages)
        except PdfRefused as refused:
            hears.site_gave(None, 0, refused.code, "")
            return
        hears.site_gave(pdf, facts.pages, "", next(iter(codes), ""))
