"""One YAML file of content, read strictly, with the line of everything in it.

Nothing is converted by YAML: a value is the characters in the file, so ``yes``, ``1060`` and
``2026-11-30`` stay what they are. A fault is noted and reading goes on with an empty value, so one
look finds every fault of a file.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar

import yaml

from kiosk.tasks.fault import Fault, FaultCode
from kiosk.tasks.vocabulary import Text

ID = re.compile(r"[a-z][a-z0-9_-]{0,59}")
NULLS = frozenset({"", "~", "null"})
Word = TypeVar("Word", bound=StrEnum)
Item = TypeVar("Item")


@dataclass
class Desk:
    """What reading needs to know, and where it puts the faults it finds."""

    required: Sequence[str]
    locales: frozenset[str]
    pictures: frozenset[str] = frozenset()
    faults: list[Fault] = field(default_factory=list)
    common: Mapping[str, Entry] = field(default_factory=dict)

    def open(self, path: Path) -> Entry | None:
        """Read one file; a file that cannot be read is a fault and None."""
        try:
            text = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError):
            self.faults.append(Fault(path, 1, path.name, FaultCode.NOT_READABLE))
            return None
        # Composing without resolving: nothing is guessed, and it is twice as fast.
        reader = yaml.CBaseLoader(text)
        try:
            node = reader.get_single_node()
        except yaml.YAMLError as problem:
            mark = getattr(problem, "problem_mark", None)
            line = 1 if mark is None else mark.line + 1
            self.faults.append(Fault(path, line, path.name, FaultCode.NOT_YAML))
            return None
        finally:
            reader.dispose()
        if node is None:
            self.faults.append(
                Fault(path, 1, path.name, FaultCode.WRONG_SHAPE, {"expected": "mapping"})
            )
            return None
        return Entry(self, path, node, "", _line(node))


@dataclass(frozen=True)
class Entry:
    """A value in a file, with its place. ``line`` is that of its key or its dash, from 1."""

    desk: Desk
    path: Path
    node: yaml.Node
    key: str
    line: int

    @property
    def is_null(self) -> bool:
        """Say whether nothing is written here."""
        node = self.node
        return isinstance(node, yaml.ScalarNode) and not node.style and node.value in NULLS

    def fault(self, code: FaultCode, **data: str) -> None:
        """Note that something is wrong here."""
        self.desk.faults.append(Fault(self.path, self.line, self.key or "(file)", code, data))

    def word(self) -> str:
        """Read one string."""
        if not isinstance(self.node, yaml.ScalarNode) or self.is_null:
            self.fault(FaultCode.WRONG_SHAPE, expected="text")
            return ""
        return str(self.node.value).strip()

    def id(self) -> str:
        """Read a name that other places use."""
        word = self.word()
        if word and not ID.fullmatch(word):
            self.fault(FaultCode.NOT_AN_ID)
        return word

    def one_of(self, words: type[Word]) -> Word:
        """Read a word of a closed list."""
        written = self.word()
        try:
            return words(written)
        except ValueError:
            self.fault(FaultCode.UNKNOWN_VALUE, known=", ".join(words))
            return next(iter(words))

    def flag(self) -> bool:
        """Read ``true`` or ``false``."""
        written = self.word()
        if written not in {"true", "false"}:
            self.fault(FaultCode.UNKNOWN_VALUE, known="true, false")
        return written == "true"

    def number(self, low: int, high: int) -> int:
        """Read a whole number."""
        written = self.word()
        if not re.fullmatch(r"[0-9]{1,6}", written) or not low <= int(written) <= high:
            self.fault(FaultCode.NOT_A_NUMBER, low=str(low), high=str(high))
            return low
        return int(written)

    def day(self) -> date | None:
        """Read a day, or null."""
        if self.is_null:
            return None
        try:
            return date.fromisoformat(self.word())
        except ValueError:
            self.fault(FaultCode.NOT_A_DATE)
            return None

    def picture(self) -> str:
        """Read the name of a picture."""
        name = self.word()
        if name and name not in self.desk.pictures:
            self.fault(FaultCode.UNKNOWN_PICTURE, picture=name)
        return name

    def text(self, limit: int = 600) -> Text:
        """Read words in every language; ``limit`` in characters holds for each."""
        if not isinstance(self.node, yaml.MappingNode):
            self.fault(FaultCode.WRONG_SHAPE, expected="text in every language")
            return dict.fromkeys(self.desk.required, "")
        words: dict[str, str] = {}
        for locale, entry in self.members():
            if locale not in self.desk.locales:
                entry.fault(FaultCode.UNKNOWN_LANGUAGE, known=", ".join(self.desk.required))
                continue
            words[locale] = entry.word()
            if len(words[locale]) > limit:
                length = str(len(words[locale]))
                entry.fault(FaultCode.TOO_LONG, locale=locale, limit=str(limit), length=length)
        for locale in self.desk.required:
            if locale not in words:
                self.fault(FaultCode.MISSING_LANGUAGE, locale=locale)
                words[locale] = ""
        # A language still being translated borrows the first one rather than leave a gap.
        return {**dict.fromkeys(self.desk.locales, words[self.desk.required[0]]), **words}

    def text_or_name(self, limit: int = 600) -> Text:
        """Read words in every language, or one string that is the same in all (an address)."""
        if isinstance(self.node, yaml.ScalarNode):
            return dict.fromkeys(self.desk.locales, self.word())
        return self.text(limit)

    def members(self) -> list[tuple[str, Entry]]:
        """List a mapping's keys and values in file order."""
        if not isinstance(self.node, yaml.MappingNode):
            self.fault(FaultCode.WRONG_SHAPE, expected="mapping")
            return []
        members: dict[str, Entry] = {}
        for key_node, node in self.node.value:
            name = str(key_node.value)
            key = f"{self.key}.{name}" if self.key else name
            entry = Entry(self.desk, self.path, node, key, _line(key_node))
            if name in members:
                entry.fault(FaultCode.DOUBLE_KEY)
            members[name] = entry
        return list(members.items())

    def items(self) -> list[Entry]:
        """List a sequence; each item's key carries its ``id``, if it has one, else its number."""
        if not isinstance(self.node, yaml.SequenceNode):
            self.fault(FaultCode.WRONG_SHAPE, expected="list")
            return []
        named = [(item, _id_of(item) or str(i)) for i, item in enumerate(self.node.value)]
        return [
            Entry(self.desk, self.path, item, f"{self.key}[{name}]", _line(item))
            for item, name in named
        ]

    def at(self, *way: str | int) -> Entry:
        """Follow keys and numbers down; stop where the file goes no further."""
        here = self
        for step in way:
            node = here.node
            below: list[Entry] = []
            if isinstance(step, int) and isinstance(node, yaml.SequenceNode):
                below = here.items()[step : step + 1]
            elif isinstance(node, yaml.MappingNode):
                below = [entry for name, entry in here.members() if name == step]
            if not below:
                return here
            here = below[0]
        return here

    def fields(self) -> Fields:
        """Open a mapping whose keys are known; leaving it refuses what was not taken.

        ``from: name`` first takes the keys of that entry of common.yaml; own keys win.
        """
        members = dict(self.members())
        base = members.pop("from", None)
        if base is not None:
            common = self.desk.common.get(base.word())
            if common is None:
                base.fault(FaultCode.UNKNOWN_COMMON, known=", ".join(sorted(self.desk.common)))
            else:
                members = {**dict(common.members()), **members}
        return Fields(self, members)


