"""The laptop's house: one folder in RAM with everything of a run, and the parts put together."""

from __future__ import annotations

import json
import logging
import os
import secrets
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from contextlib import ExitStack, suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path

from device.panel import Panel, PanelHand, simulated_factory
from kiosk.clock import SystemClock
from kiosk.config import PlaceProfile, load_profile, read_text
from kiosk.journal import Journal, JournalError
from kiosk.keeper.browser import Bounds, Browser, Mode, SiteBrowser, mode_for, own
from kiosk.keeper.children import Child, Children, Identity
from kiosk.keeper.data_folder import DataFolder
from kiosk.keeper.keeper import Keeper
from kiosk.keeper.parts import Process
from kiosk.keeper.wiping import Wiper
from kiosk.permanence import hash_code
from kiosk.tasks.fault import ContentError
from kiosk.tasks.loader import CONTENT, load_hosts
from kiosk.wipe.canary import read_device_key
from kiosk.wipe.leftovers import LeftoversSink
from kiosk.wipe.plan import (
    DatabasePlace,
    DataPlace,
    FolderPlace,
    FramesPlace,
    LeftoversPlace,
    Place,
    RecentPlace,
)
from kiosk.wipe.processes import RUN_VARIABLE
from kiosk.wipe.run_folder import RunFolder, remove_run
from provisioning.twin.card_hand import card_verbs
from provisioning.twin.dock.config import DockConfig, Part
from provisioning.twin.hands import HandServer, PrinterHand
from provisioning.twin.panel_hand import panel_verbs
from provisioning.twin.surroundings import CardSide, PrinterSide, Reality, TwinSurroundings

log = logging.getLogger("relais.twin")

REPOSITORY = Path(__file__).resolve().parents[2]
TWIN_PROFILE = Path(__file__).with_name("place.toml")
# The practice website is a part of the tests: a house without them opens the real ones.
STAND_IN = REPOSITORY / "tests" / "official_site"
HOST = "127.0.0.1"
KIOSK_PORT, DOCK_PORT = 8100, 8101
EX_CONFIG = 78
SHARED_MEMORY = Path("/dev/shm")  # noqa: S108  a tmpfs: RAM and never a disk
# Numeric users that exist nowhere on the machine: nothing of anybody is theirs to read.
KIOSK_BROWSER, SITE_BROWSER = Identity(61000, 61000), Identity(61001, 61001)
# What nobody enters with is withdrawn at the next window's start, when this old.
_KEY_LIFE_S = 10.0
_GRAB_LIMIT_S = 5.0
_DATA_FILES = ("journal.sqlite", "journal.sqlite-wal", "journal.sqlite-shm", "canary-key")


@dataclass(frozen=True)
class Wishes:
    """What the command line asks for. size: pixels.

    Ports: 0 means any free one; None the usual one, or any free one where it is taken.
    """

    port: int | None
    dock_port: int | None
    data: Path
    mode: Mode | None = None
    size: tuple[int, int] = (1280, 800)
    is_debuggable: bool = False
    no_sandbox: bool = False
    profile: Path = TWIN_PROFILE
    content: Path | None = None
    codes: Mapping[str, str] = field(default_factory=dict)


class PortTaken(Exception):
    """Say that a port that was asked for is another program's. `code` is stable."""

    code = "port-taken"

    def __init__(self, port: int) -> None:
        super().__init__(self.code, port)
        self.port = port


def bind(wished: int | None, usual: int) -> socket.socket:
    """Return a socket on loopback: on `wished` (0: any free port), or on the usual port if free.

    Raises PortTaken where `wished` is another's: who asks for a port looks for the kiosk there.
    """
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((HOST, usual if wished is None else wished))
    except OSError as error:
        if wished is not None:
            listener.close()
            raise PortTaken(wished) from error
        listener.bind((HOST, 0))
    return listener


