"""Whether the data of a card is what the National Register signed, checked without a network.

Not checked, because it needs one: revocation. Whether the chip is a copy is another question
(genuine_chip.py), and on cards before applet 1.8 one without an answer (eid.md, 5.5).
"""

import datetime
import hashlib
from dataclasses import dataclass

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from device.card import certificates, tlv
from device.card.certificates import Certificate, load_certificate
from device.card.errors import CardMalformed
from device.card.roots import Root, TrustedRoots
from device.card.validity import parse_validity
from device.card.verdict import Authenticity, Issuer, Part, Reason, Verdict

_BEGIN, _END, _PHOTO_HASH = 0x03, 0x04, 0x11
_PHOTO_HASHES = {
    20: hashlib.sha1,
    32: hashlib.sha256,
    48: hashlib.sha384,
}
"""By the length of tag 11: the applet's version does not tell (eid.md, 1.3). SHA-1 serves here,
because the register chose the picture's hash with the picture: see certificates.py."""

_NOT_READ = Part(Verdict.NOT_CHECKED, Reason.NOT_READ)


@dataclass(frozen=True, slots=True, repr=False)
class SignedFiles:
    """Hold what was read, each file as it is stored. None: not read.

    `address_signature` covers the address and the whole signature file of the identity, its zeros
    included.
    """

    identity: bytes | None
    identity_signature: bytes
    address: bytes | None
    address_signature: bytes | None
    rrn_certificate: bytes | None
    photo: bytes | None = None


def verify(files: SignedFiles, roots: TrustedRoots, today: datetime.date) -> Authenticity:
    """Return the verdict for each part.

    Data and issuer are two questions: what a stranger's register signed is valid under an unknown
    issuer. Raises CardMalformed when the certificate is none, TrustFolderFaulty.
    """
    if files.rrn_certificate is None:
        return Authenticity(
            _NOT_READ, _NOT_READ, Part(Issuer.NOT_CHECKED, Reason.NOT_READ), is_development=False
        )
    rrn = load_certificate(files.rrn_certificate)
    identity = _identity(files, rrn)
    # Nothing that the file says counts before its signature does.
    said = _elements(files.identity or b"") if identity.verdict is Verdict.VALID else {}
    issuer, root = issuer_of(rrn, roots, _Period.of(said).at(today))
    return Authenticity(
        identity=identity,
        address=_address(files, rrn),
        photo=_photo(files, identity, said),
        issuer=issuer,
        is_development=root is not None and root.is_development,
    )


def issuer_of(
    rrn: Certificate, roots: TrustedRoots, day: datetime.date
) -> tuple[Part[Issuer], Root | None]:
    """Tell whether a trusted root directly issued this certificate of the National Register.

    `day` only ages certificates: a machine without a clock battery may lag, so "not yet valid"
    says nothing. The root is there when the verdict is TRUSTED or EXPIRED.
    """

    def unknown(reason: Reason) -> tuple[Part[Issuer], None]:
        return Part(Issuer.UNKNOWN, reason), None

    if not certificates.names_the_register(rrn):
        return unknown(Reason.NOT_THE_REGISTER)
    unfit = certificates.unfit_to_sign_data(rrn)
    if unfit is not None:
        return unknown(unfit)
    if _weakness_of(rrn) is not None:
        return unknown(Reason.WEAK_KEY)
    if certificates.allowed_hash(rrn) is None:
        return unknown(Reason.WEAK_HASH)
    named = [
        root for root in roots.named_by(rrn) if certificates.key_ids_agree(rrn, root.certificate)
    ]
    if not named:
        return unknown(Reason.ROOT_NOT_PINNED)
    strong = [root for root in named if not certificates.weakness_of(root.certificate.key)]
    if not strong:
        return unknown(Reason.WEAK_KEY)
    issuers = [root for root in strong if certificates.is_signed_by(rrn, root.certificate)]
    if not issuers:
        return unknown(Reason.ISSUER_SIGNATURE)
    root = issuers[0]
    return _aged(rrn, root.certificate, day), root


def _aged(rrn: Certificate, root: Certificate, day: datetime.date) -> Part[Issuer]:
    # A certificate that is not valid yet shows how far the clock lags.
    day = max(day, rrn.first_day)
    if rrn.last_day < day:
        return Part(Issuer.EXPIRED, Reason.CERTIFICATE_EXPIRED)
    if root.last_day < day:
        return Part(Issuer.EXPIRED, Reason.ROOT_EXPIRED)
    return Part(Issuer.TRUSTED)


