"""Keep a value's own reading direction inside a sentence of the other direction.

In an Arabic sentence the Unicode bidirectional rules print ``020-555-0142`` as ``0142-555-020``:
hyphens, dots, slashes and spaces are neutral and take the direction of the sentence. An isolate
(UAX 9, clause 2.4.2) around the value keeps it whole. Screens and papers use the same functions.
"""

from __future__ import annotations

import re
import unicodedata

LRI, RLI, FSI, PDI = "\u2066", "\u2067", "\u2068", "\u2069"

# Marks, embeddings, overrides and isolates: none of them is part of a name or a number, and an
# override typed into a name could turn the rest of a sentence round.
_BIDI_CONTROLS = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_EMBEDDINGS = re.compile("[\u202a-\u202e]")
_ISOLATED = re.compile(f"([{LRI}{RLI}{FSI}][^{PDI}]*{PDI})")
_NUMBER = re.compile(
    r"(?:\+|\(\+?\d+\) ?)?\d(?:(?: ?[-/\u2010-\u2013] ?|[ .:,\u00a0\u202f])?\d)*%?"
)
_QUOTED = re.compile("(?<=\u00ab)[^\u00ab\u00bb\u2066-\u2069\n]+(?=\u00bb)")
_SEPARATED = re.compile(r"[^\d]")
_LEFT_TO_RIGHT = f"{LRI}[^{LRI}{RLI}{FSI}{PDI}\n]*{PDI}"
_NEIGHBOURS = re.compile(f"{_LEFT_TO_RIGHT}(?:,? {_LEFT_TO_RIGHT})+")
_BETWEEN = re.compile(f"{PDI}(,? ){LRI}")


def isolate(untrusted_value: str) -> str:
    """Wrap a value so that it keeps its own direction in any sentence.

    The value's own bidirectional controls are dropped. U+2066 opens, U+2069 closes; a value whose
    first letter is written from right to left is opened by U+2067 instead. Each line is wrapped
    by itself, because the end of a line ends an isolate. An empty value stays empty.
    """
    clean = _BIDI_CONTROLS.sub("", untrusted_value)
    return "\n".join(_opening(line) + line + PDI if line else line for line in clean.split("\n"))


def isolate_in(untrusted_value: str, *, is_rtl: bool) -> str:
    """Wrap a value for a sentence of one direction, where it could read otherwise there.

    From right to left every value is wrapped: in ``F/2025-0117`` the slash has no direction of its
    own and its two sides would change places. From left to right only what holds a letter or a
    digit of the other direction is.
    """
    return isolate(untrusted_value) if is_rtl or _turns(untrusted_value) else untrusted_value


def joined(sentence: str) -> str:
    """Make one run of values from left to right that only a space or ", " keeps apart.

    Each by itself keeps its own order, but side by side in an Arabic sentence they change places:
    "1000 Bruxelles" would be drawn as "Bruxelles 1000".
    """
    return _NEIGHBOURS.sub(lambda run: _BETWEEN.sub(r"\1", run[0]), sentence)


def isolate_numbers(sentence: str) -> str:
    """Wrap each phone number, date, time or amount that a sentence holds without an isolate.

    Content packs hold sentences with numbers written into them; nobody who writes "call 02 223 09
    09" thinks of isolates. What is isolated already stays as it is, a plain number too.
    """
    parts = _ISOLATED.split(sentence)
    return "".join(
        part if index % 2 else _NUMBER.sub(_wrapped_if_separated, part)
        for index, part in enumerate(parts)
    )


def isolate_quotes(sentence: str) -> str:
    """Wrap what stands between « and » and is written from left to right.

    A French sentence that a person may say to a desk would lose its full stop to the other end.
    """
    return _QUOTED.sub(
        lambda found: isolate(found[0]) if direction(found[0]) == "ltr" else found[0], sentence
    )


def balanced(untrusted_sentence: str) -> str:
    """Drop embeddings and overrides, and close every isolate on the line that opens it."""
    return "\n".join(
        _balanced_line(line) for line in _EMBEDDINGS.sub("", untrusted_sentence).split("\n")
    )


def _balanced_line(line: str) -> str:
    depth, kept = 0, []
    for char in line:
        if char in (LRI, RLI, FSI):
            depth += 1
        elif char == PDI:
            if depth == 0:
                continue
            depth -= 1
        kept.append(char)
    return "".join(kept) + PDI * depth


def _wrapped_if_separated(match: re.Match[str]) -> str:
    number = match.group()
    return LRI + number + PDI if _SEPARATED.search(number) else number


def direction(text: str) -> str | None:
    """Tell ``ltr`` or ``rtl`` by the first letter that has a direction (UAX 9, rule P2)."""
    for char in text:
        match unicodedata.bidirectional(char):
            case "L":
                return "ltr"
            case "R" | "AL":
                return "rtl"
    return None


def _turns(text: str) -> bool:
    return any(unicodedata.bidirectional(char) in ("R", "AL", "AN") for char in text)


def _opening(line: str) -> str:
    return RLI if direction(line) == "rtl" else LRI
