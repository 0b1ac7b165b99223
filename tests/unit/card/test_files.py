"""Reading files from a virtual card: ends of files, flaky readers, and how little is asked."""

import dataclasses
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device.card import files
from device.card.apdu import CommandApdu, outgoing, split
from device.card.errors import CardError, CardRefused
from device.card.files import CardFiles
from device.card.status import CardFinding
from device.card.virtual import CardContent, Glitch, LeRule, Temper, VirtualCard

CERTIFICATE = b"\x30\x82\x02\x00" + bytes(range(256)) * 2


def content(**changes: Any) -> CardContent:
    """Return a card with files of telling lengths."""
    made = CardContent(
        atr=b"\x3b\x00",
        card_data=bytes(28),
        files={
            files.IDENTITY: b"\x07\x08" + b"Nergens " + b"\x01\xb4" + b"1" * 180,
            files.IDENTITY_SIGNATURE: b"\xa5" * 256,
            files.ADDRESS_SIGNATURE: b"\x30\x40" + b"\x02" * 64 + bytes(190),
            files.PHOTO: b"\xff\xd8" + b"p" * 1000 + b"\xff\xd9",
            files.RRN_CERTIFICATE: CERTIFICATE + bytes(1100),
            files.ROOT_CERTIFICATE: bytes(2500),
        },
    )
    return dataclasses.replace(made, **changes)


class Wire:
    """A virtual card with nothing between it and us; remembers each command."""

    def __init__(self, card: VirtualCard) -> None:
        self.card = card
        self.sent: list[bytes] = []
        self.received = 0

    def send_and_receive(self, apdu: CommandApdu) -> tuple[bytes, int]:
        self.sent.append(outgoing(apdu))
        answer = self.card.transmit(self.sent[-1])
        self.received += len(answer)
        return split(answer)


@pytest.fixture(params=list(LeRule))
def wire(request: pytest.FixtureRequest) -> Wire:
    return Wire(VirtualCard(content(le_rule=request.param)))


def test_an_identity_costs_one_read_or_one_and_its_6c(wire: Wire) -> None:
    found = CardFiles(wire).read(files.IDENTITY, files.RECORDS)

    assert wire.card.content.files[files.IDENTITY] == found
    reads = [sent for sent in wire.sent if sent[1] == 0xB0]
    assert (1 if wire.card.content.le_rule is LeRule.ANSWER_SHORT else 2) == len(reads)


def test_a_certificate_is_read_to_its_exact_end(wire: Wire) -> None:
    found = CardFiles(wire).read(files.RRN_CERTIFICATE, files.DER)

    assert found == CERTIFICATE
    assert len(CERTIFICATE) + 2 * len(wire.sent) == wire.received


def test_a_file_of_zeros_holds_no_certificate(wire: Wire) -> None:
    assert CardFiles(wire).read(files.ROOT_CERTIFICATE, files.DER) == b""


def test_a_full_signature_is_not_asked_for_more(wire: Wire) -> None:
    found = CardFiles(wire).read(files.IDENTITY_SIGNATURE, files.STORED_SIGNATURE)

    assert found == b"\xa5" * 256
    assert len(wire.sent) == 2


def test_an_ec_signature_comes_without_its_padding(wire: Wire) -> None:
    found = CardFiles(wire).read(files.ADDRESS_SIGNATURE, files.EC_SIGNATURE)

    assert found == b"\x30\x40" + b"\x02" * 64
    assert wire.received < 120


def test_an_rsa_signature_is_whole_even_if_padding_was_not_wanted(wire: Wire) -> None:
    assert CardFiles(wire).read(files.IDENTITY_SIGNATURE, files.EC_SIGNATURE) == b"\xa5" * 256


@pytest.mark.parametrize("sw", [0x6B00, 0x6986, 0x9000])
@pytest.mark.parametrize("times", [1, 2])
def test_an_end_in_mid_file_is_believed_only_when_it_repeats(
    wire: Wire, sw: int, times: int
) -> None:
    wire.card.glitches.append(Glitch(offset=300, sw=sw, times=times))

    assert wire.card.content.files[files.PHOTO] == CardFiles(wire).read(files.PHOTO, files.JPEG)


def test_careful_reading_goes_on_to_the_confirmed_end(wire: Wire) -> None:
    careful = CardFiles(wire, is_careful=True)

    assert careful.read(files.IDENTITY_SIGNATURE, files.STORED_SIGNATURE) == b"\xa5" * 256
    assert bytes.fromhex("00B00100") == wire.sent[-1][:4]


@pytest.mark.parametrize("refusals", [1, 2])
def test_a_reader_that_doubles_a_select_is_survived(wire: Wire, refusals: int) -> None:
    wire.card.refused_selects = refusals

    assert CardFiles(wire).read(files.IDENTITY, files.RECORDS).startswith(b"\x07")


@pytest.mark.parametrize(
    ("temper", "finding"),
    [
        (Temper.FOREIGN, CardFinding.FOREIGN),
        (Temper.NOT_ACTIVATED, CardFinding.NOT_ACTIVATED),
    ],
)
def test_a_card_that_is_no_working_eid_says_which(temper: Temper, finding: CardFinding) -> None:
    wire = Wire(VirtualCard(content(temper=temper)))

    with pytest.raises(CardRefused) as caught:
        CardFiles(wire).select_applet()

    assert finding is caught.value.finding


def test_a_missing_file_is_unreadable(wire: Wire) -> None:
    with pytest.raises(CardRefused) as caught:
        CardFiles(wire).read(files.ADDRESS, files.PADDED_RECORDS)

    assert CardFinding.UNREADABLE is caught.value.finding
    assert caught.value.sw == 0x6A82


class HostileWire:
    """A card that answers anything at all."""

    def __init__(self, answers: list[tuple[bytes, int]]) -> None:
        self._answers = answers
        self.asked = 0

    def send_and_receive(self, apdu: CommandApdu) -> tuple[bytes, int]:
        outgoing(apdu)
        self.asked += 1
        return self._answers[self.asked % len(self._answers)]


SW = st.one_of(
    st.sampled_from([0x9000, 0x6B00, 0x6986, 0x6A82, 0x6A87, 0x6C05, 0x6105]),
    st.integers(0, 0xFFFF),
)


@given(st.lists(st.tuples(st.binary(max_size=300), SW), min_size=1, max_size=6))
def test_any_answers_give_bytes_or_a_card_error_and_an_end(
    answers: list[tuple[bytes, int]],
) -> None:
    for is_careful in (False, True):
        reads: tuple[Callable[[CardFiles], object], ...] = (
            lambda card: card.select_applet(),
            lambda card: card.card_data(),
            lambda card: card.read(files.IDENTITY, files.RECORDS),
            lambda card: card.read(files.IDENTITY_SIGNATURE, files.STORED_SIGNATURE),
            lambda card: card.read(files.ADDRESS_SIGNATURE, files.EC_SIGNATURE),
            lambda card: card.read(files.RRN_CERTIFICATE, files.DER),
        )
        for read in reads:
            wire = HostileWire(answers)
            try:
                read(CardFiles(wire, is_careful=is_careful))
            except CardError:
                continue
