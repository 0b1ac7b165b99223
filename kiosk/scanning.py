"""QR codes read back from a page: from the document of an official site."""

from __future__ import annotations

import io

from device.printer.pages import render

_WIDTH_PX = 1240


def read_codes(untrusted_pdf: bytes, pages: int) -> tuple[str, ...]:
    """Return the texts of the QR codes on the first `pages` pages, in page order.

    Raises PdfRefused for a page that cannot be drawn.
    """
    # Needed once in many visits, and large: not at start.
    import zxingcpp
    from PIL import Image

    found: list[str] = []
    for page in range(1, pages + 1):
        picture = Image.open(io.BytesIO(render(untrusted_pdf, page, _WIDTH_PX))).convert("L")
        found += [
            code.text
            for code in zxingcpp.read_barcodes(
                picture, formats=zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode)
            )
            if code.text
        ]
    return tuple(found)
