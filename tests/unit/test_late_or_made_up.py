"""What comes too late, or no screen could have sent: it changes nothing and is kept nowhere."""

from __future__ import annotations

import errno
from dataclasses import replace

import pytest

from device.card.status import CardFinding, ReaderLevel
from kiosk.screens import ReadingBody
from kiosk.tasks.loader import load_content
from kiosk.visit import State
from tests.driving.visiting import INVENTED, Visit

CONTENT = load_content()
NAME = INVENTED["first_names"]


# ---- the card -----------------------------------------------------------------------


def test_a_name_that_comes_after_the_reading_was_left_is_not_kept(visit: Visit) -> None:
    # given
    visit.goes_to(State.READING)
    visit.controller.name_read(NAME)
    assert visit.body(ReadingBody).name == NAME
    visit.taps("stop")
    visit.controller.memory.reading_name = ""
    seen = visit.controller.wait(-1, 0)
    # when
    visit.controller.name_read(NAME)
    # then
    assert visit.controller.memory.reading_name == ""
    assert visit.controller.wait(-1, 0) == seen


def test_what_was_wrong_with_an_earlier_read_leaves_the_newer_one_alone(visit: Visit) -> None:
    visit.goes_to(State.READING)
    visit.reader(ReaderLevel.CARD)

    visit.controller.card_failed(CardFinding.NO_READER, lambda: False)

    assert visit.state is State.READING
    visit.controller.card_failed(CardFinding.NO_READER, lambda: True)
    assert visit.state is State.CARD_TROUBLE


def test_only_what_the_card_gave_can_be_opened_or_left_out(visit: Visit) -> None:
    # given
    visit.goes_to(State.REVIEW)
    memory = visit.controller.memory
    strange = next(key for key in memory.answers if key not in INVENTED)
    # when
    for key in (strange, "no-such-key", ""):
        visit.taps("review-open", key=key)
        visit.taps("review-leave-out", key=key)
        # then
        assert visit.state is State.REVIEW
        assert (memory.editing, memory.left_out) == ("", set())
    visit.taps("review-leave-out", key="street")
    assert memory.left_out == {"street"}


# ---- the official site --------------------------------------------------------------


def test_a_document_whose_qr_code_cannot_be_noted_is_not_taken(
    visit: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    # given
    visit.opens()
    site = visit.controller.memory.site

    def full(_: int, __: object) -> None:
        raise OSError(errno.ENOSPC, "full")

    # when
    with monkeypatch.context() as patched:
        patched.setattr("kiosk.wipe.notebook.append", full)
        visit.controller.site_gave(b"%PDF", 1, "", "https://dossier.example/4711")
    # then
    assert (site.pdf, site.pdf_pages, site.pdf_fault, site.qr) == (None, 0, "other", "")
    visit.controller.site_gave(b"%PDF", 1, "", "https://dossier.example/4711")
    assert (site.pdf, site.pdf_fault) == (b"%PDF", "")


# ---- acting instead -----------------------------------------------------------------


@pytest.mark.parametrize("reason", ["", "language", "Odette is tired", "cannot-see "])
def test_acting_instead_has_one_of_the_reasons_there_are(visit: Visit, reason: str) -> None:
    # given
    visit.goes_to(State.STEPS)
    memory = visit.controller.memory
    assert memory.task is not None
    assert memory.permanence is not None
    memory.task = replace(memory.task, allow_instead=True)
    memory.permanence = replace(memory.permanence, may_act_instead=True)
    visit.taps("posture", value="instead")
    # when
    visit.taps("why-instead", reason=reason)
    # then
    assert visit.state is State.WHY_INSTEAD
    assert memory.why_instead == ""
    visit.taps("why-instead", reason="cannot-see")
    assert (visit.state, memory.why_instead) == (State.STEPS, "cannot-see")


# ---- what was done ------------------------------------------------------------------


def test_a_step_that_is_walked_again_and_passed_is_no_longer_done(visit: Visit) -> None:
    # given a letter that has come out
    visit.goes_to(State.TAKE_PAPERS)
    memory = visit.controller.memory
    assert memory.walk is not None
    step = memory.walk.step(memory.answers)
    assert step is not None
    visit.taps("came-out")
    assert step.id in memory.done
    # when somebody goes back to it, and passes it
    while visit.state is not State.PREVIEW:
        visit.taps("back")
    visit.taps("print-skip")
    # then
    assert step.id not in memory.done
