"""What counts as genuine: signatures of card data, the photo, the register's certificate."""

from __future__ import annotations

import dataclasses
import datetime
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, ObjectIdentifier

from device.card import authenticity, roots, tlv
from device.card.authenticity import SignedFiles, is_signed, verify
from device.card.certificates import load_certificate
from device.card.errors import CardMalformed
from device.card.roots import PINNED_ROOTS, TrustedRoots, fingerprint_of
from device.card.trust_folder import TrustFolderFaulty
from device.card.verdict import Authenticity, Chip, Issuer, Part, Reason, Revocation, Verdict
from tests.unit.card.pki import (
    ADDRESS,
    CA_USAGE,
    FIRST_DAY,
    PHOTO,
    ROOT,
    RRN,
    TODAY,
    Register,
    certify,
    ec_key,
    identity_of,
    key_usage,
    name,
    no_trust,
    register,
    rsa_key,
    trust_in,
)

IDENTITY = identity_of()
VALID = Part(Verdict.VALID)
ALTERED = Part(Verdict.ALTERED, Reason.SIGNATURE)
NOT_READ = Part(Verdict.NOT_CHECKED, Reason.NOT_READ)
TRUSTED = Part(Issuer.TRUSTED)
NOT_PINNED = Part(Issuer.UNKNOWN, Reason.ROOT_NOT_PINNED)
OFFLINE = Part(Revocation.NOT_CHECKED, Reason.OFFLINE)

GENERATIONS: dict[str, Callable[[], Register]] = {
    "1.1": lambda: register(
        rsa_key(1024),
        rsa_key(2048, 1),
        algorithm="sha1",
        data_algorithm="sha1",
    ),
    "1.7 under CA3": lambda: register(
        rsa_key(2048), rsa_key(4096, 1), algorithm="sha1", data_algorithm="sha1"
    ),
    "1.7 under CA4": lambda: register(rsa_key(2048), rsa_key(4096, 1), algorithm="sha256"),
    "RSA below an EC root": lambda: register(rsa_key(2048), ec_key(1)),
    "EC below an RSA root": lambda: register(ec_key(), rsa_key(4096, 1), algorithm="sha384"),
    "1.8 and 1.7 re-keyed": register,
    "EC root with SHA-256": lambda: register(algorithm="sha256"),
}
BOTH_USAGES = ("digital_signature", "content_commitment")
PHOTO_HASHES = ("sha1", "sha256", "sha384")


@pytest.fixture(scope="module", params=["rsa", "ec"])
def issuer(request: pytest.FixtureRequest) -> Register:
    return register(rsa_key() if request.param == "rsa" else ec_key())


@pytest.fixture
def trust(issuer: Register, tmp_path: Path) -> TrustedRoots:
    return trust_in(tmp_path, issuer.root)


@pytest.fixture
def card(issuer: Register) -> SignedFiles:
    return issuer.card()


# ---- what is genuine -----------------------------------------------------------------


def test_what_the_register_signed_is_valid(card: SignedFiles, trust: TrustedRoots) -> None:
    result = verify(card, trust, TODAY)

    assert result == Authenticity(VALID, VALID, TRUSTED, is_development=True, photo=VALID)
    assert result.revocation == OFFLINE
    assert result.chip == Part(Chip.NOT_CHECKED, Reason.NOT_ASKED)
    assert result.verdict == "development"


@pytest.mark.parametrize("photo_hash", PHOTO_HASHES)
@pytest.mark.parametrize("generation", GENERATIONS)
def test_every_generation_of_keys_is_valid_with_every_hash_of_a_photo(
    generation: str, photo_hash: str, tmp_path: Path
) -> None:
    made = GENERATIONS[generation]()
    card = made.card(identity_of(photo_hash=photo_hash))

    result = verify(card, trust_in(tmp_path, made.root), TODAY)

    assert result == Authenticity(VALID, VALID, TRUSTED, is_development=True, photo=VALID)


