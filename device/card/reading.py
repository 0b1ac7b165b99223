"""Reading the card for a visit, through a child process that is made for each reading.

This side never loads a PC/SC library and never learns a field that was not declared.
"""

import contextlib
import json
import os
import select
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from device.card.status import CardFinding, Field
from device.card.verdict import Authenticity

_PACKAGE_ROOT = Path(__file__).resolve().parents[2]
_PASSED_ON = ("PATH", "LANG", "LC_ALL", "LD_LIBRARY_PATH")
_PIPE_BYTES = 65536


@dataclass(frozen=True)
class ReadingConfig:
    """Say how cards are read in this place.

    `environment` leads to the right pcscd (PCSCLITE_CSOCK_NAME). `trust_dir` is the development
    trust folder and None in production. `root_cache` may be None: then each card's root is read.
    """

    backend: Literal["pcsc", "simulated"]
    simulator_socket: Path | None = None
    trust_dir: Path | None = None
    root_cache: Path | None = None
    time_limit_s: float = 15.0
    environment: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if (self.backend == "simulated") != (self.simulator_socket is not None):
            raise ValueError("simulator_socket belongs to the simulated backend, and only to it")


@dataclass(frozen=True, slots=True, repr=False)
class CardRead:
    """Hold the declared fields of one card.

    Dates are ISO 8601, as precise as the card. `card_id` is the same for the same card in one
    visit and means nothing outside it. `wire_ms` is the time spent waiting for card and reader.
    A field whose form nobody knows is "". `is_of_this_chip`: the identity names the chip that
    answered; signed files can be copied to another one. `is_expired`: the identity was read, and
    its last day is over.
    """

    fields: Mapping[Field, str]
    card_id: str
    authenticity: Authenticity
    is_of_this_chip: bool
    is_expired: bool
    wire_ms: float
    total_ms: float


@dataclass(frozen=True, slots=True)
class CardFault:
    """Hold why there is no reading: a finding, a keyword and, if a card said one, a status word."""

    finding: CardFinding
    reason: str = ""
    sw: int | None = None


