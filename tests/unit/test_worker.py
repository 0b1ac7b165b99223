"""What the worker does with the keys that its keeper hands to the browser."""

from __future__ import annotations

from pathlib import Path

import pytest

from kiosk.worker import use_up


def test_a_key_opens_once(tmp_path: Path) -> None:
    (tmp_path / "key1").touch()
    assert [use_up(tmp_path, "key1") for _ in range(2)] == [True, False]
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "untrusted_key", ["", ".", "..", "../outside", "/outside", "a/b", "key1\0", "k" * 65, "other"]
)
def test_what_is_no_key_opens_nothing_and_takes_nothing_away(
    tmp_path: Path, untrusted_key: str
) -> None:
    folder = tmp_path / "keys"
    (folder / "a").mkdir(parents=True)
    kept = [tmp_path / "outside", folder / "key1", folder / "a" / "b", folder / ("k" * 65)]
    for path in kept:
        path.touch()
    assert not use_up(folder, untrusted_key)
    assert all(path.exists() for path in kept)