@dataclass(frozen=True, slots=True)
class _Period:
    """Hold from when to when a card is valid, as far as its signed identity says."""

    begin: datetime.date | None
    end: datetime.date | None

    @classmethod
    def of(cls, elements: dict[int, bytes]) -> "_Period":
        return cls(_day(elements.get(_BEGIN, b"")), _day(elements.get(_END, b"")))

    def at(self, today: datetime.date) -> datetime.date:
        """Return the day for which issuers count: today, within the card's own time.

        A card that ran out proves as much as on its last day, and that it ran out is said
        elsewhere (tag 04). A card that has not begun shows that the clock lags (eid.md, 5.1).
        """
        day = today if self.end is None else min(today, self.end)
        return day if self.begin is None else max(day, self.begin)


def _day(untrusted_date: bytes) -> datetime.date | None:
    try:
        return parse_validity(untrusted_date.decode("ascii", "replace"))
    except CardMalformed:
        # Whoever shows the date complains about it; here it only bounds the time.
        return None


def _elements(untrusted_file: bytes) -> dict[int, bytes]:
    try:
        return tlv.parse(untrusted_file)
    except CardMalformed:
        return {}


def _identity(files: SignedFiles, rrn: Certificate) -> Part[Verdict]:
    if files.identity is None:
        return _NOT_READ
    return _signed(rrn, files.identity_signature, [files.identity])


def _address(files: SignedFiles, rrn: Certificate) -> Part[Verdict]:
    if files.address is None or files.address_signature is None:
        return _NOT_READ
    contents = [address + files.identity_signature for address in signed_addresses(files.address)]
    return _signed(rrn, files.address_signature, contents)


def _signed(rrn: Certificate, signature: bytes, contents: list[bytes]) -> Part[Verdict]:
    if (weakness := _weakness_of(rrn)) is not None:
        return Part(Verdict.NOT_CHECKED, weakness)
    if any(is_signed(rrn, signature, content) for content in contents):
        return Part(Verdict.VALID)
    return Part(Verdict.ALTERED, Reason.SIGNATURE)


def _weakness_of(rrn: Certificate) -> Reason | None:
    """The register's own curve is P-384, whatever curve a root may have."""
    key = rrn.key
    if isinstance(key, ec.EllipticCurvePublicKey) and not isinstance(key.curve, ec.SECP384R1):
        return Reason.WEAK_KEY
    return certificates.weakness_of(key)


def _photo(
    files: SignedFiles, identity: Part[Verdict], elements: dict[int, bytes]
) -> Part[Verdict]:
    """Compare the photo with the hash that the identity holds: no better than the identity."""
    if files.photo is None:
        return _NOT_READ
    if identity.verdict is not Verdict.VALID:
        return Part(Verdict.NOT_CHECKED, Reason.IDENTITY_NOT_VALID)
    expected = elements.get(_PHOTO_HASH, b"")
    if not expected:
        return Part(Verdict.NOT_CHECKED, Reason.NO_HASH)
    algorithm = _PHOTO_HASHES.get(len(expected))
    if algorithm is None:
        return Part(Verdict.NOT_CHECKED, Reason.HASH_LENGTH)
    if algorithm(files.photo).digest() != expected:
        return Part(Verdict.ALTERED, Reason.HASH)
    return Part(Verdict.VALID)


def signed_addresses(untrusted_address: bytes) -> list[bytes]:
    """Return what of EF 4033 may have been signed: without its zeros, or up to its last element.

    The two differ when the last element is empty and its length byte is a zero.
    """
    try:
        used = tlv.used_length(untrusted_address)
    except CardMalformed:
        return [untrusted_address.rstrip(b"\0")]
    return list(dict.fromkeys((untrusted_address.rstrip(b"\0"), untrusted_address[:used])))


def is_signed(rrn: Certificate, untrusted_signature: bytes, content: bytes) -> bool:
    """Tell whether the register's key signed the content.

    RSA: PKCS#1 v1.5 with SHA-256 or, on old cards, SHA-1, in as many bytes as the modulus has.
    EC: ECDSA P-384 with SHA-384, as long as its DER says. What follows in the file is padding.
    Any other key signs nothing.
    """
    key = rrn.key
    if isinstance(key, rsa.RSAPublicKey):
        signature = untrusted_signature[: (key.key_size + 7) // 8]
        return any(
            certificates.rsa_verifies(key, signature, content, algorithm)
            for algorithm in (hashes.SHA256(), hashes.SHA1())  # noqa: S303  what old cards bear
        )
    if isinstance(key, ec.EllipticCurvePublicKey) and isinstance(key.curve, ec.SECP384R1):
        # A length beyond the file takes what there is, and that verifies nothing.
        signature = untrusted_signature[: tlv.der_length(untrusted_signature) or 0]
        return certificates.ec_verifies(key, signature, content, ec.ECDSA(hashes.SHA384()))
    return False
