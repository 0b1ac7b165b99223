"""Small pure questions about a visit's memory: what is asked, done, learned."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, assert_never

from device.card.status import Field
from device.printer.status import PrinterLevel
from kiosk.memory import ActKind, VisitMemory
from kiosk.screens import AskBody
from kiosk.tasks.engine import Walk
from kiosk.tasks.model import (
    READ,
    Ask,
    Check,
    DoOnline,
    Guard,
    InputKind,
    Outcome,
    Posture,
    Print,
    ReadCard,
    Refer,
    Show,
    Step,
    Task,
    TeachBack,
    Text,
    Wait,
)
from kiosk.tasks.paper import Proof, WalletCard
from kiosk.visit import State

REASONS = ("cannot-see", "cannot-use-hands", "cannot-read", "too-tired", "i-wish-so")
"""Why a helper may act in the resident's place: catalogue ids, never free text."""

TEACH_BACKS = ("understood", "again", "stop")

WALKED = frozenset(
    {
        State.CONSENT,
        State.STEPS,
        State.SITE,
        State.PREVIEW,
        State.TEACH_BACK,
        State.REFER,
        State.PROOF,
    }
)
"""States that are places of a walk: going back is a move of the walk."""

NO_WAY_BACK = frozenset(
    {
        State.CLOSED,
        State.CARD_LEFT,
        State.WELCOME,
        State.RECEIPT,
        State.ENDING,
        State.WIPING,
        State.OUT_OF_SERVICE,
    }
)

_DATE = re.compile(r"(\d{1,2})[./ -](\d{1,2})[./ -](\d{4})")
# As people write it: 14:30, 14.30, 14u30, 14 h 30, 14h, 9, 1430.
_TIME = re.compile(r"(\d{1,2})(?:\s?[:.hu]\s?|(?=\d\d$)|$)(\d\d)?", re.IGNORECASE)
_HOURS, _MINUTES = 24, 60
_DATES_OF_CARD = frozenset({Field.BIRTH_DATE.value, Field.CARD_VALID_UNTIL.value})
_FIRST_YEAR, _LAST_YEAR = 1900, 2100
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


_CHOSEN = frozenset({InputKind.CHOICE, InputKind.YES_NO})


def said(memory: VisitMemory) -> dict[str, str]:
    """Return the answers that may be used: given, not left out, and to questions of this way.

    Who goes back and answers differently leaves answers behind that no longer belong.
    """
    walk = memory.walk
    return walk.said(memory.known) if walk is not None else {}


@dataclass(frozen=True)
class Act:
    """One thing that was done, on `what`, and who did it."""

    kind: ActKind
    what: Text | None
    posture: Posture
    why: str = ""


def acts(memory: VisitMemory) -> tuple[Act, ...]:
    """Return what was done, in order, each thing once: what a proof of this visit may say.

    A question, a warning or an explanation leaves nothing done. That somebody else answered or
    went on in the resident's place is said all the same, once for each reason.
    """
    task = memory.task
    if task is None:
        return ()
    steps = {step.id: step for step in task.steps}
    found: list[Act] = []
    for id, done in memory.done.items():
        if (step := steps.get(id)) is None:
            continue
        left = _left_by(memory, task, step)
        if not left and done.posture is Posture.INSTEAD:
            left = ((_in_their_place(memory, step), None),)
        made = (Act(kind, what, done.posture, done.why) for kind, what in left)
        found += [act for act in made if act not in found]
    return tuple(found)


def _in_their_place(memory: VisitMemory, step: Step) -> ActKind:
    has_answered = isinstance(step.data, Ask) and memory.answers.get(step.data.answer)
    return ActKind.ANSWERED if has_answered else ActKind.SCREEN


def _left_by(
    memory: VisitMemory, task: Task, step: Step
) -> tuple[tuple[ActKind, Text | None], ...]:
    """Return what is different in the world after a step that was done."""
    match step.data:
        case Print(document=document):
            return ((ActKind.PRINTED, task.documents[document].title),)
        case ReadCard(answer=answer):
            is_read = memory.answers.get(answer) == READ
            return ((ActKind.CARD_READ, None),) if is_read else ()
        case DoOnline(label=label):
            on_site: Text = dict.fromkeys(step.title, label)
            told = {
                ActKind.VISITED: ActKind.PRACTISED,
                ActKind.SITE_PAPER: ActKind.PRACTICE_PAPER,
            }
            return tuple(
                (told[kind] if memory.is_practice_site else kind, on_site)
                for kind in told
                if (kind, step.id) in memory.happened
            )
        case Refer():
            was_given = (ActKind.REFERRED, step.id) in memory.happened
            return ((ActKind.REFERRED, None),) if was_given else ()
        case Show() | Ask() | Check() | TeachBack() | Guard() | Wait():
            return ()
    assert_never(step.data)


