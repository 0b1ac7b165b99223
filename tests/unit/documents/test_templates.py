"""Templates hold form, never words."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from kiosk.documents.builder import TEMPLATES
from kiosk.documents.model import is_rtl

SOURCES = sorted(TEMPLATES.glob("*.typ"))


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.stem)
def test_a_template_shows_no_words_of_its_own(path: Path) -> None:
    code = re.sub(r"//.*", "", path.read_text(encoding="utf-8"))
    without_strings = re.sub(r'"[^"]*"', '""', code)
    assert re.findall(r"(?<!regex\()\[[^\]]*[^\W\d_][^\]]*\]", without_strings) == []
    shown = {words for words in re.findall(r'"([^"]*)"', code) if " " in words.strip()}
    allowed = {"Noto Sans", "Noto Sans Arabic", "Noto Sans Ethiopic", "Unifont"}
    assert allowed >= {words for words in shown if re.match(r"[A-Za-z]", words)}


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.stem)
def test_a_template_asks_the_network_and_the_disk_for_nothing(path: Path) -> None:
    source = path.read_text(encoding="utf-8")
    assert re.findall(r"@preview|\bread\(|\beval\(|\bimport\b|\binclude\b", source) == []


def test_the_direction_follows_the_language_and_not_the_country() -> None:
    assert [is_rtl(locale) for locale in ("ar", "fa_AF", "ur-PK", "nl_BE", "ti")] == [
        True,
        True,
        True,
        False,
        False,
    ]
