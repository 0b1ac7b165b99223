"""Virtual cards of every profile: what a read exchanges, and how long it takes on a wire as slow.

A letter's fields are read, the root known. Commands and bytes stand beside the fewest that could
do (tests/driving/fewest.py), for every profile. Time is measured for one profile of each
generation, through a real pcscd and vpcd, with a card that takes as long for each byte as its ATR
says. What is more than the wire's time is ours, or that of pcscd, vpcd and the card's own clock:
the time within SCardTransmit tells the two apart. OpenSC's `eidenv` reads the
same cards in the same run: identity and address, and checks no signature.
"""

from __future__ import annotations

import datetime
import os
import secrets
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

from device.card.reading import CardFault, CardReading, ReadingConfig
from device.card.roots import TrustedRoots
from device.card.single_read import SingleRead, Wanted
from device.card.status import CardFinding, Field
from device.card.virtual import VirtualCard
from device.card.wire_speed import seconds_per_exchange
from provisioning.twin.cards import Deck, TwinPki
from tests.bench.spread import ROUNDS, Figure
from tests.contract.card_stack import PcscStack, eventually, missing_part, open_stack
from tests.driving.fewest import fewest
from tests.driving.plain_wire import PlainWire

FIELDS = frozenset(
    {Field.SURNAME, Field.FIRST_NAMES, Field.STREET, Field.POSTAL_CODE, Field.MUNICIPALITY}
)
GENERATIONS = (
    "belgian-1.1",
    "belgian-1.7",
    "belgian-1.7-rekeyed",
    "belgian-1.8",
    "long-names",
)
FEW_ROUNDS = 3
"""Of a profile that stands in no table."""
SPARE_APDUS = 2
SHARE_OF_WIRE, SHARE_MS = 0.05, 20.0
_EIDENV_LIMIT_S = 30.0


def profile_figures() -> dict[str, Figure]:
    """Return figures by profile: commands, bytes and times; eidenv beside each generation."""
    figures: dict[str, Figure] = {}
    with tempfile.TemporaryDirectory() as folder:
        deck = Deck(TwinPki(Path(folder)))
        counted = {name: _counted(deck, name, Path(folder)) for name in deck.people}
        for figures_of_one in counted.values():
            figures |= figures_of_one
    reason = missing_part()
    if reason is not None:
        raise AssertionError(reason)
    with open_stack("pcsc") as stack:
        assert isinstance(stack, PcscStack)
        for name in (name for name, found in counted.items() if found):
            figures |= _timed(stack, name, ROUNDS if name in GENERATIONS else FEW_ROUNDS)
    return figures


def _counted(deck: Deck, name: str, trust: Path) -> dict[str, Figure]:
    content, truth = deck.content(name), deck.truth(name)
    if "altered" in (truth.identity, truth.address):
        # Read twice, because it might have been the wire.
        return {}
    reading = SingleRead(
        PlainWire(VirtualCard(content)),
        visit_key=b"bench",
        expected_card=None,
        roots=TrustedRoots(cache=None, development_folder=trust),
        today=datetime.datetime.now(datetime.UTC).date(),
        note=lambda _: None,
    )
    reading.gather(Wanted(FIELDS), lambda _: None)
    least = fewest(content, Wanted(FIELDS), root_is_known=truth.issuer != "unknown")
    goal = least.apdus + SPARE_APDUS
    return {
        f"{name} APDUs": Figure((reading.exchange.apdus,), "APDUs", goal),
        f"{name} fewest APDUs": Figure((least.apdus,), "APDUs"),
        f"{name} bytes": Figure((reading.exchange.bytes,), "bytes"),
        f"{name} fewest bytes": Figure((least.bytes,), "bytes"),
    }


def _timed(stack: PcscStack, name: str, rounds: int) -> dict[str, Figure]:
    wires, stacks, overheads, totals, theirs, their_apdus = [], [], [], [], [], []
    for _ in range(rounds):
        _insert(stack, name)
        before = stack.hands.log()
        reading = _reading(stack)
        reading.prepare()
        # The time that consent takes: the child imports its libraries meanwhile.
        time.sleep(1.0)
        read = reading.read(FIELDS)
        if isinstance(read, CardFault):
            raise AssertionError(f"{name}: {read.finding.value} {read.reason}")
        wire_ms = _wire_ms(stack, name, before)
        wires.append(wire_ms)
        totals.append(read.total_ms)
        stacks.append(read.wire_ms - wire_ms)
        overheads.append(read.total_ms - read.wire_ms)
        before = stack.hands.log()
        if name in GENERATIONS and (eidenv_ms := _eidenv_ms(stack)) is not None:
            theirs.append(eidenv_ms)
            their_apdus.append(float(stack.hands.log()["apdus"] - before["apdus"]))
        stack.hands.remove()
    goal = round(SHARE_OF_WIRE * wires[0] + SHARE_MS, 1)
    beside = (
        {}
        if len(theirs) < rounds
        else {"eidenv": (theirs, "ms"), "eidenv APDUs": (their_apdus, "APDUs")}
    )
    return {
        f"{name} wire": Figure(tuple(wires), "ms"),
        f"{name} whole read": Figure(tuple(totals), "ms"),
        f"{name} overhead": Figure(tuple(overheads), "ms", goal),
        f"{name} pcscd, vpcd and the card's clock": Figure(tuple(stacks), "ms"),
        **{f"{name} {what}": Figure(tuple(taken), unit) for what, (taken, unit) in beside.items()},
    }


def _insert(stack: PcscStack, name: str) -> None:
    stack.hands.insert(name)
    stack.hands.fault("slow:atr")

    def is_met() -> bool:
        met = _reading(stack).identify()
        return isinstance(met, str) or met.finding is not CardFinding.NO_CARD

    eventually(is_met)


def _reading(stack: PcscStack) -> CardReading:
    config = ReadingConfig(backend="pcsc", trust_dir=stack.trust, environment=stack.environment)
    return CardReading(config, visit_key=secrets.token_bytes(32), traces_fd=None)


def _wire_ms(stack: PcscStack, name: str, before: dict[str, Any]) -> float:
    """Return how long the wire took for what was exchanged since, as the ATR says."""
    after = stack.hands.log()
    sent, received, apdus = (
        int(after[what]) - int(before[what]) for what in ("bytes_in", "bytes_out", "apdus")
    )
    atr = stack.deck.content(name).atr
    # One procedure byte a command, as in the card's own pace.
    return 1000 * (
        seconds_per_exchange(atr, sent, received) + (apdus - 1) * seconds_per_exchange(atr, 1, 0)
    )


def _eidenv_ms(stack: PcscStack) -> float | None:
    """Return how long it took, None where it cannot read this card."""
    began = time.perf_counter()
    ended = subprocess.run(
        ["eidenv"],
        env={**os.environ, **stack.environment},
        capture_output=True,
        timeout=_EIDENV_LIMIT_S,
        check=False,
    )
    taken_ms = (time.perf_counter() - began) * 1000
    return taken_ms if b"BELPIC_" in ended.stdout else None
