"""`./relais card PROFILE`: one virtual card in a reader that is already there, until Ctrl-C.

The reader is that of a pcscd with vsmartcard's vpcd driver, or QEMU's usb-ccid with a
ccid-card-passthru. This starts neither and touches no pcscd: it is a client of the socket.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import signal
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import assert_never

from device.card.faults import Fault, FaultError, parse_fault
from device.card.plug import PlugState
from device.card.virtual import VirtualCard
from device.card.vpcd import VpcdSlot
from device.card.vscard import VscardPeer
from device.given_path import given_path
from provisioning.twin.cards import Deck, TwinPki

VPCD = ("127.0.0.1", 35963)
EX_USAGE, EX_UNAVAILABLE, EX_CANTCREAT = 64, 69, 73
_LAST_PORT = 65535

Place = tuple[str, int]


def _say(text: str) -> None:
    sys.stderr.write(f"relais: {text}\n")
    sys.stderr.flush()


def _place(text: str) -> Place:
    host, _, port = text.rpartition(":")
    if not (host and port.isdecimal() and 0 < int(port) <= _LAST_PORT):
        raise argparse.ArgumentTypeError(f"{text!r} is no place. Give HOST:PORT, as 127.0.0.1:2001")
    return host.strip("[]"), int(port)


def _arguments(words: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="relais card", description=__doc__)
    parser.add_argument("profile", nargs="?", metavar="PROFILE", help="--list names them")
    where = parser.add_mutually_exclusive_group()
    where.add_argument(
        "--vpcd",
        type=_place,
        metavar="HOST:PORT",
        help="where the vpcd driver listens (127.0.0.1:35963 without it)",
    )
    where.add_argument(
        "--qemu", type=_place, metavar="HOST:PORT", help="where QEMU's ccid chardev listens"
    )
    parser.add_argument(
        "--trust",
        type=given_path,
        metavar="DIR",
        help="write the root here, for read-card --trust DIR",
    )
    parser.add_argument(
        "--fault",
        action="append",
        default=[],
        metavar="FAULT",
        help="as drop:12, sw:6b00@512x2, eof@256, slow:20ms, slow:atr, garbage@READ, noise@READ, "
        "long:16@READ, endless:4031, mute; may come several times",
    )
    parser.add_argument("--list", action="store_true", help="name every profile, a line each")
    return parser.parse_args(words)


def _lines(deck: Deck) -> Iterator[str]:
    """Yield each card with what it is."""
    names = (*deck.profiles, *deck.names)
    width = max(map(len, names))
    return (f"{name:<{width}}  {deck.line(name)}" for name in names)


def _faults(words: Sequence[str]) -> list[Fault]:
    """Return the faults of the command line. Raises FaultError."""
    return [parse_fault(word) for word in words]


def _told(state: PlugState, where: str) -> str:
    match state:
        case PlugState.WAITING:
            return f"nobody listens at {where} yet; waiting"
        case PlugState.IN:
            return f"the card is in the reader at {where}; Ctrl-C takes it out"
        case PlugState.PULLED:
            return "the fault script has taken the card out"
        case PlugState.REFUSED:
            return f"{where} refuses the reader or the card"
        case _:
            assert_never(state)


async def plug(card: VirtualCard, options: argparse.Namespace) -> int:
    """Keep the card in until SIGINT, SIGTERM or its own end; return the process's status."""
    ended = asyncio.Event()
    last: list[PlugState] = []
    where = "{}:{}".format(*(options.qemu or options.vpcd or VPCD))

    def tell(state: PlugState) -> None:
        if last[-1:] != [state]:
            last.append(state)
            _say(_told(state, where))
        if state in (PlugState.PULLED, PlugState.REFUSED):
            ended.set()

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(number, ended.set)
    if options.qemu is not None:
        peer = VscardPeer(*options.qemu, tell=tell)
        peer.insert(card)
        await ended.wait()
        await peer.remove()
    else:
        slot = VpcdSlot(*(options.vpcd or VPCD), tell=tell)
        slot.insert(card)
        await ended.wait()
        slot.remove()
    log = card.log
    _say(f"{log.apdus} commands, {log.bytes_in} bytes in, {log.bytes_out} bytes out")
    return EX_UNAVAILABLE if last[-1:] == [PlugState.REFUSED] else 0


def _run(deck: Deck, options: argparse.Namespace, faults: list[Fault]) -> int:
    card = VirtualCard(deck.content(options.profile), faults)
    _say(f"{options.profile}: {deck.line(options.profile)}")
    if options.trust is not None:
        _say(f"the roots of the test register lie in {options.trust}")
    return asyncio.run(plug(card, options))


def main(words: Sequence[str] | None = None) -> int:
    """Carry out one command line; return the process's status."""
    options = _arguments(words)
    try:
        faults = _faults(options.fault)
    except FaultError as error:
        _say(f"{error.untrusted_word!r} is no fault. ./relais card --help shows some.")
        return EX_USAGE
    with contextlib.ExitStack() as stack:
        folder = options.trust
        if folder is None:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="relais-card-")))
        try:
            deck = Deck(TwinPki(folder.resolve()))
        except OSError as error:
            _say(f"{folder} cannot be written ({error.strerror}). Give --trust another folder.")
            return EX_CANTCREAT
        if options.list:
            sys.stdout.write("".join(f"{line}\n" for line in _lines(deck)))
            return 0
        if options.profile not in deck:
            _say(f"there is no profile {options.profile!r}. These are:")
            sys.stderr.write("".join(f"  {line}\n" for line in _lines(deck)))
            return EX_USAGE
        return _run(deck, options, faults)


if __name__ == "__main__":
    sys.exit(main())
