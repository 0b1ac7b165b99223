"""The identity and address files: values, limits, and hostile bytes."""

import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device.card import tlv
from device.card.eid import (
    Identity,
    address_field,
    identity_field,
    parse_address,
    parse_identity,
    parse_validity,
)
from device.card.errors import CardError, CardMalformed
from device.card.status import ADDRESS_FIELDS, IDENTITY_FIELDS, Field


def identity_of(**texts: str) -> Identity:
    """Parse an identity file with these texts; tags as t07="…"."""
    values = {0x07: b"Nergens", 0x0C: b"01 JAN 1901", 0x04: b"01.02.2030"}
    values |= {int(tag[1:], 16): text.encode() for tag, text in texts.items()}
    return parse_identity(tlv.encode(dict(sorted(values.items()))))


def test_texts_lose_their_padding() -> None:
    assert identity_of(t07="Nergens   ").surname == "Nergens"
    address = parse_address(tlv.encode({1: b"Nergensstraat 1".ljust(42), 2: b"1000"}) + bytes(60))
    assert address.street == "Nergensstraat 1"


def test_an_unknown_document_type_is_kept_raw() -> None:
    assert identity_of(t0F="Q7").document_type is None
    assert identity_of(t0F="Q7").document_type_raw == "Q7"
    assert identity_of(t0F="01").document_type == 1
    assert identity_of(t0F="99").document_type == 99


@pytest.mark.parametrize(("on_card", "gender"), [("M", "M"), ("V", "F"), ("W", "F"), ("X", "X")])
def test_gender_is_one_letter_for_three_languages(on_card: str, gender: str) -> None:
    assert gender == identity_of(t0D=on_card).gender


def test_an_unknown_birth_date_hurts_only_who_asks_for_it() -> None:
    identity = identity_of(t0C="14 XYZ 1961")

    assert identity_field(Field.SURNAME, identity) == "Nergens"
    with pytest.raises(CardMalformed):
        identity_field(Field.BIRTH_DATE, identity)


@pytest.mark.parametrize("text", ["A\x1b[2J", "A\u202eB", "A\nB", "A\0B", "A\u2028B"])
def test_a_text_that_could_steer_a_screen_is_refused(text: str) -> None:
    with pytest.raises(CardMalformed):
        identity_of(t07=text)


def test_a_text_longer_than_any_field_is_refused() -> None:
    with pytest.raises(CardMalformed):
        identity_of(t07="A" * 111)


def test_a_file_without_a_name_is_no_identity() -> None:
    with pytest.raises(CardMalformed):
        parse_identity(tlv.encode({1: b"591000000000"}))


def test_a_validity_has_any_separator() -> None:
    assert datetime.date(2031, 2, 28) == parse_validity("28/02/2031")
    for wrong in ("", "31.02.2031", "1.2.2031", "aa.bb.cccc", "\u0660\u0661.02.2031"):
        with pytest.raises(CardMalformed):
            parse_validity(wrong)


def test_no_error_and_no_repr_tells_what_the_card_said() -> None:
    identity = identity_of(t06="00000099929")

    assert "Nergens" not in repr(identity)
    with pytest.raises(CardMalformed) as caught:
        parse_identity(tlv.encode({7: b"Nergens\xff"}))
    assert "Nergens" not in repr(caught.value)
    assert caught.value.__cause__ is None


@given(st.binary(max_size=300))
def test_any_bytes_are_an_identity_or_a_card_error(untrusted: bytes) -> None:
    try:
        identity = parse_identity(untrusted)
        for field in IDENTITY_FIELDS:
            identity_field(field, identity)
    except CardError:
        return


@given(
    st.dictionaries(
        st.integers(0, 40), st.one_of(st.binary(max_size=30), st.text(max_size=30).map(str.encode))
    )
)
def test_any_elements_are_an_identity_or_a_card_error(untrusted: dict[int, bytes]) -> None:
    file = tlv.encode(dict(sorted(untrusted.items())))
    try:
        identity = parse_identity(file)
        for field in IDENTITY_FIELDS:
            identity_field(field, identity)
    except CardError:
        pass
    try:
        address = parse_address(file)
        for field in ADDRESS_FIELDS:
            address_field(field, address)
    except CardError:
        pass
