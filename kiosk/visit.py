"""The visit as a table: states, events, transitions.

Rules of the house
------------------
1. Pure: no clock, no device, no text. `next_state` is a lookup.
2. Every state answers every event: with a new state, or with None ("changes nothing").
3. What ends a visit ends it from every state in which a visit exists.
4. Going back is an event like any other; a step walk decides where it arrives.
5. Nothing leaves WIPING or OUT_OF_SERVICE but the word of the wipe.

The diagram in the README is drawn from `TRANSITIONS` by `./relais diagram`.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from types import MappingProxyType


class State(Enum):
    """Where a visit stands; one state is one kind of screen."""

    CLOSED = "closed"
    CARD_LEFT = "card-left"
    WELCOME = "welcome"
    LANGUAGE = "language"
    NEED = "need"
    TASKS = "tasks"
    TASK = "task"
    PREPARE = "prepare"
    CONSENT = "consent"
    READING = "reading"
    CARD_TROUBLE = "card-trouble"
    CARD_DOCTOR = "card-doctor"
    REVIEW = "review"
    CORRECT = "correct"
    STEPS = "steps"
    WHY_INSTEAD = "why-instead"
    SITE = "site"
    PREVIEW = "preview"
    PRINTING = "printing"
    PRINTER_TROUBLE = "printer-trouble"
    TAKE_PAPERS = "take-papers"
    TEACH_BACK = "teach-back"
    REFER = "refer"
    PROOF = "proof"
    GOODBYE = "goodbye"
    ENDING = "ending"
    WIPING = "wiping"
    RECEIPT = "receipt"
    OUT_OF_SERVICE = "out-of-service"


class Event(Enum):
    """What can happen; past tense."""

    PERMANENCE_OPENED = "permanence-opened"
    PERMANENCE_CLOSED = "permanence-closed"
    CARD_TAKEN = "card-taken"
    CARD_STAYED = "card-stayed"
    LANGUAGE_CHOSEN = "language-chosen"
    MORE_LANGUAGES_ASKED = "more-languages-asked"
    NEED_REACHED = "need-reached"
    NEED_CHOSEN = "need-chosen"
    TASK_CHOSEN = "task-chosen"
    CHANNEL_CHOSEN = "channel-chosen"
    # Where the walk through a task arrives; the engine decides which.
    STEP_REACHED = "step-reached"
    CARD_STEP_REACHED = "card-step-reached"
    SITE_STEP_REACHED = "site-step-reached"
    PRINT_STEP_REACHED = "print-step-reached"
    TEACH_BACK_REACHED = "teach-back-reached"
    REFER_REACHED = "refer-reached"
    PROOF_REACHED = "proof-reached"
    PREPARE_REACHED = "prepare-reached"
    CONSENT_GIVEN = "consent-given"
    CARD_READ = "card-read"
    CARD_FAILED = "card-failed"
    CARD_RETRIED = "card-retried"
    DOCTOR_ASKED = "doctor-asked"
    OTHER_WAY_ASKED = "other-way-asked"
    VALUE_OPENED = "value-opened"
    VALUE_CORRECTED = "value-corrected"
    INSTEAD_ASKED = "instead-asked"
    PRINT_ASKED = "print-asked"
    PRINT_DONE = "print-done"
    PRINTER_FAILED = "printer-failed"
    PRINT_RETRIED = "print-retried"
    NOTHING_CAME = "nothing-came"
    GOODBYE_REACHED = "goodbye-reached"
    WENT_BACK = "went-back"
    # What ends a visit.
    FINISHED = "finished"
    STOPPED = "stopped"
    IDLED = "idled"
    LIMIT_REACHED = "limit-reached"
    CRASHED = "crashed"
    WIPE_BEGAN = "wipe-began"
    WIPED = "wiped"
    WIPED_UNOPENED = "wiped-unopened"
    TRACE_FOUND = "trace-found"
    RECEIPT_SEEN = "receipt-seen"
    MACHINE_FAILED = "machine-failed"


S, E = State, Event

# States outside a visit: nothing of a resident exists in them.
IDLE_STATES = frozenset({S.CLOSED, S.CARD_LEFT, S.WELCOME, S.RECEIPT})
OVER_STATES = frozenset({S.ENDING, S.WIPING, S.OUT_OF_SERVICE})
VISIT_STATES = frozenset(State) - IDLE_STATES - OVER_STATES
# Languages can be looked through before anything is known of anybody,
# but a choice made is a visit begun: LANGUAGE counts as the visit's first state.

ENDINGS = (E.FINISHED, E.STOPPED, E.IDLED, E.LIMIT_REACHED, E.CRASHED)

ARRIVALS = {
    E.STEP_REACHED: S.STEPS,
    E.CARD_STEP_REACHED: S.CONSENT,
    E.SITE_STEP_REACHED: S.SITE,
    E.PRINT_STEP_REACHED: S.PREVIEW,
    E.TEACH_BACK_REACHED: S.TEACH_BACK,
    E.REFER_REACHED: S.REFER,
    E.PROOF_REACHED: S.PROOF,
    E.PREPARE_REACHED: S.PREPARE,
}
# From each of these the walk through a task may arrive anywhere: the engine decides.
WALKING = (
    S.PREPARE,
    S.CONSENT,
    S.READING,
    S.CARD_TROUBLE,
    S.CARD_DOCTOR,
    S.REVIEW,
    S.STEPS,
    S.WHY_INSTEAD,
    S.SITE,
    S.PREVIEW,
    S.PRINTER_TROUBLE,
    S.TAKE_PAPERS,
    S.TEACH_BACK,
    S.REFER,
    S.PROOF,
)


def _table() -> Mapping[State, Mapping[Event, State]]:
    table: dict[State, dict[Event, State]] = {
        S.CLOSED: {E.PERMANENCE_OPENED: S.WELCOME},
        S.CARD_LEFT: {E.CARD_TAKEN: S.WELCOME, E.PERMANENCE_CLOSED: S.CLOSED},
        S.WELCOME: {
            E.LANGUAGE_CHOSEN: S.NEED,
            E.MORE_LANGUAGES_ASKED: S.LANGUAGE,
            E.PERMANENCE_CLOSED: S.CLOSED,
            E.CARD_STAYED: S.CARD_LEFT,
        },
        S.LANGUAGE: {E.LANGUAGE_CHOSEN: S.NEED, E.WENT_BACK: S.WELCOME},
        S.NEED: {E.NEED_CHOSEN: S.TASKS, E.TASK_CHOSEN: S.TASK, E.WENT_BACK: S.LANGUAGE},
        S.TASKS: {E.TASK_CHOSEN: S.TASK, E.WENT_BACK: S.NEED},
        S.TASK: {E.CHANNEL_CHOSEN: S.PREPARE, E.WENT_BACK: S.TASKS, E.NEED_REACHED: S.NEED},
        S.PREPARE: {E.WENT_BACK: S.TASK},
        S.CONSENT: {E.CONSENT_GIVEN: S.READING},
        S.READING: {
            E.CARD_READ: S.REVIEW,
            E.CARD_FAILED: S.CARD_TROUBLE,
            E.WENT_BACK: S.CONSENT,
        },
        S.CARD_TROUBLE: {
            E.CARD_RETRIED: S.READING,
            E.DOCTOR_ASKED: S.CARD_DOCTOR,
            E.WENT_BACK: S.CONSENT,
        },
        S.CARD_DOCTOR: {
            E.CARD_RETRIED: S.READING,
            E.DOCTOR_ASKED: S.CARD_DOCTOR,
            E.OTHER_WAY_ASKED: S.TASK,
            E.WENT_BACK: S.CARD_TROUBLE,
        },
        S.REVIEW: {E.VALUE_OPENED: S.CORRECT, E.WENT_BACK: S.CONSENT},
        S.CORRECT: {E.VALUE_CORRECTED: S.REVIEW, E.WENT_BACK: S.REVIEW},
        S.STEPS: {E.INSTEAD_ASKED: S.WHY_INSTEAD},
        S.WHY_INSTEAD: {},
        S.SITE: {E.INSTEAD_ASKED: S.WHY_INSTEAD},
        S.PREVIEW: {E.PRINT_ASKED: S.PRINTING},
        S.PRINTING: {
            E.PRINT_DONE: S.TAKE_PAPERS,
            E.PRINTER_FAILED: S.PRINTER_TROUBLE,
            E.WENT_BACK: S.PREVIEW,
        },
        S.PRINTER_TROUBLE: {E.PRINT_RETRIED: S.PRINTING, E.WENT_BACK: S.PREVIEW},
        S.TAKE_PAPERS: {
            E.NOTHING_CAME: S.PRINTER_TROUBLE,
            E.GOODBYE_REACHED: S.GOODBYE,
            E.WENT_BACK: S.PREVIEW,
        },
        S.TEACH_BACK: {},
        S.REFER: {},
        S.PROOF: {
            E.PRINT_STEP_REACHED: S.PREVIEW,
            E.GOODBYE_REACHED: S.GOODBYE,
        },
        S.GOODBYE: {E.WENT_BACK: S.PROOF},
        S.ENDING: {E.WIPE_BEGAN: S.WIPING},
        S.WIPING: {
            E.WIPED: S.RECEIPT,
            E.WIPED_UNOPENED: S.CLOSED,
            E.TRACE_FOUND: S.OUT_OF_SERVICE,
        },
        S.RECEIPT: {
            E.RECEIPT_SEEN: S.WELCOME,
            E.CARD_STAYED: S.CARD_LEFT,
            E.PERMANENCE_CLOSED: S.CLOSED,
        },
        S.OUT_OF_SERVICE: {E.WIPED: S.RECEIPT, E.WIPED_UNOPENED: S.CLOSED},
    }
    for state in WALKING:
        for event, target in ARRIVALS.items():
            table[state].setdefault(event, target)
    for state in VISIT_STATES:
        for ending in ENDINGS:
            table[state][ending] = S.ENDING
    # Stop outranks everybody, also where there is nothing to stop: the machine is wiped anyway.
    for state in (S.WELCOME, S.CARD_LEFT, S.RECEIPT):
        table[state][E.STOPPED] = S.ENDING
    for state in frozenset(State) - OVER_STATES:
        table[state][E.MACHINE_FAILED] = S.OUT_OF_SERVICE
    return MappingProxyType({state: MappingProxyType(row) for state, row in table.items()})


TRANSITIONS: Mapping[State, Mapping[Event, State]] = _table()


def next_state(state: State, event: Event) -> State | None:
    """Return the state after `event`, or None where it changes nothing.

    None is an answer, not an error: a late tap, a card event in a state that does not
    care. The caller keeps its state and acts on nothing.
    """
    return TRANSITIONS[state].get(event)


def is_visit(state: State) -> bool:
    """Tell whether a resident's data may exist in `state`."""
    return state in VISIT_STATES
