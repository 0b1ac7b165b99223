"""Place profile and house rules: TOML in, frozen dataclasses out; unknown keys are refused."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, TypeVar

from device.pins import Pins

T = TypeVar("T")


class ConfigError(Exception):
    """A place profile that cannot be used.

    path: the file; key: dotted key; hint: id of the remedy for the technician's screen.
    """

    def __init__(self, path: Path, key: str, hint: str) -> None:
        super().__init__(f"{path}: {key}: {hint}")
        self.path, self.key, self.hint = path, key, hint


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
    known = {item.name for item in fields(kind)}  # type: ignore[arg-type]  # T is a dataclass
    for key in table:
        if key not in known:
            raise ConfigError(path, f"{name}.{key}", "unknown-key")
    values = {k: tuple(v) if isinstance(v, list) else v for k, v in table.items()}
    try:
        return kind(**values)
    except TypeError as error:
        raise ConfigError(path, name, "missing-key") from error


def load_profile(path: Path) -> PlaceProfile:
    """Read a place profile.

    Raises ConfigError for a file that cannot be read, an unknown or a missing key.
    """
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(path, "", "not-readable") from error
    for key in table:
        if key not in {"place", "house", "pins", "helpers"}:
            raise ConfigError(path, key, "unknown-key")
    if "place" not in table:
        raise ConfigError(path, "place", "missing-key")
    helpers = tuple(
        _section(HelperProfile, {"name": name, **row}, path, f"helpers.{name}")
        for name, row in table.get("helpers", {}).items()
    )
    if not helpers:
        raise ConfigError(path, "helpers", "missing-key")
    return PlaceProfile(
        place=_section(PlaceSection, table["place"], path, "place"),
        house=_section(HouseRules, table.get("house", {}), path, "house"),
        pins=_section(Pins, table.get("pins", {}), path, "pins"),
        helpers=helpers,
    )
