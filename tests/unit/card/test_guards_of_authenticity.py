"""Each step of the check holds off a card that no other step would.

For each step there is a hostile card. It is refused; and when that one step is taken away, it
passes. So a step that breaks is seen, and a step that nothing needs is not here.
"""

from __future__ import annotations

import dataclasses
import datetime
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import ObjectIdentifier, SignatureAlgorithmOID

from device.card import authenticity, certificates, roots, tlv, trust_folder
from device.card.authenticity import SignedFiles, verify
from device.card.errors import CardMalformed
from device.card.roots import Root, TrustedRoots, fingerprint_of
from device.card.verdict import Part, Verdict
from tests.unit.card.pki import (
    ADDRESS,
    CA_USAGE,
    LAST_DAY,
    ROOT,
    RRN,
    TODAY,
    Register,
    certify,
    ec_key,
    identity_of,
    name,
    register,
    rsa_key,
    trust_in,
)

GOOD = ("valid", "development")
YESTERDAY = TODAY - datetime.timedelta(days=1)
OTHER_NAME = name("Another root")

Hand = pytest.MonkeyPatch


@dataclass(frozen=True)
class Attack:
    """A card that one step holds off: what is on it, what is trusted, how the step is removed."""

    card: SignedFiles
    trust: TrustedRoots
    remove: Callable[[Hand], None]


def gone(owner: Any, step: str, instead: Any) -> Callable[[Hand], None]:
    """Return what replaces a step by something that always agrees."""
    return lambda hand: hand.setattr(owner, step, instead)


def yes(*_: object) -> bool:
    return True


def nothing(*_: object) -> None:
    return None


def of(made: Register, folder: Path) -> dict[str, Any]:
    """Return a whole card of a register, and the trust in its root."""
    return {"card": made.card(), "trust": trust_in(folder, made.root)}


def altered_identity(folder: Path) -> Attack:
    made = register()
    card = dataclasses.replace(made.card(), identity=identity_of(more={0x08: b"Ander"}), photo=None)
    signed = Part(Verdict.VALID)
    return Attack(
        card,
        trust_in(folder, made.root),
        gone(authenticity, "_identity", lambda *_: signed),
    )


def altered_address(folder: Path) -> Attack:
    made = register()
    card = dataclasses.replace(made.card(), address=ADDRESS.replace(b"1000", b"1001"))
    signed = Part(Verdict.VALID)
    return Attack(
        card, trust_in(folder, made.root), gone(authenticity, "_address", lambda *_: signed)
    )


def any_signature(folder: Path) -> Attack:
    made = register()
    card = dataclasses.replace(made.card(), address_signature=bytes(256))
    return Attack(card, trust_in(folder, made.root), gone(authenticity, "is_signed", yes))


def address_of_another_card(folder: Path) -> Attack:
    """The address' signature covers the signature of the identity it belongs to."""
    made = register()
    mine, other = made.card(), made.card(identity_of(more={0x08: b"Ander"}))
    card = dataclasses.replace(
        mine, address=other.address, address_signature=other.address_signature
    )

    def without(hand: Hand) -> None:
        genuine = authenticity._address
        unbound = dataclasses.replace(card, identity_signature=other.identity_signature)
        hand.setattr(authenticity, "_address", lambda _, rrn: genuine(unbound, rrn))

    return Attack(card, trust_in(folder, made.root), without)


def another_photo(folder: Path) -> Attack:
    made = register()
    card = dataclasses.replace(made.card(), photo=b"another face")
    signed = Part(Verdict.VALID)
    return Attack(
        card, trust_in(folder, made.root), gone(authenticity, "_photo", lambda *_: signed)
    )


def another_subject(folder: Path) -> Attack:
    made = register(subject=name("Citizen CA"))
    return Attack(**of(made, folder), remove=gone(certificates, "names_the_register", yes))


def authority_as_register(folder: Path) -> Attack:
    made = register(extensions=[(x509.BasicConstraints(ca=True, path_length=None), True)])
    return Attack(**of(made, folder), remove=gone(certificates, "unfit_to_sign_data", nothing))


def key_of_an_authority(folder: Path) -> Attack:
    made = register(extensions=[(CA_USAGE, True)])
    return Attack(**of(made, folder), remove=gone(certificates, "unfit_to_sign_data", nothing))


