"""The tag-length-value format of the identity and address files (content document v5.4)."""

from collections.abc import Mapping

from device.card.errors import CardMalformed

LARGEST_IDENTITY_BYTES = 816
"""An identity with every field as long as announced, headers included (ID/ADDRESS file v5)."""

MAX_FILE_BYTES = 4096
"""Five times that, for fields and padding to come; more is no identity and no address."""

_CONTINUED = 0xFF
_STRUCTURE_VERSION = 0x00


def parse(untrusted_file: bytes) -> dict[int, bytes]:
    """Return the values of a file by tag.

    Lengths are one byte; FF adds 255 and says that another byte follows. Tag 00 is legal as the
    first element (structure version); later it is padding and ends the file. Length 0 is an empty
    value, which is not the same as none (tag 14). No order of tags is asked for.
    Raises CardMalformed on a truncated value, a tag that comes twice or more than MAX_FILE_BYTES.
    """
    return _walk(untrusted_file)[0]


def used_length(untrusted_file: bytes) -> int:
    """Return the number of bytes up to the end of the last element, padding left out.

    Raises CardMalformed as `parse` does.
    """
    return _walk(untrusted_file)[1]


def _walk(untrusted_file: bytes) -> tuple[dict[int, bytes], int]:
    if len(untrusted_file) > MAX_FILE_BYTES:
        raise CardMalformed("tlv-too-long")
    values: dict[int, bytes] = {}
    at = 0
    while at < len(untrusted_file):
        tag = untrusted_file[at]
        if tag == _STRUCTURE_VERSION and at > 0:
            break
        length, start = _length(untrusted_file, at + 1)
        end = start + length
        if end > len(untrusted_file):
            raise CardMalformed("tlv-truncated")
        if tag in values:
            raise CardMalformed("tlv-duplicate-tag")
        values[tag] = untrusted_file[start:end]
        at = end
    return values, at


def _length(untrusted_file: bytes, at: int) -> tuple[int, int]:
    length = 0
    while at < len(untrusted_file):
        part = untrusted_file[at]
        at += 1
        length += part
        if part != _CONTINUED:
            return length, at
    raise CardMalformed("tlv-truncated")


def encode(values: Mapping[int, bytes]) -> bytes:
    """Return the file that `parse` reads back, elements in the order given."""
    return b"".join(
        bytes((tag,)) + b"\xff" * (len(value) // 255) + bytes((len(value) % 255,)) + value
        for tag, value in values.items()
    )


def der_length(untrusted_start: bytes) -> int | None:
    """Return the whole length of the DER sequence that begins here, header included.

    None means that these bytes do not begin a DER sequence. `untrusted_start` may be shorter than
    the sequence; four bytes are enough (X.690, 8.1.3).
    """
    if len(untrusted_start) < 2 or untrusted_start[0] != 0x30:
        return None
    first = untrusted_start[1]
    if first < 0x80:
        return 2 + first
    size = first & 0x7F
    if size not in (1, 2) or len(untrusted_start) < 2 + size:
        return None
    return 2 + size + int.from_bytes(untrusted_start[2 : 2 + size], "big")
