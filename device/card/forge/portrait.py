"""The photo of a card: a real small grey JPEG that shows nobody."""

import hashlib
from io import BytesIO

from PIL import Image, ImageDraw, ImageFilter

OLD_SIZE, NEW_SIZE = (140, 200), (150, 195)
"""Pixels, before and since 2021."""
LEAST_BYTES, MOST_BYTES = 2629, 3064
"""The sizes that were seen on cards (eid.md, 2.2)."""
_GRAIN = 0.12


def portrait(seed: bytes, *, is_new: bool) -> bytes:
    """Return the JPEG of a drawn bust, its grain and its grey made from the seed."""
    size = NEW_SIZE if is_new else OLD_SIZE
    drawn = _bust(size, seed)
    for quality in range(90, 10, -1):
        file = BytesIO()
        drawn.save(file, "JPEG", quality=quality)
        if LEAST_BYTES <= file.tell() <= MOST_BYTES:
            return file.getvalue()
    raise ValueError("no quality gives a photo of a card's size")


def _bust(size: tuple[int, int], seed: bytes) -> Image.Image:
    width, height = size
    shade = 60 + hashlib.sha256(seed).digest()[0] // 4
    picture = Image.linear_gradient("L").resize(size).point(lambda level: 150 + level // 3)
    pen = ImageDraw.Draw(picture)
    pen.ellipse((width * 0.1, height * 0.66, width * 0.9, height * 1.4), fill=shade)
    pen.ellipse((width * 0.28, height * 0.18, width * 0.72, height * 0.68), fill=shade + 40)
    grain = Image.frombytes("L", size, hashlib.shake_128(seed).digest(width * height))
    return Image.blend(picture.filter(ImageFilter.GaussianBlur(1)), grain, _GRAIN)
