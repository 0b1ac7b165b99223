"""A keeper among parts played by hand, and a worker that is a real process."""

from __future__ import annotations

import array
import contextlib
import fcntl
import itertools
import os
import socket
import subprocess
import sys
import termios
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, cast

from device.panel import Key, Lamp, Panel, PanelHand, simulated_factory
from device.pins import Pins
from kiosk.clock import HandClock
from kiosk.config import HelperProfile, HouseRules, PlaceProfile, PlaceSection
from kiosk.journal import Journal
from kiosk.keeper.keeper import Keeper, Phase
from kiosk.keeper.link import Link, LinkClosed
from kiosk.keeper.parts import Process
from kiosk.keeper.wiping import Ended, WipeOutcome, Wiper
from kiosk.permanence import hash_code
from kiosk.wipe.plan import Place

LIMIT_S = 20.0
CODE = "2468"
CODE_HASH = hash_code(CODE)
COUNTS = {"sought": 7, "places": 9, "found": 0, "not_searchable": 1, "unseen": 0}
CLEAN = WipeOutcome(True, COUNTS, "", ())
FOUND = WipeOutcome(False, None, "trace-found", ("spool",))
NO_DATA = WipeOutcome(False, None, "no-data-folder", ("journal",))
ROW = {
    "task_id": "address-change",
    "need_group": "papers",
    "channel_chosen": "paper",
    "posture_share": "together",
    "outcome": "done",
    "teach_back": "ok",
    "referral_type": "",
    "language": "nl",
}
# Connects as a worker does, hands the line to the test, and lives until it is killed.
_WORKER = """
import array, socket, sys, time
line = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
line.connect(sys.argv[1])
test = socket.socket(fileno=int(sys.argv[2]))
rights = array.array("i", [line.fileno()])
test.sendmsg([b"x"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, rights)])
line.close()
test.recv(1)
"""


def until(find: Callable[[], Any], what: str, limit_s: float = LIMIT_S) -> Any:
    """Return what `find` finds; fail with `what` after the limit."""
    deadline = time.monotonic() + limit_s
    while not (found := find()):
        assert time.monotonic() < deadline, what
        time.sleep(0.005)
    return found


class Worker:
    """A worker process whose line to the keeper the test speaks on."""

    def __init__(self, socket_path: Path) -> None:
        mine, its = socket.socketpair()
        with its:
            self.process = subprocess.Popen(
                [sys.executable, "-I", "-S", "-c", _WORKER, str(socket_path), str(its.fileno())],
                pass_fds=(its.fileno(),),
            )
        self._life = mine
        _, ancillary, _, _ = mine.recvmsg(1, socket.CMSG_SPACE(4))
        fds = array.array("i")
        fds.frombytes(ancillary[0][2])
        self.socket = socket.socket(fileno=fds[0])
        self.link = Link(self.socket, is_patient=True)
        self.fds: list[int] = []

    def says(self, do: str, **more: Any) -> None:
        """Send a word."""
        self.link.send({"do": do, **more})

    def hears(self, say: str) -> dict[str, Any]:
        """Wait for a word of the keeper; others before it are passed over."""
        self.socket.settimeout(LIMIT_S)
        while True:
            message, fds = self.link.receive()
            self.fds += fds
            if message["say"] == say:
                return message

    def was_heard(self) -> None:
        """Return when everything said so far has been heard: words are answered in their order."""
        self.says("site-close")
        self.hears("site")

    def was_received(self) -> None:
        """Return when the keeper has taken everything said so far off the line (unix(7))."""
        left = array.array("i", [1])

        def is_empty() -> bool:
            fcntl.ioctl(self.socket, termios.TIOCOUTQ, left)
            return left[0] == 0

        until(is_empty, "an empty line")

    def hears_nothing(self) -> bool:
        """Tell whether nothing has been said for a moment."""
        self.socket.settimeout(0.6)
        try:
            self.link.receive()
        except LinkClosed as error:
            return isinstance(error.__cause__, TimeoutError)
        return False

    def is_alive(self) -> bool:
        """Tell whether the process lives."""
        return self.process.poll() is None

    def close(self) -> None:
        """End it."""
        self.process.kill()
        self.process.wait()
        self._life.close()
        self.socket.close()
        for fd in self.fds:
            os.close(fd)


