"""Walking a task: every path ends, going back undoes going forward, every step is reached."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kiosk.tasks.engine import STAGES, MissingChannel, Walk, begin
from kiosk.tasks.loader import Content, load_content
from kiosk.tasks.model import Task, answer_values
from kiosk.tasks.paths import longest
from kiosk.tasks.vocabulary import UNANSWERED, ChannelKind, Exists, Outcome, StepKind
from tests.unit.tasks.pack import Pack

CONTENT = load_content()


@pytest.fixture
def content(tmp_path: Path) -> Content:
    return Pack(tmp_path).load()


@st.composite
def walks(draw: st.DrawFn) -> tuple[Task, ChannelKind, dict[str, str]]:
    """Any shipped task, any channel it has, any answers, also none and stale ones."""
    task = draw(st.sampled_from(list(CONTENT.tasks.values())))
    offered = [kind for kind, channel in task.channels.items() if channel.exists is not Exists.NO]
    answers: dict[str, str] = {}
    for step in task.steps:
        for key, values in answer_values(step).items():
            written = draw(st.sampled_from(["", UNANSWERED, *sorted(values or {"words"})]))
            if written != UNANSWERED:
                answers[key] = written
    return task, draw(st.sampled_from(offered)), answers


def stations(walk: Walk, answers: Mapping[str, str]) -> list[Walk]:
    """Walk to the end; a walk that takes more steps than the task has never ends."""
    found: list[Walk] = []
    for _ in range(len(walk.task.steps) + 1):
        if walk.step(answers) is None:
            return found
        found.append(walk)
        walk = walk.forward(answers)
    raise AssertionError(f"{walk.task.id} on {walk.channel} does not end")


@settings(max_examples=300)
@given(walks())
def test_every_path_ends_with_a_person_or_a_paper_and_an_outcome(
    chosen: tuple[Task, ChannelKind, dict[str, str]],
) -> None:
    task, channel, answers = chosen

    path = stations(begin(task, channel), answers)
    kinds = {step.kind for walk in path if (step := walk.step(answers))}

    assert kinds & {StepKind.PRINT, StepKind.REFER}
    assert path[-1].forward(answers).outcome(answers) in {
        Outcome.DONE,
        Outcome.REFERRED,
        Outcome.POSTPONED_TECHNICAL,
    }


@settings(max_examples=200)
@given(walks())
def test_back_undoes_forward(chosen: tuple[Task, ChannelKind, dict[str, str]]) -> None:
    task, channel, answers = chosen
    path = stations(begin(task, channel), answers)

    for walk in path:
        onward = walk.forward(answers)
        returned = onward.back(answers)
        assert returned is not None
        assert walk.step(answers) == returned.step(answers)
    assert path[0].back(answers) is None


@settings(max_examples=200)
@given(walks())
def test_who_goes_on_never_falls_back_and_the_way_never_grows(
    chosen: tuple[Task, ChannelKind, dict[str, str]],
) -> None:
    # given somebody who answers one step after the other
    task, channel, answers = chosen
    path = stations(begin(task, channel), answers)
    seen, given_so_far = [], dict[str, str]()
    # when
    for walk in path:
        seen.append(walk.position(given_so_far))
        step = walk.step(answers)
        assert step is not None
        given_so_far |= {key: answers[key] for key in answer_values(step) if key in answers}
    seen.append(path[-1].forward(answers).position(answers))
    # then
    stages, totals = zip(*seen, strict=True)
    assert len(set(totals)) == 1
    assert 1 <= totals[0] <= STAGES
    assert list(stages) == sorted(stages)
    assert stages[0] == 1
    assert (totals[0], totals[0]) == seen[-1] == seen[-2]


@settings(max_examples=200)
@given(walks())
def test_what_is_answered_ahead_does_not_move_where_somebody_stands(
    chosen: tuple[Task, ChannelKind, dict[str, str]],
) -> None:
    task, channel, answers = chosen
    for walk in stations(begin(task, channel), answers):
        behind = {
            key: answers[key]
            for step in task.steps[: walk.index]
            for key in answer_values(step)
            if key in answers
        }
        assert walk.position(answers) == walk.position(behind)


@settings(max_examples=200)
@given(walks())
def test_no_way_is_longer_than_the_longest(
    chosen: tuple[Task, ChannelKind, dict[str, str]],
) -> None:
    task, channel, answers = chosen
    assert len(stations(begin(task, channel), answers)) <= longest(task, channel, 0, {})


def test_the_longest_way_is_one_that_can_be_walked(content: Content) -> None:
    task = content.tasks["small-task"]
    by_hand = stations(begin(task, ChannelKind.PAPER), {"card": "by_hand"})
    assert len(by_hand) == longest(task, ChannelKind.PAPER, 0, {})
    # Once the card was read, the step for the hand is gone.
    after_card = task.steps.index(task.step("surname"))
    known = {"letter_language": "nl"}
    read, typed = ({**known, "card": value} for value in ("read", "by_hand"))
    assert 1 == longest(task, ChannelKind.PAPER, after_card, typed) - longest(
        task, ChannelKind.PAPER, after_card, read
    )


def test_a_short_way_has_as_many_stages_as_steps(content: Content) -> None:
    task = content.tasks["small-task"]
    answers = {"card": "by_hand"}
    path = stations(begin(task, ChannelKind.PAPER), answers)
    assert len(path) <= STAGES
    assert [(i + 1, len(path)) for i in range(len(path))] == [w.position(answers) for w in path]


@settings(max_examples=200)
@given(walks(), st.data())
def test_an_answer_never_changes_the_way_behind(
    chosen: tuple[Task, ChannelKind, dict[str, str]], data: st.DataObject
) -> None:
    # given: somewhere on the way
    task, channel, answers = chosen
    path = stations(begin(task, channel), answers)
    at = data.draw(st.integers(0, len(path) - 1))
    step = path[at].step(answers)
    assert step is not None

    # when: the step there is answered otherwise
    changed = dict(answers)
    for key, values in answer_values(step).items():
        changed[key] = data.draw(st.sampled_from(["", *sorted(values or {"other words"})]))

    # then
    behind = [walk.step(answers) for walk in path[: at + 1]]
    assert behind == [walk.step(changed) for walk in path[: at + 1]]


def test_a_step_of_another_channel_is_not_there(content: Content) -> None:
    task = content.tasks["small-task"]

    on_paper = [w.step({}) for w in stations(begin(task, ChannelKind.PAPER), {})]
    online = [w.step({}) for w in stations(begin(task, ChannelKind.ONLINE), {})]

    assert task.step("look") not in on_paper
    assert task.step("look") in online


def test_a_read_card_asks_nothing_by_hand(content: Content) -> None:
    task = content.tasks["small-task"]
    read = {"card": "read", "surname": "Peeters"}

    steps = [w.step(read) for w in stations(begin(task, ChannelKind.PAPER), read)]

    assert task.step("surname") not in steps


@pytest.mark.parametrize("answers", [{}, {"card": ""}, {"card": "by_hand"}])
def test_a_card_nobody_put_in_is_asked_by_hand(content: Content, answers: dict[str, str]) -> None:
    task = content.tasks["small-task"]

    steps = [w.step(answers) for w in stations(begin(task, ChannelKind.PAPER), answers)]

    assert task.step("surname") in steps


def test_moving_gives_a_new_walk_and_leaves_the_old_one(content: Content) -> None:
    walk = begin(content.tasks["small-task"], ChannelKind.COUNTER)

    walk.forward({})

    assert begin(content.tasks["small-task"], ChannelKind.COUNTER) == walk


def test_past_the_end_there_is_nothing_and_forward_stays(content: Content) -> None:
    walk = begin(content.tasks["small-task"], ChannelKind.COUNTER)
    for _ in range(20):
        walk = walk.forward({})

    assert walk.step({}) is None
    assert walk == walk.forward({})


def test_the_outcome_counts_only_once_its_step_is_done(content: Content) -> None:
    task = content.tasks["small-task"]
    walk = begin(task, ChannelKind.COUNTER)
    while walk.step({}) != task.step("print_letter"):
        walk = walk.forward({})

    assert walk.outcome({}) is None
    assert walk.forward({}).outcome({}) == Outcome.DONE


def test_a_missing_channel_names_the_others(content: Content) -> None:
    with pytest.raises(MissingChannel) as caught:
        begin(content.tasks["small-task"], ChannelKind.PHONE)

    assert caught.value.others == (ChannelKind.COUNTER, ChannelKind.PAPER, ChannelKind.ONLINE)


def test_an_answer_to_a_question_that_is_gone_counts_no_more() -> None:
    # given: someone logged in and succeeded, then went back and has no key after all
    task = CONTENT.tasks["household-composition"]
    answers = {"login_key": "none", "online_done": "yes", "reference": "AB-12"}

    # when
    walk = begin(task, ChannelKind.ONLINE)
    steps = [w.step(answers) for w in stations(walk, answers)]

    # then
    assert task.step("print_proof") not in steps
    assert task.step("other_way_without_key") in steps
    assert walk.said(answers) == {"login_key": "none"}
