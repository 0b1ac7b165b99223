"""The course of a visit: how it moves, and what its devices say.

The pure table of `kiosk.visit` decides; the parts do the work and post back here. Everything is
under one lock. `kiosk.controller` adds what a person taps.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping

from device.card.status import CardFinding, ReaderLevel, ReaderStatus
from device.printer.status import PrinterStatus
from kiosk import steps
from kiosk.memory import ActKind, Done, PrintWork, Purpose, SiteWork
from kiosk.permanence import Permanence
from kiosk.screens import Prompt, Receipt
from kiosk.tasks.model import Posture, ReadCard, StepKind
from kiosk.telling import Telling
from kiosk.visit import Event, State, is_visit, next_state
from kiosk.wipe.notebook import Notebook

log = logging.getLogger("relais.visit")

_ARRIVAL = {
    StepKind.SHOW: Event.STEP_REACHED,
    StepKind.ASK: Event.STEP_REACHED,
    StepKind.CHECK: Event.STEP_REACHED,
    StepKind.GUARD: Event.STEP_REACHED,
    StepKind.WAIT: Event.STEP_REACHED,
    StepKind.READ_CARD: Event.CARD_STEP_REACHED,
    StepKind.DO_ONLINE: Event.SITE_STEP_REACHED,
    StepKind.PRINT: Event.PRINT_STEP_REACHED,
    StepKind.TEACH_BACK: Event.TEACH_BACK_REACHED,
    StepKind.REFER: Event.REFER_REACHED,
}
# Where taking the card out is what the screen asks for, and no sign of going.
_TAKES_CARD_OUT = frozenset({State.GOODBYE, State.CARD_TROUBLE})
_SITE_IS_UP = frozenset({"opening", "open"})
_LOOK_AGAIN_S = 0.25
# pcscd looks for a card two or three times a second: one that has just started says "empty".
_SETTLED_S = 0.75
# A card that was out for less than a look at the reader leaves no change behind.
_READ_AGAIN_S = 1.5
_NO_CARD = frozenset({ReaderLevel.ABSENT, ReaderLevel.EMPTY})
_READER_WAS_GONE = frozenset({CardFinding.NO_READER, CardFinding.PCSC_DOWN})


class Course(Telling):
    """One visit: what may happen next, and who does the work.

    Threads: every public method may be called from any thread.
    """

    # ---- what the keeper says -------------------------------------------------------

    def begin(
        self,
        *,
        notebook: Notebook,
        canary: str,
        permanence: Permanence | None,
        receipt: Receipt | None,
        locale: str,
        today: str,
    ) -> None:
        """Take the visit that the keeper hands over after a clean wipe."""
        with self._changed:
            self._notebook = notebook
            memory = self.memory
            memory.canary, memory.permanence, memory.receipt = canary, permanence, receipt
            own = self._profile.place.languages[0]
            memory.locale = own if permanence is None else locale or own
            memory.today = today
            memory.reader_since = self._clock.monotonic()
            memory.coming_up_ends = memory.reader_since + self._profile.house.coming_up_s
            if permanence is None:
                self._go(Event.WIPED_UNOPENED)
            else:
                self._go(Event.WIPED)
                if receipt is None or receipt.reason == "power":
                    self._leave_receipt()
                else:
                    self._ask(None, self._profile.house.receipt_s)
            self._touch()

    def permanence_opened(self, permanence: Permanence) -> None:
        """Open for residents: the helper's code was right."""
        with self._changed:
            self.memory.permanence = permanence
            self.memory.code_was_wrong = False
            self._go(Event.PERMANENCE_OPENED)
            self._touch()

    def code_refused(self, wait_s: int) -> None:
        """Show that the code was wrong, and how long until the next try is heard."""
        with self._changed:
            self.memory.code_was_wrong, self.memory.code_wait_s = True, wait_s
            self._touch()

    def machine_failed(self, reason: str, details: tuple[str, ...] = ()) -> None:
        """Show OUT OF SERVICE. `reason` is a catalogue id."""
        with self._changed:
            self.memory.fault, self.memory.fault_details = reason, details
            if self._go(Event.TRACE_FOUND) or self._go(Event.MACHINE_FAILED):
                self._touch()

    def warned(self, about: str, seconds: int) -> None:
        """Ask what the keeper's clocks ask: still-there or limit-near."""
        with self._changed:
            self._ask(Prompt(about), seconds)
            self._touch()

    def key_pressed(self, key: str) -> None:
        """Pass a panel key on to the page; green confirms.

        The helper's key calls the helper in a visit; outside of one the page asks for the code.
        """
        with self._changed:
            if key == "helper" and is_visit(self.memory.state):
                self._ask(Prompt.HELP_COMING)
                self._touch()
                return
            self._keys.append("confirm" if key == "green" else key)
            self._touch()

    def site_changed(self, status: str) -> None:
        """Note what became of the official site's window."""
        with self._changed:
            self.memory.site.status = status
            if status == "open" and self.memory.state is State.SITE:
                self._happened(ActKind.VISITED)
            self._touch()

    # ---- what devices say -----------------------------------------------------------

    def reader_changed(self, status: ReaderStatus) -> None:
        """Take the reader's level; what it means depends on the state."""
        with self._changed:
            memory = self.memory
            before, memory.reader = memory.reader, status.level
            if before is status.level:
                return
            memory.reader_since = self._clock.monotonic()
            is_in = status.level not in _NO_CARD
            if memory.state is State.CARD_LEFT and not is_in:
                if before is not ReaderLevel.ABSENT and status.level is ReaderLevel.EMPTY:
                    self._go(Event.CARD_TAKEN)
            elif memory.state is State.WELCOME:
                if is_in and before is ReaderLevel.ABSENT:
                    # A reader that came up with a card in it: nobody has put that in for a visit.
                    self._go(Event.CARD_STAYED)
            elif memory.state is State.READING:
                if is_in:
                    self._read_card()
            elif is_visit(memory.state):
                self._card_moved(before, is_in=is_in)
            self._touch()

    def _card_moved(self, before: ReaderLevel, *, is_in: bool) -> None:
        memory = self.memory
        if is_in and memory.card_id:
            self._card.compare(memory.card_id, self._card_compared)
        elif is_in or before in _NO_CARD:
            if memory.state is State.CARD_TROUBLE and self._is_mended(before, is_in=is_in):
                # Leave to read was given: who puts things right need not tap as well.
                self._go(Event.CARD_RETRIED)
        elif memory.prompt_hint and self._is_asked(Prompt.OTHER_CARD):
            # Who was told to take it out first, to go on, goes on.
            self._ask(None)
        elif memory.state is State.SITE and memory.site.status in _SITE_IS_UP:
            # Also a card that was never read here may have opened the official site's door.
            self._leave_site()
        elif memory.card_id and not memory.asked_finished and memory.state not in _TAKES_CARD_OUT:
            memory.asked_finished = True
            self._ask(Prompt.FINISHED, self._profile.house.finished_prompt_s)

    def _is_mended(self, before: ReaderLevel, *, is_in: bool) -> bool:
        """Tell whether a card has come in, or the reader that was missing."""
        if is_in:
            return before in _NO_CARD
        return before is ReaderLevel.ABSENT and self.memory.finding in _READER_WAS_GONE

    def _card_compared(self, is_same: bool) -> None:
        with self._changed:
            if is_same and self._is_asked(Prompt.FINISHED):
                self._ask(None)
            if is_same and self.memory.state is State.CARD_TROUBLE:
                self._go(Event.CARD_RETRIED)
            elif not is_same:
                self._ask(Prompt.OTHER_CARD, self._profile.house.finished_prompt_s)
            self._touch()

    def voices_tried(self) -> None:
        """Show, or not, the key that reads aloud."""
        with self._changed:
            self._touch()

    def printer_changed(self, status: PrinterStatus) -> None:
        """Take the printer's level."""
        with self._changed:
            if status != self.memory.printer:
                self.memory.printer = status
                self._touch()

    def card_met(self, card_id: str) -> None:
        """Belong to this card from now on: its holder's name is about to be shown."""
        with self._changed:
            if self.memory.state is State.READING and not self.memory.card_id:
                self.memory.card_id = card_id

    def name_read(self, name: str) -> None:
        """Show the name while the rest of the card is still being read."""
        with self._changed:
            if self.memory.state is State.READING:
                self.memory.reading_name = name
                self._touch()

    def card_read(self, values: Mapping[str, str], card_id: str, authenticity: str) -> None:
        """Take the declared fields of the card."""
        with self._changed:
            memory = self.memory
            if memory.state is not State.READING:
                return
            memory.card_id, memory.authenticity = card_id, authenticity
            are_noted = [self._learn(k, steps.as_written(k, value)) for k, value in values.items()]
            self._ask(None)
            if all(are_noted):
                self._go(Event.CARD_READ)
            else:
                for key in values:
                    memory.answers.pop(key, None)
                memory.finding = CardFinding.READER_FAILED
                self._go(Event.CARD_FAILED)
            self._touch()

    def card_failed(self, finding: CardFinding, is_newest: Callable[[], bool]) -> None:
        """Take the reason why the card could not be read, if no newer read has begun."""
        with self._changed:
            memory = self.memory
            if memory.state is not State.READING or finding is CardFinding.CANCELLED:
                return
            if not is_newest():
                return
            memory.reading_name = ""
            if finding is CardFinding.REMOVED:
                memory.read_again_at = self._clock.monotonic() + _READ_AGAIN_S
                if not self._is_asked(Prompt.PUT_CARD_BACK):
                    self._ask(Prompt.PUT_CARD_BACK, self._profile.house.card_back_s)
            elif finding is not CardFinding.NO_CARD:
                memory.finding = finding
                self._ask(None)
                self._go(Event.CARD_FAILED)
            self._touch()

    def site_gave(self, pdf: bytes | None, pages: int, fault: str, qr: str) -> None:
        """Take the document that the official site handed out (or why it is refused)."""
        with self._changed:
            site = self.memory.site
            if qr and not self._learn("site_qr", qr):
                pdf, pages, fault, qr = None, 0, "other", ""
            site.pdf, site.pdf_pages, site.pdf_fault, site.qr = pdf, pages, fault, qr
            if fault == "too-large":
                # It may still be coming, and only the end of its window stops it.
                self._leave_site()
            self._touch()

    def job_moved(self, *, page: int, status: PrinterStatus, is_slow: bool) -> None:
        """Take how far the print job is."""
        with self._changed:
            if self.memory.work and self.memory.state is State.PRINTING:
                self.memory.work.page = page
                self.memory.work.is_slow = is_slow
                self.memory.printer = status
                self._touch()

    def job_ended(self, *, is_done: bool, status: PrinterStatus) -> None:
        """Take the printer's word that the job is through, or that it will not be."""
        with self._changed:
            self.memory.printer = status
            if self.memory.state is State.PRINTING:
                self._go(Event.PRINT_DONE if is_done else Event.PRINTER_FAILED)
            self._touch()

    # ---- time -----------------------------------------------------------------------

    def tick(self) -> None:
        """Let deadlines of prompts fall. Called several times a second."""
        with self._changed:
            memory, now = self.memory, self._clock.monotonic()
            if memory.coming_up_ends and now >= memory.coming_up_ends:
                memory.coming_up_ends = 0.0
                self._touch()
            if memory.read_again_at and now >= memory.read_again_at:
                memory.read_again_at = 0.0
                if memory.state is State.READING and memory.reader not in _NO_CARD:
                    self._read_card()
            if memory.state is State.CARD_LEFT and not self._card_is_in() and self._is_settled():
                self._go(Event.CARD_TAKEN)
                self._touch()
            if memory.beneath_ends and now >= memory.beneath_ends:
                self._answered()
            if not memory.prompt_ends or now < memory.prompt_ends:
                return
            prompt = memory.prompt
            self._answered()
            if memory.state is State.RECEIPT:
                self._leave_receipt()
            elif prompt is Prompt.PUT_CARD_BACK:
                memory.finding = CardFinding.REMOVED
                self._go(Event.CARD_FAILED)
            elif prompt in (Prompt.FINISHED, Prompt.OTHER_CARD):
                self._end(Event.IDLED)
            self._touch()

    # ---- inside: moving -------------------------------------------------------------

    def _go(self, event: Event) -> bool:
        memory = self.memory
        target = next_state(memory.state, event)
        if target is None:
            return False
        log.info("%s -- %s -> %s", memory.state.value, event.value, target.value)
        left, memory.state = memory.state, target
        memory.turn += 1
        memory.rejected = None
        if left is State.READING:
            self._card.cancel()
        if left is State.PRINTING and target is not State.TAKE_PAPERS:
            self._printer.cancel()
        if target is State.READING:
            self._read_card()
        if target is State.CONSENT:
            self._card.prepare()
        self._tell({"do": "state", "state": target.value, "locale": memory.locale})
        if is_visit(target):
            self._tell_row()
        return True

    def _end(self, event: Event) -> None:
        if not is_visit(self.memory.state) and event is not Event.STOPPED:
            return
        if self._go(event):
            self._tell({"do": "end", "reason": event.value})

    def _leave_receipt(self) -> None:
        memory = self.memory
        is_unsure = not self._card_is_in() and not self._is_settled()
        if memory.receipt and memory.coming_up_ends and is_unsure:
            # Nobody knows yet whether the last visitor's card is still in it.
            self._ask(None, _LOOK_AGAIN_S)
            return
        # The receipt is the last visitor's; what comes after it belongs to nobody.
        memory.locale = self._profile.place.languages[0]
        self._go(Event.CARD_STAYED if self._card_is_in() else Event.RECEIPT_SEEN)
        self._ask(None)

    def _is_settled(self) -> bool:
        """Tell whether a reader without a card has had the time to see one."""
        is_absent = self.memory.reader is ReaderLevel.ABSENT
        needs_s = self._profile.house.coming_up_s if is_absent else _SETTLED_S
        return self._clock.monotonic() - self.memory.reader_since >= needs_s

    def _arrive(self) -> None:
        """Go where the walk stands now."""
        memory = self.memory
        walk = memory.walk
        if walk is None:
            return
        step = walk.step(memory.answers)
        memory.ask_fault, memory.rejected = "", None
        if step is None:
            self._go(Event.PROOF_REACHED)
            if steps.has_proof(memory):
                # One sheet that says what was done is enough: a second would say it again.
                self._go(Event.GOODBYE_REACHED)
            return
        self._take_posture(memory.done.get(step.id))
        if step.kind is StepKind.PRINT and not self._compose():
            self._ask_for_less()
            return
        if step.kind is StepKind.DO_ONLINE and memory.site.status not in _SITE_IS_UP:
            site = memory.site
            memory.site = SiteWork(pdf=site.pdf, pdf_pages=site.pdf_pages, qr=site.qr)
        moved = self._go(_ARRIVAL[step.kind])
        if not moved and memory.state is State.STEPS:
            # One step to the next of the same kind: a new screen all the same.
            memory.turn += 1

    def _take_posture(self, before: Done | None) -> None:
        """Acting instead holds for one step, and for that step again when it is walked again."""
        memory = self.memory
        if before is not None and before.posture is Posture.INSTEAD:
            memory.posture, memory.why_instead = before.posture, before.why
        elif memory.posture is Posture.INSTEAD:
            memory.posture, memory.why_instead = Posture.TOGETHER, ""

    def _ask_for_less(self) -> None:
        """Go back to where what does not fit on its paper came from, and say so there.

        Who was told once and changes nothing goes on without this paper.
        """
        memory = self.memory
        if (typed := steps.longest_typed(memory)) is not None:
            memory.walk = typed
            self._arrive()
            memory.ask_fault = "too-long"
        elif not memory.site.pdf_fault and (online := steps.online_before(memory)) is not None:
            memory.walk = online
            self._arrive()
            memory.site.pdf_fault = "other"
        else:
            self._forward(was_done=False)

    def _forward(self, *, was_done: bool = True) -> None:
        """Go to the next step; `was_done` False: passed without doing what it says."""
        memory = self.memory
        walk = memory.walk
        step = walk.step(memory.answers) if walk else None
        if walk is None or step is None:
            return
        if was_done:
            memory.done[step.id] = Done(memory.posture, memory.why_instead)
        else:
            memory.done.pop(step.id, None)
        memory.walk = walk.forward(memory.answers)
        while steps.has_nothing_to_check(memory):
            memory.walk = memory.walk.forward(memory.answers)
        self._arrive()

    def _happened(self, what: ActKind) -> None:
        """Note for the proof what the present step has really come to."""
        memory = self.memory
        step = memory.walk.step(memory.answers) if memory.walk else None
        if step is not None:
            memory.happened.add((what, step.id))

    def _compose(self) -> bool:
        """Make the paper of a print step."""
        memory = self.memory
        self.memory.work = self._papers.for_step(memory)
        return memory.work is not None

    def _compose_anew(self) -> None:
        """Make the paper in hand again: in other letters. What is given by others stays."""
        memory = self.memory
        # Its pictures are known by the turn.
        memory.turn += 1
        match memory.work.purpose if memory.work else None:
            case Purpose.STEP:
                memory.work = self._papers.for_step(memory) or memory.work
            case Purpose.REFERRAL:
                memory.work = self._papers.for_referral(memory)
            case Purpose.PROOF:
                memory.work = self._papers.for_proof(memory)
            case Purpose.SITE_DOCUMENT | None:
                pass

    def _show_paper(self, work: PrintWork) -> None:
        self.memory.work = work
        self._go(Event.PRINT_STEP_REACHED)

    def _after_paper(self, *, was_done: bool = True) -> None:
        memory = self.memory
        purpose = memory.work.purpose if memory.work else Purpose.STEP
        memory.work = None
        match purpose:
            case Purpose.STEP:
                self._forward(was_done=was_done)
            case Purpose.REFERRAL:
                if was_done:
                    self._happened(ActKind.REFERRED)
                self._forward(was_done=was_done)
            case Purpose.SITE_DOCUMENT:
                if was_done:
                    self._happened(ActKind.SITE_PAPER)
                self._arrive()
            case Purpose.PROOF:
                self._go(Event.GOODBYE_REACHED) or self._go(Event.PROOF_REACHED)

    def _read_card(self) -> None:
        memory = self.memory
        memory.read_again_at = 0.0
        step = memory.walk.step(memory.answers) if memory.walk else None
        if step is not None and isinstance(step.data, ReadCard):
            memory.reading_name = ""
            fields = tuple(field.value for field in step.data.fields)
            self._card.read(fields, memory.card_id, self)

    def _leave_site(self) -> None:
        """Close the official site's window when its step is left."""
        if self.memory.state is State.SITE and self.memory.site.status in _SITE_IS_UP:
            self._tell({"do": "site-close"})
            self.memory.site.status = "closed"

    def _back(self) -> None:
        memory = self.memory
        if not self._showing.can_go_back(memory):
            return
        walk = memory.walk
        if memory.state in steps.WALKED and walk is not None:
            self._walk_back()
        elif memory.state is State.WHY_INSTEAD:
            self._arrive()
        elif memory.state is State.TASK and len(self._content.tasks_for(memory.need)) == 1:
            self._go(Event.NEED_REACHED)
        else:
            self._go(Event.WENT_BACK)
            if memory.state is State.PROOF and steps.has_proof(memory):
                self._walk_back()

    def _walk_back(self) -> None:
        memory = self.memory
        assert memory.walk is not None  # noqa: S101  the caller has looked
        self._leave_site()
        if memory.state in (State.PREVIEW, State.PRINTER_TROUBLE) and memory.work:
            purpose = memory.work.purpose
            if purpose is not Purpose.STEP:
                memory.work = None
                if purpose is Purpose.PROOF:
                    self._go(Event.PROOF_REACHED)
                else:
                    self._arrive()
                return
        earlier = memory.walk.back(memory.answers)
        while earlier is not None:
            memory.walk = earlier
            if not steps.has_nothing_to_check(memory):
                self._arrive()
                return
            earlier = earlier.back(memory.answers)
        self._go(Event.PREPARE_REACHED)

    def _begin_task(self, task_id: str) -> None:
        task = self._content.tasks.get(task_id)
        if task is not None and self._go(Event.TASK_CHOSEN):
            self.memory.task = task
            self.memory.walk = None
            self.memory.done.clear()
            self.memory.happened.clear()
            self._tell_row()

    def _card_is_in(self) -> bool:
        return self.memory.reader not in _NO_CARD
