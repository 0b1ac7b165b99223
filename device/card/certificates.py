"""Certificates from a card: loaded within bounds, and asked what the checks need to know.

Runs on the library of Debian 12 (38), Debian 13 (43) and the locked one.
"""

import datetime
import warnings
from dataclasses import dataclass

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.x509.oid import ExtensionOID, NameOID, SignatureAlgorithmOID

from device.card import tlv
from device.card.errors import CardMalformed
from device.card.verdict import Reason

MAX_CERTIFICATE_BYTES = 4096
"""The longest of the real roots has 1426 bytes, and a file on a card 2500 with its zeros."""

RSA_BITS = range(1024, 4096 + 1)
"""Smaller keys can be broken; larger ones exist nowhere in this PKI and cost time."""

_SIGNED_WITH: dict[x509.ObjectIdentifier, tuple[type, hashes.HashAlgorithm]] = {
    # What SHA-1 means here (Root CA to CA3, and what they issued): a forger would need a second
    # preimage, which nobody can make. A collision needs an issuer that still signs with SHA-1
    # what a stranger chose, and these roots, pinned by their whole content, no longer sign.
    SignatureAlgorithmOID.RSA_WITH_SHA1: (rsa.RSAPublicKey, hashes.SHA1()),  # noqa: S303  see above
    SignatureAlgorithmOID.RSA_WITH_SHA256: (rsa.RSAPublicKey, hashes.SHA256()),
    SignatureAlgorithmOID.RSA_WITH_SHA384: (rsa.RSAPublicKey, hashes.SHA384()),
    SignatureAlgorithmOID.ECDSA_WITH_SHA256: (ec.EllipticCurvePublicKey, hashes.SHA256()),
    SignatureAlgorithmOID.ECDSA_WITH_SHA384: (ec.EllipticCurvePublicKey, hashes.SHA384()),
}
"""What an issuer may sign with, by the certificate's own word. MD5 and all others: nothing."""

_UNDERSTOOD = frozenset({ExtensionOID.BASIC_CONSTRAINTS, ExtensionOID.KEY_USAGE})
"""The critical extensions that are looked at; any other critical one forbids to go on."""


@dataclass(frozen=True, slots=True, repr=False)
class Certificate:
    """Hold what the checks ask of a certificate, decoded once.

    The library decodes at each look, and warns or raises at each: here it is done with.
    `signed` is what `signature` covers. Days are UTC, and the last one still counts.
    """

    subject: x509.Name
    issuer: x509.Name
    key: object
    first_day: datetime.date
    last_day: datetime.date
    extensions: tuple[x509.Extension[x509.ExtensionType], ...]
    signed: bytes
    signature: bytes
    algorithm: x509.ObjectIdentifier


def load_certificate(untrusted_der: bytes) -> Certificate:
    """Return the certificate that the bytes begin with; a zero tail is cut off.

    Raises CardMalformed.
    """
    length = tlv.der_length(untrusted_der)
    if length is None or length > min(len(untrusted_der), MAX_CERTIFICATE_BYTES):
        raise CardMalformed("certificate-length")
    try:
        with warnings.catch_warnings():
            # Old certificates have habits that a later release of the library will refuse.
            warnings.simplefilter("ignore")
            return _decoded(x509.load_der_x509_certificate(untrusted_der[:length]))
    except (
        ValueError,
        TypeError,
        LookupError,
        OverflowError,
        UnsupportedAlgorithm,
        x509.DuplicateExtension,
        x509.InvalidVersion,
        x509.UnsupportedGeneralNameType,
    ):
        # Without its cause: it may quote the bytes.
        raise CardMalformed("certificate") from None


def _decoded(certificate: x509.Certificate) -> Certificate:
    return Certificate(
        subject=certificate.subject,
        issuer=certificate.issuer,
        key=certificate.public_key(),
        first_day=_day(certificate, "not_valid_before"),
        last_day=_day(certificate, "not_valid_after"),
        extensions=tuple(certificate.extensions),
        signed=certificate.tbs_certificate_bytes,
        signature=certificate.signature,
        algorithm=certificate.signature_algorithm_oid,
    )


def _day(certificate: x509.Certificate, name: str) -> datetime.date:
    # The aware properties came with release 42, and the naive ones will go. Can go with Debian 12.
    moment: datetime.datetime = getattr(certificate, f"{name}_utc", None) or getattr(
        certificate, name
    )
    return moment.date()


