"""The one writer: actions and device events in, state and effects out.

Everything that changes a visit passes through `Controller`, under one lock. Web requests and
device threads post here; the pure table of `kiosk.visit` decides; the parts do the work and
post back. No view, no device and no clock holds a state of the visit.
"""

from __future__ import annotations

import logging
import secrets
import threading
from collections.abc import Mapping
from dataclasses import replace

from device.card.status import CardFinding, ReaderLevel, ReaderStatus
from device.printer.status import PrinterStatus
from kiosk import steps
from kiosk.clock import Clock
from kiosk.config import PlaceProfile
from kiosk.keeper.link import Link, LinkClosed
from kiosk.memory import Done, PrintWork, Purpose, SiteWork, VisitMemory
from kiosk.papers import PaperMaker
from kiosk.permanence import Permanence
from kiosk.printing import PrintLine
from kiosk.reading import CardLine
from kiosk.screens import Contrast, Prompt, Receipt, Screen, TextSize
from kiosk.showing import Showing
from kiosk.sites import SiteLine
from kiosk.speech import Speech
from kiosk.tasks.engine import MissingChannel, begin
from kiosk.tasks.loader import Content
from kiosk.tasks.model import ChannelKind, Posture, ReadCard, Refer, StepKind
from kiosk.visit import Event, State, is_visit, next_state
from kiosk.wipe.notebook import Notebook, NotebookError

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
_SITE_IS_UP = frozenset({"opening", "open"})
# Comfort and answers to a prompt are heard on every screen and turn no page.
_ANYWHERE = frozenset({"text-size", "contrast", "listen", "help", "prompt-yes", "prompt-no"})