def posture(untrusted: str) -> Posture | None:
    """Return the posture of that name, None for anything else."""
    return next((p for p in Posture if p.value == untrusted), None)


def checked(untrusted: str, ask: AskBody) -> tuple[str, str]:
    """Return (value, fault id); the fault is "" when the value can be used as it stands.

    Any Unicode is kept as typed, but for control characters, which no keyboard here can type.
    """
    value = _CONTROL.sub("", untrusted.replace("\r\n", "\n")).strip()
    if len(value) > ask.max_length:
        return value[: ask.max_length], "too-long"
    if not value:
        return "", "" if ask.is_optional else "empty"
    if ask.choices and value not in {choice.id for choice in ask.choices}:
        return "", "not-a-choice"
    if ask.kind == "date" and not _is_date(value):
        return value, "not-a-date"
    if ask.kind == "time" and not _is_time(value):
        return value, "not-a-time"
    if ask.kind == "postal_code" and not re.fullmatch(r"[0-9A-Za-z -]{2,10}", value):
        return value, "not-a-postal-code"
    return value, ""


def as_written(key: str, value: str) -> str:
    """Return a value of the card as people of Belgium write it: 2026-03-05 is 05/03/2026.

    A date is as precise as the card: 03/2026 or 2026 where it says no more.
    """
    return "/".join(reversed(value.split("-"))) if key in _DATES_OF_CARD else value


def _is_date(value: str) -> bool:
    """Tell a day that exists from one that does not; no letter here speaks of other centuries."""
    found = _DATE.fullmatch(value)
    if found is None:
        return False
    day, month, year = int(found[1]), int(found[2]), int(found[3])
    if not _FIRST_YEAR <= year <= _LAST_YEAR:
        return False
    try:
        datetime.date(year, month, day)
    except ValueError:
        return False
    return True


def _is_time(value: str) -> bool:
    """Tell an hour of the day, with minutes or without."""
    found = _TIME.fullmatch(value)
    return found is not None and int(found[1]) < _HOURS and int(found[2] or 0) < _MINUTES


def card_fields(memory: VisitMemory) -> tuple[str, ...]:
    """Return the answer keys that the present step reads from a card."""
    step = memory.walk.step(memory.answers) if memory.walk else None
    if step is None or not isinstance(step.data, ReadCard):
        return ()
    return tuple(field.value for field in step.data.fields)


def to_check(memory: VisitMemory, check: Check) -> tuple[str, ...]:
    """Return the answers that nobody has looked at since they were given, in their order.

    What was called right after the card was read is not asked again as long as it is the same.
    What was only tapped is shown beside what was typed, and never asked about alone.
    """
    given = said(memory)
    unseen = [k for k in check.answers if k in given and memory.reviewed.get(k) != given[k]]
    tapped = _tapped(memory)
    return tuple(unseen) if any(key not in tapped for key in unseen) else ()


def has_nothing_to_check(memory: VisitMemory) -> bool:
    """Tell whether the walk stands on a check that would show nothing new."""
    step = memory.walk.step(memory.answers) if memory.walk else None
    return step is not None and isinstance(step.data, Check) and not to_check(memory, step.data)


def _tapped(memory: VisitMemory) -> frozenset[str]:
    asks = (step.data for step in memory.task.steps) if memory.task else ()
    return frozenset(a.answer for a in asks if isinstance(a, Ask) and a.input in _CHOSEN)


def has_proof(memory: VisitMemory) -> bool:
    """Tell whether a proof of this visit has come out already, as a paper of its task."""
    task = memory.task
    return task is not None and any(
        isinstance(step.data, Print) and isinstance(task.documents[step.data.document], Proof)
        for step in task.steps
        if step.id in memory.done
    )