def test_certificate_tails_do_not_matter(card: SignedFiles, trust: TrustedRoots) -> None:
    padded = dataclasses.replace(card, rrn_certificate=(card.rrn_certificate or b"") + bytes(1100))

    assert verify(padded, trust, TODAY) == verify(card, trust, TODAY)


def test_an_address_that_ends_with_an_empty_element_is_valid(
    issuer: Register, card: SignedFiles, trust: TrustedRoots
) -> None:
    for content in (b"\x01\x01A\x03\x00", b"\x01\x01A\x03"):
        signature = issuer.sign(content + card.identity_signature)
        files = dataclasses.replace(
            card, address=b"\x01\x01A\x03\x00" + bytes(99), address_signature=signature
        )
        assert verify(files, trust, TODAY).address == VALID


def test_an_address_that_begins_with_a_version_of_zeros_is_valid(
    issuer: Register, trust: TrustedRoots
) -> None:
    # The first zero is not where the padding begins.
    address = tlv.encode({0x00: b"\0\0", 0x01: b"Nergens 1"}).ljust(121, b"\0")

    assert verify(issuer.card(address=address), trust, TODAY).address == VALID


def test_what_a_broken_address_signed_is_its_bytes_without_zeros() -> None:
    assert [b"\x01\xff"] == authenticity.signed_addresses(b"\x01\xff" + bytes(5))


@pytest.mark.parametrize("usages", [("digital_signature",), ("content_commitment",), BOTH_USAGES])
def test_a_certificate_with_a_usage_of_data_is_trusted(
    usages: tuple[str, ...], tmp_path: Path
) -> None:
    usage = key_usage(**dict.fromkeys(usages, True))
    made = register(
        extensions=[(usage, True), (x509.BasicConstraints(ca=False, path_length=None), True)]
    )

    assert verify(made.card(), trust_in(tmp_path, made.root), TODAY).issuer == TRUSTED


def test_a_certificate_without_key_ids_is_judged_by_its_signature(tmp_path: Path) -> None:
    made = register(with_key_ids=False)

    assert verify(made.card(), trust_in(tmp_path, made.root), TODAY).issuer == TRUSTED


def test_of_two_roots_with_one_name_the_one_that_signed_counts(tmp_path: Path) -> None:
    made, other = register(with_key_ids=False), register(root_key=ec_key(7), with_key_ids=False)

    trust = trust_in(tmp_path, other.root, made.root)

    assert verify(made.card(), trust, TODAY).issuer == TRUSTED


def test_of_a_root_and_its_renewal_the_later_end_counts(tmp_path: Path) -> None:
    # given two roots with one key and one name, as both CA4
    old = register(root_last_day=datetime.date(2020, 1, 1))
    new = register()
    trust = trust_in(tmp_path, old.root, new.root)

    assert verify(old.card(), trust, TODAY).issuer == TRUSTED


# ---- what was not read ---------------------------------------------------------------


def test_what_was_not_read_is_not_checked(card: SignedFiles, trust: TrustedRoots) -> None:
    only_name = dataclasses.replace(card, address=None, address_signature=None, photo=None)
    only_address = dataclasses.replace(card, identity=None, photo=None)

    assert verify(only_name, trust, TODAY).data == (VALID, NOT_READ, NOT_READ)
    assert verify(only_name, trust, TODAY).verdict == "development"
    assert verify(only_address, trust, TODAY).data == (NOT_READ, VALID, NOT_READ)
    assert verify(only_address, trust, TODAY).verdict == "development"


def test_without_a_certificate_nothing_is_checked(card: SignedFiles, trust: TrustedRoots) -> None:
    result = verify(dataclasses.replace(card, rrn_certificate=None), trust, TODAY)

    assert result.data == (NOT_READ, NOT_READ, NOT_READ)
    assert result.issuer == Part(Issuer.NOT_CHECKED, Reason.NOT_READ)
    assert result.verdict == "unknown"


def test_nothing_read_is_nothing_valid(card: SignedFiles, trust: TrustedRoots) -> None:
    files = dataclasses.replace(card, identity=None, address=None, photo=None)

    assert verify(files, trust, TODAY).verdict == "unknown"


