"""A visit's claim on cards: tools keep out while it lasts, and it ends with its process."""

import errno
import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from device.card import claim
from device.card.claim import SOCKET_VARIABLE, CardClaimed, VisitClaim, free_of_visits

HOLDS = """
import sys
from device.card.claim import SOCKET_VARIABLE, VisitClaim
VisitClaim({SOCKET_VARIABLE: sys.argv[1]}).take()
print("held", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    monkeypatch.setattr(claim, "_LOCKS", tmp_path)
    return {SOCKET_VARIABLE: str(tmp_path / "pcscd.comm")}


@pytest.fixture
def holder(tmp_path: Path) -> Iterator["subprocess.Popen[str]"]:
    """Give another process that has claimed the cards of a pcscd of its own."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLDS, str(tmp_path / "other.comm")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[3],
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        yield process
        process.kill()


def test_a_tool_keeps_out_of_a_visit(environment: dict[str, str]) -> None:
    visit = VisitClaim(environment)
    visit.take()
    visit.take()

    with pytest.raises(CardClaimed), free_of_visits(environment):
        pytest.fail("it went in")


def test_a_pcscd_that_no_visit_uses_is_free(environment: dict[str, str], tmp_path: Path) -> None:
    VisitClaim(environment).take()

    with free_of_visits({SOCKET_VARIABLE: str(tmp_path / "another.comm")}):
        pass


def test_several_visits_share_one_pcscd(environment: dict[str, str]) -> None:
    first, second = VisitClaim(environment), VisitClaim(environment)
    first.take()
    second.take()

    del first
    with pytest.raises(CardClaimed), free_of_visits(environment):
        pytest.fail("it went in")


def test_a_visit_that_was_killed_claims_nothing_any_more(
    holder: "subprocess.Popen[str]", tmp_path: Path
) -> None:
    other = {SOCKET_VARIABLE: str(tmp_path / "other.comm")}
    with pytest.raises(CardClaimed), free_of_visits(other):
        pytest.fail("it went in")

    holder.kill()
    holder.wait()

    with free_of_visits(other):
        pass


def test_a_visit_goes_on_while_a_tool_has_the_card_and_claims_it_after_that(
    environment: dict[str, str],
) -> None:
    visit = VisitClaim(environment)

    with free_of_visits(environment):
        visit.take()
    with free_of_visits(environment):
        pass
    visit.take()

    with pytest.raises(CardClaimed), free_of_visits(environment):
        pytest.fail("it went in")


def test_where_nothing_can_be_locked_a_visit_goes_on_and_a_tool_works(
    environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuses(*_: object) -> int:
        raise OSError(errno.EROFS, "read-only")

    monkeypatch.setattr(os, "open", refuses)

    VisitClaim(environment).take()
    with free_of_visits(environment):
        pass


def test_the_umask_of_a_visit_keeps_no_other_persons_tool_from_seeing_its_claim(
    environment: dict[str, str], tmp_path: Path
) -> None:
    before = os.umask(0o077)
    try:
        VisitClaim(environment).take()
    finally:
        os.umask(before)

    (lock,) = tmp_path.iterdir()
    assert stat.S_IMODE(lock.stat().st_mode) == 0o644


def test_a_claim_that_may_not_be_seen_keeps_a_tool_out(
    environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuses(*_: object) -> int:
        raise PermissionError

    monkeypatch.setattr(os, "open", refuses)

    with pytest.raises(CardClaimed), free_of_visits(environment):
        pytest.fail("it went in")


def test_the_lock_tells_nothing_but_which_pcscd(
    environment: dict[str, str], tmp_path: Path
) -> None:
    VisitClaim(environment).take()

    (lock,) = tmp_path.iterdir()
    assert lock.stat().st_size == 0
