"""Which traces a card leaves: every value it tells, and how values stand together on paper."""

from collections.abc import Iterator

from device.card.birth_date import BirthDate
from device.card.eid import Address, Identity
from device.card.errors import CardMalformed
from device.card.traces import Trace, TraceKind


def of_card_data(card_data: bytes) -> Iterator[Trace]:
    """Yield the chip number, as hexadecimal digits in both cases."""
    chip = card_data[:16].hex()
    yield Trace(TraceKind.VALUE, chip)
    yield Trace(TraceKind.VALUE, chip.upper())


def of_identity(identity: Identity) -> Iterator[Trace]:
    """Yield what EF 4031 told."""
    for number in (identity.national_number, identity.card_number):
        yield Trace(TraceKind.NUMBER, number)
    for value in (
        identity.surname,
        identity.first_names,
        identity.birth_date_raw,
        identity.birth_place,
        identity.nationality,
        identity.issued_in,
        identity.nobility,
        identity.valid_from_raw,
        identity.valid_until_raw,
        identity.document_type_raw,
        identity.gender_raw,
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
    yield Trace(TraceKind.JOINED, address.street)
    yield Trace(TraceKind.VALUE, address.postal_code)
    yield Trace(TraceKind.VALUE, address.municipality)
    yield Trace(TraceKind.JOINED, f"{address.postal_code} {address.municipality}")


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
