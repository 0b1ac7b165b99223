"""The texts of eID cards: UTF-8 that anyone may have written, to text that is safe to hand on.

A field announces how long it may be (content documents, ID/ADDRESS file v5). That is for buffers
and is not enforced field by field: a municipality longer than its 80 bytes hurts nobody, and its
refusal would cost a resident the whole card. All fields share one bound, the longest announced;
screens and papers are laid out for it. What could steer a screen or a printer is refused: no
register writes it, so nothing else on such a card deserves belief either.
"""

import unicodedata

from device.card.errors import CardMalformed

MAX_TEXT_CHARACTERS = 110
"""As many as the longest field announces bytes (surname), so that no accent costs a name its
end: counted as it is handed on."""

MAX_WRITTEN_BYTES = 4 * MAX_TEXT_CHARACTERS
"""Room for as many characters of any script, or for a Latin name written decomposed."""

MAX_STACKED_MARKS = 4
"""Marks on one letter. Vietnamese needs two; a tower of them would cover what stands above."""

_NOT_TEXT = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
"""Unicode categories that no name has and that could steer a screen or a printer."""

_INVISIBLE = dict.fromkeys(map(ord, "\u00ad\u200b\u200c\u200d\u2060\ufeff"))
"""Soft hyphen, zero-width space, joiners and byte order mark, which a conversion of old registers
may have left in a name. They show nothing and steer nothing in Latin script: left out, not refused.
Marks, overrides and isolates of writing direction are not among them."""

_MARKS = frozenset({"Mn", "Me"})


def decode(untrusted_value: bytes) -> str:
    """Return a card's text in NFC, without the padding at its ends; spaces inside are kept.

    Composed and decomposed spellings come out equal. Raises CardMalformed with the reason
    text-too-long, text-not-utf8, text-with-control-characters or text-with-stacked-marks.
    """
    if len(untrusted_value) > MAX_WRITTEN_BYTES:
        raise CardMalformed("text-too-long")
    text = written(untrusted_value).translate(_INVISIBLE)
    text = unicodedata.normalize("NFC", text).strip()
    if any(unicodedata.category(character) in _NOT_TEXT for character in text):
        raise CardMalformed("text-with-control-characters")
    if len(text) > MAX_TEXT_CHARACTERS:
        raise CardMalformed("text-too-long")
    if _tallest_stack(text) > MAX_STACKED_MARKS:
        raise CardMalformed("text-with-stacked-marks")
    return text


def written(untrusted_value: bytes) -> str:
    """Return a text as the card writes it, unchecked: for the wipe only. Raises CardMalformed."""
    try:
        return untrusted_value.decode("utf-8")
    except UnicodeDecodeError:
        # Without its cause: a UnicodeDecodeError carries the bytes.
        raise CardMalformed("text-not-utf8") from None


def _tallest_stack(text: str) -> int:
    tallest = here = 0
    for character in text:
        here = here + 1 if unicodedata.category(character) in _MARKS else 0
        tallest = max(tallest, here)
    return tallest
