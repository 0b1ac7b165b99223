"""A path on a command line means what it means to the person who typed it."""

from pathlib import Path

import pytest

from device.given_path import given_path


def test_a_relative_path_begins_where_the_launcher_was_called(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("RELAIS_FROM", "/srv/somebody")

    assert given_path("trust") == Path("/srv/somebody/trust")
    assert given_path("/srv/trust") == Path("/srv/trust")


def test_without_the_launcher_it_begins_here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("RELAIS_FROM", raising=False)

    assert given_path("trust") == Path("trust")
