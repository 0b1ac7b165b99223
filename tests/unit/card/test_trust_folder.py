"""The development trust folder: which files count, and how a broken one is named."""

from __future__ import annotations

import base64
import os
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from device.card.authenticity import verify
from device.card.roots import TrustedRoots
from device.card.trust_folder import (
    MAX_CERTIFICATES,
    MAX_FILE_BYTES,
    TrustFolderFaulty,
    certificates_in,
)
from device.card.verdict import Issuer
from tests.unit.card.pki import TODAY, Register, ec_key, register


def pem(der: bytes, label: str = "CERTIFICATE", newline: str = "\n") -> bytes:
    """Return the armour that other programs write."""
    body = base64.b64encode(der).decode()
    lines = [body[at : at + 64] for at in range(0, len(body), 64)]
    text = newline.join([f"-----BEGIN {label}-----", *lines, f"-----END {label}-----", ""])
    return text.encode()


@pytest.fixture(scope="module")
def made() -> Register:
    return register()


@pytest.fixture(scope="module")
def other() -> Register:
    return register(root_key=ec_key(7))


def issuer_of(made: Register, folder: Path) -> Issuer:
    """Return whether a card of the register is trusted with this folder."""
    trust = TrustedRoots(cache=None, development_folder=folder)
    return verify(made.card(), trust, TODAY).issuer.verdict


@pytest.mark.parametrize("name", ["root.der", "root.pem", "root.crt", "ROOT.CER", "root.x.PEM"])
@pytest.mark.parametrize("form", ["der", "pem", "crlf", "x509", "trusted", "text around"])
def test_a_root_counts_in_every_form_and_under_every_ending(
    name: str, form: str, made: Register, tmp_path: Path
) -> None:
    content = {
        "der": made.root,
        "pem": pem(made.root),
        "crlf": pem(made.root, newline="\r\n"),
        "x509": pem(made.root, "X509 CERTIFICATE"),
        "trusted": pem(made.root + b"\x30\x00", "TRUSTED CERTIFICATE"),
        "text around": b"Certificate:\n  Data: -\n" + pem(made.root) + b"\nend\n",
    }
    (tmp_path / name).write_bytes(content[form])

    assert issuer_of(made, tmp_path) is Issuer.TRUSTED


def test_a_file_with_several_certificates_counts_whole(
    made: Register, other: Register, tmp_path: Path
) -> None:
    chain = pem(other.root) + b"# the second\n" + pem(made.certificate) + pem(made.root)
    (tmp_path / "both.pem").write_bytes(chain)

    assert len(certificates_in(tmp_path)) == 3
    assert issuer_of(made, tmp_path) is Issuer.TRUSTED
    assert issuer_of(other, tmp_path) is Issuer.TRUSTED


def test_an_empty_folder_trusts_nobody(made: Register, tmp_path: Path) -> None:
    assert issuer_of(made, tmp_path) is Issuer.UNKNOWN


def test_what_is_no_certificate_by_its_name_is_left_alone(made: Register, tmp_path: Path) -> None:
    (tmp_path / "root.pem").write_bytes(pem(made.root))
    (tmp_path / "README").write_bytes(b"our test roots")
    (tmp_path / "root.new").write_bytes(b"\x30half")
    (tmp_path / "keys").mkdir()
    (tmp_path / "keys" / "rsa.pem").write_bytes(b"no certificate")

    assert issuer_of(made, tmp_path) is Issuer.TRUSTED


GOOD_BODY = base64.b64encode(bytes(40))


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("a.der", b"", "no-certificate"),
        ("a.pem", b"notes", "no-certificate"),
        (
            "a.pem",
            b"-----BEGIN PRIVATE KEY-----\n" + GOOD_BODY + b"\n-----END PRIVATE KEY-----",
            "no-certificate",
        ),
        ("a.pem", b"-----BEGIN CERTIFICATE-----\n" + GOOD_BODY, "pem"),
        (
            "a.pem",
            b"-----BEGIN CERTIFICATE-----\nAAA!\n-----END CERTIFICATE-----",
            "pem",
        ),
        (
            "a.pem",
            b"-----BEGIN CERTIFICATE-----\nAAA\n-----END CERTIFICATE-----",
            "pem",
        ),
        ("a.pem", pem(b"\x02\x01\x01"), "certificate-length"),
        ("a.der", b"\x30\x03\x02\x01\x01", "certificate"),
        ("a.der", b"\x30\x82\x05\x00" + bytes(10), "certificate-length"),
        ("a.der", b"\x30\x82\x13\x88" + bytes(5000), "certificate-length"),
        ("a.cer", b"\x30" + bytes(MAX_FILE_BYTES), "too-long"),
    ],
)
def test_a_broken_file_is_named_to_the_technician(
    name: str, content: bytes, reason: str, made: Register, tmp_path: Path
) -> None:
    # given a good root beside it
    (tmp_path / "good.der").write_bytes(made.root)
    (tmp_path / name).write_bytes(content)

    with pytest.raises(TrustFolderFaulty) as caught:
        issuer_of(made, tmp_path)

    assert (name, reason) == (caught.value.name, caught.value.reason)
    assert caught.value.code == "trust-folder-faulty"


def test_a_letter_that_is_none_in_a_pem_file_is_not_passed_over(
    made: Register, tmp_path: Path
) -> None:
    whole = pem(made.root)
    (tmp_path / "a.pem").write_bytes(whole[:100] + b"!" + whole[100:])

    with pytest.raises(TrustFolderFaulty, match="pem"):
        issuer_of(made, tmp_path)


def test_a_folder_that_is_not_there_is_said_so(made: Register, tmp_path: Path) -> None:
    with pytest.raises(TrustFolderFaulty) as caught:
        issuer_of(made, tmp_path / "missing")

    assert ("", "no-folder") == (caught.value.name, caught.value.reason)


@pytest.mark.parametrize("kind", ["folder", "pipe", "dangling"])
def test_what_is_no_plain_file_is_unreadable_and_never_waited_for(
    kind: str, made: Register, tmp_path: Path
) -> None:
    path = tmp_path / "odd.pem"
    match kind:
        case "folder":
            path.mkdir()
        case "pipe":
            os.mkfifo(path)
        case _:
            path.symlink_to("nowhere")

    with pytest.raises(TrustFolderFaulty) as caught:
        issuer_of(made, tmp_path)

    assert ("odd.pem", "unreadable") == (caught.value.name, caught.value.reason)


@pytest.mark.parametrize("files", [1, 5])
def test_a_bomb_of_certificates_is_refused_by_their_number(
    files: int, made: Register, tmp_path: Path
) -> None:
    each = MAX_CERTIFICATES // files
    for number in range(files):
        (tmp_path / f"{number}.pem").write_bytes(pem(made.root) * each)
    assert issuer_of(made, tmp_path) is Issuer.TRUSTED

    (tmp_path / "last.pem").write_bytes(pem(made.root) * (MAX_CERTIFICATES - files * each + 1))

    with pytest.raises(TrustFolderFaulty) as caught:
        issuer_of(made, tmp_path)
    assert ("last.pem", "too-many") == (caught.value.name, caught.value.reason)


@given(st.binary(max_size=300), st.sampled_from((b"", b"\x30", b"-----BEGIN CERTIFICATE-----\n")))
@settings(deadline=None)
def test_any_file_is_loaded_or_named(content: bytes, start: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "any.pem").write_bytes(start + content)
        try:
            certificates_in(Path(folder))
        except TrustFolderFaulty as error:
            named = error.name
        else:
            return
    assert named == "any.pem"
