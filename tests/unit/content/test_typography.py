"""What residents read is set with the signs of a printed page, in content as in the catalogue."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from babel.messages.pofile import read_po

from kiosk.documents.builder import FONTS
from kiosk.documents.glyphs import Coverage
from kiosk.web.page import sentences

ROOT = Path(__file__).resolve().parents[3] / "kiosk"
TEXTS = [*sorted((ROOT / "content").rglob("*.yaml")), *sorted(ROOT.glob("translations/*/*/*.po"))]
FRENCH = [path for path in TEXTS if path.suffix == ".yaml" or "fr" in path.parts]
NO_BREAK = "\u00a0"
# A sign that a plain blank, or none at all, divides from its word. A colon inside a time or an
# address of a page is none of them.
LOOSE = re.compile(r"(?<!\u00a0)(?:[?!;»]|:(?=\s|$))|«(?!\u00a0)")
STRAIGHT = re.compile(r"(?<=[^\W\d_])'(?=[^\W\d_])")


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_an_apostrophe_is_no_typewriters(path: Path) -> None:
    lines = path.read_text(encoding="utf-8").splitlines()
    told = [line for line in lines if not line.lstrip().startswith("#") and "http" not in line]
    assert [] == [line.strip() for line in told if STRAIGHT.search(line)]


def test_the_control_a_typewriters_apostrophe_is_seen() -> None:
    assert STRAIGHT.search("l'aide")
    assert not STRAIGHT.search("l’aide 'quoted' words")


def french_of(path: Path) -> Iterator[str]:
    """List the French of a content file or of a catalogue."""
    if path.suffix == ".po":
        with path.open("rb") as source:
            for message in read_po(source, locale="fr"):
                forms = message.string if isinstance(message.string, tuple) else (message.string,)
                yield from (str(form) for form in forms if message.id)
        return
    with path.open(encoding="utf-8") as file:
        yield from _french(yaml.load(file, Loader=yaml.CSafeLoader))


def _french(data: object) -> Iterator[str]:
    match data:
        case dict():
            for key, value in data.items():
                if key == "fr" and isinstance(value, str):
                    yield value
                else:
                    yield from _french(value)
        case list():
            for value in data:
                yield from _french(value)
        case _:
            pass


@pytest.mark.parametrize("path", FRENCH, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_french_sign_never_begins_a_line_alone(path: Path) -> None:
    told = list(french_of(path))
    assert [] == [words for words in told if LOOSE.search(words)], "put U+00A0 there"


def test_the_french_of_catalogue_and_content_is_found() -> None:
    found = [words for path in FRENCH for words in french_of(path)]
    assert len(found) > 900
    assert 100 < sum(NO_BREAK in words for words in found)


@pytest.mark.parametrize(
    ("words", "is_loose"),
    [
        ("Quoi ?", True),
        ("Quoi?", True),
        ("Dites : oui", True),
        ("« oui\u00a0»", True),
        ("«\u00a0oui »", True),
        ("Dites\u00a0: «\u00a0Oui\u00a0? J’y vais.\u00a0»", False),
        ("de 9:30 à 10:00, https://example.be", False),
    ],
)
def test_the_control_a_loose_sign_is_seen(words: str, is_loose: bool) -> None:
    assert is_loose is (LOOSE.search(words) is not None)


def test_a_closing_guillemet_is_no_sentence_of_its_own() -> None:
    said = "Dites\u00a0: «\u00a0J’ai déménagé. Je viens.\u00a0»"
    assert ["Dites\u00a0: «\u00a0J’ai déménagé.", "Je viens.\u00a0»"] == sentences(said)


def test_a_no_break_space_is_drawn_by_the_fonts_of_papers() -> None:
    assert Coverage.load(FONTS).has(NO_BREAK)
