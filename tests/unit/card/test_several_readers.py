"""Which reader is read where there are several: the one with an eID in it."""

from __future__ import annotations

from collections.abc import Mapping
from types import TracebackType
from typing import Any, ClassVar, Self

import pytest
from smartcard import scard

from device.card import reader
from device.card.errors import CardUnavailable
from device.card.reader import PcscReaders
from device.card.status import CardFinding, ReaderLevel
from device.card.virtual import ATR_17, ATR_18, ATR_BANK

WIRELESS = bytes.fromhex("3B88800100000000338181003A")
IN = scard.SCARD_STATE_PRESENT
MUTE = IN | scard.SCARD_STATE_MUTE
EMPTY = scard.SCARD_STATE_EMPTY
Slots = Mapping[str, tuple[int, bytes]]


class Context:
    """A PC/SC context whose readers and cards the test says."""

    slots: ClassVar[Slots] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        pass

    def release(self) -> None:
        pass

    def readers(self) -> list[str]:
        return list(self.slots)

    def states(self, known: Mapping[str, int], _: int) -> dict[str, tuple[int, bytes]]:
        return {name: self.slots[name] for name in known}


@pytest.fixture
def opens(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return a function that says which reader a connection goes to."""
    monkeypatch.setattr(reader, "_Context", Context)
    monkeypatch.setattr(reader, "PcscConnection", lambda _, name, __: name)
    # Who is asked for the applet and has another ATR is no eID here.
    monkeypatch.setattr(PcscReaders, "_probe", lambda *_: ReaderLevel.FOREIGN)

    def open_one(slots: Slots, only: str = "") -> tuple[str, str]:
        monkeypatch.setattr(Context, "slots", slots)
        readers = PcscReaders(only=only)
        return str(readers.connect()), readers.status().reader

    return open_one


@pytest.mark.parametrize(
    "beside",
    [(IN, ATR_BANK), (MUTE, b""), (IN, WIRELESS), (EMPTY, b"")],
    ids=["a bank card", "a mute card", "the wireless side", "nothing"],
)
@pytest.mark.parametrize("is_first", [True, False])
def test_an_eid_is_read_whatever_lies_beside_it(
    opens: Any, beside: tuple[int, bytes], is_first: bool
) -> None:
    slots = {"One": (IN, ATR_18), "Two": beside}
    ordered = slots if is_first else dict(reversed(slots.items()))

    assert opens(ordered) == ("One", "One")


def test_a_reader_that_is_named_is_the_only_one(opens: Any) -> None:
    slots = {"One": (IN, ATR_18), "Two": (IN, ATR_17)}

    assert opens(slots, only="Two") == ("Two", "Two")
    with pytest.raises(CardUnavailable) as caught:
        opens(slots, only="Three")
    assert caught.value.finding is CardFinding.NO_READER


def test_a_wireless_card_alone_is_named_and_not_read(opens: Any) -> None:
    with pytest.raises(CardUnavailable) as caught:
        opens({"One PICC": (IN, WIRELESS), "Two": (EMPTY, b"")})

    assert caught.value.finding is CardFinding.CONTACTLESS
