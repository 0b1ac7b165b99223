"""Canaries: derived, of one device and one visit, as a word and as a picture."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from kiosk.wipe.canary import (
    KEY_FILE,
    canary_picture,
    canary_prefix,
    canary_text,
    new_control,
    read_device_key,
)
from kiosk.wipe.needles import Fold
from kiosk.wipe.sinks.frames import Frame, count_picture, parse_frame
from kiosk.wipe.sinks.sink import SinkError

KEY = bytes(range(32))


def test_every_canary_of_a_device_begins_with_its_prefix() -> None:
    first, second = canary_text(KEY, "1"), canary_text(KEY, "2")

    assert first != second
    assert first.startswith(canary_prefix(KEY))
    assert second.startswith(canary_prefix(KEY))
    assert canary_prefix(KEY) != canary_prefix(bytes(32))


def test_nothing_of_a_canary_or_control_is_folded_away() -> None:
    for word in (canary_text(KEY, "1"), new_control()):
        assert Fold.ASCII.apply(word.encode()) == word.encode()


def test_the_key_does_not_hold_the_canary() -> None:
    # Who holds the key and the visit's number is searched and must not be found.
    assert canary_prefix(KEY).encode() not in KEY + KEY.hex().encode()


def test_the_device_key_is_made_once_and_kept(tmp_path: Path) -> None:
    first = read_device_key(tmp_path)

    assert read_device_key(tmp_path) == first
    assert stat.S_IMODE((tmp_path / KEY_FILE).stat().st_mode) == 0o600


def test_a_key_cut_short_by_a_power_cut_is_made_anew(tmp_path: Path) -> None:
    (tmp_path / KEY_FILE).write_bytes(b"short")

    assert len(read_device_key(tmp_path)) == 32


def _frame(canary: str, cell_px: int, x: int, y: int) -> Frame:
    width, height = 800, 64
    lines = [bytearray(b"\x80" * 3 * width) for _ in range(height)]
    pixels = canary_picture(canary).line(cell_px)
    for line in lines[y : y + cell_px]:
        line[3 * x : 3 * x + len(pixels)] = pixels
    return Frame(width, height, b"".join(lines))


@pytest.mark.parametrize("cell_px", [4, 5, 6, 8, 12])
@pytest.mark.parametrize(("x", "y"), [(0, 0), (17, 31), (32, 52)])
def test_a_picture_is_found_at_every_size_and_place_once(cell_px: int, x: int, y: int) -> None:
    frame = _frame("one", cell_px, x, y)

    assert count_picture(frame, canary_picture("one")) == 1
    assert count_picture(frame, canary_picture("two")) == 0


def test_a_picture_that_is_cut_is_not_the_picture() -> None:
    frame = _frame("one", 4, 10, 10)
    cut = bytearray(frame.pixels)
    for line in range(10, 14):
        at = (line * frame.width + 10 + 128) * 3
        cut[at : at + 96] = bytes(96)

    assert count_picture(Frame(frame.width, frame.height, bytes(cut)), canary_picture("one")) == 0


def test_a_png_of_the_picture_reads_back_as_the_picture() -> None:
    frame = parse_frame(canary_picture("one").png(cell_px=12))

    assert (frame.width, count_picture(frame, canary_picture("one"))) == (768, 1)


@pytest.mark.parametrize(
    "image",
    [
        b"",
        b"P6 100 100 255\n",
        b"P6 99999 99999 255\n\0",
        b"\x89PNG\r\n\x1a\nrest",
        b"P6 4 4 255\n",
    ],
)
def test_what_is_no_frame_is_an_error(image: bytes) -> None:
    with pytest.raises(SinkError, match="frame-unreadable"):
        parse_frame(image)
