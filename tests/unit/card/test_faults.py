"""Fault scripts: what they say, and what they make of a card."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device.card import faults as f
from device.card.faults import Fault, FaultError, StatusWord, Where, parse_fault, parse_script
from device.card.trouble import CardGone
from device.card.virtual import ATR_17, CardContent, Glitch, VirtualCard

ROOM = bytes.fromhex("3F00DF014031")
TEXT = bytes(range(200)) * 4
SELECT = bytes.fromhex("00A4080C06") + ROOM
OK = bytes.fromhex("9000")


def card(script: str) -> VirtualCard:
    content = CardContent(atr=ATR_17, card_data=bytes(28), files={ROOM: TEXT})
    return VirtualCard(content, parse_script(script))


def read(one: VirtualCard, offset: int, le: int = 0) -> bytes:
    return one.transmit(bytes.fromhex("00B0") + offset.to_bytes(2, "big") + bytes((le,)))


@pytest.mark.parametrize(
    ("word", "fault"),
    [
        ("drop:12", f.Drop(12)),
        ("mute", f.Silence(0)),
        ("mute:3", f.Silence(3)),
        ("sw:6b00@512x2", StatusWord.on_reads(512, 0x6B00, 2)),
        ("sw:6D00", StatusWord(0x6D00)),
        ("sw:6a87@PATH#2x1", StatusWord(0x6A87, Where(ins=0xA4, p1=0x08, nth=2, times=1))),
        ("sw:9000@4035+256", StatusWord(0x9000, Where(0xB0, None, b"\x40\x35", 256))),
        ("eof@256", f.SpuriousEnd(Where(ins=0xB0, offset=256))),
        ("garbage@READ", f.Garbage(Where(ins=0xB0))),
        ("noise", f.Noise()),
        ("long:16@DATA", f.TooLong(16, Where(ins=0xE4))),
        ("endless:4031", f.Endless(b"\x40\x31")),
        ("slow:20ms", f.Slow(per_command_s=0.02)),
        ("slow:80us/byte", f.Slow(per_byte_s=80e-6)),
        ("slow:atr", f.WireSpeed()),
    ],
)
def test_a_word_is_a_fault(word: str, fault: Fault) -> None:
    assert fault == parse_fault(word)


@pytest.mark.parametrize(
    "word",
    [
        "drop",
        "drop:x",
        "sw",
        "sw:6b",
        "sw:6b00@WRITE",
        "eof",
        "slow:20",
        "endless:40",
        "x@1",
        "sw:6b00@512x0",
        "sw:6b00@#0",
        "mute@READ",
        "long@READ",
        "sw:6b00@512y2",
        "@",
    ],
)
def test_what_is_no_fault_is_said(word: str) -> None:
    with pytest.raises(FaultError) as caught:
        parse_fault(word)

    assert word == caught.value.untrusted_word


@given(st.text(max_size=30))
def test_any_text_is_a_fault_or_an_error(text: str) -> None:
    try:
        parse_fault(text)
    except FaultError:
        return


def test_a_card_is_gone_after_so_many_answers() -> None:
    one = card("drop:2")
    one.transmit(SELECT)
    read(one, 0)

    for _ in range(2):
        with pytest.raises(CardGone):
            read(one, 0)
    assert one.is_pulled


def test_a_card_falls_silent() -> None:
    one = card("mute:1")

    assert [OK, b"", b""] == [one.transmit(SELECT) for _ in range(3)]
    assert not one.is_mute
    assert card("mute").is_mute


def test_a_status_word_meets_reads_behind_an_offset_so_often() -> None:
    one = card("sw:6986@256x2")
    one.transmit(SELECT)

    assert TEXT[:256] + OK == read(one, 0)
    assert ["6986", "6986"] == [read(one, 256).hex(), read(one, 300).hex()]
    assert TEXT[256:512] + OK == read(one, 256)


def test_the_second_select_can_be_refused() -> None:
    one = card("sw:6a87@PATH#2x1")

    assert ["9000", "6a87", "9000"] == [one.transmit(SELECT).hex() for _ in range(3)]


def test_a_card_can_refuse_everything() -> None:
    one = card("sw:6d00")

    assert ["6d00", "6d00"] == [one.transmit(SELECT).hex(), read(one, 0).hex()]


def test_a_file_can_seem_to_end() -> None:
    one = card("eof@300x2")
    one.transmit(SELECT)

    assert bytes.fromhex("6C2C") == read(one, 256)
    assert bytes.fromhex("6B00") == read(one, 301, 1)
    assert TEXT[256:512] + OK == read(one, 256)


def test_a_file_can_go_on_for_ever() -> None:
    one = card("endless:4031")
    one.transmit(SELECT)

    assert 258 == len(read(one, 32_000))
    assert TEXT[-56:] + TEXT[:200] + OK == read(one, 744)


def test_an_answer_can_be_longer_than_asked() -> None:
    one = card("long:16@READ")
    one.transmit(SELECT)

    answer = read(one, 0, 10)

    assert (TEXT[:10], 28, OK) == (answer[:10], len(answer), answer[-2:])


def test_garbage_is_as_long_as_the_truth_and_the_same_in_every_run() -> None:
    one, again = card("garbage@READ"), card("garbage@READ")
    answers = []
    for each in (one, again):
        assert OK == each.transmit(SELECT)
        answers.append(read(each, 0, 100))

    assert answers[0] == answers[1]
    assert (102, OK) == (len(answers[0]), answers[0][-2:])
    assert TEXT[:100] != answers[0][:-2]


def test_noise_has_any_length() -> None:
    one = card("noise@READ")
    one.transmit(SELECT)

    lengths = {len(read(one, 0)) for _ in range(50)}

    assert len(lengths) > 20


def test_slowness_is_of_commands_bytes_or_the_wire() -> None:
    assert pytest.approx(0.02) == card("slow:20ms").delay_s(5, 258)
    assert pytest.approx(0.263) == card("slow:1ms/byte").delay_s(5, 258)
    assert pytest.approx(0.0737, abs=1e-4) == card("slow:atr").delay_s(5, 258)
    assert 0 == card("").delay_s(5, 258)


def test_a_fault_can_be_given_to_a_card_in_use() -> None:
    one = card("")
    one.transmit(SELECT)
    assert TEXT[:256] + OK == read(one, 0)

    one.glitches.append(Glitch(offset=0, sw=0x6400, times=1))

    assert ["6400", OK.hex()] == [read(one, 0).hex(), read(one, 0)[-2:].hex()]


def test_two_cards_of_one_script_count_apart() -> None:
    script = parse_script("sw:6400@PATHx1")
    content = CardContent(atr=ATR_17, files={ROOM: TEXT})

    said = [VirtualCard(content, script).transmit(SELECT).hex() for _ in range(2)]

    assert ["6400", "6400"] == said
