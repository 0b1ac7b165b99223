"""The referral directory: who helps with what, where, in which language, without which papers."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import yaml

from kiosk.municipalities import LETTER_LOCALES, official
from kiosk.tasks.fault import FaultCode
from kiosk.tasks.paper_sheet import NO_SOURCE, read_source
from kiosk.tasks.sheet import Desk, Entry, refuse_doubles
from kiosk.tasks.vocabulary import Attribute, ReferralType, Source, Text, Tongue, Topic

LINE_LIMIT = 90


@dataclass(frozen=True)
class Organisation:
    """A place that helps.

    ``None`` and absence mean unknown, never no: an attribute that is not listed was not stated by
    a source. ``checked_on`` ``None`` shows as not checked. ``languages`` are those in which a
    source says help is given. ``names`` are the official ones, by the language of a letter; nobody
    translates them further. What has no ``topics`` is found by its name alone, where topics are
    asked for.
    """

    id: str
    names: Mapping[str, str]
    text: Text
    types: frozenset[ReferralType]
    source: Source
    checked_on: date | None = None
    address: str | None = None
    phone: str | None = None
    url: str | None = None
    hours: Text | None = None
    topics: frozenset[Topic] = frozenset()
    languages: frozenset[Tongue] = frozenset()
    attributes: frozenset[Attribute] = frozenset()
    valid_to: date | None = None

    def name(self, locale: str) -> str:
        """Return the official name for who reads this language."""
        return self.names[official(locale)]

    def speaks_only(self, locale: str) -> tuple[str, ...]:
        """Return the languages of help there; () if a reader's is one of them, or none is known."""
        return () if locale in self.languages else tuple(sorted(self.languages))

    def is_over(self, today: date) -> bool:
        """Say whether a temporary offer has ended."""
        return self.valid_to is not None and self.valid_to < today


@dataclass(frozen=True)
class Directory:
    """All organisations, in file order."""

    organisations: tuple[Organisation, ...]

    def find(self, organisation_id: str) -> Organisation | None:
        """Give one organisation."""
        return next((o for o in self.organisations if o.id == organisation_id), None)

    def query(
        self,
        *,
        types: Collection[ReferralType] = (),
        topics: Collection[Topic] = (),
        language: str | None = None,
        attributes: Collection[Attribute] = (),
        ids: Collection[str] = (),
        today: date | None = None,
    ) -> tuple[Organisation, ...]:
        """List who can help: of any of the types, and with any of the topics, best match first.

        No types or no topics means any; ended offers are left out. Attributes and language never
        exclude, since most are unknown: organisations *named* in ``ids`` come first, then those
        known to have the most attributes, then those known to speak the language, then file
        order. ``today`` None keeps ended offers.
        """
        wanted, matters = frozenset(types), frozenset(topics)

        def helps(organisation: Organisation) -> bool:
            is_of_type = not wanted or bool(organisation.types & wanted)
            return is_of_type and (not matters or bool(organisation.topics & matters))

        found = [
            o
            for o in self.organisations
            if (o.id in ids or helps(o)) and not (today is not None and o.is_over(today))
        ]
        asked = frozenset(attributes)

        def rank(organisation: Organisation) -> tuple[bool, int, bool]:
            return (
                organisation.id not in ids,
                -len(asked & organisation.attributes),
                language not in organisation.languages,
            )

        return tuple(sorted(found, key=rank))


def read_directory(desk: Desk, path: Path) -> Directory:
    """Read the directory; what is wrong is noted on the desk."""
    entry = desk.open(path)
    if entry is None:
        return Directory(())
    items = entry.items()
    organisations = tuple(_organisation(item) for item in items)
    refuse_doubles(zip([o.id for o in organisations], items, strict=True))
    return Directory(organisations)


def _names(entry: Entry) -> Mapping[str, str]:
    """Read one proper name, or the two official ones."""
    if isinstance(entry.node, yaml.ScalarNode):
        return dict.fromkeys(LETTER_LOCALES, entry.word())
    with entry.fields() as fields:
        return {locale: fields.word(locale) for locale in LETTER_LOCALES}


def _organisation(entry: Entry) -> Organisation:
    with entry.fields() as fields:
        types = fields.words("types", ReferralType)
        if not types:
            entry.at("types").fault(FaultCode.MISSING_KEY)
        return Organisation(
            id=fields.take("id", Entry.id, ""),
            names=fields.take("name", _names, {}),
            text=fields.text("text", LINE_LIMIT),
            types=frozenset(types),
            topics=frozenset(fields.words("topics", Topic)),
            source=fields.take("source", read_source, NO_SOURCE),
            checked_on=fields.day("checked_on"),
            address=fields.get("address", Entry.word, None),
            phone=fields.get("phone", Entry.word, None),
            url=fields.get("url", Entry.word, None),
            hours=fields.get("hours", lambda e: e.text_or_name(LINE_LIMIT), None),
            languages=frozenset(fields.words("languages", Tongue)),
            attributes=frozenset(fields.words("attributes", Attribute)),
            valid_to=fields.get("valid_to", Entry.day, None),
        )
