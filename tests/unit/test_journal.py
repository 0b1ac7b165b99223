"""The journal keeps what it says it keeps, and nothing that names anybody."""

from __future__ import annotations

import datetime
import signal
import sqlite3
import subprocess
import sys
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pytest

from kiosk.journal import (
    FILE,
    ActivityRow,
    Device,
    HalfDay,
    Journal,
    JournalError,
    MinutesBand,
    PermanenceKind,
    PostureShare,
    TeachBack,
)
from kiosk.tasks.vocabulary import ChannelKind, Outcome, ReferralType

ROW = ActivityRow(
    day=datetime.date(2026, 3, 2),
    half_day=HalfDay.MORNING,
    place="market-north",
    permanence_kind=PermanenceKind.MOBILE,
    task_id="change-address",
    need_group="my-papers",
    minutes_band=MinutesBand.of(12),
    posture_share=PostureShare.TOGETHER,
    autonomy=2,
    device=Device.KIOSK,
    channel_chosen=ChannelKind.PAPER,
    outcome=Outcome.DONE,
    referral_type=None,
    teach_back=TeachBack.OK,
    lang_group="other",
)


def _rows(folder: Path) -> list[sqlite3.Row]:
    database = sqlite3.connect(folder / FILE)
    database.row_factory = sqlite3.Row
    rows = database.execute("SELECT * FROM activity").fetchall()
    database.close()
    return rows


def test_a_row_is_kept_as_it_is(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    assert journal.count() == 0

    journal.append(ROW)
    journal.append(replace(ROW, referral_type=ReferralType.REPAIR))

    assert journal.count() == 2
    kept = {row["referral_type"]: dict(row) for row in _rows(tmp_path)}
    assert set(kept) == {"", "repair"}
    kept[""].pop("id")
    assert kept[""] == {
        "day": "2026-03-02",
        "half_day": "morning",
        "place": "market-north",
        "permanence_kind": "mobile",
        "task_id": "change-address",
        "need_group": "my-papers",
        "minutes_band": "10-19",
        "posture_share": "together",
        "autonomy": 2,
        "device": "kiosk",
        "channel_chosen": "paper",
        "outcome": "done",
        "referral_type": "",
        "teach_back": "ok",
        "lang_group": "other",
    }


def test_the_columns_are_those_of_the_row_and_no_more(tmp_path: Path) -> None:
    Journal(tmp_path).append(ROW)

    (row,) = _rows(tmp_path)
    assert list(row.keys()) == ["id", *(field.name for field in fields(ActivityRow))]


def test_the_file_does_not_tell_which_row_came_first(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    for number in range(30):
        journal.append(replace(ROW, task_id=f"task-{number:02}"))

    order = [row["task_id"] for row in _rows(tmp_path)]

    assert sorted(order) != order
    ids = [row["id"] for row in _rows(tmp_path)]
    assert all(len(key) == 16 for key in ids)
    assert sorted(ids) == ids
    database = sqlite3.connect(tmp_path / FILE)
    with pytest.raises(sqlite3.OperationalError):
        database.execute("SELECT rowid FROM activity")
    database.close()


@pytest.mark.parametrize(
    "change",
    [
        {"task_id": "Mrs Vandromme came"},
        {"place": ""},
        {"need_group": "x" * 65},
        {"lang_group": "français"},
        {"autonomy": 0},
        {"day": datetime.datetime(2026, 3, 2, 10, 31, tzinfo=datetime.UTC)},
    ],
)
def test_a_row_that_could_name_somebody_or_a_minute_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=next(iter(change))):
        replace(ROW, **change)


@pytest.mark.parametrize(
    ("minutes", "band"), [(0, "0-9"), (9.9, "0-9"), (10, "10-19"), (39, "20-39"), (40, "40+")]
)
def test_minutes_fall_in_one_band(minutes: float, band: str) -> None:
    assert MinutesBand.of(minutes) == band


def test_a_row_said_to_be_kept_survives_the_kill_of_its_writer(tmp_path: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from kiosk.journal import Journal;"
        "from tests.unit.test_journal import ROW\n"
        "journal = Journal(Path(sys.argv[1]))\n"
        "while True: journal.append(ROW); print(flush=True)"
    )
    writer = subprocess.Popen(
        [sys.executable, "-c", program, str(tmp_path)], stdout=subprocess.PIPE
    )
    assert writer.stdout is not None
    kept = sum(writer.stdout.readline() == b"\n" for _ in range(5))
    writer.send_signal(signal.SIGKILL)
    kept += len(writer.stdout.read())
    writer.wait()
    writer.stdout.close()

    assert Journal(tmp_path).count() >= kept
    assert kept >= 5


def test_a_folder_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(JournalError) as error:
        Journal(tmp_path / "nowhere").append(ROW)

    assert error.value.code == "journal-unwritable"


def test_a_full_disk_is_an_error_and_loses_no_row(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    journal.append(ROW)
    # A limit on the size of files is what a full disk is to SQLite, and needs no root.
    program = (
        "import resource, signal, sys; from pathlib import Path;"
        "from kiosk.journal import Journal, JournalError;"
        "from tests.unit.test_journal import ROW\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (9000, 9000))\n"
        "try: Journal(Path(sys.argv[1])).append(ROW)\n"
        "except JournalError as error: print(error.code)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path)], capture_output=True, text=True, check=True
    )

    assert done.stdout.strip() in ("journal-full", "journal-unwritable")
    assert journal.count() == 1


def test_a_broken_file_is_an_error(tmp_path: Path) -> None:
    (tmp_path / FILE).write_bytes(b"no database" * 1000)

    with pytest.raises(JournalError) as error:
        Journal(tmp_path).count()

    assert error.value.code == "journal-broken"


def test_a_row_that_waits_for_another_writer_too_long_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kiosk.journal._BUSY_S", 0.0)
    journal = Journal(tmp_path)
    journal.append(ROW)
    other = sqlite3.connect(tmp_path / FILE, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")

    with pytest.raises(JournalError) as error:
        journal.append(ROW)

    other.close()
    assert error.value.code == "journal-busy"
