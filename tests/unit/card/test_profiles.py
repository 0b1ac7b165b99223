"""Every profile is a whole card: signed, sized and furnished as cards of its generation are."""

import hashlib
import tempfile
from io import BytesIO
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed, encode_dss_signature
from cryptography.x509.oid import NameOID
from PIL import Image

from device.card import files, tlv
from device.card.forge import KeyRing
from device.card.forge.card import (
    AUTHENTICATION_CERTIFICATE,
    BASIC_KEY,
    CITIZEN_AUTHORITY,
    HOLDER_FILES,
)
from device.card.virtual import ATR_17, ATR_18, VirtualCard
from provisioning.twin.cards import Deck, Truth, TwinPki
from tests.card_truth import certificate, found, register_of

BYTE_LIMITS = {
    **{0x01: 12, 0x05: 80, 0x06: 11, 0x07: 110, 0x08: 95, 0x09: 3, 0x0A: 85, 0x0B: 80, 0x0C: 13},
    **{0x0D: 1, 0x0E: 50, 0x0F: 2, 0x10: 2, 0x12: 2, 0x13: 1, 0x15: 13, 0x16: 1, 0x17: 13},
    **{0x18: 13, 0x19: 18, 0x1B: 1, 0x1C: 1, 0x1D: 1, 0x1E: 1, 0x1F: 10},
}
"""The longest announced values of the identity, in bytes (eid.md, 3.2)."""
OBSERVED_TYPES = frozenset(
    {1, 6, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 27, 28, 31, 32, 33, 34, 35, 36}
)


def _names() -> list[str]:
    with tempfile.TemporaryDirectory() as folder:
        return list(Deck(TwinPki(Path(folder))).people)


PEOPLE = _names()


