"""Every profile through a real pcscd, over both sockets, and under another program's eye."""

import os
import re
import shutil
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unicodedata import normalize

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization

from device.card import files, tlv
from device.card.forge.card import HOLDER_FILES
from device.card.status import ReaderLevel
from device.card.virtual import ATR_17, ATR_18
from provisioning import twin
from provisioning.twin.cards import Deck, TwinPki
from tests.card_truth import found
from tests.component.onlooker import Onlooker
from tests.conftest import RealParts
from tests.contract.card_stack import (
    LIMIT_S,
    PcscStack,
    eventually,
    missing_part,
    open_stack,
)
from tests.driving import parts

pytestmark = pytest.mark.real

TWIN = Path(twin.__file__).parent

FOREIGN = ("sim", "foreign-eid", "health-card")
GENERATIONS = ("belgian-1.1", "belgian-1.7", "belgian-1.7-rekeyed", "belgian-1.8", "eu", "kids-id")
HAS_TAG_00, LONG_TEXTS = "has-tag-00", "long-texts"
UNREADABLE = {
    HAS_TAG_00: "eidenv reads no file that begins with tag 00",
    LONG_TEXTS: "eidenv reads no file with a surname of more than 99 bytes",
}
"""Whole cards that OpenSC's eidenv is known not to read (0.23)."""
MOST_SURNAME_BYTES = 99
MISREAD = {
    "street": "eidenv prints every street as empty",
    "birth_date": "eidenv prints a date of 13 bytes with the letter of the gender behind it",
}
"""Values that it is known to print in another way (0.23); the test says in which."""
EIDENV = {
    "CARDNUMBER": "card_number",
    "VALIDFROM": "valid_from",
    "VALIDTILL": "valid_until",
    "DELIVERINGMUNICIPALITY": "issued_in",
    "NATIONALNUMBER": "national_number",
    "NAME": "surname",
    "FIRSTNAMES": "first_names",
    "INITIAL": "third_initial",
    "NATIONALITY": "nationality",
    "BIRTHLOCATION": "birth_place",
    "BIRTHDATE": "birth_date",
    "SEX": "gender",
    "NOBLECONDITION": "nobility",
    "DOCUMENTTYPE": "document_type",
    "SPECIALSTATUS": "special_status",
    "STREETANDNUMBER": "street",
    "ZIPCODE": "postal_code",
    "MUNICIPALITY": "municipality",
}
"""eidenv's names of what a person is; the chip number is apart."""


def names_of(file: str) -> tuple[str, ...]:
    """Return what cards of people a TOML file of the twin has, without making any."""
    entries = tomllib.loads((TWIN / file).read_text("utf-8"))
    return tuple(name for name, entry in entries.items() if "temper" not in entry)


PEOPLE = (*names_of("deck.toml"), *names_of("profiles.toml"))


class Bench:
    """One pcscd with its hands, and a process that reads what is in its reader."""

    def __init__(self, stack: PcscStack) -> None:
        self.stack = stack
        self._onlooker = Onlooker(stack)
        # With the keys and roots of the one that the cards are made from.
        self.deck = Deck(TwinPki(stack.trust))

    def insert(self, name: str, level: ReaderLevel = ReaderLevel.CARD) -> None:
        """Change the card in the reader, and wait until that is noticed."""
        self.stack.hands.remove()
        self._onlooker.sees(ReaderLevel.EMPTY)
        self.stack.hands.insert(name)
        self._onlooker.sees(level)

    def level(self) -> ReaderLevel:
        """Return the level of the reader."""
        return self._onlooker.level()

    def read(self) -> dict[str, Any]:
        """Return what was read of the card, see tests.component.card_dump."""
        return self._onlooker.ask("read")

    def gather(self) -> dict[str, Any]:
        """Return what the reading of a visit makes of the card in the reader."""
        return self._onlooker.ask(f"gather {self.stack.trust}")

    def asks(self, *argv: str) -> str:
        """Return what one of OpenSC's programs says of the card in the reader."""
        if shutil.which(argv[0]) is None:
            pytest.skip(f"OpenSC's {argv[0]} is not installed")
        return subprocess.run(
            argv,
            env={**os.environ, **self.stack.environment},
            capture_output=True,
            text=True,
            timeout=LIMIT_S,
            # eidenv of 0.23 says 1 also after it has printed everything.
            check=False,
        ).stdout

    def close(self) -> None:
        """End the reading process."""
        self._onlooker.close()


@pytest.fixture(scope="module", params=["pcsc", "vscard"])
def bench(request: pytest.FixtureRequest, real_parts: RealParts) -> Iterator[Bench]:
    reason = missing_part()
    if reason is not None:
        pytest.skip(reason)
    real_parts.used(parts.pcscd())
    with open_stack(request.param) as stack:
        assert isinstance(stack, PcscStack)
        bench = Bench(stack)
        yield bench
        bench.close()


@pytest.fixture(scope="module", params=PEOPLE)
def name(request: pytest.FixtureRequest, bench: Bench) -> str:
    """Return the name of the card that is in the reader now, once each."""
    bench.insert(request.param)
    return str(request.param)