def free_port(wished: int | None = 0, usual: int = 0) -> int:
    """Return the port that `bind` would take now."""
    with bind(wished, usual) as probe:
        return int(probe.getsockname()[1])


def listen(wished: int | None) -> socket.socket:
    """Open the kiosk's socket; it outlives every worker, so the screen is never refused.

    Raises PortTaken as `bind` does.
    """
    listener = bind(wished, KIOSK_PORT)
    listener.listen(64)
    return listener


def find_grab(environment: Mapping[str, str]) -> tuple[str, ...]:
    """Return the command that gives a picture of the screen, () where none can be had.

    grim asks for wlr-screencopy, which sway and cage know and GNOME and KDE do not: tried once.
    """
    grim, display = shutil.which("grim"), environment.get("WAYLAND_DISPLAY", "")
    if not grim or not display:
        return ()
    # The wipe is started with nothing of a person's environment.
    runtime = environment.get("XDG_RUNTIME_DIR", "")
    screen = (f"WAYLAND_DISPLAY={display}", f"XDG_RUNTIME_DIR={runtime}")
    command = ("/usr/bin/env", *screen, grim, "-t", "ppm", "-")
    try:
        tried = subprocess.run(command, capture_output=True, timeout=_GRAB_LIMIT_S, check=False)
    except subprocess.TimeoutExpired:
        return ()
    return command if tried.returncode == 0 and tried.stdout else ()


def find_sound(environment: Mapping[str, str]) -> dict[str, str]:
    """Return what leads a voice to a desktop's sound server, which holds the sound device.

    Nothing else of a person's environment reaches the kiosk; where there is no such server the
    voice opens the device itself.
    """
    server = Path(environment.get("XDG_RUNTIME_DIR", "/nowhere")) / "pulse" / "native"
    return {"PULSE_SERVER": f"unix:{server}"} if server.is_socket() else {}


def leave_nothing(run: RunFolder) -> None:
    """Remove a run's folder and what lies beside it; what cannot be removed stays marked as its."""
    for path in run.path.iterdir():
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
    with suppress(OSError):
        remove_run(run.path)
    beside = run.path.parent
    # What canaries of this run lie beside its folder have nobody left who would seek them.
    for path in beside.glob(f"{run.path.name}.canary.*"):
        path.unlink(missing_ok=True)
    with suppress(OSError):
        LeftoversSink("leftovers", beside, run.keeper).clear()


