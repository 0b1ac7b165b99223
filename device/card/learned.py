"""Which traces a card leaves: every value it tells, and how values stand together on paper."""

import contextlib
from collections.abc import Iterable, Iterator, Mapping

from device.card import text
from device.card.birth_date import BirthDate
from device.card.eid import Address, Identity
from device.card.errors import CardMalformed
from device.card.traces import Trace, TraceKind

_LONGEST_CODE = 2
"""Characters of the longest code that is known (a duplicate's number, a special status)."""


def of_card_data(card_data: bytes) -> Iterator[Trace]:
    """Yield the chip number, as hexadecimal digits.

    Once: the search makes all ASCII letters small (kiosk/wipe/needles.py), and a second spelling
    would find nothing more and be counted as a second value.
    """
    yield Trace(TraceKind.VALUE, card_data[:16].hex())


def of_identity(identity: Identity) -> Iterator[Trace]:
    """Yield what EF 4031 told, of unknown tags too.

    Codes stand for thousands of people; one longer than any known code may be anything.
    """
    for number in (
        identity.national_number,
        identity.card_number,
        identity.employer_vat_1,
        identity.employer_vat_2,
        identity.regional_file_number,
    ):
        yield Trace(TraceKind.NUMBER, number)
    for value in (
        identity.surname,
        identity.first_names,
        identity.third_initial,
        identity.birth_date_raw,
        identity.birth_place,
        identity.nationality,
        identity.issued_in,
        identity.nobility,
        identity.valid_from_raw,
        identity.valid_until_raw,
        identity.document_type_raw,
        identity.gender_raw,
        identity.protection_raw,
        identity.card_eu_start_raw,
        *filter(_is_no_code, _codes(identity)),
        *_apart(identity.unknown, identity.as_written),
    ):
        yield Trace(TraceKind.VALUE, value)
    surname, first_names = identity.surname, identity.first_names
    births = [identity.birth_date_raw, *_births(identity)]
    for birth in births[1:]:
        yield Trace(TraceKind.VALUE, birth)
    for given in dict.fromkeys((first_names, first_names.partition(" ")[0])):
        for name in (f"{surname} {given}", f"{given} {surname}"):
            yield Trace(TraceKind.JOINED, name)
            for birth in births:
                yield Trace(TraceKind.JOINED, f"{name} {birth}")


def of_address(address: Address) -> Iterator[Trace]:
    """Yield what EF 4033 told. Street and number are one value on the card, so a joined one."""
    for value in _apart(address.unknown, address.as_written):
        yield Trace(TraceKind.VALUE, value)
    yield Trace(TraceKind.JOINED, address.street)
    yield Trace(TraceKind.VALUE, address.postal_code)
    yield Trace(TraceKind.VALUE, address.municipality)
    yield Trace(TraceKind.JOINED, f"{address.postal_code} {address.municipality}")


def _codes(identity: Identity) -> tuple[str, ...]:
    return (
        identity.special_status_raw,
        identity.duplicate_raw,
        identity.special_organisation_raw,
        identity.member_of_family_raw or "",
        identity.work_permit_raw,
        identity.brexit_mention_1_raw,
        identity.brexit_mention_2_raw,
        identity.card_a_mention_1_raw,
        identity.card_a_mention_2_raw,
    )


def _is_no_code(value: str) -> bool:
    return len(value) > _LONGEST_CODE


def _apart(unknown: Mapping[int, bytes], as_written: Iterable[str]) -> Iterator[str]:
    """Yield texts that stand in no field, and fields as memory may have them from the card."""
    yield from as_written
    for untrusted in unknown.values():
        # What is no text can only be met as the bytes it is, and those are the reading child's.
        with contextlib.suppress(CardMalformed):
            untrusted_text = text.written(untrusted)
            if _is_no_code(untrusted_text):
                yield untrusted_text


def _births(identity: Identity) -> list[str]:
    try:
        birth = identity.birth_date()
    except CardMalformed:
        return []
    return [birth.iso(), *_printed(birth)]


def _printed(birth: BirthDate) -> list[str]:
    if birth.month is None or birth.day is None:
        return []
    return [
        f"{birth.day:02}{mark}{birth.month:02}{mark}{birth.year:04}" for mark in (".", "/", "-")
    ]
