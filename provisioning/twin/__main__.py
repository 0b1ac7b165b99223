"""`./relais run`: a whole kiosk on a laptop, with the dock beside it. Ctrl-C ends everything."""

from __future__ import annotations

import argparse
import logging
import os
import signal
import sys
import threading
import time
from pathlib import Path
from typing import assert_never

from device.bug import tell_without_values
from kiosk.config import ConfigError
from kiosk.keeper.browser import Mode
from kiosk.keeper.keeper import Phase
from provisioning.twin.house import EX_CONFIG, TWIN_PROFILE, House, Wishes
from provisioning.twin.surroundings import look_around

REPOSITORY = Path(__file__).resolve().parents[2]
EX_SOFTWARE = 70
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
    parser = argparse.ArgumentParser(prog="relais run", description=__doc__)
    parser.add_argument("--port", type=_port, default=8100, help="kiosk, on 127.0.0.1 (0: any)")
    parser.add_argument("--dock-port", type=_port, default=8101, help="dock, on 127.0.0.1 (0: any)")
    parser.add_argument("--data", type=Path, default=None, help="folder of what is kept")
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
    parser.add_argument("--profile", type=Path, default=TWIN_PROFILE, help="place profile (TOML)")
    parser.add_argument("--content", type=Path, default=None, help="other content packs")
    return parser.parse_args()


def _data_folder(wished: Path | None) -> Path:
    if wished is not None:
        return wished.resolve()
    base = os.environ.get("XDG_DATA_HOME") or str(Path.home() / ".local/share")
    return Path(base) / "relais-twin"


def _say(text: str) -> None:
    sys.stderr.write(f"relais: {text}\n")
    sys.stderr.flush()


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
    try:
        house = House(wishes, reality)
    except ConfigError as error:
        at = f"{options.profile}, {error.key}" if error.key else options.profile
        _say(f"the place profile cannot be used: {at}: {error.hint}.")
        _say(f"Mend it, or start without --profile: {TWIN_PROFILE} is one that works.")
        return EX_CONFIG
    stopped = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: stopped.set())
    try:
        house.open()
        keeper = threading.Thread(target=house.keeper.run, name="keeper", daemon=True)
        keeper.start()
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
