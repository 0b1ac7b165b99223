"""The identity and address files: values, limits, and hostile bytes."""

import contextlib
import dataclasses
import datetime
import functools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device.card import learned, tlv
from device.card.card_number import CardNumberCheck
from device.card.document_type import DocumentType
from device.card.eid import (
    Identity,
    address_field,
    identity_field,
    parse_address,
    parse_identity,
)
from device.card.errors import CardError, CardMalformed
from device.card.mentions import (
    BrexitMention,
    CardAMention,
    SpecialOrganisation,
    SpecialStatus,
    WorkPermit,
)
from device.card.national_number import NationalNumberCheck
from device.card.status import ADDRESS_FIELDS, IDENTITY_FIELDS, Field
from device.card.text import decode


def identity_of(**texts: str) -> Identity:
    """Parse an identity file with these texts; tags as t07="…"."""
    values = {0x07: b"Nergens", 0x0C: b"01 JAN 1901", 0x04: b"01.02.2030"}
    values |= {int(tag[1:], 16): text.encode() for tag, text in texts.items()}
    return parse_identity(tlv.encode(dict(sorted(values.items()))))


def test_texts_lose_their_padding() -> None:
    padded = identity_of(t07="Nergens   ")
    assert (padded.surname, padded.as_written) == ("Nergens", ())
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


WRITTEN = {
    0x00: b"\x00\x07",
    0x01: b"591999999997",
    0x02: bytes(range(16)),
    0x03: b"01.02.2020",
    0x04: b"01.02.2030",
    0x05: "Li\u00e8ge".encode(),
    0x06: b"61031400002",
    0x07: b"Nergens",
    0x08: b"Niemand Nul",
    0x09: b"Q",
    0x0A: b"Belg",
    0x0B: b"Ergens",
    0x0C: "14.M\u00c4R.1961".encode(),
    0x0D: b"W",
    0x0E: b"Jonkheer",
    0x0F: b"36",
    0x10: b"3",
    0x11: bytes(48),
    0x12: b"02",
    0x13: b"5",
    0x14: b"",
    0x15: b"28.02.2019-BE",
    0x16: b"7",
    0x17: b"0999.999.922",
    0x18: b"0999.999.823",
    0x19: b"R00000000000000001",
    0x1A: bytes(range(48)),
    0x1B: b"B",
    0x1C: b"C",
    0x1D: b"D",
    0x1E: b"K",
    0x1F: b"03.04.2021",
    0x20: b"\xff\x00",
    0xFE: b"new",
}


def test_every_tag_of_an_identity_has_its_place() -> None:
    identity = parse_identity(tlv.encode(WRITTEN))

    assert {
        "structure_version": b"\x00\x07",
        "card_number": "591999999997",
        "chip_number": bytes(range(16)),
        "valid_from_raw": "01.02.2020",
        "valid_until_raw": "01.02.2030",
        "issued_in": "Li\u00e8ge",
        "national_number": "61031400002",
        "surname": "Nergens",
        "first_names": "Niemand Nul",
        "third_initial": "Q",
        "nationality": "Belg",
        "birth_place": "Ergens",
        "birth_date_raw": "14.M\u00c4R.1961",
        "gender_raw": "W",
        "nobility": "Jonkheer",
        "document_type_raw": "36",
        "special_status_raw": "3",
        "photo_hash": bytes(48),
        "duplicate_raw": "02",
        "special_organisation_raw": "5",
        "member_of_family_raw": "",
        "protection_raw": "28.02.2019-BE",
        "work_permit_raw": "7",
        "employer_vat_1": "0999.999.922",
        "employer_vat_2": "0999.999.823",
        "regional_file_number": "R00000000000000001",
        "basic_key_hash": bytes(range(48)),
        "brexit_mention_1_raw": "B",
        "brexit_mention_2_raw": "C",
        "card_a_mention_1_raw": "D",
        "card_a_mention_2_raw": "K",
        "card_eu_start_raw": "03.04.2021",
        "unknown": {0x20: b"\xff\x00", 0xFE: b"new"},
        "as_written": (),
    } == {field.name: getattr(identity, field.name) for field in dataclasses.fields(identity)}


def test_every_code_of_an_identity_has_its_meaning() -> None:
    identity = parse_identity(tlv.encode(WRITTEN))
    protection = identity.protection()

    assert identity.document_type == 36
    assert identity.known_document_type is DocumentType.F_PLUS_2021
    assert identity.gender == "F"
    assert identity.special_status is SpecialStatus.WHITE_CANE_EXTENDED_MINORITY
    assert identity.duplicate == 2
    assert identity.special_organisation is SpecialOrganisation.RESEARCHER
    assert identity.is_member_of_family
    assert protection is not None
    assert (datetime.date(2019, 2, 28), "BE") == (protection.since, protection.country)
    assert identity.work_permit is WorkPermit.UNLIMITED
    assert identity.brexit_mentions == (
        BrexitMention.WITHDRAWAL_AGREEMENT,
        BrexitMention.PERMANENT_RESIDENCE,
    )
    assert identity.card_a_mentions == (CardAMention.STUDENT, CardAMention.MOBILITY_PROGRAMME)
    assert identity.valid_from() == datetime.date(2020, 2, 1)
    assert identity.valid_until() == datetime.date(2030, 2, 1)
    assert identity.card_eu_start() == datetime.date(2021, 4, 3)
    assert identity.birth_date().iso() == "1961-03-14"


