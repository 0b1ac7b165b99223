"""What a screen says of how far somebody is never falls back, and the way never grows."""

from __future__ import annotations

from itertools import pairwise

import pytest

from kiosk.documents.builder import Builder
from kiosk.screens import Screen
from kiosk.tasks.engine import STAGES
from kiosk.tasks.loader import load_content
from kiosk.tasks.model import ChannelKind, Exists
from kiosk.visit import State
from tests.driving.visiting import Visit

CONTENT = load_content()
WAYS = [
    (task.id, kind)
    for task in CONTENT.tasks.values()
    for kind, channel in task.channels.items()
    if channel.exists is not Exists.NO
]
MAX_TAPS = 80


@pytest.fixture(scope="module")
def builder() -> Builder:
    return Builder()


@pytest.mark.parametrize("with_card", [True, False], ids=["card", "by-hand"])
@pytest.mark.parametrize(("task_id", "channel"), WAYS)
def test_nobody_is_thrown_back_on_the_way_to_the_end(
    builder: Builder, task_id: str, channel: ChannelKind, with_card: bool
) -> None:
    # given
    visit, task = Visit(CONTENT, builder).opens(), CONTENT.tasks[task_id]
    visit.taps("choose-language", code="nl")
    visit.taps("choose-need", id=task.need)
    if visit.state is State.TASKS:
        visit.taps("choose-task", id=task_id)
    visit.taps("choose-channel", id=channel.value)
    seen: list[tuple[int, int]] = []

    def look(screen: Screen) -> None:
        if screen.total:
            seen.append((screen.position, screen.total))

    visit.watcher = look
    # when
    for _ in range(MAX_TAPS):
        if visit.state is State.GOODBYE:
            break
        if visit.state is State.SITE:
            # A site that gives nothing is gone back to: that is no way on.
            visit.controller.site_gave(None, 0, "", "https://example.be/1")
        if visit.state is State.CONSENT and not with_card:
            visit.taps("consent-no")
        else:
            ask = visit.ask if visit.state is State.STEPS else None
            is_date = ask is not None and ask.kind == "date"
            visit.goes_on("01/02/2026" if is_date else "1000", last=not with_card)
    # then
    assert visit.state is State.GOODBYE
    assert {seen[0][1]} == {total for _, total in seen}
    assert seen[0][1] <= STAGES
    assert all(before <= after for before, after in pairwise(position for position, _ in seen))
    assert (seen[0][0], seen[-1][0]) == (1, seen[-1][1])
    visit.close()
