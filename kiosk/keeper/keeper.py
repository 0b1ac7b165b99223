"""The process outside the visit: it ends visits and never learns what is in them.

Order of an end, whatever the reason: curtain (worker and browsers die by SIGKILL, the lamp
changes), wipe (an own process), receipt, and only then the next visit. Fails closed: without
the wipe's word the machine stays out of service.
"""

from __future__ import annotations

import logging
import os
import selectors
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from enum import Enum
from pathlib import Path
from typing import Any

from device.panel import Key, Lamp, Panel
from kiosk.clock import Clock
from kiosk.config import PlaceProfile
from kiosk.journal import Journal, JournalError
from kiosk.keeper.clocks import Verdict, VisitClocks
from kiosk.keeper.link import Link, LinkClosed, Message, listen
from kiosk.keeper.parts import OfficialSite, Process, Surroundings, Window
from kiosk.keeper.rows import activity_row
from kiosk.keeper.wiping import WipeOutcome, Wiper
from kiosk.permanence import CodeDoor, Permanence
from kiosk.visit import State, is_visit

log = logging.getLogger("relais.keeper")

_TICK_S = 0.25
_RESTART_EVERY_S = 2.0


class Phase(Enum):
    """What the keeper is doing."""

    SERVING = "serving"
    WIPING = "wiping"
    OUT_OF_SERVICE = "out-of-service"


@dataclass
class _Visit:
    """What the keeper knows of the visit that runs: nothing about the person."""

    link: Link | None = None
    worker: Process | None = None
    state: State = State.WIPING
    locale: str = ""
    clocks: VisitClocks | None = None
    row: dict[str, Any] | None = None
    warned: Verdict = Verdict.NOTHING