def test_a_card_that_says_no_more_than_a_name_has_the_rest_empty() -> None:
    identity = parse_identity(tlv.encode({7: b"Nergens"}))

    assert identity.structure_version == b""
    assert identity.document_type is None
    assert identity.known_document_type is None
    assert identity.special_status is None
    assert identity.duplicate is None
    assert identity.special_organisation is None
    assert not identity.is_member_of_family
    assert identity.work_permit is None
    assert identity.brexit_mentions == identity.card_a_mentions == ()
    assert identity.protection() is None
    assert identity.card_eu_start() is None
    assert identity.check_national_number() is None
    assert identity.check_card_number() is CardNumberCheck.NOT_CHECKED
    assert identity.unknown == {}


def test_an_old_card_ends_with_empty_elements() -> None:
    # given the end that cards of applet 1.7 may have
    identity = parse_identity(tlv.encode({7: b"Nergens"}) + bytes.fromhex("1A001B001C00"))

    assert identity.basic_key_hash == b""
    assert identity.brexit_mentions == ()


def test_an_unknown_code_stays_as_it_is_and_fails_nothing() -> None:
    identity = identity_of(
        t0F="77", t10="9", t12="x", t13="9", t14="", t16="Z", t1B="Z", t1C="C", t1D="Z", t1E="Z"
    )

    assert (identity.document_type, identity.known_document_type) == (77, None)
    assert (identity.special_status_raw, identity.special_status) == ("9", None)
    assert (identity.duplicate_raw, identity.duplicate) == ("x", None)
    assert (identity.special_organisation_raw, identity.special_organisation) == ("9", None)
    assert (identity.work_permit_raw, identity.work_permit) == ("Z", None)
    assert identity.brexit_mentions == (BrexitMention.PERMANENT_RESIDENCE,)
    assert identity.card_a_mentions == ()
    assert identity.card_a_mention_2_raw == "Z"


def test_a_family_member_is_told_by_the_tag_alone() -> None:
    assert identity_of(t14="").is_member_of_family
    assert identity_of(t14="0").is_member_of_family
    assert not identity_of().is_member_of_family


def test_a_wrong_form_hurts_only_who_asks_for_it() -> None:
    identity = identity_of(t03="x", t04="x", t15="x", t1F="x")

    for ask in (
        identity.valid_from,
        identity.valid_until,
        identity.protection,
        identity.card_eu_start,
    ):
        with pytest.raises(CardMalformed):
            ask()
    with pytest.raises(CardMalformed):
        identity.is_expired(datetime.date(2026, 1, 1))
    assert identity.surname == "Nergens"


def test_a_card_is_good_on_its_last_day_and_expired_the_day_after() -> None:
    identity = identity_of(t04="28.02.2031")

    assert not identity.is_expired(datetime.date(2031, 2, 28))
    assert identity.is_expired(datetime.date(2031, 3, 1))


def test_the_national_number_is_checked_beside_the_birth_date_if_that_is_known() -> None:
    def check(number: str, birth: str) -> NationalNumberCheck | None:
        return identity_of(t06=number, t0C=birth).check_national_number()

    born_1961, born_2061 = "61031400009", "61031400038"
    assert check(born_1961, "14 MAR 1961") is NationalNumberCheck.VALID
    assert check(born_2061, "14 MAR 1961") is NationalNumberCheck.WRONG_CHECK_DIGITS
    assert check(born_1961, "15 MAR 1961") is NationalNumberCheck.OTHER_BIRTH_DATE
    assert check(born_1961, "1961") is NationalNumberCheck.VALID
    assert check(born_2061, "14 XYZ 1961") is NationalNumberCheck.VALID


def test_a_card_number_is_checked_but_never_refused() -> None:
    assert identity_of(t01="000000000097").check_card_number() is CardNumberCheck.VALID
    assert identity_of(t01="000000000000").check_card_number() is CardNumberCheck.WRONG_CHECK_DIGITS


def test_every_tag_of_an_address_has_its_place() -> None:
    file = tlv.encode({0: b"\0\1", 1: b"Nergensstraat 1", 2: b"1000", 3: b"Ergens", 4: b"?"})
    address = parse_address(file.ljust(121, b"\0"))

    assert {
        "structure_version": b"\0\1",
        "street": "Nergensstraat 1",
        "postal_code": "1000",
        "municipality": "Ergens",
        "unknown": {4: b"?"},
        "as_written": (),
    } == {field.name: getattr(address, field.name) for field in dataclasses.fields(address)}