# ---- what was altered ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "parts"),
    [
        ({"identity": IDENTITY + b"\0"}, (ALTERED, VALID)),
        ({"identity": IDENTITY[:-1] + b"t"}, (ALTERED, VALID)),
        ({"address": ADDRESS.replace(b"1000", b"1001")}, (VALID, ALTERED)),
        ({"address_signature": bytes(256)}, (VALID, ALTERED)),
        ({"address_signature": b""}, (VALID, ALTERED)),
        ({"identity_signature": bytes(256)}, (ALTERED, ALTERED)),
        ({"identity_signature": b""}, (ALTERED, ALTERED)),
        # A DER length that reaches beyond the file, in the short and in both long forms.
        ({"identity_signature": bytes.fromhex("30 7f") + bytes(20)}, (ALTERED, ALTERED)),
        ({"identity_signature": bytes.fromhex("30 81 ff") + bytes(20)}, (ALTERED, ALTERED)),
        ({"identity_signature": bytes.fromhex("30 82 ff ff") + bytes(20)}, (ALTERED, ALTERED)),
        ({"identity_signature": bytes.fromhex("30 84 ff ff ff ff")}, (ALTERED, ALTERED)),
        ({"identity_signature": bytes.fromhex("30 80")}, (ALTERED, ALTERED)),
        ({"identity_signature": bytes.fromhex("30")}, (ALTERED, ALTERED)),
    ],
)
def test_a_changed_part_is_altered(
    change: dict[str, bytes],
    parts: tuple[Part[Verdict], Part[Verdict]],
    card: SignedFiles,
    trust: TrustedRoots,
) -> None:
    result = verify(dataclasses.replace(card, **change), trust, TODAY)

    assert parts == result.data[:2]
    assert result.issuer == TRUSTED
    assert result.verdict == "altered"
    assert result.alteration is Reason.SIGNATURE


def test_an_address_of_another_card_is_altered(issuer: Register, trust: TrustedRoots) -> None:
    # given two genuine cards of one register
    mine, other = issuer.card(), issuer.card(identity_of(more={0x08: b"Ander"}))
    mixed = dataclasses.replace(
        mine, address=other.address, address_signature=other.address_signature
    )

    assert verify(mixed, trust, TODAY).data[:2] == (VALID, ALTERED)


def test_the_padding_of_the_identity_signature_is_signed_with_the_address() -> None:
    # given an EC signature, which does not fill its file
    stranger = register()
    padded = stranger.sign(IDENTITY)
    bare = padded[: tlv.der_length(padded)]
    address = stranger.sign(ADDRESS.rstrip(b"\0") + padded)

    # then the address needs it as it is stored, the identity does not
    for signature, expected in ((padded, VALID), (bare, ALTERED)):
        files = SignedFiles(IDENTITY, signature, ADDRESS, address, stranger.certificate)
        assert (VALID, expected) == verify(files, no_trust(), TODAY).data[:2]


@pytest.mark.parametrize("photo_hash", PHOTO_HASHES)
@pytest.mark.parametrize("photo", [PHOTO[:-1], PHOTO + b"\0", b"\xff\xd8\xff\xd9", b""])
def test_another_photo_is_altered(
    photo: bytes, photo_hash: str, issuer: Register, trust: TrustedRoots
) -> None:
    card = dataclasses.replace(issuer.card(identity_of(photo_hash=photo_hash)), photo=photo)

    result = verify(card, trust, TODAY)

    assert result.photo == Part(Verdict.ALTERED, Reason.HASH)
    assert result.identity == VALID
    assert result.verdict == "altered"


@pytest.mark.parametrize(
    ("photo_hash", "reason"),
    [
        (b"", Reason.NO_HASH),
        (bytes(16), Reason.HASH_LENGTH),
        (bytes(64), Reason.HASH_LENGTH),
        (bytes(19), Reason.HASH_LENGTH),
    ],
)
def test_a_photo_without_a_usable_hash_is_not_checked(
    photo_hash: bytes, reason: Reason, issuer: Register, trust: TrustedRoots
) -> None:
    result = verify(issuer.card(identity_of(more={0x11: photo_hash})), trust, TODAY)

    assert result.photo == Part(Verdict.NOT_CHECKED, reason)
    assert result.verdict == "unknown"


