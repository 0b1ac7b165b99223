"""The ends of visits, played on a running twin, and what is left to see of them.

`press_red` measures for the bench; what is true after it is for tests to say.
"""

from __future__ import annotations

import os
import re
import select
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest
from pypdf import PdfReader
from pypdf.errors import PyPdfError

from kiosk.wipe.processes import RUN_VARIABLE, Process, family, read_process, read_row, read_table
from provisioning.twin.hands import HandClient
from provisioning.twin.house import TWIN_PROFILE
from tests.conftest import RealParts
from tests.driving import parts
from tests.driving.guest import DELMAROLLE, Guest
from tests.driving.twin import REPOSITORY, Twin, paths_below, until

_PRESS_LIMIT_S = 20.0
# What a wipe may take (30 s) and more: nothing here measures it.
_WIPE_LIMIT_S = 60.0


@dataclass(frozen=True)
class Timings:
    """From the press of the red button, in ms.

    worker_ms, browser_ms: until all processes of it were dead; children_ms: what the worker had
    started. lamp_ms: until the lamp had changed, at the latest.
    """

    worker_ms: float
    children_ms: float
    browser_ms: float
    lamp_ms: float

    @property
    def curtain_ms(self) -> float:
        """Until nothing acted or showed any more and the lamp said so."""
        return max(self.worker_ms, self.children_ms, self.browser_ms, self.lamp_ms)


def processes_of(pid: int | None) -> frozenset[Process]:
    """Return a process and all that it has started, as far as they live."""
    process = read_process(pid) if pid else None
    return family(read_table(), [process]) if process else frozenset()


def press_red(twin: Twin) -> Timings:
    """Press the red button and wait until the curtain has fallen. Fails after 20 s."""
    look = twin.look()
    worker = processes_of(look["worker"])
    groups = {
        "worker": {process for process in worker if process.pid == look["worker"]},
        "children": {process for process in worker if process.pid != look["worker"]},
        "browser": processes_of(look["browser"]) | processes_of(look["site"]),
    }
    before = twin.lamp()
    lamp_ms: list[float] = []

    def press() -> None:
        twin.presses("red")
        # The press is answered when the curtain's own callback has returned.
        if twin.lamp() != before:
            lamp_ms.append((time.monotonic() - began) * 1000)

    with _watched(groups) as deaths:
        hand = threading.Thread(target=press)
        began = time.monotonic()
        hand.start()
        ended = {name: (at - began) * 1000 for name, at in deaths().items()}
        hand.join(_PRESS_LIMIT_S)
    assert lamp_ms, f"the lamp says {before} as before"
    return Timings(ended["worker"], ended["children"], ended["browser"], lamp_ms[0])


@contextmanager
def _watched(
    groups: Mapping[str, AbstractSet[Process]],
) -> Iterator[Callable[[], dict[str, float]]]:
    """Hold everybody by a pidfd; give a way to wait until the last of each group is dead."""
    held: dict[int, str] = {}
    for name, processes in groups.items():
        for process in processes:
            with suppress(ProcessLookupError):
                held[os.pidfd_open(process.pid)] = name

    def deaths() -> dict[str, float]:
        poll = select.poll()
        for descriptor in held:
            poll.register(descriptor, select.POLLIN)
        last = dict.fromkeys(groups, time.monotonic())
        waiting = set(held)
        deadline = time.monotonic() + _PRESS_LIMIT_S
        while waiting:
            assert time.monotonic() < deadline, {held[left] for left in waiting}
            for descriptor, _ in poll.poll(1000):
                poll.unregister(descriptor)
                waiting.discard(descriptor)
                last[held[descriptor]] = time.monotonic()
        return last

    try:
        yield deaths
    finally:
        for descriptor in held:
            os.close(descriptor)


# ---- what the worker is doing when it is stopped --------------------------------------


@contextmanager
def choosing(twin: Twin, guest: Guest) -> Iterator[None]:
    """Stand before the needs."""
    guest.begins()
    yield


@contextmanager
def stopped(twin: Twin, guest: Guest) -> Iterator[None]:
    """Have a worker that reacts to nothing (SIGSTOP), with a card's data in it."""
    guest.walks_to(DELMAROLLE, "preview")
    os.kill(int(twin.look()["worker"]), signal.SIGSTOP)
    yield
    twin.pulls_the_card()


@contextmanager
def reading_a_card(twin: Twin, guest: Guest) -> Iterator[None]:
    """Be in the middle of a card read, with its child process at work."""
    guest.walks_to(DELMAROLLE, "consent")
    twin.slows_the_card(300)
    guest.acts("consent-yes")
    guest.shows("reading")
    twin.inserts(DELMAROLLE.card)
    worker = int(twin.look()["worker"])
    until(lambda: len(processes_of(worker)) > 1, "a reading child")
    yield
    twin.slows_the_card(0)
    twin.pulls_the_card()