def longest_typed(memory: VisitMemory) -> Walk | None:
    """Return the place of the longest answer that was typed before: it can be made shorter."""
    found: tuple[int, Walk] | None = None
    for place in _before(memory):
        step = place.step(memory.answers)
        if step is None or not isinstance(step.data, Ask) or step.data.input in _CHOSEN:
            continue
        length = len(memory.answers.get(step.data.answer, ""))
        if length and (found is None or length > found[0]):
            found = length, place
    return found[1] if found else None


def online_before(memory: VisitMemory) -> Walk | None:
    """Return the place of the last official site before the present step."""
    for place in _before(memory):
        step = place.step(memory.answers)
        if step is not None and isinstance(step.data, DoOnline):
            return place
    return None


def first_question(memory: VisitMemory) -> Walk | None:
    """Return the place of the first question whose answer the present paper would say."""
    step = memory.walk.step(memory.answers) if memory.walk else None
    if memory.task is None or step is None or not isinstance(step.data, Print):
        return None
    document = memory.task.documents[step.data.document]
    if not isinstance(document, WalletCard):
        return None
    asked = {line.answer for line in document.lines} | {document.qr_answer}
    found = None
    for place in _before(memory):
        earlier = place.step(memory.answers)
        if earlier and isinstance(earlier.data, Ask) and earlier.data.answer in asked:
            found = place
    return found


def _before(memory: VisitMemory) -> Iterator[Walk]:
    """Yield the places that were walked, the last one first."""
    place = memory.walk.back(memory.answers) if memory.walk else None
    while place is not None:
        yield place
        place = place.back(memory.answers)


def site(memory: VisitMemory) -> DoOnline | None:
    """Return the official site of the present step."""
    step = memory.walk.step(memory.answers) if memory.walk else None
    return step.data if step is not None and isinstance(step.data, DoOnline) else None


def joined(key: str, answers: Mapping[str, str]) -> Iterator[tuple[str, ...]]:
    """Yield the values to be sought joined, now that `key` is known: they name one person."""
    surname, given = answers.get("surname", ""), answers.get("first_names", "")
    if key in ("surname", "first_names"):
        yield surname, given
    if key in ("surname", "birth_date"):
        yield surname, answers.get("birth_date", "")
    if key in ("street", "postal_code"):
        yield answers.get("street", ""), answers.get("postal_code", "")


def can_have_paper(memory: VisitMemory, page_cap: int) -> bool:
    """Tell whether the paper in hand would come: who passes it then does not want it.

    One that was left empty would have come with a word on it.
    """
    if memory.work is not None and not memory.work.pages:
        return True
    return (
        memory.work is not None
        and memory.work.sides <= page_cap
        and not memory.work.is_slow
        and memory.state is not State.PRINTER_TROUBLE
        and memory.printer.level in (PrinterLevel.READY, PrinterLevel.WARNING)
    )


def outcome(memory: VisitMemory) -> Outcome:
    """Say what this visit came to: what its task promises counts only once it was done.

    A paper that was not wanted was refused; one that did not come postpones the matter. Who took
    the places that help along was sent on.
    """
    walk = memory.walk
    if walk is None or memory.state not in (State.PROOF, State.GOODBYE):
        return Outcome.ABANDONED
    step = walk.decided_by(memory.answers)
    if step is None or step.outcome is None:
        return Outcome.UNSOLVED
    if step.id in memory.done:
        return step.outcome
    if memory.referral and any(
        isinstance(other.data, Refer) and other.id in memory.done for other in walk.task.steps
    ):
        return Outcome.REFERRED
    if step.id in memory.unwanted:
        return Outcome.REFUSED_BY_RESIDENT
    return Outcome.POSTPONED_TECHNICAL


def activity(memory: VisitMemory) -> dict[str, Any] | None:
    """Return the anonymous row of this visit so far, None before a task was chosen.

    Nothing here names a person: ids of content and closed words only.
    """
    if memory.task is None:
        return None
    shares = {done.posture.value for done in memory.done.values()}
    walk = memory.walk
    return {
        "task_id": memory.task.id,
        "need_group": memory.task.need,
        "channel_chosen": walk.channel.value if walk else "",
        "posture_share": shares.pop() if len(shares) == 1 else "mixed" if shares else "together",
        "outcome": outcome(memory).value,
        "teach_back": {"understood": "ok", "again": "again", "stop": "stopped"}.get(
            memory.teach_back, "skipped"
        ),
        "referral_type": memory.referral,
        "language": memory.locale,
    }
