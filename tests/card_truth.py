"""The tests' own check of a card: what was read against what was signed.

It shares no code with the reader's check; it knows which algorithm a test register used.
"""

import hashlib
from collections.abc import Mapping

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

from device.card import files, tlv


def register_of(of: Mapping[bytes, bytes]) -> x509.Certificate:
    """Return the register's certificate, its zero tail cut off."""
    return certificate(of, files.RRN_CERTIFICATE)


def certificate(of: Mapping[bytes, bytes], path: bytes) -> x509.Certificate:
    """Return the certificate of a file, its zero tail cut off."""
    file = of[path]
    return x509.load_der_x509_certificate(file[: tlv.der_length(file)])


def is_signed(of: Mapping[bytes, bytes], signature: bytes, signed: bytes) -> bool:
    """Check a signature by this test's own rules, apart from what the reader does."""
    key = register_of(of).public_key()
    try:
        if isinstance(key, rsa.RSAPublicKey):
            is_old = register_of(of).signature_algorithm_oid.dotted_string.endswith(".1.5")
            key.verify(
                signature,
                signed,
                padding.PKCS1v15(),
                hashes.SHA1() if is_old else hashes.SHA256(),  # noqa: S303  as old cards
            )
        else:
            assert isinstance(key, ec.EllipticCurvePublicKey)
            der = signature[: 2 + signature[1]]
            assert set(signature[len(der) :]) == {0}
            key.verify(der, signed, ec.ECDSA(hashes.SHA384()))
    except InvalidSignature:
        return False
    return True


def found(of: Mapping[bytes, bytes]) -> tuple[str, str, str]:
    """Return what this test's own check says of identity, address and photo."""
    identity, signature = of[files.IDENTITY], of[files.IDENTITY_SIGNATURE]
    address = of[files.ADDRESS].rstrip(b"\0")
    photo_hash = tlv.parse(identity)[0x11]
    algorithm = {20: "sha1", 32: "sha256", 48: "sha384"}[len(photo_hash)]
    verdicts = (
        is_signed(of, signature, identity),
        is_signed(of, of[files.ADDRESS_SIGNATURE], address + signature),
        hashlib.new(algorithm, of[files.PHOTO]).digest() == photo_hash,
    )
    identity_word, address_word, photo_word = ("valid" if v else "altered" for v in verdicts)
    return identity_word, address_word, photo_word
