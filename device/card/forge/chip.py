"""What belongs to a chip and not to its person: its data, its basic key, its holder's keys."""

from collections.abc import Callable
from dataclasses import dataclass

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed, decode_dss_signature
from cryptography.x509.oid import NameOID

from device.card.forge.certificates import belgian, certify
from device.card.forge.keys import KeyRing, PrivateKey
from device.card.forge.person import Person
from device.card.forge.register import Register

APPLET_11, APPLET_17, APPLET_18 = 0x11, 0x17, 0x18

CARD_DATA = {
    APPLET_11: bytes.fromhex("F3360125011100000321010F"),
    APPLET_17: bytes.fromhex("F3360125011700030021010F"),
    APPLET_18: bytes.fromhex("F3360125011800010000020F"),
}
"""What GET CARD DATA says behind the chip number, 12 bytes, by applet (eid.md, 1.4)."""
CARD_DATA_MORE = bytes.fromhex("03FFFF")
"""What P2=01 adds on applet 1.8: three tries of the PIN are left."""

_COORDINATE_BYTES = 48


@dataclass(frozen=True, slots=True, repr=False)
class BasicKey:
    """Hold the key pair by which a chip of applet 1.8 proves itself."""

    file: bytes
    """EF 4040: the SubjectPublicKeyInfo, 120 bytes."""
    authenticate: Callable[[bytes], bytes]
    """From a challenge of 48 bytes, taken for a digest, to r and s of 48 each."""


def make_basic_key() -> BasicKey:
    """Make the P-384 key of one chip."""
    key = ec.generate_private_key(ec.SECP384R1())

    def authenticate(challenge: bytes) -> bytes:
        r, s = decode_dss_signature(key.sign(challenge, ec.ECDSA(Prehashed(hashes.SHA384()))))
        return r.to_bytes(_COORDINATE_BYTES, "big") + s.to_bytes(_COORDINATE_BYTES, "big")

    public = key.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return BasicKey(public, authenticate)


def holder_key(applet: int, ring: KeyRing) -> PrivateKey:
    """Return the one key that all holders of this generation share: nothing may ever use it."""
    if applet == APPLET_18:
        return ring.ec("holder")
    return ring.rsa("holder", 1024 if applet == APPLET_11 else 2048)


def holder_certificates(person: Person, register: Register, key: PrivateKey) -> tuple[bytes, bytes]:
    """Return the certificates of authentication and signature, DER.

    Their subjects say the name and the national number, as on real cards: no reading may need them.
    Raises ValueError for a register without an authority.
    """
    authority_key = register.authority_key
    if authority_key is None:
        raise ValueError("this register certifies no holders")
    issuer = x509.load_der_x509_certificate(register.authority).subject

    def certificate(purpose: str) -> bytes:
        subject = belgian(
            f"{person.cn[:46]} ({purpose})",
            (NameOID.SURNAME, person.surname),
            (NameOID.GIVEN_NAME, person.first_names),
            (NameOID.SERIAL_NUMBER, person.national_number),
        )
        return certify(
            subject, key.public_key(), issuer, authority_key, with_sha1=register.with_sha1
        )

    return certificate("Authentication"), certificate("Signature")
