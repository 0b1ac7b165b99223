"""Which values are looked for, how, and which are not."""

from __future__ import annotations

from hypothesis import example, given
from hypothesis import strategies as st

from device.card.learned import of_card_data
from device.card.traces import Trace, TraceKind, append
from kiosk.wipe.canary import new_control
from kiosk.wipe.needles import Needles, make_needles, needles_of
from kiosk.wipe.notebook import Notebook, create_notebook
from kiosk.wipe.scan import Scan
from kiosk.wipe.traces import forget_traces, read_traces

PREFIX = "abcdefghijklmnopqrst"
ENCODINGS = ["utf-8", "utf-16-le", "utf-16-be", "utf-16"]


def _needles(*traces: Trace) -> Needles:
    return make_needles(PREFIX, "controlcontrolcontrol", traces, lambda needle: False)


def _found(needles: Needles, *chunks: bytes) -> int:
    scan = Scan(needles)
    for chunk in chunks:
        scan.feed(chunk)
    return sum(scan.hits.values())


@given(
    text=st.text(min_size=1, max_size=60),
    kind=st.sampled_from(TraceKind),
    encoding=st.sampled_from(ENCODINGS),
    before=st.binary(max_size=200),
    after=st.binary(max_size=200),
    cut=st.integers(0, 300),
)
@example("Ünal Gülşen", TraceKind.JOINED, "utf-16-be", b"\1", b"", 7)
@example("محمد الحسن", TraceKind.JOINED, "utf-16-le", b"", b"\0", 3)
@example("王小明 1990", TraceKind.JOINED, "utf-8", b"", b"", 1)
def test_a_searchable_value_is_found_wherever_it_is_left(
    text: str, kind: TraceKind, encoding: str, before: bytes, after: bytes, cut: int
) -> None:
    notebook = create_notebook()
    try:
        writer = Notebook(notebook)
        match kind:
            case TraceKind.VALUE:
                writer.note(text)
            case TraceKind.NUMBER:
                append(notebook, [Trace(kind, text.strip())])
            case TraceKind.JOINED:
                writer.joined(text, text)
        needles = _needles(*read_traces(notebook))
    finally:
        forget_traces(notebook)
    if needles.sought == 1:
        return
    value = f"{text.strip()} {text.strip()}" if kind is TraceKind.JOINED else text.strip()

    left = before + value.encode(encoding, "ignore") + after

    assert _found(needles, left[:cut], left[cut:]) > 0


@given(text=st.text(max_size=40), kind=st.sampled_from(TraceKind))
def test_every_value_is_sought_or_counted_as_not_searchable(text: str, kind: TraceKind) -> None:
    needles = _needles(Trace(kind, text.encode("utf-8", "ignore").decode()))

    assert needles.sought + needles.not_searchable == 2


def test_a_number_is_found_with_and_without_separators() -> None:
    noted = _needles(Trace(TraceKind.NUMBER, "85.07.30-033.28"))

    for left in (b"85073003328", b"85.07.30-033.28", b"850730 033 28", b"85/07/30/033/28"):
        assert _found(noted, left) == 1
    assert _found(noted, b"85073003329") == 0


def test_capitals_and_accents_do_not_hide_a_value() -> None:
    noted = _needles(Trace(TraceKind.JOINED, "Lefèvre Bénédicte"))

    for left in ("LEFÈVRE BÉNÉDICTE", "lefèvre, bénédicte", "Lefèvre_Bénédicte"):
        for encoding in (*ENCODINGS, "latin-1"):
            assert _found(noted, left.encode(encoding)) > 0
    assert _found(noted, rb'"Lef\u00e8vre B\u00e9n\u00e9dicte"') == 1


def test_a_chip_number_is_found_in_capitals_too() -> None:
    noted = _needles(*of_card_data(bytes.fromhex("534c4790abcdef" + "ab" * 9)))

    assert noted.sought == 2
    for encoding in ENCODINGS:
        assert _found(noted, ("534C4790ABCDEF" + "AB" * 9).encode(encoding)) == 1


def test_a_name_in_another_script_is_found_in_capitals_too() -> None:
    noted = _needles(Trace(TraceKind.JOINED, "Петренко Оксана"))

    for encoding in ENCODINGS:
        assert _found(noted, "Петренко Оксана".upper().encode(encoding)) > 0


def test_what_is_too_short_to_be_told_apart_is_not_searchable() -> None:
    for kind, text in (
        (TraceKind.VALUE, "Apollo"),
        (TraceKind.VALUE, "1985-07-30"),
        (TraceKind.VALUE, "2026-1122"),
        (TraceKind.JOINED, "Li Bo"),
        (TraceKind.JOINED, "- . - . - . A"),
        (TraceKind.NUMBER, "02 123"),
        (TraceKind.VALUE, "B" * 500),
        (TraceKind.JOINED, "Aba Baab Aabb"),
        (TraceKind.NUMBER, "02 222 22 20"),
    ):
        assert needles_of(Trace(kind, text)) == frozenset()
    for kind, text in (
        (TraceKind.VALUE, "Apollonia"),
        (TraceKind.VALUE, "02 555 01 42"),
        (TraceKind.JOINED, "Li Bobby"),
        (TraceKind.JOINED, "1000 Brussel"),
        (TraceKind.NUMBER, "0471 23 45 67"),
    ):
        assert needles_of(Trace(kind, text)) != frozenset()


def test_a_shipped_value_is_counted_and_not_sought() -> None:
    traces = [Trace(TraceKind.VALUE, "Apollonia"), Trace(TraceKind.JOINED, "Apollonia Vandromme")]

    needles = make_needles(PREFIX, new_control(), traces, lambda n: n.content == b"apollonia")

    assert (needles.sought, needles.not_searchable) == (2, 1)
    assert _found(needles, b"Sint Apollonia") == 0
    assert _found(needles, b"Apollonia Vandromme") == 1


def test_a_word_that_may_be_excused_never_stands_in_for_a_joined_one() -> None:
    # The joined value holds the single one; it must be sought itself all the same.
    needles = _needles(
        Trace(TraceKind.VALUE, "Apollonia"), Trace(TraceKind.JOINED, "Apollonia Vandromme")
    )

    scan = Scan(needles)
    scan.feed(b"Apollonia Vandromme")

    assert {needle.content for needle in scan.hits} == {b"apollonia", b"apolloniavandromme"}
    assert {needle.content for needle in needles.singles} == {b"apollonia"}


def test_a_longer_value_is_covered_by_the_joined_one_in_it() -> None:
    needles = _needles(
        Trace(TraceKind.JOINED, "Vandromme Apollonia"),
        Trace(TraceKind.JOINED, "Vandromme Apollonia 1985-07-30"),
    )

    assert (needles.sought, len(needles.owners)) == (3, 2)
    assert _found(needles, b"vandromme apollonia 1985-07-30") == 1


def test_a_value_across_a_cut_is_two_pieces_and_no_value() -> None:
    scan = Scan(_needles(Trace(TraceKind.VALUE, "Apollonia")))

    scan.feed(b"Apol")
    scan.cut()
    scan.feed(b"lonia")

    assert not scan.hits


def test_a_value_in_many_small_chunks_is_found_once() -> None:
    scan = Scan(_needles(Trace(TraceKind.VALUE, "Apollonia")))

    for byte in b"xx Apollonia xx":
        scan.feed(bytes([byte]))

    assert sum(scan.hits.values()) == 1


def test_the_control_is_counted_apart() -> None:
    scan = Scan(_needles())

    scan.feed(b"controlcontrolcontrol")

    assert (scan.control_hits, dict(scan.hits)) == (1, {})
