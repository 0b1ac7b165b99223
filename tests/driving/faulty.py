"""A twin with a bug of our own in it: `python -m tests.driving.faulty`, with the twin's options.

RELAIS_BUG says where: `printing` and `ticking` are threads of the worker, `request` is a page that
cannot be shown, nor what is shown in its place, and `keeper` is the loop of the keeper. What the
kiosk writes goes to the file RELAIS_SAID, which no wipe clears.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping

from kiosk import __main__ as kiosk
from kiosk.controller import Controller
from kiosk.keeper.children import Child
from kiosk.keeper.keeper import Keeper, Phase
from kiosk.printing import PrintLine
from kiosk.screens import Screen
from kiosk.web.page import Pages
from provisioning.twin import __main__ as twin
from provisioning.twin.house import House

BUG, SAID = "RELAIS_BUG", "RELAIS_SAID"
# Of nobody, and never in the kiosk: the bugs there quote what the visit itself has learned.
TOLD_TO_THE_KEEPER = "Odette Testmans"


def _print_badly(
    _line: PrintLine, _work: object, _deadline_s: float, hears: Controller, *_: object
) -> None:
    raise KeyError(hears.memory.answers["surname"])


def _tick_badly(controller: Controller) -> None:
    if surname := controller.memory.answers.get("surname"):
        raise KeyError(surname)
    _TICK(controller)


def _show_badly(controller: Controller) -> Screen:
    if surname := controller.memory.answers.get("surname"):
        raise KeyError(surname)
    return _SCREEN(controller)


def _bridge_badly(*_: object) -> str:
    raise LookupError


def _stop_hearing(keeper: Keeper) -> None:
    if keeper.phase is Phase.SERVING:
        raise KeyError(TOLD_TO_THE_KEEPER)


class FaultyHouse(House):
    """A house whose kiosk has the bug."""

    def _start_python(
        self,
        log_name: str,
        *arguments: str,
        fds: tuple[int, ...] = (),
        environment: Mapping[str, str] | None = None,
    ) -> Child:
        if arguments[:2] == ("-m", "kiosk"):
            arguments = ("-m", "tests.driving.faulty", *arguments[1:])
            told = {name: os.environ[name] for name in (BUG, SAID)}
            environment = {**(environment or {}), **told}
        return super()._start_python(log_name, *arguments, fds=fds, environment=environment)


_SCREEN, _TICK = Controller.screen, Controller.tick
_Bugs = Mapping[str, tuple[tuple[type, str, object], ...]]
_IN_THE_KIOSK: _Bugs = {
    "printing": ((PrintLine, "_run", _print_badly),),
    "ticking": ((Controller, "tick", _tick_badly),),
    "request": ((Controller, "screen", _show_badly), (Pages, "render_fault", _bridge_badly)),
}
_IN_THE_KEEPER: _Bugs = {"keeper": ((Keeper, "_tick", _stop_hearing),)}


def main() -> int:
    """Run the twin, or its kiosk."""
    is_kiosk = sys.argv[1] == "kiosk"
    bugs = _IN_THE_KIOSK if is_kiosk else _IN_THE_KEEPER
    for bug in bugs.get(os.environ[BUG], ()):
        setattr(*bug)
    if is_kiosk:
        os.dup2(os.open(os.environ[SAID], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), 2)
        return kiosk.main(sys.argv[2:])
    vars(twin)["House"] = FaultyHouse
    return twin.main()


if __name__ == "__main__":
    sys.exit(main())