class House:
    """One run: made, opened, lived in, closed. Everything it starts ends with it."""

    def __init__(self, wishes: Wishes, reality: Reality) -> None:
        """Take the folders and ports, start nothing.

        Raises DataFolderTaken, PortTaken, ConfigError; then nothing is left behind.
        """
        self.wishes = wishes
        self.reality = reality
        self.children = Children()
        self.mode = (wishes.mode or mode_for(os.environ)) if reality.has_chromium else Mode.NONE
        self._trouble = ""
        self.codes = dict(wishes.codes)
        with ExitStack() as undo:
            self._data = self._take_data()
            undo.callback(self._give_data_back)
            self._listener = undo.enter_context(listen(wishes.port))
            self.port = int(self._listener.getsockname()[1])
            self.dock_port = free_port(wishes.dock_port, DOCK_PORT)
            self.run = RunFolder.create(SHARED_MEMORY)
            undo.callback(leave_nothing, self.run)
            self.folder = self.run.path
            # Browsers and print filters of other users pass through, and can list nothing.
            self.folder.chmod(0o711)
            for name in ("keys", "logs", "browser", "site", "printer", "visit"):
                (self.folder / name).mkdir(mode=0o711)
            self.profile = self._write_profile()
            undo.pop_all()
        self.site_port = free_port()
        self.token = secrets.token_urlsafe(32)
        self._keys = self.folder / "keys"
        self._kiosk: Child | None = None
        self._site_stand_in: Child | None = None
        self._has_stand_in = STAND_IN.is_dir()
        self.journal = Journal(wishes.data)
        device_key = self._device_key()

        pins = self.profile.pins
        factory = simulated_factory()
        self.panel = Panel(pins, factory)
        self._panel_hand = PanelHand(pins, factory)

        self.card = CardSide(self.folder, reality, self.children, sys.executable)
        self.printer = PrinterSide(self.folder, reality, free_port())
        self.surroundings = TwinSurroundings(
            card=self.card,
            printer=self.printer,
            downloads=self.folder / "site" / "documents",
            sinks=self._sinks,
            dock=self._start_dock,
            is_practice_site=self._has_stand_in,
        )
        self.window, self.site = self._browsers()
        self._grab = find_grab(os.environ)
        self.keeper = Keeper(
            profile=self.profile,
            clock=SystemClock(),
            panel=self.panel,
            wiper=Wiper(
                self.run,
                device_key=device_key,
                shipped=(REPOSITORY / "kiosk", REPOSITORY / "device"),
                outside=self._outside,
            ),
            window=self.window,
            site=self.site,
            surroundings=self.surroundings,
            journal=self.journal,
            kiosk=self._kiosk_process,
            restart_kiosk=self._start_kiosk,
            enter_url=self._window_url,
            socket_path=self.folder / "keeper.sock",
            trouble=self._trouble,
        )

    # ---- life -----------------------------------------------------------------------

    def open(self) -> None:
        """Start everything but the keeper's own loop."""
        self._start_kiosk()
        starts = (self.card.open, self.printer.open, self._start_site_stand_in)
        threads = [threading.Thread(target=start) for start in starts]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self._hands = HandServer(
            self.folder / "hands.sock",
            {
                "panel": panel_verbs(self.panel, self._panel_hand),
                "printer": PrinterHand(self.printer.hand).verbs(),
                "card": card_verbs(self.card),
                "twin": {"enter": lambda: {"url": self.enter_url()}, "look": self._look},
            },
        )

    def close(self) -> None:
        """End every child by its id and leave no folder and no open port behind."""
        self.keeper.close()
        self.surroundings.close()
        self.window.kill()
        self.site.kill()
        self.children.end_all(2.0)
        self.panel.close()
        self._listener.close()
        leave_nothing(self.run)
        self._give_data_back()

    def refusal(self) -> str:
        """Return why the kiosk refused to start (profile or content), "" while it runs."""
        kiosk = self._kiosk
        if kiosk is None or kiosk.alive() or kiosk.exit_code() != EX_CONFIG:
            return ""
        return (self.folder / "logs" / "kiosk.log").read_text(encoding="utf-8")

    def enter_url(self) -> str:
        """Return an address that lets one browser in, once."""
        key = secrets.token_hex(16)
        (self._keys / key).touch(mode=0o600)
        return f"http://{HOST}:{self.port}/enter/{key}"

    def _window_url(self) -> str:
        """Return an address for the kiosk's own browser; those nobody used are withdrawn."""
        for key in self._keys.iterdir():
            with suppress(FileNotFoundError):
                if time.time() - key.stat().st_mtime > _KEY_LIFE_S:
                    key.unlink()
        return self.enter_url()

    @property
    def dock_url(self) -> str:
        """Return the dock's address."""
        return f"http://{HOST}:{self.dock_port}/"

    # ---- parts ----------------------------------------------------------------------

    def _write_profile(self) -> PlaceProfile:
        """Give each helper profile of the twin a code of this run; the dock shows them."""
        # As it was written, before anything is added: its faults are at its own lines.
        text = read_text(self.wishes.profile)
        for name in ("employee", "volunteer"):
            code = self.codes.setdefault(name, f"{secrets.randbelow(10**6):06d}")
            may = "true" if name == "employee" else "false"
            text += f'\n[helpers.{name}]\ncode = "{hash_code(code)}"\nmay_act_instead = {may}\n'
        path = self.folder / "place.toml"
        path.write_text(text, encoding="utf-8")
        return load_profile(path)

    def _take_data(self) -> DataFolder | None:
        try:
            return DataFolder.take(self.wishes.data)
        except OSError:
            self._trouble = "no-data-folder"
            return None

    def _give_data_back(self) -> None:
        if self._data is not None:
            self._data.give_back()
            self._data = None

    def _device_key(self) -> bytes:
        if self._data is not None:
            with suppress(OSError, JournalError):
                self.journal.count()
                return read_device_key(self.wishes.data)
        self._trouble = "no-data-folder"
        return secrets.token_bytes(32)

    def _browsers(self) -> tuple[Browser, SiteBrowser]:
        wishes = self.wishes
        is_root = os.geteuid() == 0
        mode = self.mode
        width, height = wishes.size
        environment = dict(os.environ)
        for name, identity in (("browser", KIOSK_BROWSER), ("site", SITE_BROWSER)):
            if is_root:
                own(self.folder / name, identity)
        window = Browser(
            self.children,
            self.folder / "browser" / "p",
            mode=mode,
            environment=environment,
            identity=KIOSK_BROWSER if is_root else None,
            bounds=Bounds(0, 0, width, height),
            debuggable=wishes.is_debuggable,
            tests_only_no_sandbox=wishes.no_sandbox,
        )
        site = SiteBrowser(
            self.children,
            self.folder / "site",
            hosts=self._hosts(),
            mode=mode,
            environment=environment,
            identity=SITE_BROWSER if is_root else None,
            bounds=Bounds(width // 2, 0, width // 2, height),
            debuggable=wishes.is_debuggable,
            tests_only_no_sandbox=wishes.no_sandbox,
        )
        return window, site

    def _hosts(self) -> dict[str, str]:
        """Return every host that the content opens, and whether a stand-in answers for it."""
        stand_in = f"{HOST}:{self.site_port}" if self._has_stand_in else ""
        try:
            return dict.fromkeys(load_hosts(self.wishes.content or CONTENT), stand_in)
        except ContentError:
            # The kiosk reads the same list, refuses it, and says where and what to do.
            return {}

    def _sinks(self) -> tuple[Place, ...]:
        folder = self.folder
        places: list[Place] = [
            FolderPlace("visit", folder / "visit", "upload", keeps_files=False),
            FolderPlace("browser", folder / "browser", "p/Default/History", keeps_files=False),
            FolderPlace("site", folder / "site", "documents/document.pdf", keeps_files=False),
            FolderPlace("logs", folder / "logs", "kiosk.log", keeps_files=True),
            FolderPlace("printed", folder / "printer" / "out", "page", keeps_files=False),
            FramesPlace("frames", self._grab),
            RecentPlace("shared-memory", SHARED_MEMORY),
            LeftoversPlace("leftovers", SHARED_MEMORY),
        ]
        if self.printer.cups is not None:
            spool = folder / "cups" / "run"
            places += [
                FolderPlace("spool", spool / "spool", "d00000-001", keeps_files=False),
                FolderPlace("jobs", spool / "cache", "job.cache", keeps_files=False),
                FolderPlace("print-log", folder / "cups" / "log", "error_log", keeps_files=True),
            ]
        if not self._trouble:
            places += [
                DatabasePlace("journal", self.journal.path),
                DataPlace("data", self.wishes.data, _DATA_FILES),
            ]
        return tuple(places)

    def _outside(self) -> tuple[Process, ...]:
        """Return what is not ours to wipe: the card in the visitor's hand holds its own data, as
        plastic does, and the official site keeps what it was told."""
        site = self._site_stand_in
        found = (self.card.holder(), Process.of(site.pid) if site else None)
        return tuple(process for process in found if process)

    # ---- children -------------------------------------------------------------------

    def _start_kiosk(self) -> None:
        if self.refusal():
            # Starting the same content again would say the same again.
            return
        plan = self.folder / "kiosk.json"
        content = self.wishes.content
        plan.write_text(
            json.dumps(
                {
                    "profile": str(self.folder / "place.toml"),
                    "content": str(content) if content else None,
                    "token": self.token,
                    "host": HOST,
                    "port": self.port,
                    "bind": f"fd://{self._listener.fileno()}",
                    "keeper_socket": str(self.folder / "keeper.sock"),
                    "enter_keys": str(self._keys),
                    "run_folder": str(self.folder),
                }
            )
        )
        plan.chmod(0o600)
        if self._kiosk is not None:
            # Dead already, but its id and all that was held for it were not given back yet.
            self._kiosk.kill()
        self._kiosk = self._start_python(
            "kiosk",
            "-m",
            "kiosk",
            str(plan),
            fds=(self._listener.fileno(),),
            environment=find_sound(os.environ),
        )

    def _start_python(
        self,
        log_name: str,
        *arguments: str,
        fds: tuple[int, ...] = (),
        environment: Mapping[str, str] | None = None,
    ) -> Child:
        log_file = self.folder / "logs" / f"{log_name}.log"
        descriptor = os.open(log_file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            return self.children.start(
                [sys.executable, *arguments],
                environment={
                    "PATH": "/usr/sbin:/usr/bin:/sbin:/bin",
                    "LANG": "C.UTF-8",
                    # Known as ours also when it has lost its parent.
                    RUN_VARIABLE: str(self.folder),
                    **(environment or {}),
                },
                inherited_fds=fds,
                log_fd=descriptor,
                folder=REPOSITORY,
            )
        finally:
            os.close(descriptor)

    def _kiosk_process(self) -> Process | None:
        if self._kiosk is None or not self._kiosk.alive():
            return None
        return Process.of(self._kiosk.pid)

    def _start_site_stand_in(self) -> None:
        if self._has_stand_in:
            self._site_stand_in = self._start_python(
                "site", "-m", "tests.official_site", "--port", str(self.site_port)
            )

    def _start_dock(self) -> Child:
        config = DockConfig(
            port=self.dock_port,
            hands=self.folder / "hands.sock",
            papers=self.printer.out,
            kiosk=f"http://{HOST}:{self.port}/",
            locale="nl",
            codes=tuple(self.codes.items()),
            parts=tuple(self.parts()),
        )
        path = self.folder / "dock.json"
        row = asdict(config) | {"codes": dict(config.codes)}
        path.touch(mode=0o600)
        path.write_text(json.dumps(row, default=str))
        return self._start_python("dock", "-m", "provisioning.twin.dock", "--config", str(path))

    def parts(self) -> list[Part]:
        """Return the dock's table: what is real, what stands for it, by the name of each."""
        return [
            Part("reader", self.card.is_real, self.card.about),
            Part("card", False),
            Part("printer", self.printer.is_real, self.printer.about),
            Part("panel", False, "gpiozero MockFactory"),
            self._browser_part(),
            Part("site", not self._has_stand_in),
        ]

    def _browser_part(self) -> Part:
        if self.mode is Mode.NONE:
            # Whoever opens the address does so in a browser that this twin did not start.
            return Part("browser", None)
        return Part("browser", True, "Chromium")

    def _look(self) -> dict[str, object]:
        kiosk = self._kiosk_process()
        return {
            "phase": self.keeper.phase.value,
            "kiosk": kiosk.pid if kiosk else None,
            "worker": self.keeper.worker_pid,
            "browser": self.window.pid(),
            "site": self.site.pid(),
            "debug": self.window.debug_address(),
            "site_debug": self.site.debug_address(),
            "cupsd": self.printer.cups.pid if self.printer.cups else None,
            "pcscd": self.card.pcscd.pid if self.card.pcscd else None,
            "parts": self.surroundings.for_worker(),
        }
