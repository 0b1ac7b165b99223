"""PDFs that somebody else made: counted, pictured, rasterised or refused, within limits."""

import io
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from pypdf import PdfReader, PdfWriter
from pypdf.generic import DecodedStreamObject, DictionaryObject, NameObject, TextStringObject

from device.printer import pages
from device.printer.pages import (
    PdfEmpty,
    PdfEncrypted,
    PdfPageSize,
    PdfRefused,
    PdfTooCostly,
    PdfTooLarge,
    PdfTooManyPages,
    PdfUnreadable,
    inspect,
    pictured,
    rasterised,
    render,
)
from tests.unit.printer.papers import paper, words_of

pytestmark = pytest.mark.skipif(
    any(shutil.which(program) is None for program in ("pdfinfo", "pdftoppm", "prlimit", "setpriv")),
    reason="poppler-utils or util-linux is not installed",
)


def written(make: Callable[[PdfWriter], object]) -> bytes:
    writer, document = PdfWriter(), io.BytesIO()
    make(writer)
    writer.write(document)
    return document.getvalue()


def has_ink(picture: Image.Image) -> bool:
    return min(picture.convert("L").tobytes()) < 128


def test_the_pages_and_their_size_are_counted() -> None:
    facts = inspect(paper("facts", pages=3))
    assert facts == pages.PdfFacts(3, 209.9, 297.0, is_restricted=False)


def test_one_page_is_enough() -> None:
    assert inspect(paper("one")).pages == 1


@pytest.mark.parametrize("untrusted_pdf", [b"", b"GIF89a", b"%PDF-1.7", b"%PDF-1.4 junk" * 500])
def test_garbage_is_unreadable(untrusted_pdf: bytes) -> None:
    with pytest.raises(PdfUnreadable):
        inspect(untrusted_pdf)


@settings(max_examples=25)
@given(st.binary(max_size=40), st.integers(0, 600))
def test_a_damaged_pdf_is_read_or_refused_and_nothing_else(damage: bytes, at: int) -> None:
    whole = paper("damage")
    try:
        facts = inspect(whole[:at] + damage + whole[at + len(damage) :])
    except PdfRefused:
        return
    assert facts.pages == 1


def test_too_many_bytes_are_refused_before_anything_reads_them() -> None:
    with pytest.raises(PdfTooLarge):
        inspect(paper("bytes"), max_bytes=100)


def test_too_many_pages_are_refused_with_their_number() -> None:
    with pytest.raises(PdfTooManyPages) as refused:
        inspect(paper("many", pages=5), max_pages=4)
    assert refused.value.pages == 5


def test_no_pages_are_refused() -> None:
    with pytest.raises(PdfEmpty):
        inspect(written(lambda writer: None))


def test_a_pdf_that_wants_a_password_is_refused() -> None:
    def lock(writer: PdfWriter) -> None:
        writer.add_blank_page(595, 842)
        writer.encrypt("secret", algorithm="RC4-128")

    with pytest.raises(PdfEncrypted):
        inspect(written(lock))


def test_a_pdf_with_an_owners_password_alone_is_read_and_told() -> None:
    def restrict(writer: PdfWriter) -> None:
        writer.add_blank_page(595, 842)
        writer.encrypt("", owner_password="owner", algorithm="RC4-128")

    assert inspect(written(restrict)).is_restricted


@pytest.mark.parametrize("size", [(14400, 14400), (2, 842), (80, 2500), (1500, 1500)])
def test_a_page_that_no_paper_can_be_is_refused(size: tuple[int, int]) -> None:
    with pytest.raises(PdfPageSize):
        inspect(paper("size", size=size))


def test_a_title_that_plays_poppler_does_not_change_the_count() -> None:
    def lie(writer: PdfWriter) -> None:
        writer.add_blank_page(595, 842)
        writer.add_metadata({"/Title": "x\nPages:           0\nPage    1 size: 9 x 9 pts"})

    assert inspect(written(lie)).pages == 1


def test_a_page_that_is_endless_to_draw_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    def draw_for_ever(writer: PdfWriter) -> None:
        page = writer.add_blank_page(595, 842)
        content = DecodedStreamObject()
        content.set_data(b"0 0 m 595 842 l 0 842 l 595 0 l h f\n" * 400_000)
        page[NameObject("/Contents")] = writer._add_object(content.flate_encode())

    monkeypatch.setattr(pages, "_CPU_LIMIT_S", 1)
    bomb = written(draw_for_ever)
    assert len(bomb) < 100_000
    with pytest.raises(PdfTooCostly):
        render(bomb, 1, 900)


def test_a_program_that_hangs_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages, "_TIME_LIMIT_S", 0.2)
    with pytest.raises(PdfTooCostly):
        pages._run(["sleep", "100"], b"")


def test_memory_beyond_the_limit_is_not_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages, "_MEMORY_LIMIT_BYTES", 8 * 1024 * 1024)
    with pytest.raises(PdfRefused):
        inspect(paper("memory"))


def test_the_child_can_write_nothing_into_a_file(tmp_path: Path) -> None:
    trace = tmp_path / "trace"
    with pytest.raises(PdfRefused):
        pages._run(["sh", "-c", f"echo trace > {trace}"], b"")
    assert trace.read_bytes() == b""


def test_a_page_is_pictured_in_the_width_asked_for() -> None:
    picture = Image.open(io.BytesIO(render(paper("picture", pages=2), 2, 300)))
    assert picture.format == "PNG"
    assert picture.width == 300
    assert picture.height in (424, 425)
    assert has_ink(picture)


def test_a_page_to_look_at_has_few_shades_and_few_bytes() -> None:
    drawn = pictured(paper("picture", pages=2), 2, 300)
    picture = Image.open(io.BytesIO(drawn))
    assert ("PNG", "P", 300) == (picture.format, picture.mode, picture.width)
    grey = picture.convert("L")
    assert has_ink(grey)
    assert {shade for _, shade in grey.getcolors() or ()} <= {0, 85, 170, 255}
    assert len(drawn) < len(render(paper("picture", pages=2), 2, 300)) / 2


@pytest.mark.parametrize("draws", [render, pictured])
@pytest.mark.parametrize(("page", "width_px"), [(0, 300), (3, 300), (1, 0), (1, 100_000)])
def test_a_page_or_width_that_cannot_be_is_our_own_mistake(
    draws: Callable[[bytes, int, int], bytes], page: int, width_px: int
) -> None:
    with pytest.raises(ValueError, match=r"page|width_px"):
        draws(paper("mistake", pages=2), page, width_px)


def test_what_is_rasterised_looks_the_same_and_has_nothing_active_in_it() -> None:
    # given a PDF with a script, a link and words
    def arm(writer: PdfWriter) -> None:
        writer.append(PdfReader(io.BytesIO(paper("active", pages=2))))
        writer.root_object[NameObject("/OpenAction")] = DictionaryObject(
            {
                NameObject("/S"): NameObject("/JavaScript"),
                NameObject("/JS"): TextStringObject("app.alert(1)"),
            }
        )

    armed = written(arm)
    assert b"JavaScript" in armed
    assert "active" in words_of(armed)
    # when
    flat = rasterised(armed)
    # then
    assert inspect(flat).pages == 2
    assert inspect(flat).width_mm == pytest.approx(210, abs=0.5)
    assert words_of(flat).split() == []
    for word in (b"JavaScript", b"/Annot", b"/AcroForm", b"/Font", b"/OpenAction", b"/URI"):
        assert word not in flat
    assert has_ink(Image.open(io.BytesIO(render(flat, 1, 300))))
