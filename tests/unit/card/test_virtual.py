"""The virtual card's manners, and the eye that watches it."""

import dataclasses
from typing import Any

import pytest

from device.card import files
from device.card.files import APPLET_AID
from device.card.virtual import CardContent, EndRule, LeRule, VirtualCard

ROOM = bytes.fromhex("3F00DF014031")
TEXT = bytes(range(100)) * 3
SELECT = bytes.fromhex("00A4080C06") + ROOM
SELECT_APPLET = bytes.fromhex("00A404000F") + APPLET_AID


def card(**changes: Any) -> VirtualCard:
    """Return a card with one file of 300 bytes, and the file selected."""
    content = CardContent(
        atr=b"\x3b\x00", card_data=bytes(28), card_data_more=b"\x03\xff\xff", files={ROOM: TEXT}
    )
    made = VirtualCard(dataclasses.replace(content, **changes))
    assert bytes.fromhex("9000") == made.transmit(SELECT)
    return made


def read(offset: int, le: int) -> bytes:
    return bytes.fromhex("00B0") + offset.to_bytes(2, "big") + bytes((le % 256,))


@pytest.mark.parametrize(
    ("rule", "le", "answer"),
    [
        (LeRule.SAY_6C, 100, "6C0A"),
        (LeRule.SAY_6C, 256, "6C0A"),
        (LeRule.ANSWER_SHORT, 100, TEXT[290:].hex() + "9000"),
        (LeRule.ANSWER_SHORT, 256, TEXT[290:].hex() + "9000"),
        (LeRule.SAY_6C_FOR_256, 100, TEXT[290:].hex() + "9000"),
        (LeRule.SAY_6C_FOR_256, 256, "6C0A"),
    ],
)
def test_more_than_there_is_is_answered_as_the_reader_does(
    rule: LeRule, le: int, answer: str
) -> None:
    assert bytes.fromhex(answer) == card(le_rule=rule).transmit(read(290, le))
    assert TEXT[290:].hex() + "9000" == card(le_rule=rule).transmit(read(290, 10)).hex()


@pytest.mark.parametrize(
    ("rule", "offset", "sw"),
    [
        (EndRule.REFUSE, 300, "6B00"),
        (EndRule.REFUSE, 301, "6B00"),
        (EndRule.ANSWER_EMPTY, 300, "9000"),
        (EndRule.ANSWER_EMPTY, 301, "6B00"),
    ],
)
def test_the_end_of_a_file_is_refused_or_empty(rule: EndRule, offset: int, sw: str) -> None:
    assert bytes.fromhex(sw) == card(end_rule=rule).transmit(read(offset, 1))


@pytest.mark.parametrize(
    ("command", "sw"),
    [
        ("00A4080C063F00DF014031", "9000"),
        ("00A4080C04DF014031", "9000"),
        ("00A4080C063F00DF014099", "6A82"),
        ("00A4080C033F00DF", "6A87"),
        ("00A4020C02DF01", "6A82"),
        ("00A4020C034031AA", "6A87"),
        ("00A4050C023F00", "6A86"),
        ("00A4080406" + ROOM.hex(), "6A86"),
        ("00A4040C0CA00000017749 6446696C6573", "6A82"),
        ("00A4040C0CA000000177504B43532D3135", "6A82"),
        ("00200001", "6D00"),
        ("A0A40000023F00", "6E00"),
        ("00A4", "6700"),
    ],
)
def test_selecting_is_answered_as_the_applet_does(command: str, sw: str) -> None:
    one = card()
    one.transmit(bytes.fromhex("00A4020C024031"))

    answer = one.transmit(bytes.fromhex(command))

    expected = "9000" if "504B43532D3135" in command else sw
    assert expected.upper() == answer.hex().upper()


def test_a_walk_from_the_master_file_reaches_a_file() -> None:
    one = card()
    one.reset()

    steps = [one.transmit(bytes.fromhex(f"00A4020C02{step}")) for step in ("3F00", "DF01", "4031")]

    assert [bytes.fromhex("9000")] * 3 == steps
    assert TEXT[:1] == one.transmit(read(0, 1))[:1]


def test_a_reset_and_the_applet_s_name_forget_what_was_selected() -> None:
    one = card()
    one.transmit(SELECT_APPLET)
    assert bytes.fromhex("6986") == one.transmit(read(0, 1))

    one.transmit(SELECT)
    one.reset()
    assert bytes.fromhex("6986") == one.transmit(read(0, 1))
    assert 1 == one.log.resets


def test_what_select_says_can_be_fetched_where_the_reader_leaves_that_to_us() -> None:
    one = card(says_61=True)

    told = one.transmit(SELECT_APPLET)

    assert bytes.fromhex("6113") == told
    assert bytes.fromhex("6C13") == one.transmit(bytes.fromhex("00C0000000"))
    assert bytes.fromhex("6F11840F6103") != one.transmit(bytes.fromhex("00C0000010"))
    assert APPLET_AID[-3:] + bytes.fromhex("9000") == one.transmit(bytes.fromhex("00C0000003"))
    assert bytes.fromhex("6985") == one.transmit(bytes.fromhex("00C0000003"))


@pytest.mark.parametrize(
    ("command", "length"), [("80E400001C", 30), ("80E400011F", 33), ("80E4000110", 2)]
)
def test_card_data_has_a_longer_form(command: str, length: int) -> None:
    assert length == len(card().transmit(bytes.fromhex(command)))


def test_card_data_of_an_old_applet_has_no_longer_form() -> None:
    one = card(card_data_more=b"")

    assert bytes.fromhex("6A86") == one.transmit(bytes.fromhex("80E400011F"))
    assert bytes.fromhex("6C1C") == one.transmit(bytes.fromhex("80E4000000"))


def test_a_chip_proves_itself_as_often_as_it_may() -> None:
    ask = bytes.fromhex("00880281329430") + bytes(48)
    one = card(authenticate=lambda challenge: challenge * 2, authentications_left=2)

    said = [one.transmit(ask).hex() for _ in range(3)]

    assert ["6160", "6160", "6983"] == said
    assert 2 == one.log.authentications
    assert "6a80" == one.transmit(bytes.fromhex("00880281029430")).hex()
    assert "6a86" == card().transmit(ask).hex()


def test_the_log_knows_what_was_read_and_what_was_read_twice() -> None:
    one = card()

    one.transmit(read(0, 256))
    one.transmit(read(256, 256))
    one.transmit(read(250, 50))

    assert one.log.was_read(ROOM)
    assert not one.log.was_read(files.PHOTO)
    assert 300 == one.log.bytes_of(ROOM)
    assert {ROOM: 6} == one.log.read_twice()
    assert 4 == one.log.apdus
    assert len(SELECT) + 3 * 5 == one.log.bytes_in
    assert 2 + 258 + 2 + 52 == one.log.bytes_out


def test_the_log_of_a_careful_reading_knows_no_byte_read_twice() -> None:
    one = card()

    one.transmit(read(0, 256))
    one.transmit(read(256, 44))

    assert {} == one.log.read_twice()
