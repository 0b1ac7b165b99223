"""One card as a JSON object: what a technician's tool prints, and nobody keeps."""

import base64
import datetime
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from device.card.apdu import Exchange
from device.card.eid import Address, Identity
from device.card.errors import CardMalformed
from device.card.national_number import NationalNumberCheck
from device.card.single_read import Gathered
from device.card.verdict import Authenticity

_T = TypeVar("_T")


def report(gathered: Gathered, exchange: Exchange, *, has_national_number: bool) -> dict[str, Any]:
    """Return identity, address, verification, warnings and exchange, fit for JSON.

    Texts and codes are as the card has them, null where it says nothing; dates are ISO 8601, null
    where the form is unknown. The national number is left out unless it was asked for. Warnings
    are keywords: what stands out and is no reason to refuse a card.
    """
    identity, address = gathered.identity, gathered.address
    found: dict[str, Any] = {
        "identity": None if identity is None else _identity(identity),
        "address": None if address is None else _address(address),
        "verification": _verification(gathered.authenticity),
        "warnings": [
            *([] if identity is None else _warnings(identity)),
            *(["card-expired"] if gathered.is_expired else []),
            *([] if gathered.is_of_this_chip else ["chip-number-differs"]),
        ],
        "exchange": {"apdus": exchange.apdus, "bytes": exchange.bytes},
    }
    if identity is not None and has_national_number:
        found["identity"]["national_number"] = identity.national_number or None
    if gathered.photo is not None:
        found["photo"] = {
            "bytes": len(gathered.photo),
            "jpeg_base64": base64.b64encode(gathered.photo).decode("ascii"),
        }
    return found


def _identity(identity: Identity) -> dict[str, Any]:
    kind = identity.known_document_type
    return {
        "card_number": identity.card_number or None,
        "chip_number": identity.chip_number.hex().upper() or None,
        "validity_begin": _day(identity.valid_from),
        "validity_end": _day(identity.valid_until),
        "issuing_municipality": identity.issued_in or None,
        "surname": identity.surname or None,
        "given_names": identity.first_names or None,
        "third_name_initial": identity.third_initial or None,
        "nationality": identity.nationality or None,
        "birth_place": identity.birth_place or None,
        "birth_date": _birth(identity),
        "gender": identity.gender or None,
        "nobility": identity.nobility or None,
        "document_type": {
            "number": identity.document_type,
            "name": None if kind is None else kind.english,
        },
        "special_status": identity.special_status_raw or None,
        "special_organisation": identity.special_organisation_raw or None,
        "member_of_family": identity.is_member_of_family,
        "protection": identity.protection_raw or None,
        "work_permit": identity.work_permit_raw or None,
        "duplicate": identity.duplicate_raw or None,
        "employer_vat": [vat for vat in (identity.employer_vat_1, identity.employer_vat_2) if vat],
        "regional_file_number": identity.regional_file_number or None,
        "brexit_mentions": _codes(identity.brexit_mention_1_raw, identity.brexit_mention_2_raw),
        "card_a_mentions": _codes(identity.card_a_mention_1_raw, identity.card_a_mention_2_raw),
        "card_eu_start": _day(identity.card_eu_start),
        "unknown_tags": _unknown(identity.unknown),
    }


def _address(address: Address) -> dict[str, Any]:
    return {
        "street": address.street or None,
        "postal_code": address.postal_code or None,
        "municipality": address.municipality or None,
        "unknown_tags": _unknown(address.unknown),
    }


def _verification(authenticity: Authenticity) -> dict[str, Any]:
    """Return one word for each part, and beside them why, where it is not the good one."""
    parts = {
        "identity": authenticity.identity.values(),
        "address": authenticity.address.values(),
        "photo": authenticity.photo.values(),
        "issuer": authenticity.issuer.values(),
        "revocation": authenticity.revocation.values(),
        "chip": authenticity.chip.values(),
    }
    return {
        **{name: values["verdict"] for name, values in parts.items()},
        "reasons": {name: values["reason"] for name, values in parts.items() if "reason" in values},
        "is_development": authenticity.is_development,
    }


def _warnings(identity: Identity) -> list[str]:
    found = []
    if _known(identity.birth_date) is None:
        found.append("birth-date-unknown-form")
    if _known(identity.valid_until) is None:
        found.append("validity-unknown-form")
    check = identity.check_national_number()
    if check not in (None, NationalNumberCheck.VALID):
        found.append(f"national-number-{check.value}")
    return found


def _birth(identity: Identity) -> dict[str, Any]:
    birth = _known(identity.birth_date)
    return {
        "text": identity.birth_date_raw or None,
        "year": None if birth is None else birth.year,
        "month": None if birth is None else birth.month,
        "day": None if birth is None else birth.day,
    }


def _day(read: Callable[[], datetime.date | None]) -> str | None:
    day = _known(read)
    return None if day is None else day.isoformat()


def _known(read: Callable[[], _T]) -> _T | None:
    try:
        return read()
    except CardMalformed:
        return None


def _codes(*codes: str) -> list[str]:
    return [code for code in codes if code]


def _unknown(values: Mapping[int, bytes]) -> dict[str, str]:
    return {str(tag): value.hex().upper() for tag, value in values.items()}
