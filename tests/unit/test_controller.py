"""The controller: what a tap, a card, a printer and the keeper change, and what they do not."""

from __future__ import annotations

import errno
from dataclasses import replace

import pytest

from device.card.status import ReaderLevel
from device.printer.status import PrinterLevel, PrinterStatus
from kiosk import controller
from kiosk.documents.builder import Builder
from kiosk.keeper.link import LinkClosed
from kiosk.permanence import Permanence
from kiosk.screens import AskBody, ClosedBody, OutOfServiceBody, Prompt, Receipt, WelcomeBody
from kiosk.tasks.loader import load_content
from kiosk.visit import VISIT_STATES, State, is_visit
from kiosk.wipe.notebook import Notebook
from tests.driving.visiting import INVENTED, READY, Visit

CONTENT = load_content()
OUT_OF_PAPER = PrinterStatus(PrinterLevel.STOPPED, frozenset())
RECEIPT = Receipt(sought=7, places=9, found=0, not_searchable=1, unseen=0, reason="stopped")
MAX_TAPS = 40
VISITED = (
    State.NEED,
    State.TASK,
    State.PREPARE,
    State.STEPS,
    State.CONSENT,
    State.READING,
    State.REVIEW,
    State.PREVIEW,
    State.PRINTING,
    State.TAKE_PAPERS,
    State.TEACH_BACK,
    State.REFER,
    State.PROOF,
    State.GOODBYE,
)


# ---- taps ---------------------------------------------------------------------------


def test_a_page_of_another_visit_or_an_earlier_turn_changes_nothing(visit: Visit) -> None:
    # given
    visit.goes_to(State.TASK)
    screen = visit.screen
    told = len(visit.link.told)
    # when
    for other, turn in ((screen.visit + "x", screen.turn), (screen.visit, screen.turn - 1)):
        visit.controller.act("choose-channel", visit=other, turn=turn, form={"id": "paper"})
    # then: and a page of another visit is no sign of life of this one
    assert visit.state is State.TASK
    assert len(visit.link.told) == told


@pytest.mark.parametrize("action", ["no-such-thing", "", "__class__", "_go", "stop-it"])
def test_an_action_nobody_knows_changes_nothing(visit: Visit, action: str) -> None:
    visit.goes_to(State.NEED)

    visit.taps(action)

    assert visit.state is State.NEED


@pytest.mark.parametrize("wanted", VISITED, ids=lambda state: str(state.value))
def test_a_tap_that_belongs_to_another_screen_changes_nothing(visit: Visit, wanted: State) -> None:
    # given
    visit.goes_to(wanted)
    strange = [action for action, states in controller.HEARD_IN.items() if wanted not in states]
    form = {"id": "paper", "value": "yes", "key": "surname", "reason": "language", "code": "fr"}
    before = repr(visit.controller.memory)
    # when
    for action in strange:
        visit.taps(action, **form)
    # then
    assert len(strange) > 20
    assert repr(visit.controller.memory) == before
    assert [message["do"] for message in visit.link.told].count("end") == 0


def test_every_action_is_heard_somewhere_on_purpose() -> None:
    actions = {
        name.removeprefix("_on_").replace("_", "-")
        for name in dir(controller.Controller)
        if name.startswith("_on_")
    }
    everywhere = {"stop", "back", "close-permanence", "more-languages"}
    assert actions == set(controller.HEARD_IN) | controller.ANYWHERE | everywhere


def test_acting_instead_is_only_for_tasks_and_helpers_that_may(visit: Visit) -> None:
    for task_may, helper_may in ((True, False), (False, True), (True, True)):
        # given
        visit.goes_to(State.STEPS)
        memory = visit.controller.memory
        assert memory.task is not None
        assert memory.permanence is not None
        memory.task = replace(memory.task, allow_instead=task_may)
        memory.permanence = replace(memory.permanence, may_act_instead=helper_may)
        # when
        visit.taps("posture", value="instead")
        # then
        assert (visit.state is State.WHY_INSTEAD) == (task_may and helper_may)


