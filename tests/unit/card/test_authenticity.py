"""What counts as genuine: signatures of card data, and the register's certificate."""

import dataclasses
import datetime
import functools
import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.x509.oid import NameOID
from hypothesis import given, settings
from hypothesis import strategies as st

from device.card import authenticity, roots
from device.card.authenticity import SignedFiles, is_signed, verify
from device.card.errors import CardError, CardMalformed
from device.card.forge import Register, certify, found_register
from device.card.roots import PINNED_ROOTS, TrustedRoots, load_certificate
from device.card.verdict import Authenticity, Verdict

TODAY = datetime.datetime.now(datetime.UTC).date()
IDENTITY = b"\x07\x07Nergens"
ADDRESS = b"\x01\x09Nergens 1\x02\x041000" + bytes(90)


def name(common_name: str) -> x509.Name:
    """Return a name of one part."""
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


@pytest.fixture(scope="module", params=["rsa", "ec"])
def register(request: pytest.FixtureRequest) -> Register:
    return found_register("test", with_rsa=request.param == "rsa")


@pytest.fixture(scope="module")
def stranger() -> Register:
    return found_register("stranger", with_rsa=False)


@pytest.fixture
def trust(register: Register, tmp_path: Path) -> TrustedRoots:
    (tmp_path / "root.der").write_bytes(register.root)
    return TrustedRoots(cache=None, development_folder=tmp_path)


@pytest.fixture
def signed(register: Register) -> SignedFiles:
    identity_signature = register.sign(IDENTITY)
    return SignedFiles(
        identity=IDENTITY,
        identity_signature=identity_signature,
        address=ADDRESS,
        address_signature=register.sign(ADDRESS.rstrip(b"\0") + identity_signature),
        rrn_certificate=register.certificate,
    )


def test_what_the_register_signed_is_valid(signed: SignedFiles, trust: TrustedRoots) -> None:
    result = verify(signed, trust, TODAY)

    assert Authenticity(Verdict.VALID, Verdict.VALID, is_development=True) == result
    assert result.verdict == "development"


def test_certificate_tails_do_not_matter(signed: SignedFiles, trust: TrustedRoots) -> None:
    padded = dataclasses.replace(signed, rrn_certificate=signed.rrn_certificate + bytes(1100))

    assert verify(padded, trust, TODAY) == verify(signed, trust, TODAY)


def test_what_was_not_read_is_not_checked(signed: SignedFiles, trust: TrustedRoots) -> None:
    only_name = dataclasses.replace(signed, address=None, address_signature=None)
    only_address = dataclasses.replace(signed, identity=None)

    assert verify(only_name, trust, TODAY).parts == (Verdict.VALID, Verdict.NOT_CHECKED)
    assert verify(only_address, trust, TODAY).parts == (Verdict.NOT_CHECKED, Verdict.VALID)


@pytest.mark.parametrize(
    ("change", "parts"),
    [
        ({"identity": IDENTITY + b"\0"}, (Verdict.ALTERED, Verdict.VALID)),
        ({"identity": IDENTITY[:-1] + b"t"}, (Verdict.ALTERED, Verdict.VALID)),
        ({"address": ADDRESS.replace(b"1000", b"1001")}, (Verdict.VALID, Verdict.ALTERED)),
        ({"address_signature": bytes(256)}, (Verdict.VALID, Verdict.ALTERED)),
        ({"address_signature": b""}, (Verdict.VALID, Verdict.ALTERED)),
        ({"identity_signature": bytes(256)}, (Verdict.ALTERED, Verdict.ALTERED)),
    ],
)
def test_a_changed_part_is_altered(
    change: dict[str, bytes],
    parts: tuple[Verdict, Verdict],
    signed: SignedFiles,
    trust: TrustedRoots,
) -> None:
    result = verify(dataclasses.replace(signed, **change), trust, TODAY)

    assert parts == result.parts
    assert result.verdict == "altered"


def test_the_padding_of_the_identity_signature_is_signed_with_the_address(
    stranger: Register,
) -> None:
    # given an EC signature, which does not fill its file
    padded = stranger.sign(IDENTITY)
    bare = padded.rstrip(b"\0")
    address = stranger.sign(ADDRESS.rstrip(b"\0") + padded)
    nobody = TrustedRoots(cache=None, development_folder=None)

    # then the address needs it as it is stored, the identity does not
    for signature, verdict in ((padded, Verdict.UNKNOWN_ISSUER), (bare, Verdict.ALTERED)):
        files = SignedFiles(IDENTITY, signature, ADDRESS, address, stranger.certificate)
        assert (Verdict.UNKNOWN_ISSUER, verdict) == verify(files, nobody, TODAY).parts


