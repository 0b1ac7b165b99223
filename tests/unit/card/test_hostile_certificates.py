"""Any bytes as certificate, signature, address or photo: a verdict or CardMalformed."""

from __future__ import annotations

import dataclasses
import functools
import warnings

import pytest
from cryptography import x509
from cryptography.x509.oid import ExtensionOID, ObjectIdentifier
from hypothesis import given, settings
from hypothesis import strategies as st

from device.card.authenticity import SignedFiles, is_signed, verify
from device.card.certificates import MAX_CERTIFICATE_BYTES, Certificate, load_certificate
from device.card.errors import CardMalformed
from device.card.roots import Root, TrustedRoots
from device.card.verdict import Authenticity, Issuer, Verdict
from tests.unit.card.pki import (
    TODAY,
    Register,
    der,
    ec_key,
    identity_of,
    no_trust,
    register,
    rsa_key,
)

hostile = settings(max_examples=300, deadline=None)


@functools.cache
def _made(kind: str) -> Register:
    return register(rsa_key()) if kind == "rsa" else register(ec_key())


@functools.cache
def _card(kind: str) -> SignedFiles:
    return _made(kind).card()


def checked(files: SignedFiles, trust: TrustedRoots | None = None) -> Authenticity | None:
    """Return the verdict, or None for CardMalformed; any other error is the test's."""
    try:
        return verify(files, trust or no_trust(), TODAY)
    except CardMalformed:
        return None


kinds = st.sampled_from(("rsa", "ec"))


@given(st.binary(max_size=200), st.binary(max_size=80))
@hostile
def test_any_bytes_as_certificate_are_loaded_or_malformed(
    untrusted: bytes, untrusted_inner: bytes
) -> None:
    for candidate in (untrusted, der(0x30, untrusted_inner)):
        try:
            load_certificate(candidate)
        except CardMalformed:
            continue


@given(kinds, st.data())
@hostile
def test_a_certificate_whose_signed_bytes_changed_is_never_trusted(
    kind: str, data: st.DataObject
) -> None:
    made = _made(kind)
    original = made.certificate
    at = data.draw(st.integers(0, len(original) - 1))
    width = data.draw(st.integers(0, 4))
    new = data.draw(st.binary(max_size=4).filter(lambda new: new != original[at : at + width]))
    changed = original[:at] + new + original[at + width :]
    files = dataclasses.replace(made.card(), rrn_certificate=changed)

    result = checked(files, _Trusts(made))

    # Bytes that no signature covers (padding, and in older releases of the library the outer name
    # of the algorithm) change nothing.
    if result is not None and load_certificate(changed).signed != load_certificate(original).signed:
        assert result.issuer.verdict is not Issuer.TRUSTED


@given(kinds, st.integers(0, 2000))
@hostile
def test_a_truncated_certificate_is_malformed(kind: str, length: int) -> None:
    made = _made(kind)
    truncated = made.certificate[: min(length, len(made.certificate) - 1)]

    assert checked(dataclasses.replace(made.card(), rrn_certificate=truncated)) is None


@given(kinds, st.binary(max_size=400))
@hostile
def test_any_bytes_as_signature_sign_nothing(kind: str, untrusted: bytes) -> None:
    made = _made(kind)
    certificate = load_certificate(made.certificate)
    for signature in (untrusted, der(0x30, untrusted), der(0x30, der(0x02, untrusted))):
        assert not is_signed(certificate, signature, b"content")


@given(kinds, st.integers(0, 255), st.integers(1, 255))
@hostile
def test_a_signature_with_a_changed_byte_signs_nothing(kind: str, place: int, flip: int) -> None:
    card = _card(kind)
    used = len(card.identity_signature.rstrip(b"\0"))
    signature = bytearray(card.identity_signature)
    signature[place % used] ^= flip

    result = checked(dataclasses.replace(card, identity_signature=bytes(signature)))

    assert result is not None
    assert result.identity.verdict is Verdict.ALTERED
    assert result.address.verdict is Verdict.ALTERED


