"""Card readers over PC/SC. The only module that imports pyscard.

The socket of pcscd is libpcsclite's choice: PCSCLITE_CSOCK_NAME, or the system's.
"""

import threading
import time
from collections.abc import Callable
from typing import Self

from smartcard import scard

from device.card.apdu import CommandApdu, outgoing, split
from device.card.atr import EID_GENERATIONS, is_contactless
from device.card.errors import CardError, CardRefused, CardRemoved, CardUnavailable
from device.card.files import CardFiles
from device.card.status import CardFinding, ReaderLevel, ReaderStatus
from device.card.survey import ServiceAnswer, Slot, Survey

PNP = "\\\\?PnP?\\Notification"
"""The reader name that stands for readers coming and going (pcsc-lite, SCardGetStatusChange)."""

_WAKE_MS = 500
"""How long one wait for a change lasts before `stop` is looked at."""
_RETRY_S = 0.3
"""How long to wait before asking a pcscd that is down again."""
_BREATH_S = 0.02
_SETTLE_S = 0.2
"""A card half in is mute for a moment: bad news is looked at twice."""
_GONE_LIMIT_MS = 600
"""How long pcscd may take to notice that a card which stopped answering is gone."""
_SHARING_TRIES = 10

_RANK = (
    ReaderLevel.CARD,
    ReaderLevel.MUTE,
    ReaderLevel.FOREIGN,
    ReaderLevel.EMPTY,
    ReaderLevel.ABSENT,
)
_GONE = frozenset(
    {
        scard.SCARD_W_REMOVED_CARD,
        scard.SCARD_W_RESET_CARD,
        scard.SCARD_E_NO_SMARTCARD,
        scard.SCARD_E_READER_UNAVAILABLE,
        scard.SCARD_E_UNKNOWN_READER,
        scard.SCARD_E_INVALID_HANDLE,
    }
)
_MUTE = frozenset({scard.SCARD_W_UNRESPONSIVE_CARD, scard.SCARD_W_UNPOWERED_CARD})
_ANSWERS = {
    scard.SCARD_E_SERVICE_STOPPED: ServiceAnswer.OTHER_VERSION,
    scard.SCARD_W_SECURITY_VIOLATION: ServiceAnswer.HUNG_UP,
    scard.SCARD_F_COMM_ERROR: ServiceAnswer.HUNG_UP,
}
"""pcscd drops the connection of a client that polkit refuses; libpcsclite up to 1.9 calls that a
broken line, later ones a refusal. A client of another protocol is told that the service stopped."""
_NO_READERS = frozenset({scard.SCARD_E_NO_READERS_AVAILABLE, scard.SCARD_E_READER_UNAVAILABLE})


class _ServiceDown(Exception):
    """Say that pcscd does not answer on this context."""


class _Context:
    """Own one PC/SC context. A context does not survive its pcscd: make a new one."""

    def __init__(self) -> None:
        result, self.handle = scard.SCardEstablishContext(scard.SCARD_SCOPE_USER)
        if result != scard.SCARD_S_SUCCESS:
            raise _ServiceDown

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *details: object) -> None:
        self.release()

    def release(self) -> None:
        scard.SCardReleaseContext(self.handle)

    def readers(self) -> list[str]:
        try:
            result, names = scard.SCardListReaders(self.handle, [])
        except (SystemError, UnicodeDecodeError):
            # pyscard up to 2.2 decodes a buffer that was never filled when pcscd dies between its
            # two calls. The try can go with Debian 13.
            raise _ServiceDown from None
        if result in _NO_READERS:
            return []
        if result != scard.SCARD_S_SUCCESS:
            raise _ServiceDown
        return list(names)

    def states(self, known: dict[str, int], wait_ms: int) -> dict[str, tuple[int, bytes]] | None:
        """Return event state and ATR by reader when one differs from `known`, else None."""
        result, states = scard.SCardGetStatusChange(self.handle, wait_ms, list(known.items()))
        if result in (scard.SCARD_E_TIMEOUT, scard.SCARD_E_UNKNOWN_READER):
            return None
        if result != scard.SCARD_S_SUCCESS:
            raise _ServiceDown
        return {name: (state, bytes(atr)) for name, state, atr in states}


