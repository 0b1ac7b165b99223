"""A visit without hardware: the real controller, content and papers, with parts played by hand."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any, TypeVar

from device.card.status import CardFinding, ReaderLevel, ReaderStatus
from device.doctor.report import Finding, Report
from device.printer.status import PrinterLevel, PrinterStatus
from kiosk.clock import HandClock
from kiosk.config import HelperProfile, HouseRules, PlaceProfile, PlaceSection
from kiosk.controller import Controller
from kiosk.documents.builder import Builder, Paper
from kiosk.documents.model import AnyPaper
from kiosk.i18n import I18n
from kiosk.memory import PrintWork
from kiosk.papers import PaperMaker
from kiosk.permanence import Permanence
from kiosk.screens import AskBody, Receipt, Screen, StepBody
from kiosk.showing import Showing
from kiosk.tasks.loader import Content, load_content
from kiosk.tasks.vocabulary import InputKind
from kiosk.visit import State
from kiosk.wipe.notebook import Notebook, create_notebook
from kiosk.wipe.traces import read_traces

B = TypeVar("B")

READY = PrinterStatus(PrinterLevel.READY, frozenset())
LANGUAGES = ("nl", "fr", "en", "de", "ar")
INVENTED = {
    "surname": "Testmans",
    "first_names": "Odette Proef",
    "birth_date": "1950-02-03",
    "birth_place": "Nergenshuizen",
    "street": "Proefstraat 12",
    "postal_code": "1000",
    "municipality": "Brussel",
}


def profile(languages: tuple[str, ...] = LANGUAGES, **house: Any) -> PlaceProfile:
    """Return an invented place."""
    return PlaceProfile(
        place=PlaceSection("proef", "Wassalon Proef", languages, kind="mobile"),
        house=HouseRules(**house),
        helpers=(HelperProfile("employee", ""),),
    )


_MAX_TAPS = 40
_ONWARD = {
    State.PREPARE: "go",
    State.SITE: "go",
    State.STEPS: "go",
    State.REVIEW: "review-ok",
    State.PREVIEW: "print",
    State.TAKE_PAPERS: "came-out",
    State.REFER: "refer-next",
    State.PROOF: "proof-skip",
}


def _answer(ask: AskBody, typed: str, *, last: bool) -> str:
    if ask.choices:
        return ask.choices[-1 if last else 0].id
    if ask.kind == InputKind.YES_NO.value:
        return "no" if last else "yes"
    return typed


class Kept(Builder):
    """A builder that keeps what it was given to set."""

    def __init__(self) -> None:
        super().__init__()
        self.papers: list[AnyPaper] = []

    def build(self, paper: AnyPaper) -> Paper:
        self.papers.append(paper)
        return super().build(paper)


class ToldLink:
    """A line to a keeper that writes down what it is told."""

    def __init__(self) -> None:
        self.told: list[dict[str, Any]] = []

    def send(self, message: dict[str, Any], fds: tuple[int, ...] = ()) -> None:
        self.told.append(message)

    def last(self, do: str) -> dict[str, Any] | None:
        """Return the last message of a kind."""
        return next((m for m in reversed(self.told) if m["do"] == do), None)


class HandCard:
    """A card line that reads what the test says."""

    def __init__(self) -> None:
        self.fault: CardFinding | None = None
        self.card_id = "card-one"
        self.expected = ""
        self.hears: Any = None
        self.fields: tuple[str, ...] = ()
        self.asked: list[tuple[str, ...]] = []
        self.cancelled = 0
        self.claims = 0

    def claim(self) -> None:
        self.claims += 1

    def prepare(self) -> None:
        pass

    def cancel(self) -> None:
        self.cancelled += 1

    def read(self, fields: tuple[str, ...], card_id: str, hears: Any) -> None:
        self.fields, self.expected, self.hears = fields, card_id, hears
        self.asked.append(fields)

    def answers(self) -> None:
        """Let the reading end."""
        if self.fault in (None, CardFinding.REMOVED, CardFinding.ALTERED):
            self.hears.card_met(self.card_id)
        if self.fault is not None:
            self.hears.card_failed(self.fault, lambda: True)
        else:
            values = {field: INVENTED[field] for field in self.fields}
            self.hears.card_read(values, self.card_id, "development")

    def compare(self, card_id: str, then: Callable[[bool], None]) -> None:
        then(card_id == self.card_id)


class HandDoctor:
    """A doctor who finds what the test says, when it says so."""

    def __init__(self) -> None:
        self.hears: Any = None
        self.asked = 0
        self.cancelled = 0

    def examine(self, hears: Any) -> None:
        self.hears = hears
        self.asked += 1

    def cancel(self) -> None:
        self.cancelled += 1

    def finds(self, *wrong: Finding) -> None:
        """Let the examination end with these findings."""
        self.hears.examined(Report(wrong), lambda: True)


class HandPrinter:
    """A print line that prints when the test says."""

    def __init__(self) -> None:
        self.works: list[PrintWork] = []
        self.hears: Any = None
        self.cancelled = 0

    def print(self, work: PrintWork, deadline_s: float, hears: Any) -> None:
        self.works.append(work)
        self.hears = hears

    def cancel(self) -> None:
        self.cancelled += 1

    def finishes(self) -> None:
        """Let the job come out."""
        self.hears.job_ended(is_done=True, status=READY)

    def fails(self, status: PrinterStatus) -> None:
        """Let the job fail."""
        self.hears.job_ended(is_done=False, status=status)


class NoSites:
    """No official site."""

    def expect_documents(self, hears: Any) -> None:
        pass


class NotedVoice:
    """A voice that nobody hears; what it would say is noted."""

    def __init__(self) -> None:
        self.said: list[tuple[str, str]] = []

    def can_speak(self, locale: str) -> bool:
        return False

    def say(self, text: str, locale: str) -> None:
        self.said.append((locale, text))


class Visit:
    """One visit and whoever taps in it."""

    def __init__(
        self,
        content: Content | None = None,
        builder: Builder | None = None,
        locale: str = "nl",
        languages: tuple[str, ...] = LANGUAGES,
        is_practice_site: bool = False,
        **house: Any,
    ) -> None:
        self.profile = profile(languages, **house)
        self.content = content or load_content()
        self.clock = HandClock()
        self.link, self.card, self.printer = ToldLink(), HandCard(), HandPrinter()
        self.doctor = HandDoctor()
        self.voice = NotedVoice()
        self.locale = locale
        self.notes = create_notebook()
        self.watcher: Callable[[Screen], None] | None = None
        showing = Showing(self.profile, self.content)
        self.papers = PaperMaker(
            self.profile,
            builder or Builder(),
            I18n(),
            showing.places,
            self.content.glossary,
            self.content.municipalities,
        )
        played: dict[str, Any] = {
            "link": self.link,
            "card": self.card,
            "doctor": self.doctor,
            "printer": self.printer,
            "sites": NoSites(),
            "speech": self.voice,
        }
        self.controller = Controller(
            profile=self.profile,
            content=self.content,
            clock=self.clock,
            papers=self.papers,
            is_practice_site=is_practice_site,
            **played,
        )
        self.controller.printer_changed(READY)

    def opens(self, receipt: Receipt | None = None) -> Visit:
        """Begin with an open permanence, at the welcome (or the receipt)."""
        self.controller.begin(
            notebook=Notebook(self.notes),
            canary="",
            permanence=Permanence("employee", "Ines", "2026-01-05", date_is_confirmed=True),
            receipt=receipt,
            locale=self.locale,
            today="2026-01-05",
        )
        return self

    @property
    def screen(self) -> Screen:
        """Return what is to be seen."""
        screen = self.controller.screen()
        if self.watcher is not None:
            self.watcher(screen)
        return screen

    def body(self, kind: type[B]) -> B:
        """Return the middle of the screen, which is of this kind."""
        body = self.screen.body
        assert isinstance(body, kind), body
        return body

    @property
    def ask(self) -> AskBody | None:
        """Return what this step of the task asks, None when it only shows."""
        return self.body(StepBody).ask

    @property
    def state(self) -> State:
        """Return where the visit stands."""
        return self.controller.memory.state

    def taps(self, action: str, **form: str) -> Screen:
        """Tap, as the page that is shown now."""
        screen = self.screen
        self.controller.act(action, visit=screen.visit, turn=screen.turn, form=form)
        return self.screen

    def goes_on(self, typed: str = "Proef", *, last: bool = False) -> None:
        """Tap what leads on from here: the first answer (or the last), or `typed`.

        Raises AssertionError where nothing leads on: before the task, and at its end.
        """
        match self.state:
            case State.CONSENT:
                self.taps("consent-yes")
            case State.READING:
                self.reader(ReaderLevel.CARD)
                self.card.answers()
            case State.STEPS if self.ask is not None:
                self.taps("answer", value=_answer(self.ask, typed, last=last))
            case State.PRINTING:
                self.printer.finishes()
            case State.TEACH_BACK:
                self.taps("teach-back", value="understood")
            case state if state in _ONWARD:
                self.taps(_ONWARD[state])
            case other:
                raise AssertionError(other)

    def goes_to(self, wanted: State, *, need: str = "papers") -> None:
        """Open, and walk through the letter of a need, with a card, until `wanted`."""
        self.opens()
        self.taps("choose-language", code=self.locale)
        for _ in range(_MAX_TAPS):
            match self.state:
                case state if state is wanted:
                    return
                case State.NEED:
                    self.taps("choose-need", id=need)
                case State.TASK:
                    self.taps("choose-channel", id="paper")
                case _:
                    self.goes_on()
        raise AssertionError(f"never at {wanted}, but at {self.state}")

    def reader(self, level: ReaderLevel) -> None:
        """Move the reader's level."""
        self.controller.reader_changed(ReaderStatus(level, "Reader"))

    def traces(self) -> set[str]:
        """Return what was noted for the wipe."""
        return {trace.text for trace in read_traces(self.notes)}

    def close(self) -> None:
        """Give the notebook back."""
        os.close(self.notes)
