"""All content of the product, loaded and checked whole before anyone sees any of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from kiosk.directory import Directory, read_directory
from kiosk.municipalities import Municipalities, read_municipalities
from kiosk.tasks.fault import ContentError, Fault, FaultCode
from kiosk.tasks.model import Host, Need, Task, Term
from kiosk.tasks.paper_sheet import NO_SOURCE, read_source
from kiosk.tasks.rules import Known, check_task
from kiosk.tasks.sheet import Desk, Entry, refuse_doubles
from kiosk.tasks.step_sheet import CHOICE_LIMIT, TEXT_LIMIT
from kiosk.tasks.task_sheet import read_task
from kiosk.tasks.vocabulary import OwnerType

CONTENT = Path(__file__).parent.parent / "content"
MAX_NEEDS = 6
TERM_TITLE_LIMIT = 40
TERM_TEXT_LIMIT = 160

Item = TypeVar("Item")


@dataclass(frozen=True)
class LanguageName:
    """How a language calls itself, and the one or two letters of its picture."""

    endonym: str
    letters: str


@dataclass(frozen=True)
class Content:
    """Everything the screens and papers say that is not the frame around it.

    ``locales`` are the required ones, in the order of languages.txt; ``languages`` has the
    partial ones too.
    """

    locales: tuple[str, ...]
    languages: Mapping[str, LanguageName]
    pictures: frozenset[str]
    needs: tuple[Need, ...]
    tasks: Mapping[str, Task]
    glossary: Mapping[str, Term]
    hosts: Mapping[str, Host]
    directory: Directory
    municipalities: Municipalities

    def tasks_for(self, need_id: str) -> tuple[Task, ...]:
        """List the tasks of a need, by file name."""
        return tuple(task for task in self.tasks.values() if task.need == need_id)


def load_content(root: Path = CONTENT) -> Content:
    """Load all content below ``root``. Raises ContentError with every fault of every file."""
    locales = _rows(root / "languages.txt")
    pictures = frozenset(_rows(root / "pictures.txt"))
    required = tuple(code for code, rest in locales.items() if rest.split()[:1] == ["required"])
    desk = Desk(required=required, locales=frozenset(locales), pictures=pictures)

    needs = _listed(desk, root / "needs.yaml", _need)
    terms = _listed(desk, root / "glossary.yaml", _term)
    hosts = _listed(desk, root / "hosts.yaml", _host)
    directory = read_directory(desk, root / "directory.yaml")
    municipalities = read_municipalities(desk, root / "municipalities.yaml")
    common = desk.open(root / "common.yaml")
    desk.common = {} if common is None else dict(common.members())
    known = Known(
        needs=frozenset(needs),
        terms=frozenset(terms),
        hosts=frozenset(hosts),
        organisations=frozenset(o.id for o in directory.organisations),
    )
    tasks: dict[str, Task] = {}
    is_whole = True
    for path in sorted((root / "tasks").glob("*.yaml")):
        entry = desk.open(path)
        is_whole = is_whole and entry is not None
        if entry is not None:
            tasks[path.stem] = read_task(entry)
            check_task(tasks[path.stem], entry, known)
    if is_whole and all(task.need in needs for task in tasks.values()):
        # A task that cannot be read, or that names no need, may be the one that is missed.
        _check_needs(desk, root / "needs.yaml", needs, tasks)
    if desk.faults:
        raise ContentError(desk.faults)
    return Content(
        locales=required,
        languages={code: _language_name(code, rest) for code, rest in locales.items()},
        pictures=pictures,
        needs=tuple(needs.values()),
        tasks=tasks,
        glossary=terms,
        hosts=hosts,
        directory=directory,
        municipalities=municipalities,
    )


def load_hosts(root: Path = CONTENT) -> tuple[str, ...]:
    """Return the hosts that a step below ``root`` may open; a task that names another is refused.

    Raises ContentError with every fault of the list.
    """
    desk = Desk(required=(), locales=frozenset(), pictures=frozenset())
    hosts = _listed(desk, root / "hosts.yaml", _host)
    if desk.faults:
        raise ContentError(desk.faults)
    return tuple(hosts)


def _rows(path: Path) -> dict[str, str]:
    """Read a list of names, each with a word or a meaning beside it; # begins a remark."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise ContentError([Fault(path, 1, path.name, FaultCode.NOT_READABLE)]) from error
    rows: dict[str, str] = {}
    for line in lines:
        name, _, rest = line.partition("#")[0].strip().partition(" ")
        if name:
            rows[name] = rest.strip()
    if not rows:
        raise ContentError([Fault(path, 1, path.name, FaultCode.WRONG_SHAPE, {"expected": "list"})])
    return rows


def _language_name(code: str, rest: str) -> LanguageName:
    """Read what follows the code; a language that says no more is called by its code."""
    _, letters, endonym = (*rest.split(maxsplit=2), "", "", "")[:3]
    return LanguageName(endonym or code, letters or code)


def _listed(desk: Desk, path: Path, read: Callable[[Entry], tuple[str, Item]]) -> dict[str, Item]:
    entry = desk.open(path)
    items = [] if entry is None else entry.items()
    named = [read(item) for item in items]
    refuse_doubles(zip([name for name, _ in named], items, strict=True))
    return dict(named)


def _need(entry: Entry) -> tuple[str, Need]:
    with entry.fields() as fields:
        need = Need(
            id=fields.take("id", Entry.id, ""),
            title=fields.text("title", CHOICE_LIMIT),
            text=fields.text("text", TEXT_LIMIT),
            picture=fields.take("picture", Entry.picture, ""),
        )
        return need.id, need


def _term(entry: Entry) -> tuple[str, Term]:
    with entry.fields() as fields:
        term = Term(
            id=fields.take("id", Entry.id, ""),
            title=fields.text("title", TERM_TITLE_LIMIT),
            text=fields.text("text", TERM_TEXT_LIMIT),
        )
        return term.id, term


def _host(entry: Entry) -> tuple[str, Host]:
    with entry.fields() as fields:
        host = Host(
            host=fields.word("host"),
            runs=fields.word("runs"),
            owner_type=fields.one_of("owner_type", OwnerType),
            source=fields.take("source", read_source, NO_SOURCE),
            checked_on=fields.day("checked_on"),
        )
        return host.host, host


def _check_needs(
    desk: Desk, path: Path, needs: Mapping[str, Need], tasks: Mapping[str, Task]
) -> None:
    used = {task.need for task in tasks.values()}
    for need in needs:
        if need not in used:
            desk.faults.append(Fault(path, 1, need, FaultCode.NEED_WITHOUT_TASK))
    if len(needs) > MAX_NEEDS:
        desk.faults.append(Fault(path, 1, path.name, FaultCode.TOO_MANY, {"limit": str(MAX_NEEDS)}))
