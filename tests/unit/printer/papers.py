"""Papers for tests: small PDFs with words in them, and the words of what came out."""

import subprocess
from pathlib import Path


def paper(words: str, *, pages: int = 1, size: tuple[int, int] = (595, 842)) -> bytes:
    """Return a PDF with the words (ASCII letters, digits, spaces) on every page."""
    kids = " ".join(f"{4 + 2 * page} 0 R" for page in range(pages))
    bodies = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {pages} >>",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    for page in range(pages):
        text = f"BT /F1 24 Tf 72 600 Td ({words} page {page + 1}) Tj ET"
        bodies.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {size[0]} {size[1]}] "
            f"/Resources << /Font << /F1 3 0 R >> >> /Contents {5 + 2 * page} 0 R >>"
        )
        bodies.append(f"<< /Length {len(text)} >>\nstream\n{text}\nendstream")
    document = b"%PDF-1.4\n"
    offsets = []
    for number, body in enumerate(bodies, start=1):
        offsets.append(len(document))
        document += f"{number} 0 obj\n{body}\nendobj\n".encode()
    table = "".join(f"{offset:010} 00000 n \n" for offset in offsets)
    start = len(document)
    document += f"xref\n0 {len(bodies) + 1}\n0000000000 65535 f \n{table}".encode()
    document += f"trailer\n<< /Size {len(bodies) + 1} /Root 1 0 R >>\n".encode()
    return document + f"startxref\n{start}\n%%EOF\n".encode()


def words_of(printed: Path | bytes) -> str:
    """Return the words on a printed paper."""
    document = printed.read_bytes() if isinstance(printed, Path) else printed
    shown = subprocess.run(["pdftotext", "-", "-"], input=document, capture_output=True, check=True)
    return shown.stdout.decode()
