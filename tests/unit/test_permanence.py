"""Helper codes: right ones open, wrong ones slow the next down, none locks for good."""

from __future__ import annotations

import threading

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kiosk.config import HelperProfile
from kiosk.permanence import CodeDoor, hash_code

EMPLOYEE = HelperProfile("employee", hash_code("2468"))
VOLUNTEER = HelperProfile("volunteer", hash_code("1357"), may_act_instead=False)


class Now:
    """A moment that the test moves."""

    def __init__(self) -> None:
        self.s = 100.0

    def __call__(self) -> float:
        return self.s


@pytest.fixture
def now() -> Now:
    return Now()


@pytest.fixture
def door(now: Now) -> CodeDoor:
    return CodeDoor((EMPLOYEE, VOLUNTEER), now)


def test_each_profile_has_its_code(door: CodeDoor) -> None:
    assert door.try_code("2468") == EMPLOYEE
    assert door.try_code("1357") == VOLUNTEER
    assert door.wait_s() == 0


@pytest.mark.parametrize("code", ["", "0", "24680", "2468 ", "١٣٥٧", "\ud800"])
def test_what_is_not_the_code_is_wrong(door: CodeDoor, code: str) -> None:
    assert door.try_code(code) is None
    assert door.wait_s() == 1


def test_each_wrong_code_doubles_the_wait_up_to_five_minutes(door: CodeDoor, now: Now) -> None:
    waits = []
    for _ in range(11):
        assert door.try_code("0") is None
        waits.append(door.wait_s())
        now.s += door.wait_s()
    assert waits == [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300]


def test_a_right_code_in_the_wait_is_not_heard_and_does_not_lengthen_it(
    door: CodeDoor, now: Now
) -> None:
    # given
    door.try_code("0")
    # when
    now.s += 0.9
    # then
    assert door.try_code("2468") is None
    assert door.wait_s() == pytest.approx(0.1)
    now.s += 0.11
    assert door.try_code("2468") == EMPLOYEE


def test_a_right_code_ends_the_doubling(door: CodeDoor, now: Now) -> None:
    for _ in range(4):
        door.try_code("0")
        now.s += door.wait_s()
    assert door.try_code("2468") == EMPLOYEE

    door.try_code("0")

    assert door.wait_s() == 1


def test_a_hash_tells_nothing_and_differs_each_time() -> None:
    first, second = hash_code("2468"), hash_code("2468")

    assert first != second
    assert "2468" not in first
    kind, salt, digest = first.split("$")
    assert (kind, len(salt), len(digest)) == ("scrypt", 32, 64)
    assert hash_code("2468", salt=bytes.fromhex(salt)) == first


def test_the_memory_of_a_try_is_given_back() -> None:
    def private_kib() -> int:
        with open("/proc/self/smaps_rollup") as lines:  # noqa: PTH123  one line of it
            found = next(line for line in lines if line.startswith("Private_Dirty:"))
        return int(found.split()[1])

    hash_code("1")
    before = private_kib()
    for _ in range(3):
        # Each thread has a heap of its own, or shares one.
        thread = threading.Thread(target=hash_code, args=("1",))
        thread.start()
        thread.join()
    assert private_kib() - before < 8 * 1024


@settings(max_examples=8)
@given(st.text(max_size=40))
def test_any_text_is_only_a_wrong_code(text: str) -> None:
    now = Now()
    if text not in ("2468", "1357"):
        assert CodeDoor((EMPLOYEE,), now).try_code(text) is None
