"""Every shipped task: valid, with four channels, a way without anything, and papers that fit."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest

from kiosk.i18n import I18n
from kiosk.tasks.loader import CONTENT, load_content, load_hosts
from kiosk.tasks.model import Ask, DoOnline, Print, ReadCard, Refer, Task, TeachBack
from kiosk.tasks.paper import Letter, Slip, WalletCard
from kiosk.tasks.paths import explore
from kiosk.tasks.vocabulary import (
    BY_HAND,
    CardField,
    ChannelKind,
    Exists,
    Key,
    Mark,
    StepKind,
)

LOADED = load_content()
TASKS = list(LOADED.tasks.values())

each_task = pytest.mark.parametrize("task", TASKS, ids=lambda task: task.id)


def test_the_five_tasks_are_there_each_under_its_need() -> None:
    assert sorted(LOADED.tasks) == [
        "address-change",
        "card-problem",
        "household-composition",
        "telecom-dispute",
        "wallet-card",
    ]
    for need in LOADED.needs:
        assert LOADED.tasks_for(need.id)
    assert len(LOADED.needs) <= 6


@each_task
def test_four_channels_stand_side_by_side(task: Task) -> None:
    assert list(ChannelKind) == list(task.channels)


@each_task
def test_every_path_of_every_channel_ends_well_and_reaches_every_step(task: Task) -> None:
    offered = [kind for kind, channel in task.channels.items() if channel.exists is not Exists.NO]
    reached: set[str] = set()

    for kind in offered:
        exploration = explore(task, kind)
        reached |= exploration.reached
        for way in exploration.ends:
            assert way.is_offline, (kind, way.story)
            assert way.outcome is not None, (kind, way.story)

    assert {step.id for step in task.steps} == reached


@each_task
def test_every_way_ends_with_teach_back_and_people(task: Task) -> None:
    """Teach back, then who helps further: the last two kinds of every channel."""
    for kind, channel in task.channels.items():
        if channel.exists is Exists.NO:
            continue
        kinds = [step.kind for step in task.steps if kind in step.channels]
        assert StepKind.TEACH_BACK in kinds
        assert StepKind.REFER is kinds[-1]


@each_task
def test_a_task_works_with_nothing_in_hand(task: Task) -> None:
    assert Key.NONE in task.any_of


@each_task
def test_reading_a_card_has_a_way_by_hand_for_every_field(task: Task) -> None:
    for step in task.steps:
        if isinstance(step.data, ReadCard):
            asked = {
                ask.data.answer
                for name in step.data.by_hand
                if isinstance((ask := task.step(name)).data, Ask) and BY_HAND in ask.when["card"]
            }
            assert {field.value for field in step.data.fields} == asked


@each_task
def test_no_task_reads_the_national_number(task: Task) -> None:
    read = {f for s in task.steps if isinstance(s.data, ReadCard) for f in s.data.fields}

    assert CardField.NATIONAL_NUMBER not in read


@pytest.mark.parametrize("name", ["card-problem", "wallet-card"])
def test_a_task_about_a_broken_card_never_asks_for_a_card(name: str) -> None:
    assert StepKind.READ_CARD not in [step.kind for step in LOADED.tasks[name].steps]


@each_task
def test_nothing_is_mandatory_but_the_choice_a_paper_depends_on(task: Task) -> None:
    mandatory = {
        step.data.answer
        for step in task.steps
        if isinstance(step.data, Ask) and not step.data.optional
    }

    assert mandatory <= {"letter_language", "card_kind"}


@each_task
def test_facts_nobody_checked_say_so(task: Task) -> None:
    assert task.checked_on is None
    assert task.sources
    for channel in task.channels.values():
        assert channel.checked_on is None
        assert channel.source.title


@each_task
def test_a_number_or_address_names_where_it_comes_from(task: Task) -> None:
    for channel in task.channels.values():
        if channel.number or channel.url:
            assert channel.source.mark in {Mark.SEED, Mark.SEEN, Mark.UNVERIFIED}
    for document in task.documents.values():
        if isinstance(document, Slip):
            for fact in document.facts:
                assert fact.source.title
                assert fact.checked_on is None


@each_task
def test_only_reviewed_hosts_are_opened(task: Task) -> None:
    for step in task.steps:
        if isinstance(step.data, DoOnline):
            assert step.data.host in LOADED.hosts
            assert step.data.path.startswith("/")


@each_task
def test_before_an_official_site_opens_the_code_is_said_to_stay_ones_own(task: Task) -> None:
    ids = [step.id for step in task.steps]
    for step in task.steps:
        if isinstance(step.data, DoOnline):
            assert ids.index("my_code") < ids.index(step.id)


@each_task
def test_a_letter_is_checked_before_it_is_printed_and_comes_twice(task: Task) -> None:
    for before, step in pairwise(task.steps):
        if isinstance(step.data, Print):
            document = task.documents[step.data.document]
            if isinstance(document, Letter):
                assert StepKind.CHECK is before.kind
                assert document.copies == 2
            if isinstance(document, WalletCard):
                assert document.copies == 2


def test_the_dispute_never_asks_for_papers_or_status() -> None:
    task = LOADED.tasks["telecom-dispute"]
    answers = {step.data.answer for step in task.steps if isinstance(step.data, Ask)}

    assert not answers & {"nationality", "status", "permit", "national_number", "birth_date"}


def test_the_ombudsman_is_on_every_way_of_a_dispute() -> None:
    task = LOADED.tasks["telecom-dispute"]
    step = next(s for s in task.steps if s.id == "ombudsman_slip")
    slip = task.documents["ombudsman_slip"]

    assert frozenset(ChannelKind) == step.channels
    assert isinstance(slip, Slip)
    assert [f.value["nl"] for f in slip.facts] == ["02 223 09 09", "Koning Albert II-laan 8 bus 3"]


def test_a_card_that_does_not_work_ends_with_the_desks_that_help() -> None:
    task = LOADED.tasks["card-problem"]
    refer = task.step("where_to_go").data

    assert isinstance(refer, Refer)
    found = LOADED.directory.query(types=refer.types, ids=refer.organisations)
    assert [place.id for place in found[:2]] == ["town-hall", "registration-office"]
    assert Exists.NO is task.channels[ChannelKind.ONLINE].exists


@pytest.mark.parametrize("locale", LOADED.locales)
def test_the_teach_back_asks_once(locale: str) -> None:
    # given a screen that asks in its heading whether the explanation was clear
    heading = I18n().words(locale).say("teach-back", "heading")
    questions = [
        step.data.question[locale]
        for task in TASKS
        for step in task.steps
        if isinstance(step.data, TeachBack) and step.data.question
    ]
    # then what to tell is another question, and one alone
    assert questions
    assert [1] * len(questions) == [len(re.findall("[?؟]", words)) for words in questions]
    assert heading not in questions


@each_task
def test_the_way_without_is_a_statement_since_the_screen_may_ask(task: Task) -> None:
    assert [] == [text for text in task.without.values() if "?" in text or "؟" in text]


def test_another_wallet_card_is_promised_only_as_what_it_is_a_new_visit() -> None:
    # given a way that asks once what goes on the card, and leads to no second card
    task = LOADED.tasks["wallet-card"]
    kinds = [step for step in task.steps if isinstance(step.data, Ask) and "card_kind" in step.id]
    assert len(kinds) == 1
    # then
    new_visit = {
        "nl": "nieuw bezoek",
        "fr": "nouvelle visite",
        "en": "new visit",
        "de": "neuen Besuch",
        "ar": "زيارة جديدة",
    }
    assert [] == [
        locale for locale, words in new_visit.items() if words not in kinds[0].text[locale]
    ]


def test_every_picture_and_term_of_the_lists_is_used() -> None:
    used = {need.picture for need in LOADED.needs} | {task.picture for task in TASKS}
    terms: set[str] = set()
    for task in TASKS:
        terms |= set(task.terms)
        for step in task.steps:
            used.add(step.picture)
            if isinstance(step.data, Ask):
                used |= {choice.picture for choice in step.data.choices}
    channels = {kind.value for kind in ChannelKind}

    assert LOADED.pictures == used | channels
    assert set(LOADED.glossary) == terms


def test_a_sixth_task_is_a_file_and_nothing_else(tmp_path: object) -> None:
    # given: a copy of the content and one more file
    import shutil
    from pathlib import Path

    root = Path(str(tmp_path)) / "content"
    shutil.copytree(CONTENT, root)
    text = (root / "tasks" / "wallet-card.yaml").read_text(encoding="utf-8")
    (root / "tasks" / "bus-pass.yaml").write_text(
        text.replace("id: wallet-card\n", "id: bus-pass\n")
        .replace("need: keep", "need: papers")
        .replace("    host: irisbox.brussels", "    host: bus.example"),
        encoding="utf-8",
    )

    with (root / "hosts.yaml").open("a", encoding="utf-8") as hosts:
        hosts.write(
            "- {host: bus.example, runs: an invented counter, owner_type: public,"
            " checked_on: null, source: {title: bus.example, mark: seen}}\n"
        )

    # when
    content = load_content(root)

    # then
    assert {"bus.example"} == set(load_hosts(root)) - set(LOADED.hosts)
    assert {"bus-pass"} == set(content.tasks) - set(LOADED.tasks)
    assert "bus-pass" in [task.id for task in content.tasks_for("papers")]
    assert all(way.is_offline for way in explore(content.tasks["bus-pass"], ChannelKind.PAPER).ends)
