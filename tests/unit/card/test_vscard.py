"""Plugging a card into QEMU: the protocol, message by message."""

import asyncio
from collections.abc import Callable

import pytest

from device.card.faults import parse_script
from device.card.plug import PlugState
from device.card.virtual import ATR_17, CardContent, Temper, VirtualCard
from device.card.vscard import Kind, VscardPeer
from tests.qemu_side import (
    APDU,
    ATR,
    CARD_REMOVE,
    ERROR,
    FLUSH,
    FLUSHED,
    INIT,
    LIMIT_S,
    READER_ADD,
    READER_REMOVE,
    QemuSide,
)

ROOM = bytes.fromhex("3F00DF014031")
SELECT = bytes.fromhex("00A4080C06") + ROOM
GREETING = [INIT, READER_ADD, ATR]
FAREWELL = [CARD_REMOVE, READER_REMOVE]


def card(script: str = "", temper: Temper = Temper.EID) -> VirtualCard:
    return VirtualCard(
        CardContent(atr=ATR_17, files={ROOM: bytes(300)}, temper=temper), parse_script(script)
    )


def plug(
    one: VirtualCard,
    qemu: QemuSide,
    course: Callable[[], object] = lambda: None,
    *,
    told_at_last: tuple[PlugState, ...] = (PlugState.IN,),
) -> list[PlugState]:
    """Plug a card in, do something with it, wait for what is told, take it out; return that."""
    told: list[PlugState] = []

    async def tells(states: tuple[PlugState, ...]) -> None:
        async with asyncio.timeout(LIMIT_S):
            while tuple(told[: len(states)]) != states:
                await asyncio.sleep(0.005)

    async def run() -> None:
        peer = VscardPeer("127.0.0.1", qemu.port, tell=told.append)
        peer.insert(one)
        await tells(told_at_last[:1])
        await asyncio.to_thread(course)
        await tells(told_at_last)
        await peer.remove()

    asyncio.run(run())
    return told


def test_a_card_greets_answers_and_takes_its_leave() -> None:
    one = card()
    answers: list[bytes] = []

    def course() -> None:
        assert qemu.sees_a_card() == ATR_17
        answers.extend((qemu.transmit(SELECT), qemu.transmit(bytes.fromhex("00B000000A"))))

    with QemuSide() as qemu:
        told = plug(one, qemu, course)
        qemu.sees_none()
        qemu.hears(READER_REMOVE)

    assert [PlugState.IN] == told
    assert [*GREETING, APDU, APDU, *FAREWELL] == qemu.kinds
    assert ["9000", "00" * 10 + "9000"] == [answer.hex() for answer in answers]


def test_every_word_of_a_message_is_big_endian_and_in_its_place() -> None:
    with QemuSide() as qemu:
        plug(card(), qemu, qemu.sees_a_card)

    assert (INIT, 0xFFFFFFFF, b"VSCD" + bytes.fromhex("0000000200000000")) == qemu.heard[0]
    assert (READER_ADD, 0xFFFFFFFF, b"Relais") == qemu.heard[1]
    assert (ATR, 0, ATR_17) == qemu.heard[2]
    assert [1, 2, 3, 4, 5, 6, 7, 8, 9] == [kind.value for kind in Kind]


def test_a_flush_is_answered() -> None:
    def course() -> None:
        qemu.sees_a_card()
        qemu.send(FLUSH, b"")
        qemu.hears(FLUSHED)

    with QemuSide() as qemu:
        plug(card(), qemu, course)

    assert FLUSHED in qemu.kinds


@pytest.mark.parametrize("kind", [READER_ADD, ATR])
def test_a_refusal_is_told_and_final(kind: int) -> None:
    with QemuSide(refuses=frozenset({kind})) as qemu:
        told = plug(card(), qemu, told_at_last=(PlugState.REFUSED,))

    assert [PlugState.REFUSED] == told
    assert 1 == qemu.kinds.count(INIT)


def test_a_mute_card_is_a_reader_without_a_card() -> None:
    with QemuSide() as qemu:
        plug(card(temper=Temper.MUTE), qemu, lambda: qemu.hears(READER_ADD))

    assert ATR not in qemu.kinds


def test_a_card_that_is_pulled_leaves_the_reader_first() -> None:
    def course() -> None:
        qemu.sees_a_card()
        qemu.transmit(SELECT)
        assert b"" == qemu.transmit(SELECT)
        qemu.hears(READER_REMOVE)

    with QemuSide() as qemu:
        told = plug(card("drop:1"), qemu, course, told_at_last=(PlugState.IN, PlugState.PULLED))

    assert [PlugState.IN, PlugState.PULLED] == told
    assert FAREWELL == qemu.kinds[-2:]


def test_a_card_that_says_nothing_is_an_error_to_the_guest() -> None:
    answers: list[bytes] = []

    def course() -> None:
        qemu.sees_a_card()
        answers.append(qemu.transmit(SELECT))

    with QemuSide() as qemu:
        silent = card("mute:1")
        silent.transmit(SELECT)
        plug(silent, qemu, course)

    assert ["6f00"] == [answer.hex() for answer in answers]


def test_a_card_comes_back_to_a_qemu_that_comes_back() -> None:
    def course() -> None:
        qemu.sees_a_card()
        qemu.hang_up()
        qemu.sees_none()
        qemu.sees_a_card()

    with QemuSide() as qemu:
        states = (PlugState.IN, PlugState.WAITING, PlugState.IN)
        told = plug(card(), qemu, course, told_at_last=states)

    assert list(states) == told
    assert 2 == qemu.kinds.count(INIT)


@pytest.mark.parametrize("header", ["0000006300000000", "00000007000000007fffffff"])
def test_a_message_that_is_none_ends_the_connection(header: str) -> None:
    def course() -> None:
        qemu.sees_a_card()
        assert qemu._line is not None
        qemu._line.sendall(bytes.fromhex(header).ljust(12, b"\0"))
        qemu.hears(READER_REMOVE)

    with QemuSide() as qemu:
        plug(card(), qemu, course, told_at_last=(PlugState.IN, PlugState.REFUSED))


def test_a_second_card_waits_until_the_first_is_out() -> None:
    async def run() -> None:
        peer = VscardPeer("127.0.0.1", qemu.port)
        peer.insert(card())
        with pytest.raises(RuntimeError):
            peer.insert(card())
        await peer.remove()
        await peer.remove()

    with QemuSide() as qemu:
        asyncio.run(run())


def test_an_error_of_the_other_side_is_a_refusal() -> None:
    def course() -> None:
        qemu.sees_a_card()
        qemu.send(ERROR, bytes.fromhex("00000001"))
        qemu.hears(READER_REMOVE)

    with QemuSide() as qemu:
        plug(card(), qemu, course, told_at_last=(PlugState.IN, PlugState.REFUSED))
