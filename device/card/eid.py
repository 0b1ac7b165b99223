"""The identity and address files of a Belgian eID, as values (ID/ADDRESS file v5, applet 1.8)."""

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import assert_never

from device.card import mentions, text, tlv
from device.card.birth_date import BirthDate, parse_birth_date
from device.card.card_number import CardNumberCheck, check_card_number
from device.card.document_type import DocumentType, document_type, parse_number
from device.card.errors import CardMalformed
from device.card.mentions import (
    BrexitMention,
    CardAMention,
    Protection,
    SpecialOrganisation,
    SpecialStatus,
    WorkPermit,
    meaning,
)
from device.card.national_number import NationalNumberCheck, check_national_number
from device.card.status import Field
from device.card.validity import parse_optional_validity, parse_validity

_GENDERS = {"M": "M", "F": "F", "V": "F", "W": "F"}
"""One letter for the card's three languages; anything else stays as it is."""


@dataclass(frozen=True, slots=True, repr=False)
class Identity:
    """Hold EF 4031. Texts are NFC, stripped and "" when absent; raw means: as the card writes it.

    A property gives a raw value's meaning and None where it has none that is known. A method does
    the same and raises CardMalformed where the form is wrong: that hurts only who asks.
    `as_written` has the texts that the card spells otherwise than they are handed on (decomposed).
    """

    structure_version: bytes
    card_number: str
    chip_number: bytes
    valid_from_raw: str
    valid_until_raw: str
    issued_in: str
    national_number: str
    surname: str
    first_names: str
    third_initial: str
    nationality: str
    birth_place: str
    birth_date_raw: str
    gender_raw: str
    nobility: str
    document_type_raw: str
    special_status_raw: str
    photo_hash: bytes
    duplicate_raw: str
    special_organisation_raw: str
    member_of_family_raw: str | None
    protection_raw: str
    work_permit_raw: str
    employer_vat_1: str
    employer_vat_2: str
    regional_file_number: str
    basic_key_hash: bytes
    brexit_mention_1_raw: str
    brexit_mention_2_raw: str
    card_a_mention_1_raw: str
    card_a_mention_2_raw: str
    card_eu_start_raw: str
    unknown: Mapping[int, bytes]
    as_written: tuple[str, ...] = field(compare=False)

    @property
    def document_type(self) -> int | None:
        """The document type as a number ("1" and "01" are one), or None when it is none."""
        return parse_number(self.document_type_raw)

    @property
    def known_document_type(self) -> DocumentType | None:
        """The kind of card, or None for a number that no document names."""
        return document_type(self.document_type)

    @property
    def gender(self) -> str:
        """M or F in whatever language the card is; an unknown letter as it is."""
        return _GENDERS.get(self.gender_raw, self.gender_raw)

    @property
    def special_status(self) -> SpecialStatus | None:
        """What tag 10 means."""
        return meaning(SpecialStatus, self.special_status_raw)

    @property
    def duplicate(self) -> int | None:
        """How many times this card was made anew."""
        return parse_number(self.duplicate_raw)

    @property
    def special_organisation(self) -> SpecialOrganisation | None:
        """What tag 13 means."""
        return meaning(SpecialOrganisation, self.special_organisation_raw)

    @property
    def is_member_of_family(self) -> bool:
        """True when tag 14 is there, which is all that it says."""
        return self.member_of_family_raw is not None

    @property
    def work_permit(self) -> WorkPermit | None:
        """What tag 16 means."""
        return meaning(WorkPermit, self.work_permit_raw)

    @property
    def brexit_mentions(self) -> tuple[BrexitMention, ...]:
        """What tags 1B and 1C mean, the unknown and empty left out."""
        codes = (self.brexit_mention_1_raw, self.brexit_mention_2_raw)
        return tuple(m for code in codes if (m := meaning(BrexitMention, code)) is not None)

    @property
    def card_a_mentions(self) -> tuple[CardAMention, ...]:
        """What tags 1D and 1E mean, the unknown and empty left out."""
        codes = (self.card_a_mention_1_raw, self.card_a_mention_2_raw)
        return tuple(m for code in codes if (m := meaning(CardAMention, code)) is not None)

    def birth_date(self) -> BirthDate:
        """Return the birth date. Raises CardMalformed when its form is unknown."""
        return parse_birth_date(self.birth_date_raw)

    def valid_from(self) -> datetime.date:
        """Return the first day of the card. Raises CardMalformed."""
        return parse_validity(self.valid_from_raw)

    def valid_until(self) -> datetime.date:
        """Return the last day of the card. Raises CardMalformed."""
        return parse_validity(self.valid_until_raw)

    def is_expired(self, today: datetime.date) -> bool:
        """Tell whether the last day of the card is over. Raises CardMalformed."""
        return self.valid_until() < today

    def card_eu_start(self) -> datetime.date | None:
        """Return the day of registration (EU) or permanent stay (EU+). Raises CardMalformed."""
        return parse_optional_validity(self.card_eu_start_raw)

    def protection(self) -> Protection | None:
        """Return since when and by whom protected, or None. Raises CardMalformed."""
        return mentions.parse_protection(self.protection_raw)

    def check_national_number(self) -> NationalNumberCheck | None:
        """Return what stands out in the national number beside the birth date, None without one.

        A warning, never a reason to refuse a card.
        """
        if not self.national_number:
            return None
        try:
            birth = self.birth_date()
        except CardMalformed:
            birth = None
        return check_national_number(self.national_number, birth)

    def check_card_number(self) -> CardNumberCheck:
        """Return what stands out in the card number: a hint, never a reason to refuse."""
        return check_card_number(self.card_number)


