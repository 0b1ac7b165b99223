"""The doctor as a process: a real pcscd, a pcscd that misbehaves, and none at all."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from device.card.traces import TraceKind
from device.doctor.calling import Doctor, DoctorConfig
from device.doctor.report import Check, Keyword, Report, Result
from kiosk.wipe.notebook import create_notebook
from kiosk.wipe.traces import read_traces
from tests.conftest import RealParts
from tests.contract.card_stack import REPOSITORY, PcscStack, Stack, eventually, missing_part
from tests.contract.card_stack import open_stack as open_card_stack
from tests.driving import parts

Answer = Callable[[socket.socket], None]


@pytest.fixture(scope="module", params=["simulated", pytest.param("pcsc", marks=pytest.mark.real)])
def stack(request: pytest.FixtureRequest, real_parts: RealParts) -> Iterator[Stack]:
    if request.param == "pcsc":
        reason = missing_part()
        if reason is not None:
            pytest.skip(reason)
        real_parts.used(parts.pcscd())
    with open_card_stack(request.param) as opened:
        yield opened


def called(stack: Stack) -> DoctorConfig:
    """Return the way to a stack's readers, on a machine with no USB reader plugged in."""
    nothing = stack.folder / "nothing"
    is_simulated = not isinstance(stack, PcscStack)
    return DoctorConfig(
        simulator_socket=stack.socket if is_simulated else None,
        environment=stack.environment,
        sysfs=nothing,
        driver_folder=nothing,
    )


def settles(config: DoctorConfig, check: Check, keyword: Keyword, *, only: str = "") -> Report:
    """Examine until this is the verdict: a reader needs a moment to notice its card."""
    seen: list[Report] = []

    def said() -> bool:
        seen[:] = [Doctor(config).examine(only=only)]
        verdict = seen[0].verdict
        return verdict is not None and (verdict.check, verdict.keyword) == (check, keyword)

    eventually(said)
    return seen[0]


@pytest.mark.parametrize(
    ("card", "check", "keyword"),
    [
        (None, Check.CARD, Keyword.NO_CARD),
        ("mute", Check.CARD, Keyword.MUTE),
        ("bank", Check.APPLET, Keyword.NOT_EID),
        ("not-activated", Check.ACTIVATION, Keyword.NOT_ACTIVATED),
    ],
)
def test_a_card_is_told_apart(
    stack: Stack, card: str | None, check: Check, keyword: Keyword
) -> None:
    stack.hands.remove()
    if card is not None:
        stack.hands.insert(card)

    settles(called(stack), check, keyword)


def test_a_good_card_is_fine_and_keeps_its_secrets(stack: Stack) -> None:
    # given
    stack.hands.remove()
    stack.hands.insert("telma")
    report = Doctor(called(stack)).examine()
    while report.verdict is not None:
        report = Doctor(called(stack)).examine()
    # then
    assert Keyword.EID is report.of(Check.APPLET).keyword
    assert {"applet": "1.8"} == report.of(Check.APPLET).data
    assert Keyword.ACTIVE is report.of(Check.ACTIVATION).keyword
    assert Keyword.ISSUER_IN_DATE is report.of(Check.EXPIRY).keyword
    assert "1.8" == report.of(Check.ATR).data["applet"]
    # and no more was asked of the card than what it is
    assert {(0x80, 0xE4), (0x00, 0xA4), (0x00, 0xB0)} == set(stack.hands.commands())


def test_a_reader_that_went_is_missed(stack: Stack) -> None:
    stack.take_reader_away()
    try:
        report = Doctor(called(stack)).examine()
    finally:
        stack.bring_reader_back()

    assert report.verdict is not None
    assert report.verdict.keyword in (Keyword.NOT_NAMED, Keyword.NOTHING_PLUGGED)
    assert Result.WRONG is not report.of(Check.SERVICE).result


@pytest.mark.parametrize("stack", [pytest.param("pcsc", marks=pytest.mark.real)], indirect=True)
def test_the_command_finds_the_pcscd_that_there_is(stack: Stack) -> None:
    stack.hands.remove()
    settles(called(stack), Check.CARD, Keyword.NO_CARD)

    made = subprocess.run(
        [sys.executable, "-m", "provisioning.doctor", "--json", "--reader", "Virtual PCD"],
        cwd=REPOSITORY,
        env={**os.environ, **stack.environment},
        capture_output=True,
        text=True,
        check=False,
    )

    told = json.loads(made.stdout)
    assert (4, "no-card") == (made.returncode, told["verdict"]["keyword"])


def test_only_the_reader_that_is_named_counts(stack: Stack) -> None:
    settles(called(stack), Check.READER, Keyword.NO_SUCH_NAME, only="No such reader")


