"""How a visit moves: from state to state, and along the steps of its task.

The pure table of `kiosk.visit` decides whether it may; what a move brings with it is done here.
"""

from __future__ import annotations

import logging
from abc import abstractmethod

from kiosk import steps
from kiosk.memory import ActKind, Done, PrintWork, Purpose, SiteWork
from kiosk.tasks.model import PRINTED, WITHOUT, Posture, Print, StepKind
from kiosk.telling import Telling
from kiosk.visit import Event, State, is_visit, next_state

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
SITE_IS_UP = frozenset({"opening", "open"})


class Moving(Telling):
    """The moves of one visit. Whoever calls one holds the lock."""

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
        if left is State.CARD_DOCTOR:
            self._doctor.cancel()
        if left is State.PRINTING and target is not State.TAKE_PAPERS:
            self._printer.cancel()
        if target is State.READING:
            self._read_card()
        if target is State.CARD_DOCTOR:
            self._examine()
        if target is State.CONSENT:
            self._card.prepare()
        self._tell({"do": "state", "state": target.value, "locale": memory.locale})
        if is_visit(target):
            self._card.claim()
            self._tell_row()
        return True

    def _end(self, event: Event) -> None:
        if not is_visit(self.memory.state) and event is not Event.STOPPED:
            return
        if self._go(event):
            self._tell({"do": "end", "reason": event.value})

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
        if step.kind is StepKind.DO_ONLINE and memory.site.status not in SITE_IS_UP:
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
        if isinstance(step.data, Print) and step.data.answer:
            memory.answers[step.data.answer] = PRINTED if was_done else WITHOUT
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

    @abstractmethod
    def _read_card(self) -> None:
        """Begin a read for the step of now."""

    @abstractmethod
    def _examine(self) -> None:
        """Have reader and card looked at."""

    def _leave_site(self) -> None:
        """Close the official site's window when its step is left."""
        if self.memory.state is State.SITE and self.memory.site.status in SITE_IS_UP:
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
