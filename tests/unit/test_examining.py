"""The line to the doctor: examinations that overlap, and which of them is heard."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from typing import Any

from device.doctor.report import Report
from kiosk.examining import DoctorLine

LIMIT_S = 10.0


class SlowDoctor:
    """A doctor who says something when the test lets him, and nothing new once cancelled."""

    def __init__(self) -> None:
        self.begun = threading.Event()
        self.says: queue.Queue[Report] = queue.Queue()

    def examine(self) -> Report:
        self.begun.set()
        return self.says.get(timeout=LIMIT_S)

    def cancel(self) -> None:
        self.says.put(Report(()))


class Ears:
    """Who hears, and whether it was the newest."""

    def __init__(self) -> None:
        self.heard: queue.Queue[bool] = queue.Queue()

    def examined(self, report: Report, is_newest: Callable[[], bool]) -> None:
        self.heard.put(is_newest())


def by_hand() -> tuple[DoctorLine, list[Any], Ears]:
    """Return a line, the doctors it calls, and who hears."""
    made: list[Any] = []

    def call() -> Any:
        made.append(SlowDoctor())
        return made[-1]

    return DoctorLine(call), made, Ears()


def test_what_was_found_is_heard_from_another_thread() -> None:
    line, made, ears = by_hand()
    line.examine(ears)
    assert made[0].begun.wait(LIMIT_S)
    assert ears.heard.empty()

    made[0].says.put(Report(()))

    assert ears.heard.get(timeout=LIMIT_S) is True


def test_a_newer_examination_ends_the_one_before_and_alone_is_heard() -> None:
    # given
    line, made, ears = by_hand()
    line.examine(ears)
    assert made[0].begun.wait(LIMIT_S)
    # when
    line.examine(ears)
    # then the first was cancelled, and is not the newest
    assert ears.heard.get(timeout=LIMIT_S) is False
    assert made[1].begun.wait(LIMIT_S)
    made[1].says.put(Report(()))
    assert ears.heard.get(timeout=LIMIT_S) is True


def test_what_is_cancelled_is_not_heard() -> None:
    line, made, ears = by_hand()
    line.examine(ears)
    assert made[0].begun.wait(LIMIT_S)

    line.cancel()

    assert ears.heard.get(timeout=LIMIT_S) is False


def test_with_nothing_to_cancel_nothing_happens() -> None:
    line, made, _ = by_hand()
    line.cancel()
    assert made == []