@contextmanager
def setting_a_page(twin: Twin, guest: Guest) -> Iterator[None]:
    """Be setting pages in typst."""
    guest.walks_to(DELMAROLLE, "preview")
    before = len(guest.shown)
    is_over = guest.looks_at_the_paper_without_end()
    until(lambda: len(guest.shown) > before + 2, "pages that are set")
    yield
    is_over.set()
    twin.pulls_the_card()


@contextmanager
def asking_cups(twin: Twin, guest: Guest) -> Iterator[None]:
    """Wait for a CUPS that does not answer."""
    guest.walks_to(DELMAROLLE, "preview")
    os.kill(int(twin.look()["cupsd"]), signal.SIGSTOP)
    guest.acts("print")
    guest.shows("printing")
    yield
    twin.pulls_the_card()


@contextmanager
def printing(twin: Twin, guest: Guest) -> Iterator[None]:
    """Have a letter on its way to a printer that waits for paper."""
    guest.walks_to(DELMAROLLE, "preview")
    twin.printer("run_out_of_paper")
    guest.acts("print")
    guest.shows("printing")
    yield
    twin.pulls_the_card()
    until(lambda: twin.look()["cupsd"], "CUPS anew")
    twin.printer("load_paper")


SITUATIONS = {
    "choosing": choosing,
    "stopped": stopped,
    "reading a card": reading_a_card,
    "setting a page": setting_a_page,
    "asking CUPS": asking_cups,
    "printing": printing,
}
"""What a worker can be in the middle of when the red button is pressed."""


# ---- what is left -----------------------------------------------------------------------


def all_of_the_run(folder: Path) -> list[int]:
    """Return the processes that were started within a run, by its mark in their environment."""
    mark = f"{RUN_VARIABLE}={folder}".encode()
    found = []
    for name in Path("/proc").iterdir():
        with suppress(OSError):
            if name.name.isdecimal() and mark in (name / "environ").read_bytes().split(b"\0"):
                found.append(int(name.name))
    return found


def wipe_process(twin: Twin) -> int:
    """Wait for the wipe that runs next and return its process."""

    def found() -> int:
        for process in processes_of(twin.process.pid):
            with suppress(OSError):
                words = Path(f"/proc/{process.pid}/cmdline").read_bytes().split(b"\0")
                if b"kiosk.wipe" in words and b"plant" not in words:
                    return process.pid
        return 0

    return until(found, "a wipe")


_KEEPS = """
import sys
text = sys.stdin.read()
kept = [text.encode(), text.encode("utf-16-le")]
del text
sys.stdout.write("kept")
sys.stdout.flush()
import time
time.sleep(float(sys.argv[1]))
"""


