"""What lies in the printer's tray: read as a person reads it, scanned as a phone scans it."""

from __future__ import annotations

import io
import re
import subprocess
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import zxingcpp
from PIL import Image
from pypdf import PdfReader, PdfWriter

from tests.driving.plain import plain

SCAN_DPI = 200
DARK = 128


@dataclass(frozen=True)
class Paper:
    """One sheet or more that came out: a copy of one document, as bytes."""

    pdf: bytes

    @cached_property
    def lines(self) -> str:
        """Return the words in the order of the page, without marks that nobody sees."""
        found = subprocess.run(
            ["pdftotext", "-layout", "-enc", "UTF-8", "-", "-"],
            input=self.pdf,
            capture_output=True,
            check=True,
        )
        return plain(found.stdout.decode())

    @cached_property
    def words(self) -> str:
        """Return the words with every run of blanks made one."""
        found = subprocess.run(
            ["pdftotext", "-enc", "UTF-8", "-", "-"],
            input=self.pdf,
            capture_output=True,
            check=True,
        )
        return re.sub(r"\s+", " ", plain(found.stdout.decode()))

    def has(self, *texts: str) -> bool:
        """Tell whether every text stands on it, wherever its lines are broken."""
        page = "".join(self.words.split()), "".join(self.lines.split())
        return all(any("".join(text.split()) in order for order in page) for text in texts)

    @cached_property
    def pages(self) -> int:
        """Return the number of its sides."""
        told = subprocess.run(["pdfinfo", "-"], input=self.pdf, capture_output=True, check=True)
        return int(re.findall(rb"^Pages:\s+(\d+)", told.stdout, re.MULTILINE)[0])

    def sheets(self) -> list[Paper]:
        """Take its sides apart: a letter, its copy and what stays at home are one file."""
        apart: list[Paper] = []
        for page in PdfReader(io.BytesIO(self.pdf)).pages:
            writer, made = PdfWriter(), io.BytesIO()
            writer.add_page(page)
            writer.write(made)
            apart.append(Paper(made.getvalue()))
        return apart

    def picture(self, dpi: int = SCAN_DPI) -> Image.Image:
        """Return its first side as ink on paper."""
        made = subprocess.run(
            ["pdftoppm", "-singlefile", "-gray", "-r", str(dpi), "-"],
            input=self.pdf,
            capture_output=True,
            check=True,
        )
        width, height = made.stdout.split(b"\n", 3)[1].split()
        pixels = made.stdout[-int(width) * int(height) :]
        return Image.frombytes("L", (int(width), int(height)), pixels)

    def codes(self) -> list[str]:
        """Return what a phone reads from the QR codes on its first side."""
        formats = zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode)
        return [code.text for code in zxingcpp.read_barcodes(self.picture(), formats=formats)]

    def dashes(self, length_mm: float) -> list[tuple[float, float]]:
        """Return where thin level lines of this length begin, in millimetres from the corner.

        Thin: nothing dark 1 mm above and below. Marks to cut along are such lines.
        """
        picture = self.picture().point(lambda grey: 255 if grey < DARK else 0)
        dots = SCAN_DPI / 25.4
        beside = round(dots)
        least, most = round((length_mm - 0.4) * dots), round((length_mm + 0.4) * dots)
        pixels = picture.tobytes()
        width, height = picture.size
        found: list[tuple[float, float]] = []
        for row in range(beside, height - beside):
            line = pixels[row * width : (row + 1) * width]
            for run in re.finditer(b"\xff{%d,%d}" % (least, most), line):
                start, end = run.span()
                if line[start - 1 : start] == b"\xff" or line[end : end + 1] == b"\xff":
                    continue
                above = pixels[(row - beside) * width + start : (row - beside) * width + end]
                below = pixels[(row + beside) * width + start : (row + beside) * width + end]
                place = round(start / dots, 1), round(row / dots, 1)
                is_new = all(abs(place[1] - y) > 1 or abs(place[0] - x) > 1 for x, y in found)
                if b"\xff" not in above + below and is_new:
                    found.append(place)
        return found


def taken(paths: list[Path]) -> list[Paper]:
    """Take papers out of the tray, the oldest first."""
    return [Paper(path.read_bytes()) for path in paths]
