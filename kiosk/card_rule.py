"""What a card that moves means for a visit: begin to read, go on, ask whether it is over.

Levels, not edges: what the reader says now counts, together with the state the visit is in.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from device.card.status import CardFinding, ReaderLevel, ReaderStatus
from device.doctor.report import Report
from kiosk import steps
from kiosk.moving import SITE_IS_UP, Moving
from kiosk.screens import Prompt
from kiosk.tasks.model import ReadCard
from kiosk.visit import Event, State, is_visit

# Where taking the card out is what the screen asks for, and no sign of going.
_IN_TROUBLE = frozenset({State.CARD_TROUBLE, State.CARD_DOCTOR})
_TAKES_CARD_OUT = _IN_TROUBLE | {State.GOODBYE}
_LOOK_AGAIN_S = 0.25
# pcscd looks for a card two or three times a second: one that has just started says "empty".
_SETTLED_S = 0.75
# A card that was out for less than a look at the reader leaves no change behind.
_READ_AGAIN_S = 1.5
_NO_CARD = frozenset({ReaderLevel.ABSENT, ReaderLevel.EMPTY})
_SAID_BY = {ReaderLevel.MUTE: CardFinding.MUTE, ReaderLevel.FOREIGN: CardFinding.FOREIGN}
_READER_WAS_GONE = frozenset({CardFinding.NO_READER, CardFinding.PCSC_DOWN})


class CardRule(Moving):
    """What the reader and a read say to one visit.

    Threads: every public method may be called from any thread.
    """

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
                if memory.state is State.CARD_DOCTOR:
                    # What was seen is so no longer.
                    self._go(Event.DOCTOR_ASKED)
            self._touch()

    def _card_moved(self, before: ReaderLevel, *, is_in: bool) -> None:
        memory = self.memory
        if is_in and memory.card_id:
            self._card.compare(memory.card_id, self._card_compared)
        elif is_in or before in _NO_CARD:
            if memory.state in _IN_TROUBLE and self._is_mended(before, is_in=is_in):
                # Leave to read was given: who puts things right need not tap as well.
                self._go(Event.CARD_RETRIED)
        elif memory.prompt_hint and self._is_asked(Prompt.OTHER_CARD):
            # Who was told to take it out first, to go on, goes on.
            self._ask(None)
        elif memory.state is State.SITE and memory.site.status in SITE_IS_UP:
            # Also a card that was never read here may have opened the official site's door.
            self._leave_site()
        elif memory.card_id and not memory.asked_finished and memory.state not in _TAKES_CARD_OUT:
            memory.asked_finished = True
            self._ask(Prompt.FINISHED, self._profile.house.finished_prompt_s)

    def _is_mended(self, before: ReaderLevel, *, is_in: bool) -> bool:
        """Tell whether a card has come in, or the reader that was missing."""
        if is_in and self.memory.state is State.CARD_DOCTOR:
            # Of a card that is mute or no eID the doctor knows more than a read would say.
            return before in _NO_CARD and self.memory.reader is ReaderLevel.CARD
        if is_in:
            # A reader's level may come after a read has said the same.
            is_told = _SAID_BY.get(self.memory.reader) is self.memory.finding
            return before in _NO_CARD and not is_told
        return before is ReaderLevel.ABSENT and self.memory.finding in _READER_WAS_GONE

    def _card_compared(self, is_same: bool) -> None:
        with self._changed:
            if is_same and self._is_asked(Prompt.FINISHED):
                self._ask(None)
            if is_same and self.memory.state in _IN_TROUBLE:
                self._go(Event.CARD_RETRIED)
            elif not is_same:
                self._ask(Prompt.OTHER_CARD, self._profile.house.finished_prompt_s)
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

    def examined(self, report: Report, is_newest: Callable[[], bool]) -> None:
        """Take what the doctor found, if nobody has asked again meanwhile."""
        with self._changed:
            if self.memory.state is State.CARD_DOCTOR and is_newest():
                self.memory.report = report
                self._touch()

    def _look_at_card(self, now: float) -> None:
        """Do what waited for the reader to come to rest."""
        memory = self.memory
        if memory.read_again_at and now >= memory.read_again_at:
            memory.read_again_at = 0.0
            if memory.state is State.READING and self._card_is_in():
                self._read_card()
        if memory.state is State.CARD_LEFT and not self._card_is_in() and self._is_settled():
            self._go(Event.CARD_TAKEN)
            self._touch()

    def _read_card(self) -> None:
        memory = self.memory
        memory.read_again_at = 0.0
        step = memory.walk.step(memory.answers) if memory.walk else None
        if step is not None and isinstance(step.data, ReadCard):
            memory.reading_name = ""
            fields = tuple(field.value for field in step.data.fields)
            self._card.read(fields, memory.card_id, self)

    def _examine(self) -> None:
        self.memory.report = None
        self._doctor.examine(self)

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

    def _card_is_in(self) -> bool:
        return self.memory.reader not in _NO_CARD