@pytest.fixture(scope="module")
def trust(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("trust")


@pytest.fixture(scope="module")
def deck(trust: Path) -> Deck:
    return Deck(TwinPki(trust))


@pytest.mark.parametrize("name", PEOPLE)
def test_a_card_is_as_true_as_its_profile_says(name: str, deck: Deck) -> None:
    truth = deck.truth(name)

    assert (truth.identity, truth.address, truth.photo) == found(deck.content(name).files)


@pytest.mark.parametrize("name", PEOPLE)
def test_a_root_issued_the_register_and_lies_in_the_trust_folder_if_it_may(
    name: str, deck: Deck, trust: Path
) -> None:
    content = deck.content(name)

    root, register = certificate(content.files, files.ROOT_CERTIFICATE), register_of(content.files)

    assert root.subject == root.issuer == register.issuer
    assert deck.root(name) == root.public_bytes(serialization.Encoding.DER)
    for issued in (root, register, certificate(content.files, CITIZEN_AUTHORITY)):
        key, algorithm = root.public_key(), issued.signature_hash_algorithm
        assert algorithm is not None
        if isinstance(key, rsa.RSAPublicKey):
            key.verify(
                issued.signature, issued.tbs_certificate_bytes, padding.PKCS1v15(), algorithm
            )
        else:
            assert isinstance(key, ec.EllipticCurvePublicKey)
            key.verify(issued.signature, issued.tbs_certificate_bytes, ec.ECDSA(algorithm))
    trusted = [path.read_bytes() for path in trust.glob("*.der")]
    assert (deck.truth(name).issuer != "unknown") == (deck.root(name) in trusted)


@pytest.mark.parametrize("name", PEOPLE)
def test_a_card_says_what_its_person_is(name: str, deck: Deck) -> None:
    content, shown = deck.content(name), deck.shown(name)

    identity = tlv.parse(content.files[files.IDENTITY])
    address = tlv.parse(content.files[files.ADDRESS])

    assert list(identity) == sorted(identity)
    assert shown.surname.encode() == identity[0x07]
    assert shown.birth_date.encode() == identity[0x0C]
    assert shown.document_type.encode() == identity[0x0F]
    assert shown.chip == identity[0x02] == content.card_data[:16]
    assert shown.is_family_member == (0x14 in identity)
    assert (shown.eu_start_date is not None) == (0x1F in identity)
    assert shown.street.encode() == address[0x01]
    too_long = {tag for tag, most in BYTE_LIMITS.items() if len(identity.get(tag, b"")) > most}
    assert set() == too_long
    assert len(content.files[files.IDENTITY]) <= 816
    assert (0x00 in identity) == deck.make(name).with_version == (0x00 in address)


@pytest.mark.parametrize("name", PEOPLE)
def test_files_are_as_long_as_those_of_their_generation(name: str, deck: Deck) -> None:
    content, applet = deck.content(name), deck.make(name).applet
    of = content.files
    is_small = len(of[files.IDENTITY_SIGNATURE]) == 128

    assert (0x11 == applet) == is_small
    assert (ATR_18 if applet == 0x18 else ATR_17) == content.atr
    assert {len(of[files.ADDRESS_SIGNATURE])} == {len(of[files.IDENTITY_SIGNATURE])} <= {128, 256}
    assert len(of[files.ADDRESS]) == (117 if applet == 0x11 else 121)
    assert 2629 <= len(of[files.PHOTO]) <= 3064
    tail = 1100 if applet == 0x18 else 50
    for path in (files.RRN_CERTIFICATE, files.ROOT_CERTIFICATE, CITIZEN_AUTHORITY):
        length = tlv.der_length(of[path])
        assert length is not None
        assert 500 <= length <= 1500
        assert bytes(tail) == of[path][length:]
    assert content.card_data[21] == applet
    assert 28 == len(content.card_data)
    assert (applet == 0x18) == (BASIC_KEY in of) == bool(content.card_data_more)


@pytest.mark.parametrize("name", PEOPLE)
def test_a_photo_is_a_grey_jpeg_of_nobody(name: str, deck: Deck) -> None:
    photo = Image.open(BytesIO(deck.content(name).files[files.PHOTO]))
    photo.load()

    size = (150, 195) if deck.make(name).applet == 0x18 else (140, 200)
    assert ("JPEG", "L", size) == (photo.format, photo.mode, photo.size)


@pytest.mark.parametrize("name", PEOPLE)
def test_holders_have_certificates_with_their_number_and_children_have_zeros(
    name: str, deck: Deck
) -> None:
    content, make = deck.content(name), deck.make(name)

    if make.with_holder:
        subject = certificate(content.files, AUTHENTICATION_CERTIFICATE).subject
        number = subject.get_attributes_for_oid(NameOID.SERIAL_NUMBER)[0].value
        assert deck.person(name).national_number == number
    else:
        zeros = bytes(2500 if make.applet == 0x18 else 1300)
        assert [zeros, zeros] == [content.files[file] for file in HOLDER_FILES]


@pytest.mark.parametrize(
    ("name", "key_bits", "digest", "photo_hash_bytes"),
    [
        ("belgian-1.1", 1024, "sha1", 20),
        ("belgian-1.7", 2048, "sha256", 32),
        ("belgian-1.7-sha1", 2048, "sha1", 20),
        ("belgian-1.7-rekeyed", 384, "sha384", 32),
        ("belgian-1.7-rekeyed-sha1", 384, "sha384", 20),
        ("belgian-1.8", 384, "sha384", 48),
    ],
)
def test_each_generation_has_its_keys_and_hashes(
    name: str, key_bits: int, digest: str, photo_hash_bytes: int, deck: Deck
) -> None:
    content = deck.content(name)
    register = register_of(content.files)
    key = register.public_key()

    assert isinstance(key, rsa.RSAPublicKey | ec.EllipticCurvePublicKey)
    assert register.signature_hash_algorithm is not None
    assert (key_bits, digest) == (key.key_size, register.signature_hash_algorithm.name)
    assert photo_hash_bytes == len(tlv.parse(content.files[files.IDENTITY])[0x11])


def test_a_chip_of_applet_18_proves_that_it_has_the_key_of_its_file(deck: Deck) -> None:
    # given the key that the signed identity vouches for
    content = deck.content("belgian-1.8")
    file = content.files[BASIC_KEY]
    key = serialization.load_der_public_key(file)
    vouched = tlv.parse(content.files[files.IDENTITY])[0x1A]
    # when the chip is asked
    challenge = bytes(range(48))
    card = VirtualCard(content)
    first = card.transmit(bytes.fromhex("0088028132 9430") + challenge)
    answer = card.transmit(bytes.fromhex("00C0000060"))
    # then
    assert (120, hashlib.sha384(file).digest()) == (len(file), vouched)
    assert bytes.fromhex("6160") == first
    assert (98, bytes.fromhex("9000")) == (len(answer), answer[-2:])
    r, s = int.from_bytes(answer[:48], "big"), int.from_bytes(answer[48:96], "big")
    assert isinstance(key, ec.EllipticCurvePublicKey)
    key.verify(encode_dss_signature(r, s), challenge, ec.ECDSA(Prehashed(hashes.SHA384())))


def test_there_is_a_profile_for_every_kind_and_every_flaw(deck: Deck) -> None:
    kinds = {int(deck.person(name).document_type) for name in deck.people}
    truths = {deck.truth(name) for name in deck.people}

    assert kinds >= OBSERVED_TYPES
    assert truths >= {
        Truth("valid", "valid", "valid", "trusted"),
        Truth("altered", "valid", "valid", "trusted"),
        Truth("valid", "altered", "valid", "trusted"),
        Truth("valid", "valid", "altered", "trusted"),
        Truth("valid", "valid", "valid", "unknown"),
        Truth("valid", "valid", "valid", "expired"),
    }
    assert len(deck.profiles) >= 40


def test_the_longest_surname_has_ninety_letters_in_as_many_bytes_as_a_card_announces(
    deck: Deck,
) -> None:
    surname = deck.person("long-names").surname

    assert (90, 110) == (len(surname), len(surname.encode()))


@pytest.mark.parametrize("name", PEOPLE)
def test_a_national_number_belongs_to_nobody(name: str, deck: Deck) -> None:
    number = deck.person(name).national_number

    assert 11 == len(number)
    assert number[6:9] in ("000", "999")
    first_nine = int(number[:9])
    rests = {97 - first_nine % 97, 97 - (2_000_000_000 + first_nine) % 97}
    assert int(number[9:]) in rests


def test_keys_and_roots_outlive_a_process(tmp_path: Path) -> None:
    # given a folder in which cards were made
    once = Deck(TwinPki(tmp_path))
    before = once.content("belgian-1.7")
    # when they are made again
    again = Deck(TwinPki(tmp_path))
    after = again.content("belgian-1.7")
    # then the root of the first also vouches for the second
    assert once.root("belgian-1.7") == again.root("belgian-1.7")
    one, other = (register_of(content.files).public_key() for content in (before, after))
    assert isinstance(one, rsa.RSAPublicKey)
    assert isinstance(other, rsa.RSAPublicKey)
    assert one.public_numbers() == other.public_numbers()


def test_of_two_processes_that_make_a_key_at_once_both_have_the_first(tmp_path: Path) -> None:
    one, other = KeyRing(tmp_path), KeyRing(tmp_path)

    assert b"first" == one.keep("key", b"first")
    assert b"first" == other.keep("key", b"second")
    assert ["key"] == [path.name for path in tmp_path.iterdir()]
