"""What every implementation of a card reader promises: the simulated one and PC/SC."""

import queue
import threading
from collections.abc import Callable, Iterator

import pytest

from device.card import files
from device.card.apdu import ALLOWED, CommandApdu
from device.card.errors import (
    CardError,
    CardRefused,
    CardRemoved,
    CardUnavailable,
    ForbiddenCommand,
)
from device.card.files import CardFiles
from device.card.protocol import Readers
from device.card.status import CardFinding, ReaderLevel, ReaderStatus
from tests.conftest import RealParts
from tests.contract.card_stack import (
    LIMIT_S,
    PcscStack,
    Stack,
    eventually,
    missing_part,
    open_stack,
)
from tests.driving import parts

WHILE_S = 0.5
"""How long somebody talks to a card while somebody else waits for it."""


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
def readers(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> Readers:
    """Return the readers of an empty reader."""
    stack.hands.pace(ms=0)
    stack.hands.remove()
    if isinstance(stack, PcscStack):
        # Imported here: it needs pyscard, and libpcsclite reads its variable only once.
        from device.card.reader import PcscReaders

        monkeypatch.setenv("PCSCLITE_CSOCK_NAME", stack.environment["PCSCLITE_CSOCK_NAME"])
        made: Readers = PcscReaders()
    else:
        made = stack.hands
    eventually(lambda: made.status().level is ReaderLevel.EMPTY)
    return made


@pytest.fixture
def insert(stack: Stack, readers: Readers) -> Callable[[str], None]:
    """Return a hand that puts a card in and waits until the reader has noticed."""

    def hand(name: str, level: ReaderLevel = ReaderLevel.CARD) -> None:
        stack.hands.insert(name)
        eventually(lambda: readers.status().level is level)

    return hand


class Watcher:
    """Watch a reader from a thread of its own and hand over each report."""

    def __init__(self, readers: Readers) -> None:
        self._seen: queue.Queue[ReaderStatus] = queue.Queue()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=readers.watch, args=(self._seen.put, self._stop))
        self._thread.start()

    def sees(self, level: ReaderLevel) -> ReaderStatus:
        """Wait for a report of this level; reports before it may be of any other."""
        while True:
            status = self._seen.get(timeout=LIMIT_S)
            if status.level is level:
                return status

    def next(self) -> ReaderStatus:
        """Return the next report."""
        return self._seen.get(timeout=LIMIT_S)

    def stop(self) -> None:
        """Stop watching and wait until the thread has ended."""
        self._stop.set()
        self._thread.join(timeout=LIMIT_S)
        assert not self._thread.is_alive()


@pytest.fixture
def watcher(readers: Readers) -> Iterator[Watcher]:
    watching = Watcher(readers)
    yield watching
    watching.stop()


def test_an_empty_reader_has_a_name(readers: Readers) -> None:
    status = readers.status()

    assert ReaderLevel.EMPTY is status.level
    assert status.reader != ""


@pytest.mark.parametrize(
    ("card", "level"),
    [
        ("jean-marie", ReaderLevel.CARD),
        ("telma", ReaderLevel.CARD),
        ("not-activated", ReaderLevel.CARD),
        ("bank", ReaderLevel.FOREIGN),
        ("mute", ReaderLevel.MUTE),
    ],
)
def test_a_card_is_a_level(card: str, level: ReaderLevel, stack: Stack, readers: Readers) -> None:
    stack.hands.insert(card)

    eventually(lambda: readers.status().level is level)


def test_a_pulled_card_is_a_status_not_an_error(
    stack: Stack, readers: Readers, insert: Callable[[str], None]
) -> None:
    insert("amina")

    stack.hands.remove()

    eventually(lambda: readers.status().level is ReaderLevel.EMPTY)


def test_a_reader_can_go_and_come_back_with_the_card_in_it(
    stack: Stack, readers: Readers, insert: Callable[[str], None]
) -> None:
    insert("amina")

    stack.take_reader_away()

    eventually(lambda: readers.status() == ReaderStatus(ReaderLevel.ABSENT, ""))
    stack.bring_reader_back()
    eventually(lambda: readers.status().level is ReaderLevel.CARD)


def test_watching_reports_the_level_at_once_and_every_change(
    stack: Stack, watcher: Watcher
) -> None:
    assert ReaderLevel.EMPTY is watcher.next().level

    stack.hands.insert("telma")
    assert ReaderLevel.CARD is watcher.next().level

    stack.hands.remove()
    assert ReaderLevel.EMPTY is watcher.next().level

    stack.hands.insert("bank")
    assert ReaderLevel.FOREIGN is watcher.next().level


def test_watching_sees_a_reader_go_and_come_back(stack: Stack, watcher: Watcher) -> None:
    watcher.sees(ReaderLevel.EMPTY)

    stack.take_reader_away()
    try:
        watcher.sees(ReaderLevel.ABSENT)
    finally:
        stack.bring_reader_back()
    watcher.sees(ReaderLevel.EMPTY)


def test_watching_survives_the_death_of_the_service(stack: Stack, watcher: Watcher) -> None:
    watcher.sees(ReaderLevel.EMPTY)

    stack.kill_service()
    try:
        watcher.sees(ReaderLevel.ABSENT)
    finally:
        stack.restore_service()
    watcher.sees(ReaderLevel.EMPTY)
    stack.hands.insert("jean-marie")
    watcher.sees(ReaderLevel.CARD)


def test_a_quick_pull_and_push_ends_in_the_true_level(stack: Stack, watcher: Watcher) -> None:
    stack.hands.insert("jean-marie")
    watcher.sees(ReaderLevel.CARD)

    for _ in range(5):
        stack.hands.remove()
        stack.hands.insert("amina")
    stack.hands.remove()

    watcher.sees(ReaderLevel.EMPTY)