def test_a_photo_is_no_truer_than_the_identity_that_holds_its_hash(
    card: SignedFiles, trust: TrustedRoots
) -> None:
    # given another photo, and an identity changed to fit it
    changed = identity_of(b"another face")
    files = dataclasses.replace(card, identity=changed, photo=b"another face")

    not_valid = Part(Verdict.NOT_CHECKED, Reason.IDENTITY_NOT_VALID)
    assert verify(files, trust, TODAY).photo == not_valid
    unread = dataclasses.replace(card, identity=None)
    assert verify(unread, trust, TODAY).photo == not_valid
    assert verify(unread, trust, TODAY).verdict == "unknown"


def test_a_signed_identity_that_is_no_list_of_elements_has_no_photo_hash(
    issuer: Register, trust: TrustedRoots
) -> None:
    result = verify(issuer.card(b"\x07\x7fshort"), trust, TODAY)

    assert result.photo == Part(Verdict.NOT_CHECKED, Reason.NO_HASH)


def test_a_key_of_another_curve_signs_nothing(tmp_path: Path) -> None:
    made = register(ec_key(0, ec.SECP256R1))
    certificate = load_certificate(made.certificate)

    assert not is_signed(certificate, made.sign(IDENTITY), IDENTITY)
    result = verify(made.card(), trust_in(tmp_path, made.root), TODAY)
    assert result.identity == Part(Verdict.NOT_CHECKED, Reason.WEAK_KEY)


# ---- who vouches ---------------------------------------------------------------------


def test_a_self_made_root_is_an_unknown_issuer_of_valid_data(card: SignedFiles) -> None:
    result = verify(card, no_trust(), TODAY)

    assert result.data == (VALID, VALID, VALID)
    assert result.issuer == NOT_PINNED
    assert result.verdict == "unknown"
    assert not result.is_development


def test_altered_data_is_altered_whoever_issued_it(card: SignedFiles) -> None:
    result = verify(dataclasses.replace(card, identity=b"\x07\x01X"), no_trust(), TODAY)

    assert result.identity == ALTERED
    assert result.issuer == NOT_PINNED


@pytest.mark.parametrize(
    ("with_key_ids", "found"),
    [
        (True, NOT_PINNED),
        (False, Part(Issuer.UNKNOWN, Reason.ISSUER_SIGNATURE)),
    ],
)
def test_a_self_made_root_with_the_name_of_a_trusted_one_is_unknown(
    with_key_ids: bool, found: Part[Issuer], tmp_path: Path
) -> None:
    # given a forger's whole PKI under the trusted root's name
    genuine = register(with_key_ids=with_key_ids)
    forger = register(ec_key(5), ec_key(6), with_key_ids=with_key_ids)

    result = verify(forger.card(), trust_in(tmp_path, genuine.root), TODAY)

    assert result.issuer == found
    assert result.verdict in ("altered", "unknown")


def test_a_certificate_that_only_names_a_trusted_root_is_held_to_be_altered(
    tmp_path: Path,
) -> None:
    genuine = register()
    forged = certify(RRN, ec_key(5).public_key(), ROOT, ec_key(6), names_key=ec_key(1).public_key())
    card = Register(genuine.root, forged, ec_key(5)).card()

    result = verify(card, trust_in(tmp_path, genuine.root), TODAY)

    assert result.issuer == Part(Issuer.UNKNOWN, Reason.ISSUER_SIGNATURE)
    assert result.verdict == "altered"


