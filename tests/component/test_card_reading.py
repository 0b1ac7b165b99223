"""Reading a card through the child process, from the reader to the declared fields."""

import dataclasses
import json
import os
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from device.card import traces
from device.card.reading import CardFault, CardRead, CardReading, ReadingConfig
from device.card.status import CardFinding, Field
from device.card.traces import Trace, TraceKind
from device.card.verdict import Issuer, Part, Reason, Verdict
from tests.conftest import RealParts
from tests.contract.card_stack import (
    LIMIT_S,
    REPOSITORY,
    PcscStack,
    Stack,
    eventually,
    missing_part,
    open_stack,
)
from tests.driving import parts

NAME = frozenset({Field.SURNAME, Field.FIRST_NAMES})
LETTER = NAME | {Field.STREET, Field.POSTAL_CODE, Field.MUNICIPALITY, Field.BIRTH_DATE}
ADDRESS = frozenset({Field.POSTAL_CODE})
VALID = Part(Verdict.VALID)
NOT_READ = Part(Verdict.NOT_CHECKED, Reason.NOT_READ)
UNKNOWN_ROOT = Part(Issuer.UNKNOWN, Reason.ROOT_NOT_PINNED)


@pytest.fixture(scope="module", params=["simulated", pytest.param("pcsc", marks=pytest.mark.real)])
def stack(request: pytest.FixtureRequest, real_parts: RealParts) -> Iterator[Stack]:
    if request.param == "pcsc":
        reason = missing_part()
        if reason is not None:
            pytest.skip(reason)
        real_parts.used(parts.pcscd())
    with open_stack(request.param) as opened:
        yield opened


@pytest.fixture
def config(stack: Stack) -> ReadingConfig:
    is_simulated = not isinstance(stack, PcscStack)
    return ReadingConfig(
        backend="simulated" if is_simulated else "pcsc",
        simulator_socket=stack.socket if is_simulated else None,
        trust_dir=stack.trust,
        root_cache=None,
        environment=stack.environment,
    )


@pytest.fixture(autouse=True)
def rested(stack: Stack, config: ReadingConfig) -> Iterator[None]:
    """Leave the stack as it was found: no card, no delay."""
    yield
    stack.hands.pace(ms=0)
    # pcscd must have buried a killed client before its card goes: when both happen at once,
    # pcscd 1.9.9 can keep the old level until the next change.
    CardReading(config, visit_key=b"", traces_fd=None).identify()
    stack.hands.remove()


@pytest.fixture
def notes() -> Iterator[int]:
    descriptor = os.memfd_create("traces")
    yield descriptor
    os.close(descriptor)


@pytest.fixture
def reading(config: ReadingConfig, notes: int) -> Iterator[CardReading]:
    made = CardReading(config, visit_key=bytes(range(32)), traces_fd=notes)
    yield made
    made.cancel()


@pytest.fixture
def insert(stack: Stack, config: ReadingConfig) -> Callable[[str], None]:
    """Return a hand that puts a card in and waits until the reader's own side sees it."""

    def hand(name: str) -> None:
        stack.hands.remove()
        seen(stack, "no-card")
        stack.hands.insert(name)
        seen(stack, "card")

    def seen(stack: Stack, what: str) -> None:
        probe = CardReading(config, visit_key=b"", traces_fd=None)

        def is_so() -> bool:
            found = probe.identify()
            is_empty = isinstance(found, CardFault) and found.finding is CardFinding.NO_CARD
            return is_empty == (what == "no-card")

        if isinstance(stack, PcscStack):
            eventually(is_so)

    return hand


def noted(descriptor: int) -> list[Trace]:
    """Return what the child wrote for the wipe."""
    return traces.decode(os.pread(descriptor, os.fstat(descriptor).st_size, 0))


