"""One screen, actions, files: what the routes do and what they never say."""

from __future__ import annotations

import logging
import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from kiosk.screens import CardLeftBody, Prompt, ReviewBody, StepBody
from kiosk.visit import State
from kiosk.web.actions import ACTIONS
from kiosk.web.assets import Assets
from tests.samples import LOCALES, samples
from tests.unit.web.driving import Browser, ScriptedVisit, app_of

NOW = {"visit": "a1b2c3d4e5f60718", "turn": "7"}


@pytest.fixture
def visit() -> ScriptedVisit:
    return ScriptedVisit()


@pytest.fixture
def browser(visit: ScriptedVisit) -> Browser:
    return Browser(app_of(visit))


def test_every_state_has_a_screen() -> None:
    assert {screen.state for _, screen in samples("nl")} == set(State)


@pytest.mark.parametrize("locale", LOCALES)
def test_every_sample_is_shown_in_every_language(
    browser: Browser, visit: ScriptedVisit, locale: str
) -> None:
    for name, screen in samples(locale):
        visit.now = screen
        answer = browser.gets("/")
        assert (name, 200) == (name, answer.status_code)
        assert f'lang="{locale}"' in answer.text


@pytest.mark.parametrize("can_speak", [True, False])
def test_the_key_that_reads_aloud_is_there_only_where_there_is_a_voice(
    browser: Browser, visit: ScriptedVisit, can_speak: bool
) -> None:
    keys = 0
    for _, screen in samples("nl"):
        visit.now = replace(screen, can_speak=can_speak)
        keys += browser.gets("/").text.count("/act/listen")
    assert (keys > 0) is can_speak


@pytest.mark.parametrize(
    "stale", [{"visit": "of-another-visit", "turn": "7"}, {"visit": NOW["visit"], "turn": "6"}]
)
def test_a_page_of_another_visit_or_turn_is_led_to_the_screen_and_does_nothing(
    browser: Browser, visit: ScriptedVisit, stale: dict[str, str]
) -> None:
    answer = browser.posts("choose-need", {**stale, "id": "money"})
    assert (303, "/") == (answer.status_code, answer.headers["Location"])
    assert [] == visit.done


@pytest.mark.parametrize("turn", ["", "-1", "7.0", "seven", "\u0667", "7" * 30])
def test_a_turn_that_is_no_number_does_nothing(
    browser: Browser, visit: ScriptedVisit, turn: str
) -> None:
    assert browser.posts("stop", {"visit": NOW["visit"], "turn": turn}).status_code == 303
    assert [] == visit.done


def test_an_action_gets_its_own_fields_and_no_others(
    browser: Browser, visit: ScriptedVisit
) -> None:
    browser.posts("answer", {**NOW, "key": "street", "value": "Fortstraat 1", "code": "0000"})
    browser.posts("stop", {**NOW, "value": "left in a field"})
    assert [
        ("answer", {"key": "street", "value": "Fortstraat 1"}),
        ("stop", {}),
    ] == visit.done


def test_control_characters_go_and_an_endless_value_stays_too_long(
    browser: Browser, visit: ScriptedVisit
) -> None:
    browser.posts("answer", {**NOW, "key": "street", "value": "a\x00b\tc 🫨"})
    browser.posts("answer", {**NOW, "key": "street", "value": "a" * 4000})

    values = [form["value"] for _, form in visit.done]
    assert values == ["abc 🫨", "a" * 2001]


def test_an_unknown_action_is_led_to_the_screen(browser: Browser, visit: ScriptedVisit) -> None:
    assert browser.posts("open-shell", NOW).status_code == 303
    assert [] == visit.done


def test_a_quiet_action_loads_no_page(browser: Browser, visit: ScriptedVisit) -> None:
    answer = browser.posts("touch", NOW, X_Relais="quiet")
    assert (204, b"") == (answer.status_code, answer.data)
    assert [("touch", {})] == visit.done


def test_every_button_of_every_screen_posts_a_known_action(
    browser: Browser, visit: ScriptedVisit
) -> None:
    pressed = set()
    for _, screen in samples("nl"):
        visit.now = screen
        pressed |= set(re.findall(r'action="/act/([\w-]+)"', browser.gets("/").text))
    assert set() == pressed - set(ACTIONS)
    # What no screen offers would be dead: each action stands on some screen.
    assert set() == set(ACTIONS) - pressed


def test_the_screen_is_never_kept_by_the_browser(browser: Browser) -> None:
    assert browser.gets("/").headers["Cache-Control"] == "no-store"
    assert browser.gets("/preview/1.png").headers["Cache-Control"] == "no-store"


def test_no_value_of_a_person_stands_in_an_address_or_a_title(
    browser: Browser, visit: ScriptedVisit
) -> None:
    for _, screen in samples("nl"):
        visit.now = screen
        page = browser.gets("/").text
        assert ["Relais"] == re.findall(r"<title>(.*?)</title>", page)
        addresses = re.findall(r'(?:href|src|action|formaction)="([^"]*)"', page)
        for value in ("Peeters", "Anneleen", "Fortstraat", "2041"):
            assert [] == [address for address in addresses if value in address]


