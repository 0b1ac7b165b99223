"""From one visit to the next: all that takes time, in a thread of its own.

The curtain has fallen before this begins. Here everything of the visit is made sure to be gone,
wiped and searched, and what the next visit needs starts anew meanwhile. However this ends, it
says so: an error of ours is an unfinished wipe, which closes the machine.
"""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final

from kiosk.heap import give_back
from kiosk.journal import ActivityRow
from kiosk.keeper.parts import Process, Surroundings, Window
from kiosk.keeper.rows import RowKeeper
from kiosk.keeper.site_lane import SiteLane
from kiosk.keeper.wiping import WIPE_UNFINISHED, Ended, WipeOutcome, Wiper
from kiosk.wipe.notebook import create_notebook

log = logging.getLogger("relais.keeper")

_SHOW_TRIES: Final = 3


@dataclass(frozen=True)
class Over:
    """What is left of a visit that is over: who was of it, and the row it leaves."""

    of_visit: tuple[Process, ...] = ()
    row: ActivityRow | None = None


class Turnover:
    """One at a time: a turn waits for the end of the one before it.

    done: called with the outcome, also when something went wrong.
    planted: called after `done` of a clean wipe, with a fault when canaries were not planted.
    shown: called when the next window was started, False when it could not be.
    """

    def __init__(
        self,
        *,
        wiper: Wiper,
        window: Window,
        sites: SiteLane,
        surroundings: Surroundings,
        rows: RowKeeper,
        kiosk: Callable[[], Process | None],
        enter_url: Callable[[], str],
        done: Callable[[WipeOutcome], None],
        planted: Callable[[str], None],
        shown: Callable[[bool], None],
    ) -> None:
        self._wiper = wiper
        self._window = window
        self._sites = sites
        self._surroundings = surroundings
        self._rows = rows
        self._kiosk = kiosk
        self._enter_url = enter_url
        self._done = done
        self._planted = planted
        self._shown = shown
        # None until a visit of this run has got one: what was before is not ours to know.
        self._notes: int | None = None
        self._showing: threading.Thread | None = None
        self._is_shown = False
        self._last: threading.Thread | None = None

    @property
    def notes(self) -> int | None:
        """Return the notebook of the visit that runs."""
        return self._notes

    def begin(self, over: Over) -> None:
        """Start; returns at once."""
        before, self._last = self._last, None
        turn = threading.Thread(target=self._turn, args=(over, before), name="turn", daemon=True)
        self._last = turn
        turn.start()

    def close(self, limit_s: float) -> None:
        """Let the turn that runs come to its end and give the notebook back."""
        if self._last is not None:
            self._last.join(limit_s)
        if self._showing is not None:
            self._showing.join(limit_s)
        notes, self._notes = self._notes, None
        if notes is not None:
            os.close(notes)
        self._sites.close_lane()

    # ---- inside the thread ------------------------------------------------------------

    def _turn(self, over: Over, before: threading.Thread | None) -> None:
        if before is not None:
            before.join()
        self._is_shown = False
        outcome = WipeOutcome(is_clean=False)
        try:
            outcome = self._wipe(over)
        finally:
            self._come_up(outcome)

    def _come_up(self, outcome: WipeOutcome) -> None:
        # No canary is there until the wiper has said so, whatever is raised before.
        fault = WIPE_UNFINISHED
        try:
            self._done(outcome)
            if not self._is_shown:
                # It did not even come to "cleared"; the screen has to say so all the same.
                self._show_anew()
            # After the search: a daemon tidies its own folders when it starts, also under a
            # search. The screen comes up meanwhile, and nobody prints in its first second.
            self._surroundings.start()
            if outcome.is_clean:
                if self._showing is not None:
                    # One of the canaries lies in the profile that the window is just making.
                    self._showing.join()
                fault = self._wiper.plant(self._surroundings.sinks(), self._survivors())
        finally:
            if outcome.is_clean:
                self._planted(fault)

    def show_again(self) -> bool:
        """Try again to start a window; return at once, False while the last try goes on."""
        if self._showing is None or self._showing.is_alive():
            return False
        self._show_anew()
        return True

    def _wipe(self, over: Over) -> WipeOutcome:
        self._wiper.turn_over()
        # First of all the screen: nothing else may take the processor from what has to die.
        _together(self._end_window, self._sites.end)
        # It needs a while to start: as long as the daemons need to end.
        wipe = self._wiper.start(self._notes)
        try:
            self._surroundings.cut()
            self._rows.keep(over.row)
            give_back()
            ended = Ended(
                notes=self._notes,
                of_visit=(
                    *over.of_visit,
                    *self._window.processes(),
                    *self._sites.processes(),
                    *self._surroundings.saw_data(),
                ),
                survivors=self._survivors(),
            )
            outcome = self._wiper.finish(wipe, ended, self._surroundings.sinks(), self._show_anew)
        finally:
            wipe.close()
        if outcome.is_clean:
            # The wipe has emptied it. One that was not clean keeps it: the next search needs it.
            if self._notes is not None:
                os.close(self._notes)
            self._notes = create_notebook()
        else:
            log.error("out of service: %s %s", outcome.fault, ",".join(outcome.where))
        return outcome

    def _survivors(self) -> tuple[Process, ...]:
        kiosk = self._kiosk()
        return (*((kiosk,) if kiosk else ()), *self._surroundings.survivors())

    def _show_anew(self) -> None:
        """Start the next window; returns at once. From "cleared" on, so that it is quick."""
        self._is_shown = True
        self._showing = threading.Thread(target=self._show, name="window", daemon=True)
        self._showing.start()

    def _show(self) -> None:
        is_done = False
        try:
            for tries_left in reversed(range(_SHOW_TRIES)):
                try:
                    self._window.start(self._enter_url())
                    is_done = True
                    return
                except OSError:
                    # The search leaves its control in the very folder that is made anew.
                    if not tries_left:
                        raise
        finally:
            self._shown(is_done)

    def _end_window(self) -> None:
        if self._showing is not None:
            # A browser that the turn before is still starting must not come up after its end.
            self._showing.join()
        self._window.kill()


def _together(*deeds: Callable[[], None]) -> None:
    """Do all at the same time; raise the first error once all are over."""
    with ThreadPoolExecutor(len(deeds), thread_name_prefix="turn") as pool:
        for deed in [pool.submit(deed) for deed in deeds]:
            deed.result()
