"""Making the content of virtual cards, signed by a test register made at run time.

Nothing here is trusted by a device: its roots count only where a development trust folder is
given, and the result then says so.
"""

import datetime
import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.x509.oid import NameOID

from device.card import files, tlv
from device.card.virtual import ATR_17, ATR_18, CardContent, LeRule

_YEARS = datetime.timedelta(days=3653)
_SIGNATURE_FILE_BYTES = 256
_TAIL_17, _TAIL_18 = 50, 1100
"""Zeros after a certificate, as cards of each applet have them."""

_CARD_DATA_17 = bytes.fromhex("F336012501170003002101 0F")
_CARD_DATA_18 = bytes.fromhex("F336012501180001000002 0F")


@dataclass(frozen=True, slots=True)
class Register:
    """Hold a test National Register: a root, its certificate for card data, and that one's key."""

    root: bytes
    certificate: bytes
    key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey

    def sign(self, content: bytes) -> bytes:
        """Return the signature file over the content, as long as a card's."""
        if isinstance(self.key, rsa.RSAPrivateKey):
            signature = self.key.sign(content, padding.PKCS1v15(), hashes.SHA256())
        else:
            signature = self.key.sign(content, ec.ECDSA(hashes.SHA384()))
        return signature.ljust(_SIGNATURE_FILE_BYTES, b"\0")


@dataclass(frozen=True, slots=True, repr=False)
class Person:
    """Hold what an invented person's card says; texts as the card writes them."""

    card_number: str
    national_number: str
    surname: str
    first_names: str
    nationality: str
    birth_place: str
    birth_date: str
    gender: str
    document_type: str
    valid_from: str
    valid_until: str
    issued_in: str
    street: str
    postal_code: str
    municipality: str
    chip: bytes


def found_register(name: str, *, with_rsa: bool, folder: Path | None = None) -> Register:
    """Make a root (P-384) and a register certificate with an RSA-2048 or P-384 key.

    RSA keys take a tenth of a second and are kept in `folder` for the run.
    """
    root_key = ec.generate_private_key(ec.SECP384R1())
    key = _rsa_key(folder) if with_rsa else ec.generate_private_key(ec.SECP384R1())
    root_name = x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "BE"),
            x509.NameAttribute(NameOID.COMMON_NAME, f"Relais twin test root {name}"),
        ]
    )
    rrn_name = x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "BE"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "RRN"),
            x509.NameAttribute(NameOID.COMMON_NAME, "RRN"),
        ]
    )
    root = certify(root_name, root_key.public_key(), root_name, root_key)
    certificate = certify(rrn_name, key.public_key(), root_name, root_key)
    return Register(root, certificate, key)


def certify(
    subject: x509.Name,
    public_key: rsa.RSAPublicKey | ec.EllipticCurvePublicKey,
    issuer: x509.Name,
    issuer_key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey,
    *,
    last_day: datetime.datetime | None = None,
) -> bytes:
    """Return the DER of a certificate that the issuer's key signs."""
    now = datetime.datetime.now(datetime.UTC)
    end = last_day or now + _YEARS
    algorithm = (
        hashes.SHA384() if isinstance(issuer_key, ec.EllipticCurvePrivateKey) else hashes.SHA256()
    )
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(public_key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(min(now, end) - _YEARS)
        .not_valid_after(end)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public_key), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()),
            critical=False,
        )
        .sign(issuer_key, algorithm)
    )
    return certificate.public_bytes(serialization.Encoding.DER)


def _rsa_key(folder: Path | None) -> rsa.RSAPrivateKey:
    kept = None if folder is None else folder / "rsa.pem"
    if kept is not None and kept.exists():
        key = serialization.load_pem_private_key(kept.read_bytes(), None)
        if isinstance(key, rsa.RSAPrivateKey):
            return key
    made = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    if kept is not None:
        fresh = kept.with_suffix(f".{os.getpid()}")
        fresh.touch(mode=0o600)
        fresh.write_bytes(
            made.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
        )
        fresh.replace(kept)
    return made


