"""Keyboards on the screen: which keys, as data files beside this module's folder.

No modifier keys, no Esc, no Tab: nothing that a browser or a system could listen to. A letter
key shows what it types; the first letter of a name is a capital by itself.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).parent / "keyboards"
ACCENTS = "accents"
"""No keyboard: the layers of the letters of Latin names, for every keyboard that leads to them."""

PADS = {
    "date": "pad-date",
    "time": "pad-time",
    "phone": "pad-phone",
    "postal_code": "pad-digits",
    "amount": "pad-amount",
    "code": "pad-digits",
}
"""Kinds of answer that need digits only."""

CAPITALS = {"name": "words", "street": "words", "municipality": "words", "reference": "all"}
"""Which letters are capitals by themselves; others: the first of a sentence."""

LATIN_ONLY = frozenset({"name", "street", "municipality", "reference"})
"""Kinds that the administration writes in Latin letters, whatever the visit's language."""


@dataclass(frozen=True)
class Keyboard:
    """One keyboard: layers of rows of keys. A key is a character or one of the named keys.

    Named keys: `del`, `space`, `layer:<name>`. `capitals` is words, sentences, all or none.
    """

    name: str
    is_pad: bool
    layers: tuple[tuple[str, tuple[tuple[str, ...], ...]], ...]
    capitals: str = "none"


class Keyboards:
    """All layouts of one folder, read once."""

    def __init__(self, folder: Path = FOLDER) -> None:
        self._layouts = {
            path.stem: json.loads(path.read_text(encoding="utf-8"))
            for path in sorted(folder.glob("*.json"))
        }
        self._accents = self._layouts.pop(ACCENTS)["layers"]

    @property
    def names(self) -> tuple[str, ...]:
        """Return the names of all layouts."""
        return tuple(self._layouts)

    def find(self, kind: str, locale: str) -> Keyboard:
        """Return the keyboard for an input kind of the content model in a language."""
        if kind in PADS:
            return self._keyboard(PADS[kind], "none")
        language = locale.partition("-")[0]
        if kind in LATIN_ONLY and language == "ar":
            language = "fr"
        name = language if language in self._layouts else "fr"
        return self._keyboard(name, CAPITALS.get(kind, "sentences"))

    def _keyboard(self, name: str, capitals: str) -> Keyboard:
        layers = self._layouts[name]["layers"]
        if any(f"layer:{ACCENTS}" in row for rows in layers.values() for row in rows):
            layers = layers | self._accents
        return Keyboard(
            name=name,
            is_pad=name.startswith("pad-"),
            layers=tuple(
                (layer, tuple(tuple(row.split()) for row in rows)) for layer, rows in layers.items()
            ),
            capitals=capitals,
        )
