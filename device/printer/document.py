"""What may be handed to a printer: one PDF of bounded size, in few copies."""

from device.printer.errors import DocumentRefused

# The print service's own LimitRequestBody.
MAX_DOCUMENT_BYTES = 20 * 1024 * 1024
MAX_COPIES = 3
_PDF_START = b"%PDF-"


def checked_document(document: bytes) -> bytes:
    """Return the document if it can be a PDF of at most MAX_DOCUMENT_BYTES.

    Raises DocumentRefused.
    """
    if not document.startswith(_PDF_START) or len(document) > MAX_DOCUMENT_BYTES:
        raise DocumentRefused
    return document


def checked_copies(copies: int) -> int:
    """Return the number of copies if it is 1 to MAX_COPIES; raises ValueError."""
    if not 1 <= copies <= MAX_COPIES:
        raise ValueError(f"copies must be 1 to {MAX_COPIES}")
    return copies