@pytest.mark.parametrize(
    "subject",
    [
        name("Citizen CA", "RRN"),
        name("RRN", None),
        name("RRN", "Nergens"),
        name("RRN", "RRN", "NL"),
        name("Jan RRN", "RRN"),
        name("rrn", "RRN"),
        name("RRN ", "RRN"),
        x509.Name([*RRN, *name("Citizen CA", None, None)]),
        x509.Name([*RRN, *RRN]),
        x509.Name([]),
    ],
)
def test_another_subject_of_the_root_is_not_the_register(
    subject: x509.Name, tmp_path: Path
) -> None:
    made = register(subject=subject)

    result = verify(made.card(), trust_in(tmp_path, made.root), TODAY)

    assert result.issuer == Part(Issuer.UNKNOWN, Reason.NOT_THE_REGISTER)
    assert result.verdict == "unknown"


def test_the_register_may_leave_its_country_out(tmp_path: Path) -> None:
    made = register(subject=name("RRN", "RRN", None))

    assert verify(made.card(), trust_in(tmp_path, made.root), TODAY).issuer == TRUSTED


@pytest.mark.parametrize("authority", [name("Citizen CA"), RRN])
def test_what_an_authority_below_the_root_issues_is_not_the_register(
    authority: x509.Name, tmp_path: Path
) -> None:
    # given a certificate of "RRN" that a CA, or the register itself, issued
    genuine = register()
    certificate = certify(RRN, ec_key(5).public_key(), authority, ec_key(6))
    card = Register(genuine.root, certificate, ec_key(5)).card()

    # then only a root may stand above it, though all have honest signatures
    assert verify(card, trust_in(tmp_path, genuine.root), TODAY).issuer == NOT_PINNED


@pytest.mark.parametrize(
    ("extension", "is_critical", "reason"),
    [
        (x509.BasicConstraints(ca=True, path_length=0), True, Reason.CA_CERTIFICATE),
        (x509.BasicConstraints(ca=True, path_length=None), False, Reason.CA_CERTIFICATE),
        (CA_USAGE, True, Reason.KEY_USAGE),
        (
            x509.UnrecognizedExtension(ObjectIdentifier("1.2.3.4"), b"\x05\x00"),
            True,
            Reason.CRITICAL_EXTENSION,
        ),
        (
            x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CODE_SIGNING]),
            True,
            Reason.CRITICAL_EXTENSION,
        ),
    ],
)
def test_a_certificate_that_may_not_sign_data_is_no_trusted_issuer(
    extension: x509.ExtensionType, is_critical: bool, reason: Reason, tmp_path: Path
) -> None:
    made = register(extensions=[(extension, is_critical)])

    result = verify(made.card(), trust_in(tmp_path, made.root), TODAY)

    assert result.issuer == Part(Issuer.UNKNOWN, reason)


def test_an_unknown_extension_that_is_not_critical_is_passed_over(tmp_path: Path) -> None:
    unknown = x509.UnrecognizedExtension(ObjectIdentifier("1.2.3.4"), b"\x05\x00")
    made = register(extensions=[(unknown, False)])

    assert verify(made.card(), trust_in(tmp_path, made.root), TODAY).issuer == TRUSTED


@pytest.mark.parametrize("bits", [512, 1016])
def test_a_weak_key_of_the_register_proves_nothing(bits: int, tmp_path: Path) -> None:
    made = register(rsa_key(bits))

    result = verify(made.card(), trust_in(tmp_path, made.root), TODAY)

    weak = Part(Verdict.NOT_CHECKED, Reason.WEAK_KEY)
    assert result.data[:2] == (weak, weak)
    assert result.issuer == Part(Issuer.UNKNOWN, Reason.WEAK_KEY)
    assert result.verdict == "unknown"


