"""The process outside the visit: it ends visits and never learns what is in them.

Order of an end, whatever the reason: curtain (worker and browsers get SIGKILL, the lamp
changes), wipe (an own process), receipt, and only then the next visit. Fails closed: without
the wipe's word the machine stays out of service.

Threads: the loop hears the workers and lets time pass; the panel's thread brings keys. Both hold
the one lock for moments only: whatever waits (codes, sites, daemons, wipes) has a thread of its
own, so that a stop waits for nobody.
"""

from __future__ import annotations

import datetime
import logging
import threading
from collections.abc import Callable
from contextlib import suppress
from enum import Enum
from pathlib import Path
from typing import Final, assert_never

from device.panel import Key, Lamp, Panel
from kiosk.clock import Clock
from kiosk.config import PlaceProfile
from kiosk.heap import stay_small
from kiosk.journal import Journal
from kiosk.keeper import curtain, words
from kiosk.keeper.clocks import Verdict
from kiosk.keeper.door import Answer, Doorkeeper
from kiosk.keeper.ears import Ears
from kiosk.keeper.known import KnownVisit
from kiosk.keeper.link import Link, LinkClosed, Message
from kiosk.keeper.parts import OfficialSite, Process, Surroundings, Window
from kiosk.keeper.rows import RowKeeper
from kiosk.keeper.site_lane import SiteLane
from kiosk.keeper.turnover import Over, Turnover
from kiosk.keeper.wiping import NO_DATA_FOLDER, WipeOutcome, Wiper
from kiosk.permanence import CodeDoor, Permanence
from kiosk.visit import OVER_STATES, State
from kiosk.wipe.memory import permit_search

log = logging.getLogger("relais.keeper")

_TICK_S: Final = 0.25
_RESTART_EVERY_S: Final = 2.0
_RETRY_EVERY_S: Final = 5.0
_LEAVE_LIMIT_S: Final = 5.0
# Seconds on, off, on: what calls the helper.
_CALL: Final = (0.2, 0.2, 0.2)


