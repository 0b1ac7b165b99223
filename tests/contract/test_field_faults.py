"""What goes wrong in the field, met by a whole reading: read all the same, or named.

Each row is a card of the twin, what is wrong with it or its reader, and what must come of it, over
the simulated reader and over a real pcscd with vpcd.
"""

import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest

from device.card.reading import CardFault, CardRead, CardReading, ReadingConfig
from device.card.status import CardFinding, Field
from device.card.verdict import Verdict
from tests.conftest import RealParts
from tests.contract.card_stack import PcscStack, Stack, eventually, missing_part, open_stack
from tests.driving import parts

LETTER = frozenset({Field.SURNAME, Field.STREET})
SHORT_LIMIT_S = 2.0


@dataclass(frozen=True)
class Row:
    """One fault of the field: the card, the fault script, and what a reading makes of it."""

    card: str
    script: str = ""
    finding: CardFinding | None = None
    """None: it is read all the same."""


ROWS = {
    # ---- readers that pass lengths on in their own way
    "a reader that passes 6Cxx on": Row("jean-marie"),
    "a reader that answers short": Row("amina"),
    "a reader that says 6C only for 256": Row("belgian-1.8-quick"),
    "61xx after a SELECT": Row("belgian-1.8-fci"),
    "a reader that cannot pass 256 bytes on": Row("belgian-1.7", "sw:6700@READ#1x1"),
    "more bytes than were asked for": Row("belgian-1.7", "long:16@READx3"),
    # ---- flaky readers
    "6B00 in mid-file": Row("belgian-1.7", "sw:6b00@503c+256x1"),
    "6986 in mid-file, twice": Row("belgian-1.7", "sw:6986@503c+256x2"),
    "an empty 9000 in mid-file": Row("belgian-1.8", "sw:9000@503c+256x1"),
    "6986 at the beginning of a file": Row("belgian-1.8", "sw:6986@4031+0x1"),
    "an end in mid-file, once": Row("belgian-1.7", "eof@503c+256x1"),
    "6A87 after a SELECT": Row("belgian-1.7", "sw:6a87@PATH#2x1"),
    "6A87 after three SELECTs": Row("belgian-1.7", "sw:6a87@PATH#1x3"),
    "6F00 once": Row("belgian-1.8", "sw:6f00@READ#3x1"),
    "garbage once": Row("belgian-1.7", "garbage@4031+0x1"),
    "noise once": Row("belgian-1.7", "noise@READ#4x1"),
    # ---- cards and readers that can't
    "garbage for ever": Row("belgian-1.7", "garbage@READ", CardFinding.UNREADABLE),
    "an identity without end": Row("belgian-1.7", "endless:4031", CardFinding.UNREADABLE),
    "a certificate that reads as another": Row(
        "belgian-1.7", "garbage@503c+0", CardFinding.UNREADABLE
    ),
    "not activated": Row("not-activated", finding=CardFinding.NOT_ACTIVATED),
    "6D00 to all": Row("belgian-1.8", "sw:6d00", CardFinding.NOT_ACTIVATED),
    "a reader as slow as glue": Row("belgian-1.7", "slow:1s", CardFinding.TIMED_OUT),
    "a card pulled in mid-read": Row("belgian-1.7", "drop:7", CardFinding.REMOVED),
    "a card altered by somebody": Row("altered-address", finding=CardFinding.ALTERED),
    # ---- what is no eID, or not from this side
    "a bank card": Row("bank", finding=CardFinding.FOREIGN),
    "a telephone's card": Row("sim", finding=CardFinding.FOREIGN),
    "a health card": Row("health-card", finding=CardFinding.FOREIGN),
    "another country's eID": Row("foreign-eid", finding=CardFinding.FOREIGN),
    "the wireless side": Row("wireless-side", finding=CardFinding.CONTACTLESS),
}
MUTE = Row("mute", finding=CardFinding.MUTE)


@pytest.fixture(
    scope="module",
    params=["simulated", pytest.param("pcsc", marks=pytest.mark.real)],
)
def stack(request: pytest.FixtureRequest, real_parts: RealParts) -> Iterator[Stack]:
    if request.param != "simulated":
        reason = missing_part()
        if reason is not None:
            pytest.skip(reason)
        real_parts.used(parts.pcscd())
    with open_stack(request.param) as opened:
        yield opened


def _config(stack: Stack, time_limit_s: float = 15.0) -> ReadingConfig:
    is_simulated = not isinstance(stack, PcscStack)
    return ReadingConfig(
        backend="simulated" if is_simulated else "pcsc",
        simulator_socket=stack.socket if is_simulated else None,
        trust_dir=stack.trust,
        root_cache=None,
        time_limit_s=time_limit_s,
        environment=stack.environment,
    )


def _is_empty(met: CardRead | CardFault) -> bool:
    return isinstance(met, CardFault) and met.finding is CardFinding.NO_CARD


@pytest.fixture
def meets(stack: Stack) -> Iterator[Callable[[Row], CardRead | CardFault]]:
    """Return a hand that puts a card in, lets the fault happen, and reads."""

    def hand(row: Row) -> CardRead | CardFault:
        is_slow = row.finding is CardFinding.TIMED_OUT
        config = _config(stack, SHORT_LIMIT_S if is_slow else 15.0)
        stack.hands.insert(row.card)
        if row.script:
            stack.hands.fault(row.script)
        met: list[CardRead | CardFault] = []

        def has_met() -> bool:
            # Until pcscd has noticed the card nothing is sent to it, and its faults wait.
            reading = CardReading(config, visit_key=secrets.token_bytes(32), traces_fd=None)
            met.append(reading.read(LETTER))
            return not _is_empty(met[-1])

        eventually(has_met)
        return met[-1]

    yield hand
    stack.hands.pace(ms=0)
    stack.hands.remove()
    config = _config(stack)
    eventually(lambda: _is_empty(CardReading(config, visit_key=b"", traces_fd=None).read(LETTER)))


@pytest.mark.parametrize("row", ROWS.values(), ids=ROWS)
def test_what_goes_wrong_in_the_field_is_survived_or_named(
    row: Row, stack: Stack, meets: Callable[[Row], CardRead | CardFault]
) -> None:
    met = meets(row)

    if row.finding is not None:
        assert isinstance(met, CardFault)
        assert met.finding is row.finding
        return
    assert isinstance(met, CardRead)
    person = stack.deck.shown(row.card)
    assert (person.surname, person.street) == (
        met.fields[Field.SURNAME],
        met.fields[Field.STREET],
    )
    assert met.authenticity.identity.verdict is Verdict.VALID
    assert met.authenticity.address.verdict is Verdict.VALID


def test_a_card_the_wrong_way_round_is_mute(
    meets: Callable[[Row], CardRead | CardFault],
) -> None:
    met = meets(MUTE)

    assert isinstance(met, CardFault)
    assert met.finding is MUTE.finding