@pytest.mark.parametrize("card", ["jean-marie", "telma", "amina"])
def test_a_card_is_read_and_found_genuine(
    card: str, stack: Stack, reading: CardReading, insert: Callable[[str], None]
) -> None:
    insert(card)
    reading.prepare()

    result = reading.read(LETTER)

    person = stack.deck.person(card)
    assert isinstance(result, CardRead), result
    assert set(LETTER) == set(result.fields)
    assert person.surname == result.fields[Field.SURNAME]
    assert person.first_names == result.fields[Field.FIRST_NAMES]
    assert person.street == result.fields[Field.STREET]
    assert person.postal_code == result.fields[Field.POSTAL_CODE]
    assert person.municipality == result.fields[Field.MUNICIPALITY]
    assert re.fullmatch(r"19\d\d-\d\d-\d\d", result.fields[Field.BIRTH_DATE])
    assert result.authenticity.data == (VALID, VALID, NOT_READ)
    assert Issuer.TRUSTED is result.authenticity.issuer.verdict
    assert result.authenticity.is_development
    assert result.authenticity.verdict == "development"
    assert 0 < result.wire_ms < result.total_ms


def test_without_a_development_folder_a_test_card_has_an_unknown_issuer(
    stack: Stack, config: ReadingConfig, insert: Callable[[str], None]
) -> None:
    insert("telma")
    production = ReadingConfig(
        backend=config.backend,
        simulator_socket=config.simulator_socket,
        environment=config.environment,
    )

    result = CardReading(production, visit_key=b"k", traces_fd=None).read(NAME)

    assert isinstance(result, CardRead), result
    assert VALID == result.authenticity.identity
    assert UNKNOWN_ROOT == result.authenticity.issuer
    assert not result.authenticity.is_development


@pytest.mark.parametrize(
    ("card", "finding"),
    [
        ("alterd", CardFinding.ALTERED),
        ("mute", CardFinding.MUTE),
        ("bank", CardFinding.FOREIGN),
        ("not-activated", CardFinding.NOT_ACTIVATED),
    ],
)
def test_a_card_that_cannot_serve_is_a_finding(
    card: str, finding: CardFinding, reading: CardReading, insert: Callable[[str], None]
) -> None:
    insert(card)

    result = reading.read(LETTER)

    assert isinstance(result, CardFault), result
    assert finding is result.finding


def test_a_card_of_an_unknown_register_is_read_and_says_so(
    reading: CardReading, insert: Callable[[str], None]
) -> None:
    insert("other-root")

    result = reading.read(LETTER)

    assert isinstance(result, CardRead), result
    assert result.authenticity.data == (VALID, VALID, NOT_READ)
    assert UNKNOWN_ROOT == result.authenticity.issuer
    assert result.authenticity.verdict == "unknown"
    assert result.fields[Field.BIRTH_DATE] == "1949"


def test_only_the_address_is_read_when_only_it_is_declared(
    stack: Stack, reading: CardReading, notes: int, insert: Callable[[str], None]
) -> None:
    insert("amina")

    result = reading.read(ADDRESS)

    person = stack.deck.person("amina")
    assert isinstance(result, CardRead), result
    assert result.fields == {Field.POSTAL_CODE: "1080"}
    assert result.authenticity.data == (NOT_READ, VALID, NOT_READ)
    assert person.surname not in [trace.text for trace in noted(notes)]


@pytest.mark.parametrize("name", ["broken.pem", "broken.der"])
def test_a_broken_file_in_the_trust_folder_is_named_and_ends_nothing(
    name: str, config: ReadingConfig, insert: Callable[[str], None], tmp_path: Path
) -> None:
    (tmp_path / name).write_bytes(b"\x30\x03no certificate")
    insert("telma")
    faulty = dataclasses.replace(config, trust_dir=tmp_path)

    result = CardReading(faulty, visit_key=b"k", traces_fd=None).read(NAME)

    reason = f"trust-folder-faulty:{name}:certificate"
    assert result == CardFault(CardFinding.READER_FAILED, reason)