@given(st.binary(max_size=300), st.binary(max_size=300), st.binary(max_size=300))
@hostile
def test_any_files_under_a_genuine_certificate_are_altered(
    identity: bytes, address: bytes, photo: bytes
) -> None:
    card = _made("ec").card()
    files = dataclasses.replace(card, identity=identity, address=address, photo=photo)

    result = checked(files)

    assert result is not None
    assert {result.identity.verdict, result.address.verdict} == {Verdict.ALTERED}
    assert result.photo.verdict is Verdict.NOT_CHECKED


@given(st.binary(max_size=200), st.integers(0, 60))
@hostile
def test_any_identity_that_a_register_signed_gives_a_verdict(identity: bytes, tag: int) -> None:
    made = _made("ec")
    for content in (identity, identity_of(more={tag: identity[:100]})):
        assert checked(made.card(content or b"\0")) is not None


def test_what_is_odd_in_a_certificate_warns_nobody_later() -> None:
    # given a country of three letters, at which the library warns whenever it looks
    organization, country = bytes.fromhex("060355040a"), bytes.fromhex("0603550406")
    odd = _made("ec").certificate.replace(organization, country, 1)
    assert odd != _made("ec").certificate

    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        result = checked(dataclasses.replace(_card("ec"), rrn_certificate=odd))

    assert heard == []
    assert result is None or result.issuer.verdict is Issuer.UNKNOWN


# ---- bombs ---------------------------------------------------------------------------


def nested(depth: int, tag: int) -> bytes:
    """Return elements within elements, as deep as asked."""
    content = b""
    for _ in range(depth):
        content = der(tag, content)
    return content


@pytest.mark.parametrize("tag", [0x30, 0x31, 0xA0, 0x24])
@pytest.mark.parametrize("depth", [10, 100, 1000, 1300])
def test_deep_structures_are_malformed(depth: int, tag: int) -> None:
    bomb = nested(depth, tag)
    original = _made("ec").certificate

    for candidate in (bomb, der(0x30, bomb), der(0x30, der(0x30, bomb), original[-110:])):
        with pytest.raises(CardMalformed):
            load_certificate(candidate)


def test_a_deep_structure_within_an_extension_is_never_followed() -> None:
    for oid in (ObjectIdentifier("1.2.3.4"), ExtensionOID.CERTIFICATE_POLICIES):
        bomb = x509.UnrecognizedExtension(oid, nested(900, 0x30))
        made = register(extensions=[(bomb, False)])
        result = checked(made.card())
        assert result is None or result.issuer.verdict is Issuer.UNKNOWN


@pytest.mark.parametrize(
    "certificate",
    [
        der(0x30, bytes(MAX_CERTIFICATE_BYTES)),
        b"\x30\x82\xff\xff" + bytes(65535),
        b"\x30\x83\x01\x00\x00" + bytes(65536),
        b"\x30\x84\xff\xff\xff\xff" + bytes(100),
        b"\x30\x80" + bytes(100),
        b"\x30\xff" + bytes(300),
    ],
)
def test_a_length_beyond_the_bounds_is_malformed(certificate: bytes) -> None:
    with pytest.raises(CardMalformed, match="certificate-length"):
        load_certificate(certificate)


def test_many_extensions_are_one_certificate_within_the_same_bounds() -> None:
    many = [
        (x509.UnrecognizedExtension(ObjectIdentifier(f"1.2.3.{n}"), b""), False) for n in range(200)
    ]
    result = checked(register(extensions=many).card())

    assert result is not None
    assert result.issuer.verdict is Issuer.UNKNOWN


class _Trusts(TrustedRoots):
    """Trust one register's root, without a folder."""

    def __init__(self, made: Register) -> None:
        super().__init__(cache=None, development_folder=None)
        self._roots = [_root(made.root)]

    def named_by(self, certificate: Certificate) -> list[Root]:
        return [r for r in self._roots if r.certificate.subject == certificate.issuer]


@functools.cache
def _root(content: bytes) -> Root:
    return Root(load_certificate(content), is_development=False)
