"""Somebody who stands at the kiosk: chooses, answers, puts a card in, takes papers along."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from tests.driving.paper import Paper, taken
from tests.driving.screen import Screen
from tests.driving.twin import Twin, until

MAX_STEPS = 60
SKIP = ""
Answer = str | Callable[[Screen], None]
"""What is answered to a question: its text or choice, SKIP, or what is done on the screen."""


def by_touch(text: str) -> Answer:
    """Type an answer on the keyboard of the screen, finger by finger, layer by layer."""

    def types(screen: Screen) -> None:
        screen.types_by_touch(text)

    return types


@dataclass
class Resident:
    """One person in one visit. `answers` says what they answer, by answer key."""

    twin: Twin
    screen: Screen
    locale: str
    answers: Mapping[str, Answer] = field(default_factory=dict)
    card: str = ""
    walked: list[str] = field(default_factory=list)

    # ---- the way in -----------------------------------------------------------------

    def begins(self) -> Resident:
        """Choose a language at the welcome."""
        self.screen.shows("welcome")
        self.screen.taps_on("choose-language", self.locale)
        self.screen.shows("need")
        return self

    def chooses(self, need: str, channel: str) -> Resident:
        """Choose a need and a channel, and read what it takes."""
        self.screen.taps_on("choose-need", need)
        self.screen.shows("task")
        self.screen.taps_on("choose-channel", channel)
        self.screen.shows("prepare")
        return self

    # ---- the way through ------------------------------------------------------------

    def walks_to(self, *states: str) -> str:
        """Go on, screen by screen, until one of these states; says yes where nothing is said."""
        for _ in range(MAX_STEPS):
            state = until(lambda: self.screen.state, "a screen", 20)
            self.screen.watch(state)
            self.walked.append(state)
            if state in states:
                return state
            self._does(state)
        raise AssertionError(f"not at {states} after {self.walked}")

    def walks_to_question(self, key: str) -> None:
        """Go on until the question with this answer key is asked."""
        for _ in range(MAX_STEPS):
            self.walks_to("steps", "correct")
            if self.asked == key:
                return
            self._does("steps")
        raise AssertionError(f"{key} was not asked")

    def walks_past(self, state: str) -> None:
        """Do what this screen asks for, once."""
        self.screen.shows(state)
        self._does(state)

    @property
    def asked(self) -> str:
        """Return the answer key of the question that the screen asks, "" for none."""
        keys = self.screen.page.locator('main input[type=hidden][name="key"]')
        return str(keys.first.input_value()) if keys.count() else ""

    def _does(self, state: str) -> None:
        screen = self.screen
        match state:
            case "prepare" | "site":
                screen.taps_on("go")
            case "consent":
                screen.taps_on("consent-yes" if self.card else "consent-no")
            case "reading":
                self.twin.inserts(self.card)
                screen.shows("review", "card-trouble")
            case "review":
                screen.taps_on("review-ok")
            case "steps":
                self._answers()
            case "preview":
                screen.taps_on("print")
            case "printing":
                screen.shows("take-papers", "printer-trouble")
            case "take-papers":
                screen.taps_on("came-out")
            case "teach-back":
                screen.taps_on("teach-back", "understood")
            case "refer":
                screen.taps_on("refer-next")
            case "proof":
                screen.taps_on("proof-skip")
            case "finished":
                screen.taps_away("prompt-no")
            case _:
                raise AssertionError(f"nobody said what to do at {state}")

    def _answers(self) -> None:
        screen, key = self.screen, self.asked
        if not key:
            screen.taps_on("go")
            return
        answer = self.answers.get(key, SKIP)
        if callable(answer):
            answer(screen)
            screen.taps_on("answer")
        elif answer == SKIP:
            screen.taps_on("skip")
        elif screen.button("answer", answer).count():
            screen.taps_on("answer", answer)
        else:
            screen.types(answer)
            screen.taps_on("answer")

    # ---- the way out ----------------------------------------------------------------

    def papers(self) -> list[Paper]:
        """Look at what came out so far."""
        return taken(self.twin.papers())

    def finishes(self) -> None:
        """Take the card along, finish, and see the receipt."""
        self.screen.shows("goodbye")
        self.twin.pulls_the_card()
        self.screen.taps_away("finish")
        self.screen.shows("receipt")

    def stops(self) -> None:
        """Press the red button and see that it is over."""
        self.twin.presses("red")
        self.screen.shows("receipt", "welcome", limit_s=40)
