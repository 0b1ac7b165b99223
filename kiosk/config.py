"""Place profile and house rules: TOML in, frozen dataclasses out; unknown keys are refused."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import MISSING, dataclass, field, fields
from pathlib import Path
from typing import Any, TypeVar

from device.pins import Pins

T = TypeVar("T")


class ConfigError(Exception):
    """A place profile that cannot be used.

    path: the file; line: from 1, 0 where it is not known; key: dotted key; hint: id of the remedy
    for the technician's screen; remedy: what to do, in words for the terminal and the journal.
    """

    def __init__(self, path: Path, key: str, hint: str, remedy: str, line: int = 0) -> None:
        place = f"{path}:{line}" if line else str(path)
        super().__init__(": ".join(word for word in (place, key, hint, remedy) if word))
        self.path, self.line, self.key, self.hint, self.remedy = path, line, key, hint, remedy


@dataclass(frozen=True)
class PlaceSection:
    """Who and where: `languages` are BCP 47 codes in the order of the welcome screen."""

    id: str
    name: str
    languages: tuple[str, ...]
    administration_languages: tuple[str, ...] = ("nl", "fr")
    kind: str = "fixed"  # fixed | mobile | home


@dataclass(frozen=True)
class HouseRules:
    """Limits of a visit. Durations in seconds, pages in sheets' sides."""

    visit_limit_s: float = 40 * 60
    limit_warning_s: float = 5 * 60
    idle_s: float = 90
    idle_warning_s: float = 30
    # Who is at work in the official site's window, or fetches paper, touches nothing of ours.
    away_idle_s: float = 10 * 60
    card_back_s: float = 30
    finished_prompt_s: float = 30
    receipt_s: float = 20
    page_cap: int = 10
    print_deadline_s: float = 90
    # Reader and printer come up behind the first screen of a visit: this long they are not missed.
    coming_up_s: float = 5


@dataclass(frozen=True)
class HelperProfile:
    """A kind of helper: one code for the profile, never for a person.

    code: scrypt hash as written by `permanence.hash_code`.
    """

    name: str
    code: str
    may_act_instead: bool = True


@dataclass(frozen=True)
class PlaceProfile:
    """Everything that differs between two kiosks."""

    place: PlaceSection
    house: HouseRules = field(default_factory=HouseRules)
    pins: Pins = field(default_factory=Pins)
    helpers: tuple[HelperProfile, ...] = ()


def _section(kind: type[T], table: Mapping[str, Any], path: Path, name: str) -> T:
    found = fields(kind)  # type: ignore[arg-type]  # T is a dataclass
    _refuse_unknown(table, [item.name for item in found], path, f"{name}.")
    values = {k: tuple(v) if isinstance(v, list) else v for k, v in table.items()}
    try:
        return kind(**values)
    except TypeError as error:
        needed = (f for f in found if f.default is MISSING and f.default_factory is MISSING)
        missing = ", ".join(item.name for item in needed if item.name not in values)
        raise ConfigError(path, name, "missing-key", f"add {missing}") from error


def _refuse_unknown(
    table: Mapping[str, Any], known: Sequence[str], path: Path, prefix: str = ""
) -> None:
    for key in table:
        if key not in known:
            remedy = f"remove it or correct its spelling; known here: {', '.join(known)}"
            raise ConfigError(path, f"{prefix}{key}", "unknown-key", remedy)


def read_text(path: Path) -> str:
    """Return the text of a profile that is TOML, whatever it says. Raises ConfigError."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        remedy = "put the file there and make it readable, as UTF-8"
        raise ConfigError(path, "", "not-readable", remedy) from error
    _read_table(text, path)
    return text


def _read_table(text: str, path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        reason, _, place = str(error).rpartition(" (at ")
        at = re.match(r"line (\d+)", place)
        # What is wrong "at end of document" was begun above and not ended.
        line = int(at[1]) if at else max(1, len(text.splitlines()))
        remedy = f"mend the TOML at this line or above it: {reason}"
        raise ConfigError(path, "", "not-readable", remedy, line) from error


def load_profile(path: Path) -> PlaceProfile:
    """Read a place profile.

    Raises ConfigError for a file that cannot be read, an unknown or a missing key.
    """
    table = _read_table(read_text(path), path)
    _refuse_unknown(table, ("place", "house", "pins", "helpers"), path)
    if "place" not in table:
        raise ConfigError(path, "place", "missing-key", "add it, with id, name and languages")
    helpers = tuple(
        _section(HelperProfile, {"name": name, **row}, path, f"helpers.{name}")
        for name, row in table.get("helpers", {}).items()
    )
    if not helpers:
        raise ConfigError(path, "helpers", "missing-key", "add [helpers.NAME] with a code")
    return PlaceProfile(
        place=_section(PlaceSection, table["place"], path, "place"),
        house=_section(HouseRules, table.get("house", {}), path, "house"),
        pins=_section(Pins, table.get("pins", {}), path, "pins"),
        helpers=helpers,
    )