def test_what_a_person_typed_is_text_and_never_markup(
    browser: Browser, visit: ScriptedVisit
) -> None:
    review = dict(samples("nl"))["review"]
    assert isinstance(review.body, ReviewBody)
    row = replace(review.body.rows[0], value='"><script>alert(1)</script>')
    visit.now = replace(review, body=replace(review.body, rows=(row,)))
    assert "<script>alert" not in browser.gets("/").text


class Fields(HTMLParser):
    """Reads a page as a browser does: what the field `value` holds, and which tags there are."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.value: str | None = None
        self._is_inside = False
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.tags.add(tag)
        if given.get("id") == "value":
            self._is_inside = tag == "textarea"
            self.value = "" if self._is_inside else given.get("value")

    def handle_data(self, data: str) -> None:
        if self._is_inside and self.value is not None:
            self.value += data

    def handle_endtag(self, tag: str) -> None:
        self._is_inside = False


@pytest.mark.parametrize("kind", ["text", "long_text"])
def test_what_stands_in_a_field_to_be_mended_is_what_was_typed(
    browser: Browser, visit: ScriptedVisit, kind: str
) -> None:
    typed = """"></textarea><marquee onload='x'>O'Proef & "co" &lt;b&gt;</marquee>"""
    step = dict(samples("nl"))["step-ask-" + kind]
    assert isinstance(step.body, StepBody)
    assert step.body.ask is not None
    ask = replace(step.body.ask, value=typed)
    visit.now = replace(step, body=replace(step.body, ask=ask))

    page = Fields(browser.gets("/").text)

    assert page.value == typed
    assert "marquee" not in page.tags


def test_a_canary_stands_in_the_page(browser: Browser) -> None:
    assert 'data-canary="canary-0000-invented"' in browser.gets("/").text


def test_the_canary_strip_stands_only_where_there_is_one(visit: ScriptedVisit) -> None:
    with_strip = Browser(app_of(visit, frame_png=lambda: b"\x89PNG"))
    assert 'src="/frame.png"' in with_strip.gets("/").text
    assert b"\x89PNG" == with_strip.gets("/frame.png").data
    assert 'src="/frame.png"' not in Browser(app_of(visit)).gets("/").text


def test_a_page_that_is_not_there_leads_back_to_the_screen(browser: Browser) -> None:
    answer = browser.gets("/settings", Sec_Fetch_Mode="navigate")
    assert (303, "/") == (answer.status_code, answer.headers["Location"])
    assert browser.gets("/settings").status_code == 404


def test_a_fault_of_our_own_says_what_to_do_and_nothing_of_the_person(
    visit: ScriptedVisit, caplog: pytest.LogCaptureFixture
) -> None:
    heard: list[str] = []
    browser = Browser(app_of(visit, on_fault=heard.append, languages=("nl", "ar")))
    visit.fault = RuntimeError("Anneleen Peeters")
    with caplog.at_level(logging.DEBUG):
        answer = browser.gets("/")
    assert 500 == answer.status_code
    assert "Ik begin opnieuw" in answer.text
    assert "أبدأ من جديد" in answer.text
    assert "Anneleen" not in answer.text + caplog.text
    assert ["RuntimeError"] == heard


def test_files_have_names_that_change_and_are_kept_for_ever(browser: Browser) -> None:
    assets = Assets()
    for source in assets.sources:
        answer = browser.gets(assets.url(source))
        assert 200 == answer.status_code
        assert "immutable" in answer.headers["Cache-Control"]
    assert 404 == browser.gets("/static/relais.css").status_code
    assert 404 == browser.gets("/static/..%2f__init__.py").status_code


def test_the_welcome_weighs_little(browser: Browser, visit: ScriptedVisit) -> None:
    visit.now = dict(samples("nl"))["welcome"]
    page = len(browser.gets("/").data)
    assets = Assets()
    shown = ("relais.css", "relais.js", "latin-500", "latin-700", "arabic-700")
    files = 0
    for source in assets.sources:
        if any(name in source for name in shown):
            asset = assets.find(assets.url(source).rpartition("/")[2])
            assert asset is not None
            files += len(asset.packed or asset.body)
    assert page <= 15_000
    assert page + files <= 60_000


def test_a_prompt_stands_before_the_screen(browser: Browser, visit: ScriptedVisit) -> None:
    visit.now = replace(visit.now, prompt=Prompt.STILL_THERE, prompt_seconds=25)
    page = browser.gets("/").text
    assert "Bent u er nog?" in page
    assert "choose-need" not in page


def test_a_left_card_asks_for_the_card(browser: Browser, visit: ScriptedVisit) -> None:
    visit.now = replace(visit.now, state=State.CARD_LEFT, body=CardLeftBody())
    assert "Neem de kaart eruit." in browser.gets("/").text