class CardReading:
    """Read cards for one visit.

    `visit_key` is random and lives as long as the visit. `traces_fd` is the descriptor of the
    wipe's memfd; the child notes every value there before it uses it. `read` and `identify` are
    for one thread at a time; `prepare` and `cancel` may come from any.
    """

    def __init__(self, config: ReadingConfig, *, visit_key: bytes, traces_fd: int | None) -> None:
        self._config = config
        self._visit_key = visit_key
        self._traces_fd = traces_fd
        self._lock = threading.Lock()
        self._standby: _Child | None = None
        self._reading: _Child | None = None

    def prepare(self) -> None:
        """Start a child that waits warm, so that the time for consent hides its start."""
        with self._lock:
            if self._standby is None or not self._standby.is_alive:
                self._standby = self._new_child()

    def read(
        self,
        fields: frozenset[Field],
        on_first: Callable[[Mapping[Field, str]], None] | None = None,
        *,
        expected_card: str | None = None,
        on_card: Callable[[str], None] | None = None,
    ) -> CardRead | CardFault:
        """Read the declared fields; block until done or `time_limit_s` is over.

        The name, if declared, goes to `on_first` before the rest is read and before any signature
        is checked; `on_card` hears just before that whose it is (a `card_id`), so that nobody
        else's card can take its place while the rest is read. With `expected_card` another card
        is refused unread (DIFFERENT_CARD).
        """
        started = time.monotonic()
        order = {"fields": [f.value for f in fields], "expected_card": expected_card}

        def meet(line: Mapping[str, Any]) -> None:
            if on_card is not None:
                on_card(str(line["of"]))
            if on_first is not None:
                on_first(_fields(line["first"]))

        last = self._carry_out(order, meet)
        if isinstance(last, CardFault):
            return last
        return CardRead(
            fields=_fields(last["read"]),
            card_id=last["card_id"],
            authenticity=Authenticity.from_values(last["authenticity"]),
            is_of_this_chip=last["is_of_this_chip"],
            is_expired=last["is_expired"],
            wire_ms=last["wire_ms"],
            total_ms=(time.monotonic() - started) * 1000,
        )

    def identify(self) -> str | CardFault:
        """Return only the card's fingerprint: hex HMAC-SHA256 of the visit's key and its data."""
        last = self._carry_out({"fields": None, "expected_card": None}, None)
        return last if isinstance(last, CardFault) else str(last["card_id"])

    def cancel(self) -> None:
        """Kill the child that reads or waits. A running `read` returns CANCELLED."""
        with self._lock:
            for child in (self._reading, self._standby):
                if child is not None:
                    child.cancel()
            self._standby = None

    def _carry_out(
        self,
        order: Mapping[str, Any],
        meet: Callable[[Mapping[str, Any]], None] | None,
    ) -> dict[str, Any] | CardFault:
        deadline = time.monotonic() + self._config.time_limit_s
        with self._lock:
            child = self._standby
            self._standby = None
            if child is None or not child.is_alive:
                child = self._new_child()
            self._reading = child
        try:
            child.order(self._whole(order))
            for line in child.lines(deadline):
                if "first" in line and meet is not None:
                    meet(line)
                if "fault" in line:
                    return CardFault(CardFinding(line["fault"]), line["reason"], line["sw"])
                if "card_id" in line:
                    return line
        except TimeoutError:
            return CardFault(CardFinding.TIMED_OUT)
        finally:
            with self._lock:
                self._reading = None
            child.end()
        is_cancelled = child.is_cancelled
        return CardFault(CardFinding.CANCELLED if is_cancelled else CardFinding.READER_FAILED)

    def _whole(self, order: Mapping[str, Any]) -> dict[str, Any]:
        config = self._config
        return {
            **order,
            "visit_key": self._visit_key.hex(),
            "simulator_socket": _text(config.simulator_socket),
            "trust_dir": _text(config.trust_dir),
            "root_cache": _text(config.root_cache),
            "traces_fd": self._traces_fd,
            "time_limit_s": config.time_limit_s,
        }

    def _new_child(self) -> "_Child":
        return _Child(self._config.environment, self._traces_fd)


class _Child:
    """Own one child process and its pipes."""

    def __init__(self, environment: Mapping[str, str], traces_fd: int | None) -> None:
        search = [str(_PACKAGE_ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
        kept = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", "device.card.child"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            pass_fds=() if traces_fd is None else (traces_fd,),
            cwd="/",
            env={**kept, "PYTHONPATH": os.pathsep.join(search), **environment},
        )
        self.is_cancelled = False

    @property
    def is_alive(self) -> bool:
        """True while the process has not ended."""
        return self._process.poll() is None

    def order(self, order: Mapping[str, Any]) -> None:
        """Write the order; a child that has ended meanwhile is found out by its silence."""
        assert self._process.stdin is not None  # noqa: S101  it was asked for above
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.write(json.dumps(order).encode() + b"\n")
            self._process.stdin.flush()

    def lines(self, deadline: float) -> Iterator[dict[str, Any]]:
        """Yield what the child says until it ends. Raises TimeoutError at the deadline."""
        assert self._process.stdout is not None  # noqa: S101  it was asked for above
        descriptor = self._process.stdout.fileno()
        poll = select.poll()
        poll.register(descriptor, select.POLLIN)
        untrusted = b""
        while True:
            if not poll.poll(max(0.0, deadline - time.monotonic()) * 1000):
                raise TimeoutError
            more = os.read(descriptor, _PIPE_BYTES)
            if not more:
                return
            untrusted += more
            *whole, untrusted = untrusted.split(b"\n")
            for line in whole:
                yield json.loads(line)

    def cancel(self) -> None:
        """Kill the process because nobody wants its answer any more."""
        self.is_cancelled = True
        self._process.kill()

    def end(self) -> None:
        """Make sure that the process is gone and its pipes are closed."""
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with contextlib.suppress(BrokenPipeError):
                    pipe.close()


def _fields(named: Mapping[str, str]) -> dict[Field, str]:
    return {Field(name): text for name, text in named.items()}


def _text(path: Path | None) -> str | None:
    return None if path is None else str(path)
