"""Which languages the welcome offers, and what "more" leads to."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from kiosk.screens import LanguageBody, WelcomeBody
from kiosk.showing import FIRST_LANGUAGES
from kiosk.tasks.loader import CONTENT, Content, LanguageName, load_content
from kiosk.visit import State
from tests.driving.visiting import LANGUAGES, Visit

MORE = {
    "pt": LanguageName("Português", "Po"),
    "uk": LanguageName("Українська", "Ук"),
}


@pytest.fixture(scope="module")
def content() -> Content:
    loaded = load_content()
    return replace(
        loaded,
        locales=(*loaded.locales, *MORE),
        languages={**loaded.languages, **MORE},
    )


@pytest.fixture
def five(content: Content) -> Iterator[Visit]:
    visit = Visit(content).opens()
    yield visit
    visit.close()


@pytest.fixture
def seven(content: Content) -> Iterator[Visit]:
    visit = Visit(content, languages=(*LANGUAGES, *MORE)).opens()
    yield visit
    visit.close()


def codes(visit: Visit) -> list[str]:
    """Return the languages that stand on the screen."""
    body = visit.screen.body
    assert isinstance(body, WelcomeBody | LanguageBody)
    return [language.code for language in body.languages]


def test_a_place_of_five_languages_has_nothing_more_to_offer(five: Visit) -> None:
    # given
    body = five.screen.body
    assert isinstance(body, WelcomeBody)
    assert len(LANGUAGES) == FIRST_LANGUAGES
    # then
    assert codes(five) == list(LANGUAGES)
    assert not body.has_more
    # and a made-up tap leads nowhere
    five.taps("more-languages")
    assert five.state is State.WELCOME


def test_more_leads_to_the_other_languages_of_the_place(seven: Visit) -> None:
    # given
    body = seven.screen.body
    assert isinstance(body, WelcomeBody)
    assert body.has_more
    assert codes(seven) == list(LANGUAGES)
    # when
    seven.taps("more-languages")
    # then
    assert seven.state is State.LANGUAGE
    assert codes(seven) == list(MORE)
    seven.taps("back")
    assert seven.state is State.WELCOME
    assert codes(seven) == list(LANGUAGES)


def test_who_comes_back_to_choose_again_sees_every_language(seven: Visit, five: Visit) -> None:
    for visit in (seven, five):
        visit.taps("more-languages")
        visit.taps("choose-language", code="nl")
        visit.taps("back")
        assert visit.state is State.LANGUAGE
        assert codes(visit) == list(visit.profile.place.languages)


def test_a_language_calls_itself_as_its_line_says_and_by_its_code_without(tmp_path: Path) -> None:
    # given
    names = load_content(CONTENT).languages
    assert names["ar"] == LanguageName("العربية", "ع")
    # when a line says no more than it must
    shutil.copytree(CONTENT, tmp_path / "content")
    with (tmp_path / "content" / "languages.txt").open("a", encoding="utf-8") as rows:
        rows.write("pt partial\nuk partial Ук українська мова\n")
    names = load_content(tmp_path / "content").languages
    # then
    assert names["pt"] == LanguageName("pt", "pt")
    assert names["uk"] == LanguageName("українська мова", "Ук")