class HandWipe:
    """A wipe that is not run."""

    def close(self) -> None:
        pass


class HandWiper:
    """A wiper whose word the test chooses, and which waits when the test wants it to."""

    device_key = b"k" * 32

    def __init__(self) -> None:
        self.says = CLEAN
        self.plants = ""
        self.clears = True
        self.may_finish = threading.Event()
        self.may_finish.set()
        self.raises: BaseException | None = None
        self.wiped: list[Ended] = []
        self.turns = 0
        self.known: list[str] = []

    @property
    def visit(self) -> str:
        return f"visit-{self.turns}"

    def expects(self, *texts: str) -> None:
        self.known.extend(texts)

    def marks(self) -> dict[str, str]:
        return {"RELAIS_VISIT": self.visit}

    def is_stamped(self) -> bool:
        return True

    def turn_over(self) -> None:
        self.turns += 1

    def start(self, notes: int | None) -> HandWipe:
        return HandWipe()

    def finish(
        self,
        wipe: HandWipe,
        ended: Ended,
        sinks: tuple[Place, ...],
        cleared: Callable[[], None],
    ) -> WipeOutcome:
        self.wiped.append(ended)
        assert self.may_finish.wait(LIMIT_S)
        if self.raises is not None:
            raise self.raises
        if self.clears:
            cleared()
        return self.says

    def plant(self, sinks: tuple[Place, ...], survivors: tuple[Process, ...]) -> str:
        return self.plants


class HandWindow:
    """A browser, or an official site, that only counts."""

    def __init__(self) -> None:
        self.started: list[str] = []
        self.cuts = self.kills = 0
        self.is_open = False
        self.has_died = False
        self.died_by_hand = False
        self.fails: OSError | None = None

    def start(self, url: str) -> None:
        if self.fails is not None:
            raise self.fails
        self.started.append(url)
        self.is_open, self.has_died = True, False

    def open(self, host: str, path: str) -> None:
        self.start(host + path)

    def cut(self) -> None:
        self.cuts += 1
        self.is_open = False

    def kill(self) -> None:
        self.kills += 1
        self.is_open = self.has_died = False

    def close(self) -> None:
        self.kill()

    def pid(self) -> int | None:
        return 1 if self.is_open else None

    def processes(self) -> tuple[Process, ...]:
        return ()

    def has_ended(self) -> bool:
        return self.has_died

    def ended_by_hand(self) -> bool:
        return self.died_by_hand


class HandSurroundings:
    """Daemons that only count."""

    def __init__(self) -> None:
        self.did: list[str] = []
        self.may_cut = threading.Event()
        self.may_cut.set()
        self.looks = 0

    def cut(self) -> None:
        assert self.may_cut.wait(LIMIT_S)
        self.did.append("cut")

    def saw_data(self) -> tuple[Process, ...]:
        return ()

    def survivors(self) -> tuple[Process, ...]:
        return ()

    def sinks(self) -> tuple[Place, ...]:
        return ()

    def start(self) -> None:
        self.did.append("start")

    def for_worker(self) -> dict[str, Any]:
        card = {"backend": "simulated", "environment": {"A": "b"}}
        return {"printer": {}, "card": card, "downloads": "", "simulated": []}

    def heal(self) -> None:
        self.looks += 1

    def close(self) -> None:
        pass


