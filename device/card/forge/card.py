"""Making the content of a whole virtual card."""

import hashlib
from dataclasses import dataclass, replace

from device.card import files
from device.card.forge.chip import (
    APPLET_11,
    APPLET_17,
    APPLET_18,
    CARD_DATA,
    CARD_DATA_MORE,
    holder_certificates,
    holder_key,
    make_basic_key,
)
from device.card.forge.keys import KeyRing
from device.card.forge.person import Person
from device.card.forge.pkcs15 import directory_files
from device.card.forge.portrait import portrait
from device.card.forge.records import address_file, identity_file
from device.card.forge.register import Register
from device.card.virtual import ATR_17, ATR_18, CardContent, EndRule, LeRule

BASIC_KEY = bytes.fromhex("3F00DF014040")
PREFERENCES = bytes.fromhex("3F00DF014039")
AUTHENTICATION_CERTIFICATE = bytes.fromhex("3F00DF005038")
SIGNATURE_CERTIFICATE = bytes.fromhex("3F00DF005039")
CITIZEN_AUTHORITY = bytes.fromhex("3F00DF00503A")
HOLDER_FILES = (AUTHENTICATION_CERTIFICATE, SIGNATURE_CERTIFICATE)
"""What no reading may ever touch."""

_TAIL = {APPLET_11: 50, APPLET_17: 50, APPLET_18: 1100}
"""Zeros after a certificate, as cards of each applet have them."""
_ABSENT = {APPLET_11: 1300, APPLET_17: 1300, APPLET_18: 2500}
"""Zeros in the place of a certificate."""
_PREFERENCES_BYTES = 100


@dataclass(frozen=True, slots=True)
class Make:
    """Tell how a card is made: its generation, its habits, and what was changed after signing.

    `applet` is 0x11, 0x17 or 0x18, `photo_hash` one that hashlib names. `with_version`: both files
    begin with tag 00, which not all cards have (OpenSC 0.23 cannot read those). `with_holder`: a
    card of a child has zeros instead of certificates. `with_empty_key_hash`: tag 1A is there and
    empty, as on some cards of applet 1.7.
    """

    applet: int
    photo_hash: str
    with_version: bool = False
    with_holder: bool = True
    with_empty_key_hash: bool = False
    altered_surname: str | None = None
    altered_street: str | None = None
    altered_photo: bool = False
    le_rule: LeRule = LeRule.SAY_6C
    end_rule: EndRule = EndRule.REFUSE
    says_61: bool = False


def shown(person: Person, make: Make) -> Person:
    """Return the person as the card's files say it, changes after signing included."""
    if make.altered_surname is not None:
        person = replace(person, surname=make.altered_surname)
    if make.altered_street is not None:
        person = replace(person, street=make.altered_street)
    return person


def forge_card(person: Person, register: Register, make: Make, ring: KeyRing) -> CardContent:
    """Return the content of a person's card, signed by the register."""
    is_new = make.applet == APPLET_18
    basic_key = make_basic_key() if is_new else None
    photo = portrait(person.chip, is_new=is_new)
    photo_hash = hashlib.new(make.photo_hash, photo).digest()
    key_hash = b"" if make.with_empty_key_hash else None
    if basic_key is not None:
        key_hash = hashlib.sha384(basic_key.file).digest()

    def identity_of(one: Person) -> bytes:
        return identity_file(one, photo_hash, with_version=make.with_version, key_hash=key_hash)

    def address_of(one: Person) -> bytes:
        return address_file(one, with_version=make.with_version, is_oldest=make.applet == APPLET_11)

    identity_signature = register.sign(identity_of(person))
    address_signature = register.sign(address_of(person).rstrip(b"\0") + identity_signature)
    seen = shown(person, make)
    content = {
        files.IDENTITY: identity_of(seen),
        files.IDENTITY_SIGNATURE: identity_signature,
        files.ADDRESS: address_of(seen),
        files.ADDRESS_SIGNATURE: address_signature,
        files.PHOTO: portrait(person.chip[::-1], is_new=is_new) if make.altered_photo else photo,
    }
    content |= _certificates(person, register, make, ring)
    content |= directory_files(person.chip, holder_key(make.applet, ring).public_key())
    if basic_key is None:
        content[PREFERENCES] = bytes(_PREFERENCES_BYTES)
    else:
        content[BASIC_KEY] = basic_key.file
    return CardContent(
        atr=ATR_18 if is_new else ATR_17,
        card_data=person.chip + CARD_DATA[make.applet],
        card_data_more=CARD_DATA_MORE if is_new else b"",
        files=content,
        le_rule=make.le_rule,
        end_rule=make.end_rule,
        says_61=make.says_61,
        authenticate=None if basic_key is None else basic_key.authenticate,
    )


def _certificates(
    person: Person, register: Register, make: Make, ring: KeyRing
) -> dict[bytes, bytes]:
    tail, absent = bytes(_TAIL[make.applet]), bytes(_ABSENT[make.applet])
    certificates = {
        files.ROOT_CERTIFICATE: register.root + tail,
        files.RRN_CERTIFICATE: register.certificate + tail,
        CITIZEN_AUTHORITY: register.authority + tail,
    }
    if not make.with_holder:
        return certificates | dict.fromkeys(HOLDER_FILES, absent)
    own = holder_certificates(person, register, holder_key(make.applet, ring))
    return certificates | {file: der + tail for file, der in zip(HOLDER_FILES, own, strict=True)}
