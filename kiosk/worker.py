"""One worker process is one visit: made by the master's fork, ended by the keeper's SIGKILL.

The master has read content, catalogues and templates; the worker adds devices, the line to the
keeper and everything personal. Nothing personal ever flows back.
"""

from __future__ import annotations

import os
import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from flask import Flask

from device.card.claim import VisitClaim
from device.card.reading import CardReading, ReadingConfig
from device.doctor.calling import Doctor, DoctorConfig
from device.printer.status import Printer
from kiosk.clock import SystemClock
from kiosk.config import PlaceProfile
from kiosk.controller import Controller, permanence_from
from kiosk.documents.builder import Builder
from kiosk.examining import DoctorLine
from kiosk.keeper.link import Link, LinkClosed, Message
from kiosk.papers import PaperMaker
from kiosk.printing import PrintLine
from kiosk.reading import CardLine
from kiosk.screens import Receipt
from kiosk.showing import Showing
from kiosk.sites import SiteLine
from kiosk.speech import Speech
from kiosk.tasks.loader import Content
from kiosk.web import Stock, WebSettings, create_app
from kiosk.wipe.canary import canary_picture, canary_text
from kiosk.wipe.notebook import Notebook

_TICK_S = 0.25
_PRINTER_POLL_S = 2.0
_FAULT_SCREEN_S = 0.2
_MAX_KEY = 64
EX_SOFTWARE = 70


@dataclass(frozen=True)
class Prepared:
    """What the master has ready for every worker: nothing of anybody."""

    profile: PlaceProfile
    content: Content
    stock: Stock
    builder: Builder
    token: str
    host: str
    port: int
    keeper_socket: Path
    enter_keys: Path


@dataclass(frozen=True)
class Parts:
    """How the worker reaches its devices, as the keeper says."""

    printer: dict[str, Any]
    card: dict[str, Any]
    downloads: str
    simulated: tuple[str, ...]
    # Official sites are played by a stand-in of the house.
    is_practice_site: bool = False


def _printer(spec: dict[str, Any]) -> Printer:
    # Imported here: the master must not load a device library.
    if spec["kind"] == "cups":
        from device.printer.cups import CupsPrinter

        return CupsPrinter(Path(spec["server"]), spec["queue"], spec["device"])
    from device.printer.simulator import SimulatedPrinter

    return SimulatedPrinter(Path(spec["folder"]))


