"""Count and picture the pages of a PDF that somebody else made, without trusting it.

poppler parses it, in a child process with limits of time, memory and files, over standard input
and output: no temporary file, no shell. The parent never parses a byte of the PDF, only poppler's
lines and pictures.
"""

import io
import re
import subprocess
import time
from dataclasses import dataclass
from typing import ClassVar

from PIL import Image

from device.errors import DeviceError

MAX_BYTES = 20 * 1024 * 1024
MAX_PAGES = 20
PRINT_DPI = 200
"""Fine enough for a QR code on an official paper: 0.4 mm a module is 3 dots."""
MAX_WIDTH_PX = 4000
SHADES = 4
"""Of a page to look at: two bits a pixel, with white and black among them."""

_MM_PER_POINT = 25.4 / 72
_MIN_SIDE_POINTS = 72
_MAX_SIDE_POINTS = 2400
_MAX_AREA_POINTS = 842 * 1191 * 1.05  # A3 and a little
_JPEG_QUALITY = 90

_TIME_LIMIT_S = 20
_CPU_LIMIT_S = 15
_DOCUMENT_LIMIT_S = 60
_MEMORY_LIMIT_BYTES = 512 * 1024 * 1024
_OPEN_FILES_LIMIT = 64

_PAGES_LINE = re.compile(rb"^Pages:\s+(\d{1,9})$", re.MULTILINE)
_ENCRYPTED_LINE = re.compile(rb"^Encrypted:\s+yes", re.MULTILINE)
_SIZE_LINE = re.compile(
    rb"^Page\s+(\d{1,9}) size:\s+(\d{1,9}(?:\.\d+)?) x (\d{1,9}(?:\.\d+)?) pts", re.MULTILINE
)


class PdfRefused(DeviceError):
    """Say that a PDF is not taken; the subclass and its `code` say why."""

    code: ClassVar[str] = "pdf-refused"


class PdfTooLarge(PdfRefused):
    """Say that the file has more bytes than allowed."""

    code: ClassVar[str] = "pdf-too-large"


class PdfUnreadable(PdfRefused):
    """Say that this is no PDF, or one that poppler cannot read to its end."""

    code: ClassVar[str] = "pdf-unreadable"


class PdfEncrypted(PdfRefused):
    """Say that the PDF opens only with a password."""

    code: ClassVar[str] = "pdf-encrypted"


class PdfEmpty(PdfRefused):
    """Say that the PDF has no page."""

    code: ClassVar[str] = "pdf-empty"


class PdfTooManyPages(PdfRefused):
    """Say that the PDF has `pages` pages, more than allowed."""

    code: ClassVar[str] = "pdf-too-many-pages"

    def __init__(self, pages: int) -> None:
        super().__init__(self.code, pages)
        self.pages = pages


class PdfPageSize(PdfRefused):
    """Say that a page is larger than A3, or smaller or longer than a paper can be."""

    code: ClassVar[str] = "pdf-page-size"


class PdfTooCostly(PdfRefused):
    """Say that reading it took more time or memory than one document may have."""

    code: ClassVar[str] = "pdf-too-costly"


@dataclass(frozen=True)
class PdfFacts:
    """State what is known of a PDF: its pages, and the largest width and height in millimetres.

    `is_restricted` tells of an owner's password (it can be read, its maker wanted limits).
    """

    pages: int
    width_mm: float
    height_mm: float
    is_restricted: bool


def inspect(
    untrusted_pdf: bytes, *, max_pages: int = MAX_PAGES, max_bytes: int = MAX_BYTES
) -> PdfFacts:
    """Return the facts of a PDF whose every page could be read and printed.

    Raises PdfRefused: PdfTooLarge, PdfUnreadable, PdfEncrypted, PdfEmpty, PdfTooManyPages,
    PdfPageSize, PdfTooCostly.
    """
    if len(untrusted_pdf) > max_bytes:
        raise PdfTooLarge
    if b"%PDF-" not in untrusted_pdf[:1024]:
        raise PdfUnreadable
    untrusted_lines = _run(["pdfinfo", "-f", "1", "-l", str(max_pages), "-"], untrusted_pdf)
    # Title and author come before this line and may hold line breaks: only the rest counts.
    counts = list(_PAGES_LINE.finditer(untrusted_lines))
    if not counts:
        raise PdfUnreadable
    pages = int(counts[-1].group(1))
    if pages == 0:
        raise PdfEmpty
    if pages > max_pages:
        raise PdfTooManyPages(pages)
    rest = untrusted_lines[counts[-1].end() :]
    sizes = [(float(width), float(height)) for _, width, height in _SIZE_LINE.findall(rest)]
    if not sizes and pages == 1:
        # With one page poppler names no number.
        sizes = [
            (float(width), float(height))
            for width, height in re.findall(rb"^Page size:\s+([\d.]+) x ([\d.]+) pts", rest, re.M)
        ]
    if len(sizes) != pages:
        raise PdfUnreadable
    for width, height in sizes:
        if min(width, height) < _MIN_SIDE_POINTS or max(width, height) > _MAX_SIDE_POINTS:
            raise PdfPageSize
        if width * height > _MAX_AREA_POINTS:
            raise PdfPageSize
    return PdfFacts(
        pages=pages,
        width_mm=round(max(width for width, _ in sizes) * _MM_PER_POINT, 1),
        height_mm=round(max(height for _, height in sizes) * _MM_PER_POINT, 1),
        is_restricted=_ENCRYPTED_LINE.search(rest) is not None,
    )


