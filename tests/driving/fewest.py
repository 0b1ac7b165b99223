"""The fewest commands and bytes that reading a card could take: a yardstick, made from its files.

Who knew all lengths beforehand would ask once whose card it is, select each file that is needed
once, and read in full answers of 256 bytes what is signed and no more: identity, address without
its zeros, signatures as long as their key makes them, the register's certificate, the root only
where none is known, the photo where it is wanted.
"""

from __future__ import annotations

from dataclasses import dataclass

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa

from device.card import files, tlv
from device.card.single_read import Wanted
from device.card.virtual import CardContent

FULL = 256
_SELECT = 5 + 6 + 2
"""Header, path, status word."""
_ASK = 5 + 2
"""A READ BINARY or GET CARD DATA and its status word."""


@dataclass(frozen=True)
class Fewest:
    """Hold a number of commands, and of bytes both ways, status words included."""

    apdus: int
    bytes: int


def fewest(content: CardContent, wanted: Wanted, *, root_is_known: bool) -> Fewest:
    """Return the least that reading what is wanted from this card could take."""
    needed = _needed(content, wanted)
    if not root_is_known:
        needed.append(_der(content.files[files.ROOT_CERTIFICATE]))
    reads = [-(-length // FULL) for length in needed]
    return Fewest(
        apdus=1 + len(needed) + sum(reads),
        bytes=_ASK
        + files.CARD_DATA_BYTES
        + len(needed) * _SELECT
        + sum(reads) * _ASK
        + sum(needed),
    )


def _needed(content: CardContent, wanted: Wanted) -> list[int]:
    """Return how much of each file is needed."""
    held = content.files
    rrn = held[files.RRN_CERTIFICATE][: _der(held[files.RRN_CERTIFICATE])]
    key = x509.load_der_x509_certificate(rrn).public_key()
    needed = [len(rrn)]
    if isinstance(key, rsa.RSAPublicKey):
        stored = signature = key.key_size // 8
    else:
        stored = len(held[files.IDENTITY_SIGNATURE])
        signature = _der(held[files.ADDRESS_SIGNATURE])
    if wanted.needs_identity:
        needed.append(len(held[files.IDENTITY]))
    if wanted.needs_address:
        needed += [tlv.used_length(held[files.ADDRESS]), stored, signature]
    elif isinstance(key, rsa.RSAPublicKey):
        needed.append(stored)
    else:
        needed.append(_der(held[files.IDENTITY_SIGNATURE]))
    if wanted.has_photo:
        needed.append(len(held[files.PHOTO]))
    return needed


def _der(file: bytes) -> int:
    length = tlv.der_length(file)
    assert length is not None
    return length