class Kept:
    """A keeper that runs, and everything around it."""

    def __init__(self, folder: Path, *, trouble: str = "", **house: Any) -> None:
        self.folder = folder
        self.clock = HandClock()
        pins = Pins(helper_key=19)
        factory = simulated_factory()
        # Each edge a second after the last: no press of a test is taken for bouncing.
        self.panel = Panel(pins, factory, monotonic=itertools.count(1000.0).__next__)
        self.hand = PanelHand(pins, factory)
        self.wiper = HandWiper()
        self.window, self.site = HandWindow(), HandWindow()
        self.surroundings = HandSurroundings()
        (folder / "data").mkdir()
        self.journal = Journal(folder / "data")
        self.kiosk_restarts = 0
        self.kiosk: Process | None = Process.of(os.getpid())
        self.workers: list[Worker] = []
        self.keeper = Keeper(
            profile=PlaceProfile(
                place=PlaceSection("proef", "Wassalon Proef", ("nl", "fr"), kind="mobile"),
                house=HouseRules(**house),
                helpers=(HelperProfile("volunteer", CODE_HASH, may_act_instead=False),),
            ),
            clock=self.clock,
            panel=self.panel,
            wiper=cast("Wiper", self.wiper),
            window=self.window,
            site=self.site,
            surroundings=self.surroundings,
            journal=self.journal,
            kiosk=lambda: self.kiosk,
            restart_kiosk=self._restart_kiosk,
            enter_url=lambda: "http://127.0.0.1:1/enter/x",
            socket_path=folder / "keeper.sock",
            trouble=trouble,
        )
        self._thread = threading.Thread(target=self.keeper.run, daemon=True)

    def _restart_kiosk(self) -> None:
        self.kiosk_restarts += 1
        self.kiosk = Process.of(os.getpid())

    def runs(self) -> Kept:
        """Start the keeper's loop."""
        self._thread.start()
        return self

    @property
    def phase_now(self) -> Phase:
        """Return the phase of this instant."""
        return self.keeper.phase

    def is_in(self, phase: Phase) -> None:
        """Wait for a phase."""
        until(lambda: self.keeper.phase is phase, f"{phase.value}, not {self.keeper.phase.value}")

    def turns(self, times: int) -> None:
        """Wait until so many wipes have begun, the first after the power included."""
        until(lambda: len(self.wiper.wiped) == times, f"{times} wipes, not {self.wiper.wiped}")

    def worker(self) -> Worker:
        """Have a worker come and say hello."""
        worker = Worker(self.folder / "keeper.sock")
        self.workers.append(worker)
        worker.says("hello")
        return worker

    def serves(self) -> Worker:
        """Have a worker that was given its visit."""
        worker = self.worker()
        worker.hears("hello")
        self.is_in(Phase.SERVING)
        worker.hears("begin")
        return worker

    def visits(self, state: str = "steps") -> Worker:
        """Have a worker in the middle of a visit."""
        worker = self.serves()
        worker.says("state", state=state, locale="nl")
        until(lambda: self.panel.lamp() is Lamp.READY, "the lamp of a visit")
        return worker

    def closes_down(self, outcome: WipeOutcome) -> None:
        """Have a visit end in a wipe that says so, and the machine go out of service."""
        self.visits()
        self.wiper.says = outcome
        self.presses(Key.RED)
        self.is_in(Phase.OUT_OF_SERVICE)

    def presses(self, key: Key) -> None:
        """Press and release a key; returns when the keeper's callback has."""
        self.hand.press(key)
        self.hand.release(key)

    def notices(self) -> None:
        """Return when the keeper has looked at its clocks, at the time that it is now."""
        seen = self.surroundings.looks
        until(lambda: self.surroundings.looks > seen + 1, "two more looks at the clocks")

    def time_passes(self, seconds: float) -> None:
        """Move the clock; the keeper notices at its next turn."""
        self.clock.advance(seconds)

    def close(self) -> None:
        """End the keeper and the workers."""
        self.wiper.may_finish.set()
        self.surroundings.may_cut.set()
        self.keeper.close()
        if self._thread.is_alive():
            self._thread.join(LIMIT_S)
        self.panel.close()
        for worker in self.workers:
            worker.close()


@contextlib.contextmanager
def kept(folder: Path, **options: Any) -> Iterator[Kept]:
    """Give a keeper that runs, and end it."""
    made = Kept(folder, **options)
    try:
        yield made.runs()
    finally:
        made.close()
