"""The cards of the twin: the deck on the dock, and a profile for every kind of card there is."""

import datetime
import hashlib
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from device.card.forge import KeyRing, Make, Person, Register, Signing, forge_card, found, shown
from device.card.virtual import ATR_17, ATR_18, ATR_BANK, CardContent, EndRule, LeRule, Temper

DECK = Path(__file__).with_name("deck.toml")
PROFILES = Path(__file__).with_name("profiles.toml")
_CHIP_MAKERS = bytes.fromhex("534C4790")
_BELGIANS = frozenset({1, 6, 7, 8})
"""Document types whose card number has twelve digits."""
_SIGNINGS = {
    0x11: Signing.RSA_1024_SHA1,
    0x17: Signing.RSA_2048_SHA256,
    0x18: Signing.EC_P384_SHA384,
}
_PHOTO_HASHES = {
    Signing.RSA_1024_SHA1: "sha1",
    Signing.RSA_2048_SHA1: "sha1",
    Signing.RSA_2048_SHA256: "sha256",
    Signing.EC_P384_SHA384: "sha384",
}
_LONG_PAST = datetime.datetime(2021, 12, 15, tzinfo=datetime.UTC)
"""When the register named "expired" ended."""
_AS_WRITTEN = (
    "third_initial",
    "nobility",
    "special_status",
    "duplicate",
    "special_organisation",
    "is_family_member",
    "protection",
    "work_permit",
    "employer_vat_1",
    "employer_vat_2",
    "regional_file_number",
    "brexit_mention_1",
    "brexit_mention_2",
    "card_a_mention_1",
    "card_a_mention_2",
    "eu_start_date",
)
"""The lines that go to the person as they stand, where there are any."""


@dataclass(frozen=True, slots=True)
class TwinPki:
    """Name the folders of one run's test certificates."""

    trust: Path
    """The development trust folder, for ReadingConfig.trust_dir: the roots, and below them keys."""

    @property
    def keys(self) -> Path:
        """The folder of private keys that are worth keeping for the run."""
        return self.trust / "keys"


@dataclass(frozen=True, slots=True)
class Truth:
    """Tell what a right reading finds: "valid" or "altered" for each part.

    `issuer` is "trusted" (by whoever has the trust folder), "unknown" or "expired".
    """

    identity: str
    address: str
    photo: str
    issuer: str


class Deck:
    """Forge cards by name, each when it is first asked for: of the deck, or by profile."""

    def __init__(self, pki: TwinPki, *, source: Path = DECK, profiles: Path = PROFILES) -> None:
        self._pki = pki
        deck: dict[str, Mapping[str, Any]] = tomllib.loads(source.read_text("utf-8"))
        more: dict[str, Mapping[str, Any]] = tomllib.loads(profiles.read_text("utf-8"))
        self._names, self._profiles = tuple(deck), tuple(more)
        self._entries = {name: _inherited(name, entry, more) for name, entry in more.items()} | deck
        self._ring = KeyRing(pki.keys)
        self._registers: dict[tuple[str, Signing], Register] = {}
        self._contents: dict[str, CardContent] = {}
        for folder in (pki.trust, pki.keys):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the cards on the dock, in the deck's order."""
        return self._names

    @property
    def profiles(self) -> tuple[str, ...]:
        """The names of the profiles, in their file's order."""
        return self._profiles

    @property
    def people(self) -> Iterator[str]:
        """The names of all cards that are eIDs of a person, deck first."""
        every = (*self._names, *self._profiles)
        return (name for name in every if "temper" not in self._entries[name])

    @property
    def about(self) -> Mapping[str, str]:
        """What each card of the deck is, a line each, for the person who plays the hardware."""
        return {name: self.line(name) for name in self._names}

    def __contains__(self, name: object) -> bool:
        return name in self._entries

    def line(self, name: str) -> str:
        """Return what a card is, in one line. Raises KeyError for a name that is unknown."""
        return str(self._entries[name]["about"])

    def content(self, name: str) -> CardContent:
        """Return the content of a card. Raises KeyError for a name that is unknown."""
        if name not in self._contents:
            self._contents[name] = self._forge(name, self._entries[name])
        return self._contents[name]

    def person(self, name: str) -> Person:
        """Return the person whom the register signed. Raises KeyError without one."""
        return person(name, self._entries[name])

    def shown(self, name: str) -> Person:
        """Return the person as the card says, alterations included. Raises KeyError."""
        return shown(self.person(name), _make(self._entries[name]))

    def truth(self, name: str) -> Truth:
        """Return what a right reading of this card finds. Raises KeyError."""
        entry = self._entries[name]
        return Truth(
            identity="altered" if "altered_surname" in entry else "valid",
            address="altered" if "altered_street" in entry else "valid",
            photo="altered" if entry.get("altered_photo") else "valid",
            issuer=entry.get("register", "trusted"),
        )

    def make(self, name: str) -> Make:
        """Return how a card of a person is made. Raises KeyError."""
        return _make(self._entries[name])

    def root(self, name: str) -> bytes:
        """Return the DER of the root behind a person's card. Raises KeyError."""
        return self._register(self._entries[name]).root

    def _forge(self, name: str, entry: Mapping[str, Any]) -> CardContent:
        match Temper(entry.get("temper", "eid")):
            case Temper.FOREIGN:
                atr = bytes.fromhex(entry["atr"]) if "atr" in entry else ATR_BANK
                return CardContent(atr=atr, temper=Temper.FOREIGN)
            case Temper.MUTE:
                return CardContent(atr=ATR_17, temper=Temper.MUTE)
            case Temper.NOT_ACTIVATED:
                return CardContent(atr=ATR_18, temper=Temper.NOT_ACTIVATED)
            case Temper.EID:
                register = self._register(entry)
                return forge_card(person(name, entry), register, _make(entry), self._ring)

    def _register(self, entry: Mapping[str, Any]) -> Register:
        name, signing = entry.get("register", "trusted"), _signing(entry)
        if (name, signing) not in self._registers:
            last_day = _LONG_PAST if name == "expired" else None
            made = found(f"{name}-{signing.value}", signing, self._ring, last_day=last_day)
            if name != "unknown":
                plain = signing.value if name == "trusted" else f"{name}-{signing.value}"
                fresh = self._pki.trust / f"{plain}.new"
                fresh.write_bytes(made.root)
                fresh.replace(fresh.with_suffix(".der"))
            self._registers[name, signing] = made
        return self._registers[name, signing]