@dataclass(frozen=True, slots=True, repr=False)
class Address:
    """Hold EF 4033. `street` is street and number as one text; `as_written` as in Identity."""

    structure_version: bytes
    street: str
    postal_code: str
    municipality: str
    unknown: Mapping[int, bytes]
    as_written: tuple[str, ...] = field(compare=False)


def parse_identity(untrusted_file: bytes) -> Identity:
    """Return what EF 4031 says. Raises CardMalformed."""
    values = _Values(tlv.parse(untrusted_file))
    identity = Identity(
        structure_version=values.take(0x00),
        card_number=values.text(0x01),
        chip_number=values.take(0x02),
        valid_from_raw=values.text(0x03),
        valid_until_raw=values.text(0x04),
        issued_in=values.text(0x05),
        national_number=values.text(0x06),
        surname=values.text(0x07),
        first_names=values.text(0x08),
        third_initial=values.text(0x09),
        nationality=values.text(0x0A),
        birth_place=values.text(0x0B),
        birth_date_raw=values.text(0x0C),
        gender_raw=values.text(0x0D),
        nobility=values.text(0x0E),
        document_type_raw=values.text(0x0F),
        special_status_raw=values.text(0x10),
        photo_hash=values.take(0x11),
        duplicate_raw=values.text(0x12),
        special_organisation_raw=values.text(0x13),
        member_of_family_raw=values.text(0x14) if values.has(0x14) else None,
        protection_raw=values.text(0x15),
        work_permit_raw=values.text(0x16),
        employer_vat_1=values.text(0x17),
        employer_vat_2=values.text(0x18),
        regional_file_number=values.text(0x19),
        basic_key_hash=values.take(0x1A),
        brexit_mention_1_raw=values.text(0x1B),
        brexit_mention_2_raw=values.text(0x1C),
        card_a_mention_1_raw=values.text(0x1D),
        card_a_mention_2_raw=values.text(0x1E),
        card_eu_start_raw=values.text(0x1F),
        unknown=values.rest(),
        as_written=values.as_written(),
    )
    if not identity.surname and not identity.first_names:
        raise CardMalformed("identity-without-name")
    return identity


def parse_address(untrusted_file: bytes) -> Address:
    """Return what EF 4033 says. Raises CardMalformed."""
    values = _Values(tlv.parse(untrusted_file))
    return Address(
        structure_version=values.take(0x00),
        street=values.text(0x01),
        postal_code=values.text(0x02),
        municipality=values.text(0x03),
        unknown=values.rest(),
        as_written=values.as_written(),
    )


def identity_field(field: Field, identity: Identity) -> str:
    """Return one declared field of the identity, dates as ISO 8601.

    Raises CardMalformed when this field's own form is unknown; other fields do not suffer.
    """
    match field:
        case Field.SURNAME:
            return identity.surname
        case Field.FIRST_NAMES:
            return identity.first_names
        case Field.BIRTH_DATE:
            return identity.birth_date().iso()
        case Field.CARD_VALID_UNTIL:
            return identity.valid_until().isoformat()
        case Field.NATIONALITY:
            return identity.nationality
        case Field.BIRTH_PLACE:
            return identity.birth_place
        case Field.NATIONAL_NUMBER:
            return identity.national_number
        case Field.CARD_NUMBER:
            return identity.card_number
        case Field.GENDER:
            return identity.gender
        case Field.STREET | Field.POSTAL_CODE | Field.MUNICIPALITY:
            raise ValueError("a field of the address")
        case _:
            assert_never(field)


def address_field(field: Field, address: Address) -> str:
    """Return one declared field of the address."""
    match field:
        case Field.STREET:
            return address.street
        case Field.POSTAL_CODE:
            return address.postal_code
        case Field.MUNICIPALITY:
            return address.municipality
        case _:
            raise ValueError("a field of the identity")


class _Values:
    """Hand out a file's values by tag, and know at the end which were not asked for."""

    def __init__(self, untrusted_values: Mapping[int, bytes]) -> None:
        self._untrusted = dict(untrusted_values)
        self._as_written: list[str] = []

    def has(self, tag: int) -> bool:
        """Tell whether the value is there, empty or not."""
        return tag in self._untrusted

    def take(self, tag: int) -> bytes:
        """Return a value, b"" when absent."""
        return self._untrusted.pop(tag, b"")

    def text(self, tag: int) -> str:
        """Return a value that must be text. Raises CardMalformed."""
        untrusted = self.take(tag)
        checked = text.decode(untrusted)
        if checked.encode() != untrusted.strip(b" "):
            self._as_written.append(text.written(untrusted))
        return checked

    def rest(self) -> Mapping[int, bytes]:
        """Return the values that were not asked for."""
        return MappingProxyType(self._untrusted)

    def as_written(self) -> tuple[str, ...]:
        """Return the texts that the card spells otherwise than they are handed on."""
        return tuple(self._as_written)