def unknown_critical_extension(folder: Path) -> Attack:
    unknown = x509.UnrecognizedExtension(ObjectIdentifier("1.2.3.4"), b"\x05\x00")
    made = register(extensions=[(unknown, True)])
    understood = certificates._UNDERSTOOD | {unknown.oid}
    return Attack(**of(made, folder), remove=gone(certificates, "_UNDERSTOOD", understood))


def weak_key_of_the_register(folder: Path) -> Attack:
    made = register(rsa_key(512))
    return Attack(**of(made, folder), remove=gone(certificates, "RSA_BITS", range(1, 9999)))


def weak_key_of_the_root(folder: Path) -> Attack:
    made = register(root_key=rsa_key(512))
    return Attack(**of(made, folder), remove=gone(certificates, "weakness_of", nothing))


def md5_of_the_root(folder: Path) -> Attack:
    made = register(root_key=rsa_key(), algorithm="md5")
    broken = (rsa.RSAPublicKey, hashes.MD5())  # noqa: S303  what is to be refused

    def without(hand: Hand) -> None:
        hand.setitem(certificates._SIGNED_WITH, SignatureAlgorithmOID.RSA_WITH_MD5, broken)

    return Attack(**of(made, folder), remove=without)


def another_key_id(folder: Path) -> Attack:
    made = register(names_key=ec_key(7).public_key())
    return Attack(**of(made, folder), remove=gone(certificates, "key_ids_agree", yes))


def another_issuer(folder: Path) -> Attack:
    made = register(issuer=OTHER_NAME)
    root = Root(certificates.load_certificate(made.root), is_development=True)
    return Attack(**of(made, folder), remove=gone(TrustedRoots, "named_by", lambda *_: [root]))


def signature_of_the_root(folder: Path) -> Attack:
    genuine = register()
    forged = certify(RRN, ec_key(5).public_key(), ROOT, ec_key(6), names_key=ec_key(1).public_key())
    return Attack(
        Register(b"", forged, ec_key(5)).card(),
        trust_in(folder, genuine.root),
        gone(certificates, "is_signed_by", yes),
    )


class _AllPinned(dict[str, str]):
    def __contains__(self, _: object) -> bool:
        return True


def root_that_is_not_pinned(_: Path) -> Attack:
    """As every card, this one brings its root with it."""
    made = register()
    trust = TrustedRoots(cache=None, development_folder=None)

    def without(hand: Hand) -> None:
        hand.setattr(roots, "PINNED_ROOTS", _AllPinned())
        trust.offer(made.root)

    trust.offer(made.root)
    return Attack(made.card(), trust, without)


def cache_entry_of_a_forger(folder: Path) -> Attack:
    made = register()
    pinned = next(iter(roots.PINNED_ROOTS))
    (folder / f"{pinned}.der").write_bytes(made.root)
    trust = TrustedRoots(cache=folder, development_folder=None)
    assert fingerprint_of(made.root) not in roots.PINNED_ROOTS
    return Attack(made.card(), trust, gone(roots, "fingerprint_of", lambda _: pinned))


def register_as_an_anchor(folder: Path) -> Attack:
    """A chain lies in the trust folder; what is below its root must issue nothing."""
    made = register()
    below = certify(RRN, ec_key(5).public_key(), RRN, ec_key())
    return Attack(
        Register(b"", below, ec_key(5)).card(),
        trust_in(folder, made.root, made.certificate),
        gone(roots, "is_root", yes),
    )


def end_entity_as_a_root(folder: Path) -> Attack:
    """Issued by itself, and it says that it may issue nothing."""
    key = ec_key(8)
    leaf = certify(
        ROOT,
        key.public_key(),
        ROOT,
        key,
        extensions=[(x509.BasicConstraints(ca=False, path_length=None), True)],
    )
    below = certify(RRN, ec_key(5).public_key(), ROOT, key)
    other = certify(OTHER_NAME, key.public_key(), OTHER_NAME, key)
    return Attack(
        Register(b"", below, ec_key(5)).card(),
        trust_in(folder, leaf, other),
        gone(roots, "is_root", yes),
    )


def _never_ends(hand: Hand) -> None:
    genuine = certificates.load_certificate

    def endless(untrusted: bytes) -> certificates.Certificate:
        return dataclasses.replace(genuine(untrusted), last_day=LAST_DAY)

    hand.setattr(authenticity, "load_certificate", endless)
    hand.setattr(trust_folder, "load_certificate", endless)


