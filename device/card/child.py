"""The process that reads one card and ends: `python -m device.card.child`.

It is started ahead of time, says "ready", and waits for one order on standard input: a JSON line.
It answers on standard output with at most two JSON lines, {"first": fields} and {"read": …} or
{"fault": finding}. Only fields that the order declares leave it; every value that the card tells
is noted for the wipe first. It limits itself, because it handles bytes that anyone may have
written on a card.
"""

import ctypes
import datetime
import fcntl
import json
import os
import resource
import select
import signal
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from device.bug import tell_without_values
from device.card import traces
from device.card.confine import forbid_processes
from device.card.errors import CardError
from device.card.protocol import Readers
from device.card.reader import PcscReaders
from device.card.roots import TrustedRoots
from device.card.single_read import SingleRead, Wanted
from device.card.status import CardFinding, Field
from device.card.traces import Trace
from device.card.trust_folder import TrustFolderFaulty

CPU_LIMIT_S = 10
MEMORY_LIMIT_BYTES = 512 * 1024 * 1024
"""Address space, not memory in use: Python with its libraries maps about 150 MB."""
FILE_LIMIT_BYTES = 16 * 1024 * 1024
OPEN_FILES_LIMIT = 64
GRACE_S = 2.0
"""How much longer than its owner the child waits before it ends itself."""

_PR_SET_DUMPABLE = 4
_PR_SET_NO_NEW_PRIVS = 38


@dataclass(frozen=True, slots=True, repr=False)
class Order:
    """Hold what the owner asks for. `fields` None: only identify the card."""

    fields: frozenset[Field] | None
    visit_key: bytes
    expected_card: str | None
    simulator_socket: Path | None
    trust_dir: Path | None
    root_cache: Path | None
    traces_fd: int | None
    time_limit_s: float

    @classmethod
    def from_json(cls, line: str) -> "Order":
        """Return the order that the owner wrote."""
        order = json.loads(line)
        fields = order["fields"]
        return cls(
            fields=None if fields is None else frozenset(map(Field, fields)),
            visit_key=bytes.fromhex(order["visit_key"]),
            expected_card=order["expected_card"],
            simulator_socket=_path(order["simulator_socket"]),
            trust_dir=_path(order["trust_dir"]),
            root_cache=_path(order["root_cache"]),
            traces_fd=order["traces_fd"],
            time_limit_s=order["time_limit_s"],
        )


def _path(text: str | None) -> Path | None:
    return None if text is None else Path(text)


def limit_itself() -> None:
    """Take away what one reading does not need."""
    for kind, most in (
        (resource.RLIMIT_CPU, CPU_LIMIT_S),
        (resource.RLIMIT_AS, MEMORY_LIMIT_BYTES),
        (resource.RLIMIT_FSIZE, FILE_LIMIT_BYTES),
        (resource.RLIMIT_NOFILE, OPEN_FILES_LIMIT),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(kind, (most, most))
    libc = ctypes.CDLL(None)
    libc.prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)
    libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    forbid_processes()


def end_with_its_owner() -> None:
    """Let the kernel end this process when standard input is closed, also inside a library.

    The owner holds that pipe open as long as it wants the answer; SIGIO's default action is death.
    (PR_SET_PDEATHSIG will not do: it follows the thread that forked, which ends at once.)
    """
    stdin = sys.stdin.fileno()
    fcntl.fcntl(stdin, fcntl.F_SETOWN, os.getpid())
    fcntl.fcntl(stdin, fcntl.F_SETFL, fcntl.fcntl(stdin, fcntl.F_GETFL) | os.O_ASYNC)
    # It may have closed just before.
    closed = select.poll()
    closed.register(stdin, 0)
    if closed.poll(0):
        os._exit(1)


def say(answer: Mapping[str, Any]) -> None:
    """Write one line to the owner."""
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()


def answer(order: Order, readers: Readers) -> dict[str, Any]:
    """Carry out the order and return the last line for the owner."""

    def note(learned: Iterable[Trace]) -> None:
        if order.traces_fd is not None:
            traces.append(order.traces_fd, learned)

    def first(fields: Mapping[Field, str]) -> None:
        say({"first": _named(fields), "of": reading.card_id})

    reading = SingleRead(
        readers,
        visit_key=order.visit_key,
        expected_card=order.expected_card,
        roots=TrustedRoots(cache=order.root_cache, development_folder=order.trust_dir),
        today=datetime.datetime.now(datetime.UTC).date(),
        note=note,
    )
    try:
        if order.fields is None:
            return {"card_id": reading.identify()}
        gathered = reading.gather(Wanted(order.fields), first)
    except CardError as error:
        return {"fault": error.finding.value, "reason": error.reason, "sw": error.sw}
    except TrustFolderFaulty as error:
        # Not the card's fault, and not one that reading again would mend.
        reason = f"{error.code}:{error.name}:{error.reason}"
        return {"fault": CardFinding.READER_FAILED.value, "reason": reason, "sw": None}
    return {
        "read": _named(gathered.fields),
        "card_id": gathered.card_id,
        "authenticity": gathered.authenticity.values(),
        "is_of_this_chip": gathered.is_of_this_chip,
        "is_expired": gathered.is_expired,
        "wire_ms": reading.wire_s * 1000,
    }


def _named(fields: Mapping[Field, str]) -> dict[str, str]:
    return {field.value: text for field, text in fields.items()}


def main() -> None:
    """Wait for one order, carry it out, end."""
    tell_without_values("card")
    limit_itself()
    say({"ready": True})
    line = sys.stdin.readline()
    if not line:
        return
    order = Order.from_json(line)
    end_with_its_owner()
    # SIGALRM's default action ends the process, also inside a library that hangs.
    signal.setitimer(signal.ITIMER_REAL, order.time_limit_s + GRACE_S)
    readers: Readers
    if order.simulator_socket is None:
        readers = PcscReaders()
    else:
        # Imported only when asked for: a device in the field has no simulator to talk to.
        from device.card.simulator import SimulatedReaders

        readers = SimulatedReaders(order.simulator_socket)
    say(answer(order, readers))
    # Nothing here needs tidying, and the memory goes back to the kernel at once.
    os._exit(0)


if __name__ == "__main__":
    main()