def render(untrusted_pdf: bytes, page: int, width_px: int) -> bytes:
    """Return one page (1 and up) as a PNG of the given width, 16 to MAX_WIDTH_PX pixels.

    Raises PdfRefused as `inspect` does, ValueError for a page that is not there or a wrong width.
    """
    return _drawn(untrusted_pdf, page, width_px, "-png")


def pictured(untrusted_pdf: bytes, page: int, width_px: int) -> bytes:
    """Return one page (1 and up) as a light PNG to look at, 16 to MAX_WIDTH_PX pixels wide.

    SHADES shades of grey: a sixth of the bytes of `render`, and each letter keeps its edge. Raises
    PdfRefused as `inspect` does, ValueError for a page that is not there or a wrong width.
    """
    grey = _grey(_drawn(untrusted_pdf, page, width_px, "-gray"))
    step = 255 // (SHADES - 1)
    shades = grey.point([round(value / step) for value in range(256)])
    few = Image.frombytes("P", shades.size, shades.tobytes())
    few.putpalette([shade * step for shade in range(SHADES) for _ in "rgb"])
    written = io.BytesIO()
    few.save(written, "PNG", optimize=True, bits=2)
    return written.getvalue()


def rasterised(
    untrusted_pdf: bytes, *, max_pages: int = MAX_PAGES, max_bytes: int = MAX_BYTES
) -> bytes:
    """Return a PDF of grey page pictures: no script, form, link or font of the original is left.

    PRINT_DPI dots per inch, the pages keep their sizes. Raises PdfRefused as `inspect` does.
    """
    facts = inspect(untrusted_pdf, max_pages=max_pages, max_bytes=max_bytes)
    pictures = []
    end = time.monotonic() + _DOCUMENT_LIMIT_S
    for page in range(1, facts.pages + 1):
        if time.monotonic() > end:
            raise PdfTooCostly
        pictures.append(_grey(_picture(untrusted_pdf, page, ["-gray", "-r", str(PRINT_DPI)])))
    document = io.BytesIO()
    pictures[0].save(
        document,
        "PDF",
        save_all=True,
        append_images=pictures[1:],
        resolution=PRINT_DPI,
        quality=_JPEG_QUALITY,
        title="doc",
    )
    return document.getvalue()


def _drawn(untrusted_pdf: bytes, page: int, width_px: int, form: str) -> bytes:
    if not 16 <= width_px <= MAX_WIDTH_PX:
        raise ValueError("width_px")
    facts = inspect(untrusted_pdf)
    if not 1 <= page <= facts.pages:
        raise ValueError("page")
    options = [form, "-scale-to-x", str(width_px), "-scale-to-y", "-1"]
    return _picture(untrusted_pdf, page, options)


def _picture(untrusted_pdf: bytes, page: int, options: list[str]) -> bytes:
    command = ["pdftoppm", "-f", str(page), "-l", str(page), "-singlefile", *options, "-"]
    untrusted_picture = _run(command, untrusted_pdf)
    if not untrusted_picture:
        raise PdfUnreadable
    return untrusted_picture


def _grey(untrusted_pgm: bytes) -> Image.Image:
    try:
        picture = Image.open(io.BytesIO(untrusted_pgm), formats=["PPM"])
        picture.load()
    except (OSError, ValueError, Image.DecompressionBombError) as error:
        raise PdfUnreadable from error
    return picture


def _run(command: list[str], untrusted_pdf: bytes) -> bytes:
    """Run one poppler program on the PDF and return what it writes.

    setpriv and prlimit and not a function between fork and exec: that is unsafe with threads.
    """
    limited = [
        *("setpriv", "--no-new-privs", "--pdeathsig", "KILL", "--"),
        *("prlimit", f"--cpu={_CPU_LIMIT_S}", f"--as={_MEMORY_LIMIT_BYTES}", "--core=0"),
        *("--fsize=0", f"--nofile={_OPEN_FILES_LIMIT}", "--"),
        *command,
    ]
    try:
        result = subprocess.run(
            limited,
            input=untrusted_pdf,
            # Its complaints quote the document: looked at below, never shown or logged.
            capture_output=True,
            timeout=_TIME_LIMIT_S,
            check=False,
            # No home: fontconfig would write a cache there. A write beyond --fsize gives an error
            # and not the end, since Python's ignored SIGXFSZ is passed on.
            env={"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "HOME": "/dev/null"},
            restore_signals=False,
        )
    except subprocess.TimeoutExpired:
        # Its text would quote what poppler wrote so far.
        raise PdfTooCostly from None
    if result.returncode == 0:
        return result.stdout
    # poppler has one exit status for many things and speaks English only.
    if b"Incorrect password" in result.stderr:
        raise PdfEncrypted
    if b"last page (0)" in result.stderr:
        raise PdfEmpty
    if result.returncode < 0 or b"emory" in result.stderr or b"bad_alloc" in result.stderr:
        raise PdfTooCostly
    raise PdfUnreadable
