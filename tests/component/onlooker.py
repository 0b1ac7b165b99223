"""Somebody who looks at the reader of one pcscd, from a process of its own.

libpcsclite finds its pcscd once per process: a test that asked in its own would have every later
test of that process ask the same pcscd, which is gone by then.
"""

import json
import os
import subprocess
import sys
from typing import Any

from device.card.status import ReaderLevel
from tests.contract.card_stack import REPOSITORY, PcscStack, eventually


class Onlooker:
    """One `tests.component.card_dump` and the line to it."""

    def __init__(self, stack: PcscStack) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.component.card_dump"],
            cwd=REPOSITORY,
            env={**os.environ, **stack.environment},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def level(self) -> ReaderLevel:
        """Return the level of the reader."""
        return ReaderLevel(self.ask("level")["level"])

    def sees(self, level: ReaderLevel) -> None:
        """Wait for this level. Raises AssertionError at the limit."""
        seen: list[ReaderLevel] = []

        def is_there() -> bool:
            seen[:] = [self.level()]
            return seen == [level]

        try:
            eventually(is_there)
        except AssertionError as error:
            raise AssertionError(f"{error}: {level}, but {seen}") from None

    def ask(self, order: str) -> dict[str, Any]:
        """Return the answer to an order, see tests.component.card_dump."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{order}\n")
        self._process.stdin.flush()
        answer: dict[str, Any] = json.loads(self._process.stdout.readline())
        return answer

    def close(self) -> None:
        """End the process."""
        self._process.communicate()