class PcscReaders:
    """See all PC/SC readers of one pcscd as one level."""

    def __init__(self, *, only: str = "") -> None:
        """`only`: see no reader but those whose name holds this."""
        self._only = only
        self._probed: dict[tuple[str, int, bytes], ReaderLevel] = {}

    def status(self) -> ReaderStatus:
        """Return the level now; a pcscd that is down has no reader."""
        try:
            with _Context() as context:
                return self._best(context, self._unaware(context))
        except _ServiceDown:
            return ReaderStatus(ReaderLevel.ABSENT, "")

    def survey(self) -> Survey:
        """Return what pcscd says of itself and of all its slots, without a word to any card."""
        result, handle = scard.SCardEstablishContext(scard.SCARD_SCOPE_USER)
        if result != scard.SCARD_S_SUCCESS:
            return Survey(_ANSWERS.get(result, ServiceAnswer.SILENT))
        scard.SCardReleaseContext(handle)
        try:
            with _Context() as context:
                states = context.states(dict.fromkeys(context.readers(), 0), 0) or {}
        except _ServiceDown:
            return Survey(ServiceAnswer.SILENT)
        return Survey(ServiceAnswer.ANSWERED, tuple(_slot(name, *states[name]) for name in states))

    def watch(self, on_change: Callable[[ReaderStatus], None], stop: threading.Event) -> None:
        """Report the level at once and after every change, until `stop` is set.

        Survives the death of pcscd: that is ABSENT, and a new context follows. Blocks; a stop is
        seen within half a second.
        """
        last: ReaderStatus | None = None

        def report(status: ReaderStatus) -> None:
            nonlocal last
            if status != last:
                last = status
                on_change(status)

        while not stop.is_set():
            try:
                with _Context() as context:
                    self._follow(context, report, stop)
            except _ServiceDown:
                report(ReaderStatus(ReaderLevel.ABSENT, ""))
                stop.wait(_RETRY_S)

    def connect(self) -> "PcscConnection":
        """Open the card in the reader, SHARED and T=0, in a transaction.

        Waits while another connection is open. Raises CardUnavailable with NO_READER, NO_CARD,
        MUTE, FOREIGN (T=1 only) or PCSC_DOWN, CardRemoved when the card goes while it waits.
        """
        try:
            context = _Context()
        except _ServiceDown:
            raise CardUnavailable(CardFinding.PCSC_DOWN, "establish-context") from None
        try:
            return self._open(context)
        except _ServiceDown:
            context.release()
            raise CardUnavailable(CardFinding.PCSC_DOWN, "connect") from None
        except BaseException:
            context.release()
            raise

    def _open(self, context: _Context) -> "PcscConnection":
        unaware = self._unaware(context)
        if not unaware:
            raise CardUnavailable(CardFinding.NO_READER, "connect")
        states = context.states(unaware, 0) or {}
        with_card = [name for name, (state, _) in states.items() if _is_present(state)]
        if not with_card:
            raise CardUnavailable(CardFinding.NO_CARD, "connect")
        if len(with_card) > 1:
            # An eID goes before a bank card, and that before a mute one, in the reader beside it.
            with_card.sort(key=lambda name: _RANK.index(self._level(name, *states[name])))
        name = with_card[0]
        if is_contactless(states[name][1]):
            raise CardUnavailable(CardFinding.CONTACTLESS, "connect")
        return PcscConnection(context, name, states[name][1])

    def _unaware(self, context: _Context) -> dict[str, int]:
        """Return the readers that count, as if nothing were known of them yet."""
        return {name: 0 for name in context.readers() if self._only in name}

    def _follow(
        self, context: _Context, report: Callable[[ReaderStatus], None], stop: threading.Event
    ) -> None:
        known: dict[str, int] = {PNP: 0}
        is_first = True
        while not stop.is_set():
            names = self._unaware(context)
            known = {PNP: known[PNP]} | {name: known.get(name, 0) for name in names}
            states = context.states(known, 0 if is_first else _WAKE_MS)
            if states is None and not is_first:
                # In time, or at once for a reader that went meanwhile: never spin on the latter.
                stop.wait(_BREATH_S)
                continue
            is_first = False
            for name, (state, _) in (states or {}).items():
                known[name] = state & ~scard.SCARD_STATE_CHANGED
            status = self._best(context, self._unaware(context))
            if status.level in (ReaderLevel.MUTE, ReaderLevel.FOREIGN):
                stop.wait(_SETTLE_S)
                status = self._best(context, self._unaware(context))
            report(status)

    def _best(self, context: _Context, unaware: dict[str, int]) -> ReaderStatus:
        if not unaware:
            return ReaderStatus(ReaderLevel.ABSENT, "")
        states = context.states(unaware, 0) or {}
        found = [ReaderStatus(self._level(name, *seen), name) for name, seen in states.items()]
        found.append(ReaderStatus(ReaderLevel.ABSENT, ""))
        return min(found, key=lambda status: _RANK.index(status.level))

    def _level(self, name: str, state: int, atr: bytes) -> ReaderLevel:
        if state & (scard.SCARD_STATE_UNKNOWN | scard.SCARD_STATE_UNAVAILABLE):
            return ReaderLevel.ABSENT
        if not _is_present(state):
            return ReaderLevel.EMPTY
        if state & scard.SCARD_STATE_MUTE:
            return ReaderLevel.MUTE
        if atr in EID_GENERATIONS:
            return ReaderLevel.CARD
        if is_contactless(atr):
            return ReaderLevel.FOREIGN
        # The upper half of the state counts insertions: one probe per insertion.
        key = (name, state >> 16, atr)
        if key not in self._probed:
            self._probed = {key: self._probe(name, atr)}
        return self._probed[key]

    def _probe(self, name: str, atr: bytes) -> ReaderLevel:
        try:
            with PcscConnection(_Context(), name, atr) as connection:
                CardFiles(connection).select_applet()
        except CardRefused as error:
            is_ours = error.finding is not CardFinding.FOREIGN
            return ReaderLevel.CARD if is_ours else ReaderLevel.FOREIGN
        except CardUnavailable as error:
            is_foreign = error.finding is CardFinding.FOREIGN
            return ReaderLevel.FOREIGN if is_foreign else ReaderLevel.MUTE
        except CardError:
            return ReaderLevel.MUTE
        return ReaderLevel.CARD


