"""The deck of the twin: invented people and faulty cards, from deck.toml."""

import datetime
import hashlib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from device.card.forge import Person, Register, forge_card, found_register
from device.card.virtual import ATR_17, ATR_18, ATR_BANK, CardContent, LeRule, Temper

DECK = Path(__file__).with_name("deck.toml")
OLD_APPLET = 0x17
_CHIP_MAKERS = bytes.fromhex("534C4790")


@dataclass(frozen=True, slots=True)
class TwinPki:
    """Name the folders of one run's test certificates."""

    trust: Path
    """The development trust folder, for ReadingConfig.trust_dir: the roots, and below them keys."""

    @property
    def keys(self) -> Path:
        """The folder of private keys that are worth keeping for the run."""
        return self.trust / "keys"


class Deck:
    """Forge cards by name, each when it is first asked for."""

    def __init__(self, pki: TwinPki, *, source: Path = DECK) -> None:
        self._pki = pki
        self._entries: Mapping[str, Mapping[str, Any]] = tomllib.loads(source.read_text("utf-8"))
        self._registers: dict[tuple[str, bool], Register] = {}
        self._contents: dict[str, CardContent] = {}
        for folder in (pki.trust, pki.keys):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all cards, in the deck's order."""
        return tuple(self._entries)

    @property
    def about(self) -> Mapping[str, str]:
        """What each card is, one line each, for the person who plays the hardware."""
        return {name: str(entry["about"]) for name, entry in self._entries.items()}

    def content(self, name: str) -> CardContent:
        """Return the content of a card. Raises KeyError for a name that is not in the deck."""
        if name not in self._contents:
            self._contents[name] = self._forge(name, self._entries[name])
        return self._contents[name]

    def person(self, name: str) -> Person:
        """Return the person of a card, as a test's expectation. Raises KeyError without one."""
        return person(name, self._entries[name])

    def _forge(self, name: str, entry: Mapping[str, Any]) -> CardContent:
        match Temper(entry.get("temper", "eid")):
            case Temper.FOREIGN:
                return CardContent(atr=ATR_BANK, temper=Temper.FOREIGN)
            case Temper.MUTE:
                return CardContent(atr=ATR_17, temper=Temper.MUTE)
            case Temper.NOT_ACTIVATED:
                return CardContent(atr=ATR_18, temper=Temper.NOT_ACTIVATED)
            case Temper.EID:
                return forge_card(
                    person(name, entry),
                    self._register(entry.get("register", "trusted"), entry["applet"] == OLD_APPLET),
                    applet=entry["applet"],
                    tampered_street=entry.get("tampered_street"),
                    le_rule=LeRule(entry.get("le_rule", "6c")),
                    with_version=entry.get("with_version", False),
                )

    def _register(self, name: str, with_rsa: bool) -> Register:
        if (name, with_rsa) not in self._registers:
            kind = "rsa" if with_rsa else "ec"
            made = found_register(f"{name} {kind}", with_rsa=with_rsa, folder=self._pki.keys)
            if name == "trusted":
                fresh = self._pki.trust / f"{kind}.new"
                fresh.write_bytes(made.root)
                fresh.replace(fresh.with_suffix(".der"))
            self._registers[name, with_rsa] = made
        return self._registers[name, with_rsa]


def person(name: str, entry: Mapping[str, Any]) -> Person:
    """Return the person of a deck entry, with the numbers that belong to nobody."""
    digest = hashlib.sha256(name.encode()).digest()
    is_belgian = int(entry["document_type"]) == 1
    first_ten = 5_910_000_000 + int.from_bytes(digest[:3], "big") % 10_000_000
    foreign = f"B999{int.from_bytes(digest[:3], 'big') % 1_000_000:06}"
    return Person(
        card_number=f"{first_ten}{first_ten % 97 or 97:02}" if is_belgian else foreign,
        national_number=national_number(entry["born"], entry["serial"]),
        surname=entry["surname"],
        first_names=entry["first_names"],
        nationality=entry["nationality"],
        birth_place=entry["birth_place"],
        birth_date=entry["birth_date"],
        gender=entry["gender"],
        document_type=entry["document_type"],
        valid_from=entry["valid_from"],
        valid_until=entry["valid_until"],
        issued_in=entry["municipality"],
        street=entry["street"],
        postal_code=entry["postal_code"],
        municipality=entry["municipality"],
        chip=_CHIP_MAKERS + digest[:12],
    )


def national_number(born: datetime.date, serial: int) -> str:
    """Return YYMMDDSSSCC with its check digits (eid.md, 4.4)."""
    first_nine = int(f"{born:%y%m%d}{serial:03}")
    century = 2_000_000_000 if born.year >= 2000 else 0
    return f"{first_nine:09}{97 - (century + first_nine) % 97:02}"