def test_the_language_that_is_touched_is_named_aloud(visit: Visit) -> None:
    visit.opens()
    visit.taps("choose-language", code="ar")
    visit.taps("back")
    visit.taps("choose-language", code="fr")
    visit.taps("choose-language", code="xx")
    assert visit.voice.said == [("ar", "العربية"), ("fr", "Français")]


def test_every_tap_tells_the_keeper_that_somebody_is_there(visit: Visit) -> None:
    visit.goes_to(State.NEED)
    before = [message["do"] for message in visit.link.told].count("active")

    visit.taps("text-size")

    assert [message["do"] for message in visit.link.told].count("active") == before + 1


@pytest.mark.parametrize("wanted", VISITED)
def test_a_stop_ends_the_visit_from_every_screen(visit: Visit, wanted: State) -> None:
    visit.goes_to(wanted)

    visit.taps("stop")

    assert visit.state is State.ENDING
    assert visit.link.last("end") == {"do": "end", "reason": "stopped"}
    assert wanted in VISIT_STATES


def test_nothing_is_heard_once_a_visit_is_over(visit: Visit) -> None:
    visit.goes_to(State.PREVIEW)
    visit.taps("stop")
    told = len(visit.printer.works)

    for action in ("print", "back", "go", "finish"):
        visit.taps(action)

    assert visit.state is State.ENDING
    assert len(visit.printer.works) == told


# ---- what is learned -----------------------------------------------------------------


def test_what_is_typed_and_read_is_noted_for_the_wipe(visit: Visit) -> None:
    visit.goes_to(State.REVIEW)
    visit.taps("review-open", key="street")
    visit.taps("answer", value="Zonnebloemkaai 4711")

    noted = visit.traces()
    assert {INVENTED["surname"], INVENTED["first_names"], "Zonnebloemkaai 4711"} <= noted
    assert f"{INVENTED['surname']} {INVENTED['first_names']}" in noted
    assert f"{INVENTED['first_names']} {INVENTED['surname']}" in noted


def test_a_value_that_cannot_be_used_is_noted_too(visit: Visit) -> None:
    visit.goes_to(State.REVIEW)
    visit.taps("review-open", key="surname")

    visit.taps("answer", value="Testmans" * 60)

    assert any(trace.startswith("TestmansTestmans") for trace in visit.traces())


@pytest.mark.parametrize(("key", "bad"), [("postal_code", "!!!@@"), ("surname", "A" * 500)])
def test_a_correction_that_is_refused_is_used_nowhere(visit: Visit, key: str, bad: str) -> None:
    visit.goes_to(State.REVIEW)
    before = dict(visit.controller.memory.answers)
    visit.taps("review-open", key=key)

    refused = visit.taps("answer", value=bad)
    visit.taps("back")
    again = visit.taps("review-open", key=key)

    assert isinstance(refused.body, AskBody)
    assert isinstance(again.body, AskBody)
    assert refused.body.fault
    assert bad[:5] in refused.body.value
    assert before == visit.controller.memory.answers
    assert before[key] == again.body.value


def test_what_comes_after_the_receipt_speaks_to_nobody_in_particular(builder: Builder) -> None:
    visit = Visit(CONTENT, builder, "ar").opens(RECEIPT)
    of_the_last = visit.screen.locale
    visit.reader(ReaderLevel.EMPTY)
    visit.clock.advance(1)
    visit.taps("touch")
    visit.close()

    assert "ar" == of_the_last
    assert visit.profile.place.languages[0] == visit.controller.memory.locale


def blinds_the_notebook(visit: Visit, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int, __: object) -> None:
        raise OSError(errno.ENOSPC, "full")

    monkeypatch.setattr("kiosk.wipe.notebook.append", full)


