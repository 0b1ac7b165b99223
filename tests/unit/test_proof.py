"""The proof of a visit: what was really done, who did it, in the language that was asked for."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from kiosk.documents.model import Bilingual, Proof
from kiosk.i18n import I18n
from kiosk.screens import ProofBody, TextSize
from kiosk.tasks.loader import load_content
from kiosk.tasks.model import Task
from kiosk.visit import State
from tests.driving.visiting import LANGUAGES, Kept, Visit

CONTENT = load_content()
MAX_TAPS = 80


@pytest.fixture(scope="module")
def builder() -> Kept:
    return Kept()


@pytest.fixture
def visit(builder: Kept) -> Iterator[Visit]:
    made = Visit(CONTENT, builder).opens()
    yield made
    made.close()


def to_the_proof(
    visit: Visit,
    need: str,
    channel: str,
    *,
    letter: str = "nl",
    with_card: bool = True,
    takes_the_places: bool = False,
    prints: bool = True,
) -> ProofBody:
    """Walk to the proof; return what the screen says was done."""
    visit.taps("choose-language", code=visit.locale)
    visit.taps("choose-need", id=need)
    visit.taps("choose-channel", id=channel)
    is_paper_of_a_step = True
    for _ in range(MAX_TAPS):
        match visit.state:
            case State.CONSENT if not with_card:
                visit.taps("consent-no")
            case State.STEPS if visit.ask and visit.ask.key == "letter_language":
                visit.taps("answer", value=letter)
            case State.STEPS if visit.ask and not visit.ask.choices:
                visit.taps("skip")
            case State.PREVIEW if is_paper_of_a_step and not prints:
                visit.taps("print-skip")
            case State.REFER:
                is_paper_of_a_step = False
                visit.taps("refer-print" if takes_the_places else "refer-next")
            case State.PROOF:
                return shown(visit)
            case _:
                visit.goes_on()
    raise AssertionError(visit.state)


def goes_on_to(visit: Visit, state: State) -> None:
    """Take the first choice, and no paper, up to a screen."""
    for _ in range(MAX_TAPS):
        if visit.state is state:
            return
        ask = getattr(visit.screen.body, "ask", None)
        if ask is None:
            visit.taps("go")
        elif ask.choices:
            visit.taps("answer", value=ask.choices[0].id)
        else:
            visit.taps("skip")
        visit.taps("print-skip")
        visit.taps("teach-back", value="understood")
        visit.taps("refer-next")
    raise AssertionError(visit.state)


def shown(visit: Visit) -> ProofBody:
    body = visit.screen.body
    assert isinstance(body, ProofBody)
    return body


def printed(visit: Visit, builder: Kept) -> Proof:
    visit.taps("proof-print")
    proof = builder.papers[-1]
    assert isinstance(proof, Proof)
    return proof


def acts_of(body: ProofBody) -> list[str]:
    return [row.act for row in body.rows]


def titles_of_other_steps(task: Task, locale: str) -> set[str]:
    return {step.title[locale] for step in task.steps}


@pytest.mark.parametrize("locale", LANGUAGES)
def test_a_proof_lists_what_was_done_and_no_question_nor_warning(
    builder: Kept, locale: str
) -> None:
    # given a letter with a card, and the places that help
    visit = Visit(CONTENT, builder, locale).opens()
    # when
    body = to_the_proof(visit, "papers", "paper", takes_the_places=True)
    # then
    assert acts_of(body) == ["card-read", "printed", "referred"]
    proof = printed(visit, builder)
    assert len(proof.rows) == 3
    steps = titles_of_other_steps(CONTENT.tasks["household-composition"], locale)
    assert set() == steps & {row.step.own for row in proof.rows}
    document = CONTENT.tasks["household-composition"].documents["request_letter"]
    assert document.title[locale] in proof.rows[1].step.own
    visit.close()


def test_a_card_that_was_not_read_and_a_paper_that_did_not_come_are_no_acts(visit: Visit) -> None:
    assert [] == acts_of(to_the_proof(visit, "papers", "paper", with_card=False, prints=False))


def test_places_that_were_only_shown_were_not_given(visit: Visit) -> None:
    # given places that were taken to the printer and not printed
    to_the_proof(visit, "papers", "counter")
    visit.taps("back")
    visit.taps("refer-print")
    visit.taps("back")
    visit.taps("refer-next")
    # then
    assert ["printed"] == acts_of(shown(visit))


@pytest.mark.parametrize(("status", "was_visited"), [("unreachable", False), ("open", True)])
def test_a_site_that_never_opened_was_not_visited(
    visit: Visit, builder: Kept, status: str, was_visited: bool
) -> None:
    # given
    visit.taps("choose-language", code="nl")
    visit.taps("choose-need", id="papers")
    visit.taps("choose-channel", id="online")
    goes_on_to(visit, State.SITE)
    # when
    visit.taps("site-open")
    visit.controller.site_changed(status)
    visit.taps("go")
    goes_on_to(visit, State.PROOF)
    # then
    assert was_visited == ("visited" in acts_of(shown(visit)))
    # What the site asked for on this screen, nobody here can say.
    no_codes = I18n().words("nl").say("paper", "statement-no-codes")
    stated = [statement.own for statement in printed(visit, builder).statements]
    assert was_visited != (no_codes in stated)
    assert len(stated) == (3 if was_visited else 4)


@pytest.mark.parametrize(
    ("locale", "letter"), [("fr", "nl"), ("nl", "fr"), ("ar", "fr"), ("de", "fr"), ("en", "nl")]
)
def test_a_proof_stands_beside_the_language_that_was_chosen_for_the_letter(
    builder: Kept, locale: str, letter: str
) -> None:
    # given
    visit = Visit(CONTENT, builder, locale).opens()
    to_the_proof(visit, "telephone", "paper", letter=letter)
    # when
    proof = printed(visit, builder)
    # then
    assert proof.frame.admin_locale == letter
    task = CONTENT.tasks["telecom-dispute"]
    assert task.title[letter] == proof.task.admin
    assert task.documents["dispute_letter"].title[letter] in (proof.rows[-2].step.admin or "")
    visit.close()


@pytest.mark.parametrize("locale", LANGUAGES)
def test_the_proof_of_a_letter_is_one_sheet(builder: Kept, locale: str) -> None:
    visit = Visit(CONTENT, builder, locale).opens()
    to_the_proof(visit, "telephone", "paper", takes_the_places=True)
    assert 1 == visit.papers.for_proof(visit.controller.memory).pages
    # In large print a second sheet is needed at most.
    visit.controller.memory.text_size = TextSize.XL
    assert visit.papers.for_proof(visit.controller.memory).pages <= 2
    visit.close()


@pytest.mark.parametrize("is_practice", [True, False], ids=["stand-in", "real"])
@pytest.mark.parametrize("locale", LANGUAGES)
def test_what_was_done_on_a_practice_website_is_called_practice_on_paper(
    builder: Kept, locale: str, is_practice: bool
) -> None:
    # given
    visit = Visit(CONTENT, builder, locale, is_practice_site=is_practice).opens()
    visit.taps("choose-language", code=locale)
    visit.taps("choose-need", id="papers")
    visit.taps("choose-channel", id="online")
    goes_on_to(visit, State.SITE)
    # when
    visit.taps("site-open")
    visit.controller.site_changed("open")
    visit.taps("go")
    goes_on_to(visit, State.PROOF)
    # then
    assert is_practice == ("practised" in acts_of(shown(visit)))
    assert is_practice != ("visited" in acts_of(shown(visit)))
    proof = printed(visit, builder)
    theirs = I18n().words(proof.frame.admin_locale or locale).say("paper", "practice")
    told = Bilingual(I18n().words(locale).say("paper", "practice"), theirs)
    assert (told if is_practice else None) == proof.frame.practice
    visit.close()
