"""`./relais read-card` as a technician meets it: through a real pcscd, with every exit status."""

import base64
import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from device.card import claim, files, read_card
from device.card.claim import VisitClaim
from device.card.read_card import Exit
from device.card.status import ReaderLevel
from tests.component.onlooker import Onlooker
from tests.conftest import RealParts
from tests.contract.card_stack import (
    REPOSITORY,
    PcscStack,
    missing_part,
    open_stack,
)
from tests.driving import parts

GOOD = {"identity": "valid", "address": "valid", "issuer": "trusted"}


@pytest.fixture(scope="module")
def stack(real_parts: RealParts) -> Iterator[PcscStack]:
    reason = missing_part()
    if reason is not None:
        pytest.skip(reason)
    real_parts.used(parts.pcscd())
    with open_stack("pcsc") as opened:
        assert isinstance(opened, PcscStack)
        yield opened


@pytest.fixture(scope="module")
def onlooker(stack: PcscStack) -> Iterator[Onlooker]:
    looking = Onlooker(stack)
    yield looking
    looking.close()


@pytest.fixture
def insert(stack: PcscStack, onlooker: Onlooker) -> Iterator[Callable[..., None]]:
    """Return a hand that puts a card in and waits until the reader has noticed."""

    def hand(name: str, level: ReaderLevel = ReaderLevel.CARD) -> None:
        stack.hands.insert(name)
        onlooker.sees(level)

    yield hand
    stack.hands.remove()
    onlooker.sees(ReaderLevel.EMPTY)