def test_a_typed_value_that_cannot_be_noted_is_not_used(
    visit: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    visit.goes_to(State.REVIEW)
    visit.taps("review-open", key="street")
    before = dict(visit.controller.memory.answers)
    blinds_the_notebook(visit, monkeypatch)

    screen = visit.taps("answer", value="Zonnebloemkaai 4711")

    assert State.CORRECT is visit.state
    assert isinstance(screen.body, AskBody)
    assert "other" == screen.body.fault
    assert before == visit.controller.memory.answers


def test_a_card_that_cannot_be_noted_is_not_used(
    visit: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    visit.goes_to(State.READING)
    visit.reader(ReaderLevel.CARD)
    blinds_the_notebook(visit, monkeypatch)

    visit.card.answers()

    assert State.CARD_TROUBLE is visit.state
    assert not set(INVENTED.values()) & set(visit.controller.memory.answers.values())


def test_what_the_card_gave_after_the_reading_was_left_is_not_taken(visit: Visit) -> None:
    visit.goes_to(State.READING)
    visit.reader(ReaderLevel.CARD)
    visit.taps("back")

    visit.card.answers()

    assert visit.state is State.CONSENT
    assert visit.controller.memory.answers.get("surname") is None


# ---- the printer ---------------------------------------------------------------------


def test_a_printer_that_fails_is_a_screen_with_a_way_on(visit: Visit) -> None:
    # given
    visit.goes_to(State.PRINTING)
    # when
    visit.printer.fails(OUT_OF_PAPER)
    # then
    assert visit.state is State.PRINTER_TROUBLE
    visit.taps("print-retry")
    assert visit.state is State.PRINTING
    assert len(visit.printer.works) == 2
    visit.printer.fails(OUT_OF_PAPER)
    visit.taps("print-skip")
    assert is_visit(visit.state)
    assert visit.state not in (State.PRINTING, State.PRINTER_TROUBLE)


def test_a_stop_while_printing_cancels_the_job(visit: Visit) -> None:
    visit.goes_to(State.PRINTING)

    visit.taps("stop")

    assert visit.printer.cancelled == 1


def test_a_job_that_ends_after_the_visit_changes_nothing(visit: Visit) -> None:
    visit.goes_to(State.PRINTING)
    visit.taps("stop")

    visit.printer.finishes()

    assert visit.state is State.ENDING


def test_a_paper_over_the_houses_limit_is_not_printed(builder: Builder) -> None:
    visit = Visit(CONTENT, builder, page_cap=0)
    visit.goes_to(State.PREVIEW)

    visit.taps("print")

    assert visit.state is State.PREVIEW
    assert visit.printer.works == []
    visit.close()


def test_nothing_came_out_is_trouble_too(visit: Visit) -> None:
    visit.goes_to(State.TAKE_PAPERS)

    visit.taps("nothing-came")

    assert visit.state is State.PRINTER_TROUBLE


# ---- the keeper ----------------------------------------------------------------------


@pytest.mark.parametrize(("fault", "closes"), [("too-large", True), ("not-a-pdf", False)])
def test_a_download_that_outgrows_the_machine_closes_its_site(
    visit: Visit, fault: str, closes: bool
) -> None:
    visit.opens()
    memory = visit.controller.memory
    memory.state, memory.site.status = State.SITE, "open"

    visit.controller.site_gave(None, 0, fault, "")

    assert ({"do": "site-close"} in visit.link.told) is closes
    assert ("closed" if closes else "open", fault) == (memory.site.status, memory.site.pdf_fault)


def test_without_a_permanence_the_machine_is_closed(visit: Visit) -> None:
    visit.controller.begin(
        notebook=Notebook(visit.notes),
        canary="",
        permanence=None,
        receipt=RECEIPT,
        locale="nl",
        today="2026-01-05",
    )

    assert visit.state is State.CLOSED
    visit.taps("open-permanence", code="2468", helpers="Ines", date="2026-01-05")
    assert visit.link.last("open") == {
        "do": "open",
        "code": "2468",
        "helpers": "Ines",
        "date": "2026-01-05",
    }
    visit.controller.code_refused(4)
    assert visit.body(ClosedBody).was_wrong
    visit.controller.permanence_opened(Permanence("employee", "Ines", "2026-01-05"))
    assert visit.state is State.WELCOME


def test_the_receipt_goes_by_itself_and_by_a_touch(builder: Builder) -> None:
    for leaves_by_itself in (True, False):
        visit = Visit(CONTENT, builder).opens(RECEIPT)
        visit.reader(ReaderLevel.EMPTY)
        assert visit.state is State.RECEIPT
        if leaves_by_itself:
            visit.clock.advance(visit.profile.house.receipt_s + 0.1)
            visit.controller.tick()
        else:
            visit.clock.advance(1)
            visit.taps("touch")
        assert visit.state is State.WELCOME
        visit.close()


@pytest.mark.parametrize(
    ("level", "then"),
    [
        (ReaderLevel.CARD, State.CARD_LEFT),
        (ReaderLevel.EMPTY, State.WELCOME),
        (ReaderLevel.ABSENT, State.WELCOME),
    ],
)
def test_a_receipt_that_is_touched_waits_for_the_reader_to_come_up(
    builder: Builder, level: ReaderLevel, then: State
) -> None:
    visit = Visit(CONTENT, builder).opens(RECEIPT)
    visit.taps("touch")
    assert visit.state is State.RECEIPT
    # when the reader has come up, or has had its time
    visit.reader(level)
    visit.clock.advance(visit.profile.house.coming_up_s)
    visit.controller.tick()
    assert visit.state is then
    visit.close()


@pytest.mark.parametrize(
    ("level", "then"), [(ReaderLevel.CARD, State.CARD_LEFT), (ReaderLevel.EMPTY, State.WELCOME)]
)
def test_a_reader_that_has_just_come_up_is_not_yet_believed_to_be_empty(
    builder: Builder, level: ReaderLevel, then: State
) -> None:
    # given a reader that comes up, and finds the card in it a moment later
    visit = Visit(CONTENT, builder).opens(RECEIPT)
    visit.reader(ReaderLevel.EMPTY)
    visit.clock.advance(0.5)
    visit.taps("touch")
    assert visit.state is State.RECEIPT
    # when
    visit.reader(level)
    visit.clock.advance(0.5)
    visit.controller.tick()
    # then
    assert visit.state is then
    visit.close()


def test_a_card_that_stayed_is_not_taken_because_its_reader_is_away(builder: Builder) -> None:
    # given a card of the last visit, and a pcscd that dies
    visit = Visit(CONTENT, builder).opens(RECEIPT)
    visit.reader(ReaderLevel.CARD)
    visit.taps("touch")
    assert visit.state is State.CARD_LEFT
    for level in (ReaderLevel.ABSENT, ReaderLevel.EMPTY):
        visit.reader(level)
        visit.controller.tick()
        assert visit.state is State.CARD_LEFT
    # when it is back, with the card
    visit.reader(ReaderLevel.CARD)
    visit.clock.advance(60)
    visit.controller.tick()
    assert visit.state is State.CARD_LEFT
    # and when it is taken out
    visit.reader(ReaderLevel.EMPTY)
    assert visit.state is State.WELCOME
    visit.close()


def test_a_reader_that_stays_away_keeps_nobody_out_and_comes_back_with_its_card(
    builder: Builder,
) -> None:
    visit = Visit(CONTENT, builder).opens(RECEIPT)
    visit.reader(ReaderLevel.CARD)
    visit.taps("touch")
    visit.reader(ReaderLevel.ABSENT)
    visit.clock.advance(visit.profile.house.coming_up_s)
    visit.controller.tick()
    assert visit.state is State.WELCOME

    visit.reader(ReaderLevel.CARD)

    assert visit.state is State.CARD_LEFT
    visit.close()


def test_reader_and_printer_are_missed_only_once_they_had_time_to_come_up(
    builder: Builder,
) -> None:
    visit = Visit(CONTENT, builder).opens()
    first = visit.screen.body
    visit.clock.advance(visit.profile.house.coming_up_s)
    visit.controller.tick()
    later = visit.screen.body
    visit.close()

    assert isinstance(first, WelcomeBody)
    assert isinstance(later, WelcomeBody)
    assert (first.printer, first.reader) == (None, None)
    assert (later.printer, later.reader) == (READY, ReaderLevel.ABSENT)


def test_there_is_no_welcome_while_a_card_is_still_in(visit: Visit) -> None:
    visit.reader(ReaderLevel.CARD)
    visit.opens(RECEIPT)

    visit.taps("touch")

    assert visit.state is State.CARD_LEFT
    visit.reader(ReaderLevel.EMPTY)
    assert visit.state is State.WELCOME


def test_what_the_clocks_ask_is_asked_and_answered(visit: Visit) -> None:
    visit.goes_to(State.NEED)
    visit.controller.warned("limit-near", 300)
    assert visit.screen.prompt is Prompt.LIMIT_NEAR
    visit.taps("prompt-yes")
    assert visit.link.last("more-time") is not None

    visit.controller.warned("still-there", 30)
    assert visit.screen.prompt is Prompt.STILL_THERE
    visit.taps("prompt-no")

    assert visit.state is State.ENDING


def test_without_its_keeper_a_worker_serves_nobody(
    visit: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    # given
    visit.goes_to(State.NEED)

    def gone(message: object, fds: tuple[int, ...] = ()) -> None:
        raise LinkClosed

    # when
    monkeypatch.setattr(visit.link, "send", gone)
    visit.taps("choose-need", id="papers")
    # then
    assert visit.state is State.OUT_OF_SERVICE
    assert visit.body(OutOfServiceBody).reason == "keeper-gone"


@pytest.mark.parametrize("wanted", [State.NEED, State.REVIEW, State.PRINTING, State.GOODBYE])
def test_a_machine_that_fails_shows_why_from_every_screen(visit: Visit, wanted: State) -> None:
    visit.goes_to(wanted)

    visit.controller.machine_failed("trace-found")

    assert visit.state is State.OUT_OF_SERVICE
    assert visit.body(OutOfServiceBody).reason == "trace-found"
    visit.taps("back")
    assert visit.state is State.OUT_OF_SERVICE


def test_a_key_of_the_panel_reaches_the_page_once(visit: Visit) -> None:
    visit.goes_to(State.NEED)
    seen = visit.controller.wait(-1, 0)

    visit.controller.key_pressed("green")
    visit.controller.key_pressed("next")

    assert visit.controller.wait(seen, 1) > seen
    assert visit.controller.take_keys() == ["confirm", "next"]
    assert visit.controller.take_keys() == []


def test_the_helpers_key_says_on_the_screen_that_help_is_coming(visit: Visit) -> None:
    visit.goes_to(State.PREPARE)

    visit.controller.key_pressed("helper")

    assert visit.screen.prompt is Prompt.HELP_COMING
    assert visit.controller.take_keys() == []
    visit.taps("prompt-yes")
    assert visit.screen.prompt is None
    assert visit.state is State.PREPARE


def test_outside_of_a_visit_the_helpers_key_is_the_pages(visit: Visit) -> None:
    visit.opens()
    assert visit.state is State.WELCOME

    visit.controller.key_pressed("helper")

    assert visit.screen.prompt is None
    assert visit.controller.take_keys() == ["helper"]


def test_the_row_that_is_told_names_nobody(visit: Visit) -> None:
    visit.goes_to(State.GOODBYE)

    row = visit.link.last("row")

    assert row is not None
    assert row["row"]["outcome"] == "done"
    said = " ".join(str(value) for value in row["row"].values())
    assert not any(value in said for value in INVENTED.values())


def test_a_quiet_printer_wakes_nobody(visit: Visit) -> None:
    visit.goes_to(State.NEED)
    seen = visit.controller.wait(-1, 0)

    visit.controller.printer_changed(READY)

    assert visit.controller.wait(seen, 0.01) == seen