def test_the_number_of_the_chip_is_noted_for_the_wipe(stack: Stack) -> None:
    # given
    notes = create_notebook()
    stack.hands.remove()
    stack.hands.insert("amina")
    # when
    eventually(lambda: Doctor(called(stack), traces_fd=notes).examine().verdict is None)
    # then
    chip = stack.deck.content("amina").card_data[:16].hex()
    noted = {trace.text for trace in read_traces(notes) if trace.kind is TraceKind.VALUE}
    os.close(notes)
    assert len(chip) == 32
    assert chip in noted


def test_an_examination_can_be_ended(stack: Stack) -> None:
    # given a card that never answers
    stack.hands.remove()
    stack.hands.insert("amina")
    stack.hands.pace(ms=60_000)
    doctor, said = Doctor(called(stack)), list[Report]()
    thread = threading.Thread(target=lambda: said.append(doctor.examine()))
    # when
    thread.start()
    eventually(lambda: doctor._child is not None)
    doctor.cancel()
    thread.join(10)
    stack.hands.pace(ms=0)
    # then
    assert not thread.is_alive()
    assert [None] == [report.verdict for report in said]


# ---- a pcscd that misbehaves --------------------------------------------------------


@contextlib.contextmanager
def played(answer: Answer) -> Iterator[DoctorConfig]:
    """Play pcscd on a socket of ours."""
    with (
        tempfile.TemporaryDirectory(prefix="relais-doctor-") as name,
        socket.socket(socket.AF_UNIX) as door,
    ):
        folder = Path(name)
        door.bind(str(folder / "pcscd"))
        door.listen()
        lines: list[socket.socket] = []

        def serve() -> None:
            with contextlib.suppress(OSError):
                while True:
                    line, _ = door.accept()
                    lines.append(line)
                    answer(line)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield DoctorConfig(
            environment={"PCSCLITE_CSOCK_NAME": str(folder / "pcscd")},
            sysfs=folder / "nothing",
            driver_folder=folder / "nothing",
            time_limit_s=3.0,
        )
        door.shutdown(socket.SHUT_RDWR)
        for line in lines:
            line.close()
        thread.join(10)


def hangs_up(line: socket.socket) -> None:
    line.close()


def hears_and_hangs_up(line: socket.socket) -> None:
    line.recv(4096)
    line.close()


def says_nothing(line: socket.socket) -> None:
    pass


def needs_pyscard() -> None:
    pytest.importorskip("smartcard", reason="pyscard is not installed")


@pytest.mark.parametrize("answer", [hangs_up, hears_and_hangs_up])
def test_a_pcscd_that_hangs_up_is_one_that_refuses(answer: Answer) -> None:
    needs_pyscard()
    with played(answer) as config:
        report = Doctor(config).examine()

    assert report.verdict is not None
    assert Keyword.DENIED is report.verdict.keyword
    assert {"action": "access_pcsc"} == report.verdict.data


def test_a_pcscd_that_says_nothing_is_not_waited_for() -> None:
    needs_pyscard()
    with played(says_nothing) as config:
        report = Doctor(config).examine()

    assert report.verdict is not None
    assert (Check.SERVICE, Keyword.TOO_SLOW) == (report.verdict.check, report.verdict.keyword)


@pytest.mark.parametrize("is_left_behind", [False, True])
def test_no_pcscd_is_a_finding(tmp_path: Path, is_left_behind: bool) -> None:
    door = tmp_path / "pcscd"
    if is_left_behind:
        with socket.socket(socket.AF_UNIX) as once:
            once.bind(str(door))
    config = DoctorConfig(
        environment={"PCSCLITE_CSOCK_NAME": str(door)},
        sysfs=tmp_path / "no",
        driver_folder=tmp_path,
    )

    report = Doctor(config).examine()

    assert report.verdict is not None
    assert (Check.SERVICE, Keyword.NOT_RUNNING) == (report.verdict.check, report.verdict.keyword)


@pytest.mark.parametrize("missing", ["pyscard", "libpcsclite"])
def test_without_its_libraries_it_says_so(tmp_path: Path, missing: str) -> None:
    # given a module path on which pyscard cannot be loaded, or a libpcsclite that is none
    package = tmp_path / "modules" / "smartcard"
    (tmp_path / "lib").mkdir()
    package.mkdir(parents=True)
    if missing == "pyscard":
        (package / "__init__.py").write_text("raise ImportError(__name__)\n")
    else:
        package.rmdir()
        (tmp_path / "lib" / "libpcsclite.so.1").touch()
    with socket.socket(socket.AF_UNIX) as door:
        door.bind(str(tmp_path / "pcscd"))
        door.listen()
        config = DoctorConfig(
            environment={
                "PCSCLITE_CSOCK_NAME": str(tmp_path / "pcscd"),
                "LD_LIBRARY_PATH": str(tmp_path / "lib"),
                "PYTHONPATH": f"{tmp_path / 'modules'}:{REPOSITORY}",
            },
            sysfs=tmp_path / "no",
            driver_folder=tmp_path,
        )
        # when
        report = Doctor(config).examine()
    # then
    assert report.verdict is not None
    assert (Check.SERVICE, Keyword.NO_LIBRARY) == (report.verdict.check, report.verdict.keyword)
