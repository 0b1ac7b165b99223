"""How little a read asks, for every profile and every manner that readers have."""

import dataclasses
import datetime
import tempfile
from collections.abc import Iterable
from pathlib import Path

import pytest

from device.card import files, tlv
from device.card.apdu import ALLOWED, SELECT, CommandApdu
from device.card.errors import CardError
from device.card.forge import KeyRing, Signing, found
from device.card.forge.card import HOLDER_FILES
from device.card.roots import TrustedRoots
from device.card.single_read import Gathered, SingleRead, Wanted
from device.card.status import CardFinding, Field
from device.card.traces import Trace
from device.card.verdict import Issuer, Verdict
from device.card.virtual import ATR_BANK, CardContent, LeRule, VirtualCard
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


def without(content: CardContent, path: bytes) -> CardContent:
    """Return a card that lacks a file."""
    held = {known: file for known, file in content.files.items() if known != path}
    return dataclasses.replace(content, files=held)


def having(content: CardContent, **changes: bytes) -> CardContent:
    """Return a card with other files, by their names in `files`."""
    changed = {getattr(files, name): file for name, file in changes.items()}
    return dataclasses.replace(content, files={**content.files, **changed})


@pytest.mark.parametrize("empties", [True, False])
def test_a_card_without_a_root_or_a_photo_is_read_all_the_same(empties: bool, deck: Deck) -> None:
    for path in (files.ROOT_CERTIFICATE, files.PHOTO):
        content = deck.content("belgian-1.8")
        lacking = (
            dataclasses.replace(content, files={**content.files, path: b""})
            if empties
            else without(content, path)
        )

        gathered, _ = read(VirtualCard(lacking), WHOLE, None)

        told = gathered.authenticity
        assert (Verdict.VALID, Issuer.UNKNOWN) == (told.identity.verdict, told.issuer.verdict)
        is_photo = path == files.PHOTO
        assert (Verdict.NOT_CHECKED if is_photo else Verdict.VALID) is told.photo.verdict


def test_an_address_signed_with_a_padded_signature_file_is_genuine(trust: Path) -> None:
    # given an RSA-1024 signature in a file of 256 bytes, and an EC one in a file of 512
    for signing, length in ((Signing.RSA_1024_SHA1, 256), (Signing.EC_P384_SHA384, 512)):
        register = found("padded", signing, KeyRing(trust / "keys"))
        plain = Deck(TwinPki(trust)).content("belgian-1.1")
        identity, address = plain.files[files.IDENTITY], plain.files[files.ADDRESS]
        stored = register.sign(identity).rstrip(b"\0").ljust(length, b"\0")
        content = having(
            plain,
            IDENTITY_SIGNATURE=stored,
            ADDRESS_SIGNATURE=register.sign(address.rstrip(b"\0") + stored),
            RRN_CERTIFICATE=register.certificate,
        )

        gathered, _ = read(VirtualCard(content), LETTER, None)

        assert Verdict.VALID is gathered.authenticity.identity.verdict
        assert Verdict.VALID is gathered.authenticity.address.verdict


def test_an_identity_with_an_end_of_an_element_where_a_chunk_ends_is_read_once(
    deck: Deck, trust: Path
) -> None:
    register = found("long", Signing.EC_P384_SHA384, KeyRing(trust / "keys"))
    plain = deck.content("belgian-1.8")
    values = tlv.parse(plain.files[files.IDENTITY])
    surname = next(
        name
        for name in (b"N" * length for length in range(1, 110))
        if 256 in _ends({**values, 0x07: name, 0x08: b"V" * 70})
    )
    identity = tlv.encode({**values, 0x07: surname, 0x08: b"V" * 70})
    content = having(
        plain,
        IDENTITY=identity,
        IDENTITY_SIGNATURE=register.sign(identity),
        RRN_CERTIFICATE=register.certificate,
    )
    card = VirtualCard(content)

    gathered, single = read(card, NAME, None)

    assert gathered.identity is not None
    assert gathered.identity.surname == surname.decode()
    assert card.log.read_twice() == {}
    least = fewest(content, NAME, root_is_known=False)
    assert single.exchange.apdus <= least.apdus + SPARE


def _ends(values: dict[int, bytes]) -> set[int]:
    ends, at = set(), 0
    for tag, value in values.items():
        at += len(tlv.encode({tag: value}))
        ends.add(at)
    return ends


def test_a_chip_that_the_identity_does_not_name_is_told(deck: Deck) -> None:
    plain = deck.content("belgian-1.7")
    other = dataclasses.replace(plain, card_data=bytes(16) + plain.card_data[16:])

    assert read(VirtualCard(plain), NAME, None)[0].is_of_this_chip
    assert not read(VirtualCard(other), NAME, None)[0].is_of_this_chip


def test_an_address_alone_is_bound_to_the_card_that_was_met(deck: Deck, trust: Path) -> None:
    one, other = deck.content("belgian-1.7"), deck.content("belgian-1.8")
    card = VirtualCard(one)
    least = read(card, STREET, trust)[1].exchange.apdus
    second = VirtualCard(dataclasses.replace(one, card_data=other.card_data))

    class Swapped(PlainWire):
        """Another card with the same address lies in the reader for the last command."""

        asked = 0

        def send_and_receive(self, apdu: CommandApdu) -> tuple[bytes, int]:
            self.asked += 1
            if self.asked == least:
                self.card = second
            return super().send_and_receive(apdu)

    single = SingleRead(
        Swapped(VirtualCard(one)),
        visit_key=b"k",
        expected_card=None,
        roots=TrustedRoots(cache=None, development_folder=trust),
        today=datetime.date(2026, 1, 1),
        note=forget,
    )
    with pytest.raises(CardError) as caught:
        single.gather(STREET, lambda _: None)
    assert caught.value.finding is CardFinding.DIFFERENT_CARD


def test_a_card_with_a_strange_answer_to_reset_is_asked_for_its_applet_first(deck: Deck) -> None:
    strange = VirtualCard(dataclasses.replace(deck.content("belgian-1.7"), atr=ATR_BANK))

    gathered, _ = read(strange, NAME, None)

    assert gathered.identity is not None
    assert strange.log.commands[0] == SELECT
