"""The private pcscd: it comes back with its card, leaves nothing behind, and is nobody else's."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

from device.card.reading import CardReading, ReadingConfig
from provisioning.twin.pcsc_namespace import VPCD_PORT
from tests.conftest import RealParts
from tests.contract.card_stack import (
    REPOSITORY,
    PcscStack,
    eventually,
    find_driver,
    missing_part,
    open_stack,
)
from tests.driving import parts

pytestmark = pytest.mark.real


@pytest.fixture
def stack(real_parts: RealParts) -> Iterator[PcscStack]:
    reason = missing_part()
    if reason is not None:
        pytest.skip(reason)
    real_parts.used(parts.pcscd())
    with open_stack("pcsc") as opened:
        assert isinstance(opened, PcscStack)
        yield opened


@pytest.fixture
def card_is_seen(stack: PcscStack) -> Callable[[], bool]:
    """Return an eye that tells whether an eID is in the reader."""
    config = ReadingConfig(backend="pcsc", environment=stack.environment)
    reading = CardReading(config, visit_key=b"k", traces_fd=None)
    return lambda: isinstance(reading.identify(), str)


def is_gone(pid: int) -> bool:
    """Tell whether a process is gone, or a zombie that only an init could bury."""
    status = Path(f"/proc/{pid}/status")
    return not status.exists() or "State:\tZ" in status.read_text()


def test_an_inserted_card_reappears_after_a_crash(
    stack: PcscStack, card_is_seen: Callable[[], bool]
) -> None:
    stack.hands.insert("telma")
    eventually(card_is_seen)

    stack.pcscd.kill()
    assert not stack.pcscd.is_running
    assert not card_is_seen()

    stack.pcscd.restart()
    assert stack.pcscd.is_running
    eventually(card_is_seen)


def test_a_pcscd_that_dies_by_itself_is_noticed_and_comes_back(
    stack: PcscStack, card_is_seen: Callable[[], bool]
) -> None:
    stack.hands.insert("telma")
    first = stack.pcscd.pid
    assert first is not None

    os.kill(first, signal.SIGKILL)
    eventually(lambda: not stack.pcscd.is_running)

    stack.pcscd.start()
    assert stack.pcscd.pid != first
    eventually(card_is_seen)


def test_a_dead_namespace_is_made_anew_with_its_card_holder(
    stack: PcscStack, card_is_seen: Callable[[], bool]
) -> None:
    namespace = stack.pcscd._namespace
    assert namespace is not None
    namespace.kill()
    eventually(lambda: not stack.pcscd.is_running)

    stack.pcscd.start()
    stack.hands.insert("amina")

    eventually(card_is_seen)


def test_nobody_outside_can_reach_the_virtual_reader(
    stack: PcscStack, card_is_seen: Callable[[], bool]
) -> None:
    stack.hands.insert("telma")
    eventually(card_is_seen)

    with socket.socket() as outsider:
        assert outsider.connect_ex(("127.0.0.1", VPCD_PORT)) != 0
    assert stack.pcscd.socket.exists()
    assert str(stack.pcscd.socket) not in ("/run/pcscd/pcscd.comm", "/var/run/pcscd/pcscd.comm")


def test_everything_ends_with_its_owner_however_that_dies(tmp_path: Path) -> None:
    reason = missing_part()
    if reason is not None:
        pytest.skip(reason)
    # given an owner in a process of its own
    code = (
        "import sys; from pathlib import Path; from provisioning.twin.pcsc import PrivatePcscd\n"
        "folder = Path(sys.argv[1]); p = PrivatePcscd(folder / 'p', Path(sys.argv[2])); p.start()\n"
        "holder = p.hold_cards(folder / 's', pki=folder / 't')\n"
        "print(p.pid, holder, p._namespace.pid, flush=True); sys.stdin.read()"
    )
    owner = subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path), str(find_driver())],
        cwd=REPOSITORY,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert owner.stdout is not None
    pids = [int(word) for word in owner.stdout.readline().split()]
    assert [is_gone(pid) for pid in pids] == [False] * 3

    # when it is killed
    owner.kill()
    owner.communicate()

    # then nothing of it is left
    for pid in pids:
        eventually(partial(is_gone, pid))
