"""What our fonts can draw, and what happens to the rest."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.documents.glyphs import (
    MAX_MARKS,
    SOFT_HYPHEN,
    ZERO_WIDTH_SPACE,
    Coverage,
    breakable,
    unbroken,
)
from tests.unit.documents.coverage import FONTS, as_lines, code_points


@pytest.fixture(scope="module")
def coverage() -> Coverage:
    return Coverage.load(FONTS)


def test_the_list_of_code_points_is_what_the_fonts_hold() -> None:
    assert as_lines(code_points()) == (FONTS / "coverage.txt").read_text(encoding="ascii"), (
        "renew it: python -m tests.unit.documents.coverage"
    )


def test_the_fonts_are_few_and_come_with_their_licence() -> None:
    noto, rest = list(FONTS.glob("Noto*.ttf")), FONTS / "Unifont-Regular.otf"
    assert sum(path.stat().st_size for path in noto) < 3_000_000
    assert rest.stat().st_size < 5_000_000
    assert {*noto, rest} == {*FONTS.glob("*.ttf"), *FONTS.glob("*.otf")}
    assert "SIL OPEN FONT LICENSE" in (FONTS / "OFL.txt").read_text(encoding="utf-8")
    assert "Open Font License" in (FONTS / "Unifont.txt").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "name",
    [
        "Zoë D'Hondt-Ğül",
        "Łukasz Żółć",
        "Nguyễn Thị Ánh",
        "Олександра",
        "Ελένη",
        "محمد",
        "ፍረወይኒ",
        "李漢字",
        "김민준",
        "さくら",
        "שרה",
        "\U0001f600\U0001f468\u200d\U0001f469\u200d\U0001f467",
        "\U0001f1e7\U0001f1ea \u260e\ufe0f",
    ],
)
def test_living_names_are_printed_as_they_are(coverage: Coverage, name: str) -> None:
    assert name == coverage.printable(name)
    assert set() == coverage.missing_glyphs(name)


def test_decomposed_letters_are_composed(coverage: Coverage) -> None:
    assert coverage.printable("Zoe\u0308") == "Zoë"


def test_a_character_without_a_glyph_is_reported_and_printed_as_its_number(
    coverage: Coverage,
) -> None:
    assert {"\ue000", "\U00012000"} == coverage.missing_glyphs("Li \ue000\U00012000")
    assert coverage.printable("Li \ue000\U00012000") == "Li [U+E000][U+12000]"


def test_line_ends_become_one_kind_and_controls_go(coverage: Coverage) -> None:
    assert coverage.printable("a\r\nb\u2028c\x00\x07\x1b[1m\td") == "a\nb\nc[1m d"


def test_a_tower_of_marks_is_cut(coverage: Coverage) -> None:
    tower = coverage.printable("Z" + "\u0301" * 50)
    assert len(tower) <= 1 + MAX_MARKS


@given(st.text(alphabet=st.characters()))
def test_whatever_comes_in_what_goes_out_can_be_drawn_and_encoded(text: str) -> None:
    coverage = Coverage.load(FONTS)
    printable = coverage.printable(text)
    assert set() == coverage.missing_glyphs(printable)
    printable.encode("utf-8")
    assert {"\n"} >= {char for char in printable if unicodedata.category(char) == "Cc"}


def test_a_lone_surrogate_is_numbered(coverage: Coverage) -> None:
    assert coverage.printable("a\ud800") == "a[U+D800]"


def test_ordinary_words_are_not_touched() -> None:
    assert breakable("gezinssamenstelling vragen", 13.5, "nl") == "gezinssamenstelling vragen"


def test_a_long_word_breaks_where_its_dictionary_allows() -> None:
    broken = breakable("gezinssamenstellingsattest", 9.0, "nl")
    assert broken.split(SOFT_HYPHEN)[:4] == ["ge", "zins", "sa", "men"]
    assert broken.replace(SOFT_HYPHEN, "") == "gezinssamenstellingsattest"


@given(st.text(alphabet="Wia\u0301/-é ", max_size=80))
def test_break_points_add_nothing_visible_and_leave_no_long_run(text: str) -> None:
    broken = breakable(text, 9.0)
    assert text == broken.replace(ZERO_WIDTH_SPACE, "")
    for run in broken.replace(ZERO_WIDTH_SPACE, " ").split():
        assert len(run.replace("\u0301", "")) <= 14


def test_a_reference_is_kept_on_one_line_and_reads_as_before() -> None:
    joined = unbroken("KL 44-9/AC")
    assert joined == "KL\u00a044\u2060-\u20609\u2060/\u2060AC"
    assert joined.replace("\u2060", "").replace("\u00a0", " ") == "KL 44-9/AC"
    assert unbroken("") == ""
    assert unbroken(unbroken("KL 44-9/AC")) == joined


def test_a_reference_as_wide_as_a_column_may_break() -> None:
    long = "BE-2025/0117 KLANT 44-9/AC"
    assert long == unbroken(long)