def test_an_empty_reader_is_a_finding(reading: CardReading, stack: Stack) -> None:
    if isinstance(stack, PcscStack):
        eventually(lambda: isinstance(r := reading.identify(), CardFault) and bool(r.finding))

    result = reading.read(NAME)

    assert isinstance(result, CardFault)
    assert CardFinding.NO_CARD is result.finding


def test_a_missing_service_is_a_finding(reading: CardReading, stack: Stack) -> None:
    stack.kill_service()
    try:
        result = reading.read(NAME)
    finally:
        stack.restore_service()

    assert isinstance(result, CardFault)
    assert CardFinding.PCSC_DOWN is result.finding


def test_the_name_comes_before_the_rest(
    stack: Stack, reading: CardReading, insert: Callable[[str], None]
) -> None:
    insert("telma")
    commands_then: list[int] = []
    names: list[Mapping[Field, str]] = []

    def first(name: Mapping[Field, str]) -> None:
        names.append(name)
        commands_then.append(len(stack.hands.commands()))

    stack.hands.pace(ms=30)
    reading.read(LETTER, first)

    person = stack.deck.person("telma")
    expected = {Field.SURNAME: person.surname, Field.FIRST_NAMES: person.first_names}
    assert [expected] == names
    assert commands_then[0] < len(stack.hands.commands()) - 4


def test_every_value_of_the_card_is_noted_for_the_wipe(
    stack: Stack, reading: CardReading, notes: int, insert: Callable[[str], None]
) -> None:
    insert("jean-marie")

    reading.read(frozenset({Field.SURNAME, Field.POSTAL_CODE}))

    person = stack.deck.person("jean-marie")
    written = {(trace.kind, trace.text) for trace in noted(notes)}
    for number in (person.national_number, person.card_number):
        assert (TraceKind.NUMBER, number) in written
    for value in (
        person.surname,
        person.first_names,
        person.birth_place,
        person.birth_date,
        "1961-05-07",
        person.municipality,
        person.chip.hex(),
    ):
        assert (TraceKind.VALUE, value) in written
    for joined in (
        f"{person.surname} {person.first_names}",
        f"{person.first_names} {person.surname}",
        f"{person.surname} {person.first_names} 1961-05-07",
        person.street,
    ):
        assert (TraceKind.JOINED, joined) in written


def test_what_cannot_be_noted_is_not_handed_on(
    config: ReadingConfig, insert: Callable[[str], None], tmp_path: Path
) -> None:
    # given a descriptor that cannot be written
    insert("amina")
    (tmp_path / "closed").touch()
    descriptor = os.open(tmp_path / "closed", os.O_RDONLY)
    names: list[Mapping[Field, str]] = []

    result = CardReading(config, visit_key=b"k", traces_fd=descriptor).read(NAME, names.append)

    os.close(descriptor)
    assert isinstance(result, CardFault)
    assert CardFinding.READER_FAILED is result.finding
    assert names == []


def test_a_card_pulled_in_mid_read_gives_no_fields(
    stack: Stack, reading: CardReading, insert: Callable[[str], None]
) -> None:
    insert("jean-marie")
    stack.hands.pace(ms=30)

    result = reading.read(LETTER, lambda _: stack.hands.remove())

    assert isinstance(result, CardFault), result
    assert CardFinding.REMOVED is result.finding


def test_a_card_exchanged_in_mid_read_never_makes_a_mixture(
    stack: Stack, reading: CardReading, insert: Callable[[str], None]
) -> None:
    insert("jean-marie")
    stack.hands.pace(ms=30)

    result = reading.read(LETTER, lambda _: stack.hands.insert("amina"))

    assert isinstance(result, CardFault), result
    assert result.finding in (CardFinding.REMOVED, CardFinding.DIFFERENT_CARD)


