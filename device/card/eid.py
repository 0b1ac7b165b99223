"""The identity and address files of a Belgian eID, as values (ID/ADDRESS file v5, applet 1.8)."""

import datetime
import unicodedata
from dataclasses import dataclass
from typing import assert_never

from device.card import tlv
from device.card.birth_date import BirthDate, parse_birth_date
from device.card.errors import CardMalformed
from device.card.status import Field

MAX_TEXT_BYTES = 110
"""The longest text that any field announces (surname)."""

_NOT_TEXT = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
"""Unicode categories that no name has and that could steer a screen or a printer."""

_GENDERS = {"M": "M", "F": "F", "V": "F", "W": "F"}
"""One letter for the card's three languages; anything else stays as it is."""


@dataclass(frozen=True, slots=True, repr=False)
class Identity:
    """Hold EF 4031. Texts are stripped and "" when absent; raw means: as the card writes it."""

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
    special_status: str
    photo_hash: bytes
    basic_key_hash: bytes

    @property
    def document_type(self) -> int | None:
        """The document type as a number ("1" and "01" are one), or None when it is none."""
        raw = self.document_type_raw
        return int(raw) if raw.isascii() and raw.isdigit() else None

    @property
    def gender(self) -> str:
        """M or F in whatever language the card is; an unknown letter as it is."""
        return _GENDERS.get(self.gender_raw, self.gender_raw)

    def birth_date(self) -> BirthDate:
        """Return the birth date. Raises CardMalformed when its form is unknown."""
        return parse_birth_date(self.birth_date_raw)

    def valid_from(self) -> datetime.date:
        """Return the first day of the card. Raises CardMalformed."""
        return parse_validity(self.valid_from_raw)

    def valid_until(self) -> datetime.date:
        """Return the last day of the card. Raises CardMalformed."""
        return parse_validity(self.valid_until_raw)


@dataclass(frozen=True, slots=True, repr=False)
class Address:
    """Hold EF 4033. `street` is street and number as one text."""

    street: str
    postal_code: str
    municipality: str


def parse_identity(untrusted_file: bytes) -> Identity:
    """Return what EF 4031 says. Raises CardMalformed."""
    values = tlv.parse(untrusted_file)
    text = _Texts(values)
    identity = Identity(
        card_number=text[0x01],
        chip_number=values.get(0x02, b""),
        valid_from_raw=text[0x03],
        valid_until_raw=text[0x04],
        issued_in=text[0x05],
        national_number=text[0x06],
        surname=text[0x07],
        first_names=text[0x08],
        third_initial=text[0x09],
        nationality=text[0x0A],
        birth_place=text[0x0B],
        birth_date_raw=text[0x0C],
        gender_raw=text[0x0D],
        nobility=text[0x0E],
        document_type_raw=text[0x0F],
        special_status=text[0x10],
        photo_hash=values.get(0x11, b""),
        basic_key_hash=values.get(0x1A, b""),
    )
    if not identity.surname and not identity.first_names:
        raise CardMalformed("identity-without-name")
    return identity


def parse_address(untrusted_file: bytes) -> Address:
    """Return what EF 4033 says. Raises CardMalformed."""
    text = _Texts(tlv.parse(untrusted_file))
    return Address(street=text[0x01], postal_code=text[0x02], municipality=text[0x03])


def parse_validity(untrusted_text: str) -> datetime.date:
    """Return the date of tags 03 and 04: DD.MM.YYYY with any separator. Raises CardMalformed."""
    digits = untrusted_text[0:2] + untrusted_text[3:5] + untrusted_text[6:10]
    if len(untrusted_text) != 10 or not (digits.isascii() and digits.isdigit()):
        raise CardMalformed("validity-form")
    try:
        return datetime.date(int(digits[4:]), int(digits[2:4]), int(digits[:2]))
    except ValueError as error:
        raise CardMalformed("validity-date") from error


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


class _Texts:
    """Decode values by tag, each checked to be text."""

    def __init__(self, untrusted_values: dict[int, bytes]) -> None:
        self._untrusted = untrusted_values

    def __getitem__(self, tag: int) -> str:
        untrusted = self._untrusted.get(tag, b"")
        if len(untrusted) > MAX_TEXT_BYTES:
            raise CardMalformed("text-too-long")
        try:
            text = untrusted.decode("utf-8").strip()
        except UnicodeDecodeError:
            # Without its cause: a UnicodeDecodeError carries the bytes.
            raise CardMalformed("text-not-utf8") from None
        if any(unicodedata.category(character) in _NOT_TEXT for character in text):
            raise CardMalformed("text-with-control-characters")
        return text
