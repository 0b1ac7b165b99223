"""The root certificates that are trusted, and the places where their bytes may lie."""

import hashlib
import os
import warnings
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm

from device.card import tlv
from device.card.errors import CardMalformed

PINNED_ROOTS = {
    "7c7ed4240bb253bb35c376e12e00b027f1659df9d8267422a93eed75edc7adfb": "Root CA",
    "9f9744463be13714754e1a3becf98c08cc205e4ab32028f4e2830c4a1b2775b8": "Root CA2",
    "a8d14e945e3e5156bcae5e39737cf6a1b1f51028bbbf982f50ce5f4c05568b4d": "Root CA3",
    "c3fbf37259af0954eeea4282dd1c7226a54e7150f7c29a2c495ba34dbfe09ca0": "Root CA4",
    "702dd5c1a093cf0a9d71fadd9bf9a7c5857d89fb73b716e867228b3c2beb968f": "Root CA4, renewed",
    "9c872bc979a7c09a58d4a274c199e5cb16cfa9b9618d98bc9a9988e984b8495c": "Root CA6",
}
"""SHA-256 over the DER of Belgium's root certificates: the anchors. Their bytes come from cards."""

MAX_CERTIFICATE_BYTES = 4096


@dataclass(frozen=True, slots=True)
class Root:
    """Hold one trusted root; `is_development` when it comes from a development trust folder."""

    certificate: x509.Certificate
    is_development: bool


def load_certificate(untrusted_der: bytes) -> x509.Certificate:
    """Return the certificate that the bytes begin with; a zero tail is cut off.

    Raises CardMalformed. Every part that is used later is decoded here once, because the library
    decodes lazily and would raise at the first use.
    """
    length = tlv.der_length(untrusted_der)
    if length is None or not length <= len(untrusted_der) <= MAX_CERTIFICATE_BYTES:
        raise CardMalformed("certificate-length")
    try:
        with warnings.catch_warnings():
            # Old certificates have habits that a later release of the library will refuse.
            warnings.simplefilter("ignore")
            certificate = x509.load_der_x509_certificate(untrusted_der[:length])
            _ = (
                certificate.subject,
                certificate.issuer,
                certificate.public_key(),
                certificate.signature_hash_algorithm,
                certificate.not_valid_after_utc,
                certificate.extensions,
            )
    except (
        ValueError,
        TypeError,
        LookupError,
        UnsupportedAlgorithm,
        x509.DuplicateExtension,
        x509.InvalidVersion,
        x509.UnsupportedGeneralNameType,
    ):
        # Without its cause: it may quote the bytes.
        raise CardMalformed("certificate") from None
    return certificate


class TrustedRoots:
    """Find the root that a certificate names, among pinned and development roots.

    `cache` keeps pinned roots, public data named by fingerprint; each entry is hashed again at
    every load, so the folder is never itself an anchor. `development_folder` holds *.der files of
    a test PKI; in production it is None.
    """

    def __init__(self, *, cache: Path | None, development_folder: Path | None) -> None:
        self._cache = cache
        self._development_folder = development_folder
        self._offered: list[Root] = []

    def offer(self, untrusted_der: bytes) -> None:
        """Take the root a card carries (EF 503B), if it is pinned, and cache it."""
        length = tlv.der_length(untrusted_der)
        if length is None or length > len(untrusted_der):
            return
        der = untrusted_der[:length]
        fingerprint = hashlib.sha256(der).hexdigest()
        if fingerprint in PINNED_ROOTS:
            self._offered.append(Root(load_certificate(der), is_development=False))
            self._keep(fingerprint, der)

    def named_by(self, certificate: x509.Certificate) -> list[Root]:
        """Return the roots whose subject is the certificate's issuer, longest-lived first."""
        candidates = [*self._offered, *self._cached(), *self._development()]
        named = [root for root in candidates if root.certificate.subject == certificate.issuer]
        return sorted(named, key=lambda r: r.certificate.not_valid_after_utc, reverse=True)

    def _keep(self, fingerprint: str, der: bytes) -> None:
        if self._cache is None:
            return
        entry = self._cache / f"{fingerprint}.der"
        fresh = self._cache / f".{fingerprint}.{os.getpid()}"
        try:
            fresh.write_bytes(der)
            fresh.replace(entry)
        except OSError:
            # A cache that cannot be written costs a second per card and nothing else.
            fresh.unlink(missing_ok=True)

    def _cached(self) -> list[Root]:
        if self._cache is None:
            return []
        roots = []
        for fingerprint in PINNED_ROOTS:
            der = _content(self._cache / f"{fingerprint}.der")
            if der is not None and hashlib.sha256(der).hexdigest() == fingerprint:
                roots.append(Root(load_certificate(der), is_development=False))
        return roots

    def _development(self) -> list[Root]:
        if self._development_folder is None:
            return []
        ders = [_content(path) for path in sorted(self._development_folder.glob("*.der"))]
        return [Root(load_certificate(der), is_development=True) for der in ders if der is not None]


def _content(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except OSError:
        return None