def test_an_address_that_ends_with_an_empty_element_is_valid(
    signed: SignedFiles, register: Register, trust: TrustedRoots
) -> None:
    for content in (b"\x01\x01A\x03\x00", b"\x01\x01A\x03"):
        signature = register.sign(content + signed.identity_signature)
        files = dataclasses.replace(
            signed, address=b"\x01\x01A\x03\x00" + bytes(99), address_signature=signature
        )
        assert Verdict.VALID is verify(files, trust, TODAY).address


def test_an_unknown_root_is_an_unknown_issuer(signed: SignedFiles) -> None:
    nobody = TrustedRoots(cache=None, development_folder=None)

    result = verify(signed, nobody, TODAY)

    assert result.parts == (Verdict.UNKNOWN_ISSUER, Verdict.UNKNOWN_ISSUER)
    assert result.verdict == "unknown"
    assert not result.is_development


def test_altered_data_is_altered_whoever_issued_it(signed: SignedFiles) -> None:
    nobody = TrustedRoots(cache=None, development_folder=None)

    result = verify(dataclasses.replace(signed, identity=b"\x07\x01X"), nobody, TODAY)

    assert Verdict.ALTERED is result.identity


def test_a_certificate_that_only_names_a_trusted_root_is_altered(
    signed: SignedFiles, register: Register, stranger: Register, trust: TrustedRoots
) -> None:
    # given a stranger's key under a certificate that claims the trusted root as its issuer
    key = ec.generate_private_key(ec.SECP384R1())
    issuer = load_certificate(register.root).subject
    rrn = load_certificate(register.certificate).subject
    builder_certificate = certify(rrn, stranger.key.public_key(), issuer, key)
    forged = dataclasses.replace(stranger, certificate=builder_certificate)
    files = dataclasses.replace(
        signed,
        identity_signature=forged.sign(IDENTITY),
        address=None,
        rrn_certificate=forged.certificate,
    )

    # then neither its key id nor its signature passes
    assert verify(files, trust, TODAY).identity in (Verdict.ALTERED, Verdict.UNKNOWN_ISSUER)


def test_another_certificate_of_the_root_signs_no_card(register: Register, tmp_path: Path) -> None:
    # given a root that also issued a certification authority
    root_key = ec.generate_private_key(ec.SECP384R1())
    key = ec.generate_private_key(ec.SECP384R1())
    root = certify(name("Root"), root_key.public_key(), name("Root"), root_key)
    authority = certify(name("Citizen CA"), key.public_key(), name("Root"), root_key)
    (tmp_path / "root.der").write_bytes(root)
    trust = TrustedRoots(cache=None, development_folder=tmp_path)
    signature = Register(root, authority, key).sign(IDENTITY)

    result = verify(SignedFiles(IDENTITY, signature, None, None, authority), trust, TODAY)

    assert Verdict.UNKNOWN_ISSUER is result.identity


def test_an_expired_issuer_is_flagged_and_nothing_worse(
    signed: SignedFiles, trust: TrustedRoots
) -> None:
    late = TODAY + datetime.timedelta(days=5000)

    assert verify(signed, trust, late).parts == (Verdict.EXPIRED_ISSUER,) * 2


def test_a_clock_that_lags_flags_nothing(signed: SignedFiles, trust: TrustedRoots) -> None:
    assert Verdict.VALID is verify(signed, trust, datetime.date(1970, 1, 1)).identity


@pytest.mark.parametrize("algorithm", [hashes.SHA1(), hashes.SHA256()])  # noqa: S303  old cards
def test_old_rsa_signatures_count(algorithm: hashes.HashAlgorithm, tmp_path: Path) -> None:
    # given a chain of RSA all through, as cards of applet 1.7 have it
    root_key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    rrn = x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, "RRN")])
    root = certify(name("Root"), root_key.public_key(), name("Root"), root_key)
    certificate = certify(rrn, root_key.public_key(), name("Root"), root_key)
    (tmp_path / "root.der").write_bytes(root)
    signature = root_key.sign(IDENTITY, padding.PKCS1v15(), algorithm)
    trust = TrustedRoots(cache=None, development_folder=tmp_path)

    result = verify(SignedFiles(IDENTITY, signature, None, None, certificate), trust, TODAY)

    assert Verdict.VALID is result.identity


def test_a_key_of_another_curve_signs_nothing() -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    certificate = load_certificate(certify(name("RRN"), key.public_key(), name("RRN"), key))
    signature = key.sign(IDENTITY, ec.ECDSA(hashes.SHA384()))

    assert not is_signed(certificate, signature, IDENTITY)


