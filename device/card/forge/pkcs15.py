"""The PKCS#15 directory of a card, which other programs look for (PKCS#15 v1.1)."""

from cryptography.hazmat.primitives.asymmetric import rsa

from device.card.forge.keys import PublicKey

DIRECTORY = bytes.fromhex("3F002F00")
_DF = bytes.fromhex("3F00DF00")
_KEYS = (("Authentication", 0x82, 2), ("Signature", 0x83, 3))
_CERTIFICATES = (
    ("Authentication", 0x38, 2),
    ("Signature", 0x39, 3),
    ("CA", 0x3A, 4),
    ("Root", 0x3B, 6),
)
_PRIVATE, _MODIFIABLE = bytes.fromhex("0780"), bytes.fromhex("0640")
"""BIT STRING values of CommonObjectFlags: private; modifiable."""
_SIGN, _NON_REPUDIATION = bytes.fromhex("0520"), bytes.fromhex("060040")
_NOT_EXTRACTABLE = bytes.fromhex("03B8")
_PIN_FLAGS = bytes.fromhex("0430")


def directory_files(serial: bytes, holder_key: PublicKey) -> dict[bytes, bytes]:
    """Return EF(DIR), ODF, TokenInfo, AODF, PrKDF and CDF by path.

    `serial` is the chip number, `holder_key` tells the kind and the size of the holder's keys.
    """
    token = b"\x30\x27\x02\x01\x00\x04\x10" + serial
    token += bytes.fromhex("800642454C504943 03020430 9E0401010100")
    return {
        DIRECTORY: bytes.fromhex(
            "61234F0CA000000177504B43532D31355006 42454C504943 51043F00DF00 730506036038 02"
        ),
        _file(0x31): b"".join(
            _der(tag, _path(ef)) for tag, ef in ((0xA0, 0x35), (0xA4, 0x37), (0xA8, 0x34))
        ),
        _file(0x32): token,
        _file(0x34): _pin(),
        _file(0x35): b"".join(_private_key(*key, holder_key) for key in _KEYS),
        _file(0x37): b"".join(_certificate(*certificate) for certificate in _CERTIFICATES),
    }


def _file(low: int) -> bytes:
    return _DF + bytes((0x50, low))


def _der(tag: int, *parts: bytes) -> bytes:
    content = b"".join(parts)
    size = bytes((len(content),)) if len(content) < 0x80 else bytes((0x81, len(content)))
    return bytes((tag,)) + size + content


def _path(low: int) -> bytes:
    return _der(0x30, _der(0x04, _file(low)))


def _common(label: str, flags: bytes, *more: bytes) -> bytes:
    return _der(0x30, _der(0x0C, label.encode()), _der(0x03, flags), *more)


def _pin() -> bytes:
    """Return AODF: one PIN of 4 to 12 digits, BCD, reference 01."""
    attributes = _der(
        0x30,
        _der(0x03, _PIN_FLAGS),
        _der(0x0A, b"\x00"),
        _der(0x02, b"\x04"),
        _der(0x02, b"\x08"),
        _der(0x80, b"\x01"),
        _der(0x04, b"\xff"),
        _der(0x30, _der(0x04, _DF)),
    )
    identifier = _der(0x30, _der(0x04, b"\x01"))
    return _der(0x30, _common("Basic PIN", _PRIVATE), identifier, _der(0xA1, attributes))


def _private_key(label: str, reference: int, identifier: int, holder_key: PublicKey) -> bytes:
    usage = _NON_REPUDIATION if identifier == 3 else _SIGN
    key = _der(
        0x30,
        _der(0x04, bytes((identifier,))),
        _der(0x03, usage),
        _der(0x03, _NOT_EXTRACTABLE),
        _der(0x02, b"\x00" + bytes((reference,))),
    )
    value = [_der(0x30, _der(0x04, _DF))]
    if isinstance(holder_key, rsa.RSAPublicKey):
        value.append(_der(0x02, holder_key.key_size.to_bytes(2, "big")))
    attributes = _der(0xA1, _der(0x30, *value))
    tag = 0x30 if isinstance(holder_key, rsa.RSAPublicKey) else 0xA0
    return _der(tag, _common(label, _PRIVATE, _der(0x04, b"\x01")), key, attributes)


def _certificate(label: str, low: int, identifier: int) -> bytes:
    is_authority = identifier in (4, 6)
    common = _common(label, _MODIFIABLE)
    key = _der(
        0x30,
        _der(0x04, bytes((identifier,))),
        *([_der(0x01, b"\xff")] if is_authority else []),
    )
    return _der(0x30, common, key, _der(0xA1, _der(0x30, _path(low))))
