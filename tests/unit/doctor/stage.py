"""A workbench for the doctor: a bus made of files, drivers made of lists, a PC/SC of paper."""

from __future__ import annotations

import functools
import tempfile
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Self

from device.card.apdu import CommandApdu, outgoing, split
from device.card.errors import CardError, CardUnavailable
from device.card.status import CardFinding, ReaderStatus
from device.card.survey import ServiceAnswer, Slot, Survey
from device.card.virtual import CardContent, VirtualCard
from device.doctor.calling import taken
from device.doctor.child import Order, examine
from device.doctor.evidence import Ending, Evidence, Knock, Service
from device.doctor.judge import judge
from device.doctor.report import Report
from provisioning.twin.cards import Deck, TwinPki

GEMALTO = ("08e6", "3437", "Gemalto", "USB SmartCard Reader")
ACR38U = ("072f", "9000", "ACS", "ACR38U")
ALCOR = ("058f", "9540", "Generic", "EMV Smartcard Reader")
KEYBOARD = ("046d", "c31c", "Logitech", "USB Keyboard")
UNHEARD_OF = ("1d50", "1234", "Nobody", "Chip Slot")

CCID = {"08e6:3437": "Gemalto PC Twin Reader", "058f:9540": "Alcor Micro AU9540"}
READER = "Gemalto PC Twin Reader 00 00"


def plug(sysfs: Path, *devices: tuple[str, str, str, str], interface: str = "0b") -> None:
    """Put devices on a bus of files, each with one interface of this class."""
    sysfs.mkdir(parents=True, exist_ok=True)
    for number, (vendor, product, maker, name) in enumerate(devices, start=1):
        device = sysfs / f"1-{number}"
        words = {"idVendor": vendor, "idProduct": product, "manufacturer": maker, "product": name}
        device.mkdir()
        for file, word in words.items():
            (device / file).write_text(word + "\n")
        (sysfs / f"1-{number}:1.0").mkdir()
        (sysfs / f"1-{number}:1.0" / "bInterfaceClass").write_text(interface + "\n")


def install(folder: Path, models: Mapping[str, str], *, libccid: str = "1.5.2") -> None:
    """Put a bundle into a folder of drivers that lists these readers, as libccid does."""
    contents = folder / "ifd-ccid.bundle" / "Contents"
    contents.mkdir(parents=True)
    lists = {
        "ifdVendorID": [f"0x{id.partition(':')[0].upper()}" for id in models],
        "ifdProductID": [f"0x{id.partition(':')[2].upper()}" for id in models],
        "ifdFriendlyName": list(models.values()),
    }
    rows = [
        "<key>CFBundleIdentifier</key><string>fr.apdu.ccid.smartcardccid</string>",
        f"<key>CFBundleShortVersionString</key><string>{libccid}</string>",
        "<!-- <key>ifdVendorID</key><array><string>0x072F</string></array> -->",
    ]
    for key, words in lists.items():
        strings = "".join(f"<string>{word}</string>" for word in words)
        rows.append(f"<key>{key}</key><array>{strings}</array>")
    (contents / "Info.plist").write_text("<plist><dict>" + "\n".join(rows) + "</dict></plist>")


@functools.cache
def deck() -> Deck:
    """Return the twin's cards, forged once for all tests of this process."""
    return Deck(TwinPki(Path(tempfile.mkdtemp(prefix="relais-doctor-"))))


class PaperConnection:
    """One card, every command of which is kept."""

    wire_s = 0.0

    def __init__(self, content: CardContent, sent: list[bytes]) -> None:
        self._card = VirtualCard(content)
        self.atr = content.atr
        self._sent = sent

    def send_and_receive(self, apdu: CommandApdu) -> tuple[bytes, int]:
        self._sent.append(outgoing(apdu))
        return split(self._card.transmit(self._sent[-1]))

    def close(self) -> None:
        pass

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *details: object) -> None:
        pass


@dataclass
class PaperReaders:
    """Readers that answer as the test says; `sent` keeps what a card was sent."""

    card: CardContent | None = None
    refusal: CardError | None = None
    sent: list[bytes] = field(default_factory=list)

    def connect(self) -> PaperConnection:
        if self.refusal is not None:
            raise self.refusal
        if self.card is None:
            raise CardUnavailable(CardFinding.NO_CARD, "connect")
        return PaperConnection(self.card, self.sent)

    def status(self) -> ReaderStatus:
        raise AssertionError("not asked for")

    def watch(self, on_change: Callable[[ReaderStatus], None], stop: threading.Event) -> None:
        raise AssertionError("not asked for")


@dataclass
class Bench:
    """What lies on the bench. By default all is well, with a card of the newest kind."""

    folder: Path
    devices: tuple[tuple[str, str, str, str], ...] = (GEMALTO,)
    interface: str = "0b"
    has_usb: bool = True
    models: Mapping[str, str] = field(default_factory=lambda: dict(CCID))
    libccid: str = "1.5.2"
    knock: Knock = Knock.OPENED
    answer: ServiceAnswer = ServiceAnswer.ANSWERED
    has_library: bool = True
    slots: tuple[Slot, ...] = (Slot(READER),)
    card: CardContent | None = field(default_factory=lambda: deck().content("amina"))
    refusal: CardError | None = None
    only: str = ""
    readers: PaperReaders = field(init=False)

    def examined(self, *, until: str = "", ending: Ending = Ending.DONE) -> Report:
        """Examine what lies here; `until` names the stage that is never said."""
        self.readers = PaperReaders(self.card, self.refusal)
        if self.has_usb:
            plug(self.folder / "usb", *self.devices, interface=self.interface)
        if self.models:
            install(self.folder / "drivers", self.models, libccid=self.libccid)
        order = Order(
            only=self.only,
            simulator_socket=None,
            sysfs=self.folder / "usb",
            driver_folder=self.folder / "drivers",
            traces_fd=None,
            time_limit_s=5.0,
        )
        seen = Evidence(only=self.only, ending=ending)
        said: list[Mapping[str, Any]] = []
        examine(order, said.append, lambda _: (self._service(), self.readers))
        for line in said:
            if until in line:
                break
            seen = taken(seen, line)
        return judge(seen)

    def _service(self) -> Service:
        slots = self.slots if self.answer is ServiceAnswer.ANSWERED else ()
        if self.card is not None or self.refusal is not None:
            atr = self.card.atr.hex().upper() if self.card else ""
            first = [replace(slot, is_present=True, atr=slot.atr or atr) for slot in slots[:1]]
            slots = (*first, *slots[1:])
        return Service(self.knock, Survey(self.answer, slots), self.has_library)
