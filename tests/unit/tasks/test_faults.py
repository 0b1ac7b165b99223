"""Every kind of mistake in content is refused with file, line, key and remedy."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from kiosk.tasks.fault import REMEDIES, ContentError, FaultCode
from tests.unit.tasks.pack import Pack

T = "tasks/small-task.yaml"
LONG = "x" * 35


@dataclass(frozen=True)
class Case:
    """One mistake: what is changed, and what has to be said about it."""

    code: FaultCode
    key: str
    file: str
    old: str
    new: str
    at: str  # a passage on the line that has to be named
    remedy: str  # words the remedy has to hold


TOWNS = "municipalities.yaml"

CASES = [
    Case(
        FaultCode.MISSING_KEY, "[0].fr", TOWNS, "  fr: Mont-Village\n", "", "- nl: Bergdorp", "add"
    ),
    Case(
        FaultCode.UNKNOWN_KEY,
        "[1].de",
        TOWNS,
        "  also: [Zee]\n",
        "  de: Seedorf\n",
        "de: Seedorf",
        "nl, fr, also",
    ),
    Case(
        FaultCode.DOUBLE_ID, "[1]", TOWNS, "also: [Zee]", "also: [BERGDORP]", "- nl: Zee", "own id"
    ),
    Case(
        FaultCode.NOT_YAML, "small-task.yaml", T, "minutes: 5", "minutes: [5", "owner_type:", "YAML"
    ),
    Case(FaultCode.WRONG_SHAPE, "title", T, "{nl: Taak, fr: Tâche}", "Taak", "title: Taak", "text"),
    Case(
        FaultCode.WRONG_SHAPE,
        "steps[check].answers",
        T,
        "answers: [surname]",
        "answers: surname",
        "answers: surname",
        "list",
    ),
    Case(
        FaultCode.UNKNOWN_KEY,
        "colour",
        T,
        "minutes: 5",
        "minutes: 5\ncolour: red",
        "colour",
        "known",
    ),
    Case(
        FaultCode.UNKNOWN_KEY,
        "steps[check].answer",
        T,
        "answers: [surname]",
        "answers: [surname]\n    answer: x",
        "answer: x",
        "answers",
    ),
    Case(FaultCode.MISSING_KEY, "minutes", T, "minutes: 5\n", "", "id: small-task", "add"),
    Case(
        FaultCode.MISSING_KEY,
        "checked_on",
        T,
        "checked_on: null\nsources",
        "sources",
        "id: small",
        "add",
    ),
    Case(
        FaultCode.MISSING_KEY,
        "channels.phone",
        T,
        """  phone:
    exists: no
    text: {nl: Dit kan niet., fr: Pas possible.}
    source: {title: a page, mark: seed}
    checked_on: null
