"""What the screens need from the house: one visit to show, and a few things of the boot.

The web knows neither controller nor devices. It shows `Screen`s and hands on what was tapped.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from kiosk.screens import Screen

SHEETS_PX = (300, 400, 1000)
"""How wide the page of a paper is drawn: as screens show it, and no wider, since that weighs."""


class VisitPort(Protocol):
    """The one visit of this process, seen from the screen. Every method may be called at once
    from several threads."""

    def screen(self) -> Screen:
        """Return what is to be seen now."""
        ...

    def act(self, action: str, *, visit: str, turn: int, form: Mapping[str, str]) -> None:
        """Hear one tap. A visit or turn that is not the current one changes nothing."""
        ...

    def wait(self, seen: int, timeout_s: float) -> int:
        """Return the revision of the screen once it is above `seen`, or after `timeout_s`."""
        ...

    def preview(self, page: int, width_px: int) -> bytes | None:
        """Return page `page` (from 1) of the paper as PNG, or None; `width_px` is of SHEETS_PX."""
        ...

    def take_keys(self) -> list[str]:
        """Return the panel's keys since the last call: previous, next, repeat, confirm, helper.

        A key raises the revision, so that a waiting page hears it.
        """
        ...


def no_frame() -> bytes:
    """Return no picture: a build without a canary strip."""
    return b""


def no_fault(code: str) -> None:
    """Do nothing about a fault of our own."""
    del code


@dataclass(frozen=True)
class WebSettings:
    """What the composition root hands to the screens.

    enter_keys: consumes a one-time key; True once for a key that was given out.
    frame_png: the canary as a picture of 256 x 4 px; empty: no strip is shown.
    on_fault: hears the code of a fault of our own, before its screen is shown.
    languages: the place's languages, in order; the fault screen speaks them all.
    beat_s: an event stream says at least this often that it lives.
    max_streams: more live event streams than this are ended, the oldest first.
    max_body_bytes: a longer request is refused unread.
    """

    enter_keys: Callable[[str], bool]
    frame_png: Callable[[], bytes] = no_frame
    on_fault: Callable[[str], None] = no_fault
    languages: tuple[str, ...] = ("nl", "fr", "en")
    beat_s: float = 1.0
    max_streams: int = 2
    max_body_bytes: int = 16 * 1024
