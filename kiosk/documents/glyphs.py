"""Which characters our fonts can draw, and what is printed for the others.

A name may hold any Unicode character; a font without it prints nothing or an empty box, silently.
Noto sets what people here write; Unifont, plain dots in one weight, draws what is left: Chinese,
emoji, signs. What neither has becomes its own number, ``[U+E000]``, which everybody sees, and the
screen can ask `Coverage.missing_glyphs` beforehand and have the helper write it by hand.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import pyphen

COVERAGE_FILE = "coverage.txt"
MAX_MARKS = 4
"""Combining marks kept on one letter. Living spellings need three; more climb into other lines."""

# Invisible characters that typst draws as nothing, whatever the font: joiners, soft hyphen,
# directional marks and isolates, variation selectors, the tags that end some flags.
_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u180e\u200b-\u200f\u2060\u2066-\u2069\ufe00-\ufe0f\U000e0020-\U000e007f]"
)
_LINE_ENDS = re.compile("\r\n|[\r\x0b\x0c\x85\u2028\u2029]")

_EM_WIDE = frozenset("mwMW@%&")
_BREAK_AFTER = frozenset("/.-_@&=?,;:+")
_BREAK_EVERY = 8
_SYLLABLES = 12
_UNBROKEN_EM = 10.0
_SIGN = re.compile(r"[^\w\s]")
_LETTERS = re.compile(r"[^\W\d_]+[.,;:!?]?")
SOFT_HYPHEN = "\u00ad"
ZERO_WIDTH_SPACE = "\u200b"
WORD_JOINER = "\u2060"
NO_BREAK_SPACE = "\u00a0"


@dataclass(frozen=True, slots=True)
class Coverage:
    """Hold the code points of the shipped fonts as sorted, disjoint, inclusive ranges."""

    starts: tuple[int, ...]
    ends: tuple[int, ...]

    @classmethod
    def load(cls, fonts: Path) -> Coverage:
        """Read ``coverage.txt`` of a font folder: one ``first last`` pair in hex per line.

        A test holds the file against the fonts' own character maps. Raises OSError or ValueError
        for a missing or broken file, which is a broken installation.
        """
        lines = (fonts / COVERAGE_FILE).read_text(encoding="ascii").splitlines()
        pairs = [line.split() for line in lines if line and not line.startswith("#")]
        return cls(
            tuple(int(first, 16) for first, _ in pairs),
            tuple(int(last, 16) for _, last in pairs),
        )

    def has(self, char: str) -> bool:
        """Tell whether a shipped font draws this one character."""
        index = bisect_right(self.starts, ord(char)) - 1
        return index >= 0 and ord(char) <= self.ends[index]

    def missing_glyphs(self, text: str) -> set[str]:
        """Collect the characters of a text that are printed as their number."""
        return {char for char in set(_cleaned(text)) if char != "\n" and not self._prints(char)}

    def printable(self, untrusted_text: str) -> str:
        """Make any text one that every shipped font can draw.

        Composes letters and their marks (NFC), keeps line ends as ``\\n``, drops control
        characters, keeps at most `MAX_MARKS` marks on a letter, numbers what cannot be drawn.
        """
        kept: list[str] = []
        marks = 0
        for char in _cleaned(untrusted_text):
            marks = marks + 1 if unicodedata.category(char).startswith("M") else 0
            if marks <= MAX_MARKS:
                kept.append(char if char == "\n" or self._prints(char) else _number(char))
        return "".join(kept)

    def _prints(self, char: str) -> bool:
        return self.has(char) or _INVISIBLE.match(char) is not None


def breakable(text: str, limit_em: float, locale: str | None = None) -> str:
    """Let runs without a space that are wider than ``limit_em`` break.

    Typst never breaks inside a word that has no break point, it runs over the edge of the sheet.
    The width is estimated upwards, in em. Ordinary words stay as they are. A long word of a known
    language gets soft hyphens where its dictionary allows; everything else, and what is still too
    wide, gets zero-width spaces.
    """
    return "".join(
        part if not part or part.isspace() or _em(part) <= limit_em else _with_breaks(part, locale)
        for part in re.split(r"(\s+)", text)
    )


def unbroken(reference: str) -> str:
    """Keep a reference on one line: a number that is copied by hand is not read over two.

    One wider than `_UNBROKEN_EM` may break as before, it would leave too little room around it.
    """
    if _em(reference) > _UNBROKEN_EM:
        return reference
    plain = NO_BREAK_SPACE.join(reference.replace(WORD_JOINER, "").split())
    return _SIGN.sub(lambda sign: WORD_JOINER + sign[0] + WORD_JOINER, plain).strip(WORD_JOINER)


def _number(char: str) -> str:
    return f"[U+{ord(char):04X}]"


def _cleaned(untrusted_text: str) -> str:
    text = unicodedata.normalize("NFC", _LINE_ENDS.sub("\n", untrusted_text)).replace("\t", " ")
    return "".join(char for char in text if char == "\n" or unicodedata.category(char) != "Cc")


def _em(word: str) -> float:
    return sum(_em_of(char) for char in word)


def _em_of(char: str) -> float:
    if unicodedata.category(char) in ("Mn", "Me", "Cf"):
        return 0.0
    if char in _EM_WIDE or ord(char) >= 0x1100:
        return 1.0
    return 0.62 if char.isascii() and not char.isupper() else 0.78


def _with_breaks(word: str, locale: str | None) -> str:
    parts = _hyphenated(word, locale)
    return SOFT_HYPHEN.join(_chopped(part) if len(part) > _SYLLABLES else part for part in parts)


def _hyphenated(word: str, locale: str | None) -> list[str]:
    known = pyphen.language_fallback(locale) if locale else None
    if known is None or not _LETTERS.fullmatch(word):
        return [word]
    points = pyphen.Pyphen(lang=known).positions(word)
    return [word[i:j] for i, j in pairwise([0, *points, len(word)])]


def _chopped(word: str) -> str:
    broken, since = [], 0
    for index, char in enumerate(word):
        is_joined = unicodedata.category(char) in ("Mn", "Mc", "Me", "Cf")
        after_separator = index > 0 and word[index - 1] in _BREAK_AFTER
        if since and not is_joined and (after_separator or since >= _BREAK_EVERY):
            broken.append(ZERO_WIDTH_SPACE)
            since = 0
        broken.append(char)
        since += 0 if is_joined else 1
    return "".join(broken)
