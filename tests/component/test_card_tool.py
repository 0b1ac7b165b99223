"""`./relais card`: a virtual card in somebody's reader, until Ctrl-C."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from cryptography import x509

from device.card.virtual import ATR_17, ATR_18
from tests.conftest import RealParts
from tests.contract.card_stack import LIMIT_S, REPOSITORY, eventually
from tests.driving import parts
from tests.qemu_side import CARD_REMOVE, READER_REMOVE, QemuSide

SELECT_IDENTITY = bytes.fromhex("00A4080C063F00DF014031")
QEMU = "qemu-system-x86_64"

Start = Callable[..., "Tool"]


class Tool:
    """The command as a process; what it says on standard error is collected."""

    def __init__(self, *options: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "provisioning.twin.virtual_card", *options],
            cwd=REPOSITORY,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.said = ""
        self._listening = threading.Thread(target=self._listen, daemon=True)
        self._listening.start()

    def says(self, words: str) -> None:
        """Wait until it has said this."""
        eventually(lambda: words in self.said)

    def interrupt(self) -> int:
        """Press Ctrl-C; return the status."""
        self._process.send_signal(signal.SIGINT)
        return self.ends()

    def ends(self) -> int:
        """Wait for its end; return the status."""
        status = self._process.wait(LIMIT_S)
        self._listening.join(LIMIT_S)
        return status

    def close(self) -> None:
        """End it if it still runs."""
        self._process.kill()
        self.ends()

    def _listen(self) -> None:
        assert self._process.stderr is not None
        with self._process.stderr as words:
            for line in words:
                self.said += line


@pytest.fixture
def start() -> Iterator[Start]:
    """Return how a tool is started; all end with the test."""
    started: list[Tool] = []

    def hand(*options: str) -> Tool:
        started.append(Tool(*options))
        return started[-1]

    yield hand
    for tool in started:
        tool.close()


@pytest.fixture
def driver() -> Iterator[socket.socket]:
    """Listen as the vpcd driver does."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(LIMIT_S)
        yield listening


def place(listening: socket.socket) -> str:
    return f"127.0.0.1:{listening.getsockname()[1]}"


def ask(line: socket.socket, frame: bytes) -> bytes:
    """Send one frame of the driver and return the card's."""
    line.sendall(len(frame).to_bytes(2, "big") + frame)
    with line.makefile("rb") as stream:
        return stream.read(int.from_bytes(stream.read(2), "big"))


def test_a_card_goes_into_a_vpcd_driver_and_out_again(
    start: Start, driver: socket.socket, tmp_path: Path
) -> None:
    # given
    trust = tmp_path / "trust"
    tool = start("belgian-1.7", "--vpcd", place(driver), "--trust", str(trust))
    line, _ = driver.accept()
    with line:
        line.settimeout(LIMIT_S)
        tool.says("the card is in the reader")
        # when it is asked
        assert ATR_17 == ask(line, b"\x04")
        assert bytes.fromhex("9000") == ask(line, SELECT_IDENTITY)
        # then Ctrl-C takes it out, and its root lies where a reader may trust it
        assert 0 == tool.interrupt()
        assert b"" == line.recv(1)
    roots = [x509.load_der_x509_certificate(path.read_bytes()) for path in trust.glob("*.der")]
    assert ["CN=Relais twin test root trusted-rsa,C=BE"] == [
        root.subject.rfc4514_string() for root in roots
    ]
    assert "1 commands, 11 bytes in, 2 bytes out" in tool.said


def test_a_tool_waits_for_a_driver_that_is_not_there_yet(start: Start) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = place(listening)
    tool = start("belgian-1.7", "--vpcd", port)

    tool.says("nobody listens")

    assert 0 == tool.interrupt()


def test_a_fault_script_pulls_the_card_and_ends_the_tool(
    start: Start, driver: socket.socket
) -> None:
    tool = start("a", "--vpcd", place(driver), "--fault", "sw:6a87@PATHx1", "--fault", "drop:2")
    line, _ = driver.accept()

    with line:
        line.settimeout(LIMIT_S)
        said = [ask(line, SELECT_IDENTITY).hex() for _ in range(3)]

    assert ["6a87", "9000", ""] == said
    assert 0 == tool.ends()
    assert "the fault script has taken the card out" in tool.said