""",
        "",
        "channels:\n",
        "add",
    ),
    Case(
        FaultCode.DOUBLE_KEY,
        "minutes",
        T,
        "minutes: 5",
        "minutes: 5\nminutes: 6",
        "minutes: 6",
        "keep one",
    ),
    Case(
        FaultCode.UNKNOWN_VALUE,
        "owner_type",
        T,
        "owner_type: public",
        "owner_type: state",
        "owner_type: state",
        "private",
    ),
    Case(
        FaultCode.UNKNOWN_VALUE,
        "steps[surname].when.card",
        T,
        "when: {card: by_hand}",
        "when: {card: [by_hand, lost]}",
        "[by_hand, lost]",
        "read",
    ),
    Case(
        FaultCode.UNKNOWN_VALUE,
        "allow_instead",
        T,
        "allow_instead: false",
        "allow_instead: no",
        "allow_instead",
        "true",
    ),
    Case(FaultCode.NOT_A_NUMBER, "minutes", T, "minutes: 5", "minutes: 500", "minutes: 500", "60"),
    Case(
        FaultCode.NOT_A_DATE,
        "channels.paper.checked_on",
        T,
        "2026-01-31",
        "31/01/2026",
        "31/01/2026",
        "2026-11-30",
    ),
    Case(
        FaultCode.NOT_AN_ID,
        "steps[Check].id",
        T,
        "id: check",
        "id: Check",
        "id: Check",
        "small letters",
    ),
    Case(
        FaultCode.MISSING_LANGUAGE,
        "steps[help].text",
        T,
        "{nl: Een mens., fr: Une personne.}",
        "{nl: Een mens.}",
        "{nl: Een mens.}",
        "in fr",
    ),
    Case(
        FaultCode.UNKNOWN_LANGUAGE,
        "steps[help].text.xx",
        T,
        "fr: Une personne.}",
        "fr: Une personne., xx: Oh.}",
        "xx: Oh.",
        "languages.txt",
    ),
    Case(FaultCode.TOO_LONG, "steps[help].title.nl", T, "nl: Hulp", f"nl: {LONG}", LONG, "34"),
    Case(
        FaultCode.UNKNOWN_PICTURE,
        "steps[read_card].picture",
        T,
        "picture: card",
        "picture: dragon",
        "dragon",
        "pictures.txt",
    ),
    Case(
        FaultCode.UNKNOWN_TERM,
        "steps[surname].terms",
        T,
        "[word]",
        "[wurd]",
        "[wurd]",
        "glossary.yaml",
    ),
    Case(
        FaultCode.UNKNOWN_NEED,
        "need",
        T,
        "need: papers",
        "need: money",
        "need: money",
        "needs.yaml",
    ),
    Case(
        FaultCode.UNKNOWN_HOST,
        "steps[look].host",
        T,
        "host: irisbox.brussels",
        "host: evil.example",
        "evil.example",
        "hosts.yaml",
    ),
    Case(
        FaultCode.UNKNOWN_DOCUMENT,
        "steps[print_letter].document",
        T,
        "document: letter",
        "document: lettre",
        "document: lettre",
        "letter",
    ),
    Case(
        FaultCode.UNKNOWN_ANSWER,
        "steps[check].answers",
        T,
        "answers: [surname]",
        "answers: [name]",
        "answers: [name]",
        "surname",
    ),
    Case(
        FaultCode.UNKNOWN_ANSWER,
        "steps[surname].when.colour",
        T,
        "when: {card: by_hand}",
        "when: {card: by_hand, colour: red}",
        "colour: red",
        "card",
    ),
    Case(
        FaultCode.UNKNOWN_ANSWER,
        "documents.letter.language",
        T,
        "language: letter_language",
        "language: card",
        "language: card",
        "nl and fr",
    ),
    Case(
        FaultCode.UNKNOWN_PLACEHOLDER,
        "documents.letter.paragraphs[0].fr",
        T,
        "Je suis {surname}.",
        "Je suis {nom}.",
        "Je suis",
        "surname",
    ),
    Case(
        FaultCode.UNKNOWN_PLACEHOLDER,
        "steps[look].text.nl",
        T,
        "nl: Kijk daar.",
        'nl: "Kijk {daar}."',
        "Kijk {daar}",
        "surname",
    ),
    Case(
        FaultCode.UNKNOWN_COMMON,
        "steps[letter_language].from",
        T,
        "which_language",
        "which",
        "from: which",
        "common.yaml",
    ),
    Case(
        FaultCode.UNKNOWN_ORGANISATION,
        "steps[help].organisations",
        T,
        "organisations: [house]",
        "organisations: [castle]",
        "castle",
        "directory.yaml",
    ),
    Case(
        FaultCode.DOUBLE_ID,
        "steps[look]",
        T,
        "id: print_letter\n    kind: print",
        "kind: print\n    id: look",
        "kind: print",
        "own id",
    ),
    Case(
        FaultCode.FILE_NAME,
        "id",
        T,
        "id: small-task",
        "id: other-task",
        "other-task",
        "other-task.yaml",
    ),
    Case(
        FaultCode.REASON_MISSING,
        "steps[read_card]",
        T,
        "fields: [surname]",
        "fields: [surname, national_number]",
        "id: read_card",
        "law",
    ),
    Case(
        FaultCode.NO_WAY_BY_HAND,
        "steps[read_card]",
        T,
        "fields: [surname]",
        "fields: [surname, street]",
        "id: read_card",
        "street",
    ),
    Case(
        FaultCode.UNREACHABLE_STEP,
        "steps[check]",
        T,
        "id: check\n    kind: check",
        "id: check\n    channels: [phone]\n    kind: check",
        "id: check",
        "no path",
    ),
    Case(
        FaultCode.UNREACHABLE_STEP,
        "steps[look]",
        T,
        "id: look\n",
        "id: look\n    when: {card: [by_hand, read], letter_language: []}\n",
        "id: look",
        "no path",
    ),
    Case(
        FaultCode.UNUSED_DOCUMENT,
        "documents.spare",
        T,
        "documents:\n",
        "documents:\n  spare: {kind: proof, title: {nl: X, fr: X}}\n",
        "spare:",
        "print it",
    ),
    Case(
        FaultCode.PAPER_UNCERTAIN,
        "steps[look_again]",
        T,
        "  - id: help\n",
        "  - {id: look_again, kind: show, title: {nl: a, fr: b}, text: {nl: a, fr: b},"
        " picture: paper}\n  - id: help\n",
        "id: look_again",
        "paper: printed",
    ),
    Case(
        FaultCode.UNKNOWN_VALUE,
        "steps[look_again].when.paper",
        T,
        "  - id: help\n",
        "  - {id: more, kind: print, answer: paper, title: {nl: a, fr: b}, text: {nl: a, fr: b},"
        " picture: paper, document: letter}\n"
        "  - {id: look_again, kind: show, title: {nl: a, fr: b}, text: {nl: a, fr: b},"
        " picture: paper, when: {paper: yes}}\n  - id: help\n",
        "when: {paper: yes}",
        "printed, unanswered, without",
    ),
    Case(
        FaultCode.PATH_WITHOUT_OUTCOME,
        "channels.counter",
        T,
        "    outcome: done\n",
        "",
        "counter:",
        "outcome",
    ),
    Case(
        FaultCode.NEED_WITHOUT_TASK,
        "money",
        "needs.yaml",
        "- id: papers",
        "- {id: money, picture: paper, title: {nl: a, fr: b}, text: {nl: c, fr: d}}\n- id: papers",
        "id: money",
        "task",
    ),
    Case(
        FaultCode.MISSING_LANGUAGE,
        "[word].text",
        "glossary.yaml",
        ", fr: Un mot.",
        "",
        "Een woord.",
        "fr",
    ),
    Case(
        FaultCode.UNKNOWN_VALUE,
        "[house].types[0]",
        "directory.yaml",
        "social_service",
        "friends",
        "friends",
        "repair",
    ),
    Case(
        FaultCode.DOUBLE_ID,
        "[word]",
        "glossary.yaml",
        "- id: word",
        "- {id: word, title: {nl: a, fr: a}, text: {nl: a, fr: a}}\n- id: word",
        "- id: word",
        "own id",
    ),
    Case(
        FaultCode.NOT_OURS,
        "channels.paper.source.mark",
        T,
        """mark: seed}
    checked_on: 2026-01-31""",
        """mark: ours}
    checked_on: 2026-01-31""",
        "mark: ours}",
        "mark it seed",
    ),
    Case(
        FaultCode.NOT_OURS,
        "channels.online.source.mark",
        T,
        """Sur un site.}
    source: {title: a page, mark: seed}""",
        """Sur un site.}
    url: site.example
    source: {title: a page, mark: ours}""",
        "mark: ours}",
        "mark it seed",
    ),
]


@pytest.fixture
def pack(tmp_path: Path) -> Pack:
    return Pack(tmp_path)


def test_the_small_pack_is_right(pack: Pack) -> None:
    assert pack.faults() == ()


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.code}:{case.key}")
def test_a_mistake_names_its_file_line_key_and_remedy(pack: Pack, case: Case) -> None:
    # given
    pack.change(case.file, case.old, case.new)

    # when
    faults = [fault for fault in pack.faults() if fault.code == case.code]

    # then
    assert case.key in [fault.key for fault in faults]
    fault = next(fault for fault in faults if fault.key == case.key)
    assert pack.root / case.file == fault.path
    assert case.remedy in fault.hint
    assert pack.line_of(case.file, case.at) == fault.line


def test_a_path_that_is_only_digital_is_refused(pack: Pack) -> None:
    # given: the letter and the people are not for those who go online
    pack.change(T, "id: print_letter\n", "id: print_letter\n    channels: [counter, paper]\n")
    pack.change(T, "id: help\n", "id: help\n    channels: [counter, paper]\n")
    pack.change(T, "label: Irisbox\n", "label: Irisbox\n    outcome: done\n")

    # when
    faults = pack.faults()

    # then
    assert [(f.code, f.key) for f in faults] == [(FaultCode.PATH_ONLY_DIGITAL, "channels.online")]


def test_a_branch_that_is_only_digital_is_told_by_the_answers_that_lead_there(pack: Pack) -> None:
    pack.change(T, "id: print_letter\n", "id: print_letter\n    when: {letter_language: nl}\n")
    pack.change(T, "id: help\n", "id: help\n    channels: [counter, paper]\n")
    pack.change(T, "label: Irisbox\n", "label: Irisbox\n    outcome: done\n")

    faults = [f for f in pack.faults() if f.code is FaultCode.PATH_ONLY_DIGITAL]

    assert [f.data["path"] for f in faults] == ["online: letter_language=fr, card=by_hand"]


def test_a_channel_that_leads_nowhere_is_refused(pack: Pack) -> None:
    # given: every step is for the counter, yet paper and online are offered
    lines = pack.read(T).splitlines()
    for i, line in reversed(list(enumerate(lines))):
        if line.startswith("  - id: ") and "look" not in line:
            lines.insert(i + 1, "    channels: [counter]")
    pack.write(T, "\n".join(lines))

    empty = [f.key for f in pack.faults() if f.code is FaultCode.EMPTY_PATH]

    assert empty == ["channels.paper"]


def test_online_alone_is_refused(pack: Pack) -> None:
    for kind in ("counter", "paper"):
        pack.change(T, f"  {kind}:\n    exists: yes", f"  {kind}:\n    exists: no")

    assert FaultCode.NO_OFFLINE_CHANNEL in [fault.code for fault in pack.faults()]


LINES = "title: {nl: X, fr: X}, lines: [{label: {nl: L, fr: L}, answer: ANSWER}]"


@pytest.mark.parametrize(
    "document",
    [
        "{kind: wallet_card, qr: none, LINES}",
        "{kind: proof, LINES}",
        "{kind: referral, types: [social_service], steps: [{nl: S, fr: S}], LINES}",
    ],
    ids=["wallet-card", "proof", "referral"],
)
@pytest.mark.parametrize(("answer", "is_known"), [("surname", True), ("surnam", False)])
def test_a_line_of_a_paper_speaks_of_an_answer_that_somebody_gives(
    pack: Pack, document: str, answer: str, *, is_known: bool
) -> None:
    # given a task that prints one paper more
    pack.change(
        T,
        "  - id: help\n",
        "  - {id: more, kind: print, title: {nl: a, fr: b}, text: {nl: a, fr: b},"
        " picture: paper, document: more}\n  - id: help\n",
    )
    row = document.replace("LINES", LINES.replace("ANSWER", answer))
    # when
    pack.change(T, "documents:\n", f"documents:\n  more: {row}\n")
    # then
    expected = [] if is_known else [(FaultCode.UNKNOWN_ANSWER, "documents.more.lines[0].answer")]
    assert expected == [(fault.code, fault.key) for fault in pack.faults()]


def test_each_mistake_is_said_once(pack: Pack) -> None:
    pack.change(T, "minutes: 5", "minutes: 5\nminutes: 6")

    assert [(f.code, f.key) for f in pack.faults()] == [(FaultCode.DOUBLE_KEY, "minutes")]


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("minutes: 5", "minutes: [5", FaultCode.NOT_YAML),
        ("need: papers", "need: papres", FaultCode.UNKNOWN_NEED),
    ],
)
def test_a_need_is_not_blamed_for_a_task_that_cannot_be_read(
    pack: Pack, old: str, new: str, code: FaultCode
) -> None:
    pack.change(T, old, new)

    assert [f.code for f in pack.faults()] == [code]


def test_a_file_that_is_not_there_is_named(pack: Pack) -> None:
    (pack.root / "glossary.yaml").unlink()

    faults = [f for f in pack.faults() if f.code is FaultCode.NOT_READABLE]

    assert [pack.root / "glossary.yaml"] == [f.path for f in faults]


@pytest.mark.parametrize("name", ["languages.txt", "pictures.txt"])
def test_a_list_that_is_not_there_or_empty_is_named(pack: Pack, name: str) -> None:
    pack.write(name, "# nothing\n")
    assert [pack.root / name] == [f.path for f in pack.faults()]

    (pack.root / name).unlink()
    assert [f.code for f in pack.faults()] == [FaultCode.NOT_READABLE]


def test_bytes_that_are_not_text_are_a_fault_not_a_crash(pack: Pack) -> None:
    (pack.root / T).write_bytes(b"\xff\xfe\x00id")

    assert (pack.root / T) in [f.path for f in pack.faults() if f.code is FaultCode.NOT_READABLE]


@pytest.mark.parametrize(
    "name", ["needs.yaml", "glossary.yaml", "hosts.yaml", "directory.yaml", TOWNS, T]
)
@pytest.mark.parametrize(
    "text", ["", "just a word", "[1, 2]", "{a: 1}", "- {}", "- ~", "~", "- [x]"]
)
def test_any_shape_is_a_fault_not_a_crash(pack: Pack, name: str, text: str) -> None:
    pack.write(name, text)

    assert name.rpartition("/")[2] in {fault.path.name for fault in pack.faults()}


def test_faults_of_all_files_are_told_at_once(pack: Pack) -> None:
    # given
    pack.change(T, "minutes: 5", "minutes: none")
    pack.change(T, "picture: card", "picture: dragon")
    pack.change("glossary.yaml", ", fr: Un mot.", "")

    # when
    faults = pack.faults()

    # then
    assert {
        (T.rpartition("/")[2], FaultCode.NOT_A_NUMBER),
        (T.rpartition("/")[2], FaultCode.UNKNOWN_PICTURE),
        ("glossary.yaml", FaultCode.MISSING_LANGUAGE),
    } == {(fault.path.name, fault.code) for fault in faults}


def test_the_error_shows_every_fault_with_its_remedy(pack: Pack) -> None:
    pack.change(T, "minutes: 5", "minutes: none")
    pack.change(T, "picture: card", "picture: dragon")

    with pytest.raises(ContentError) as caught:
        pack.load()

    line = pack.line_of(T, "minutes: none")
    assert f"{pack.root / T}:{line}: minutes: not_a_number: write a whole number" in str(
        caught.value
    )
    assert "unknown_picture" in str(caught.value)
    assert (pack.root / T, line, "minutes") == (
        caught.value.path,
        caught.value.line,
        caught.value.key,
    )


def test_every_fault_has_a_remedy() -> None:
    assert set(FaultCode) == set(REMEDIES)


def test_a_language_being_translated_borrows_the_first_one(pack: Pack) -> None:
    pack.change(T, "title: {nl: Taak, fr: Tâche}", "title: {nl: Taak, fr: Tâche, pt: Tarefa}")

    task = pack.load().tasks["small-task"]

    assert (task.title["pt"], task.text["pt"]) == ("Tarefa", "Iets doen.")


def test_a_promoted_language_asks_for_every_text(pack: Pack) -> None:
    pack.change("languages.txt", "pt partial", "pt required")

    missing = [f for f in pack.faults() if f.code is FaultCode.MISSING_LANGUAGE]

    assert {"pt"} == {fault.data["locale"] for fault in missing}
    assert {"needs.yaml", "glossary.yaml", "common.yaml", "directory.yaml", "small-task.yaml"} == {
        fault.path.name for fault in missing
    }


def test_more_choices_than_a_screen_holds_are_refused(pack: Pack) -> None:
    row = "    - {value: VALUE, title: {nl: a, fr: b}, picture: paper}\n"
    more = "".join(row.replace("VALUE", f"v{i}") for i in range(5))
    pack.write("common.yaml", pack.read("common.yaml") + more)

    found = [f for f in pack.faults() if f.code is FaultCode.TOO_MANY]

    assert [(f.path.name, f.data) for f in found] == [("common.yaml", {"limit": "6"})]


def test_answers_that_multiply_without_end_are_refused(pack: Pack) -> None:
    # given: eight questions whose answers all still count at the end
    ask = (
        "  - {id: NAME, kind: ask, title: {nl: a, fr: b}, text: {nl: a, fr: b}, picture: paper,"
        " answer: NAME, input: yes_no}\n"
    )
    names = [f"q{i}" for i in range(8)]
    all_yes = ", ".join(f"{name}: yes" for name in names)
    last = ask.replace("NAME", "last").replace("kind: ask", f"kind: ask, when: {{{all_yes}}}")
    steps = "".join(ask.replace("NAME", name) for name in names) + last
    pack.change(T, "documents:\n", steps + "documents:\n")

    assert FaultCode.TOO_MANY_PATHS in [fault.code for fault in pack.faults()]


@pytest.mark.parametrize(("value", "is_known"), [("read", True), ("lost", False)])
def test_a_fact_of_a_slip_depends_on_an_answer_that_somebody_can_give(
    pack: Pack, value: str, *, is_known: bool
) -> None:
    # given a task that prints a slip with a fact for some
    pack.change(
        T,
        "  - id: help\n",
        "  - {id: more, kind: print, title: {nl: a, fr: b}, text: {nl: a, fr: b},"
        " picture: paper, document: more}\n  - id: help\n",
    )
    fact = "{when: {card: VALUE}, label: {nl: L, fr: L}, value: '1', source: {title: a, mark: seed}"
    row = (
        f"{{kind: slip, title: {{nl: X, fr: X}}, steps: [{{nl: S, fr: S}}],"
        f" facts: [{fact.replace('VALUE', value)}, checked_on: null}}]}}"
    )
    # when
    pack.change(T, "documents:\n", f"documents:\n  more: {row}\n")
    # then
    expected = [] if is_known else [(FaultCode.UNKNOWN_VALUE, "documents.more.facts[0].when.card")]
    assert expected == [(fault.code, fault.key) for fault in pack.faults()]