def _line(node: yaml.Node) -> int:
    return int(node.start_mark.line) + 1


def _id_of(node: yaml.Node) -> str | None:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if key.value == "id" and isinstance(value, yaml.ScalarNode):
                return str(value.value)
    return None


class Fields:
    """The keys of one mapping, each taken once by name."""

    def __init__(self, entry: Entry, members: Mapping[str, Entry]) -> None:
        self.entry = entry
        self._members = members
        self._known: list[str] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        for name, entry in self._members.items():
            if name not in self._known:
                entry.fault(FaultCode.UNKNOWN_KEY, known=", ".join(self._known))

    def find(self, name: str) -> Entry | None:
        """Give an optional entry; null counts as not there."""
        self._known.append(name)
        entry = self._members.get(name)
        return None if entry is None or entry.is_null else entry

    def need(self, name: str) -> Entry | None:
        """Give a required entry; its absence is a fault."""
        entry = self.find(name)
        if entry is None:
            replace(self.entry, key=self._key(name)).fault(FaultCode.MISSING_KEY)
        return entry

    def get(self, name: str, read: Callable[[Entry], Item], default: Item) -> Item:
        """Read an optional entry."""
        entry = self.find(name)
        return default if entry is None else read(entry)

    def take(self, name: str, read: Callable[[Entry], Item], empty: Item) -> Item:
        """Read a required entry; ``empty`` stands in for it after a fault."""
        entry = self.need(name)
        return empty if entry is None else read(entry)

    def text(self, name: str, limit: int = 600) -> Text:
        """Read required words."""
        return self.take(name, lambda entry: entry.text(limit), self._no_text())

    def word(self, name: str) -> str:
        """Read a required string."""
        return self.take(name, Entry.word, "")

    def one_of(self, name: str, words: type[Word]) -> Word:
        """Read a required word of a closed list."""
        return self.take(name, lambda entry: entry.one_of(words), next(iter(words)))

    def each(self, name: str, read: Callable[[Entry], Item]) -> tuple[Item, ...]:
        """Read an optional list, item by item."""
        entry = self.find(name)
        return () if entry is None else tuple(read(item) for item in entry.items())

    def words(self, name: str, words: type[Word]) -> tuple[Word, ...]:
        """Read an optional list of words of a closed list."""
        return self.each(name, lambda entry: entry.one_of(words))

    def day(self, name: str) -> date | None:
        """Read a day that has to be written, if only as null: nobody checked."""
        self._known.append(name)
        entry = self._members.get(name)
        if entry is None:
            self.need(name)
            return None
        return entry.day()

    def _key(self, name: str) -> str:
        return f"{self.entry.key}.{name}" if self.entry.key else name

    def _no_text(self) -> Text:
        return dict.fromkeys(self.entry.desk.required, "")


def refuse_doubles(ids: Iterable[tuple[str, Entry]]) -> None:
    """Note every id that an earlier entry already has."""
    seen: set[str] = set()
    for name, entry in ids:
        if name in seen:
            entry.fault(FaultCode.DOUBLE_ID)
        seen.add(name)
