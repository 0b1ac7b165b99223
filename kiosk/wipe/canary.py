"""Canaries: words, and a picture, that can only come from one visit on one device.

A canary is the device's prefix and a part of the visit's own. Both are derived from a key, so
that who must start a wipe (the keeper) can hold the key and the visit's number and yet have no
canary in its memory: searching it would find one otherwise.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import os
import secrets
import struct
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Final

KEY_BYTES: Final = 32
KEY_FILE: Final = "canary-key"
_PART = 20
# A strip at the upper edge of the screen, where on no screen anything else is drawn.
COLUMNS: Final = 64
CELL_PX: Final = 4
Colour = tuple[int, int, int]
# Two near tones: exact for a search, quiet for the eye.
LIGHT: Final[Colour] = (248, 246, 242)
DARK: Final[Colour] = (236, 233, 227)


def _word(key: bytes, about: bytes) -> str:
    digest = hashlib.blake2b(about, key=key, digest_size=32).digest()
    # Letters and 2-7 only: nothing in it is folded away by the search.
    return base64.b32encode(digest).decode().lower()[:_PART]


def canary_prefix(device_key: bytes) -> str:
    """Return what all canaries of this device begin with: 20 letters and digits."""
    return _word(device_key, b"canary prefix")


def canary_text(device_key: bytes, visit: str) -> str:
    """Return the canary of one visit: the prefix and 20 letters and digits of its own."""
    return canary_prefix(device_key) + _word(device_key, b"visit " + visit.encode())


def new_control() -> str:
    """Return a word that nothing else contains, to test that a search does search."""
    return base64.b32encode(secrets.token_bytes(15)).decode().lower()


def read_device_key(folder: Path) -> bytes:
    """Return the device's key from `folder`, made at first use.

    It outlives a power cut, so that the canaries of before it can still be sought.
    Raises OSError where the folder cannot be written.
    """
    path = folder / KEY_FILE
    with contextlib.suppress(FileNotFoundError):
        key = path.read_bytes()
        if len(key) == KEY_BYTES:
            return key
    fresh = path.with_name(f"{KEY_FILE}.new")
    fresh.unlink(missing_ok=True)
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        key = secrets.token_bytes(KEY_BYTES)
        file.write(key)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
    return key


@dataclass(frozen=True)
class Picture:
    """A canary as a row of 64 cells of two tones; True is dark."""

    cells: tuple[bool, ...]

    def line(self, cell_px: int) -> bytes:
        """Return one line of pixels (RGB); the picture is `cell_px` of them."""
        return b"".join(bytes(DARK if cell else LIGHT) * cell_px for cell in self.cells)

    def png(self, cell_px: int = CELL_PX) -> bytes:
        """Return the picture as a PNG file, `COLUMNS * cell_px` by `cell_px` pixels."""
        lines = (b"\0" + self.line(cell_px)) * cell_px

        def chunk(name: bytes, content: bytes) -> bytes:
            body = name + content
            return struct.pack(">I", len(content)) + body + struct.pack(">I", zlib.crc32(body))

        return (
            b"\x89PNG\r\n\x1a\n"
            + chunk(b"IHDR", struct.pack(">IIBBBBB", COLUMNS * cell_px, cell_px, 8, 2, 0, 0, 0))
            + chunk(b"IDAT", zlib.compress(lines))
            + chunk(b"IEND", b"")
        )


def canary_picture(canary: str) -> Picture:
    """Return the picture form of a canary; each canary has its own."""
    digest = hashlib.blake2b(canary.encode(), digest_size=COLUMNS // 8).digest()
    bits = [bool(byte >> bit & 1) for byte in digest for bit in range(8)]
    # It starts dark and ends light, so that no picture is one plain surface.
    return Picture((True, *bits[1:-1], False))
