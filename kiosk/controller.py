"""The one writer: actions and device events in, state and effects out.

Everything that changes a visit passes through `Controller`, under one lock. Web requests and
device threads post here. No view, no device and no clock holds a state of the visit.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping

from device.card.status import CardFinding
from kiosk import steps
from kiosk.course import Course
from kiosk.memory import ActKind, SiteWork
from kiosk.permanence import Permanence
from kiosk.screens import Contrast, Prompt, Screen, TextSize
from kiosk.showing import FIRST_LANGUAGES
from kiosk.tasks.engine import MissingChannel, begin
from kiosk.tasks.model import ChannelKind, Posture, ReadCard, Refer
from kiosk.visit import Event, State

log = logging.getLogger("relais.visit")

# Comfort and answers to a prompt are heard on every screen and turn no page.
ANYWHERE = frozenset({"text-size", "contrast", "listen", "help", "prompt-yes", "prompt-no"})
_ALL_STATES = frozenset(State)
# Where an action means something; elsewhere a late or a made-up tap changes nothing.
HEARD_IN: Mapping[str, frozenset[State]] = {
    "touch": frozenset({State.RECEIPT}),
    "open-permanence": frozenset({State.CLOSED}),
    "search-again": frozenset({State.OUT_OF_SERVICE}),
    "choose-language": frozenset({State.WELCOME, State.LANGUAGE}),
    "choose-need": frozenset({State.NEED}),
    "choose-task": frozenset({State.TASKS}),
    "choose-channel": frozenset({State.TASK}),
    "go": frozenset({State.PREPARE, State.STEPS, State.SITE}),
    "answer": frozenset({State.STEPS, State.CORRECT}),
    "skip": frozenset({State.STEPS, State.CORRECT}),
    "consent-yes": frozenset({State.CONSENT}),
    "consent-no": frozenset({State.CONSENT, State.READING, State.CARD_TROUBLE, State.CARD_DOCTOR}),
    "card-retry": frozenset({State.CARD_TROUBLE, State.CARD_DOCTOR}),
    "card-doctor": frozenset({State.CARD_TROUBLE, State.CARD_DOCTOR}),
    "other-way": frozenset({State.CARD_DOCTOR}),
    "review-open": frozenset({State.REVIEW}),
    "review-leave-out": frozenset({State.REVIEW}),
    "review-put-back": frozenset({State.REVIEW}),
    "review-ok": frozenset({State.REVIEW}),
    "posture": frozenset({State.STEPS, State.SITE}),
    "why-instead": frozenset({State.WHY_INSTEAD}),
    "site-open": frozenset({State.SITE}),
    "site-close": frozenset({State.SITE}),
    "site-print": frozenset({State.SITE}),
    "print": frozenset({State.PREVIEW}),
    "fill-in": frozenset({State.PREVIEW}),
    "print-retry": frozenset({State.PRINTER_TROUBLE}),
    "print-skip": frozenset({State.PREVIEW, State.PRINTING, State.PRINTER_TROUBLE}),
    "came-out": frozenset({State.TAKE_PAPERS}),
    "nothing-came": frozenset({State.TAKE_PAPERS}),
    "teach-back": frozenset({State.TEACH_BACK}),
    "refer-print": frozenset({State.REFER}),
    "refer-next": frozenset({State.REFER}),
    "proof-print": frozenset({State.PROOF}),
    "proof-skip": frozenset({State.PROOF}),
    "finish": frozenset({State.GOODBYE}),
}


class Controller(Course):
    """What can be tapped: one method an action."""

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

    def preview(self, page: int, width_px: int) -> bytes | None:
        """Return page `page` (from 1) of the paper on the screen as PNG."""
        with self._changed:
            work = self.memory.work
        return self._papers.picture(work, page, width_px) if work else None

    def act(self, action: str, *, visit: str, turn: int, form: Mapping[str, str]) -> None:
        """Do what was tapped. A page of another visit or an earlier turn does nothing."""
        with self._changed:
            memory = self.memory
            if visit != memory.visit:
                return
            if action not in ANYWHERE and turn != memory.turn:
                return
            self._tell({"do": "active"})
            if memory.state not in HEARD_IN.get(action, _ALL_STATES):
                return
            handler = getattr(self, "_on_" + action.replace("-", "_"), None)
            if handler is None:
                log.warning("an action nobody knows")
                return
            handler(form)
            self._touch()

    def take_keys(self) -> list[str]:
        """Return the panel's keys since the last call: previous, next, repeat, confirm, helper."""
        with self._changed:
            keys, self._keys = self._keys, []
            return keys

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
        named = {language.code: language.endonym for language in self._showing.languages()}
        if code in named:
            # Who cannot read hears which language it was.
            self._speech.say(named[code], code)
            self.memory.locale = code
            self.memory.wants_more_languages = False
            self.memory.code_was_wrong = False
            self._go(Event.LANGUAGE_CHOSEN)

    def _on_more_languages(self, form: Mapping[str, str]) -> None:
        if len(self._showing.languages()) > FIRST_LANGUAGES:
            self.memory.wants_more_languages = True
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

    def _on_choose_channel(self, form: Mapping[str, str]) -> None:
        memory = self.memory
        if memory.task is None:
            return
        try:
            memory.walk = begin(memory.task, ChannelKind(form.get("id", "")))
        except (ValueError, MissingChannel):
            return
        memory.done.clear()
        memory.happened.clear()
        self._go(Event.CHANNEL_CHOSEN)

    def _on_go(self, form: Mapping[str, str]) -> None:
        if self.memory.state is State.PREPARE:
            self._arrive()
        elif self.memory.state in (State.STEPS, State.SITE):
            was_done = self.memory.state is State.STEPS or self._has_used_the_site()
            self._leave_site()
            self._forward(was_done=was_done)

    def _has_used_the_site(self) -> bool:
        """Tell whether the site of this step was opened, now or before somebody came back."""
        memory = self.memory
        step = memory.walk.step(memory.answers) if memory.walk else None
        was_here = step is not None and (ActKind.VISITED, step.id) in memory.happened
        return was_here or memory.site.status != "ready"

    def _on_answer(self, form: Mapping[str, str]) -> None:
        memory = self.memory
        untrusted = form.get("value", "")
        ask = self._showing.ask(memory)
        if ask is None:
            return
        value, memory.ask_fault = steps.checked(untrusted, ask)
        if value and memory.answers.get(ask.key) == value:
            # As the card says it, which may be less than a whole date.
            memory.ask_fault = ""
        if memory.ask_fault:
            # What was typed stays on the screen to be mended, and nowhere else.
            memory.rejected = value if self._note(ask.key, value) else None
            return
        memory.rejected = None
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

    def _on_card_doctor(self, form: Mapping[str, str]) -> None:
        self._go(Event.DOCTOR_ASKED)

    def _on_other_way(self, form: Mapping[str, str]) -> None:
        self._go(Event.OTHER_WAY_ASKED)

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
            seen = steps.card_fields(memory)
            memory.reviewed = {key: memory.known[key] for key in seen if key in memory.known}
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

    def _on_site_print(self, form: Mapping[str, str]) -> None:
        site = self.memory.site
        if self.memory.state is State.SITE and site.pdf:
            self._show_paper(self._papers.for_site(self.memory))

    def _on_print(self, form: Mapping[str, str]) -> None:
        self._print(Event.PRINT_ASKED)

    def _on_print_retry(self, form: Mapping[str, str]) -> None:
        self._print(Event.PRINT_RETRIED)

    def _print(self, event: Event) -> None:
        work, house = self.memory.work, self._profile.house
        if work is not None and 0 < work.sides <= house.page_cap and self._go(event):
            self._printer.print(work, house.print_deadline_s, self)

    def _on_fill_in(self, form: Mapping[str, str]) -> None:
        """Go back to what a paper on which nothing stands yet would say."""
        memory = self.memory
        place = steps.first_question(memory)
        if memory.work is not None and not memory.work.pages and place is not None:
            memory.work = None
            memory.walk = place
            self._arrive()

    def _on_print_skip(self, form: Mapping[str, str]) -> None:
        if self.memory.state in (State.PREVIEW, State.PRINTER_TROUBLE, State.PRINTING):
            self._printer.cancel()
            walk = self.memory.walk
            step = walk.step(self.memory.answers) if walk else None
            if step is not None and steps.can_have_paper(self.memory, self._profile.house.page_cap):
                self.memory.unwanted.add(step.id)
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

    # ---- inside: comfort and prompts ------------------------------------------------

    def _on_text_size(self, form: Mapping[str, str]) -> None:
        sizes = list(TextSize)
        at = sizes.index(self.memory.text_size)
        self.memory.text_size = sizes[(at + 1) % len(sizes)]
        if self.memory.state is State.PREVIEW:
            self._compose_anew()

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
        self._answered()
        if prompt in (Prompt.FINISHED, Prompt.OTHER_CARD):
            self._end(Event.FINISHED)
        elif prompt is Prompt.LIMIT_NEAR:
            self._tell({"do": "more-time"})

    def _on_prompt_no(self, form: Mapping[str, str]) -> None:
        prompt = self.memory.prompt
        if prompt is Prompt.OTHER_CARD and self._card_is_in():
            # Nobody goes on with one person's visit and another person's card.
            self.memory.prompt_hint = "other-card-out"
            return
        self._answered()
        if prompt is Prompt.STILL_THERE:
            self._end(Event.STOPPED)
        elif prompt is Prompt.PUT_CARD_BACK:
            self.memory.finding = CardFinding.REMOVED
            self._go(Event.CARD_FAILED)


def permanence_from(row: Mapping[str, object] | None) -> Permanence | None:
    """Read a permanence out of the keeper's message."""
    if row is None:
        return None
    return Permanence(
        profile=str(row["profile"]),
        helpers=str(row["helpers"]),
        date=str(row["date"]),
        date_is_confirmed=bool(row["date_is_confirmed"]),
        may_act_instead=bool(row["may_act_instead"]),
    )
