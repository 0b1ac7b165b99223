"""Why a paper cannot be made. Each error has a stable code and numbers, never a word of a text."""

from __future__ import annotations


class PaperError(Exception):
    """Say that a paper cannot be made as asked; the screen finds the sentence by ``code``."""

    code = "paper"


class TooManyPages(PaperError):
    """Say that a paper has more pages than the house rules allow."""

    code = "paper_too_many_pages"

    def __init__(self, pages: int, limit: int) -> None:
        """Keep both numbers of pages."""
        super().__init__(f"{pages} pages, limit {limit}")
        self.pages = pages
        self.limit = limit


class TooMuchText(PaperError):
    """Say that a paper holds more characters than are ever set, before time is spent on it."""

    code = "paper_too_much_text"

    def __init__(self, characters: int, limit: int) -> None:
        """Keep both numbers of characters."""
        super().__init__(f"{characters} characters, limit {limit}")
        self.characters = characters
        self.limit = limit


class CardTooFull(PaperError):
    """Say that the lines of a wallet card do not fit beside its QR code at a readable size."""

    code = "card_too_full"


class QrTooLong(PaperError):
    """Say that a QR payload is empty or too long for the size it is printed in."""

    code = "qr_too_long"

    def __init__(self, octets: int, max_version: int) -> None:
        """Keep the length in bytes of UTF-8 and the largest version allowed."""
        super().__init__(f"{octets} bytes, version limit {max_version}")
        self.octets = octets
        self.max_version = max_version
