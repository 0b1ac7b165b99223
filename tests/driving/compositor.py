"""A Wayland compositor without a screen: sway draws into memory, grim takes the pictures."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from kiosk.wipe.sinks.frames import Frame, parse_frame
from tests.driving.twin import until

# Nothing of ours is drawn in it: what has it shows no window.
BARE = bytes((255, 0, 255))
# sway refuses to be root; a numeric user that exists nowhere.
_NOBODY = 61002
_CONFIG = """
output * resolution 1280x800 position 0 0 bg #ff00ff solid_color
default_border none
exec touch {folder}/up
"""


@dataclass(frozen=True)
class Compositor:
    """A running one. environment: what a window needs to come up on it."""

    environment: Mapping[str, str]

    def frame(self) -> Frame:
        """Return what the screen shows."""
        command = ["grim", "-t", "ppm", "-"]
        taken = subprocess.run(
            command, env={**os.environ, **self.environment}, capture_output=True, check=True
        )
        return parse_frame(taken.stdout)

    def is_bare(self) -> bool:
        """Tell whether no window is on it."""
        frame = self.frame()
        return frame.pixels == BARE * (frame.width * frame.height)


@contextmanager
def compositor() -> Iterator[Compositor]:
    """Run one; skip where sway or grim is missing."""
    if missing := [name for name in ("sway", "grim") if shutil.which(name) is None]:
        pytest.skip(f"not installed: {', '.join(missing)}")
    with tempfile.TemporaryDirectory(prefix="sway") as name:
        folder = Path(name)
        (folder / "config").write_text(_CONFIG.format(folder=folder))
        command = ["sway", "--config", str(folder / "config")]
        if os.geteuid() == 0:
            folder.chmod(0o711)
            os.chown(folder, _NOBODY, _NOBODY)
            ids = ["--reuid", str(_NOBODY), "--regid", str(_NOBODY), "--clear-groups"]
            command = ["setpriv", *ids, "--", *command]
        process = subprocess.Popen(
            command,
            env={
                "PATH": os.environ["PATH"],
                "HOME": name,
                "XDG_RUNTIME_DIR": name,
                "WLR_BACKENDS": "headless",
                "WLR_LIBINPUT_NO_DEVICES": "1",
                "WLR_RENDERER": "pixman",
            },
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            until((folder / "up").exists, "a compositor")
            socket = next(path for path in folder.glob("wayland-*") if path.suffix != ".lock")
            # The kiosk's browser is another user's.
            socket.chmod(0o777)
            yield Compositor({"WAYLAND_DISPLAY": str(socket), "XDG_RUNTIME_DIR": name})
        finally:
            process.terminate()
            process.wait(10)