def test_a_profile_is_read_whole_and_is_as_true_as_it_says(name: str, bench: Bench) -> None:
    deck, is_new = bench.deck, bench.deck.make(name).applet == 0x18

    told = bench.read()

    read = {bytes.fromhex(path): bytes.fromhex(file) for path, file in told["files"].items()}
    truth, shown = deck.truth(name), deck.shown(name)
    assert shown.chip.hex() == told["chip"]
    assert shown.surname.encode() == tlv.parse(read[files.IDENTITY])[0x07]
    assert (truth.identity, truth.address, truth.photo) == found(read)
    assert deck.root(name) == read[files.ROOT_CERTIFICATE]
    assert (ATR_18 if is_new else ATR_17).hex() == told["atr"]


def test_a_visit_reads_it_and_tells_valid_from_altered(name: str, bench: Bench) -> None:
    truth, shown = bench.deck.truth(name), bench.deck.shown(name)

    told = bench.gather()

    parts_told = told["authenticity"]
    assert normalize("NFC", shown.surname) == told["surname"]
    assert normalize("NFC", shown.street).strip() == told["street"]
    assert truth.identity == parts_told["identity"]["verdict"]
    assert truth.address == parts_told["address"]["verdict"]
    # A photo counts only under an identity that is genuine.
    is_judged = truth.identity == "valid"
    assert (truth.photo if is_judged else "not_checked") == parts_told["photo"]["verdict"]
    assert truth.issuer == parts_told["issuer"]["verdict"]


def test_another_program_reads_what_the_profile_says(
    name: str, bench: Bench, real_parts: RealParts
) -> None:
    shown, content = bench.deck.shown(name), bench.deck.content(name)

    said = dict(re.findall(r"^BELPIC_(\w+): (.*)$", bench.asks("eidenv"), re.MULTILINE))

    real_parts.used(parts.opensc())
    limits = {HAS_TAG_00} if content.files[files.IDENTITY][0] == 0 else set()
    limits |= {LONG_TEXTS} if len(shown.surname.encode()) > MOST_SURNAME_BYTES else set()
    if limits:
        assert limits <= UNREADABLE.keys()
        assert {} == said
        return
    # It prints each hex digit F of the chip number as E.
    assert shown.chip.hex().upper().replace("F", "E") == said.pop("CHIPNUMBER")
    expected = {word: getattr(shown, field) for word, field in EIDENV.items()}
    expected["STREETANDNUMBER"] = ""
    if len(shown.birth_date.encode()) > 12:
        expected["BIRTHDATE"] += shown.gender
    assert expected == said


@pytest.mark.parametrize("bench", ["pcsc"], indirect=True)
@pytest.mark.parametrize("generation", GENERATIONS)
def test_another_program_knows_the_card_and_finds_its_way_in_it(
    generation: str, bench: Bench
) -> None:
    bench.insert(generation)

    atr, kind = bench.asks("opensc-tool", "-a", "-n").split("\n")[:2]
    directory = bench.asks("pkcs15-tool", "--list-certificates", "--list-keys", "--list-pins")
    root = bench.asks("pkcs15-tool", "--read-certificate", "06")

    assert bench.deck.content(generation).atr.hex(":") == atr
    assert kind == "Belpic cards"
    assert ["Authentication", "Signature", "CA", "Root"] == re.findall(
        r"^X.509 Certificate \[(.*)\]", directory, re.MULTILINE
    )
    assert ["Authentication", "Signature"] == re.findall(
        r"^Private \w+ Key \[(.*)\]", directory, re.MULTILINE
    )
    assert "PIN [Basic PIN]" in directory
    der = x509.load_pem_x509_certificate(root.encode()).public_bytes(serialization.Encoding.DER)
    assert bench.deck.root(generation) == der


@pytest.mark.parametrize("card", FOREIGN)
def test_a_card_that_is_no_eid_is_foreign(card: str, bench: Bench) -> None:
    bench.insert(card, ReaderLevel.FOREIGN)


@pytest.mark.parametrize("bench", ["pcsc"], indirect=True)
def test_a_card_that_its_script_pulls_is_out(bench: Bench) -> None:
    # given a card that will be gone after a few answers
    bench.insert("belgian-1.8")
    bench.stack.hands.fault("drop:6")
    # when it is read
    told = bench.read()
    # then it was removed, and the reader is empty
    assert {"fault": "removed"} == told
    eventually(lambda: bench.level() is ReaderLevel.EMPTY)


@pytest.mark.parametrize("bench", ["pcsc"], indirect=True)
def test_the_log_of_a_card_in_a_reader_knows_what_was_read(bench: Bench) -> None:
    bench.insert("belgian-1.7")

    read = bench.read()["files"]

    log = bench.stack.hands.log()
    identity = files.IDENTITY.hex()
    spans = [span for span in log["spans"] if span[0] == identity]
    assert [[identity, 0, len(read[identity]) // 2]] == spans
    holders = {file.hex() for file in HOLDER_FILES}
    assert set() == holders & {file for file, _, _ in log["spans"]}
    assert log["bytes_out"] > sum(len(file) // 2 for file in read.values())
