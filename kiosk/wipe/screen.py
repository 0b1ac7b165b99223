"""The command that takes a frame of the screen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from kiosk.wipe.sinks.sink import SinkError

_LIMIT_S: Final = 5.0


def grab_screen(command: Sequence[str]) -> bytes | None:
    """Return what the command prints, None for no command.

    Raises SinkError("frame-command-failed").
    """
    if not command:
        return None
    # Slow to import, and a wipe without a screen never needs it.
    import subprocess

    try:
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, timeout=_LIMIT_S, check=True
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise SinkError("frame-command-failed") from error
    return done.stdout
