"""One reading over a wire that exchanges the card and tells nobody."""

import datetime
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

import pytest

from device.card import eid, single_read
from device.card.apdu import CommandApdu, Exchange, outgoing, split
from device.card.eid import Identity
from device.card.errors import CardError, CardMalformed, CardRefused
from device.card.report import report
from device.card.roots import TrustedRoots
from device.card.single_read import Gathered, SingleRead, Wanted
from device.card.status import CardFinding, Field, ReaderLevel, ReaderStatus
from device.card.traces import Trace
from device.card.virtual import CardContent, Glitch, VirtualCard
from provisioning.twin.cards import Deck, TwinPki

FIELDS = frozenset({Field.SURNAME, Field.FIRST_NAMES, Field.STREET})


class Wire:
    """A reader whose card is exchanged before command number `exchange_at`, unnoticed."""

    def __init__(self, first: VirtualCard, second: VirtualCard, exchange_at: int) -> None:
        self._first = first
        self._second = second
        self._exchange_at = exchange_at
        self.atr = first.content.atr
        self.sent = 0
        self.connections = 0

    wire_s = 0.0

    def status(self) -> ReaderStatus:
        return ReaderStatus(ReaderLevel.CARD, "wire")

    def watch(self, *_: object) -> None:
        """Nothing to watch."""

    def connect(self) -> "Wire":
        self.connections += 1
        return self

    def send_and_receive(self, apdu: CommandApdu) -> tuple[bytes, int]:
        card = self._first if self.sent < self._exchange_at else self._second
        self.sent += 1
        return split(card.transmit(outgoing(apdu)))

    def close(self) -> None:
        """Nothing to close."""

    def __enter__(self) -> "Wire":
        return self

    def __exit__(self, *_: object) -> None:
        """Nothing to close."""


@pytest.fixture(scope="module")
def trust(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("trust")


@pytest.fixture(scope="module")
def deck(trust: Path) -> Deck:
    return Deck(TwinPki(trust))


def forget(_: Iterable[Trace]) -> None:
    """Note nothing."""


def read(
    wire: Wire,
    trust: Path | None = None,
    on_first: Callable[[Mapping[Field, str]], None] = lambda _: None,
) -> Gathered:
    """Read FIELDS over a wire."""
    single = SingleRead(
        wire,
        visit_key=b"k",
        expected_card=None,
        roots=TrustedRoots(cache=None, development_folder=trust),
        today=datetime.date(2026, 1, 1),
        note=forget,
    )
    return single.gather(Wanted(FIELDS), on_first)


def commands_of_a_read(content: CardContent, trust: Path | None = None) -> int:
    """Return how many commands an undisturbed read takes."""
    wire = Wire(VirtualCard(content), VirtualCard(content), 1000)
    read(wire, trust)
    return wire.sent


@pytest.mark.parametrize(("first", "second"), [("telma", "amina"), ("jean-marie", "telma")])
def test_an_exchange_at_any_moment_is_a_different_card(
    first: str, second: str, deck: Deck, trust: Path
) -> None:
    one, other = deck.content(first), deck.content(second)
    # Before the first answer to GET CARD DATA only the second card was ever met; after the last
    # signature all that counts was told by one.
    greeting = 1
    for exchange_at in range(greeting, commands_of_a_read(one, trust)):
        wire = Wire(VirtualCard(one), VirtualCard(other), exchange_at)

        with pytest.raises(CardError) as caught:
            read(wire)

        assert CardFinding.DIFFERENT_CARD is caught.value.finding, exchange_at


def test_a_field_of_unknown_form_costs_no_other_one(
    deck: Deck, trust: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    card = VirtualCard(deck.content("telma"))
    wire = Wire(card, card, 1000)

    def refuses(field: Field, identity: Identity) -> str:
        if field is Field.FIRST_NAMES:
            raise CardMalformed("form")
        return eid.identity_field(field, identity)

    monkeypatch.setattr(single_read, "identity_field", refuses)

    fields = read(wire, trust).fields

    assert fields[Field.FIRST_NAMES] == ""
    assert fields[Field.SURNAME] == deck.person("telma").surname
    assert wire.connections == 1


@pytest.mark.parametrize(("name", "is_expired"), [("telma", False), ("expired", True)])
def test_a_card_past_its_last_day_is_told(
    name: str, is_expired: bool, deck: Deck, trust: Path
) -> None:
    card = VirtualCard(deck.content(name))

    assert read(Wire(card, card, 1000), trust).is_expired is is_expired


@pytest.mark.parametrize(("name", "warned"), [("telma", False), ("expired", True)])
def test_a_technician_is_warned_of_a_card_past_its_last_day(
    name: str, warned: bool, deck: Deck, trust: Path
) -> None:
    card = VirtualCard(deck.content(name))
    gathered = read(Wire(card, card, 1000), trust)

    told = report(gathered, Exchange(), has_national_number=False)["warnings"]

    assert ("card-expired" in told) is warned


def test_a_last_day_of_unknown_form_is_no_expiry(
    deck: Deck, trust: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    card = VirtualCard(deck.content("expired"))

    def refuses(_: Identity, __: datetime.date) -> bool:
        raise CardMalformed("validity-form")

    monkeypatch.setattr(Identity, "is_expired", refuses)

    assert not read(Wire(card, card, 1000), trust).is_expired


def test_what_does_not_fit_together_is_read_once_more(deck: Deck) -> None:
    # given a card that is unreadable for one moment
    card = VirtualCard(deck.content("telma"))
    card.glitches.append(Glitch(offset=0, sw=0x6400, times=1))
    wire = Wire(card, card, 1000)

    gathered = read(wire)

    assert deck.person("telma").surname == gathered.fields[Field.SURNAME]
    assert wire.connections == 2


def test_a_card_that_stays_unreadable_is_given_up(deck: Deck) -> None:
    card = VirtualCard(deck.content("telma"))
    card.glitches.append(Glitch(offset=0, sw=0x6400, times=1000))
    wire = Wire(card, card, 1000)

    with pytest.raises(CardRefused) as caught:
        read(wire)

    assert (CardFinding.UNREADABLE, 0x6400) == (caught.value.finding, caught.value.sw)
    assert wire.connections == 2


@pytest.mark.parametrize("name", ["jean-marie", "telma", "amina"])
def test_a_read_with_a_known_root_takes_few_commands(name: str, deck: Deck, trust: Path) -> None:
    # The photo, the holder's certificates and zero tails are never read, nor is a known root.
    # The register's certificate is as long as real ones are: three or four reads of it.
    content = deck.content(name)

    assert commands_of_a_read(content, trust) <= 15
    assert commands_of_a_read(content, None) > 15


def test_a_second_attempt_tells_no_name_again(deck: Deck) -> None:
    # given a card whose name is read before it is unreadable for one moment
    card = VirtualCard(deck.content("telma"))
    wire = Wire(card, card, 1000)
    told: list[str] = []

    def first(name: Mapping[Field, str]) -> None:
        told.append(name[Field.SURNAME])
        if len(told) == 1:
            card.glitches.append(Glitch(offset=0, sw=0x6400, times=1))

    # when
    gathered = read(wire, on_first=first)
    # then
    assert wire.connections == 2
    assert told == [gathered.fields[Field.SURNAME]]
