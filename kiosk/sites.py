"""What an official site hands out: PDFs in a folder of the visit, taken into memory at once.

Whatever a download is called: what is no PDF is refused by its content.
"""

from __future__ import annotations

import os
import stat
import threading
from contextlib import suppress
from pathlib import Path
from typing import Protocol

from device.printer.pages import PdfRefused, inspect, rasterised
from kiosk.scanning import read_codes

MAX_BYTES = 20_000_000
_FAULTS = {
    "pdf-too-large": "too-large",
    "pdf-too-many-pages": "too-many-pages",
    "pdf-encrypted": "encrypted",
    "pdf-unreadable": "not-a-pdf",
    "pdf-empty": "not-a-pdf",
}
"""The catalogue's sentence for each refusal that has one of its own."""
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
            for path in sorted(self._folder.glob("*")):
                # Still coming: Chromium renames a download when it is whole.
                if path.suffix == ".crdownload" or path.name.startswith("."):
                    self._weigh(path, hears)
                else:
                    self._take(path, hears)

    def _weigh(self, path: Path, hears: Hears) -> None:
        """Refuse what has become too large before it is whole: it would fill the memory."""
        with suppress(OSError):
            if path.lstat().st_size > MAX_BYTES:
                path.unlink()
                hears.site_gave(None, 0, "too-large", "")

    def _take(self, path: Path, hears: Hears) -> None:
        try:
            untrusted_pdf = _read_once(path)
            path.unlink()
        except OSError:
            # No file of a browser: it is not looked at again.
            with suppress(OSError):
                path.unlink()
            return
        if untrusted_pdf is None:
            hears.site_gave(None, 0, "too-large", "")
            return
        try:
            facts = inspect(untrusted_pdf, max_pages=self._page_cap, max_bytes=MAX_BYTES)
            pdf = rasterised(untrusted_pdf)
            codes = read_codes(pdf, facts.pages)
        except PdfRefused as refused:
            hears.site_gave(None, 0, _FAULTS.get(refused.code, "other"), "")
            return
        hears.site_gave(pdf, facts.pages, "", next(iter(codes), ""))


def _read_once(path: Path) -> bytes | None:
    """Return the bytes of a file, None for one that is too large; b"" for what is no file.

    The folder belongs to the browser that showed somebody else's page: a link there could lead
    to anything that we may read, and a pipe would hold us for ever. Raises OSError.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            return b""
        untrusted = file.read(MAX_BYTES + 1)
    return untrusted if len(untrusted) <= MAX_BYTES else None
