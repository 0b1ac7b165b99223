"""The table of the visit: total, ending from everywhere, nothing hidden behind the wipe."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.visit import (
    ENDINGS,
    OVER_STATES,
    TRANSITIONS,
    VISIT_STATES,
    Event,
    State,
    is_visit,
    next_state,
)


def by_name(states: Iterable[State]) -> list[State]:
    """Sort states: a set has another order in each process that shares the tests."""
    return sorted(states, key=lambda state: state.value)


WIPE_WORDS = {Event.WIPED, Event.WIPED_UNOPENED, Event.TRACE_FOUND}


def test_every_state_answers_every_event() -> None:
    for state in State:
        for event in Event:
            assert next_state(state, event) in {*State, None}


@given(st.lists(st.sampled_from(Event), max_size=60))
def test_any_row_of_events_leaves_a_state_that_can_still_be_left(events: list[Event]) -> None:
    # given
    state = State.WIPING
    # when
    for event in events:
        state = next_state(state, event) or state
    # then
    assert any(target is not state for target in TRANSITIONS[state].values())


@pytest.mark.parametrize("state", by_name(VISIT_STATES))
@pytest.mark.parametrize("ending", ENDINGS)
def test_every_ending_ends_every_state_of_a_visit(state: State, ending: Event) -> None:
    assert next_state(state, ending) is State.ENDING


@pytest.mark.parametrize("state", by_name(OVER_STATES))
def test_only_the_wipe_opens_the_machine_again(state: State) -> None:
    for event, target in TRANSITIONS[state].items():
        if target not in OVER_STATES:
            assert event in WIPE_WORDS


def test_no_event_leads_out_of_a_visit_but_through_its_end() -> None:
    for state in VISIT_STATES:
        outside = {t for t in TRANSITIONS[state].values() if not is_visit(t)} - OVER_STATES
        # The languages can be looked at before anything is known: the welcome is behind them.
        assert outside <= ({State.WELCOME} if state is State.LANGUAGE else set())


def test_every_state_can_be_reached() -> None:
    reached, new = {State.WIPING}, {State.WIPING}
    while new:
        new = {t for s in new for t in TRANSITIONS[s].values()} - reached
        reached |= new
    assert set(State) == reached


@pytest.mark.parametrize("state", by_name(VISIT_STATES))
def test_a_visit_can_always_reach_a_good_end(state: State) -> None:
    """From every screen a finish is reachable that is not a stop."""
    reached, new = {state}, {state}
    while new:
        new = {t for s in new for t in TRANSITIONS[s].values() if is_visit(t)} - reached
        reached |= new
    assert State.GOODBYE in reached
