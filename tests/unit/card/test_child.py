"""The process that reads one card: what the kernel takes away from it before it reads."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from device.card.child import (
    CPU_LIMIT_S,
    FILE_LIMIT_BYTES,
    GRACE_S,
    MEMORY_LIMIT_BYTES,
    OPEN_FILES_LIMIT,
)

REPOSITORY = Path(__file__).parents[3]
LIMIT_S = 20.0


@pytest.fixture
def child() -> Iterator[subprocess.Popen[bytes]]:
    """Give a reading child that is ready and has no order yet."""
    made = subprocess.Popen(
        [sys.executable, "-m", "device.card.child"],
        cwd=REPOSITORY,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert made.stdout is not None
    assert json.loads(made.stdout.readline()) == {"ready": True}
    yield made
    made.kill()
    made.communicate()


@pytest.mark.parametrize(
    ("name", "limit"),
    [
        ("Max cpu time", CPU_LIMIT_S),
        ("Max address space", MEMORY_LIMIT_BYTES),
        ("Max file size", FILE_LIMIT_BYTES),
        ("Max open files", OPEN_FILES_LIMIT),
        ("Max core file size", 0),
    ],
)
def test_a_reading_child_has_its_limits_before_it_has_an_order(
    child: subprocess.Popen[bytes], name: str, limit: int
) -> None:
    [line] = [
        line.removeprefix(name).split()
        for line in Path(f"/proc/{child.pid}/limits").read_text().splitlines()
        if line.startswith(name + " ")
    ]
    assert line[:2] == [str(limit), str(limit)]


def test_a_reading_child_ends_itself_when_its_owner_waits_without_end(
    child: subprocess.Popen[bytes], tmp_path: Path
) -> None:
    # given a reader that takes a question and never answers, and an owner that wants no end of it
    path = str(tmp_path / "reader")
    order = {
        "fields": None,
        "visit_key": "00",
        "expected_card": None,
        "simulator_socket": path,
        "trust_dir": None,
        "root_cache": None,
        "traces_fd": None,
        "time_limit_s": 0,
    }
    with socket.socket(socket.AF_UNIX) as reader:
        reader.bind(path)
        reader.listen()
        # when
        assert child.stdin is not None
        child.stdin.write(json.dumps(order).encode() + b"\n")
        child.stdin.flush()
        # then
        assert -signal.SIGALRM == child.wait(GRACE_S + LIMIT_S)


def test_a_reading_child_can_gain_no_rights(child: subprocess.Popen[bytes]) -> None:
    assert "\nNoNewPrivs:\t1\n" in Path(f"/proc/{child.pid}/status").read_text()


def test_a_reading_child_cannot_be_looked_into() -> None:
    # Only the process itself can ask (prctl(2), PR_GET_DUMPABLE).
    ask = (
        "import ctypes; from device.card.child import limit_itself; limit_itself(); "
        "print(ctypes.CDLL(None).prctl(3))"
    )
    told = subprocess.run(
        [sys.executable, "-c", ask], cwd=REPOSITORY, capture_output=True, text=True, check=True
    )
    assert told.stdout == "0\n"


BITES = {
    "a process": (
        "import os\ntry:\n    os.fork()\nexcept PermissionError:\n    os._exit(7)\nos._exit(0)",
        7,
    ),
    "a program": (
        "import os\ntry:\n    os.execv('/bin/true', ['true'])\n"
        "except PermissionError:\n    os._exit(7)",
        7,
    ),
    "a thread": (
        "import threading\nended = threading.Thread(target=lambda: None)\n"
        "ended.start()\nended.join()\nraise SystemExit(7)",
        7,
    ),
    "memory": ("try:\n    bytearray(600 << 20)\nexcept MemoryError:\n    raise SystemExit(7)", 7),
    "a long file": (
        "import signal, tempfile\nsignal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "file = tempfile.TemporaryFile()\n"
        "try:\n    file.write(bytes(17 << 20)); file.flush()\n"
        "except OSError:\n    import os; os._exit(7)",
        7,
    ),
    "time without end": (
        "import resource\nresource.setrlimit(resource.RLIMIT_CPU, (1, 1))\nwhile True: pass",
        -signal.SIGKILL,
    ),
}
"""What somebody else's code would try in a reading child, and how that ends."""


@pytest.mark.parametrize(("code", "status"), BITES.values(), ids=BITES)
def test_the_limits_of_a_reading_child_bite(code: str, status: int) -> None:
    ended = subprocess.run(
        [
            *(sys.executable, "-c"),
            f"from device.card.child import limit_itself; limit_itself()\n{code}",
        ],
        cwd=REPOSITORY,
        timeout=LIMIT_S,
        check=False,
    )

    assert ended.returncode == status


def test_without_the_limits_all_of_it_would_work() -> None:
    # The positive control: what bites above bites nobody here.
    for name in ("a process", "a program", "memory", "a long file"):
        ended = subprocess.run(
            [sys.executable, "-c", BITES[name][0]], cwd=REPOSITORY, timeout=LIMIT_S, check=False
        )
        assert ended.returncode == 0, name