class Keeper:
    """Owns the visit's processes, the panel, the clocks and the permanence."""

    def __init__(
        self,
        *,
        profile: PlaceProfile,
        clock: Clock,
        panel: Panel,
        wiper: Wiper,
        window: Window,
        site: OfficialSite,
        surroundings: Surroundings,
        journal: Journal,
        kiosk: Callable[[], Process | None],
        restart_kiosk: Callable[[], None],
        enter_url: Callable[[], str],
        socket_path: Path,
        trouble: str = "",
    ) -> None:
        self.profile = profile
        self._clock = clock
        self._panel = panel
        self._wiper = wiper
        self._window = window
        self._site = site
        self._surroundings = surroundings
        self._journal = journal
        self._kiosk = kiosk
        self._restart_kiosk = restart_kiosk
        self._enter_url = enter_url
        self._trouble = trouble
        self._door = CodeDoor(profile.helpers, clock.monotonic)
        self._lock = threading.RLock()
        self._phase = Phase.WIPING
        self._visit = _Visit()
        self._outcome: WipeOutcome | None = None
        self._permanence: Permanence | None = None
        self._notes: int | None = None
        self._socket_path = socket_path
        self._listener = listen(socket_path)
        self._waiting: dict[int, Link] = {}
        self._selector = selectors.DefaultSelector()
        self._wake_read, self._wake_write = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        self._is_closing = False
        self._restart_at = 0.0
        panel.on_press(self._pressed)

    @property
    def phase(self) -> Phase:
        """Return what the keeper is doing now."""
        return self._phase

    @property
    def worker_pid(self) -> int | None:
        """Return the worker of the visit that runs."""
        return self._visit.worker.pid if self._visit.worker else None

    # ---- the loop -----------------------------------------------------------------

    def run(self) -> None:
        """Serve until `close`. The first thing is a wipe: power came back, RAM may not be new."""
        self._selector.register(self._listener, selectors.EVENT_READ, self._accept)
        self._selector.register(self._wake_read, selectors.EVENT_READ, self._woken)
        self._start_wipe("power")
        while not self._is_closing:
            for key, _ in self._selector.select(_TICK_S):
                key.data()
            with self._lock:
                self._tick()

    def close(self) -> None:
        """Leave the loop at its next turn."""
        self._is_closing = True
        self._wake()

    def _wake(self) -> None:
        with suppress(BlockingIOError):
            os.write(self._wake_write, b".")

    def _woken(self) -> None:
        with suppress(BlockingIOError):
            os.read(self._wake_read, 4096)

    def _accept(self) -> None:
        with suppress(BlockingIOError):
            connection, _ = self._listener.accept()
            connection.setblocking(True)
            link = Link(connection)
            self._selector.register(link, selectors.EVENT_READ, lambda: self._heard(link))

    def _heard(self, link: Link) -> None:
        try:
            message, _ = link.receive()
        except LinkClosed:
            self._lost(link)
            return
        with self._lock:
            self._obey(link, message)

    def _lost(self, link: Link) -> None:
        self._selector.unregister(link)
        link.close()
        with self._lock:
            if self._visit.link is link:
                self._visit.link = None
                self._end("crash")

    # ---- what the worker says -----------------------------------------------------

    def _obey(self, link: Link, message: Message) -> None:
        do = message.get("do")
        if do == "hello":
            self._greet(link)
            return
        if link is not self._visit.link:
            return
        match do:
            case "active":
                self._mark_active()
            case "state":
                self._note_state(State(message["state"]), str(message["locale"]))
            case "row":
                self._visit.row = dict(message["row"])
            case "open":
                self._hear_code(link, message)
            case "close":
                self._hear_close(link, message)
            case "end":
                self._end("finished" if message.get("reason") == "finished" else "stopped")
            case "more-time":
                if self._visit.clocks:
                    longer = self._visit.clocks.extended_s + self.profile.house.limit_warning_s
                    self._visit.clocks = replace(self._visit.clocks, extended_s=longer)
            case "help":
                self._panel.buzz((0.2, 0.2, 0.2))
            case "site-open":
                self._open_site(str(message["host"]), str(message["path"]))
            case "site-close":
                self._close_site("closed")
            case "search-again":
                if self._phase is Phase.OUT_OF_SERVICE and self._door.try_code(message["code"]):
                    self._start_wipe("power")
            case _:
                log.warning("unknown word from the worker")

    def _greet(self, link: Link) -> None:
        if self._visit.link is not None:
            # Only one worker serves; a second would be a second visit.
            link.send({"say": "refused"})
            return
        self._visit.link = link
        self._visit.worker = Process.of(link.peer_pid())
        self._say(
            {
                "say": "hello",
                "phase": self._phase.value,
                "parts": self._surroundings.for_worker(),
                "trouble": self._trouble,
            }
        )
        if self._phase is Phase.SERVING:
            self._hand_over()

    def _hand_over(self) -> None:
        """Give the worker its visit: the notebook it writes traces in, permanence, receipt."""
        assert self._outcome is not None  # noqa: S101  SERVING is entered by a wipe's outcome
        if self._visit.link is None or self._notes is None:
            return
        self._visit.state = State.WELCOME
        self._visit.clocks = None
        self._say(
            {
                "say": "begin",
                "permanence": vars(self._permanence) if self._permanence else None,
                "receipt": self._outcome.receipt,
                "locale": self._outcome.locale,
                "today": self._clock.today().isoformat(),
                "key": self._wiper.device_key.hex(),
                "visit": self._wiper.visit,
            },
            (self._notes,),
        )

    def _say(self, message: Message, fds: tuple[int, ...] = ()) -> None:
        link = self._visit.link
        if link is not None:
            with suppress(LinkClosed):
                link.send(message, fds)

    def _note_state(self, state: State, locale: str) -> None:
        if self._phase is not Phase.SERVING:
            return
        now = self._clock.monotonic()
        self._visit.locale = locale
        if is_visit(state) and self._visit.clocks is None:
            self._visit.clocks = VisitClocks(now, now)
        if not is_visit(state):
            self._visit.clocks = None
        self._visit.state = state
        self._panel.show(Lamp.BUSY if is_visit(state) else Lamp.READY)

    def _mark_active(self) -> None:
        if self._visit.clocks:
            self._visit.clocks = replace(self._visit.clocks, last_active=self._clock.monotonic())
            self._visit.warned = Verdict.NOTHING

    # ---- permanence ---------------------------------------------------------------

    def _hear_code(self, link: Link, message: Message) -> None:
        profile = self._door.try_code(str(message["code"]))
        if profile is None:
            self._say({"say": "code-refused", "wait_s": round(self._door.wait_s() + 0.49)})
            return
        self._permanence = Permanence(
            profile=profile.name,
            helpers=str(message.get("helpers", ""))[:60],
            date=str(message.get("date", "")) or self._clock.today().isoformat(),
            date_is_confirmed=bool(message.get("date")),
            may_act_instead=profile.may_act_instead,
        )
        self._say({"say": "permanence", "permanence": vars(self._permanence)})
        self._panel.show(Lamp.READY)

    def _hear_close(self, link: Link, message: Message) -> None:
        if self._door.try_code(str(message["code"])) is None:
            self._say({"say": "code-refused", "wait_s": round(self._door.wait_s() + 0.49)})
            return
        self._permanence = None
        self._end("finished")

    # ---- panel --------------------------------------------------------------------

    def _pressed(self, key: Key) -> None:
        """Answer a key, in the panel's own thread: red waits for nobody."""
        if key is Key.RED:
            self._end("stopped")
            return
        with self._lock:
            self._mark_active()
            self._say({"say": "key", "key": key.value})

    # ---- the end of a visit ---------------------------------------------------------

    def _end(self, reason: str) -> None:
        with self._lock:
            if self._phase is not Phase.SERVING:
                return
            self._phase = Phase.WIPING
            self._wiper.forbid()
            # The curtain: nothing of the visit acts or shows from here on.
            self._kill_worker()
            self._window.kill()
            self._site.kill()
            self._surroundings.cut()
            self._panel.show(Lamp.BUSY)
        log.info("visit ended: %s", reason)
        self._keep_row()
        self._start_wipe(reason)

    def _kill_worker(self) -> None:
        worker = self._visit.worker
        if worker is not None and Process.of(worker.pid) == worker:
            with suppress(ProcessLookupError):
                os.kill(worker.pid, 9)
        link = self._visit.link
        self._visit.link = None
        if link is not None:
            with suppress(KeyError, ValueError):
                self._selector.unregister(link)
            link.close()

    def _keep_row(self) -> None:
        told, clocks = self._visit.row, self._visit.clocks
        self._visit.row = None
        if told is None:
            return
        began = clocks.began if clocks else self._clock.monotonic()
        place = self.profile.place
        try:
            row = activity_row(
                told,
                place=place.id,
                kind=place.kind,
                day=self._clock.today(),
                hour=self._clock.hour(),
                minutes=(self._clock.monotonic() - began) / 60,
            )
            if row is not None:
                self._journal.append(row)
        except ValueError:
            log.error("a row with a word of no list was not kept")
        except JournalError as error:
            # The visit still ends; the next permanence does not open on a broken journal.
            log.error("activity row not kept: %s", error.code)
            self._trouble = "no-data-folder"

    def _start_wipe(self, reason: str) -> None:
        with self._lock:
            self._phase = Phase.WIPING
            self._panel.show(Lamp.BUSY)
            visit = self._visit
            self._visit = _Visit(link=visit.link)
        threading.Thread(target=self._wipe, args=(reason, visit), name="wipe", daemon=True).start()

    def _wipe(self, reason: str, visit: _Visit) -> None:
        kiosk = self._kiosk()
        of_visit = (visit.worker,) if visit.worker else ()
        outcome = self._wiper.wipe(
            reason=reason,
            locale=visit.locale,
            notes=self._notes,
            of_visit=(
                *of_visit,
                *self._window.processes(),
                *self._site.processes(),
                *self._surroundings.saw_data(),
            ),
            survivors=(
                *((kiosk,) if kiosk else ()),
                *self._surroundings.survivors(),
            ),
            sinks=self._surroundings.sinks(),
            cleared=self._start_anew,
        )
        with self._lock:
            if self._notes is not None:
                os.close(self._notes)
            self._notes = outcome.next_notes
            self._outcome = outcome
            if outcome.is_clean:
                self._phase = Phase.SERVING
                self._panel.show(Lamp.WIPED)
                self._hand_over()
            else:
                self._phase = Phase.OUT_OF_SERVICE
                self._panel.show(Lamp.FAULT)
                self._say({"say": "out-of-service", "reason": outcome.fault})
                log.error("out of service: %s %s", outcome.fault, ",".join(outcome.where))
        if outcome.is_clean:
            self._wiper.begin_visit()
        self._wake()

    def _start_anew(self) -> None:
        """Between clearing and searching: daemons and screen of the next visit may start."""
        starts = (self._surroundings.start, lambda: self._window.start(self._enter_url()))
        for start in starts:
            threading.Thread(target=start, daemon=True).start()

    # ---- the official site ----------------------------------------------------------

    def _open_site(self, host: str, path: str) -> None:
        self._site.open(host, path)
        self._say({"say": "site", "status": "open" if self._site.pid() else "unreachable"})

    def _close_site(self, status: str) -> None:
        self._site.kill()
        self._say({"say": "site", "status": status})

    # ---- time and the death of children ---------------------------------------------

    def _tick(self) -> None:
        now = self._clock.monotonic()
        if self._kiosk() is None and now >= self._restart_at:
            log.error("the kiosk's master died; starting it anew")
            self._restart_at = now + _RESTART_EVERY_S
            self._restart_kiosk()
        if self._phase is not Phase.SERVING:
            return
        self._watch_windows()
        self._surroundings.heal()
        clocks = self._visit.clocks
        if clocks is None or self._phase is not Phase.SERVING:
            return
        verdict, seconds = clocks.verdict(self._clock.monotonic(), self.profile.house)
        match verdict:
            case Verdict.IDLE:
                self._end("idle")
            case Verdict.LIMIT:
                self._end("limit")
            case Verdict.ASK_STILL_THERE | Verdict.WARN_LIMIT:
                if self._visit.warned is not verdict:
                    self._visit.warned = verdict
                    self._say({"say": "warn", "about": verdict.value, "seconds": seconds})
                    self._panel.buzz((0.1,))
            case Verdict.NOTHING:
                pass

    def _watch_windows(self) -> None:
        if self._site.has_ended():
            if self._site.ended_by_hand():
                self._close_site("closed")
            else:
                self._end("crash")
        if self._window.has_ended():
            self._end("crash")