def weakness_of(key: object) -> Reason | None:
    """Return WEAK_KEY unless this is an RSA key of a bearable size or one on a NIST curve."""
    if isinstance(key, rsa.RSAPublicKey) and key.key_size in RSA_BITS:
        return None
    if isinstance(key, ec.EllipticCurvePublicKey) and isinstance(
        key.curve, (ec.SECP256R1, ec.SECP384R1, ec.SECP521R1)
    ):
        return None
    return Reason.WEAK_KEY


def names_the_register(certificate: Certificate) -> bool:
    """Tell whether the subject is the National Register: C=BE, O=RRN, CN=RRN, each once.

    A root also issues certification authorities, and those the certificates of citizens. The
    country may be missing.
    """
    subject = certificate.subject

    def values(oid: x509.ObjectIdentifier) -> list[str | bytes]:
        return [attribute.value for attribute in subject.get_attributes_for_oid(oid)]

    return (
        values(NameOID.COMMON_NAME) == ["RRN"]
        and values(NameOID.ORGANIZATION_NAME) == ["RRN"]
        and values(NameOID.COUNTRY_NAME) in ([], ["BE"])
    )


def unfit_to_sign_data(certificate: Certificate) -> Reason | None:
    """Return why the extensions forbid that this certificate signs card data, else None.

    A certification authority does not sign data (RFC 5280, 4.2.1.9 and 4.2.1.3), and a critical
    extension that is not understood may say anything (4.2).
    """
    for extension in certificate.extensions:
        match extension.value:
            case x509.BasicConstraints(ca=True):
                return Reason.CA_CERTIFICATE
            case x509.KeyUsage() as usage if not (
                usage.digital_signature or usage.content_commitment
            ):
                return Reason.KEY_USAGE
        if extension.critical and extension.oid not in _UNDERSTOOD:
            return Reason.CRITICAL_EXTENSION
    return None


def is_root(certificate: Certificate) -> bool:
    """Tell whether the certificate is issued by itself and does not say that it may issue none."""
    return certificate.subject == certificate.issuer and not any(
        isinstance(extension.value, x509.BasicConstraints) and not extension.value.ca
        for extension in certificate.extensions
    )


def key_ids_agree(certificate: Certificate, issuer: Certificate) -> bool:
    """Tell whether the key id the certificate names is the issuer's. One without says nothing."""
    authority = [
        e.value for e in certificate.extensions if e.oid == ExtensionOID.AUTHORITY_KEY_IDENTIFIER
    ]
    subject = [e.value for e in issuer.extensions if e.oid == ExtensionOID.SUBJECT_KEY_IDENTIFIER]
    match authority, subject:
        case [x509.AuthorityKeyIdentifier() as named], [x509.SubjectKeyIdentifier() as own]:
            return named.key_identifier in (None, own.digest)
        case _:
            return True


def allowed_hash(certificate: Certificate) -> hashes.HashAlgorithm | None:
    """Return the hash of the certificate's own signature, None when it may not be used."""
    signed_with = _SIGNED_WITH.get(certificate.algorithm)
    return None if signed_with is None else signed_with[1]


def is_signed_by(certificate: Certificate, issuer: Certificate) -> bool:
    """Tell whether the issuer's key signed the certificate.

    By hand: verify_directly_issued_by() refuses SHA-1, and Debian 12 does not have it.
    """
    kind, algorithm = _SIGNED_WITH.get(certificate.algorithm, (None, None))
    key, signature = issuer.key, certificate.signature
    content = certificate.signed
    if kind is None or algorithm is None or not isinstance(key, kind):
        return False
    if isinstance(key, rsa.RSAPublicKey):
        return rsa_verifies(key, signature, content, algorithm)
    if isinstance(key, ec.EllipticCurvePublicKey):
        return ec_verifies(key, signature, content, ec.ECDSA(algorithm))
    return False


def rsa_verifies(
    key: rsa.RSAPublicKey, signature: bytes, content: bytes, algorithm: hashes.HashAlgorithm
) -> bool:
    """Tell whether the key signed the content (PKCS#1 v1.5)."""
    try:
        key.verify(signature, content, padding.PKCS1v15(), algorithm)
    except (InvalidSignature, UnsupportedAlgorithm, ValueError):
        return False
    return True


def ec_verifies(
    key: ec.EllipticCurvePublicKey, signature: bytes, content: bytes, algorithm: ec.ECDSA
) -> bool:
    """Tell whether the key signed the content; `signature` is DER."""
    try:
        key.verify(signature, content, algorithm)
    except (InvalidSignature, UnsupportedAlgorithm, ValueError):
        return False
    return True
