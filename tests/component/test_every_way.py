"""Every task, every channel, every language: walked through the controller to its good end."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from device.printer.status import PrinterLevel, PrinterStatus, Reason
from kiosk.documents.builder import Builder
from kiosk.screens import PreviewBody, StepBody
from kiosk.tasks.loader import Content, load_content
from kiosk.tasks.model import ChannelKind, Exists, InputKind, Task
from kiosk.visit import State
from tests.driving.visiting import LANGUAGES, READY, Visit

CONTENT = load_content()
MAX_TAPS = 120
MOST_CHOICES = 6
STOPPED = PrinterStatus(PrinterLevel.STOPPED, frozenset({Reason.MEDIA_EMPTY}))
TOLD = {
    "household-composition": "to_counter",
    "address-change": "to_counter",
    "wallet-card": "ask_on_paper",
}
Way = Callable[[Visit], None]
TYPED = {
    InputKind.DATE: "03/02/2026",
    InputKind.TIME: "14:30",
    InputKind.POSTAL_CODE: "1000",
    InputKind.AMOUNT: "12,50",
    InputKind.PHONE: "0000",
    InputKind.YES_NO: "yes",
}


def ways() -> list[tuple[str, ChannelKind]]:
    return [
        (task.id, kind)
        for task in CONTENT.tasks.values()
        for kind, channel in task.channels.items()
        if channel.exists is not Exists.NO
    ]


def walk(visit: Visit, task: Task, channel: ChannelKind, *, with_card: bool, last: bool) -> None:
    """Tap through to the goodbye."""
    visit.taps("choose-language", code=visit.locale)
    visit.taps("choose-need", id=task.need)
    if visit.state is State.TASKS:
        visit.taps("choose-task", id=task.id)
    visit.taps("choose-channel", id=channel.value)
    for _ in range(MAX_TAPS):
        ask = visit.ask if visit.state is State.STEPS else None
        match visit.state:
            case State.CONSENT if not with_card:
                visit.taps("consent-no")
            case State.PROOF if not visit.controller.memory.papers:
                visit.taps("proof-print")
            case State.GOODBYE:
                return
            case _:
                typed = TYPED.get(InputKind(ask.kind), "Proef äé ش") if ask else ""
                visit.goes_on(typed, last=last)
    raise AssertionError(f"no end after {MAX_TAPS} taps, in {visit.state}")


@pytest.mark.parametrize("locale", LANGUAGES)
@pytest.mark.parametrize(("task_id", "channel"), ways())
def test_every_way_of_every_task_ends_well(
    builder: Builder, locale: str, task_id: str, channel: ChannelKind
) -> None:
    for with_card, last in ((True, False), (False, True)):
        # given
        visit = Visit(CONTENT, builder, locale).opens()
        # when
        walk(visit, CONTENT.tasks[task_id], channel, with_card=with_card, last=last)
        # then
        assert visit.state is State.GOODBYE
        row = visit.link.last("row")
        assert row is not None
        assert row["row"]["outcome"] in {"done", "referred", "postponed_technical"}
        visit.close()


def leaves_it(visit: Visit) -> None:
    """Pass a paper without printing it."""
    visit.taps("print-skip")


def prints_in_vain(visit: Visit) -> None:
    """Print, and see that nothing comes."""
    visit.taps("print")
    if visit.state is State.PRINTING:
        visit.printer.fails(STOPPED)
    visit.taps("print-skip")


def prints(visit: Visit) -> None:
    """Print, and take the paper."""
    visit.taps("print")
    visit.printer.finishes()
    visit.taps("came-out")


def shown_after_paper(
    visit: Visit, task: Task, channel: ChannelKind, at_a_paper: Way, choice: int, *, typed: str
) -> set[str]:
    """Walk to the end; return the steps that showed or asked something after the first paper.

    choice: which answer is taken of those that there are; typed: "" skips what can be skipped.
    """
    visit.taps("choose-language", code=visit.locale)
    visit.taps("choose-need", id=task.need)
    if visit.state is State.TASKS:
        visit.taps("choose-task", id=task.id)
    visit.taps("choose-channel", id=channel.value)
    shown: set[str] = set()
    is_past_paper = False
    for _ in range(MAX_TAPS):
        match visit.state:
            case State.GOODBYE:
                return shown
            case State.CONSENT:
                visit.taps("consent-no")
            case State.PREVIEW:
                at_a_paper(visit)
                is_past_paper = True
            case State.STEPS:
                walk = visit.controller.memory.walk
                step = walk.step(visit.controller.memory.answers) if walk else None
                assert step is not None
                if is_past_paper:
                    shown.add(step.id)
                ask = visit.ask
                if ask is not None and ask.choices:
                    visit.taps("answer", value=ask.choices[choice % len(ask.choices)].id)
                elif ask is not None and ask.is_optional and not typed:
                    visit.taps("skip")
                else:
                    visit.goes_on(TYPED.get(InputKind(ask.kind), typed) if ask else "")
            case _:
                visit.goes_on()
    raise AssertionError(f"no end after {MAX_TAPS} taps, in {visit.state}")


@pytest.mark.parametrize("typed", ["Proef", ""], ids=["typed", "nothing-typed"])
@pytest.mark.parametrize("at_a_paper", [leaves_it, prints_in_vain])
@pytest.mark.parametrize(("task_id", "channel"), ways())
def test_no_step_speaks_of_a_paper_that_nobody_has(
    builder: Builder, task_id: str, channel: ChannelKind, at_a_paper: Way, typed: str
) -> None:
    for choice in range(MOST_CHOICES):
        visit = Visit(CONTENT, builder).opens()

        shown = shown_after_paper(
            visit, CONTENT.tasks[task_id], channel, at_a_paper, choice, typed=typed
        )

        assert shown == set()
        assert visit.controller.memory.papers == 0
        visit.close()


def test_who_has_a_paper_is_told_what_to_do_with_it(builder: Builder) -> None:
    shown: set[str] = set()
    for task_id, channel in ways():
        visit = Visit(CONTENT, builder).opens()
        shown |= shown_after_paper(visit, CONTENT.tasks[task_id], channel, prints, 0, typed="Proef")
        visit.close()

    assert {"sign_letter", "add_copies", "send_registered", "cut_and_cover"} == shown


@pytest.mark.parametrize("locale", LANGUAGES)
@pytest.mark.parametrize("choice", range(3), ids=["contacts", "appointment", "words"])
def test_a_card_with_nothing_on_it_is_said_and_can_still_be_filled_in(
    builder: Builder, locale: str, choice: int
) -> None:
    # given somebody who skips every question of a card
    visit = Visit(CONTENT, builder, locale).opens()
    goes_to_an_empty_card(visit, choice)
    # then there is no paper to be printed
    memory = visit.controller.memory
    assert visit.body(PreviewBody).pages == 0
    visit.taps("print")
    assert visit.state is State.PREVIEW
    # when they would rather fill something in
    visit.taps("fill-in")
    # then the first question of that card is asked
    assert visit.state is State.STEPS
    assert visit.ask is not None
    first = visit.ask.key
    assert first in {"first_contact_name", "appointment_with", "card_text"}
    visit.taps("answer", value="Proef")
    while visit.state is State.STEPS:
        visit.taps("skip" if visit.ask is not None else "go")
    assert visit.body(PreviewBody).pages == 1
    prints(visit)
    assert memory.walk is not None
    step = memory.walk.step(memory.answers)
    assert step is not None
    assert step.id == "cut_and_cover"
    visit.close()


@pytest.mark.parametrize("printer", [READY, STOPPED])
@pytest.mark.parametrize("choice", range(3), ids=["contacts", "appointment", "words"])
def test_who_wants_nothing_on_a_card_wanted_no_card(
    builder: Builder, choice: int, printer: PrinterStatus
) -> None:
    # given
    visit = Visit(CONTENT, builder).opens()
    goes_to_an_empty_card(visit, choice)
    visit.controller.printer_changed(printer)
    # when
    visit.taps("print-skip")
    visit.controller.printer_changed(READY)
    while visit.state is not State.GOODBYE:
        visit.goes_on()
    # then nothing technical failed
    row = visit.link.last("row")
    assert row is not None
    assert row["row"]["outcome"] == "refused_by_resident"
    visit.close()


def goes_to_an_empty_card(visit: Visit, choice: int) -> None:
    """Choose a kind of card, and skip all that it asks."""
    visit.taps("choose-language", code=visit.locale)
    visit.taps("choose-need", id=CONTENT.tasks["wallet-card"].need)
    if visit.state is State.TASKS:
        visit.taps("choose-task", id="wallet-card")
    visit.taps("choose-channel", id="paper")
    visit.taps("go")
    assert visit.ask is not None
    visit.taps("answer", value=visit.ask.choices[choice].id)
    while visit.state is State.STEPS:
        visit.taps("skip" if visit.ask is not None else "go")
    assert visit.state is State.PREVIEW


@pytest.mark.parametrize("locale", LANGUAGES)
@pytest.mark.parametrize("task_id", ["household-composition", "address-change", "wallet-card"])
@pytest.mark.parametrize("key", ["", "none"], ids=["skipped", "no key"])
def test_who_logs_in_with_nothing_is_told_which_way_it_goes(
    builder: Builder, locale: str, task_id: str, key: str
) -> None:
    # given
    visit = Visit(CONTENT, builder, locale).opens()
    task = CONTENT.tasks[task_id]
    visit.taps("choose-language", code=locale)
    visit.taps("choose-need", id=task.need)
    if visit.state is State.TASKS:
        visit.taps("choose-task", id=task_id)
    visit.taps("choose-channel", id="online")
    visit.taps("go")
    while visit.ask is None or visit.ask.key != "login_key":
        visit.taps("skip" if visit.ask is not None else "go")
    # when
    visit.taps(*(("answer",) if key else ("skip",)), value=key)
    # then the way is said, and only then its paper comes
    told = visit.body(StepBody)
    assert (told.kind, told.picture) == ("show", "counter")
    assert told.title == task.step(TOLD[task_id]).title[locale]
    visit.taps("go")
    assert visit.state is State.PREVIEW
    visit.close()


def test_from_welcome_to_the_first_step_are_at_most_six_taps(visit: Visit) -> None:
    for task_id, channel in ways():
        task = CONTENT.tasks[task_id]
        visit = Visit(CONTENT, Builder()).opens()
        taps = ["choose-language", "choose-need"]
        visit.taps("choose-language", code="nl")
        visit.taps("choose-need", id=task.need)
        if visit.state is State.TASKS:
            visit.taps("choose-task", id=task.id)
            taps.append("choose-task")
        visit.taps("choose-channel", id=channel.value)
        visit.taps("go")
        taps += ["choose-channel", "go"]
        assert visit.state in {State.CONSENT, State.STEPS, State.SITE, State.PREVIEW}
        assert len(taps) <= 6
        visit.close()


def test_content_is_there(visit: Visit) -> None:
    assert isinstance(visit.content, Content)
    assert len(visit.content.tasks) >= 5
