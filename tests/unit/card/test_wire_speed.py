"""The speed of a card's wire, from its answer to reset."""

import pytest

from device.card.virtual import ATR_10, ATR_17, ATR_18, ATR_BANK
from device.card.wire_speed import seconds_per_byte, seconds_per_exchange


@pytest.mark.parametrize(
    ("atr", "bytes_per_second"),
    [(ATR_17, 3584), (ATR_18, 20833), (ATR_10, 5208), (ATR_BANK, 896), (b"", 896), (b"\x3b", 896)],
)
def test_a_card_talks_as_fast_as_its_atr_says(atr: bytes, bytes_per_second: int) -> None:
    assert bytes_per_second == round(1 / seconds_per_byte(atr))


@pytest.mark.parametrize("ta1", range(256))
def test_every_speed_byte_means_a_speed(ta1: int) -> None:
    assert 0 < seconds_per_byte(bytes((0x3B, 0x10, ta1))) < 1


def test_an_exchange_costs_its_bytes_and_a_procedure_byte_when_there_is_data() -> None:
    byte_s = seconds_per_byte(ATR_17)

    assert pytest.approx(264 * byte_s) == seconds_per_exchange(ATR_17, 5, 258)
    assert pytest.approx(7 * byte_s) == seconds_per_exchange(ATR_17, 5, 2)