@contextmanager
def somebody_who_remembers(twin: Twin, text: str) -> Iterator[int]:
    """Have a process of the run that lives on and holds `text` in its memory."""
    process = subprocess.Popen(
        [sys.executable, "-I", "-S", "-c", _KEEPS, "600"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={RUN_VARIABLE: str(twin.folder)},
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        process.stdin.write(text.encode())
        process.stdin.close()
        assert process.stdout.read(4) == b"kept"
        yield process.pid
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def is_dead(pid: int) -> bool:
    """Tell whether nobody lives under this number, or only one that has ended."""
    row = read_row(pid)
    return row is None or row.is_dead


def is_closed(twin: Twin) -> bool:
    """Tell whether the machine is out of service, with a red lamp."""
    return twin.look().get("phase") == "out-of-service" and twin.lamp() == "fault"


@contextmanager
def a_real_twin(
    folder: Path, real_parts: RealParts, *options: str, twin: type[Twin] = Twin
) -> Iterator[Twin]:
    """Run a twin whose reader, printer and browser are real; skip where they cannot be."""
    parts.chromium_program()
    with twin(folder, *options) as running:
        if running.simulated:
            pytest.skip(f"simulated, not real: {running.simulated}")
        for name in (parts.pcscd(), parts.cups()):
            real_parts.used(name)
        if "--screen=none" not in options:
            real_parts.used(parts.chromium())
        until(running.is_serving, "a first visit")
        yield running


def reasons(twin: Twin) -> list[str]:
    """Return why visits ended so far, from the keeper's journal."""
    return re.findall(r"visit ended: (\S+)", twin.log.read_text())


def serves_again(twin: Twin, ended: int = 0) -> None:
    """Wait for the visit after `ended` others; fail at once where the machine is closed."""

    def is_there() -> bool:
        # First the end: a phase looked at before it is that of the visit that is ending.
        has_ended = len(reasons(twin)) > ended
        phase = twin.look().get("phase")
        assert phase != "out-of-service", twin.log.read_text()[-1000:]
        return phase == "serving" and has_ended

    until(is_there, "the next visit", _WIPE_LIMIT_S)


def files_that_hold(folder: Path, *texts: str) -> list[str]:
    """Return the names of files below `folder` that hold one of the texts, papers included."""
    sought = [text.lower().encode(coding) for text in texts for coding in ("utf-8", "utf-16-le")]
    found = []
    for path in paths_below(folder):
        with suppress(OSError):
            if path.is_file():
                content = path.read_bytes().lower() + paper_text(path).lower().encode()
                if any(word in content for word in sought):
                    found.append(str(path.relative_to(folder)))
    return found


def paper_text(path: Path) -> str:
    """Return what a PDF says, "" for what is none, or not yet a whole one."""
    try:
        with path.open("rb") as file:
            if file.read(5) != b"%PDF-":
                return ""
        return "".join(page.extract_text() for page in PdfReader(path).pages)
    except (OSError, PyPdfError):
        return ""


def hosted(folder: Path, **house: float) -> Path:
    """Write the twin's place profile with other house rules and return its path."""
    text = TWIN_PROFILE.read_text()
    for rule, value in house.items():
        text = re.sub(rf"(?m)^{rule} = .*\n", "", text)
        text = text.replace("[house]\n", f"[house]\n{rule} = {value}\n")
    path = folder / "place.toml"
    path.write_text(text)
    return path


_SMALL_RAM = "192m"
_SMALL_DATA = "1m"
_MOUNTS = """
mount --make-rprivate /
mount -t tmpfs -o size={ram},mode=1777 none /dev/shm
mkdir -p {data}
mount -t tmpfs -o size={card},mode=700 none {data}
exec "$@"
"""


class MountedTwin(Twin):
    """A twin with RAM and a data folder of its own, both small, in a mount namespace."""

    def __init__(self, data: Path, *options: str) -> None:
        self.log = data / "twin.log"
        self.data = data / "data"
        script = _MOUNTS.format(ram=_SMALL_RAM, card=_SMALL_DATA, data=self.data)
        words = [sys.executable, "-m", "provisioning.twin", "--port=0", "--dock-port=0"]
        words += [f"--data={self.data}", "--screen=headless", "--debug", *options]
        with self.log.open("ab") as log:
            # Everything is run by exec: the process is the twin's own in the end.
            self.process = subprocess.Popen(
                ["unshare", "-m", "sh", "-ec", script, "sh", *words],
                cwd=REPOSITORY,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        until(self._is_ready, "the twin says that it is ready")
        text = self.log.read_text()
        self.codes = dict(re.findall(r"(employee|volunteer) (\d{6})", text))
        self.folder = Path(re.findall(r"folder (\S+)", text)[-1])
        self._hands = HandClient(self.folder_inside / "hands.sock")
        self._cards = HandClient(self.folder_inside / "card.sock")

    @property
    def data_inside(self) -> Path:
        """Return the data folder as seen from here."""
        return self._inside(self.data)

    @property
    def folder_inside(self) -> Path:
        """Return the run folder as seen from here."""
        return self._inside(self.folder)

    def remounts_data(self, how: str) -> None:
        """Make the data folder read-only (ro) or not (rw)."""
        self._enters("mount", "-o", f"remount,{how}", str(self.data))

    def rows(self) -> int:
        """Return how many rows the journal holds. Asked inside: SQLite resolves the way there."""
        count = "import sqlite3, sys; print(sqlite3.connect(sys.argv[1]).execute(sys.argv[2])"
        count += ".fetchone()[0])"
        words = ["SELECT count(*) FROM activity"]
        path = str(self.data / "journal.sqlite")
        return int(self._enters(sys.executable, "-c", count, path, *words))

    def fills_the_data_folder(self) -> None:
        """Let no byte more fit into it. The file has a name that may be there."""
        _fill(self.data_inside / "canary-key")

    def empties_the_data_folder(self) -> None:
        """Give the room back."""
        with (self.data_inside / "canary-key").open("r+b") as file:
            file.truncate(32)

    def fills_the_ram(self) -> None:
        """Let no byte more fit into the RAM of the visit."""
        _fill(self.folder_inside / "visit" / "upload")

    def _inside(self, path: Path) -> Path:
        return Path(f"/proc/{self.process.pid}/root") / path.relative_to("/")

    def _enters(self, *command: str) -> str:
        words = ["nsenter", "-m", "-t", str(self.process.pid), *command]
        return subprocess.run(words, check=True, capture_output=True, text=True).stdout


def _fill(path: Path) -> None:
    with path.open("ab", buffering=0) as file, suppress(OSError):
        while True:
            file.write(bytes(1 << 16))
    with path.open("ab", buffering=0) as file, suppress(OSError):
        while True:
            file.write(b"\0")
