"""A test PKI that can make what no card should have: weak keys, old hashes, odd certificates.

Keys are made when they are first asked for and shared by the tests of one run.
"""

from __future__ import annotations

import datetime
import functools
import hashlib
import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID

from device.card import tlv
from device.card.authenticity import SignedFiles
from device.card.roots import TrustedRoots

TODAY = datetime.date(2026, 6, 1)
FIRST_DAY = datetime.date(2015, 1, 1)
LAST_DAY = datetime.date(2035, 1, 1)
SIGNATURE_FILE_BYTES = 256
PHOTO = b"\xff\xd8\xff\xe0" + bytes(2000) + b"\xff\xd9"
ADDRESS = tlv.encode({0x01: b"Nergens 1", 0x02: b"1000", 0x03: b"Brussel"}).ljust(121, b"\0")

Key = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey
PublicKey = rsa.RSAPublicKey | ec.EllipticCurvePublicKey

_SHA256_RSA = bytes.fromhex("2a864886f70d01010b")
_OLD_RSA = {"sha1": bytes.fromhex("2a864886f70d010105"), "md5": bytes.fromhex("2a864886f70d010104")}
_OLD_DIGEST_INFO = {
    "sha1": bytes.fromhex("3021300906052b0e03021a05000414"),
    "md5": bytes.fromhex("3020300c06082a864886f70d020505000410"),
    "sha256": bytes.fromhex("3031300d060960864801650304020105000420"),
}


