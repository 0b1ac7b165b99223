"""The pictures are one family, and every name that anybody uses is drawn."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from kiosk.screens import LanguageBody, WelcomeBody
from kiosk.tasks.loader import load_content
from kiosk.web.keyboards import FOLDER as KEYBOARDS
from kiosk.web.keyboards import Keyboards
from kiosk.web.pictures import FOLDER, Pictures
from tests.samples import samples
from tests.unit.web.driving import Browser, ScriptedVisit, app_of

TEMPLATES = FOLDER.parent / "templates"
CONTENT = FOLDER.parent.parent / "content" / "pictures.txt"


def test_every_picture_that_content_may_name_is_drawn() -> None:
    named = {
        line.split()[0]
        for line in CONTENT.read_text(encoding="utf-8").splitlines()
        if line.strip() and not line.startswith("#")
    }
    assert set() == named - Pictures().names


def test_every_picture_that_a_template_names_is_drawn() -> None:
    text = "\n".join(path.read_text(encoding="utf-8") for path in TEMPLATES.rglob("*.html"))
    named = set(re.findall(r'picture\("([\w-]+)"', text))
    assert set() == named - Pictures().names


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.svg")), ids=lambda path: path.stem)
def test_a_picture_is_of_the_family(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert 'viewBox="0 0 48 48"' in text
    assert 'stroke="currentColor"' in text
    assert 'stroke-width="3.2"' in text
    # Inside: lines only. No colour, no words, no style, nothing from elsewhere.
    inside = text.partition(">")[2]
    assert not re.search(r"fill=|style|<text|href|<image|<script|on\w+=", inside)


@pytest.mark.parametrize("name", ["welcome", "language"])
def test_every_language_is_pictured_by_letters_of_its_own(name: str) -> None:
    visit = ScriptedVisit()
    visit.now = dict(samples("nl"))[name]
    assert isinstance(visit.now.body, WelcomeBody | LanguageBody)

    shown = Browser(app_of(visit)).gets("/").text

    pictured = re.findall(r'<i data-letters="([^"]+)"', shown)
    assert [language.letters for language in visit.now.body.languages] == pictured


def test_the_letters_of_the_content_tell_its_languages_apart() -> None:
    names = load_content().languages.values()
    assert all(1 <= len(name.letters) <= 2 for name in names)
    assert len({name.letters for name in names}) == len(names)
    # They are cut into the font with the name; others would be missing from it.
    assert [] == [one for one in names if not set(one.letters.lower()) <= set(one.endonym.lower())]


def test_an_unknown_name_is_a_question_mark() -> None:
    pictures = Pictures()
    assert pictures.draw("question") == pictures.draw("no-such-picture")


@pytest.mark.parametrize("name", Keyboards().names)
def test_a_keyboard_fits_the_smallest_screen(name: str) -> None:
    board = Keyboards()._keyboard(name, "none")
    for layer, rows in board.layers:
        if board.is_pad:
            assert (layer, [3, 3, 3, 3]) == (layer, [len(row) for row in rows])
        else:
            assert (layer, [10, 10, 10]) == (layer, [len(row) for row in rows])


def test_no_key_leaves_the_page() -> None:
    named = set()
    for path in KEYBOARDS.glob("*.json"):
        named |= set(re.findall(r"\b[a-zA-Z]{2,}\b", path.read_text(encoding="utf-8")))
    assert named <= {
        "layers",
        "letters",
        "marks",
        "latin",
        "accents",
        "more",
        "digits",
        "layer",
        "space",
        "del",
        "none",
    }


# What stands in the names of Brussels' people: Portuguese, Spanish, Polish, Turkish, Romanian,
# Hungarian, Czech, Croatian and the languages of the north.
IN_NAMES = "ãõñłşţșțğıżźćńśąęőűåøæßêîôûëïöüáíóúčšžđ"


@pytest.mark.parametrize("name", ["nl", "fr", "de", "en"])
def test_every_letter_of_a_name_stands_on_a_latin_keyboard(name: str) -> None:
    board = Keyboards()._keyboard(name, "none")
    layers = {layer: {key for row in rows for key in row} for layer, rows in board.layers}
    assert set() == set(IN_NAMES) - set().union(*layers.values())
    # From the letters every layer is reached, and from every layer the letters.
    reached = {"letters"}
    for _ in layers:
        reached |= {key[6:] for one in reached for key in layers[one] if key.startswith("layer:")}
    assert set(layers) == reached
    assert [] == [one for one in layers if one != "letters" and "layer:letters" not in layers[one]]


def test_names_and_streets_are_typed_in_latin_letters() -> None:
    keyboards = Keyboards()
    assert "fr" == keyboards.find("street", "ar").name
    assert "ar" == keyboards.find("text", "ar").name
    assert "pad-phone" == keyboards.find("phone", "ar").name
    assert "fr" == keyboards.find("text", "uk").name


def test_every_keyboard_is_drawn_without_a_modifier() -> None:
    page = Browser(app_of(ScriptedVisit()))
    assert "Ctrl" not in page.gets("/").text


def test_content_never_shows_the_picture_of_the_help_key() -> None:
    base = (TEMPLATES / "base.html").read_text(encoding="utf-8")
    (help_key,) = re.findall(r'bar\("help", "([\w-]+)"', base)
    pictures = Pictures()
    alike = {name for name in pictures.names if pictures.draw(name) == pictures.draw(help_key)}
    assert not load_content().pictures & alike