def test_a_card_that_hangs_is_given_up_at_the_limit(
    stack: Stack, config: ReadingConfig, insert: Callable[[str], None]
) -> None:
    insert("telma")
    stack.hands.pace(ms=60_000)
    short = ReadingConfig(
        backend=config.backend,
        simulator_socket=config.simulator_socket,
        environment=config.environment,
        time_limit_s=1.0,
    )

    result = CardReading(short, visit_key=b"k", traces_fd=None).read(NAME)

    assert isinstance(result, CardFault)
    assert CardFinding.TIMED_OUT is result.finding


def test_a_cancelled_read_ends_at_once(
    stack: Stack, reading: CardReading, insert: Callable[[str], None]
) -> None:
    insert("telma")
    sent_before = len(stack.hands.commands())
    stack.hands.pace(ms=60_000)
    results: list[CardRead | CardFault] = []
    thread = threading.Thread(target=lambda: results.append(reading.read(NAME)))
    thread.start()
    eventually(lambda: bool(results) or len(stack.hands.commands()) > sent_before)
    assert [] == results

    reading.cancel()
    thread.join(timeout=LIMIT_S)

    assert [CardFault(CardFinding.CANCELLED)] == results


def test_a_card_is_the_same_within_a_visit_and_another_in_the_next(
    config: ReadingConfig, reading: CardReading, insert: Callable[[str], None]
) -> None:
    insert("amina")
    read = reading.read(NAME)
    again = reading.identify()
    next_visit = CardReading(config, visit_key=bytes(32), traces_fd=None).identify()
    insert("telma")
    other = reading.identify()

    assert isinstance(read, CardRead), read
    assert read.card_id == again
    assert len(str(again)) == 64
    assert other != again
    assert next_visit != again


def test_another_card_of_the_same_visit_is_refused_unread(
    stack: Stack, reading: CardReading, notes: int, insert: Callable[[str], None]
) -> None:
    insert("amina")
    mine = reading.identify()
    insert("telma")

    result = reading.read(LETTER, expected_card=str(mine))

    assert isinstance(result, CardFault)
    assert CardFinding.DIFFERENT_CARD is result.finding
    assert stack.deck.person("telma").surname not in [trace.text for trace in noted(notes)]


@pytest.mark.parametrize(("sw", "times"), [(0x6B00, 1), (0x6986, 2), (0x9000, 1)])
def test_a_flaky_reader_costs_time_and_no_fields(
    sw: int, times: int, stack: Stack, reading: CardReading, insert: Callable[[str], None]
) -> None:
    insert("jean-marie")
    stack.hands.glitch(offset=256, sw=sw, times=times)

    result = reading.read(LETTER)

    assert isinstance(result, CardRead), result
    assert VALID == result.authenticity.identity


