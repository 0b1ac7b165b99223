"""Certificates of a test register, also with the signatures that old cards bear."""

import datetime

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.x509.oid import NameOID

from device.card.forge.keys import PrivateKey, PublicKey

_YEARS = datetime.timedelta(days=3653)
_SHA256_WITH_RSA = bytes.fromhex("06092A864886F70D01010B")
_SHA1_WITH_RSA = bytes.fromhex("06092A864886F70D010105")


def certify(
    subject: x509.Name,
    public_key: PublicKey,
    issuer: x509.Name,
    issuer_key: PrivateKey,
    *,
    last_day: datetime.datetime | None = None,
    with_sha1: bool = False,
) -> bytes:
    """Return the DER of a certificate that the issuer's key signs, with SHA-1 if an RSA key shall.

    Valid for ten years from today, and for the ten before, unless `last_day` is earlier.
    """
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
    if with_sha1 and isinstance(issuer_key, rsa.RSAPrivateKey):
        return _signed_with_sha1(certificate, issuer_key)
    return certificate.public_bytes(serialization.Encoding.DER)


def _signed_with_sha1(certificate: x509.Certificate, key: rsa.RSAPrivateKey) -> bytes:
    """Return the certificate signed anew: the library signs none with SHA-1 any more.

    Both names of the algorithm and both signatures have the same length, so no length changes.
    """
    content = certificate.tbs_certificate_bytes.replace(_SHA256_WITH_RSA, _SHA1_WITH_RSA)
    signature = key.sign(content, padding.PKCS1v15(), hashes.SHA1())  # noqa: S303  as old cards
    whole = certificate.public_bytes(serialization.Encoding.DER)
    header = whole[: whole.index(certificate.tbs_certificate_bytes)]
    between = whole[len(header) + len(content) : -len(signature)]
    return header + content + between.replace(_SHA256_WITH_RSA, _SHA1_WITH_RSA) + signature


def belgian(common_name: str, *more: tuple[x509.ObjectIdentifier, str]) -> x509.Name:
    """Return a name of country BE with this common name and other attributes before it."""
    return x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "BE"),
            *(x509.NameAttribute(oid, text) for oid, text in more),
            x509.NameAttribute(NameOID.COMMON_NAME, common_name),
        ]
    )
