"""How little a read asks, for every profile and every manner that readers have."""

import dataclasses
import datetime
import tempfile
from collections.abc import Iterable
from pathlib import Path

import pytest

from device.card import files
from device.card.apdu import ALLOWED
from device.card.forge.card import HOLDER_FILES
from device.card.roots import TrustedRoots
from device.card.single_read import Gathered, SingleRead, Wanted
from device.card.status import Field
from device.card.traces import Trace
from device.card.virtual import LeRule, VirtualCard
from provisioning.twin.cards import Deck, TwinPki
from tests.driving.fewest import fewest
from tests.driving.plain_wire import PlainWire

LETTER = Wanted(frozenset({Field.SURNAME, Field.FIRST_NAMES, Field.STREET, Field.POSTAL_CODE}))
NAME = Wanted(frozenset({Field.SURNAME, Field.FIRST_NAMES}))
STREET = Wanted(frozenset({Field.STREET}))
WHOLE = Wanted(has_identity=True, has_address=True, has_photo=True)
WANTS = {"letter": LETTER, "name": NAME, "whole": WHOLE}
SPARE = 2
"""A length that nobody can know beforehand costs one command: of the identity, and one more."""


def _intact() -> list[str]:
    with tempfile.TemporaryDirectory() as folder:
        deck = Deck(TwinPki(Path(folder)))
        return [
            name for name in deck.people if "altered" not in dataclasses.astuple(deck.truth(name))
        ]


INTACT = _intact()


@pytest.fixture(scope="module")
def trust(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("trust")


@pytest.fixture(scope="module")
def deck(trust: Path) -> Deck:
    made = Deck(TwinPki(trust))
    for name in made.people:
        made.content(name)
    return made


def forget(_: Iterable[Trace]) -> None:
    """Note nothing."""


def read(card: VirtualCard, wanted: Wanted, trust: Path | None) -> tuple[Gathered, SingleRead]:
    """Read what is wanted; return it and the reading that counted."""
    single = SingleRead(
        PlainWire(card),
        visit_key=b"k",
        expected_card=None,
        roots=TrustedRoots(cache=None, development_folder=trust),
        today=datetime.date(2026, 1, 1),
        note=forget,
    )
    return single.gather(wanted, lambda _: None), single


@pytest.mark.parametrize("rule", LeRule)
@pytest.mark.parametrize("want", WANTS)
@pytest.mark.parametrize("name", INTACT)
def test_a_read_asks_at_most_twice_more_than_who_knew_all_lengths(
    name: str, want: str, rule: LeRule, deck: Deck, trust: Path
) -> None:
    # given
    content = dataclasses.replace(deck.content(name), le_rule=rule)
    card, wanted = VirtualCard(content), WANTS[want]
    is_known = deck.truth(name).issuer != "unknown"
    # when
    _, single = read(card, wanted, trust)
    # then
    least = fewest(content, wanted, root_is_known=is_known)
    assert least.apdus <= single.exchange.apdus <= least.apdus + SPARE
    assert least.bytes <= single.exchange.bytes
    assert card.log.read_twice() == {}
    assert (card.log.apdus, card.log.bytes_in + card.log.bytes_out) == (
        single.exchange.apdus,
        single.exchange.bytes,
    )


@pytest.mark.parametrize("name", INTACT)
def test_only_the_files_that_a_field_needs_are_read(name: str, deck: Deck, trust: Path) -> None:
    content = deck.content(name)
    public = {files.RRN_CERTIFICATE, files.IDENTITY_SIGNATURE}
    is_unknown = deck.truth(name).issuer == "unknown"
    expected = {
        NAME: public | {files.IDENTITY},
        STREET: public | {files.ADDRESS, files.ADDRESS_SIGNATURE},
        LETTER: public | {files.IDENTITY, files.ADDRESS, files.ADDRESS_SIGNATURE},
    }
    for wanted, needed in expected.items():
        card = VirtualCard(content)
        read(card, wanted, trust)
        was_read = {path for path in content.files if card.log.was_read(path)}
        assert was_read == needed | ({files.ROOT_CERTIFICATE} if is_unknown else set())


@pytest.mark.parametrize("name", INTACT)
def test_nothing_reads_the_holders_certificates_or_sends_another_command(
    name: str, deck: Deck
) -> None:
    card = VirtualCard(deck.content(name))

    for wanted in (*WANTS.values(), STREET):
        read(card, wanted, None)

    assert not any(card.log.was_read(path) for path in HOLDER_FILES)
    assert set(card.log.commands) <= ALLOWED


def test_the_yardstick_counts_what_a_reader_who_knows_would_send(deck: Deck) -> None:
    # The positive control: sizes that can be counted by hand. One question, five files selected,
    # of which only the certificate takes more than one answer.
    content = deck.content("belgian-1.7")
    der = int.from_bytes(content.files[files.RRN_CERTIFICATE][2:4], "big") + 4
    in_answers = -(-der // 256)
    assert len(content.files[files.IDENTITY]) <= 256
    assert len(content.files[files.IDENTITY_SIGNATURE]) == 256

    assert 1 + 5 + 4 + in_answers == fewest(content, LETTER, root_is_known=True).apdus


def test_what_does_not_fit_is_read_twice_and_the_log_shows_it(deck: Deck) -> None:
    # The positive control of "no byte twice": a careful read begins again.
    card = VirtualCard(deck.content("altered-address"))

    gathered, _ = read(card, dataclasses.replace(LETTER, takes_altered=True), None)

    assert gathered.authenticity.alteration is not None
    assert card.log.read_twice() != {}
