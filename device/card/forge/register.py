"""A test National Register for every generation of cards.

Nothing here is trusted by a device: its roots count only where a development trust folder is
given, and the result then says so.
"""

import datetime
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import assert_never

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.x509.oid import NameOID

from device.card.forge.certificates import belgian, certify
from device.card.forge.keys import KeyRing, PrivateKey

SIGNATURE_FILE_BYTES = 256
_LONG_NAME = (
    (NameOID.LOCALITY_NAME, "Brussels"),
    (NameOID.ORGANIZATION_NAME, "Relais, for tests and demonstrations only"),
    (NameOID.ORGANIZATIONAL_UNIT_NAME, "Nobody trusts this register outside a development folder"),
    (NameOID.ORGANIZATIONAL_UNIT_NAME, "made on the spot"),
)
"""The root of applet 1.8 has a long name (eid.md, 5.2)."""


class Signing(Enum):
    """Name the key and the hash of a register; the value names its root's file."""

    RSA_1024_SHA1 = "rsa-1024-sha1"
    RSA_2048_SHA1 = "rsa-2048-sha1"
    RSA_2048_SHA256 = "rsa"
    EC_P384_SHA384 = "ec"

    @property
    def has_sha1(self) -> bool:
        """True when certificates and card data are signed with SHA-1."""
        return self in (Signing.RSA_1024_SHA1, Signing.RSA_2048_SHA1)


@dataclass(frozen=True, slots=True)
class Register:
    """Hold a test National Register: a root, its certificate for card data, and that one's key.

    `authority` signs holders' certificates; a register that a test makes by hand has none.
    """

    root: bytes
    certificate: bytes
    key: PrivateKey
    with_sha1: bool = False
    authority: bytes = b""
    authority_key: PrivateKey | None = None

    @property
    def signature_bytes(self) -> int:
        """The length of its signature files: 128 for RSA-1024, else 256."""
        is_small = isinstance(self.key, rsa.RSAPrivateKey) and self.key.key_size == 1024
        return 128 if is_small else SIGNATURE_FILE_BYTES

    def sign(self, content: bytes) -> bytes:
        """Return the signature file over the content, as long as a card's."""
        if isinstance(self.key, rsa.RSAPrivateKey):
            digest = hashes.SHA1() if self.with_sha1 else hashes.SHA256()  # noqa: S303  old cards
            signature = self.key.sign(content, padding.PKCS1v15(), digest)
        else:
            signature = self.key.sign(content, ec.ECDSA(hashes.SHA384()))
        return signature.ljust(self.signature_bytes, b"\0")


def found_register(name: str, *, with_rsa: bool, folder: Path | None = None) -> Register:
    """Make a root and a register certificate with an RSA-2048 or P-384 key, of today's hashes."""
    signing = Signing.RSA_2048_SHA256 if with_rsa else Signing.EC_P384_SHA384
    return found(name, signing, KeyRing(folder))


def found(
    name: str, signing: Signing, ring: KeyRing, *, last_day: datetime.datetime | None = None
) -> Register:
    """Make a root, a register certificate and an authority for holders' certificates.

    The root is the same whenever the ring has it already. `last_day` ends the register's own
    certificate, in the past if a test wants that.
    """
    root_key: PrivateKey
    key: PrivateKey
    authority_key: PrivateKey
    match signing:
        case Signing.EC_P384_SHA384:
            root_key, key = ring.ec(f"{name}-root"), ring.ec(f"{name}-register")
            authority_key = ring.ec("authority")
        case Signing.RSA_1024_SHA1 | Signing.RSA_2048_SHA1 | Signing.RSA_2048_SHA256:
            bits = 1024 if signing is Signing.RSA_1024_SHA1 else 2048
            root_key = ring.rsa(f"{name}-root", 2048)
            key = ring.rsa(f"{name}-register", bits)
            authority_key = ring.rsa("authority", 2048)
        case _:
            assert_never(signing)
    is_ec = signing is Signing.EC_P384_SHA384
    root_name = belgian(f"Relais twin test root {name}", *(_LONG_NAME if is_ec else ()))
    root = ring.kept(f"{name}-root.der") or ring.keep(
        f"{name}-root.der",
        certify(root_name, root_key.public_key(), root_name, root_key, with_sha1=signing.has_sha1),
    )

    def issued(subject: x509.Name, subject_key: PrivateKey) -> bytes:
        return certify(
            subject,
            subject_key.public_key(),
            root_name,
            root_key,
            last_day=last_day,
            with_sha1=signing.has_sha1,
        )

    return Register(
        root,
        issued(belgian("RRN", (NameOID.ORGANIZATION_NAME, "RRN")), key),
        key,
        signing.has_sha1,
        issued(belgian(f"Relais twin test citizen CA {name}"), authority_key),
        authority_key,
    )
