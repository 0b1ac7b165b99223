"""`./relais run`: a whole kiosk on a laptop, with the dock beside it. Ctrl-C ends everything.

Exit status 78 (EX_CONFIG): place profile or content is wrong. 75 (EX_TEMPFAIL): another program
has the data folder or a port that was asked for. 70 (EX_SOFTWARE): the keeper has ended by a
fault of its own.
"""

from __future__ import annotations

import argparse
import logging
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import assert_never

from device.bug import tell_without_values
from device.given_path import given_path
from kiosk.config import ConfigError
from kiosk.keeper.browser import Mode
from kiosk.keeper.data_folder import DataFolderTaken
from kiosk.keeper.keeper import Phase
from kiosk.tasks.loader import CONTENT
from provisioning.twin.house import (
    DOCK_PORT,
    EX_CONFIG,
    KIOSK_PORT,
    TWIN_PROFILE,
    House,
    PortTaken,
    Wishes,
)
from provisioning.twin.surroundings import Reality, look_around

REPOSITORY = Path(__file__).resolve().parents[2]
EX_SOFTWARE = 70
EX_TEMPFAIL = 75
_LOOK_EVERY_S = 0.5
_LOOK_FIRST_EVERY_S = 0.05
_LAST_PORT = 65535
_LARGEST_PX = 16384


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) > _LAST_PORT:
        raise argparse.ArgumentTypeError(
            f"{text!r} is no port. Give a number from 0 (any free one) to {_LAST_PORT}."
        )
    return int(text)


