"""The process that examines and ends: `python -m device.doctor.child`.

It takes one order on standard input, a JSON line, and says each stage on standard output as soon
as it is known: {"usb": …}, {"service": …}, {"card": …}, {"issuer": …}, {"done": true}. So its
owner knows where it was when it hung.

It reads nothing of a person: of the card's files only the certificate of the National Register,
which is public and the same on thousands of cards.
"""

import ctypes
import datetime
import json
import os
import signal
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from device.bug import tell_without_values
from device.card import files, learned, traces
from device.card.certificates import load_certificate
from device.card.errors import CardError
from device.card.files import CardFiles
from device.card.protocol import CardConnection, Readers
from device.card.simulator import SimulatedReaders
from device.card.status import ReaderLevel
from device.card.survey import ServiceAnswer, Slot, Survey
from device.doctor import bus, door, drivers
from device.doctor.evidence import CardLook, Issuer, Knock, Service, as_json

LIBRARY = "libpcsclite.so.1"
GRACE_S = 2.0
"""How much longer than its owner the child waits before it ends itself."""
_APPLET_AT, _LIFE_CYCLE_AT = 21, 27
"""Bytes of GET CARD DATA (eid.md, 1.4)."""
_NO_SURVEY = Survey(ServiceAnswer.SILENT)

Say = Callable[[Mapping[str, Any]], None]


@dataclass(frozen=True, slots=True)
class Order:
    """Hold what the owner asks for."""

    only: str
    simulator_socket: Path | None
    sysfs: Path
    driver_folder: Path
    traces_fd: int | None
    time_limit_s: float

    @classmethod
    def from_json(cls, line: str) -> "Order":
        """Return the order that the owner wrote."""
        order = json.loads(line)
        simulator = order["simulator_socket"]
        return cls(
            only=order["only"],
            simulator_socket=Path(simulator) if simulator else None,
            sysfs=Path(order["sysfs"]),
            driver_folder=Path(order["driver_folder"]),
            traces_fd=order["traces_fd"],
            time_limit_s=order["time_limit_s"],
        )


def say(stage: Mapping[str, Any]) -> None:
    """Write one line to the owner."""
    sys.stdout.write(json.dumps(stage) + "\n")
    sys.stdout.flush()


def today() -> datetime.date:
    """Return the date by this machine's clock."""
    return datetime.datetime.now(datetime.UTC).date()


def look_at_usb(order: Order, say: Say) -> None:
    """Say what is on the bus; with simulated readers it is not asked."""
    found = None if order.simulator_socket is not None else bus.devices(order.sysfs)
    if found is None:
        say({"usb": None})
    else:
        usb = drivers.readers_among(found, drivers.installed(order.driver_folder))
        say({"usb": as_json(usb)})


def look_at_service(order: Order) -> tuple[Service, Readers | None]:
    """Return what the service says, and its readers if it can be asked."""
    if order.simulator_socket is not None:
        simulated = SimulatedReaders(order.simulator_socket)
        return Service(Knock.NOT_TRIED, _simulated(simulated)), simulated
    knocked = door.knock(door.socket_path())
    if knocked is not Knock.OPENED:
        return Service(knocked, _NO_SURVEY), None
    try:
        # pyscard itself comes without it, and then says that there is no service.
        ctypes.CDLL(LIBRARY)
        from device.card.reader import PcscReaders
    except (ImportError, OSError):
        return Service(knocked, _NO_SURVEY, has_library=False), None
    readers = PcscReaders(only=order.only)
    return Service(knocked, readers.survey()), readers


Ask = Callable[[Order], tuple[Service, Readers | None]]


def _simulated(readers: SimulatedReaders) -> Survey:
    status = readers.status()
    if status.level is ReaderLevel.ABSENT:
        return Survey(ServiceAnswer.ANSWERED)
    is_present = status.level is not ReaderLevel.EMPTY
    is_mute = status.level is ReaderLevel.MUTE
    return Survey(ServiceAnswer.ANSWERED, (Slot(status.reader, is_present, is_mute),))


def look_at_card(readers: Readers, say: Say, *, note: Callable[[bytes], None]) -> None:
    """Ask the card in the reader what it is, and how long its issuer's certificate lasts."""
    atr = ""
    try:
        with readers.connect() as connection:
            atr = connection.atr.hex().upper()
            card_data = CardFiles(connection).recognise(connection.atr)
            note(card_data)
            applet, life_cycle = card_data[_APPLET_AT], card_data[_LIFE_CYCLE_AT]
            say({"card": as_json(CardLook(None, "", atr, applet, life_cycle))})
            say({"issuer": as_json(_issuer(connection))})
    except CardError as error:
        say({"card": as_json(CardLook(error.finding, error.reason, atr))})


def _issuer(connection: CardConnection) -> Issuer:
    try:
        der = CardFiles(connection).read(files.RRN_CERTIFICATE, files.DER)
        until = load_certificate(der).last_day
    except CardError:
        return Issuer("", is_past=False)
    return Issuer(until.isoformat(), is_past=until < today())


def examine(order: Order, say: Say, ask: Ask = look_at_service) -> None:
    """Carry out the order, stage by stage; `ask` is how the service is asked."""

    def note(card_data: bytes) -> None:
        # The number of the chip is in it, and that is a trace of whose card it is.
        if order.traces_fd is not None:
            traces.append(order.traces_fd, learned.of_card_data(card_data))

    look_at_usb(order, say)
    service, readers = ask(order)
    say({"service": as_json(service)})
    slots = [slot for slot in service.survey.slots if order.only in slot.name]
    if readers is not None and any(slot.is_present for slot in slots):
        look_at_card(readers, say, note=note)
    say({"done": True})


def _limit_itself() -> None:
    """Take away what an examination does not need, where there can be a card to handle."""
    try:
        from device.card.child import end_with_its_owner, limit_itself
    except ImportError:
        # Without pyscard no byte of a card will come.
        return
    limit_itself()
    end_with_its_owner()


def main() -> None:
    """Wait for one order, carry it out, end."""
    tell_without_values("doctor")
    line = sys.stdin.readline()
    if not line:
        return
    order = Order.from_json(line)
    _limit_itself()
    # SIGALRM's default action ends the process, also inside a library that hangs.
    signal.setitimer(signal.ITIMER_REAL, order.time_limit_s + GRACE_S)
    examine(order, say)
    os._exit(0)


if __name__ == "__main__":
    main()
