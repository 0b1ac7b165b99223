"""Whether the data of a card is what the National Register signed, checked without a network.

Not checked, because it needs one: revocation. Not provable on cards before applet 1.8: that the
chip is not a copy (eid.md, 5.5).
"""

import datetime
from dataclasses import dataclass

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.x509.oid import ExtensionOID, NameOID

from device.card import tlv
from device.card.errors import CardMalformed
from device.card.roots import Root, TrustedRoots, load_certificate
from device.card.verdict import Authenticity, Verdict


@dataclass(frozen=True, slots=True, repr=False)
class SignedFiles:
    """Hold what was read. None: not read. `address_signature` covers address and signature."""

    identity: bytes | None
    identity_signature: bytes
    address: bytes | None
    address_signature: bytes | None
    rrn_certificate: bytes


def issuer_verdict(
    rrn: x509.Certificate, roots: TrustedRoots, today: datetime.date
) -> tuple[Verdict, Root | None]:
    """Tell whether a trusted root directly issued this certificate of the National Register.

    `today` only ages certificates: a machine without a clock battery may lag, so "not yet valid"
    says nothing. ALTERED: it names a trusted root that did not sign it.
    """
    if not _names_the_register(rrn):
        return Verdict.UNKNOWN_ISSUER, None
    named = [root for root in roots.named_by(rrn) if _key_ids_agree(rrn, root.certificate)]
    if not named:
        return Verdict.UNKNOWN_ISSUER, None
    issuers = [root for root in named if _is_signed_by(rrn, root.certificate)]
    if not issuers:
        return Verdict.ALTERED, None
    root = issuers[0]
    last_day = min(rrn.not_valid_after_utc, root.certificate.not_valid_after_utc).date()
    return (Verdict.VALID if today <= last_day else Verdict.EXPIRED_ISSUER), root


def verify(files: SignedFiles, roots: TrustedRoots, today: datetime.date) -> Authenticity:
    """Return the verdict for each part. Raises CardMalformed when the certificate is none."""
    rrn = load_certificate(files.rrn_certificate)
    issuer, root = issuer_verdict(rrn, roots, today)
    identity = address = Verdict.NOT_CHECKED
    if files.identity is not None:
        signed = is_signed(rrn, files.identity_signature, files.identity)
        identity = issuer if signed else Verdict.ALTERED
    if files.address is not None and files.address_signature is not None:
        signature = files.address_signature
        signed = any(
            is_signed(rrn, signature, content + files.identity_signature)
            for content in signed_addresses(files.address)
        )
        address = issuer if signed else Verdict.ALTERED
    return Authenticity(identity, address, root is not None and root.is_development)


def signed_addresses(untrusted_address: bytes) -> list[bytes]:
    """Return what of EF 4033 may have been signed: without its zeros, or up to its last element.

    The two differ when the last element is empty and its length byte is a zero.
    """
    try:
        used = tlv.used_length(untrusted_address)
    except CardMalformed:
        return [untrusted_address.rstrip(b"\0")]
    return list(dict.fromkeys((untrusted_address.rstrip(b"\0"), untrusted_address[:used])))


def is_signed(rrn: x509.Certificate, untrusted_signature: bytes, content: bytes) -> bool:
    """Tell whether the register's key signed the content.

    RSA: PKCS#1 v1.5 with SHA-256 or, on old cards, SHA-1. EC: ECDSA P-384 with SHA-384, DER
    followed by zeros. Any other key signs nothing.
    """
    key = rrn.public_key()
    if isinstance(key, rsa.RSAPublicKey):
        return any(
            _rsa_verifies(key, untrusted_signature, content, algorithm)
            for algorithm in (hashes.SHA256(), hashes.SHA1())  # noqa: S303  what old cards bear
        )
    if isinstance(key, ec.EllipticCurvePublicKey) and isinstance(key.curve, ec.SECP384R1):
        length = tlv.der_length(untrusted_signature) or 0
        return _ec_verifies(key, untrusted_signature[:length], content, hashes.SHA384())
    return False


def _names_the_register(rrn: x509.Certificate) -> bool:
    """A root also issues certification authorities; only C=BE, O=RRN, CN=RRN signs card data."""
    return any(
        attribute.value == "RRN"
        for oid in (NameOID.COMMON_NAME, NameOID.ORGANIZATION_NAME)
        for attribute in rrn.subject.get_attributes_for_oid(oid)
    )


def _key_ids_agree(rrn: x509.Certificate, root: x509.Certificate) -> bool:
    authority = [e.value for e in rrn.extensions if e.oid == ExtensionOID.AUTHORITY_KEY_IDENTIFIER]
    subject = [e.value for e in root.extensions if e.oid == ExtensionOID.SUBJECT_KEY_IDENTIFIER]
    match authority, subject:
        case [x509.AuthorityKeyIdentifier() as named], [x509.SubjectKeyIdentifier() as own]:
            return named.key_identifier in (None, own.digest)
        case _:
            return True


def _is_signed_by(certificate: x509.Certificate, root: x509.Certificate) -> bool:
    # By hand: verify_directly_issued_by() refuses SHA-1, which CA to CA3 signed with.
    key, algorithm = root.public_key(), certificate.signature_hash_algorithm
    signature, content = certificate.signature, certificate.tbs_certificate_bytes
    if algorithm is None:
        return False
    if isinstance(key, rsa.RSAPublicKey):
        return _rsa_verifies(key, signature, content, algorithm)
    if isinstance(key, ec.EllipticCurvePublicKey):
        return _ec_verifies(key, signature, content, algorithm)
    return False


def _rsa_verifies(
    key: rsa.RSAPublicKey, signature: bytes, content: bytes, algorithm: hashes.HashAlgorithm
) -> bool:
    # An RSA signature is as long as its modulus; what follows it in the file is padding.
    signature = signature[: key.key_size // 8]
    try:
        key.verify(signature, content, padding.PKCS1v15(), algorithm)
    except (InvalidSignature, UnsupportedAlgorithm, ValueError):
        return False
    return True


def _ec_verifies(
    key: ec.EllipticCurvePublicKey,
    signature: bytes,
    content: bytes,
    algorithm: hashes.HashAlgorithm,
) -> bool:
    try:
        key.verify(signature, content, ec.ECDSA(algorithm))
    except (InvalidSignature, UnsupportedAlgorithm, ValueError):
        return False
    return True
