"""What a card told is noted for the wipe, whatever tag it stood in."""

import unicodedata

import pytest

from device.card import learned, tlv
from device.card.eid import parse_address, parse_identity
from device.card.traces import Trace, TraceKind

PERSONAL = {0x01, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08, 0x09, 0x0A, 0x0B, 0x0C, 0x0E}
PERSONAL |= {0x15, 0x17, 0x18, 0x19, 0x1F}
CODES = {0x10, 0x12, 0x13, 0x14, 0x16, 0x1B, 0x1C, 0x1D, 0x1E}
BINARY = {0x00, 0x02, 0x11, 0x1A}


def traces_of(values: dict[int, bytes]) -> list[Trace]:
    """Return what is noted of an identity with these values beside a name."""
    with_name = {0x07: b"Nergens"} | values
    return list(learned.of_identity(parse_identity(tlv.encode(with_name))))


def texts_of(values: dict[int, bytes]) -> set[str]:
    """Return the texts that are noted."""
    return {trace.text for trace in traces_of(values)}


@pytest.mark.parametrize("tag", sorted(PERSONAL | {0x0D, 0x0F, 0x20, 0x40, 0xFF}))
def test_a_personal_value_is_noted_also_of_a_tag_that_nobody_knows(tag: int) -> None:
    assert "Ergens op Aarde" in texts_of({tag: b"Ergens op Aarde"})


@pytest.mark.parametrize("tag", sorted(CODES))
def test_a_code_is_noted_only_when_it_is_longer_than_codes_are(tag: int) -> None:
    assert "Zz" not in texts_of({tag: b"Zz"})
    assert "Ergens" in texts_of({tag: b"Ergens"})


def test_every_documented_tag_was_thought_of() -> None:
    assert PERSONAL | CODES | BINARY | {0x0D, 0x0F} == set(range(0x20))


@pytest.mark.parametrize("tag", [0x01, 0x06, 0x17, 0x18, 0x19])
def test_a_number_is_sought_with_and_without_separators(tag: int) -> None:
    assert Trace(TraceKind.NUMBER, "0999.999.922") in traces_of({tag: b"0999.999.922"})


def test_an_unknown_value_that_is_no_text_or_a_mere_code_is_not_noted() -> None:
    plain = texts_of({})

    assert plain == texts_of({0x20: b"\xff\xfe\xfd"}) == texts_of({0x20: b"Zz"})


def test_a_name_is_noted_as_handed_on_and_as_the_card_writes_it() -> None:
    composed = "B\u00e9n\u00e9dicte"
    decomposed = unicodedata.normalize("NFD", composed)

    assert {composed, decomposed} <= texts_of({0x08: decomposed.encode()})
    assert decomposed not in texts_of({0x08: composed.encode()})


def test_an_address_is_noted_with_its_unknown_tags() -> None:
    street = unicodedata.normalize("NFD", "All\u00e9e de Nulle Part 1")
    values = {1: street.encode(), 2: b"1000", 3: b"Ergens", 4: b"Nergensland"}
    texts = {trace.text for trace in learned.of_address(parse_address(tlv.encode(values)))}

    assert {"All\u00e9e de Nulle Part 1", street, "1000", "Ergens", "Nergensland"} <= texts


def test_an_address_is_noted_as_its_lines_stand_on_paper() -> None:
    values = {1: b"Nergensstraat 1", 2: b"1000", 3: b"Ergens"}
    traces = list(learned.of_address(parse_address(tlv.encode(values))))

    # A postal code and a municipality are of many; the two together are of few, and are sought.
    assert Trace(TraceKind.JOINED, "1000 Ergens") in traces
    assert Trace(TraceKind.JOINED, "Nergensstraat 1") in traces


def test_the_chip_number_is_noted_as_hexadecimal_digits() -> None:
    data = bytes.fromhex("534C4790" + "AB" * 12 + "F336012501170003002101 0F")

    assert {trace.text for trace in learned.of_card_data(data)} == {"534c4790" + "ab" * 12}
