"""What the screen shows and the graphics memory keeps: a canary picture is looked for in it."""

from __future__ import annotations

import contextlib
import io
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from kiosk.wipe.canary import CELL_PX, COLUMNS, Picture, canary_picture
from kiosk.wipe.needles import Needles
from kiosk.wipe.sinks.sink import Finding, SinkError

# A page on a denser screen is drawn larger: device scale factors 1, 1.25, 1.5, 2 and 3.
_CELL_SIZES: Final = (CELL_PX, 5, 6, 2 * CELL_PX, 3 * CELL_PX)
_PPM: Final = re.compile(rb"P6\s+(\d{1,5})\s+(\d{1,5})\s+255\s")
_PNG: Final = b"\x89PNG\r\n\x1a\n"


@dataclass(frozen=True)
class Frame:
    """One picture of the screen: RGB, 3 bytes a pixel, line by line."""

    width: int
    height: int
    pixels: bytes


def parse_frame(untrusted_image: bytes) -> Frame:
    """Read a PPM (P6, as `grim -t ppm` writes it) or a PNG.

    Raises SinkError("frame-unreadable") for anything else.
    """
    if head := _PPM.match(untrusted_image):
        width, height = int(head[1]), int(head[2])
        pixels = untrusted_image[head.end() :]
    elif untrusted_image.startswith(_PNG):
        width, height, pixels = _read_png(untrusted_image)
    else:
        raise SinkError("frame-unreadable")
    if len(pixels) != width * height * 3 or width < COLUMNS * CELL_PX:
        raise SinkError("frame-unreadable")
    return Frame(width, height, pixels)


def _read_png(untrusted_image: bytes) -> tuple[int, int, bytes]:
    # Slow to import, and the device's own way to take a frame gives PPM.
    from PIL import Image

    try:
        with Image.open(io.BytesIO(untrusted_image), formats=("PNG",)) as image:
            return image.width, image.height, image.convert("RGB").tobytes()
    except (OSError, ValueError, SyntaxError) as error:
        raise SinkError("frame-unreadable") from error


def count_picture(frame: Frame, picture: Picture) -> int:
    """Return how often a canary picture is in a frame, at any of the sizes it is drawn in."""
    return sum(_count_sized(frame, picture, cell_px) for cell_px in _CELL_SIZES)


def _count_sized(frame: Frame, picture: Picture, cell_px: int) -> int:
    strip, line = picture.line(cell_px), frame.width * 3
    found = 0
    at = frame.pixels.find(strip)
    while at >= 0:
        is_whole = at % 3 == 0 and at % line + len(strip) <= line
        # Each of its lines is a match; only the uppermost counts.
        is_top = at < line or not frame.pixels.startswith(strip, at - line)
        found += is_whole and is_top
        at = frame.pixels.find(strip, at + 1)
    return found


def _with_picture(frame: Frame, picture: Picture) -> Frame:
    """Return the frame with the picture on lines of its own below it."""
    rest = bytes(3 * (frame.width - COLUMNS * CELL_PX))
    lines = (picture.line(CELL_PX) + rest) * CELL_PX
    return Frame(frame.width, frame.height + CELL_PX, frame.pixels + lines)


class FramesSink:
    """The screen. The page of the visit shows the picture of the canary: that plants it.

    grab gives the screen as an image file, None where there is no way to take it: the screen
    then counts as unseen.
    """

    def __init__(
        self,
        name: str,
        canary: str,
        grab: Callable[[], bytes | None],
    ) -> None:
        self._name = name
        self._canary = canary
        self._grab = grab
        self._controls: list[str] = []

    @property
    def name(self) -> str:
        """The name of the place."""
        return self._name

    def plant(self, canary: str) -> None:
        """Do nothing: the page of the visit shows the picture of its canary."""

    @contextlib.contextmanager
    def control(self, word: str) -> Iterator[None]:
        """Have the word's picture below what the screen shows."""
        self._controls.append(word)
        try:
            yield
        finally:
            self._controls.remove(word)

    def clear(self) -> None:
        """Do nothing: the window that shows is ended before there is a wipe."""

    def find(self, needles: Needles) -> Finding:
        """Take a frame and search it. Raises SinkError("frame-unreadable"), OSError."""
        del needles  # pictures, not texts
        image = self._grab()
        if image is None:
            return Finding(places=0, unseen=1)
        frame = parse_frame(image)
        for word in self._controls:
            frame = _with_picture(frame, canary_picture(word))
        controls = sum(count_picture(frame, canary_picture(word)) for word in self._controls)
        return Finding(
            control_hits=controls, other=count_picture(frame, canary_picture(self._canary))
        )