def expired_certificate(folder: Path) -> Attack:
    return Attack(**of(register(last_day=YESTERDAY), folder), remove=_never_ends)


def expired_root(folder: Path) -> Attack:
    return Attack(**of(register(root_last_day=YESTERDAY), folder), remove=_never_ends)


def no_clock(folder: Path) -> Attack:
    """It began after its issuer's end: a clock that stands still must not hide that."""
    made = register(last_day=YESTERDAY)
    card = made.card(identity_of(begin=f"{TODAY:%d.%m.%Y}"))
    long_ago = datetime.date(2016, 1, 1)

    def without(hand: Hand) -> None:
        hand.setattr(authenticity._Period, "at", lambda *_: long_ago)

    return Attack(card, trust_in(folder, made.root), without)


ATTACKS = (
    altered_identity,
    altered_address,
    any_signature,
    address_of_another_card,
    another_photo,
    another_subject,
    authority_as_register,
    key_of_an_authority,
    unknown_critical_extension,
    weak_key_of_the_register,
    weak_key_of_the_root,
    md5_of_the_root,
    another_key_id,
    another_issuer,
    signature_of_the_root,
    root_that_is_not_pinned,
    cache_entry_of_a_forger,
    register_as_an_anchor,
    end_entity_as_a_root,
    expired_certificate,
    expired_root,
    no_clock,
)


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.__name__)
def test_each_step_holds_off_a_card_that_no_other_step_would(
    attack: Callable[[Path], Attack], tmp_path: Path, monkeypatch: Hand
) -> None:
    made = attack(tmp_path)

    # then it is refused with the step
    assert verify(made.card, made.trust, TODAY).verdict not in GOOD
    # and passes without it
    made.remove(monkeypatch)
    assert verify(made.card, made.trust, TODAY).verdict in GOOD


def _whole_file(untrusted: bytes) -> int:
    return len(untrusted)


def _bare(hand: Hand) -> None:
    genuine = authenticity.is_signed
    hand.setattr(
        authenticity,
        "is_signed",
        lambda rrn, signature, content: genuine(rrn, signature, content.rstrip(b"\0")),
    )


@pytest.mark.parametrize(
    "remove",
    [
        pytest.param(gone(tlv, "der_length", _whole_file), id="signature-cut-at-der"),
        pytest.param(
            gone(authenticity, "signed_addresses", lambda address: [address]), id="address-trimmed"
        ),
        pytest.param(_bare, id="padding-of-the-signature-kept"),
    ],
)
def test_each_rule_of_the_files_is_needed_by_a_genuine_card(
    remove: Callable[[Hand], None], tmp_path: Path, monkeypatch: Hand
) -> None:
    attackless = of(register(), tmp_path)
    # A certificate with zeros behind it would need the same length; this is about signatures.
    certificate = certificates.load_certificate(attackless["card"].rrn_certificate)
    monkeypatch.setattr(authenticity, "load_certificate", lambda _: certificate)
    assert verify(attackless["card"], attackless["trust"], TODAY).verdict in GOOD

    remove(monkeypatch)

    assert verify(attackless["card"], attackless["trust"], TODAY).verdict not in GOOD


def test_a_card_that_ran_out_before_its_issuer_needs_the_period_of_the_card(
    tmp_path: Path, monkeypatch: Hand
) -> None:
    made = register(last_day=YESTERDAY)
    card = made.card(identity_of(end="01.01.2024"))
    trust = trust_in(tmp_path, made.root)
    assert verify(card, trust, TODAY).verdict in GOOD

    monkeypatch.setattr(authenticity._Period, "at", lambda _, today: today)

    assert verify(card, trust, TODAY).verdict not in GOOD


def test_a_bomb_of_a_certificate_is_held_off_by_its_size_alone(
    tmp_path: Path, monkeypatch: Hand
) -> None:
    filler = x509.UnrecognizedExtension(ObjectIdentifier("1.2.3.4"), bytes(4096))
    made = register(extensions=[(filler, False)])
    trust = trust_in(tmp_path, made.root)

    with pytest.raises(CardMalformed, match="certificate-length"):
        verify(made.card(), trust, TODAY)

    monkeypatch.setattr(certificates, "MAX_CERTIFICATE_BYTES", 1 << 16)
    assert verify(made.card(), trust, TODAY).verdict in GOOD
