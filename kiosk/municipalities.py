"""What the municipalities are called in the languages of their letters.

A card says the name in one language, a letter may be in the other: "Gemeente Bruxelles" is neither.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from types import MappingProxyType
from typing import Final

from kiosk.tasks.fault import FaultCode
from kiosk.tasks.paper_sheet import NO_SOURCE, read_source
from kiosk.tasks.sheet import Desk, Entry
from kiosk.tasks.vocabulary import Source

LETTER_LOCALES: Final = ("nl", "fr")
OTHERS_READ: Final = "fr"
"""Most people of Brussels read it (Taalbarometer 2024): who reads neither Dutch nor French gets the
French name of what has two."""
_TOWN = re.compile(r"(?<=, \d{4} )[^,]+$")
_SAINT = re.compile(r"\b(?:sint|saint|sainte|st|ste)\b")


def official(locale: str) -> str:
    """Return the official language of Brussels in which a reader of `locale` meets a name."""
    return locale if locale in LETTER_LOCALES else OTHERS_READ


@dataclass(frozen=True)
class Municipality:
    """One municipality; ``names`` by locale, ``also`` are other ways to write it."""

    names: Mapping[str, str]
    also: tuple[str, ...]
    source: Source
    checked_on: date | None = None

    @property
    def spellings(self) -> frozenset[str]:
        """Return how this one may be written, as `spelled` sees it."""
        return frozenset(map(spelled, (*self.names.values(), *self.also)))


class Municipalities:
    """All municipalities whose names are known, in file order."""

    def __init__(self, known: tuple[Municipality, ...] = ()) -> None:
        self.known = known
        self._found: Mapping[str, Municipality] = MappingProxyType(
            {spelling: one for one in known for spelling in one.spellings}
        )

    def name(self, untrusted_name: str, locale: str) -> str:
        """Return the name in a language; one that is not known there as it was given."""
        found = self._found.get(spelled(untrusted_name))
        return found.names.get(locale, untrusted_name) if found else untrusted_name

    def address(self, address: str, locale: str) -> str:
        """Return "street, 1000 town" with the town's official name for a reader.

        A street stays as its source printed it: no list of street names is known here.
        """
        return _TOWN.sub(lambda town: self.name(town[0], official(locale)), address)


def spelled(untrusted_name: str) -> str:
    """Return a name without what differs from card to card: capitals, accents, signs, "St"."""
    letters = unicodedata.normalize("NFKD", untrusted_name.casefold())
    kept = "".join(char for char in letters if unicodedata.category(char) != "Mn")
    words = " ".join(re.findall(r"\w+", kept))
    return _SAINT.sub("st", words)


def read_municipalities(desk: Desk, path: Path) -> Municipalities:
    """Read the names; what is wrong is noted on the desk."""
    entry = desk.open(path)
    if entry is None:
        return Municipalities()
    items = entry.items()
    found = tuple(_municipality(item) for item in items)
    taken: set[str] = set()
    for one, item in zip(found, items, strict=True):
        if taken & one.spellings:
            item.fault(FaultCode.DOUBLE_ID)
        taken |= one.spellings - {""}
    return Municipalities(found)


def _municipality(entry: Entry) -> Municipality:
    with entry.fields() as fields:
        return Municipality(
            names={locale: fields.word(locale) for locale in LETTER_LOCALES},
            also=fields.each("also", Entry.word),
            source=fields.take("source", read_source, NO_SOURCE),
            checked_on=fields.day("checked_on"),
        )
