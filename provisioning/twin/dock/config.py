"""What the dock is told at its start, as a JSON file."""

from __future__ import annotations

import json
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, ClassVar

HOST = "127.0.0.1"


class DockConfigError(Exception):
    """Say what is wrong with the dock's file: `key`, and `how` (unknown, missing, unreadable)."""

    code: ClassVar[str] = "dock-config"

    def __init__(self, key: str, how: str) -> None:
        super().__init__(self.code, key, how)
        self.key = key
        self.how = how


@dataclass(frozen=True)
class Part:
    """One row of the table of parts: `part` is a word of the catalogue, `about` a name as it is.

    is_real: None where the part is not this twin's and nobody here knows what it is.
    """

    part: str
    is_real: bool | None
    about: str = ""


@dataclass(frozen=True)
class DockConfig:
    """Where the hands are. None: this twin has no such part, and the dock shows none.

    port: on 127.0.0.1. hands: socket of `HandServer` (panel, card, printer). papers: folder of
    printed documents. kiosk: address of the kiosk, shown as text. codes: helper profile ->
    code of this twin. locale: nl | fr | en.
    """

    port: int
    hands: Path | None = None
    papers: Path | None = None
    kiosk: str = ""
    locale: str = "nl"
    codes: tuple[tuple[str, str], ...] = ()
    parts: tuple[Part, ...] = ()


def load_config(path: Path) -> DockConfig:
    """Read the dock's file. Raise DockConfigError."""
    try:
        table: dict[str, Any] = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise DockConfigError("", "unreadable") from error
    known = {field.name for field in fields(DockConfig)}
    for key in table:
        if key not in known:
            raise DockConfigError(key, "unknown")
    if "port" not in table:
        raise DockConfigError("port", "missing")
    for key in ("hands", "papers"):
        if table.get(key) is not None:
            table[key] = Path(table[key])
    table["codes"] = tuple(table.get("codes", {}).items())
    try:
        table["parts"] = tuple(Part(**row) for row in table.get("parts", ()))
    except TypeError as error:
        raise DockConfigError("parts", "unknown") from error
    return DockConfig(**table)