@pytest.mark.parametrize(
    "key",
    [
        rsa.RSAPublicNumbers(65537, (1 << 4096) + 1).public_key(),
        rsa.RSAPublicNumbers(65537, (1 << 16384) + 1).public_key(),
        ec_key(0, ec.SECP256R1).public_key(),
        ec_key(0, ec.SECP521R1).public_key(),
        ed25519.Ed25519PrivateKey.generate().public_key(),
    ],
    ids=["RSA-4097", "RSA-16385", "P-256", "P-521", "Ed25519"],
)
def test_a_key_that_no_register_has_proves_nothing_and_costs_nothing(
    key: Any, tmp_path: Path
) -> None:
    made = register()
    certificate = certify(RRN, key, ROOT, ec_key(1))
    files = dataclasses.replace(made.card(), rrn_certificate=certificate)

    result = verify(files, trust_in(tmp_path, made.root), TODAY)

    assert result.identity == Part(Verdict.NOT_CHECKED, Reason.WEAK_KEY)
    assert result.issuer == Part(Issuer.UNKNOWN, Reason.WEAK_KEY)


def test_a_weak_key_of_a_root_proves_nothing(tmp_path: Path) -> None:
    made = register(root_key=rsa_key(512))

    result = verify(made.card(), trust_in(tmp_path, made.root), TODAY)

    assert result.issuer == Part(Issuer.UNKNOWN, Reason.WEAK_KEY)


@pytest.mark.parametrize(
    ("root_is_rsa", "algorithm"), [(True, "md5"), (True, "sha512"), (False, "sha512")]
)
def test_a_certificate_signed_with_an_odd_hash_is_not_trusted(
    root_is_rsa: bool, algorithm: str, tmp_path: Path
) -> None:
    made = register(root_key=rsa_key() if root_is_rsa else ec_key(1), algorithm=algorithm)

    result = verify(made.card(), trust_in(tmp_path, made.root), TODAY)

    assert result.issuer == Part(Issuer.UNKNOWN, Reason.WEAK_HASH)
    assert result.verdict == "unknown"


# ---- time ----------------------------------------------------------------------------

A_YEAR_AGO = TODAY - datetime.timedelta(days=365)


@pytest.mark.parametrize(
    ("ends", "reason"),
    [
        ({"last_day": A_YEAR_AGO}, Reason.CERTIFICATE_EXPIRED),
        ({"root_last_day": A_YEAR_AGO}, Reason.ROOT_EXPIRED),
        ({"last_day": A_YEAR_AGO, "root_last_day": A_YEAR_AGO}, Reason.CERTIFICATE_EXPIRED),
    ],
)
def test_an_expired_issuer_is_flagged_and_nothing_worse(
    ends: dict[str, Any], reason: Reason, tmp_path: Path
) -> None:
    made = register(**ends)

    result = verify(made.card(), trust_in(tmp_path, made.root), TODAY)

    assert result.data == (VALID, VALID, VALID)
    assert result.issuer == Part(Issuer.EXPIRED, reason)
    assert result.is_development
    assert result.verdict == "unknown"


@pytest.mark.parametrize(("days", "found"), [(0, Issuer.TRUSTED), (1, Issuer.EXPIRED)])
def test_an_issuer_counts_until_the_end_of_its_last_day(
    days: int, found: Issuer, tmp_path: Path
) -> None:
    made = register(last_day=TODAY - datetime.timedelta(days=days))

    assert verify(made.card(), trust_in(tmp_path, made.root), TODAY).issuer.verdict is found


def test_a_card_that_ran_out_is_judged_by_its_last_day(tmp_path: Path) -> None:
    # given a card, and then its issuer, that ran out
    made = register(last_day=A_YEAR_AGO)
    trust = trust_in(tmp_path, made.root)
    end = A_YEAR_AGO - datetime.timedelta(days=1)

    before = made.card(identity_of(end=f"{end:%d.%m.%Y}"))
    after = made.card(identity_of(end=f"{TODAY:%d.%m.%Y}"))

    assert verify(before, trust, TODAY).issuer == TRUSTED
    assert verify(after, trust, TODAY).issuer.verdict is Issuer.EXPIRED


def test_a_date_that_nobody_signed_ages_no_issuer(tmp_path: Path) -> None:
    # given a card whose end was moved to before its issuer's
    made = register(last_day=A_YEAR_AGO)
    files = dataclasses.replace(made.card(), identity=identity_of(end="01.01.2021"))

    result = verify(files, trust_in(tmp_path, made.root), TODAY)

    assert result.identity == ALTERED
    assert result.issuer.verdict is Issuer.EXPIRED


