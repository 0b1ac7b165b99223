"""QR codes that telephones read."""

from __future__ import annotations

import pytest

from kiosk.documents.errors import QrTooLong
from kiosk.documents.qr import QUIET_ZONE, Correction, draw


def test_a_code_is_a_picture_without_colour_script_or_reference() -> None:
    image = draw("https://www.example.be", Correction.M)
    assert image.svg.startswith("<svg")
    assert "href" not in image.svg
    assert f'viewBox="0 0 {image.modules + 8} {image.modules + 8}"' in image.svg


def test_the_side_serves_the_symbol_and_the_module() -> None:
    small, large = draw("a", Correction.Q), draw("a" * 200, Correction.Q)
    assert (
        pytest.approx(
            small.side_mm(symbol_mm=26, module_mm=0.5) * small.modules / (small.modules + 8)
        )
        == 26.0
    )
    assert (
        pytest.approx(large.side_mm(symbol_mm=26, module_mm=0.5) / (large.modules + 2 * QUIET_ZONE))
        == 0.5
    )


@pytest.mark.parametrize("payload", ["", "a" * 400, "a" * 9000])
def test_nothing_and_too_much_are_refused_without_repeating_it(payload: str) -> None:
    with pytest.raises(QrTooLong) as refusal:
        draw(payload, Correction.Q, max_version=11)
    assert refusal.value.code == "qr_too_long"
    assert "aaa" not in str(refusal.value)
