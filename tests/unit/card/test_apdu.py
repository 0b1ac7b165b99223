"""The filter on commands and the T=0 answers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device.card.apdu import ALLOWED, CommandApdu, T0Responses, outgoing, split
from device.card.errors import CardError, ForbiddenCommand


class Wire:
    """A card that answers from a list and remembers what it was sent."""

    def __init__(self, *answers: tuple[bytes, int]) -> None:
        self._answers = list(answers)
        self.sent: list[bytes] = []

    def send_and_receive(self, apdu: CommandApdu) -> tuple[bytes, int]:
        self.sent.append(outgoing(apdu))
        return self._answers.pop(0)


def test_exactly_four_commands_may_leave() -> None:
    passed = set()
    for cla in range(256):
        for ins in range(256):
            try:
                outgoing(CommandApdu(cla, ins, 0, 0))
            except ForbiddenCommand:
                continue
            passed.add((cla, ins))

    assert {(0x00, 0xA4), (0x00, 0xB0), (0x00, 0xC0), (0x80, 0xE4)} == passed


@given(st.integers(0, 255), st.integers(0, 255))
def test_a_command_made_around_its_check_stops_at_the_wire(cla: int, ins: int) -> None:
    command = CommandApdu(0x00, 0xB0, 0, 0, le=1)
    object.__setattr__(command, "cla", cla)
    object.__setattr__(command, "ins", ins)

    if (cla, ins) in ALLOWED:
        assert bytes((cla, ins)) == outgoing(command)[:2]
    else:
        with pytest.raises(ForbiddenCommand):
            outgoing(command)


@pytest.mark.parametrize(
    ("command", "wire"),
    [
        (CommandApdu(0x00, 0xA4, 2, 12, b"\x3f\x00"), "00A4020C023F00"),
        (CommandApdu(0x00, 0xB0, 1, 0, le=256), "00B0010000"),
        (CommandApdu(0x80, 0xE4, 0, 0, le=28), "80E400001C"),
        (CommandApdu(0x00, 0xC0, 0, 0), "00C00000"),
        (CommandApdu(0x00, 0xA4, 4, 0, b"\xa0", 5), "00A4040001A005"),
    ],
)
def test_a_command_is_written_in_the_short_form(command: CommandApdu, wire: str) -> None:
    assert wire == bytes(command).hex().upper()


@pytest.mark.parametrize("le", [0, 257, -1])
def test_an_le_outside_the_short_form_is_refused(le: int) -> None:
    with pytest.raises(ValueError, match="short"):
        CommandApdu(0x00, 0xB0, 0, 0, le=le)


def test_6c_repeats_with_the_length_the_card_names() -> None:
    wire = Wire((b"", 0x6C1C), (bytes(28), 0x9000))

    answer = T0Responses(wire).send_and_receive(CommandApdu(0x00, 0xB0, 0, 0, le=256))

    assert (bytes(28), 0x9000) == answer
    assert bytes.fromhex("00B000001C") == wire.sent[1]


def test_61_fetches_the_rest() -> None:
    wire = Wire((b"ab", 0x6103), (b"cde", 0x6101), (b"f", 0x9000))

    answer = T0Responses(wire).send_and_receive(CommandApdu(0x00, 0xA4, 4, 0, b"\xa0"))

    assert answer == (b"abcdef", 0x9000)
    assert [bytes.fromhex("00C0000003"), bytes.fromhex("00C0000001")] == wire.sent[1:]


def test_a_card_that_always_has_more_is_not_believed_for_ever() -> None:
    wire = Wire(*[(b"x", 0x6101)] * 50)

    _, sw = T0Responses(wire).send_and_receive(CommandApdu(0x00, 0xB0, 0, 0, le=1))

    assert sw == 0x6101
    assert len(wire.sent) < 20


@given(st.binary(max_size=4))
def test_any_response_splits_or_raises_a_card_error(untrusted: bytes) -> None:
    try:
        data, _ = split(untrusted)
    except CardError:
        return
    assert len(untrusted) == len(data) + 2