def test_a_standby_child_ends_with_its_owner(
    config: ReadingConfig, insert: Callable[[str], None]
) -> None:
    # given a parent with a child in waiting
    code = (
        "import sys; from device.card.reading import *; "
        "r = CardReading(ReadingConfig('pcsc'), visit_key=b'k', traces_fd=None); r.prepare(); "
        "print(r._standby._process.pid, flush=True); sys.stdin.read()"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", code],
        cwd=REPOSITORY,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert parent.stdout is not None
    child = Path("/proc") / parent.stdout.readline().strip()
    assert child.exists()

    # when the parent is killed
    parent.kill()
    parent.communicate()

    # then the child is gone, or a zombie that only an init could bury
    eventually(lambda: not child.exists() or "State:\tZ" in (child / "status").read_text())


def test_a_reading_child_ends_with_its_owner_though_the_card_hangs(
    stack: Stack, config: ReadingConfig, insert: Callable[[str], None]
) -> None:
    # given a parent whose child waits inside the card library
    insert("telma")
    sent_before = len(stack.hands.commands())
    stack.hands.pace(ms=60_000)
    order: dict[str, Any] = {
        "backend": config.backend,
        "socket": None if config.simulator_socket is None else str(config.simulator_socket),
        "trust": str(config.trust_dir),
        "environment": dict(config.environment),
        "fields": ["surname"],
    }
    parent = subprocess.Popen(
        [sys.executable, "-m", "tests.component.card_parent", json.dumps(order)],
        cwd=REPOSITORY,
        stdin=subprocess.PIPE,
    )
    eventually(lambda: len(stack.hands.commands()) > sent_before)
    children = Path(f"/proc/{parent.pid}/task/{parent.pid}/children").read_text().split()
    assert len(children) == 1

    # when the parent is killed
    parent.kill()
    parent.communicate()

    # then the child is gone, or a zombie that only an init could bury
    child = Path("/proc") / children[0]
    eventually(lambda: not child.exists() or "State:\tZ" in (child / "status").read_text())


def memory_of(pid: int) -> bytes:
    """Return what a process has in memory, all that is readable."""
    found = []
    with Path(f"/proc/{pid}/mem").open("rb", 0) as memory:
        for line in Path(f"/proc/{pid}/maps").read_text().splitlines():
            span, access = line.split()[:2]
            if "r" not in access or "[v" in line:
                continue
            start, end = (int(part, 16) for part in span.split("-"))
            memory.seek(start)
            try:
                found.append(memory.read(end - start))
            except OSError:
                continue
    return b"".join(found)


@pytest.mark.parametrize("is_declared", [False, True])
def test_an_undeclared_number_never_enters_the_worker(
    is_declared: bool, stack: Stack, config: ReadingConfig, insert: Callable[[str], None]
) -> None:
    # given a process that reads a card as a worker does
    insert("jean-marie")
    fields = [field.value for field in LETTER]
    order: dict[str, Any] = {
        "backend": config.backend,
        "socket": None if config.simulator_socket is None else str(config.simulator_socket),
        "trust": str(config.trust_dir),
        "environment": dict(config.environment),
        "fields": [*fields, "national_number"] if is_declared else fields,
    }
    worker = subprocess.Popen(
        [sys.executable, "-m", "tests.component.card_parent", json.dumps(order)],
        cwd=REPOSITORY,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert worker.stdout is not None
    said = json.loads(worker.stdout.readline())

    # when its memory is searched
    try:
        memory = memory_of(worker.pid)
    except PermissionError:
        pytest.skip("this machine lets nobody read another process's memory")
    finally:
        worker.communicate()

    # then the declared name is there, and the number only if it was declared too
    person = stack.deck.person("jean-marie")
    number = person.national_number
    assert sorted(order["fields"]) == said["fields"]
    assert said["noted"] > 0
    assert person.surname.encode() in memory
    found = any(form in memory for form in (number.encode(), number.encode("utf-16-le")))
    assert is_declared == found


def test_the_worker_loads_no_card_library() -> None:
    code = "import sys, device.card.reading; print('smartcard' in sys.modules)"

    said = subprocess.run(
        [sys.executable, "-c", code], cwd=REPOSITORY, capture_output=True, text=True, check=True
    ).stdout

    assert said == "False\n"


@pytest.mark.real
@pytest.mark.parametrize("stack", ["pcsc"], indirect=True)
@pytest.mark.parametrize("card", ["jean-marie", "amina"])
def test_another_program_reads_the_same_card(
    card: str, stack: Stack, insert: Callable[[str], None], real_parts: RealParts
) -> None:
    eidenv = shutil.which("eidenv")
    if eidenv is None:
        pytest.skip("OpenSC's eidenv is not installed")
    insert(card)

    said = subprocess.run(
        [eidenv],
        env={**os.environ, **stack.environment},
        capture_output=True,
        text=True,
        timeout=LIMIT_S,
        # OpenSC 0.23 says 1 also after it has printed everything.
        check=False,
    ).stdout

    real_parts.used(parts.opensc())
    person = stack.deck.person(card)
    assert f"BELPIC_NAME: {person.surname}\n" in said
    assert f"BELPIC_FIRSTNAMES: {person.first_names}\n" in said
    assert f"BELPIC_NATIONALNUMBER: {person.national_number}\n" in said
    assert f"BELPIC_MUNICIPALITY: {person.municipality}\n" in said