def test_one_name_in_two_spellings_is_one_identity() -> None:
    composed = identity_of(t07="N\u00e9rg\u00eans", t0C="14.M\u00c4R.1961")
    decomposed = identity_of(t07="Ne\u0301rge\u0302ns", t0C="14.MA\u0308R.1961")

    assert composed == decomposed
    assert composed.surname == decomposed.surname == "N\u00e9rg\u00eans"
    assert composed.as_written == ()
    assert decomposed.as_written == ("Ne\u0301rge\u0302ns", "14.MA\u0308R.1961")


def test_the_largest_envisioned_identity_is_read() -> None:
    # given every field as long as it is announced
    longest = {0x00: 2, 0x01: 12, 0x02: 16, 0x03: 10, 0x04: 10, 0x05: 80, 0x06: 11, 0x07: 110}
    longest |= {0x08: 95, 0x09: 3, 0x0A: 85, 0x0B: 80, 0x0C: 12, 0x0D: 1, 0x0E: 50, 0x0F: 2}
    longest |= {0x10: 2, 0x11: 48, 0x12: 2, 0x13: 1, 0x14: 0, 0x15: 13, 0x16: 1, 0x17: 13}
    longest |= {0x18: 13, 0x19: 18, 0x1A: 48, 0x1B: 1, 0x1C: 1, 0x1D: 1, 0x1E: 1, 0x1F: 10}
    file = tlv.encode({tag: b"A" * length for tag, length in longest.items()})

    assert len(file) == tlv.LARGEST_IDENTITY_BYTES
    assert len(parse_identity(file).surname) == 110


def test_a_field_longer_than_announced_but_no_longer_than_a_surname_hurts_nobody() -> None:
    assert identity_of(t05="A" * 110, t0E="A" * 110, t0F="1" * 110).issued_in == "A" * 110


def test_no_error_and_no_repr_tells_what_the_card_said() -> None:
    identity = identity_of(t06="00000099929")

    assert "Nergens" not in repr(identity)
    assert "Nergens" not in repr(parse_address(tlv.encode({1: b"Nergens"})))
    with pytest.raises(CardMalformed) as caught:
        parse_identity(tlv.encode({7: b"Nergens\xff"}))
    assert "Nergens" not in repr(caught.value)
    assert caught.value.__cause__ is None


def ask_everything(identity: Identity) -> None:
    """Ask for every value: each is one, or a CardError."""
    asked = [
        *(functools.partial(identity_field, field, identity) for field in IDENTITY_FIELDS),
        *(getattr(identity, name) for name in METHODS),
        functools.partial(identity.is_expired, datetime.date(2026, 1, 1)),
        *(functools.partial(getattr, identity, name) for name in PROPERTIES),
        lambda: list(learned.of_identity(identity)),
    ]
    for ask in asked:
        with contextlib.suppress(CardError):
            ask()


PROPERTIES = [name for name, value in vars(Identity).items() if isinstance(value, property)]
METHODS = (
    "birth_date",
    "valid_from",
    "valid_until",
    "card_eu_start",
    "protection",
    "check_national_number",
    "check_card_number",
)


@given(st.binary(max_size=900))
def test_any_bytes_are_an_identity_or_a_card_error(untrusted: bytes) -> None:
    try:
        identity = parse_identity(untrusted)
    except CardError:
        return
    ask_everything(identity)


TEXTS = st.one_of(
    st.text(max_size=30).map(str.encode),
    st.text(st.characters(categories=["L", "Mn", "N", "Zs", "Cf"]), max_size=30).map(str.encode),
    st.from_regex(rb"[0-9 ]{2}[. ][A-Z. ]{3,4}[. ][0-9]{4}", fullmatch=True),
    st.from_regex(rb"[0-9]{2}.[0-9]{2}.[0-9]{4}(-[A-Z]{2})?", fullmatch=True),
    st.from_regex(rb"[0-9]{11,12}", fullmatch=True),
)


@given(st.dictionaries(st.integers(0, 40), st.one_of(st.binary(max_size=30), TEXTS)))
def test_any_elements_are_an_identity_or_a_card_error(untrusted: dict[int, bytes]) -> None:
    file = tlv.encode(dict(sorted(untrusted.items())))
    with contextlib.suppress(CardError):
        ask_everything(parse_identity(file))
    with contextlib.suppress(CardError):
        address = parse_address(file)
        for field in ADDRESS_FIELDS:
            address_field(field, address)
        list(learned.of_address(address))


@given(st.dictionaries(st.integers(0, 0x1F), TEXTS), st.text("Aé ñ", max_size=20))
def test_no_value_of_an_identity_is_lost(others: dict[int, bytes], name: str) -> None:
    # given texts in every tag, and a name
    untrusted = others | {0x07: f"N{name}".encode()}
    try:
        identity = parse_identity(tlv.encode(dict(sorted(untrusted.items()))))
    except CardError:
        return
    values = [getattr(identity, field.name) for field in dataclasses.fields(identity)]

    for tag, value in untrusted.items():
        if tag in (0x00, 0x02, 0x11, 0x1A):
            assert value in values
        else:
            assert decode(value) in values