class PcscConnection:
    """Hold one card in one transaction."""

    def __init__(self, context: _Context, reader: str, atr: bytes) -> None:
        self._context = context
        self._reader = reader
        self._atr = atr
        self._wire_s = 0.0
        self._is_open = False
        self._leaves = scard.SCARD_LEAVE_CARD
        self._handle = self._connect()
        self._is_open = True
        self._begin()

    @property
    def atr(self) -> bytes:
        """The answer to reset."""
        return self._atr

    @property
    def wire_s(self) -> float:
        """Seconds spent in SCardTransmit."""
        return self._wire_s

    def send_and_receive(self, apdu: CommandApdu) -> tuple[bytes, int]:
        """Send one command; return data and status word.

        Raises CardRemoved, CardUnavailable, CardError, ForbiddenCommand.
        """
        command = list(outgoing(apdu))
        started = time.perf_counter()
        result, response = scard.SCardTransmit(self._handle, scard.SCARD_PCI_T0, command)
        self._wire_s += time.perf_counter() - started
        # vpcd reports a card that goes during a command as an empty success.
        if result == scard.SCARD_S_SUCCESS and response:
            return split(bytes(response))
        if result in _GONE or self._went():
            raise CardRemoved("transmit")
        # Whoever comes next must not meet a card in mid-sentence.
        self._leaves = scard.SCARD_RESET_CARD
        raise CardError(CardFinding.UNREADABLE, "not-transacted")

    def close(self) -> None:
        """End the transaction, leave the card as it is or reset what hung, and go."""
        if self._is_open:
            self._is_open = False
            scard.SCardEndTransaction(self._handle, scard.SCARD_LEAVE_CARD)
            scard.SCardDisconnect(self._handle, self._leaves)
            self._context.release()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *details: object) -> None:
        self.close()

    def _connect(self) -> int:
        for _ in range(_SHARING_TRIES):
            result, handle, _ = scard.SCardConnect(
                self._context.handle,
                self._reader,
                scard.SCARD_SHARE_SHARED,
                scard.SCARD_PROTOCOL_T0,
            )
            if result == scard.SCARD_S_SUCCESS:
                return int(handle)
            if result != scard.SCARD_E_SHARING_VIOLATION:
                break
            time.sleep(_SETTLE_S)
        is_denied = result == scard.SCARD_W_SECURITY_VIOLATION
        raise CardUnavailable(_why_not(result), "denied" if is_denied else "connect")

    def _begin(self) -> None:
        result = scard.SCardBeginTransaction(self._handle)
        if result != scard.SCARD_S_SUCCESS:
            self.close()
            raise CardRemoved("begin-transaction")

    def _went(self) -> bool:
        """Tell whether the card is gone; pcscd may notice a moment after the card fell silent."""
        until = time.monotonic() + _GONE_LIMIT_MS / 1000
        known = {self._reader: scard.SCARD_STATE_PRESENT}
        try:
            while time.monotonic() < until:
                states = self._context.states(known, _GONE_LIMIT_MS)
                if states is None:
                    return False
                state = states[self._reader][0]
                if not _is_present(state):
                    return True
                known = {self._reader: state & ~scard.SCARD_STATE_CHANGED}
        except _ServiceDown:
            raise CardUnavailable(CardFinding.PCSC_DOWN, "transmit") from None
        return False


def _slot(name: str, state: int, atr: bytes) -> Slot:
    is_mute = bool(state & scard.SCARD_STATE_MUTE)
    return Slot(name, _is_present(state), is_mute, atr.hex().upper())


def _is_present(state: int) -> bool:
    return bool(state & scard.SCARD_STATE_PRESENT)


def _why_not(result: int) -> CardFinding:
    if result in _MUTE:
        return CardFinding.MUTE
    if result == scard.SCARD_E_PROTO_MISMATCH:
        return CardFinding.FOREIGN
    if result in (scard.SCARD_E_NO_SMARTCARD, scard.SCARD_W_REMOVED_CARD):
        return CardFinding.NO_CARD
    if result in (scard.SCARD_E_UNKNOWN_READER, scard.SCARD_E_READER_UNAVAILABLE):
        return CardFinding.NO_READER
    if result in (scard.SCARD_E_NO_SERVICE, scard.SCARD_E_INVALID_HANDLE):
        return CardFinding.PCSC_DOWN
    return CardFinding.UNREADABLE
