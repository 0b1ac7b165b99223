"""A screen says what is so, and only that: the sentences that depend on what happened."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from dataclasses import replace

import pytest

from device.printer.status import PrinterLevel, PrinterStatus, Reason
from kiosk.i18n import I18n, Words
from kiosk.screens import (
    Body,
    ChannelChoice,
    Choice,
    Fact,
    JobFate,
    PrepareBody,
    PreviewBody,
    PrinterTroubleBody,
    PrintingBody,
    Receipt,
    ReceiptBody,
    TaskBody,
)
from kiosk.tasks.model import ChannelKind
from tests.samples import LOCALES, RECEIPT, samples
from tests.unit.web.driving import Browser, ScriptedVisit, app_of

WORDS = I18n()
UNSEEN_MARKS = re.compile("[\u00ad\u200b\u2066-\u2069]")


class Shown:
    """What a screen says in one language, as plain text."""

    def __init__(self, locale: str) -> None:
        self.words: Words = WORDS.words(locale)
        self._samples = dict(samples(locale))
        self._visit = ScriptedVisit()
        self._browser = Browser(app_of(self._visit))

    def text(self, sample: str, body: Body) -> str:
        """Show a sample with another body."""
        page = re.sub(r"<[^>]*>", " ", self.page(sample, body))
        return " ".join(UNSEEN_MARKS.sub("", page).split())

    def page(self, sample: str, body: Body) -> str:
        """Return the page of a sample with another body, its marks of direction included."""
        self._visit.now = replace(self._samples[sample], body=body)
        return html.unescape(self._browser.gets("/").text).replace("\u00ad", "")

    def say(self, context: str, id: str, **values: str) -> str:
        """Return a sentence as it is read."""
        said = UNSEEN_MARKS.sub("", self.words.say(context, id, **values))
        return " ".join(said.split())


@pytest.fixture(params=LOCALES)
def shown(request: pytest.FixtureRequest) -> Shown:
    return Shown(request.param)


@pytest.mark.parametrize(("not_searchable", "unseen"), [(0, 0), (1, 0), (0, 1), (2, 1)])
def test_a_screen_that_could_not_be_looked_at_is_not_called_too_ordinary(
    shown: Shown, not_searchable: int, unseen: int
) -> None:
    receipt: Receipt = replace(RECEIPT, not_searchable=not_searchable, unseen=unseen)
    text = shown.text("receipt", ReceiptBody(receipt))
    assert bool(not_searchable) == (shown.say("receipt", "not-searchable") in text)
    assert bool(unseen) == (shown.say("receipt", "unseen") in text)


SHORT_OR_ORDINARY = {
    "nl": ("Korte", "gewone", "gegevens"),
    "fr": ("courtes", "banales", "Données"),
    "en": ("Short", "everyday", "details"),
    "de": ("Kurze", "alltägliche", "Angaben"),
    "ar": ("قصيرة", "شائعة", "بيانات"),
}


def test_the_receipt_says_of_what_it_did_not_search_that_it_is_short_or_ordinary(
    shown: Shown,
) -> None:
    # given what is counted: too few letters, or words that the machine held before the visit
    said = shown.say("receipt", "not-searchable")
    # then both causes are said, and of what, in few words
    assert [] == [w for w in SHORT_OR_ORDINARY[shown.words.locale] if w not in said]
    assert len(said.split()) <= 6


@pytest.mark.parametrize("fate", JobFate)
@pytest.mark.parametrize("level", PrinterLevel)
def test_what_became_of_a_job_is_said_the_same_whatever_the_printer_says_now(
    shown: Shown, fate: JobFate, level: PrinterLevel
) -> None:
    text = shown.text("printer-trouble-other", PrinterTroubleBody(PrinterStatus(level), fate))
    assert [fate] == [other for other in JobFate if shown.say("job", other.value) in text]


@pytest.mark.parametrize("reason", Reason)
def test_only_a_job_that_waits_goes_on_by_itself(shown: Shown, reason: Reason) -> None:
    # given what the machine does: it goes on by itself while a job waits, and nowhere else
    by_itself = shown.say("printing", "goes-on")
    retry = shown.say("printer-trouble", "then-retry", retry=shown.say("printer-trouble", "retry"))
    bodies: dict[str, Callable[[PrinterStatus], Body]] = {
        "printing": lambda printer: PrintingBody(4, 2, printer),
        "preview": lambda printer: PreviewBody("", 1, 1, (), printer, 10),
        "printer-trouble-other": lambda printer: PrinterTroubleBody(printer, JobFate.OPEN),
    }
    for sample, body in bodies.items():
        for level in (PrinterLevel.STOPPED, PrinterLevel.WARNING):
            # when
            text = shown.text(sample, body(PrinterStatus(level, frozenset({reason}))))
            # then
            is_stopped = level is PrinterLevel.STOPPED
            assert (is_stopped and sample == "printing") == (by_itself in text), (sample, level)
            assert (is_stopped and sample.startswith("printer")) == (retry in text), (sample, level)


@pytest.mark.parametrize("keys", [("none",), ("eid",), ("eid", "itsme")])
def test_where_nothing_is_needed_nobody_is_asked_whether_they_have_it(
    shown: Shown, keys: tuple[str, ...]
) -> None:
    requires = tuple(Choice(key, "") for key in keys)
    text = shown.text("prepare", PrepareBody("", ChannelKind.PAPER, requires, "Het kan anders."))
    needs_nothing = keys == ("none",)
    assert needs_nothing == (shown.say("requirement", "none") in text)
    assert needs_nothing != (shown.say("prepare", "without") in text)
    enough = {shown.say("prepare", id) for id in ("this", "one-of")}
    assert needs_nothing == (not any(words in text for words in enough))
    assert "Het kan anders." in text


@pytest.mark.parametrize(
    ("label", "value"),
    [
        ("number", "00800 555 0142 (PROEF)"),
        ("url", "bus.example/kaart-2"),
        ("where", "Proefstraat 12, 1000 Nergens"),
    ],
)
def test_a_fact_that_is_no_sentence_keeps_its_order_as_a_whole_in_an_arabic_screen(
    label: str, value: str
) -> None:
    body = PrepareBody("", ChannelKind.PHONE, (), "", facts=(Fact(label, value),))
    assert f"<dd>\u2066{value}\u2069 <" in Shown("ar").page("prepare", body)


def test_neighbours_on_an_arabic_screen_keep_the_order_they_are_said_in() -> None:
    said = "عنواني: \u20661000\u2069 \u2066Nergens\u2069"
    body = PrepareBody("", ChannelKind.PHONE, (), "", facts=(Fact("where", said),))
    assert "\u20661000 Nergens\u2069" in Shown("ar").page("prepare", body)


def test_nobody_is_told_to_need_nothing_beside_what_is_to_be_brought(shown: Shown) -> None:
    # given
    body = PrepareBody("", ChannelKind.COUNTER, (Choice("none", ""),), "")
    to_bring = replace(body, facts=(Fact("where", "daar"), Fact("bring", "een papier")))
    nothing, here = shown.say("requirement", "none"), shown.say("prepare", "nothing-here")
    # then
    text = shown.text("prepare", to_bring)
    assert nothing not in text
    assert here in text
    assert shown.say("fact", "bring") in text
    text = shown.text("prepare", replace(body, facts=(Fact("where", "daar"),)))
    assert nothing in text
    assert here not in text


@pytest.mark.parametrize("exists", [True, False, None])
def test_four_ways_are_called_good_only_where_all_four_are_there(
    shown: Shown, exists: bool | None
) -> None:
    kinds = [ChannelChoice(kind, "", exists=True, is_checked=False) for kind in ChannelKind]
    kinds[-1] = replace(kinds[-1], exists=exists)
    text = shown.text("task", TaskBody("Een taak", tuple(kinds), 5, "public"))
    assert (exists is True) == (shown.say("task", "lead", title="Een taak") in text)
    assert shown.say("task", "lead-fewer", title="Een taak") in text