@pytest.mark.parametrize("date", ["", "no date at all", "99.99.9999", "30-02-2021", "\xff"])
def test_a_card_with_a_date_of_another_form_is_judged_by_today(date: str, tmp_path: Path) -> None:
    made = register()

    card = made.card(identity_of(begin=date, end=date))

    assert verify(card, trust_in(tmp_path, made.root), TODAY).issuer == TRUSTED


@pytest.mark.parametrize("clock", [datetime.date(1970, 1, 1), datetime.date(2014, 1, 1)])
def test_a_clock_that_lags_says_nothing_false(clock: datetime.date, tmp_path: Path) -> None:
    # A certificate that is not yet valid, and a card that has not begun, say what day it is.
    good, ended = register(), register(last_day=datetime.date(2019, 1, 1))
    trust = trust_in(tmp_path, good.root, ended.root)

    assert verify(good.card(), trust, clock).issuer == TRUSTED
    begun_later = ended.card(identity_of(begin="01.01.2020"))
    assert verify(begun_later, trust, clock).issuer.verdict is Issuer.EXPIRED


def test_a_certificate_made_after_the_end_of_its_root_is_flagged_by_any_clock(
    tmp_path: Path,
) -> None:
    made = register(root_last_day=FIRST_DAY - datetime.timedelta(days=1))
    # Without the identity, only the certificate says that time has gone on.
    files = dataclasses.replace(made.card(), identity=None, photo=None)

    result = verify(files, trust_in(tmp_path, made.root), datetime.date(1970, 1, 1))

    assert result.issuer == Part(Issuer.EXPIRED, Reason.ROOT_EXPIRED)


# ---- roots ---------------------------------------------------------------------------


def test_the_anchors_are_the_published_fingerprints() -> None:
    assert len(PINNED_ROOTS) == 6
    assert all(len(fingerprint) == 64 for fingerprint in PINNED_ROOTS)
    assert all(fingerprint == fingerprint.lower() for fingerprint in PINNED_ROOTS)