class Phase(Enum):
    """What the keeper is doing."""

    SERVING = "serving"
    WIPING = "wiping"
    OUT_OF_SERVICE = "out-of-service"


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
        """Take the parts; nothing runs before `run`.

        trouble: a fault of the set-up (no-data-folder) that closes the machine until it is
        mended and the keeper starts anew. kiosk: the web master, whose children are workers.
        """
        self.profile = profile
        self._clock = clock
        self._panel = panel
        self._wiper = wiper
        self._window = window
        self._surroundings = surroundings
        self._kiosk = kiosk
        self._restart_kiosk = restart_kiosk
        self._trouble = trouble
        self._rows = RowKeeper(journal)
        self._sites = SiteLane(site)
        self._door = Doorkeeper(CodeDoor(profile.helpers, clock.monotonic))
        self._turnover = Turnover(
            wiper=wiper,
            window=window,
            sites=self._sites,
            surroundings=surroundings,
            rows=self._rows,
            kiosk=kiosk,
            enter_url=enter_url,
            done=self._turned,
            planted=self._planted,
            shown=self._shown,
        )
        self._lock = threading.RLock()
        self._phase = Phase.WIPING
        self._visit = KnownVisit()
        self._fault = trouble
        self._reason = "power"
        self._locale = ""
        self._outcome: WipeOutcome | None = None
        self._permanence: Permanence | None = None
        self._restart_at = self._retry_at = self._show_at = 0.0
        self._is_dark = False
        self._ears = Ears(socket_path, heard=self._heard, lost=self._lost)
        self._is_closing = False
        self._left = threading.Event()
        self._left.set()
        wiper.expects(profile.place.id, profile.place.name, *(h.name for h in profile.helpers))
        panel.on_press(self._pressed)

    @property
    def phase(self) -> Phase:
        """Return what the keeper is doing now."""
        return self._phase

    @property
    def worker_pid(self) -> int | None:
        """Return the worker of the visit that runs."""
        worker = self._visit.worker
        return worker.pid if worker else None

    # ---- the loop -----------------------------------------------------------------

    def run(self) -> None:
        """Serve until `close`. The first thing is a wipe: power came back, RAM may not be new."""
        # The wipe must be able to search this process too, and quickly.
        permit_search()
        stay_small()
        with self._lock:
            self._turn_over("power", Over())
        self._left.clear()
        try:
            while not self._is_closing:
                self._ears.turn(_TICK_S)
                self._tick()
        finally:
            self._left.set()

    def close(self) -> None:
        """Leave the loop, and let a wipe that runs come to its end."""
        self._is_closing = True
        self._ears.wake()
        self._left.wait(_LEAVE_LIMIT_S)
        self._turnover.close(_LEAVE_LIMIT_S)
        self._ears.close()

    def _lost(self, link: Link) -> None:
        with self._lock:
            if self._visit.link is link:
                self._visit.link = None
                self._end("crash")

    # ---- what the worker says -----------------------------------------------------

    def _heard(self, link: Link, word: words.Word) -> None:
        with self._lock:
            if isinstance(word, words.Hello):
                self._greet(link)
            elif link is self._visit.link:
                self._obey(word)

    def _obey(self, word: words.Word) -> None:
        visit = self._visit
        match word:
            case words.Hello():
                pass  # heard by _heard
            case words.SearchAgain():
                if self._phase is Phase.OUT_OF_SERVICE:
                    self._door.ask(word.code, lambda answer: self._search_again(visit, answer))
            case _ if self._phase is not Phase.SERVING:
                # A visit that is over, or one that was not handed over yet, wants nothing.
                pass
            case words.Active():
                visit.is_used(self._clock.monotonic())
            case words.StateNow():
                self._note_state(word.state, word.locale)
            case words.RowNow():
                visit.told = word.told
            case words.Open():
                # Also with a wrong code: they have been heard.
                self._wiper.expects(word.helpers)
                self._door.ask(word.code, lambda answer: self._open(visit, word, answer))
            case words.Close():
                self._door.ask(word.code, lambda answer: self._close(visit, answer))
            case words.End():
                self._end("finished" if word.is_finished else "stopped")
            case words.MoreTime():
                visit.gets_longer(self._clock.monotonic(), self.profile.house)
            case words.Help():
                self._panel.buzz(_CALL)
            case words.SiteOpen():
                self._sites.open(
                    word.host,
                    word.path,
                    lambda: self._serves(visit),
                    lambda status: self._tell_site(visit, status),
                )
            case words.SiteClose():
                self._close_site(visit)
            case _:
                assert_never(word)

    def _serves(self, visit: KnownVisit) -> bool:
        return self._phase is Phase.SERVING and self._visit is visit

    def _greet(self, link: Link) -> None:
        """Take a worker: the only one, and a child of the kiosk's own master."""
        held, worker = self._visit, Process.of(link.peer_pid())
        if held.link is not None and (held.worker is None or not held.worker.is_alive()):
            # Its end was not heard yet.
            self._drop(held.link)
            held = self._visit
        kiosk = self._kiosk()
        is_ours = worker is not None and kiosk is not None and worker.parent() == kiosk.pid
        if held.link is not None or not is_ours:
            # A second worker would be a second visit.
            with suppress(LinkClosed):
                link.send({"say": "refused"})
            self._ears.hang_up(link)
            return
        held.link, held.worker = link, worker
        parts = self._surroundings.for_worker()
        card = parts["card"]
        marks = self._wiper.marks()
        # Who a visit starts bears its mark, so that not even an orphan can hide from its wipe.
        parts["card"] = {**card, "environment": {**card.get("environment", {}), **marks}}
        fault = self._fault if self._phase is Phase.OUT_OF_SERVICE else self._trouble
        self._say({"say": "hello", "phase": self._phase.value, "parts": parts, "trouble": fault})
        if self._phase is Phase.SERVING:
            self._hand_over()

    def _hand_over(self) -> None:
        """Give the worker its visit: the notebook it writes traces in, permanence, receipt."""
        notes = self._turnover.notes
        if self._visit.link is None or notes is None or self._outcome is None:
            return
        receipt = self._outcome.receipt
        self._visit.state = State.WELCOME
        self._say(
            {
                "say": "begin",
                "permanence": vars(self._permanence) if self._permanence else None,
                "receipt": {**receipt, "reason": self._reason} if receipt else None,
                "locale": self._locale,
                "today": self._clock.today().isoformat(),
                "key": self._wiper.device_key.hex(),
                "visit": self._wiper.visit,
            },
            (notes,),
        )

    def _say(self, message: Message, fds: tuple[int, ...] = ()) -> None:
        link = self._visit.link
        if link is None:
            return
        try:
            link.send(message, fds)
        except LinkClosed:
            # Gone, or deaf to all that fits the line: either way this visit is no more.
            self._drop(link)

    def _drop(self, link: Link) -> None:
        self._ears.hang_up(link)
        self._lost(link)

    def _note_state(self, state: State, locale: str) -> None:
        visit = self._visit
        visit.locale = locale
        if state in OVER_STATES:
            # The worker's own word that it is over; "end" follows, with the clocks as they are.
            return
        if visit.gives_up(state):
            # Nothing of a visit may go back to a screen that belongs to nobody.
            self._end("stopped")
            return
        visit.moves(state, self._clock.monotonic())
        self._light(_lamp(state))

    # ---- what helpers may do, by their code ---------------------------------------------

    def _open(self, visit: KnownVisit, asked: words.Open, answer: Answer) -> None:
        with self._lock:
            if not self._serves(visit) or self._refused(answer) or answer.profile is None:
                return
            day = _date(asked.date)
            self._permanence = Permanence(
                profile=answer.profile.name,
                helpers=asked.helpers,
                date=(day or self._clock.today()).isoformat(),
                date_is_confirmed=day is not None,
                may_act_instead=answer.profile.may_act_instead,
            )
            self._say({"say": "permanence", "permanence": vars(self._permanence)})

    def _close(self, visit: KnownVisit, answer: Answer) -> None:
        with self._lock:
            if self._serves(visit) and not self._refused(answer):
                self._permanence = None
                self._end("finished")

    def _search_again(self, visit: KnownVisit, answer: Answer) -> None:
        with self._lock:
            is_same = self._visit is visit and self._phase is Phase.OUT_OF_SERVICE
            if is_same and not self._refused(answer):
                self._fall("power")

    def _refused(self, answer: Answer) -> bool:
        if answer.profile is None:
            self._say({"say": "code-refused", "wait_s": round(answer.wait_s + 0.49)})
        return answer.profile is None

    # ---- panel --------------------------------------------------------------------

    def _pressed(self, key: Key) -> None:
        """Answer a key, in the panel's own thread: red waits for nobody."""
        if key is Key.RED:
            self._end("stopped")
            return
        with self._lock:
            self._visit.is_used(self._clock.monotonic())
            is_open = self._phase is Phase.SERVING and self._visit.state is not State.CLOSED
            if key is Key.HELPER and is_open:
                # Heard also when the worker hangs: who needs help may need it because of that.
                self._panel.buzz(_CALL)
            self._say({"say": "key", "key": key.value})

    # ---- the end of a visit ---------------------------------------------------------

    def _end(self, reason: str) -> None:
        with self._lock:
            if self._phase is Phase.SERVING:
                self._fall(reason)

    def _fall(self, reason: str) -> None:
        """Let the curtain fall and hand the rest over. Nothing in here may wait."""
        visit, self._visit = self._visit, KnownVisit()
        self._phase = Phase.WIPING
        daemons = self._surroundings.saw_data()
        hit = curtain.fall(visit.worker, (self._window, self._sites), daemons)
        self._panel.show(Lamp.BUSY)
        if visit.link is not None:
            self._ears.hang_up(visit.link)
        log.info("visit ended: %s", reason)
        self._locale = visit.locale
        self._turn_over(reason, Over(hit, visit.row(self.profile.place, self._clock)))

    def _turn_over(self, reason: str, over: Over) -> None:
        self._phase = Phase.WIPING
        self._reason = reason
        self._panel.show(Lamp.BUSY)
        self._turnover.begin(over)

    def _turned(self, outcome: WipeOutcome) -> None:
        """Take the wipe's word, in its thread."""
        with self._lock:
            self._outcome = outcome
            self._fault = outcome.fault or self._trouble
            if self._fault:
                self._close_down(self._fault)
            else:
                self._phase = Phase.SERVING
                self._light(Lamp.WIPED)
                self._hand_over()
        self._ears.wake()

    def _planted(self, fault: str) -> None:
        """Let no visit run that could not be searched for: one without its canaries."""
        if not fault:
            return
        log.error("canaries could not be planted: %s", fault)
        with self._lock:
            if self._phase is Phase.SERVING:
                curtain.fall(self._visit.worker, (), ())
                self._close_down(fault)

    def _shown(self, is_done: bool) -> None:
        self._is_dark = not is_done
        if self._is_dark:
            log.error("no window could be started")
            self._show_at = self._clock.monotonic() + _RETRY_EVERY_S
            self._light(Lamp.FAULT)

    def _light(self, lamp: Lamp) -> None:
        # A machine without a screen has only its lamp to say so.
        self._panel.show(Lamp.FAULT if self._is_dark else lamp)

    def _close_down(self, fault: str) -> None:
        """Stay out of service: the screen says why, the lamp is red."""
        self._phase = Phase.OUT_OF_SERVICE
        self._fault = fault
        self._retry_at = self._clock.monotonic() + _RETRY_EVERY_S
        self._panel.show(Lamp.FAULT)
        self._say({"say": "out-of-service", "reason": fault})

    # ---- the official site ----------------------------------------------------------

    def _tell_site(self, visit: KnownVisit, status: str) -> None:
        with self._lock:
            if self._serves(visit):
                self._say({"say": "site", "status": status})

    def _close_site(self, visit: KnownVisit) -> None:
        self._sites.close(lambda status: self._tell_site(visit, status))

    # ---- time and the death of children ---------------------------------------------

    def _tick(self) -> None:
        now = self._clock.monotonic()
        if self._kiosk() is None and now >= self._restart_at:
            log.error("the kiosk's master died; starting it anew")
            self._restart_at = now + _RESTART_EVERY_S
            # Its worker would serve on without anybody to replace it.
            self._end("crash")
            self._restart_kiosk()
        self._surroundings.heal()
        if self._is_dark and now >= self._show_at and self._turnover.show_again():
            self._show_at = now + _RETRY_EVERY_S
        with self._lock:
            match self._phase:
                case Phase.SERVING:
                    self._watch_windows()
                    self._watch_clocks(now)
                case Phase.OUT_OF_SERVICE:
                    self._retry(now)
                    if self._window.has_ended() and not self._is_dark:
                        # Without it nobody could read why, or type a helper's code.
                        self._shown(False)
                case Phase.WIPING:
                    pass
                case _:
                    assert_never(self._phase)

    def _retry(self, now: float) -> None:
        """Wipe and search again once the memory that outlives visits can be written again."""
        if self._fault == NO_DATA_FOLDER and not self._trouble and now >= self._retry_at:
            self._retry_at = now + _RETRY_EVERY_S
            threading.Thread(target=self._look_for_room, name="room", daemon=True).start()

    def _look_for_room(self) -> None:
        if self._rows.is_writable():
            with self._lock:
                if self._phase is Phase.OUT_OF_SERVICE and self._fault == NO_DATA_FOLDER:
                    self._fall("power")

    def _watch_clocks(self, now: float) -> None:
        if self._phase is not Phase.SERVING:
            return
        is_at_a_site = self._visit.state is State.SITE and self._sites.is_open()
        verdict, seconds = self._visit.verdict(now, self.profile.house, is_at_a_site=is_at_a_site)
        match verdict:
            case Verdict.IDLE:
                self._end("idle")
            case Verdict.LIMIT:
                self._end("limit")
            case Verdict.ASK_STILL_THERE | Verdict.WARN_LIMIT:
                self._say({"say": "warn", "about": verdict.value, "seconds": seconds})
                self._panel.buzz((0.1,))
            case Verdict.NOTHING:
                pass
            case _:
                assert_never(verdict)

    def _watch_windows(self) -> None:
        if self._sites.has_ended():
            if self._sites.ended_by_hand():
                self._close_site(self._visit)
            else:
                self._end("crash")
        if self._window.has_ended():
            self._end("crash")


def _lamp(state: State) -> Lamp:
    """Return what the lamp says in a state: blue means wait, so a stop can be seen at once."""
    match state:
        case State.CLOSED:
            return Lamp.OFF
        case State.RECEIPT:
            return Lamp.WIPED
        case State.CARD_LEFT:
            return Lamp.BUSY
        case _:
            return Lamp.READY


def _date(untrusted: str) -> datetime.date | None:
    """Read a day as the helper types it, 22/11/2026, or as ISO 8601."""
    day, _, rest = untrusted.partition("/")
    month, _, year = rest.partition("/")
    with suppress(ValueError):
        if year:
            return datetime.date(int(year), int(month), int(day))
        return datetime.date.fromisoformat(untrusted)
    return None
