"""A tired person is asked once: what was called right is not asked again, nor a proof offered."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from kiosk.documents.builder import Builder
from kiosk.screens import ReviewBody, StepBody
from kiosk.tasks.loader import load_content
from kiosk.visit import State
from tests.driving.visiting import INVENTED, Visit

CONTENT = load_content()
CARD = ("surname", "first_names", "street", "postal_code", "municipality")
MAX_TAPS = 40


@pytest.fixture(scope="module")
def builder() -> Builder:
    return Builder()


@pytest.fixture
def visit(builder: Builder) -> Iterator[Visit]:
    made = Visit(CONTENT, builder).opens()
    yield made
    made.close()


def begins(visit: Visit, need: str, channel: str) -> None:
    visit.taps("choose-language", code=visit.locale)
    visit.taps("choose-need", id=need)
    visit.taps("choose-channel", id=channel)


def goes_on_to(visit: Visit, *wanted: State | str, typed: str = "Proef") -> None:
    """Go on until one of these states, or a step of one of these kinds, is on the screen."""
    for _ in range(MAX_TAPS):
        body = visit.screen.body
        if visit.state in wanted or (isinstance(body, StepBody) and body.kind in wanted):
            return
        if visit.state is State.STEPS and visit.ask and visit.ask.kind == "date":
            visit.taps("skip")
        else:
            visit.goes_on(typed)
    raise AssertionError(visit.state)


def checked(visit: Visit) -> list[str]:
    return [item.id for item in visit.body(StepBody).items]


def test_what_was_called_right_after_the_card_is_not_asked_again(visit: Visit) -> None:
    # given a letter for which nothing is typed
    begins(visit, "papers", "paper")
    goes_on_to(visit, State.REVIEW)
    assert list(CARD) == [row.key for row in visit.body(ReviewBody).rows]
    # when
    visit.taps("review-ok")
    # then the paper is next, and going back leads to the card, past the empty check
    assert visit.state is State.PREVIEW
    visit.taps("back")
    assert visit.state is State.CONSENT


def test_a_value_that_was_corrected_is_seen_once_more_where_it_was_corrected(visit: Visit) -> None:
    # given
    begins(visit, "papers", "paper")
    goes_on_to(visit, State.REVIEW)
    # when
    visit.taps("review-open", key="street")
    visit.taps("answer", value="Teststraat 3")
    # then
    rows = {row.key: row.value for row in visit.body(ReviewBody).rows}
    assert rows["street"] == "Teststraat 3"
    visit.taps("review-ok")
    assert visit.state is State.PREVIEW


def test_what_was_typed_by_hand_is_checked_before_it_is_printed(visit: Visit) -> None:
    begins(visit, "papers", "paper")
    goes_on_to(visit, State.CONSENT)
    visit.taps("consent-no")
    goes_on_to(visit, "check", State.PREVIEW, typed="1000")
    assert ["letter_language", *CARD] == checked(visit)
    visit.taps("go")
    assert visit.state is State.PREVIEW


def test_a_check_asks_only_about_what_nobody_has_looked_at(visit: Visit) -> None:
    # given answers that were typed and a card that was called right
    begins(visit, "telephone", "paper")
    goes_on_to(visit, State.REVIEW)
    visit.taps("review-ok")
    # then
    asked = checked(visit)
    assert {"customer_number", "bill_number", "operator", "letter_language"} <= set(asked)
    assert not set(CARD) & set(asked)


def test_a_value_that_is_not_what_was_called_right_is_checked(visit: Visit) -> None:
    # given a card that was called right, and then a person who types instead
    begins(visit, "papers", "paper")
    goes_on_to(visit, State.REVIEW)
    visit.taps("review-ok")
    visit.taps("back")
    visit.taps("consent-no")
    for value in (INVENTED["surname"], "Anders", INVENTED["street"], "1000", "Brussel"):
        visit.taps("answer", value=value)
    # then
    assert "first_names" in checked(visit)
    assert "surname" not in checked(visit)


def test_a_check_of_nothing_is_not_shown(visit: Visit) -> None:
    begins(visit, "papers", "paper")
    goes_on_to(visit, State.CONSENT)
    visit.taps("consent-no")
    for _ in CARD:
        visit.taps("skip")
    assert visit.state is State.PREVIEW


def to_the_end_online(visit: Visit, *, prints: bool) -> None:
    begins(visit, "papers", "online")
    for _ in range(MAX_TAPS):
        if visit.state in (State.PROOF, State.GOODBYE):
            return
        if visit.state is State.PREVIEW and not prints:
            visit.taps("print-skip")
        else:
            visit.goes_on()
    raise AssertionError(visit.state)


def test_a_proof_that_came_out_is_not_offered_again(visit: Visit) -> None:
    # given a certificate that was asked for online: its proof is a paper of the task
    to_the_end_online(visit, prints=True)
    # then
    assert visit.state is State.GOODBYE
    row = visit.link.last("row")
    assert row is not None
    assert row["row"]["outcome"] == "done"
    # and going back leads to the step before it
    visit.taps("back")
    assert visit.state is State.REFER
    visit.taps("refer-next")
    assert visit.state is State.GOODBYE


def test_a_proof_that_was_passed_is_offered_at_the_end(visit: Visit) -> None:
    to_the_end_online(visit, prints=False)
    assert visit.state is State.PROOF
