"""Visits in a row with random ends leave nothing behind and grow nothing.

The long one is `python -m tests.soak --visits 500`.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conftest import RealParts
from tests.driving.ends import a_real_twin, all_of_the_run
from tests.soak import NOISE, Soak, Weight, soak

pytestmark = [pytest.mark.real, pytest.mark.slow]

VISITS = 25


def test_visits_in_a_row_leave_no_trace_and_grow_nothing(
    tmp_path: Path, real_parts: RealParts
) -> None:
    with a_real_twin(tmp_path, real_parts, "--screen=none") as twin:
        # when
        result = soak(twin, VISITS, seed=25)
        # then
        assert result.traces == 0
        assert result.visits == VISITS
        assert len(result.ends) > 4
        assert result.is_flat, result.grown
    assert all_of_the_run(twin.folder) == []
    assert not twin.folder.exists()


def test_what_grows_is_not_flat() -> None:
    same = Weight(*[100] * 9)
    for name in vars(NOISE):
        grown = {**dict.fromkeys(vars(NOISE), 0), name: getattr(NOISE, name) + 1}
        assert not Soak(25, {}, 0, same, same, grown, 1.0, 1.0).is_flat
    assert Soak(25, {}, 0, same, same, dict.fromkeys(vars(NOISE), 0), 1.0, 1.0).is_flat
