"""Every task, every channel, every language: walked through the controller to its good end."""

from __future__ import annotations

import pytest

from kiosk.documents.builder import Builder
from kiosk.tasks.loader import Content, load_content
from kiosk.tasks.model import ChannelKind, Exists, InputKind, Task
from kiosk.visit import State
from tests.driving.visiting import LANGUAGES, Visit

CONTENT = load_content()
MAX_TAPS = 120
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
