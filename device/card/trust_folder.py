"""The development trust folder: root certificates of a test PKI, as files of a technician.

Only a folder that the configuration names is ever looked at; in production there is none.
"""

import base64
import binascii
import re
from pathlib import Path
from typing import ClassVar

from device.card.certificates import Certificate, load_certificate
from device.card.errors import CardMalformed
from device.errors import DeviceError

SUFFIXES = frozenset({".der", ".pem", ".crt", ".cer"})
"""Files with another ending are somebody's notes or keys, and are not opened."""

MAX_FILE_BYTES = 64 * 1024
MAX_CERTIFICATES = 64
"""In the whole folder: each costs time at every reading."""

_PEM = re.compile(
    rb"-----BEGIN (?P<label>(?:X509 |TRUSTED )?CERTIFICATE)-----"
    rb"(?P<body>[^-]*)"
    rb"-----END (?P=label)-----"
)
_BEGINNING = re.compile(rb"-----BEGIN (?:X509 |TRUSTED )?CERTIFICATE-----")


class TrustFolderFaulty(DeviceError):
    """Say which file of the trust folder is wrong, and how, to the technician who put it there.

    `name` is a file name, or "" for the folder itself. `reason` is one of no-folder, unreadable,
    too-long, no-certificate, pem, certificate, certificate-length, too-many, no-root.
    """

    code: ClassVar[str] = "trust-folder-faulty"

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(name, reason)
        self.name = name
        self.reason = reason


def certificates_in(folder: Path) -> list[Certificate]:
    """Return all certificates of all files in the folder, DER or PEM, in the order of names.

    A PEM file may hold several, with text between them. Raises TrustFolderFaulty: a technician
    who adds a root wants to hear that it is none.
    """
    try:
        paths = sorted(path for path in folder.iterdir() if path.suffix.lower() in SUFFIXES)
    except OSError:
        raise TrustFolderFaulty("", "no-folder") from None
    found: list[Certificate] = []
    for path in paths:
        found += _certificates_of(path, MAX_CERTIFICATES - len(found))
    return found


def _certificates_of(path: Path, most: int) -> list[Certificate]:
    content = _content(path)
    if len(content) > MAX_FILE_BYTES:
        raise TrustFolderFaulty(path.name, "too-long")
    ders = [content] if content.startswith(b"\x30") else _ders_of_pem(path.name, content)
    if len(ders) > most:
        raise TrustFolderFaulty(path.name, "too-many")
    try:
        return [load_certificate(der) for der in ders]
    except CardMalformed as error:
        raise TrustFolderFaulty(path.name, error.reason) from None


def _ders_of_pem(name: str, content: bytes) -> list[bytes]:
    blocks = [match["body"] for match in _PEM.finditer(content)]
    if not blocks and not _BEGINNING.search(content):
        raise TrustFolderFaulty(name, "no-certificate")
    if len(blocks) != len(_BEGINNING.findall(content)):
        raise TrustFolderFaulty(name, "pem")
    try:
        return [base64.b64decode(b"".join(block.split()), validate=True) for block in blocks]
    except binascii.Error:
        raise TrustFolderFaulty(name, "pem") from None


def _content(path: Path) -> bytes:
    try:
        # Opening a pipe would wait for ever.
        if not path.is_file():
            raise TrustFolderFaulty(path.name, "unreadable")
        with path.open("rb") as file:
            return file.read(MAX_FILE_BYTES + 1)
    except OSError:
        raise TrustFolderFaulty(path.name, "unreadable") from None
