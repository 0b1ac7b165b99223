"""Rows: closed words in, one anonymous row out, and none lost while the journal is away."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from kiosk.clock import HandClock
from kiosk.config import PlaceSection
from kiosk.journal import ActivityRow, HalfDay, Journal, JournalError, MinutesBand
from kiosk.keeper.rows import MOST_PENDING, RowKeeper, Told, activity_row
from tests.unit.keeper.parts import ROW

PLACE = PlaceSection("proef", "Wassalon Proef", ("nl",), kind="mobile")


def row(**changed: Any) -> ActivityRow:
    made = activity_row(Told.of({**ROW, **changed}), PLACE, HandClock(), 1000.0)
    assert made is not None
    return made


class HandJournal(Journal):
    """A journal that can be away."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.is_away = False
        self.rows: list[ActivityRow] = []

    def append(self, row: ActivityRow) -> None:
        if self.is_away:
            raise JournalError("journal-full")
        self.rows.append(row)


def test_a_row_knows_no_more_than_half_a_day() -> None:
    clock = HandClock()
    clock.advance(25 * 60)

    made = activity_row(Told.of(ROW), PLACE, clock, 1000.0)

    assert made is not None
    assert (made.day, made.half_day) == (clock.today(), HalfDay.MORNING)
    assert made.minutes_band is MinutesBand.UNDER_40


def test_a_visit_that_chose_no_channel_leaves_no_row() -> None:
    told = Told.of({**ROW, "channel_chosen": ""})

    assert activity_row(told, PLACE, HandClock(), 1000.0) is None


@pytest.mark.parametrize(
    "changed",
    [
        {"task_id": "Jean-Marie"},
        {"task_id": "x" * 65},
        {"task_id": 7},
        {"need_group": ""},
        {"language": "nl; a name"},
        {"language": {"nl": 1}},
        {"outcome": "done by Odette"},
        {"posture_share": None},
        {"teach_back": []},
        {"channel_chosen": "a street"},
        {"referral_type": "a name"},
    ],
)
def test_free_text_fits_in_nowhere(changed: dict[str, Any]) -> None:
    with pytest.raises((ValueError, TypeError, KeyError)):
        Told.of({**ROW, **changed})


@pytest.mark.parametrize("missing", ROW)
def test_a_row_without_one_of_its_words_is_none(missing: str) -> None:
    with pytest.raises(KeyError):
        Told.of({key: value for key, value in ROW.items() if key != missing})


def test_rows_wait_in_order_until_the_journal_is_back(tmp_path: Path) -> None:
    # given
    journal = HandJournal(tmp_path)
    keeper = RowKeeper(journal)
    journal.is_away = True
    for task in ("one", "two"):
        assert not keeper.keep(row(task_id=task))
    assert (keeper.pending, journal.rows) == (2, [])
    assert not keeper.is_writable()
    # when
    journal.is_away = False
    # then
    assert keeper.keep(row(task_id="three"))
    assert [kept.task_id for kept in journal.rows] == ["one", "two", "three"]
    assert keeper.pending == 0


def test_what_waits_is_bounded_and_the_oldest_goes_first(tmp_path: Path) -> None:
    journal = HandJournal(tmp_path)
    keeper = RowKeeper(journal)
    journal.is_away = True

    for number in range(MOST_PENDING + 3):
        keeper.keep(row(task_id=f"t{number}"))

    assert keeper.pending == MOST_PENDING
    journal.is_away = False
    assert keeper.keep(None)
    assert journal.rows[0].task_id == "t3"


def test_a_folder_that_is_gone_is_not_writable(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    keeper = RowKeeper(Journal(folder))
    assert keeper.is_writable()
    assert list(folder.iterdir()) == []

    folder.rmdir()

    assert not keeper.is_writable()
