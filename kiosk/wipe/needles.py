"""What is looked for: which needles find a value, and which values cannot be looked for.

Every byte that is searched goes through a map first: ASCII letters become small; zero bytes,
separators and all that is not ASCII go away. A needle goes through the same map. So one needle
finds a value with and without separators, in capitals, accented or not, in UTF-8, UTF-16 and
UTF-32, and memory, which is mostly zero bytes, becomes a third of its size before it is searched.
The map works byte by byte, so whatever contains a value also contains its needle: nothing is
missed. What is left of a name in another script is too little; its needles go through a second
map that keeps those bytes, and the search makes that second pass only when there are such.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Final, NamedTuple, assert_never

from device.card.traces import Trace, TraceKind

# A trace shorter than this comes up by chance (design.md §3).
MIN_BYTES: Final = 8
# A value of separators and zero bytes alone leaves too little of itself to be told apart.
MIN_NEEDLE: Final = 6
# A date is 8 digits and stands in many a program and log; it is sought joined to a name.
MIN_DIGITS: Final = 9
# One key held down, or a pattern of two: memory is full of such rows.
MIN_DIFFERENT: Final = 4
# The head of a long text is enough, and finds it also where its end was overwritten.
MAX_NEEDLE: Final = 64

_SMALL: Final = bytes.maketrans(bytes(range(65, 91)), bytes(range(97, 123)))
_SEPARATORS: Final = b"\0 \t\r\n.,-/_+"


class Fold(Enum):
    """The two maps, by what they drop."""

    ASCII = _SEPARATORS + bytes(range(128, 256))
    ALL = _SEPARATORS

    def apply(self, content: bytes) -> bytes:
        """Return what is left of `content`."""
        return content.translate(_SMALL, self.value)


class Needle(NamedTuple):
    """Bytes that are looked for, and in what."""

    fold: Fold
    content: bytes


def _spellings(text: str) -> Iterator[bytes]:
    # A log or a message between processes may be JSON, where é is \u00e9.
    yield text.encode("ascii", "backslashreplace").replace(b"\\x", b"\\u00")
    yield from _encodings(text)
    if not text.isascii():
        # The maps know capitals of ASCII only.
        yield from _encodings(text.upper())
        yield from _encodings(text.lower())


def _encodings(text: str) -> Iterator[bytes]:
    for encoding in ("utf-8", "utf-16-le", "utf-16-be"):
        yield text.encode(encoding, "surrogatepass")


def _needle(spelling: bytes) -> Needle | None:
    for fold in Fold:
        content = fold.apply(spelling)[:MAX_NEEDLE]
        if len(content) >= MIN_NEEDLE:
            return Needle(fold, content)
    return None


def needles_of(trace: Trace) -> frozenset[Needle]:
    """Return the needles that find one value, or none when it cannot be searched for.

    Not searchable: a single or joined value of less than 8 bytes or of less than 9 digits and
    nothing else, a number of less than 8 digits or letters, less than 4 different characters.
    """
    exact = [_needle(spelling) for spelling in _encodings(trace.text)]
    if None in exact:
        return frozenset()
    letters = Fold.ALL.apply(trace.text.encode("utf-8", "surrogatepass"))
    if len(set(letters[:MAX_NEEDLE])) < MIN_DIFFERENT:
        return frozenset()
    match trace.kind:
        case TraceKind.NUMBER:
            is_searchable = len(letters) >= MIN_BYTES
        case TraceKind.VALUE | TraceKind.JOINED:
            is_searchable = len(trace.text.encode("utf-8", "surrogatepass")) >= MIN_BYTES and (
                len(letters) >= MIN_DIGITS or not letters.isdigit()
            )
        case _:
            assert_never(trace.kind)
    if not is_searchable:
        return frozenset()
    needles = (_needle(spelling) for spelling in _spellings(trace.text))
    return frozenset(needle for needle in needles if needle is not None)


@dataclass(frozen=True)
class Needles:
    """All that one search looks for.

    control: a word planted just before the search, so that a search that finds nothing at all
    is told from a search that does not search.
    owners: which value (by number) a needle belongs to. singles: the needles of values that
    are not joined, no number and no canary, and so may be an ordinary word.
    """

    control: Needle
    owners: tuple[tuple[Needle, int], ...]
    singles: frozenset[Needle]
    sought: int
    not_searchable: int


def make_needles(
    prefix: str,
    control: str,
    traces: Iterable[Trace],
    is_shipped: Callable[[Needle], bool],
) -> Needles:
    """Return the needles of a visit: the device's canary prefix and every searchable value.

    A value that `is_shipped` knows (the image, the permanence's own data) is counted as not
    searchable, as is one too short; the canary always is sought.
    """
    owners: dict[Needle, int] = {_word(prefix): 0}
    sought, not_searchable = 1, 0
    singles: set[Needle] = set()
    distinctive: set[Needle] = {_word(prefix)}
    for trace in traces:
        needles = needles_of(trace)
        if not needles or any(is_shipped(needle) for needle in needles):
            not_searchable += 1
            continue
        (singles if trace.kind is TraceKind.VALUE else distinctive).update(needles)
        for needle in needles:
            owners.setdefault(needle, sought)
        sought += 1
    return Needles(
        _word(control),
        tuple((n, owner) for n, owner in owners.items() if not _is_covered(n, distinctive)),
        frozenset(singles - distinctive),
        sought,
        not_searchable,
    )


def _word(text: str) -> Needle:
    return Needle(Fold.ASCII, Fold.ASCII.apply(text.encode()))


def _is_covered(needle: Needle, others: Iterable[Needle]) -> bool:
    # Where a name is found, "name and birth date" need not be sought as well.
    return any(
        other.fold is needle.fold
        and len(other.content) < len(needle.content)
        and other.content in needle.content
        for other in others
    )