class Worker:
    """The visit of this process: its controller, its web face, its ears."""

    def __init__(self, prepared: Prepared) -> None:
        self._prepared = prepared
        self._link = Link.connect(prepared.keeper_socket)
        self._link.send({"do": "hello"})
        hello, _ = self._link.receive()
        if hello.get("say") != "hello":
            raise LinkClosed
        self._parts = Parts(**{**hello["parts"], "simulated": tuple(hello["parts"]["simulated"])})
        self._visit_key = secrets.token_bytes(32)
        self._notebook_fd: int | None = None
        self._canary = ""
        self._stop = threading.Event()
        self._speech = Speech()
        self._print_line = PrintLine(_printer(self._parts.printer))
        showing = Showing(prepared.profile, prepared.content)
        self.controller = Controller(
            profile=prepared.profile,
            content=prepared.content,
            clock=SystemClock(),
            link=self._link,
            card=CardLine(self._reading, self._claims_cards()),
            doctor=DoctorLine(self._examining),
            printer=self._print_line,
            sites=SiteLine(Path(self._parts.downloads), prepared.profile.house.page_cap),
            papers=PaperMaker(
                prepared.profile,
                prepared.builder,
                prepared.stock.i18n,
                showing.places,
                prepared.content.glossary,
                prepared.content.municipalities,
            ),
            speech=self._speech,
            simulated=self._parts.simulated,
            is_practice_site=self._parts.is_practice_site,
        )
        self.app: Flask = create_app(
            self.controller,
            token=prepared.token,
            host=prepared.host,
            port=prepared.port,
            stock=prepared.stock,
            settings=WebSettings(
                enter_keys=partial(use_up, prepared.enter_keys),
                frame_png=lambda: canary_picture(self._canary).png(),
                on_fault=lambda code: _die_soon(),
                languages=prepared.profile.place.languages,
            ),
        )
        if hello.get("trouble"):
            self.controller.machine_failed(str(hello["trouble"]))
        elif hello["phase"] == "out-of-service":
            self.controller.machine_failed("trace-found")
        for target in (
            self._hear,
            self._tick,
            self._watch_reader,
            self._watch_printer,
            self._try_voices,
        ):
            threading.Thread(target=target, daemon=True, name=target.__name__).start()

    # ---- ears -----------------------------------------------------------------------

    def _hear(self) -> None:
        while True:
            try:
                message, fds = self._link.receive()
            except LinkClosed:
                # Nobody could end this visit any more: end it here.
                os._exit(1)
            self._obey(message, fds)

    def _obey(self, message: Message, fds: tuple[int, ...]) -> None:
        controller = self.controller
        match message.get("say"):
            case "begin":
                self._begin(message, fds[0])
            case "permanence":
                permanence = permanence_from(message["permanence"])
                if permanence is not None:
                    controller.permanence_opened(permanence)
            case "code-refused":
                controller.code_refused(int(message["wait_s"]))
            case "warn":
                controller.warned(message["about"], int(message["seconds"]))
            case "key":
                controller.key_pressed(message["key"])
            case "site":
                controller.site_changed(message["status"])
            case "out-of-service":
                controller.machine_failed(message["reason"])
            case _:
                pass

    def _begin(self, message: Message, fd: int) -> None:
        self._notebook_fd = fd
        notebook = Notebook(fd)
        # Key and number come apart, so that the keeper never holds a canary that is sought.
        self._canary = canary_text(bytes.fromhex(message["key"]), message["visit"])
        row = message["receipt"]
        self.controller.begin(
            notebook=notebook,
            canary=self._canary,
            permanence=permanence_from(message["permanence"]),
            receipt=Receipt(**row) if row else None,
            locale=message["locale"],
            today=message["today"],
        )

    # ---- devices --------------------------------------------------------------------

    def _reading(self) -> CardReading:
        spec = self._parts.card
        return CardReading(
            ReadingConfig(
                backend=spec["backend"],
                simulator_socket=_path(spec.get("simulator_socket")),
                trust_dir=_path(spec.get("trust_dir")),
                root_cache=_path(spec.get("root_cache")),
                environment=spec.get("environment", {}),
            ),
            visit_key=self._visit_key,
            traces_fd=self._notebook_fd,
        )

    def _claims_cards(self) -> Callable[[], None]:
        spec = self._parts.card
        if spec["backend"] != "pcsc":
            return lambda: None
        return VisitClaim(spec.get("environment", {})).take

    def _examining(self) -> Doctor:
        spec = self._parts.card
        config = DoctorConfig(
            simulator_socket=_path(spec.get("simulator_socket")),
            environment=spec.get("environment", {}),
        )
        return Doctor(config, traces_fd=self._notebook_fd)

    def _watch_reader(self) -> None:
        spec = self._parts.card
        if spec["backend"] == "pcsc":
            os.environ.update(spec.get("environment", {}))
            from device.card.reader import PcscReaders

            PcscReaders().watch(self.controller.reader_changed, self._stop)
        else:
            from device.card.simulator import SimulatedReaders

            SimulatedReaders(Path(spec["simulator_socket"])).watch(
                self.controller.reader_changed, self._stop
            )

    def _watch_printer(self) -> None:
        while not self._stop.is_set():
            self.controller.printer_changed(self._print_line.status())
            self._stop.wait(_PRINTER_POLL_S)

    def _try_voices(self) -> None:
        self._speech.try_voices(self._prepared.profile.place.languages)
        self.controller.voices_tried()

    def _tick(self) -> None:
        while not self._stop.wait(_TICK_S):
            self.controller.tick()


def use_up(folder: Path, untrusted_key: str) -> bool:
    """Use up a one-time key that the keeper has put into its folder; True once for each."""
    if not untrusted_key.isalnum() or len(untrusted_key) > _MAX_KEY:
        return False
    try:
        (folder / untrusted_key).unlink()
    except OSError:
        return False
    return True


def _die_soon() -> None:
    """End this worker once the fault's screen is out: a visit with a bug in it goes no further."""
    timer = threading.Timer(_FAULT_SCREEN_S, os._exit, (EX_SOFTWARE,))
    timer.daemon = True
    timer.start()


def _path(value: str | None) -> Path | None:
    return Path(value) if value else None