def _inherited(
    name: str, entry: Mapping[str, Any], profiles: Mapping[str, Mapping[str, Any]]
) -> dict[str, Any]:
    """Return an entry with the lines of those that it is like. Raises KeyError."""
    like = entry.get("like")
    inner = {} if like is None else _inherited(like, profiles[like], profiles)
    return inner | {key: value for key, value in entry.items() if key != "like"}


def _signing(entry: Mapping[str, Any]) -> Signing:
    return Signing(entry["signing"]) if "signing" in entry else _SIGNINGS[entry["applet"]]


def _make(entry: Mapping[str, Any]) -> Make:
    return Make(
        applet=entry["applet"],
        photo_hash=entry.get("photo_hash", _PHOTO_HASHES[_signing(entry)]),
        with_version=entry.get("with_version", False),
        with_holder=entry.get("with_holder", True),
        with_empty_key_hash=entry.get("with_empty_key_hash", False),
        altered_surname=entry.get("altered_surname"),
        altered_street=entry.get("altered_street"),
        altered_photo=entry.get("altered_photo", False),
        le_rule=LeRule(entry.get("le_rule", "6c")),
        end_rule=EndRule(entry.get("end_rule", "6b00")),
        says_61=entry.get("says_61", False),
    )


def person(name: str, entry: Mapping[str, Any]) -> Person:
    """Return the person of an entry, with the numbers that belong to nobody. Raises KeyError."""
    digest = hashlib.sha256(name.encode()).digest()
    is_belgian = int(entry["document_type"]) in _BELGIANS
    first_ten = 5_910_000_000 + int.from_bytes(digest[:3], "big") % 10_000_000
    foreign = f"B999{int.from_bytes(digest[:3], 'big') % 1_000_000:06}"
    # Tags 12 and 13 came after applet 1.1.
    later = {"duplicate": "00", "special_organisation": ""} if entry["applet"] > 0x11 else {}
    return Person(
        card_number=f"{first_ten}{first_ten % 97 or 97:02}" if is_belgian else foreign,
        national_number=national_number(entry["born"], entry["serial"], entry.get("bis", 0)),
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
        **(later | {key: entry[key] for key in _AS_WRITTEN if key in entry}),
    )


def national_number(born: datetime.date, serial: int, bis: int = 0) -> str:
    """Return YYMMDDSSSCC with its check digits; `bis` is added to the month (eid.md, 4.4)."""
    first_nine = int(f"{born:%y}{born.month + bis:02}{born:%d}{serial:03}")
    century = 2_000_000_000 if born.year >= 2000 else 0
    return f"{first_nine:09}{97 - (century + first_nine) % 97:02}"