@functools.cache
def rsa_key(bits: int = 2048, which: int = 0) -> rsa.RSAPrivateKey:
    """Return an RSA key; another `which`, another key."""
    if bits >= 1024:
        return rsa.generate_private_key(public_exponent=65537, key_size=bits)
    # The library makes no such key any more, but it still takes one.
    dice = random.Random(f"{bits} {which}")  # noqa: S311  a key that is to be weak
    p, q = _prime(bits // 2, dice), _prime(bits // 2, dice)
    d = pow(65537, -1, (p - 1) * (q - 1))
    numbers = rsa.RSAPrivateNumbers(
        p,
        q,
        d,
        rsa.rsa_crt_dmp1(d, p),
        rsa.rsa_crt_dmq1(d, q),
        rsa.rsa_crt_iqmp(p, q),
        rsa.RSAPublicNumbers(65537, p * q),
    )
    return numbers.private_key()


@functools.cache
def ec_key(
    which: int = 0, curve: type[ec.EllipticCurve] = ec.SECP384R1
) -> ec.EllipticCurvePrivateKey:
    """Return an EC key; another `which`, another key."""
    return ec.generate_private_key(curve())


def _prime(bits: int, dice: random.Random) -> int:
    while True:
        candidate = dice.getrandbits(bits) | 1 | 3 << (bits - 2)
        if candidate % 65537 != 1 and all(
            pow(base, candidate - 1, candidate) == 1 for base in (2, 3, 5, 7, 11, 13)
        ):
            return candidate


def name(
    common_name: str, organization: str | None = None, country: str | None = "BE"
) -> x509.Name:
    """Return a name."""
    parts = (
        (NameOID.COUNTRY_NAME, country),
        (NameOID.ORGANIZATION_NAME, organization),
        (NameOID.COMMON_NAME, common_name),
    )
    return x509.Name([x509.NameAttribute(oid, text) for oid, text in parts if text is not None])


def key_usage(**allowed: bool) -> x509.KeyUsage:
    """Return what a key may do: nothing but this."""
    names = (
        "digital_signature",
        "content_commitment",
        "key_encipherment",
        "data_encipherment",
        "key_agreement",
        "key_cert_sign",
        "crl_sign",
        "encipher_only",
        "decipher_only",
    )
    return x509.KeyUsage(**(dict.fromkeys(names, False) | allowed))


RRN = name("RRN", "RRN")
ROOT = name("Test root")
CA_USAGE = key_usage(key_cert_sign=True, crl_sign=True)


def certify(
    subject: x509.Name,
    public_key: PublicKey,
    issuer: x509.Name,
    issuer_key: Key,
    *,
    algorithm: str = "",
    extensions: Sequence[tuple[x509.ExtensionType, bool]] = (),
    last_day: datetime.date = LAST_DAY,
    first_day: datetime.date = FIRST_DAY,
    with_key_ids: bool = True,
    names_key: PublicKey | None = None,
) -> bytes:
    """Return the DER of a certificate.

    `algorithm` is the hash of its signature, a usual one by default. `extensions` come with
    whether they are critical. `names_key` is the key that its authority key id is made of.
    """
    noon = datetime.time(12)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(public_key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(datetime.datetime.combine(first_day, noon))
        .not_valid_after(datetime.datetime.combine(last_day, noon))
    )
    if with_key_ids:
        named = names_key or issuer_key.public_key()
        for key_id in (
            x509.SubjectKeyIdentifier.from_public_key(public_key),
            x509.AuthorityKeyIdentifier.from_issuer_public_key(named),
        ):
            builder = builder.add_extension(key_id, critical=False)
    for extension, is_critical in extensions:
        builder = builder.add_extension(extension, critical=is_critical)
    known: dict[str, hashes.SHA384 | hashes.SHA512] = {
        "sha384": hashes.SHA384(),
        "sha512": hashes.SHA512(),
    }
    usual = "sha384" if isinstance(issuer_key, ec.EllipticCurvePrivateKey) else "sha256"
    certificate = builder.sign(issuer_key, known.get(algorithm or usual, hashes.SHA256()))
    if algorithm in _OLD_RSA:
        return _signed_again(certificate, issuer_key, algorithm)
    return certificate.public_bytes(serialization.Encoding.DER)


def _signed_again(certificate: x509.Certificate, issuer_key: Key, algorithm: str) -> bytes:
    """Return the certificate signed with a hash that the library no longer signs with."""
    assert isinstance(issuer_key, rsa.RSAPrivateKey)
    oid = _OLD_RSA[algorithm]
    content = certificate.tbs_certificate_bytes.replace(_SHA256_RSA, oid, 1)
    signature = _rsa_sign(issuer_key, content, algorithm)
    return der(
        0x30,
        content,
        der(0x30, der(0x06, oid), der(0x05)),
        der(0x03, b"\0", signature),
    )


def _rsa_sign(key: rsa.RSAPrivateKey, content: bytes, algorithm: str) -> bytes:
    # PKCS#1 v1.5 by hand (RFC 8017, 9.2): no release of the library has a say in it.
    numbers, size = key.private_numbers(), (key.key_size + 7) // 8
    digest = hashlib.new(algorithm, content, usedforsecurity=False).digest()
    info = _OLD_DIGEST_INFO[algorithm] + digest
    block = b"\x00\x01" + b"\xff" * (size - len(info) - 3) + b"\x00" + info
    signature = pow(int.from_bytes(block, "big"), numbers.d, numbers.public_numbers.n)
    return signature.to_bytes(size, "big")


def der(tag: int, *parts: bytes) -> bytes:
    """Return one DER element."""
    content = b"".join(parts)
    size = len(content)
    if size < 0x80:
        return bytes((tag, size)) + content
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes((tag, 0x80 | len(length))) + length + content


def identity_of(
    photo: bytes = PHOTO,
    *,
    photo_hash: str = "sha384",
    begin: str = "01.01.2020",
    end: str = "01.01.2030",
    more: dict[int, bytes] | None = None,
) -> bytes:
    """Return EF 4031 of nobody."""
    values = {
        0x03: begin.encode(),
        0x04: end.encode(),
        0x07: b"Nergens",
        0x11: hashlib.new(photo_hash, photo, usedforsecurity=False).digest(),
    }
    return tlv.encode(dict(sorted((values | (more or {})).items())))


@dataclass(frozen=True)
class Register:
    """A National Register of the tests: its root, its certificate, and the key that signs cards."""

    root: bytes
    certificate: bytes
    key: Key
    algorithm: str = ""

    def sign(self, content: bytes) -> bytes:
        """Return the signature file over the content, with its zeros."""
        if isinstance(self.key, rsa.RSAPrivateKey):
            signature = _rsa_sign(self.key, content, self.algorithm or "sha256")
        else:
            signature = self.key.sign(content, ec.ECDSA(hashes.SHA384()))
        return signature.ljust(SIGNATURE_FILE_BYTES, b"\0")

    def card(self, identity: bytes | None = None, address: bytes = ADDRESS) -> SignedFiles:
        """Return a whole card: identity, address and photo, all signed."""
        identity = identity or identity_of()
        identity_signature = self.sign(identity)
        return SignedFiles(
            identity=identity,
            identity_signature=identity_signature,
            address=address,
            address_signature=self.sign(address.rstrip(b"\0") + identity_signature),
            rrn_certificate=self.certificate,
            photo=PHOTO,
        )


def register(
    key: Key | None = None,
    root_key: Key | None = None,
    *,
    algorithm: str = "",
    data_algorithm: str = "",
    subject: x509.Name = RRN,
    issuer: x509.Name = ROOT,
    extensions: Sequence[tuple[x509.ExtensionType, bool]] = (),
    last_day: datetime.date = LAST_DAY,
    root_last_day: datetime.date = LAST_DAY,
    with_key_ids: bool = True,
    names_key: PublicKey | None = None,
) -> Register:
    """Return a register: P-384 all through unless told otherwise."""
    key, root_key = key or ec_key(), root_key or ec_key(1)
    root = certify(
        ROOT,
        root_key.public_key(),
        ROOT,
        root_key,
        last_day=root_last_day,
        first_day=min(FIRST_DAY, root_last_day - datetime.timedelta(days=365)),
        with_key_ids=with_key_ids,
        extensions=[(x509.BasicConstraints(ca=True, path_length=None), True), (CA_USAGE, True)],
    )
    certificate = certify(
        subject,
        key.public_key(),
        issuer,
        root_key,
        algorithm=algorithm,
        extensions=extensions,
        last_day=last_day,
        with_key_ids=with_key_ids,
        names_key=names_key,
    )
    return Register(root, certificate, key, data_algorithm)


def trust_in(folder: Path, *roots: bytes) -> TrustedRoots:
    """Return the trust in these roots, as a development folder."""
    for number, root in enumerate(roots):
        (folder / f"{number}.der").write_bytes(root)
    return TrustedRoots(cache=None, development_folder=folder)


def no_trust() -> TrustedRoots:
    """Return the trust in nobody's root."""
    return TrustedRoots(cache=None, development_folder=None)
