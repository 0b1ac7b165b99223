"""The identity and address files of an invented person (content documents v4.01, v5.4, v5)."""

from device.card import tlv
from device.card.forge.person import Person

STRUCTURE_VERSION = b"\x00\x01"
ADDRESS_BYTES_OLD, ADDRESS_BYTES = 117, 121
"""What EF 4033 is filled up to: the longest texts, on newer cards behind a structure version."""

_ALWAYS = {
    0x01: "card_number",
    0x03: "valid_from",
    0x04: "valid_until",
    0x05: "issued_in",
    0x06: "national_number",
    0x07: "surname",
    0x08: "first_names",
    0x09: "third_initial",
    0x0A: "nationality",
    0x0B: "birth_place",
    0x0C: "birth_date",
    0x0D: "gender",
    0x0E: "nobility",
    0x0F: "document_type",
    0x10: "special_status",
}
_SOMETIMES = {
    0x12: "duplicate",
    0x13: "special_organisation",
    0x15: "protection",
    0x16: "work_permit",
    0x17: "employer_vat_1",
    0x18: "employer_vat_2",
    0x19: "regional_file_number",
    0x1B: "brexit_mention_1",
    0x1C: "brexit_mention_2",
    0x1D: "card_a_mention_1",
    0x1E: "card_a_mention_2",
    0x1F: "eu_start_date",
}


def identity_file(
    person: Person, photo_hash: bytes, *, with_version: bool, key_hash: bytes | None
) -> bytes:
    """Return EF 4031, tags ascending. `key_hash` is tag 1A, None where the card has none."""
    values = {tag: str(getattr(person, name)).encode() for tag, name in _ALWAYS.items()}
    for tag, name in _SOMETIMES.items():
        if (text := getattr(person, name)) is not None:
            values[tag] = str(text).encode()
    values |= {0x02: person.chip, 0x11: photo_hash}
    if person.is_family_member:
        values[0x14] = b""
    if key_hash is not None:
        values[0x1A] = key_hash
    if with_version:
        values[0x00] = STRUCTURE_VERSION
    return tlv.encode(dict(sorted(values.items())))


def address_file(person: Person, *, with_version: bool, is_oldest: bool = False) -> bytes:
    """Return EF 4033, zero padded as cards are."""
    version = {0x00: STRUCTURE_VERSION} if with_version else {}
    file = tlv.encode(
        version
        | {
            0x01: person.street.encode(),
            0x02: person.postal_code.encode(),
            0x03: person.municipality.encode(),
        }
    )
    return file.ljust(ADDRESS_BYTES_OLD if is_oldest else ADDRESS_BYTES, b"\0")