class Controller:
    """One visit: what it knows, what may happen next, and who does the work.

    Threads: every public method may be called from any thread.
    """

    def __init__(
        self,
        *,
        profile: PlaceProfile,
        content: Content,
        clock: Clock,
        link: Link,
        card: CardLine,
        printer: PrintLine,
        sites: SiteLine,
        papers: PaperMaker,
        speech: Speech,
        simulated: tuple[str, ...] = (),
    ) -> None:
        self._profile = profile
        self._content = content
        self._clock = clock
        self._link = link
        self._card = card
        self._printer = printer
        self._sites = sites
        self._papers = papers
        self._speech = speech
        self._notebook: Notebook | None = None
        self._changed = threading.Condition(threading.RLock())
        self._revision = 1
        self._keys: list[str] = []
        self.memory = VisitMemory(simulated=simulated, visit=secrets.token_hex(8))
        self._showing = Showing(profile, content)

    # ---- what the web asks ----------------------------------------------------------

    def screen(self) -> Screen:
        """Return the screen that is true now."""
        with self._changed:
            can_speak = self._speech.can_speak(self.memory.locale)
            return self._showing.screen(self.memory, self._clock.monotonic(), can_speak=can_speak)

    def wait(self, seen: int, timeout_s: float) -> int:
        """Return the revision once it is past `seen`, or after `timeout_s` as it is."""
        with self._changed:
            self._changed.wait_for(lambda: self._revision > seen, timeout_s)
            return self._revision

    def preview(self, page: int) -> bytes | None:
        """Return page `page` (from 1) of the paper on the screen as PNG."""
        with self._changed:
            work = self.memory.work
        return self._papers.picture(work, page) if work else None

    def act(self, action: str, *, visit: str, turn: int, form: Mapping[str, str]) -> None:
        """Do what was tapped. A page of another visit or an earlier turn does nothing."""
        with self._changed:
            memory = self.memory
            if visit != memory.visit:
                return
            if action not in _ANYWHERE and turn != memory.turn:
                return
            self._tell({"do": "active"})
            if action == "touch" and memory.state is not State.RECEIPT:
                return
            handler = getattr(self, "_on_" + action.replace("-", "_"), None)
            if handler is None:
                log.warning("an action nobody knows")
                return
            handler(form)
            self._touch()

    def take_keys(self) -> list[str]:
        """Return the panel's keys since the last call: previous, next, repeat, confirm."""
        with self._changed:
            keys, self._keys = self._keys, []
            return keys

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
            memory.locale = locale or self._profile.place.languages[0]
            memory.today = today
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
        """Pass a panel key on to the page; green confirms."""
        with self._changed:
            self._keys.append("confirm" if key == "green" else key)
            self._touch()

    def site_changed(self, status: str) -> None:
        """Note what became of the official site's window."""
        with self._changed:
            self.memory.site.status = status
            self._touch()

    # ---- what devices say -----------------------------------------------------------

    def reader_changed(self, status: ReaderStatus) -> None:
        """Take the reader's level; what it means depends on the state."""
        with self._changed:
            memory = self.memory
            before, memory.reader = memory.reader, status.level
            if before is status.level:
                return
            is_in = status.level not in (ReaderLevel.ABSENT, ReaderLevel.EMPTY)
            if memory.state is State.CARD_LEFT and not is_in:
                self._go(Event.CARD_TAKEN)
            elif memory.state is State.READING:
                if is_in:
                    self._read_card()
            elif memory.card_id and is_visit(memory.state):
                self._card_moved(is_in)
            self._touch()

    def _card_moved(self, is_in: bool) -> None:
        memory = self.memory
        if is_in:
            self._card.compare(memory.card_id, self._card_compared)
            return
        if memory.state is State.SITE and memory.site.status == "open":
            self._tell({"do": "site-close"})
            memory.site.status = "closed"
        elif not memory.asked_finished and memory.state is not State.GOODBYE:
            memory.asked_finished = True
            self._ask(Prompt.FINISHED, self._profile.house.finished_prompt_s)

    def _card_compared(self, is_same: bool) -> None:
        with self._changed:
            if is_same and self.memory.prompt is Prompt.FINISHED:
                self._ask(None)
            elif not is_same:
                self._ask(Prompt.OTHER_CARD, self._profile.house.finished_prompt_s)
            self._touch()

    def printer_changed(self, status: PrinterStatus) -> None:
        """Take the printer's level."""
        with self._changed:
            if status != self.memory.printer:
                self.memory.printer = status
                self._touch()

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
            are_noted = [self._learn(key, value) for key, value in values.items()]
            self._ask(None)
            if all(are_noted):
                self._go(Event.CARD_READ)
            else:
                for key in values:
                    memory.answers.pop(key, None)
                memory.finding = CardFinding.READER_FAILED
                self._go(Event.CARD_FAILED)
            self._touch()

    def card_failed(self, finding: CardFinding) -> None:
        """Take the reason why the card could not be read."""
        with self._changed:
            memory = self.memory
            if memory.state is not State.READING or finding is CardFinding.CANCELLED:
                return
            memory.reading_name = ""
            if finding is CardFinding.REMOVED and memory.prompt is not Prompt.PUT_CARD_BACK:
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
            self._go(Event.PRINT_DONE if is_done else Event.PRINTER_FAILED)
            self._touch()

    # ---- time -----------------------------------------------------------------------

    def tick(self) -> None:
        """Let deadlines of prompts fall. Called several times a second."""
        with self._changed:
            memory = self.memory
            if not memory.prompt_ends or self._clock.monotonic() < memory.prompt_ends:
                return
            prompt = memory.prompt
            self._ask(None)
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

    def _touch(self) -> None:
        self._revision += 1
        self._changed.notify_all()

    def _tell(self, message: dict[str, object]) -> None:
        try:
            self._link.send(message)
        except LinkClosed:
            # Without its keeper nobody could end this visit: the process must not go on.
            log.error("the keeper is gone")
            self.memory.fault = "keeper-gone"
            self.memory.state = State.OUT_OF_SERVICE

    def _tell_row(self) -> None:
        row = steps.activity(self.memory)
        if row is not None:
            self._tell({"do": "row", "row": row})

    def _learn(self, key: str, value: str) -> bool:
        """Keep a value, once it stands in the wipe's notebook; False: it must not be used."""
        memory = self.memory
        if value and self._notebook is not None:
            try:
                self._notebook.note(value)
                for parts in steps.joined(key, {**memory.answers, key: value}):
                    self._notebook.joined(*parts)
            except NotebookError as error:
                log.error("a value was not noted and is not used: %s", error.code)
                return False
        memory.left_out.discard(key)
        memory.answers[key] = value
        return True

    def _ask(self, prompt: Prompt | None, seconds: float = 0) -> None:
        self.memory.prompt = prompt
        self.memory.prompt_ends = self._clock.monotonic() + seconds if seconds else 0.0

    def _end(self, event: Event) -> None:
        if not is_visit(self.memory.state) and event is not Event.STOPPED:
            return
        if self._go(event):
            self._tell({"do": "end", "reason": event.value})

    def _leave_receipt(self) -> None:
        is_in = self.memory.reader not in (ReaderLevel.ABSENT, ReaderLevel.EMPTY)
        self._go(Event.CARD_STAYED if is_in else Event.RECEIPT_SEEN)
        self._ask(None)

    def _arrive(self) -> None:
        """Go where the walk stands now."""
        memory = self.memory
        walk = memory.walk
        if walk is None:
            return
        step = walk.step(memory.answers)
        memory.ask_fault = ""
        if step is None:
            self._go(Event.PROOF_REACHED)
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
            done = Done(step.title[memory.locale], memory.posture, memory.why_instead)
            memory.done[step.id] = done
        else:
            memory.done.pop(step.id, None)
        memory.walk = walk.forward(memory.answers)
        self._arrive()

    def _compose(self) -> bool:
        """Make the paper of a print step."""
        memory = self.memory
        self.memory.work = self._papers.for_step(memory)
        return memory.work is not None

    def _show_paper(self, work: PrintWork) -> None:
        self.memory.work = work
        self._go(Event.PRINT_STEP_REACHED)

    def _after_paper(self, *, was_done: bool = True) -> None:
        memory = self.memory
        purpose = memory.work.purpose if memory.work else Purpose.STEP
        memory.work = None
        match purpose:
            case Purpose.STEP | Purpose.REFERRAL:
                self._forward(was_done=was_done)
            case Purpose.SITE_DOCUMENT:
                self._arrive()
            case Purpose.PROOF:
                self._go(Event.GOODBYE_REACHED) or self._go(Event.PROOF_REACHED)

    def _read_card(self) -> None:
        memory = self.memory
        step = memory.walk.step(memory.answers) if memory.walk else None
        if step is not None and isinstance(step.data, ReadCard):
            memory.reading_name = ""
            fields = tuple(field.value for field in step.data.fields)
            self._card.read(fields, memory.card_id, self)

    # ---- inside: one method an action -----------------------------------------------

    def _on_open_permanence(self, form: Mapping[str, str]) -> None:
        code = form.get("code", "")[:40]
        self._tell(
            {
                "do": "open",
                "code": code,
                "helpers": form.get("helpers", "")[:60],
                "date": form.get("date", "")[:10],
            }
        )

    def _on_close_permanence(self, form: Mapping[str, str]) -> None:
        self._tell({"do": "close", "code": form.get("code", "")[:40]})

    def _on_search_again(self, form: Mapping[str, str]) -> None:
        self._tell({"do": "search-again", "code": form.get("code", "")[:40]})

    def _on_touch(self, form: Mapping[str, str]) -> None:
        if self.memory.state is State.RECEIPT:
            self._leave_receipt()

    def _on_choose_language(self, form: Mapping[str, str]) -> None:
        code = form.get("id") or form.get("code", "")
        if code in self._profile.place.languages:
            self.memory.locale = code
            if self.memory.state is State.RECEIPT:
                self._ask(None)
            self._go(Event.LANGUAGE_CHOSEN)

    def _on_more_languages(self, form: Mapping[str, str]) -> None:
        self._go(Event.MORE_LANGUAGES_ASKED)

    def _on_choose_need(self, form: Mapping[str, str]) -> None:
        tasks = self._content.tasks_for(form.get("id", ""))
        if not tasks:
            return
        self.memory.need = form["id"]
        if len(tasks) == 1:
            self._begin_task(tasks[0].id)
        else:
            self._go(Event.NEED_CHOSEN)

    def _on_choose_task(self, form: Mapping[str, str]) -> None:
        self._begin_task(form.get("id", ""))

    def _begin_task(self, task_id: str) -> None:
        task = self._content.tasks.get(task_id)
        if task is not None and self._go(Event.TASK_CHOSEN):
            self.memory.task = task
            self.memory.walk = None
            self.memory.done.clear()
            self._tell_row()

    def _on_choose_channel(self, form: Mapping[str, str]) -> None:
        memory = self.memory
        if memory.task is None:
            return
        try:
            memory.walk = begin(memory.task, ChannelKind(form.get("id", "")))
        except (ValueError, MissingChannel):
            return
        memory.done.clear()
        self._go(Event.CHANNEL_CHOSEN)

    def _on_go(self, form: Mapping[str, str]) -> None:
        if self.memory.state is State.PREPARE:
            self._arrive()
        elif self.memory.state in (State.STEPS, State.SITE):
            was_done = self.memory.state is State.STEPS or self.memory.site.status != "ready"
            self._leave_site()
            self._forward(was_done=was_done)

    def _on_answer(self, form: Mapping[str, str]) -> None:
        memory = self.memory
        untrusted = form.get("value", "")
        ask = self._showing.ask(memory)
        if ask is None:
            return
        value, memory.ask_fault = steps.checked(untrusted, ask)
        if memory.ask_fault:
            # What was typed stays on the screen to be mended.
            self._learn(ask.key, value)
            return
        if not self._learn(ask.key, value):
            memory.ask_fault = "other"
            return
        if memory.state is State.CORRECT:
            self._go(Event.VALUE_CORRECTED)
        else:
            self._forward()

    def _on_skip(self, form: Mapping[str, str]) -> None:
        memory = self.memory
        ask = self._showing.ask(memory)
        if ask is not None:
            memory.answers.pop(ask.key, None)
        if memory.state is State.CORRECT:
            self._go(Event.VALUE_CORRECTED)
        else:
            self._forward()

    def _on_consent_yes(self, form: Mapping[str, str]) -> None:
        self._go(Event.CONSENT_GIVEN)

    def _on_consent_no(self, form: Mapping[str, str]) -> None:
        """Go the way without the card; also from the trouble screen."""
        memory = self.memory
        step = memory.walk.step(memory.answers) if memory.walk else None
        if step is None or not isinstance(step.data, ReadCard):
            return
        memory.answers[step.data.answer] = "by_hand"
        self._forward()

    def _on_card_retry(self, form: Mapping[str, str]) -> None:
        self._go(Event.CARD_RETRIED)

    def _on_review_open(self, form: Mapping[str, str]) -> None:
        if form.get("key", "") in steps.card_fields(self.memory):
            self.memory.editing, self.memory.ask_fault = form["key"], ""
            self._go(Event.VALUE_OPENED)

    def _on_review_leave_out(self, form: Mapping[str, str]) -> None:
        if form.get("key", "") in steps.card_fields(self.memory):
            self.memory.left_out.add(form["key"])

    def _on_review_put_back(self, form: Mapping[str, str]) -> None:
        self.memory.left_out.discard(form.get("key", ""))

    def _on_review_ok(self, form: Mapping[str, str]) -> None:
        memory = self.memory
        step = memory.walk.step(memory.answers) if memory.walk else None
        if memory.state is State.REVIEW and step and isinstance(step.data, ReadCard):
            memory.answers[step.data.answer] = "read"
            self._forward()

    def _on_posture(self, form: Mapping[str, str]) -> None:
        memory = self.memory
        posture = steps.posture(form.get("value", ""))
        if posture is None or memory.task is None:
            return
        if posture is Posture.INSTEAD:
            if memory.task.allow_instead and (
                memory.permanence is None or memory.permanence.may_act_instead
            ):
                self._go(Event.INSTEAD_ASKED)
            return
        memory.posture, memory.why_instead = posture, ""

    def _on_why_instead(self, form: Mapping[str, str]) -> None:
        memory = self.memory
        reason = form.get("reason", "") or form.get("id", "")
        if memory.state is State.WHY_INSTEAD and reason in steps.REASONS:
            self._arrive()
            memory.posture, memory.why_instead = Posture.INSTEAD, reason

    def _on_site_open(self, form: Mapping[str, str]) -> None:
        memory = self.memory
        place = steps.site(memory)
        if memory.state is State.SITE and place is not None:
            memory.site = SiteWork(status="opening")
            self._sites.expect_documents(self)
            self._tell({"do": "site-open", "host": place.host, "path": place.path})

    def _on_site_close(self, form: Mapping[str, str]) -> None:
        self._tell({"do": "site-close"})

    def _leave_site(self) -> None:
        """Close the official site's window when its step is left."""
        if self.memory.state is State.SITE and self.memory.site.status in _SITE_IS_UP:
            self._tell({"do": "site-close"})
            self.memory.site.status = "closed"

    def _on_site_print(self, form: Mapping[str, str]) -> None:
        site = self.memory.site
        if self.memory.state is State.SITE and site.pdf:
            self._show_paper(self._papers.for_site(self.memory))

    def _on_print(self, form: Mapping[str, str]) -> None:
        work = self.memory.work
        cap = self._profile.house.page_cap
        if work is None or work.sides > cap:
            return
        if self._go(Event.PRINT_ASKED):
            self._printer.print(work, self._profile.house.print_deadline_s, self)

    def _on_print_retry(self, form: Mapping[str, str]) -> None:
        work = self.memory.work
        if work is not None and self._go(Event.PRINT_RETRIED):
            self._printer.print(work, self._profile.house.print_deadline_s, self)

    def _on_print_skip(self, form: Mapping[str, str]) -> None:
        if self.memory.state in (State.PREVIEW, State.PRINTER_TROUBLE, State.PRINTING):
            self._printer.cancel()
            if self.memory.state is State.PRINTING:
                self._go(Event.WENT_BACK)
            self._after_paper(was_done=False)

    def _on_came_out(self, form: Mapping[str, str]) -> None:
        if self.memory.state is State.TAKE_PAPERS:
            self.memory.papers += self.memory.work.sides if self.memory.work else 0
            self._after_paper()

    def _on_nothing_came(self, form: Mapping[str, str]) -> None:
        self._go(Event.NOTHING_CAME)

    def _on_teach_back(self, form: Mapping[str, str]) -> None:
        memory = self.memory
        value = form.get("value", "") or form.get("id", "")
        if memory.state is not State.TEACH_BACK or value not in steps.TEACH_BACKS:
            return
        memory.teach_back = value
        if value == "again":
            self._back()
        else:
            self._forward()

    def _on_refer_print(self, form: Mapping[str, str]) -> None:
        memory = self.memory
        step = memory.walk.step(memory.answers) if memory.walk else None
        if memory.state is State.REFER and step is not None and isinstance(step.data, Refer):
            memory.referral = step.data.types[0].value
            self._show_paper(self._papers.for_referral(memory))

    def _on_refer_next(self, form: Mapping[str, str]) -> None:
        if self.memory.state is State.REFER:
            self._forward()

    def _on_proof_print(self, form: Mapping[str, str]) -> None:
        if self.memory.state is State.PROOF:
            self._show_paper(self._papers.for_proof(self.memory))

    def _on_proof_skip(self, form: Mapping[str, str]) -> None:
        self._go(Event.GOODBYE_REACHED)

    def _on_finish(self, form: Mapping[str, str]) -> None:
        self._end(Event.FINISHED)

    def _on_stop(self, form: Mapping[str, str]) -> None:
        self._end(Event.STOPPED)

    def _on_back(self, form: Mapping[str, str]) -> None:
        self._back()

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
        if earlier is None:
            self._go(Event.PREPARE_REACHED)
            return
        memory.walk = earlier
        self._arrive()

    # ---- inside: comfort and prompts ------------------------------------------------

    def _on_text_size(self, form: Mapping[str, str]) -> None:
        sizes = list(TextSize)
        at = sizes.index(self.memory.text_size)
        self.memory.text_size = sizes[(at + 1) % len(sizes)]

    def _on_contrast(self, form: Mapping[str, str]) -> None:
        night = self.memory.contrast is Contrast.NIGHT
        self.memory.contrast = Contrast.PAPER if night else Contrast.NIGHT

    def _on_listen(self, form: Mapping[str, str]) -> None:
        self._speech.say(form.get("text", "")[:1200], self.memory.locale)

    def _on_help(self, form: Mapping[str, str]) -> None:
        self._tell({"do": "help"})
        self._ask(Prompt.HELP_COMING)

    def _on_prompt_yes(self, form: Mapping[str, str]) -> None:
        prompt = self.memory.prompt
        self._ask(None)
        if prompt in (Prompt.FINISHED, Prompt.OTHER_CARD):
            self._end(Event.FINISHED)
        elif prompt is Prompt.LIMIT_NEAR:
            self._tell({"do": "more-time"})

    def _on_prompt_no(self, form: Mapping[str, str]) -> None:
        prompt = self.memory.prompt
        self._ask(None)
        if prompt is Prompt.STILL_THERE:
            self._end(Event.STOPPED)
        elif prompt is Prompt.PUT_CARD_BACK:
            self.memory.finding = CardFinding.REMOVED
            self._go(Event.CARD_FAILED)


def permanence_from(row: Mapping[str, object] | None) -> Permanence | None:
    """Read a permanence out of the keeper's message."""
    if row is None:
        return None
    return replace(
        Permanence(profile=str(row["profile"])),
        helpers=str(row["helpers"]),
        date=str(row["date"]),
        date_is_confirmed=bool(row["date_is_confirmed"]),
        may_act_instead=bool(row["may_act_instead"]),
    )
