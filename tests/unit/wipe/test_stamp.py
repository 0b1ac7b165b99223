"""The stamp: of this boot, and gone when in doubt."""

from __future__ import annotations

import contextlib
import errno
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from kiosk.wipe.run_folder import RunFolder, RunFolderError, abandoned_runs, remove_run
from kiosk.wipe.stamp import is_stamped, remove_stamp, write_stamp
from provisioning.twin.house import leave_nothing
from tests.driving import parts


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


@pytest.mark.parametrize("marker", [None, "", "{}", "[]", '{"boot": 1, "pid": "x", "start": 1}'])
def test_a_folder_with_our_name_and_no_whole_marker_is_abandoned(
    tmp_path: Path, marker: str | None
) -> None:
    folder = tmp_path / "relais-run-x"
    folder.mkdir()
    if marker is not None:
        (folder / ".relais-run").write_text(marker)
    (tmp_path / "relais-run-x.canary.left").touch()

    assert [folder] == [run.path for run in abandoned_runs(tmp_path)]


@parts.as_root
def test_a_folder_of_somebody_else_is_not_ours_to_remove(tmp_path: Path) -> None:
    folder = tmp_path / "relais-run-x"
    folder.mkdir()
    os.chown(folder, 61000, 61000)

    assert list(abandoned_runs(tmp_path)) == []


def test_a_folder_that_is_being_made_is_nobodys_yet(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # given: what another keeper sees at each thing that is done to make it
    seen: list[Path] = []

    def look(path: Path, text: str) -> int:
        seen.extend(run.path for run in abandoned_runs(tmp_path))
        written = path.write_bytes(text.encode())
        seen.extend(run.path for run in abandoned_runs(tmp_path))
        return written

    monkeypatch.setattr(Path, "write_text", look)
    # when
    folder = RunFolder.create(tmp_path)
    # then
    assert seen == []
    assert [folder.path] == list(tmp_path.iterdir())
    assert (folder.path.stat().st_mode & 0o777) == 0o700


def test_a_folder_whose_marker_cannot_be_written_is_not_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_path: Path, _text: str) -> int:
        raise OSError(errno.ENOSPC, "full")

    monkeypatch.setattr(Path, "write_text", full)

    with pytest.raises(OSError, match="full"):
        RunFolder.create(tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("remove", [lambda run: remove_run(run.path), leave_nothing])
def test_a_removal_that_is_interrupted_leaves_the_marker(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, remove: Callable[[RunFolder], None]
) -> None:
    # given
    folder = RunFolder.create(tmp_path)
    papers = folder.path / "printer" / "out"
    papers.mkdir(parents=True)
    (papers / "0001.pdf").write_text("a letter")
    (folder.path / "place.toml").touch()

    def stays(*_args: object, **_kept: object) -> None:
        raise OSError(errno.EBUSY, "busy")

    # when
    with monkeypatch.context() as busy, contextlib.suppress(OSError):
        busy.setattr(os, "rmdir", stays)
        remove(folder)
    # then
    assert RunFolder.open(folder.path) == folder
    # and once more, to the end
    remove(folder)
    assert list(tmp_path.iterdir()) == []


def test_a_link_to_a_run_folder_is_none(tmp_path: Path) -> None:
    folder = RunFolder.create(tmp_path)
    link = tmp_path / "relais-run-link"
    link.symlink_to(folder.path)

    with pytest.raises(RunFolderError):
        RunFolder.open(link)