@pytest.mark.parametrize(
    ("guard", "removed"),
    [
        ("is_signed", lambda *_: True),
        ("_is_signed_by", lambda *_: True),
        ("_names_the_register", lambda *_: True),
    ],
)
def test_each_guard_is_what_holds_a_forger_off(
    guard: str, removed: Callable[..., bool], register: Register, monkeypatch: pytest.MonkeyPatch
) -> None:
    # given for each guard a forgery that it alone holds off
    root_key = ec.generate_private_key(ec.SECP384R1())
    root = load_certificate(certify(name("Root"), root_key.public_key(), name("Root"), root_key))
    key = ec.generate_private_key(ec.SECP384R1())
    subject = "Citizen CA" if guard == "_names_the_register" else "RRN"
    issuer_key = root_key
    certificate = certify(name(subject), key.public_key(), name("Root"), issuer_key)
    if guard == "_is_signed_by":
        # The last byte of a certificate belongs to its signature.
        certificate = certificate[:-1] + bytes((certificate[-1] ^ 1,))
    signature = Register(b"", certificate, key).sign(IDENTITY)
    content = IDENTITY + b"!" if guard == "is_signed" else IDENTITY

    class Trust(TrustedRoots):
        def named_by(self, certificate: x509.Certificate) -> list[roots.Root]:
            return [roots.Root(root, is_development=False)]

    files = SignedFiles(content, signature, None, None, certificate)
    trust = Trust(cache=None, development_folder=None)

    # then it is refused with the guard, and passes without
    assert Verdict.VALID is not verify(files, trust, TODAY).identity
    monkeypatch.setattr(authenticity, guard, removed)
    assert Verdict.VALID is verify(files, trust, TODAY).identity


def test_the_anchors_are_the_published_fingerprints() -> None:
    assert len(PINNED_ROOTS) == 6
    assert all(len(fingerprint) == 64 for fingerprint in PINNED_ROOTS)
    assert all(fingerprint == fingerprint.lower() for fingerprint in PINNED_ROOTS)


def test_a_root_from_a_card_counts_only_when_it_is_pinned(
    register: Register,
    signed: SignedFiles,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    trust = TrustedRoots(cache=tmp_path, development_folder=None)

    trust.offer(register.root + bytes(50))
    assert Verdict.UNKNOWN_ISSUER is verify(signed, trust, TODAY).identity
    assert list(tmp_path.iterdir()) == []

    # when its fingerprint is an anchor
    fingerprint = hashlib.sha256(register.root).hexdigest()
    monkeypatch.setattr(roots, "PINNED_ROOTS", {fingerprint: "test"})
    trust.offer(register.root + bytes(50))

    # then it counts, is kept, and is not a development root
    result = verify(signed, trust, TODAY)
    assert Verdict.VALID is result.identity
    assert result.verdict == "valid"
    assert [tmp_path / f"{fingerprint}.der"] == list(tmp_path.iterdir())

    # and a cache alone is enough, until its entry is touched
    cached = TrustedRoots(cache=tmp_path, development_folder=None)
    assert Verdict.VALID is verify(signed, cached, TODAY).identity
    entry = tmp_path / f"{fingerprint}.der"
    entry.write_bytes(register.root[:-1] + b"\0")
    assert Verdict.UNKNOWN_ISSUER is verify(signed, cached, TODAY).identity


def test_a_cache_that_cannot_be_written_costs_nothing_else(
    register: Register, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(roots, "PINNED_ROOTS", {hashlib.sha256(register.root).hexdigest(): "t"})

    TrustedRoots(cache=tmp_path / "missing", development_folder=None).offer(register.root)


@given(st.binary(max_size=200), st.binary(max_size=80))
def test_any_bytes_as_certificate_are_loaded_or_a_card_error(
    untrusted: bytes, untrusted_inner: bytes
) -> None:
    sequence = b"\x30\x81" + bytes((len(untrusted_inner),)) + untrusted_inner
    for candidate in (untrusted, sequence):
        try:
            load_certificate(candidate)
        except CardError:
            continue


def test_a_certificate_of_an_unknown_version_is_malformed() -> None:
    original = _ec_certificate()
    version = original.index(bytes.fromhex("A003020102")) + 4

    with pytest.raises(CardMalformed):
        load_certificate(original[:version] + b"\x30" + original[version + 1 :])


@given(st.data())
@settings(max_examples=300)
def test_a_certificate_with_a_changed_byte_gives_a_verdict_or_a_card_error(
    data: st.DataObject,
) -> None:
    original = _ec_certificate()
    at = data.draw(st.integers(0, len(original) - 1))
    changed = original[:at] + data.draw(st.binary(min_size=1, max_size=4)) + original[at + 1 :]
    files = SignedFiles(IDENTITY, bytes(100), None, None, changed)
    try:
        result = verify(files, TrustedRoots(cache=None, development_folder=None), TODAY)
    except CardError:
        return
    assert Verdict.VALID is not result.identity


@given(st.binary(max_size=300), st.binary(max_size=300))
def test_any_bytes_as_signature_sign_nothing(untrusted: bytes, content: bytes) -> None:
    assert not is_signed(load_certificate(_ec_certificate()), untrusted, content)


@functools.cache
def _ec_certificate() -> bytes:
    return found_register("once", with_rsa=False).certificate