def test_a_root_from_a_card_counts_only_when_it_is_pinned(
    issuer: Register,
    card: SignedFiles,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    trust = TrustedRoots(cache=tmp_path, development_folder=None)

    trust.offer(issuer.root + bytes(50))
    assert verify(card, trust, TODAY).issuer == NOT_PINNED
    assert list(tmp_path.iterdir()) == []

    # when its fingerprint is an anchor
    fingerprint = fingerprint_of(issuer.root)
    monkeypatch.setattr(roots, "PINNED_ROOTS", {fingerprint: "test"})
    trust.offer(issuer.root + bytes(50))

    # then it counts, is kept, and is not a development root
    result = verify(card, trust, TODAY)
    assert result.issuer == TRUSTED
    assert result.verdict == "valid"
    assert [tmp_path / f"{fingerprint}.der"] == list(tmp_path.iterdir())

    # and a cache alone is enough, until its entry is touched
    cached = TrustedRoots(cache=tmp_path, development_folder=None)
    assert verify(card, cached, TODAY).issuer == TRUSTED
    entry = tmp_path / f"{fingerprint}.der"
    other_end = bytes([issuer.root[-1] ^ 1])
    for touched in (issuer.root[:-1] + other_end, issuer.root + b"\0", b"", bytes(1 << 20)):
        entry.write_bytes(touched)
        assert verify(card, cached, TODAY).issuer == NOT_PINNED, (len(touched), touched[-4:])


@pytest.mark.parametrize("offered", [b"", b"\x30", bytes(2500), b"\x30\x82\x10\x00", b"\x30\x00"])
def test_what_is_no_root_is_not_taken_from_a_card(offered: bytes, tmp_path: Path) -> None:
    TrustedRoots(cache=tmp_path, development_folder=None).offer(offered)

    assert list(tmp_path.iterdir()) == []


def test_a_pinned_root_goes_before_a_development_root_that_lives_longer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pinned, renewed = register(root_last_day=datetime.date(2030, 1, 1)), register()
    trust = trust_in(tmp_path, renewed.root)
    monkeypatch.setattr(roots, "PINNED_ROOTS", {fingerprint_of(pinned.root): "t"})

    trust.offer(pinned.root)

    assert verify(pinned.card(), trust, TODAY).verdict == "valid"


def test_a_cache_that_cannot_be_written_costs_nothing_else(
    issuer: Register, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(roots, "PINNED_ROOTS", {fingerprint_of(issuer.root): "t"})
    trust = TrustedRoots(cache=tmp_path / "missing", development_folder=None)

    trust.offer(issuer.root)

    assert verify(issuer.card(), trust, TODAY).issuer == TRUSTED


def test_a_folder_with_certificates_but_no_root_is_faulty(tmp_path: Path) -> None:
    made = register()
    trust = trust_in(tmp_path, made.certificate)

    with pytest.raises(TrustFolderFaulty) as caught:
        verify(made.card(), trust, TODAY)

    assert (caught.value.name, caught.value.reason) == ("", "no-root")


def test_a_chain_in_the_trust_folder_makes_only_its_root_an_anchor(tmp_path: Path) -> None:
    # given the register's own certificate in the folder, and a certificate that it issued
    made = register()
    below = certify(RRN, ec_key(5).public_key(), RRN, ec_key())
    trust = trust_in(tmp_path, made.root, made.certificate)

    assert verify(made.card(), trust, TODAY).issuer == TRUSTED
    assert verify(Register(b"", below, ec_key(5)).card(), trust, TODAY).issuer == NOT_PINNED


# ---- the pipe ------------------------------------------------------------------------


@pytest.mark.parametrize("reason", [None, *Reason])
@pytest.mark.parametrize("is_development", [True, False])
def test_a_result_survives_the_pipe(reason: Reason | None, is_development: bool) -> None:
    for verdict, found, chip in zip(
        [*Verdict, Verdict.VALID], Issuer, [*Chip, Chip.GENUINE], strict=True
    ):
        result = Authenticity(
            Part(verdict, reason),
            VALID,
            Part(found, reason),
            is_development=is_development,
            photo=NOT_READ,
            chip=Part(chip, reason),
        )
        assert result == Authenticity.from_values(json.loads(json.dumps(result.values())))


def test_every_part_is_said_with_its_reason(card: SignedFiles) -> None:
    said = verify(dataclasses.replace(card, photo=None), no_trust(), TODAY).values()

    assert said == {
        "identity": {"verdict": "valid"},
        "address": {"verdict": "valid"},
        "photo": {"verdict": "not_checked", "reason": "not-read"},
        "issuer": {"verdict": "unknown", "reason": "root-not-pinned"},
        "revocation": {"verdict": "not_checked", "reason": "offline"},
        "chip": {"verdict": "not_checked", "reason": "not-asked"},
        "is_development": False,
    }


def test_a_copied_chip_makes_the_whole_card_untrue(card: SignedFiles, trust: TrustedRoots) -> None:
    copied = Part(Chip.COPIED, Reason.SIGNATURE)

    result = dataclasses.replace(verify(card, trust, TODAY), chip=copied)

    assert result.verdict == "altered"
    assert result.alteration is Reason.SIGNATURE


# ---- certificates that are none ------------------------------------------------------


@pytest.mark.parametrize("certificate", [b"", bytes(2500), b"\x30\x03\x02\x01\x01", b"\x30\x80"])
def test_what_is_no_certificate_is_malformed(
    certificate: bytes, card: SignedFiles, trust: TrustedRoots
) -> None:
    with pytest.raises(CardMalformed):
        verify(dataclasses.replace(card, rrn_certificate=certificate), trust, TODAY)


def test_a_certificate_of_an_unknown_version_is_malformed() -> None:
    original = register().certificate
    version = original.index(bytes.fromhex("A003020102")) + 4

    with pytest.raises(CardMalformed):
        load_certificate(original[:version] + b"\x30" + original[version + 1 :])