def test_a_service_that_is_down_is_an_absent_reader(stack: Stack, readers: Readers) -> None:
    stack.kill_service()
    try:
        assert ReaderStatus(ReaderLevel.ABSENT, "") == readers.status()
        with pytest.raises(CardUnavailable) as caught:
            readers.connect()
        assert CardFinding.PCSC_DOWN is caught.value.finding
    finally:
        stack.restore_service()


def test_connecting_without_a_card_says_so(readers: Readers) -> None:
    with pytest.raises(CardUnavailable) as caught:
        readers.connect()

    assert CardFinding.NO_CARD is caught.value.finding


def test_connecting_without_a_reader_says_so(stack: Stack, readers: Readers) -> None:
    stack.take_reader_away()
    try:
        with pytest.raises(CardUnavailable) as caught:
            readers.connect()
        assert CardFinding.NO_READER is caught.value.finding
    finally:
        stack.bring_reader_back()


def test_connecting_to_a_mute_card_says_so(
    readers: Readers, insert: Callable[[str, ReaderLevel], None]
) -> None:
    insert("mute", ReaderLevel.MUTE)

    with pytest.raises(CardUnavailable) as caught:
        readers.connect()

    assert CardFinding.MUTE is caught.value.finding


@pytest.mark.parametrize(
    ("card", "finding"),
    [("bank", CardFinding.FOREIGN), ("not-activated", CardFinding.NOT_ACTIVATED)],
)
def test_a_card_that_cannot_be_read_says_why(
    card: str, finding: CardFinding, stack: Stack, readers: Readers
) -> None:
    stack.hands.insert(card)
    eventually(
        lambda: readers.status().level in (ReaderLevel.CARD, ReaderLevel.FOREIGN),
    )

    with readers.connect() as connection, pytest.raises(CardRefused) as caught:
        CardFiles(connection).select_applet()

    assert finding is caught.value.finding


@pytest.mark.parametrize("card", ["jean-marie", "amina"])
def test_a_card_answers_with_its_files(
    card: str, stack: Stack, readers: Readers, insert: Callable[[str], None]
) -> None:
    insert(card)

    with readers.connect() as connection:
        reading = CardFiles(connection)
        reading.select_applet()
        card_data = reading.card_data()
        identity = reading.read(files.IDENTITY, files.RECORDS)

    assert stack.deck.person(card).chip == card_data[:16]
    assert stack.deck.person(card).surname.encode() in identity
    assert connection.wire_s > 0


def test_a_card_can_be_connected_again_and_again(
    readers: Readers, insert: Callable[[str], None]
) -> None:
    insert("telma")

    atrs = set()
    for _ in range(5):
        with readers.connect() as connection:
            CardFiles(connection).select_applet()
            atrs.add(connection.atr)

    assert {bytes.fromhex("3B7F96000080318065B085040120120FFF829000")} == atrs


def test_who_connects_second_waits_until_the_first_has_let_the_card_go(
    readers: Readers, insert: Callable[[str], None]
) -> None:
    # given somebody in the middle of a file
    insert("jean-marie")
    chips: queue.Queue[bytes] = queue.Queue()

    def talks() -> None:
        with readers.connect() as connection:
            reading = CardFiles(connection)
            reading.select_applet()
            chips.put(reading.card_data())

    second = threading.Thread(target=talks, daemon=True)
    with readers.connect() as connection:
        reading = CardFiles(connection)
        reading.select_applet()
        # when
        second.start()
        second.join(WHILE_S)
        # then the card is one's own
        assert chips.empty()
        identity = reading.read(files.IDENTITY, files.RECORDS)
        first = reading.card_data()
    assert identity
    assert chips.get(timeout=LIMIT_S) == first
    second.join(LIMIT_S)


def test_a_card_pulled_while_we_talk_is_removed(
    stack: Stack, readers: Readers, insert: Callable[[str], None]
) -> None:
    insert("jean-marie")

    with readers.connect() as connection:
        reading = CardFiles(connection)
        reading.select_applet()
        stack.hands.remove()
        with pytest.raises(CardRemoved) as caught:
            reading.read(files.IDENTITY, files.RECORDS)

    assert CardFinding.REMOVED is caught.value.finding
    eventually(lambda: readers.status().level is ReaderLevel.EMPTY)


def test_a_service_that_dies_while_we_talk_is_an_error_of_the_card(
    stack: Stack, readers: Readers, insert: Callable[[str], None]
) -> None:
    insert("jean-marie")

    with readers.connect() as connection:
        reading = CardFiles(connection)
        reading.select_applet()
        stack.kill_service()
        try:
            with pytest.raises(CardError) as caught:
                reading.card_data()
        finally:
            stack.restore_service()

    assert caught.value.finding in (CardFinding.PCSC_DOWN, CardFinding.REMOVED)


def test_no_other_command_reaches_the_card(
    stack: Stack, readers: Readers, insert: Callable[[str], None]
) -> None:
    # given a connection to a card, and commands made around their own check
    insert("jean-marie")
    forbidden = [(0x00, 0x20), (0x00, 0x24), (0x00, 0x2A), (0x00, 0x88), (0x00, 0xD6), (0x80, 0xA4)]

    # when they are sent
    with readers.connect() as connection:
        for cla, ins in forbidden:
            command = CommandApdu(0x00, 0xB0, 0, 0, le=1)
            object.__setattr__(command, "cla", cla)
            object.__setattr__(command, "ins", ins)
            with pytest.raises(ForbiddenCommand):
                connection.send_and_receive(command)
        CardFiles(connection).select_applet()

    # then the card saw only what may be sent
    seen = set(stack.hands.commands())
    assert seen <= ALLOWED
    assert (0x00, 0xA4) in seen