def test_a_card_goes_into_qemu_and_leaves_before_the_line_is_cut(start: Start) -> None:
    with QemuSide() as qemu:
        tool = start("belgian-1.8", "--qemu", f"127.0.0.1:{qemu.port}")
        assert qemu.sees_a_card() == ATR_18
        assert qemu.transmit(SELECT_IDENTITY) == bytes.fromhex("9000")
        tool.says("the card is in the reader")

        assert 0 == tool.interrupt()

        assert [CARD_REMOVE, READER_REMOVE] == qemu.kinds[-2:]


def test_a_qemu_that_refuses_is_an_end_with_a_reason(start: Start) -> None:
    with QemuSide(refuses=frozenset({5})) as qemu:
        tool = start("belgian-1.8", "--qemu", f"127.0.0.1:{qemu.port}")

        assert 69 == tool.ends()

    assert "refuses the reader or the card" in tool.said


def test_an_unknown_profile_is_a_wrong_use_and_the_list_is_said(start: Start) -> None:
    tool = start("nobody")

    assert 64 == tool.ends()
    assert "belgian-1.8" in tool.said
    assert "jean-marie" in tool.said


def test_a_fault_that_is_none_is_a_wrong_use(start: Start) -> None:
    tool = start("belgian-1.8", "--fault", "explode")

    assert 64 == tool.ends()
    assert "'explode' is no fault" in tool.said


def test_the_list_has_a_line_for_every_profile() -> None:
    said = subprocess.run(
        [sys.executable, "-m", "provisioning.twin.virtual_card", "--list"],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=True,
    ).stdout

    names = [line.split()[0] for line in said.splitlines()]
    assert {"belgian-1.1", "eu+", "wrong-root", "mute"} <= set(names)
    assert len(set(names)) == len(names) >= 50


def test_what_a_reading_child_loads_can_make_no_cards() -> None:
    code = "import sys, device.card.child, device.card.reading; print(*sys.modules)"

    loaded = subprocess.run(
        [sys.executable, "-c", code], cwd=REPOSITORY, capture_output=True, text=True, check=True
    ).stdout.split()

    makers = r"device\.card\.(forge|virtual|vpcd|vscard|faults|trouble|plug|card_log|simulator).*"
    assert [] == [module for module in loaded if re.fullmatch(makers, module)]


@pytest.mark.real
def test_a_real_qemu_takes_the_reader_and_the_card(
    start: Start, tmp_path: Path, real_parts: RealParts
) -> None:
    if shutil.which(QEMU) is None:
        pytest.skip("QEMU is not installed")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = place(free)
    # given a machine that is not switched on; its smart card reader listens all the same
    host, _, number = port.partition(":")
    devices = f"socket,id=ccid,host={host},port={number},server=on,wait=off"
    log = tmp_path / "qemu.log"
    with log.open("wb") as output:
        machine = subprocess.Popen(
            [
                *(QEMU, "-M", "pc,accel=tcg", "-m", "16", "-nodefaults", "-display", "none", "-S"),
                *("-chardev", devices, "-usb", "-device", "usb-ccid,id=ccid0"),
                *("-device", "ccid-card-passthru,chardev=ccid,debug=4"),
            ],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            env={**os.environ, "QEMU_AUDIO_DRV": "none"},
        )
    try:
        # when the card is plugged in and pulled
        tool = start("belgian-1.8", "--qemu", port)
        tool.says("the card is in the reader")
        status = tool.interrupt()
        eventually(lambda: "VSC_CardRemove" in log.read_text())
        is_alive = machine.poll() is None
    finally:
        machine.kill()
        machine.wait()
    # then QEMU agreed to the reader and to the card, saw it go, and lives on
    real_parts.used(parts.qemu())
    assert (0, True) == (status, is_alive)
    assert f"VSC_ATR {len(ATR_18)}" in log.read_text()
    assert "atr passes check" in log.read_text()