def _size(text: str) -> tuple[int, int]:
    width, _, height = text.partition("x")
    if width.isdecimal() and height.isdecimal():
        size = int(width), int(height)
        if min(size) > 0 and max(size) <= _LARGEST_PX:
            return size
    raise argparse.ArgumentTypeError(
        f"{text!r} is no size of a window. Give width and height in pixels, as 1280x800."
    )


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="relais run", description=(__doc__ or "").splitlines()[0])
    for name, usual in (("kiosk", KIOSK_PORT), ("dock", DOCK_PORT)):
        parser.add_argument(
            "--port" if name == "kiosk" else "--dock-port",
            type=_port,
            default=None,
            help=f"{name}, on 127.0.0.1 (0: any; not said: {usual} if it is free)",
        )
    parser.add_argument(
        "--data", type=given_path, default=None, help="folder of what is kept, one run at a time"
    )
    parser.add_argument(
        "--size",
        type=_size,
        default=(1280, 800),
        metavar="WxH",
        help="window: 1280x800, 800x480, 800x1280",
    )
    parser.add_argument(
        "--screen",
        choices=[mode.value for mode in Mode],
        default=None,
        help="window, headless or none (you open the address yourself)",
    )
    parser.add_argument("--simulated", action="store_true", help="no pcscd and no CUPS")
    parser.add_argument("--debug", action="store_true", help="DevTools of the twin's browser")
    parser.add_argument("--tests-only-no-sandbox", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument(
        "--profile", type=given_path, default=TWIN_PROFILE, help="place profile (TOML)"
    )
    parser.add_argument("--content", type=given_path, default=None, help="other content packs")
    return parser.parse_args()


def _data_folder(wished: Path | None) -> Path:
    if wished is not None:
        return wished.resolve()
    base = os.environ.get("XDG_DATA_HOME") or str(Path.home() / ".local/share")
    return Path(base) / "relais-twin"


def _say(text: str) -> None:
    sys.stderr.write(f"relais: {text}\n")
    sys.stderr.flush()


def _refuse_content(folder: Path) -> bool:
    """Say what is wrong with the content before anything is started; tell whether something is."""
    done = subprocess.run(
        [sys.executable, "-m", "kiosk.tasks", str(folder)],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != EX_CONFIG:
        # Whatever else went wrong, the kiosk meets it too.
        return False
    _say("the content cannot be used; mend this and start again:")
    sys.stderr.write(done.stderr)
    return True


def _make_house(wishes: Wishes, reality: Reality) -> House | int:
    """Return the house, or the exit status of a start that had to be refused, with its reason."""
    try:
        return House(wishes, reality)
    except ConfigError as error:
        # The profile that was read is a copy of the one that was given.
        said = str(error).replace(str(error.path), str(wishes.profile), 1)
        _say(f"the place profile cannot be used: {said}.")
        _say(f"Mend it, or start without --profile: {TWIN_PROFILE} is one that works.")
        return EX_CONFIG
    except DataFolderTaken as taken:
        _say(f"the data folder {taken.path} is in use by another kiosk that runs.")
        _say("End that one, or give this one a folder of its own with --data FOLDER.")
    except PortTaken as taken:
        _say(f"port {taken.port} is taken by another program.")
        _say("End that one, or ask for another port; 0 is any free one.")
    return EX_TEMPFAIL


def _say_ports(wishes: Wishes, house: House) -> None:
    for name, wished, usual, port in (
        ("kiosk", wishes.port, KIOSK_PORT, house.port),
        ("dock", wishes.dock_port, DOCK_PORT, house.dock_port),
    ):
        if wished is None and port != usual:
            _say(f"port {usual} is taken by another program; the {name} is at port {port}")


def _where(house: House) -> str:
    """Return where the kiosk is to be seen."""
    match house.mode:
        case Mode.WINDOW:
            return "in its own window"
        case Mode.HEADLESS:
            return "in a browser without a window"
        case Mode.NONE:
            return house.enter_url()
        case _:
            assert_never(house.mode)


def _reached(house: House) -> str:
    """Return what the start has come to, "" while it has not come to anything."""
    match house.keeper.phase:
        case Phase.SERVING:
            return "ready to serve" if house.keeper.worker_pid is not None else ""
        case Phase.OUT_OF_SERVICE:
            return "out of service (its screen says why)"
        case Phase.WIPING:
            return ""
        case _:
            assert_never(house.keeper.phase)


def main() -> int:
    """Run until Ctrl-C."""
    began = time.monotonic()
    options = _arguments()
    tell_without_values("relais")
    logging.basicConfig(
        level=logging.INFO, format="%(name)s %(levelname)s %(message)s", stream=sys.stderr
    )
    if _refuse_content((options.content or CONTENT).resolve()):
        return EX_CONFIG
    parts = Path(os.environ.get("RELAIS_PARTS") or REPOSITORY / ".parts")
    reality = look_around(parts, allow_real=not options.simulated)
    mode = Mode(options.screen) if options.screen else None
    if mode is None and not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        mode = Mode.NONE
    wishes = Wishes(
        port=options.port,
        dock_port=options.dock_port,
        data=_data_folder(options.data),
        mode=mode,
        size=options.size,
        is_debuggable=options.debug,
        no_sandbox=options.tests_only_no_sandbox,
        profile=options.profile,
        content=options.content,
    )
    house = _make_house(wishes, reality)
    if isinstance(house, int):
        return house
    stopped = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: stopped.set())
    try:
        house.open()
        keeper = threading.Thread(target=house.keeper.run, name="keeper", daemon=True)
        keeper.start()
        _say_ports(wishes, house)
        _say(f"kiosk {_where(house)}")
        _say(f"dock  {house.dock_url}")
        _say(f"folder {house.folder}")
        _say("codes " + ", ".join(f"{name} {code}" for name, code in house.codes.items()))
        if simulated := house.surroundings.for_worker()["simulated"]:
            _say("simulated: " + ", ".join(simulated))
        _say("everything is started; Ctrl-C ends it")
        every_s = _LOOK_FIRST_EVERY_S
        while not stopped.wait(every_s):
            if every_s != _LOOK_EVERY_S and (reached := _reached(house)):
                _say(f"{reached} after {time.monotonic() - began:.1f} s")
                every_s = _LOOK_EVERY_S
            if refusal := house.refusal():
                _say("the place profile or the content cannot be used; mend this and start again:")
                sys.stderr.write(refusal)
                return EX_CONFIG
            if not keeper.is_alive():
                # Nobody is left who could end a visit, and this house ends with all it started.
                _say("the keeper has ended by a fault of its own; everything ends with it")
                return EX_SOFTWARE
    finally:
        house.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
