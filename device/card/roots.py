"""The root certificates that are trusted, and the places where their bytes may lie."""

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

from device.card import tlv
from device.card.certificates import (
    MAX_CERTIFICATE_BYTES,
    Certificate,
    is_root,
    load_certificate,
)
from device.card.trust_folder import TrustFolderFaulty, certificates_in

PINNED_ROOTS = {
    "7c7ed4240bb253bb35c376e12e00b027f1659df9d8267422a93eed75edc7adfb": "Root CA",
    "9f9744463be13714754e1a3becf98c08cc205e4ab32028f4e2830c4a1b2775b8": "Root CA2",
    "a8d14e945e3e5156bcae5e39737cf6a1b1f51028bbbf982f50ce5f4c05568b4d": "Root CA3",
    "c3fbf37259af0954eeea4282dd1c7226a54e7150f7c29a2c495ba34dbfe09ca0": "Root CA4",
    "702dd5c1a093cf0a9d71fadd9bf9a7c5857d89fb73b716e867228b3c2beb968f": "Root CA4, renewed",
    "9c872bc979a7c09a58d4a274c199e5cb16cfa9b9618d98bc9a9988e984b8495c": "Root CA6",
}
"""SHA-256 over the DER of Belgium's root certificates: the anchors. Their bytes come from cards."""


@dataclass(frozen=True, slots=True)
class Root:
    """Hold one trusted root; `is_development` when it comes from a development trust folder."""

    certificate: Certificate
    is_development: bool


def fingerprint_of(der: bytes) -> str:
    """Return SHA-256 over the bytes, as hex."""
    return hashlib.sha256(der).hexdigest()


class TrustedRoots:
    """Find the root that a certificate names, among pinned and development roots.

    `cache` keeps pinned roots, public data named by fingerprint; each entry is hashed again at
    every load, so the folder is never itself an anchor. `development_folder` holds the roots of a
    test PKI (trust_folder.py); in production it is None.
    """

    def __init__(self, *, cache: Path | None, development_folder: Path | None) -> None:
        self._cache = cache
        self._development_folder = development_folder
        self._offered: dict[str, Root] = {}

    def offer(self, untrusted_der: bytes) -> None:
        """Take the root a card carries (EF 503B), if it is pinned, and cache it."""
        length = tlv.der_length(untrusted_der)
        if length is None or length > len(untrusted_der):
            return
        der = untrusted_der[:length]
        fingerprint = fingerprint_of(der)
        if fingerprint in PINNED_ROOTS:
            # Its own signature is not looked at: the pin covers every byte of it.
            self._offered[fingerprint] = Root(load_certificate(der), is_development=False)
            self._keep(fingerprint, der)

    def named_by(self, certificate: Certificate) -> list[Root]:
        """Return the roots whose subject is the certificate's issuer, longest-lived first.

        Pinned ones go first. Raises TrustFolderFaulty.
        """
        candidates = [*(self._cached() | self._offered).values(), *self._development()]
        named = [root for root in candidates if root.certificate.subject == certificate.issuer]
        named.sort(key=lambda root: root.certificate.last_day, reverse=True)
        return sorted(named, key=lambda root: root.is_development)

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

    def _cached(self) -> dict[str, Root]:
        if self._cache is None:
            return {}
        roots = {}
        for fingerprint in PINNED_ROOTS:
            der = _content(self._cache / f"{fingerprint}.der")
            if der is not None and fingerprint_of(der) == fingerprint:
                roots[fingerprint] = Root(load_certificate(der), is_development=False)
        return roots

    def _development(self) -> list[Root]:
        if self._development_folder is None:
            return []
        found = certificates_in(self._development_folder)
        # A file may hold a chain: what is below the root is no anchor.
        roots = [
            Root(certificate, is_development=True) for certificate in found if is_root(certificate)
        ]
        if found and not roots:
            raise TrustFolderFaulty("", "no-root")
        return roots


def _content(path: Path) -> bytes | None:
    try:
        with path.open("rb") as file:
            return file.read(MAX_CERTIFICATE_BYTES + 1)
    except OSError:
        return None