@pytest.fixture
def reads(stack: PcscStack, tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Return the command, started as the launcher starts it."""

    def run(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "device.card.read_card", *words],
            env={
                **os.environ,
                **stack.environment,
                "XDG_CACHE_HOME": str(tmp_path / "cache"),
                "RELAIS_FROM": str(stack.trust.parent),
                **environment,
            },
            cwd=REPOSITORY,
            capture_output=True,
            text=True,
            check=False,
        )

    return run


def card(ended: "subprocess.CompletedProcess[str]") -> dict[str, Any]:
    """Return the one JSON object that is alone on standard output."""
    assert ended.returncode == Exit.READ, ended.stderr
    assert ended.stderr == ""
    found: dict[str, Any] = json.loads(ended.stdout)
    return found


def test_a_whole_card_is_one_json_object(
    stack: PcscStack, insert: Callable[..., None], reads: Callable[..., Any]
) -> None:
    # given
    insert("jean-marie")
    person = stack.deck.person("jean-marie")
    # when
    found = card(reads("--json", "--trust", str(stack.trust)))
    # then
    identity, verification = found["identity"], found["verification"]
    assert person.surname == identity["surname"]
    assert person.first_names == identity["given_names"]
    assert person.card_number == identity["card_number"]
    assert person.chip.hex().upper() == identity["chip_number"]
    assert ("2018-06-11", "2034-06-11") == (identity["validity_begin"], identity["validity_end"])
    born = {"text": "07 MAI  1961", "year": 1961, "month": 5, "day": 7}
    assert born == identity["birth_date"]
    assert {"number": 1, "name": "Belgian citizen"} == identity["document_type"]
    assert identity["member_of_family"] is False
    assert person.street == found["address"]["street"]
    assert person.postal_code == found["address"]["postal_code"]
    assert {**GOOD, "photo": "not_checked", "revocation": "not_checked"}.items() <= (
        verification.items()
    )
    reasons = {"photo": "not-read", "revocation": "offline", "chip": "not-asked"}
    assert reasons == verification["reasons"]
    assert verification["is_development"] is True
    assert found["exchange"]["apdus"] > 10
    assert found["exchange"]["bytes"] > 1000
    assert [] == found["warnings"]


def test_number_and_photo_come_only_when_they_are_asked_for(
    stack: PcscStack, insert: Callable[..., None], reads: Callable[..., Any]
) -> None:
    insert("telma")
    number = stack.deck.person("telma").national_number

    plain = reads("--json", "--trust", str(stack.trust))
    asked = card(reads("--json", "--trust", str(stack.trust), "--photo", "--national-number"))

    assert number not in plain.stdout
    assert "photo" not in card(plain)
    assert number == asked["identity"]["national_number"]
    photo = base64.b64decode(asked["photo"]["jpeg_base64"])
    assert stack.deck.content("telma").files[files.PHOTO] == photo
    assert "valid" == asked["verification"]["photo"]


def test_without_the_line_option_it_is_a_line_for_each_value(
    stack: PcscStack, insert: Callable[..., None], reads: Callable[..., Any]
) -> None:
    insert("amina")

    ended = reads()

    assert ended.returncode == Exit.READ
    assert f'identity.surname                 "{stack.deck.person("amina").surname}"' in (
        ended.stdout.splitlines()
    )


def test_without_its_root_a_card_is_read_under_an_unknown_issuer(
    insert: Callable[..., None], reads: Callable[..., Any]
) -> None:
    insert("telma")

    verification = card(reads("--json"))["verification"]

    assert ("valid", "unknown") == (verification["identity"], verification["issuer"])
    assert "root-not-pinned" == verification["reasons"]["issuer"]


def test_an_altered_card_is_shown_and_said_to_be_altered(
    stack: PcscStack, insert: Callable[..., None], reads: Callable[..., Any]
) -> None:
    insert("alterd")

    found = card(reads("--json", "--trust", str(stack.trust)))

    assert found["address"]["street"] == "Louizalaan 1"
    assert ("valid", "altered") == (
        found["verification"]["identity"],
        found["verification"]["address"],
    )
    assert "signature" == found["verification"]["reasons"]["address"]


@pytest.mark.parametrize(
    ("name", "level", "status", "code"),
    [
        ("bank", ReaderLevel.FOREIGN, Exit.NOT_AN_EID, "foreign"),
        ("mute", ReaderLevel.MUTE, Exit.UNREADABLE, "mute"),
        ("not-activated", ReaderLevel.CARD, Exit.UNREADABLE, "not-activated"),
    ],
)
def test_what_cannot_be_read_has_its_exit_status_code_and_remedy(
    insert: Callable[..., None],
    reads: Callable[..., Any],
    name: str,
    level: ReaderLevel,
    status: Exit,
    code: str,
) -> None:
    insert(name, level)

    ended = reads("--json")

    assert (status, "") == (ended.returncode, ended.stdout)
    said, remedy = ended.stderr.splitlines()
    assert said.startswith(f"relais read-card: {code} (")
    assert remedy.endswith(".")


def test_no_card_no_such_reader_and_no_pcscd_are_told_apart(
    insert: Callable[..., None], reads: Callable[..., Any], tmp_path: Path
) -> None:
    del insert

    empty = reads("--json")
    other = reads("--json", "--reader", "No such reader")
    down = reads("--json", PCSCLITE_CSOCK_NAME=str(tmp_path / "nobody.comm"))

    assert (Exit.NO_CARD, Exit.NO_READER, Exit.NO_READER) == (
        empty.returncode,
        other.returncode,
        down.returncode,
    )
    assert "pcsc-down" in down.stderr
    assert "" == empty.stdout + other.stdout + down.stdout


def test_a_reader_as_slow_as_glue_is_left_at_the_limit(
    stack: PcscStack,
    insert: Callable[..., None],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    # given
    insert("belgian-1.7")
    stack.hands.fault("slow:1s")
    monkeypatch.setattr(read_card, "TIME_LIMIT_S", 2.0)
    for name, value in stack.environment.items():
        monkeypatch.setenv(name, value)
    # when
    status = read_card.main(["--json"])
    # then the way out is said
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("relais read-card: timed-out (limit)\n")
    assert "doctor" in said.err
    assert status == Exit.UNREADABLE


def test_only_the_named_reader_is_read(
    insert: Callable[..., None], reads: Callable[..., Any]
) -> None:
    insert("amina")

    assert "identity" in card(reads("--json", "--reader", "Virtual PCD"))


def test_it_keeps_out_of_a_visit(
    stack: PcscStack, insert: Callable[..., None], reads: Callable[..., Any]
) -> None:
    insert("amina")
    visit = VisitClaim(stack.environment)
    visit.take()
    try:
        ended = reads("--json")
    finally:
        assert visit._descriptor is not None
        os.close(visit._descriptor)

    assert (Exit.VISIT, "") == (ended.returncode, ended.stdout)
    assert "visit-under-way" in ended.stderr
    claim._lock_of(stack.environment).unlink()


def test_a_trust_folder_is_found_from_where_the_person_stands_and_a_bad_one_is_named(
    stack: PcscStack, insert: Callable[..., None], reads: Callable[..., Any], tmp_path: Path
) -> None:
    insert("amina")
    (tmp_path / "broken.der").write_bytes(hashlib.sha256(b"no root").digest())

    near = card(reads("--json", "--trust", stack.trust.name))
    missing = reads("--json", "--trust", str(tmp_path / "nowhere"))
    broken = reads("--json", "--trust", str(tmp_path))

    assert "trusted" == near["verification"]["issuer"]
    assert (Exit.NO_TRUST, Exit.NO_TRUST) == (missing.returncode, broken.returncode)
    assert "broken.der" in broken.stderr


def test_a_wrong_use_has_its_own_exit_status(reads: Callable[..., Any]) -> None:
    assert (Exit.USAGE, Exit.USAGE) == (reads("--nope").returncode, reads("--reader").returncode)
    assert Exit.READ == reads("--help").returncode
