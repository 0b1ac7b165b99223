"""What must agree between the parts of a task, beyond the shape of its file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from kiosk.tasks.fault import FaultCode
from kiosk.tasks.model import (
    Ask,
    Check,
    DoOnline,
    Print,
    ReadCard,
    Refer,
    Show,
    Task,
    answer_values,
)
from kiosk.tasks.paper import Fact, Letter, Paragraph, Proof, Referral, Slip, WalletCard, texts_of
from kiosk.tasks.paths import explore
from kiosk.tasks.placeholder import slots
from kiosk.tasks.sheet import Entry
from kiosk.tasks.vocabulary import (
    SYSTEM_PLACEHOLDERS,
    UNANSWERED,
    ChannelKind,
    Condition,
    Exists,
    Text,
)

LETTER_LANGUAGES = frozenset({"nl", "fr"})
OFFLINE_CHANNELS = (ChannelKind.COUNTER, ChannelKind.PAPER, ChannelKind.PHONE)
Values = Mapping[str, frozenset[str] | None]


@dataclass(frozen=True)
class Known:
    """What other files of the content define."""

    needs: frozenset[str]
    terms: frozenset[str]
    hosts: frozenset[str]
    organisations: frozenset[str]


def check_task(task: Task, entry: Entry, known: Known) -> None:
    """Note every fault of a task that only shows when its parts are seen together."""
    if entry.path.stem != task.id:
        entry.at("id").fault(FaultCode.FILE_NAME, expected=f"{task.id}.yaml")
    if task.need not in known.needs:
        entry.at("need").fault(FaultCode.UNKNOWN_NEED, known=_listed(known.needs))
    answers = _check_steps(task, entry, known)
    _check_papers_in_hand(task, entry)
    _check_documents(task, entry, answers)
    _check_ways_by_hand(task, entry)
    _check_paths(task, entry)


def _listed(words: frozenset[str] | Mapping[str, object]) -> str:
    return ", ".join(sorted(words)) or "none"


def _check_steps(task: Task, entry: Entry, known: Known) -> Values:
    answers: dict[str, frozenset[str] | None] = {}
    for i, step in enumerate(task.steps):
        at = entry.at("steps", i)
        _check_condition(step.when, at.at("when"), answers)
        for term in step.terms:
            if term not in known.terms:
                at.at("terms").fault(FaultCode.UNKNOWN_TERM, term=term)
        for name, text in (("title", step.title), ("text", step.text)):
            _check_placeholders(text, at.at(name), answers)
        match step.data:
            case Check(answers=asked):
                for key in asked:
                    _check_answer(key, at.at("answers"), answers)
            case DoOnline(host=host) if host not in known.hosts:
                at.at("host").fault(FaultCode.UNKNOWN_HOST, host=host)
            case Print(document=document) if document not in task.documents:
                at.at("document").fault(
                    FaultCode.UNKNOWN_DOCUMENT, known=_listed(dict(task.documents))
                )
            case Refer(organisations=organisations):
                for name in set(organisations) - known.organisations:
                    at.at("organisations").fault(FaultCode.UNKNOWN_ORGANISATION, name=name)
            case _:
                pass
        for key, values in answer_values(step).items():
            before = answers.get(key, frozenset())
            answers[key] = None if values is None or before is None else before | values
    return answers


def _check_papers_in_hand(task: Task, entry: Entry) -> None:
    """Refuse a step that shows something after a paper, whether that paper came out or not."""
    papers: dict[ChannelKind, set[str]] = {}
    for i, step in enumerate(task.steps):
        if isinstance(step.data, Print):
            for channel in step.channels:
                papers.setdefault(channel, set()).add(step.data.answer)
        elif isinstance(step.data, Show):
            before = set[str]().union(*(papers.get(channel, ()) for channel in step.channels))
            if before and not before & step.when.keys():
                entry.at("steps", i).fault(
                    FaultCode.PAPER_UNCERTAIN, answer=min(before - {""}, default="paper")
                )


def _check_condition(condition: Condition, at: Entry, answers: Values) -> None:
    for key, values in condition.items():
        allowed = answers.get(key)
        if allowed is None:
            closed = frozenset(name for name, found in answers.items() if found is not None)
            at.at(key).fault(FaultCode.UNKNOWN_ANSWER, known=_listed(closed))
        elif not values <= allowed | {UNANSWERED}:
            at.at(key).fault(FaultCode.UNKNOWN_VALUE, known=_listed(allowed | {UNANSWERED}))


def _check_answer(key: str, at: Entry, answers: Values) -> None:
    if key not in answers:
        at.fault(FaultCode.UNKNOWN_ANSWER, known=_listed(dict(answers)))


def _check_placeholders(text: Text, at: Entry, answers: Values) -> None:
    for locale, words in text.items():
        for name in slots(words):
            if name not in answers and name not in SYSTEM_PLACEHOLDERS:
                at.at(locale).fault(FaultCode.UNKNOWN_PLACEHOLDER, known=_listed(dict(answers)))


def _check_documents(task: Task, entry: Entry, answers: Values) -> None:
    printed = {step.data.document for step in task.steps if isinstance(step.data, Print)}
    for name, document in task.documents.items():
        at = entry.at("documents", name)
        if name not in printed:
            at.fault(FaultCode.UNUSED_DOCUMENT)
        for key, text in texts_of(document).items():
            _check_placeholders(text, _place(at, key), answers)
        groups: dict[str, tuple[Paragraph | Fact, ...]] = {}
        match document:
            case Letter():
                if answers.get(document.language) != LETTER_LANGUAGES:
                    at.at("language").fault(
                        FaultCode.UNKNOWN_ANSWER, known="a choice of exactly nl and fr"
                    )
                groups = {
                    "sender": document.sender,
                    "recipient": document.recipient,
                    "paragraphs": document.paragraphs,
                    "enclosures": document.enclosures,
                }
            case Slip():
                groups = {
                    "steps": document.steps,
                    "bring": document.bring,
                    "facts": document.facts,
                }
            case Referral():
                groups = {"steps": document.steps}
            case WalletCard() | Proof():
                pass
        groups["afterwards"] = document.afterwards
        for group, items in groups.items():
            for i, item in enumerate(items):
                _check_condition(item.when, at.at(group, i, "when"), answers)
        if isinstance(document, WalletCard | Proof | Referral):
            for i, line in enumerate(document.lines):
                _check_answer(line.answer, at.at("lines", i, "answer"), answers)
        if isinstance(document, WalletCard) and document.qr_answer is not None:
            _check_answer(document.qr_answer, at.at("qr_answer"), answers)


def _place(at: Entry, key: str) -> Entry:
    way = key.replace("[", ".").replace("]", "").split(".")
    return at.at(*(int(part) if part.isdigit() else part for part in way))


def _check_ways_by_hand(task: Task, entry: Entry) -> None:
    for i, step in enumerate(task.steps):
        if not isinstance(step.data, ReadCard):
            continue
        stand_ins = [task.step(name) for name in step.data.by_hand]
        for channel in ChannelKind:
            if channel not in step.channels:
                continue
            asked = {
                other.data.answer
                for other in stand_ins
                if channel in other.channels and isinstance(other.data, Ask)
            }
            for name in step.data.fields:
                if name.value not in asked:
                    entry.at("steps", i).fault(
                        FaultCode.NO_WAY_BY_HAND,
                        field=name.value,
                        answer=step.data.answer,
                        channel=channel.value,
                    )


def _check_paths(task: Task, entry: Entry) -> None:
    offered = [kind for kind, channel in task.channels.items() if channel.exists is not Exists.NO]
    if not any(kind in OFFLINE_CHANNELS for kind in offered):
        entry.at("channels").fault(FaultCode.NO_OFFLINE_CHANNEL)
    reached: set[str] = set()
    for kind in offered:
        exploration = explore(task, kind)
        reached |= exploration.reached
        at = entry.at("channels", kind.value)
        if not exploration.is_complete:
            entry.at("steps").fault(FaultCode.TOO_MANY_PATHS)
            return
        if any(way.length == 0 for way in exploration.ends):
            at.fault(FaultCode.EMPTY_PATH, channel=kind.value)
            continue
        for way in exploration.ends:
            path = f"{kind.value}: {way.story}"
            if way.outcome is None:
                at.fault(FaultCode.PATH_WITHOUT_OUTCOME, path=path)
            if not way.is_offline:
                at.fault(FaultCode.PATH_ONLY_DIGITAL, path=path)
    for i, step in enumerate(task.steps):
        if step.id not in reached:
            entry.at("steps", i).fault(FaultCode.UNREACHABLE_STEP)
