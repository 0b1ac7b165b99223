"""What a visit keeps and tells: its memory, its questions, the keeper's line, the wipe's notebook.

Everything is under one lock. `kiosk.moving` adds how a visit moves.
"""

from __future__ import annotations

import logging
import secrets
import threading

from kiosk import steps
from kiosk.clock import Clock
from kiosk.config import PlaceProfile
from kiosk.examining import DoctorLine
from kiosk.keeper.link import Link, LinkClosed
from kiosk.memory import VisitMemory
from kiosk.papers import PaperMaker
from kiosk.printing import PrintLine
from kiosk.reading import CardLine
from kiosk.screens import Prompt
from kiosk.showing import Showing
from kiosk.sites import SiteLine
from kiosk.speech import Speech
from kiosk.tasks.loader import Content
from kiosk.visit import State
from kiosk.wipe.notebook import Notebook, NotebookError

log = logging.getLogger("relais.visit")

# Prompts whose silence ends something, and prompts that only pass by over them.
_BINDING = frozenset({Prompt.PUT_CARD_BACK, Prompt.FINISHED, Prompt.OTHER_CARD})
_PASSING = frozenset({Prompt.HELP_COMING, Prompt.STILL_THERE, Prompt.LIMIT_NEAR})


class Telling:
    """What one visit knows, and how it tells its keeper, its notebook and its screen."""

    def __init__(
        self,
        *,
        profile: PlaceProfile,
        content: Content,
        clock: Clock,
        link: Link,
        card: CardLine,
        doctor: DoctorLine,
        printer: PrintLine,
        sites: SiteLine,
        papers: PaperMaker,
        speech: Speech,
        simulated: tuple[str, ...] = (),
        is_practice_site: bool = False,
    ) -> None:
        self._profile = profile
        self._content = content
        self._clock = clock
        self._link = link
        self._card = card
        self._doctor = doctor
        self._printer = printer
        self._sites = sites
        self._papers = papers
        self._speech = speech
        self._notebook: Notebook | None = None
        self._changed = threading.Condition(threading.RLock())
        self._revision = 1
        self._keys: list[str] = []
        self.memory = VisitMemory(
            simulated=simulated,
            is_practice_site=is_practice_site,
            visit=secrets.token_hex(8),
        )
        self._showing = Showing(profile, content)

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

    def _note(self, key: str, value: str) -> bool:
        """Write a value into the wipe's notebook; False: it must not be used."""
        if value and self._notebook is not None:
            try:
                self._notebook.note(value)
                for parts in steps.joined(key, {**self.memory.answers, key: value}):
                    self._notebook.joined(*parts)
            except NotebookError as error:
                log.error("a value was not noted and is not used: %s", error.code)
                return False
        return True

    def _learn(self, key: str, value: str) -> bool:
        """Keep a value, once it is noted; False: it must not be used."""
        if not self._note(key, value):
            return False
        memory = self.memory
        memory.left_out.discard(key)
        memory.answers[key] = value
        return True

    def _ask(self, prompt: Prompt | None, seconds: float = 0) -> None:
        """Lay a question over the screen; None takes every question away.

        One that binds (its silence ends something) waits beneath one that only passes by.
        """
        memory = self.memory
        if prompt in _PASSING and memory.prompt in _BINDING:
            memory.beneath, memory.beneath_ends = memory.prompt, memory.prompt_ends
        elif prompt not in _PASSING:
            memory.beneath, memory.beneath_ends, memory.prompt_hint = None, 0.0, ""
        memory.prompt = prompt
        memory.prompt_ends = self._clock.monotonic() + seconds if seconds else 0.0

    def _answered(self) -> None:
        """Take the uppermost question away; what waited beneath is asked again."""
        memory = self.memory
        memory.prompt, memory.prompt_ends = memory.beneath, memory.beneath_ends
        memory.beneath, memory.beneath_ends = None, 0.0
        if memory.prompt is None:
            memory.prompt_hint = ""

    def _is_asked(self, prompt: Prompt) -> bool:
        return prompt in (self.memory.prompt, self.memory.beneath)
