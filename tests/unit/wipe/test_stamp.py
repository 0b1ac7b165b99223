"""The stamp: of this boot, and gone when in doubt."""

from __future__ import annotations

from pathlib import Path

import pytest

from kiosk.wipe.run_folder import RunFolder, RunFolderError, abandoned_runs
from kiosk.wipe.stamp import is_stamped, remove_stamp, write_stamp


def test_no_stamp_means_closed(tmp_path: Path) -> None:
    assert not is_stamped(tmp_path / "wiped")


def test_a_stamp_opens_until_it_is_removed(tmp_path: Path) -> None:
    write_stamp(tmp_path / "wiped")
    assert is_stamped(tmp_path / "wiped")

    remove_stamp(tmp_path / "wiped")
    remove_stamp(tmp_path / "wiped")

    assert not is_stamped(tmp_path / "wiped")
    assert list(tmp_path.iterdir()) == []


def test_the_stamp_of_another_boot_is_none(tmp_path: Path) -> None:
    (tmp_path / "wiped").write_text("00000000-0000-0000-0000-000000000000")
    assert not is_stamped(tmp_path / "wiped")
    (tmp_path / "wiped").write_bytes(b"\xff")
    assert not is_stamped(tmp_path / "wiped")


def test_a_run_folder_names_its_keeper(tmp_path: Path) -> None:
    folder = RunFolder.create(tmp_path)

    assert RunFolder.open(folder.path) == folder
    assert not folder.is_abandoned()
    assert list(abandoned_runs(tmp_path)) == []


@pytest.mark.parametrize("marker", [None, "", "{}", "[]", '{"boot": 1, "pid": "x", "start": 1}'])
def test_another_folder_is_none_of_ours(tmp_path: Path, marker: str | None) -> None:
    folder = tmp_path / "relais-run-x"
    folder.mkdir()
    if marker is not None:
        (folder / ".relais-run").write_text(marker)

    with pytest.raises(RunFolderError):
        RunFolder.open(folder)
    assert list(abandoned_runs(tmp_path)) == []


def test_a_link_to_a_run_folder_is_none(tmp_path: Path) -> None:
    folder = RunFolder.create(tmp_path)
    link = tmp_path / "relais-run-link"
    link.symlink_to(folder.path)

    with pytest.raises(RunFolderError):
        RunFolder.open(link)