def forge_card(
    person: Person,
    register: Register,
    *,
    applet: int,
    tampered_street: str | None = None,
    le_rule: LeRule = LeRule.SAY_6C,
    with_version: bool = False,
) -> CardContent:
    """Return the content of a person's card; `applet` is 0x17 or 0x18.

    With `tampered_street` the address is changed after it was signed. With `with_version` both
    files begin with tag 00, which not all cards have (OpenSC 0.23 cannot read those).
    """
    is_new = applet >= 0x18
    photo = portrait(is_new=is_new)
    serial = person.chip
    version = {0x00: b"\x00\x01"} if with_version else {}
    identity = identity_file(person, photo, version, is_new=is_new)
    address = address_file(person, person.street, version)
    identity_signature = register.sign(identity)
    address_signature = register.sign(address.rstrip(b"\0") + identity_signature)
    if tampered_street is not None:
        address = address_file(person, tampered_street, version)
    tail = bytes(_TAIL_18 if is_new else _TAIL_17)
    return CardContent(
        atr=ATR_18 if is_new else ATR_17,
        card_data=serial + (_CARD_DATA_18 if is_new else _CARD_DATA_17),
        files={
            files.IDENTITY: identity,
            files.IDENTITY_SIGNATURE: identity_signature,
            files.ADDRESS: address,
            files.ADDRESS_SIGNATURE: address_signature,
            files.PHOTO: photo,
            files.ROOT_CERTIFICATE: register.root + tail,
            files.RRN_CERTIFICATE: register.certificate + tail,
            **_pkcs15(serial),
        },
        le_rule=le_rule,
    )


def identity_file(
    person: Person, photo: bytes, version: dict[int, bytes], *, is_new: bool
) -> bytes:
    """Return EF 4031."""
    texts = {
        0x01: person.card_number,
        0x03: person.valid_from,
        0x04: person.valid_until,
        0x05: person.issued_in,
        0x06: person.national_number,
        0x07: person.surname,
        0x08: person.first_names,
        0x09: "",
        0x0A: person.nationality,
        0x0B: person.birth_place,
        0x0C: person.birth_date,
        0x0D: person.gender,
        0x0E: "",
        0x0F: person.document_type,
        0x10: "0",
        0x12: "00",
        0x13: "",
    }
    digest = hashlib.sha384(photo) if is_new else hashlib.sha256(photo)
    values = {tag: text.encode() for tag, text in texts.items()}
    values |= version | {0x02: person.chip, 0x11: digest.digest()}
    if is_new:
        values[0x1A] = hashlib.sha384(person.chip).digest()
    return tlv.encode(dict(sorted(values.items())))


def address_file(person: Person, street: str, version: dict[int, bytes]) -> bytes:
    """Return EF 4033, zero padded as cards are."""
    file = tlv.encode(
        version
        | {
            0x01: street.encode(),
            0x02: person.postal_code.encode(),
            0x03: person.municipality.encode(),
        }
    )
    return file.ljust(121, b"\0")


def portrait(*, is_new: bool) -> bytes:
    """Return a grey picture's worth of JPEG markers: nobody's face."""
    size = 3000 if is_new else 2800
    return b"\xff\xd8\xff\xe0" + bytes(size) + b"\xff\xd9"


def _pkcs15(serial: bytes) -> dict[bytes, bytes]:
    """Return the directory and token files that other programs look for."""
    directory = "61234F0CA000000177504B43532D31355006 42454C504943 51043F00DF00 730506036038 02"
    token = b"\x30\x27\x02\x01\x00\x04\x10" + serial
    token += bytes.fromhex("800642454C504943 03020430 9E0401010100")
    return {
        bytes.fromhex("3F002F00"): bytes.fromhex(directory),
        bytes.fromhex("3F00DF005032"): token,
    }
