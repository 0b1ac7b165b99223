"""What a screen shows, as data: one frozen body a state, words left to the templates.

Bodies carry ids (for catalogue sentences), texts of the content packs in the visit's own
language, and the resident's own values. They never carry a sentence written in Python.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

from device.card.status import CardFinding, ReaderLevel
from device.printer.status import PrinterStatus
from kiosk.advice import Advice
from kiosk.tasks.model import ChannelKind, Key, Posture
from kiosk.visit import State


class TextSize(Enum):
    """Comfort setting; reset by every wipe."""

    NORMAL = "normal"
    LARGE = "large"
    XL = "xl"


class Contrast(Enum):
    """Comfort setting; reset by every wipe."""

    PAPER = "paper"
    NIGHT = "night"


class JobFate(Enum):
    """What has become of a print job; catalogue ids of the context "job"."""

    NOT_SENT = "not-sent"
    TAKEN_BACK = "taken-back"
    OPEN = "open"
    """Sent, and for all that is known here paper may come."""


class Prompt(Enum):
    """A question laid over a screen; one tap answers it."""

    STILL_THERE = "still-there"
    FINISHED = "finished"
    PUT_CARD_BACK = "put-card-back"
    OTHER_CARD = "other-card"
    LIMIT_NEAR = "limit-near"
    HELP_COMING = "help-coming"


@dataclass(frozen=True)
class Choice:
    """One tile: id to post back, words in the visit's language, picture name."""

    id: str
    title: str
    line: str = ""
    picture: str = ""


@dataclass(frozen=True)
class Language:
    """One language tile: BCP 47 code, endonym, whether screens are complete in it.

    letters: one or two of its own script, for the picture.
    """

    code: str
    endonym: str
    is_complete: bool = True
    letters: str = ""


@dataclass(frozen=True)
class Receipt:
    """What the last wipe found. Counts only, no time of day, never which.

    `not_searchable` counts values too ordinary to be looked for, `unseen` screens that could not
    be looked at.
    `reason` is finished | stopped | idle | limit | crash | power.
    """

    sought: int
    places: int
    found: int
    not_searchable: int
    unseen: int
    reason: str


@dataclass(frozen=True)
class ClosedBody:
    """Helper's code pad. `wait_s` > 0: the next try is heard after so many seconds."""

    profiles: tuple[str, ...]
    wait_s: int = 0
    was_wrong: bool = False
    date: str = ""
    date_is_confirmed: bool = False


@dataclass(frozen=True)
class CardLeftBody:
    """A card of the last visit is still in the reader."""


@dataclass(frozen=True)
class WelcomeBody:
    """At most five languages; "more" only where the place has more."""

    languages: tuple[Language, ...]
    receipt: Receipt | None = None
    printer: PrinterStatus | None = None
    reader: ReaderLevel | None = None
    has_more: bool = False


@dataclass(frozen=True)
class LanguageBody:
    """The languages to choose from; the page shows six at a time."""

    languages: tuple[Language, ...]


@dataclass(frozen=True)
class ChoicesBody:
    """NEED and TASKS: at most six tiles. `heading` is a content text or empty."""

    choices: tuple[Choice, ...]
    heading: str = ""


@dataclass(frozen=True)
class ChannelChoice:
    """One of the four equal channels."""

    kind: ChannelKind
    line: str
    exists: bool | None
    is_checked: bool


@dataclass(frozen=True)
class TaskBody:
    """Four channels of one task."""

    title: str
    channels: tuple[ChannelChoice, ...]
    minutes: int
    run_by: str  # "public" | "private"

    @property
    def all_exist(self) -> bool:
        """Tell whether each of the ways is known to exist for this task."""
        return all(channel.exists for channel in self.channels)


@dataclass(frozen=True)
class Check:
    """When a person checked a fact (ISO 8601), and against what; `source` is a proper name."""

    date: str
    source: str


@dataclass(frozen=True)
class PrepareBody:
    """What the task takes, and the way without it."""

    title: str
    channel: ChannelKind
    requires: tuple[Choice, ...]
    without: str
    facts: tuple[Fact, ...] = ()

    @property
    def needs_nothing(self) -> bool:
        """Tell whether there is nothing that anybody could be without."""
        return all(need.id == Key.NONE.value for need in self.requires)

    @property
    def brings_something(self) -> bool:
        """Tell whether something is to be brought to where this goes on."""
        return any(fact.label == "bring" for fact in self.facts)


@dataclass(frozen=True)
class Fact:
    """A fact of the world: `label` is a catalogue id (address, phone, …).

    `is_ours`: a fact about this machine or this house, which needs nobody's check.
    """

    label: str
    value: str
    check: Check | None = None
    is_ours: bool = False


@dataclass(frozen=True)
class ConsentBody:
    """Fields that would be read (catalogue ids), in order."""

    title: str
    fields: tuple[str, ...]


@dataclass(frozen=True)
class ReadingBody:
    """`name` appears as soon as the card has given it."""

    level: ReaderLevel
    name: str = ""


@dataclass(frozen=True)
class CardTroubleBody:
    """Why the card could not be read, as a closed id."""

    finding: CardFinding


@dataclass(frozen=True)
class CardDoctorBody:
    """What is wrong with reader or card, and the other ways of the task.

    `advice` None: still looking. `model` of the reader where another one is to be brought.
    """

    advice: Advice | None
    model: str
    channels: tuple[ChannelKind, ...]

    @property
    def is_of_card(self) -> bool:
        """Tell whether how the card goes in is what matters."""
        return self.advice in (Advice.NO_CARD, Advice.TURN_CARD)


@dataclass(frozen=True)
class ReviewRow:
    """One value: `key` is posted back, `label` is a catalogue id."""

    key: str
    label: str
    value: str
    is_left_out: bool = False


@dataclass(frozen=True)
class ReviewBody:
    """What will be used; each row can be changed or left out.

    `authenticity` is valid | expired | development | altered | unknown | none (typed by
    hand).
    """

    rows: tuple[ReviewRow, ...]
    authenticity: str


@dataclass(frozen=True)
class AskBody:
    """One question with the keyboard for it.

    `kind` is the input kind of the content model: text, name, street, postal_code,
    municipality, date, time, phone, choice, reference, amount, long_text, yes_no.
    """

    key: str
    label: str  # catalogue id of the field, "" when the step's own title asks
    kind: str
    value: str
    max_length: int
    choices: tuple[Choice, ...] = ()
    is_optional: bool = True
    fault: str = ""  # catalogue id: "too-long", "not-a-date", …


@dataclass(frozen=True)
class Term:
    """A glossary term that stands in the step's text."""

    term: str
    explanation: str


@dataclass(frozen=True)
class StepBody:
    """One step of the walk. `kind` is show | ask | check | guard | wait."""

    kind: str
    title: str
    text: str
    picture: str
    posture: Posture
    allow_instead: bool
    ask: AskBody | None = None
    items: tuple[Choice, ...] = ()
    facts: tuple[Fact, ...] = ()
    terms: tuple[Term, ...] = ()
    is_irreversible: bool = False


@dataclass(frozen=True)
class WhyInsteadBody:
    """Reasons (catalogue ids) why the helper acts in the resident's place."""

    reasons: tuple[str, ...]


@dataclass(frozen=True)
class SiteBody:
    """The official site stands in its own window beside this screen.

    `status` is ready | opening | open | closed | unreachable;
    `pdf_pages` > 0 when the site has given a document; `pdf_fault` is a closed id;
    `is_practice` where a stand-in plays the site.
    """

    title: str
    text: str
    host: str
    status: str
    posture: Posture
    allow_instead: bool
    pdf_pages: int = 0
    pdf_fault: str = ""
    terms: tuple[Term, ...] = ()
    is_practice: bool = False


@dataclass(frozen=True)
class PreviewBody:
    """The page as it will be: pictures at /preview/<n>.png, n from 1 to `pages`.

    No page: nothing stands on it yet, and there is nothing to print.
    """

    title: str
    pages: int
    copies: int
    notes: tuple[str, ...]
    printer: PrinterStatus
    page_cap: int
    is_over_cap: bool = False
    missing_letters: bool = False


@dataclass(frozen=True)
class PrintingBody:
    """How far the job is, as the printer itself tells."""

    pages: int
    page: int
    printer: PrinterStatus
    is_slow: bool = False


@dataclass(frozen=True)
class PrinterTroubleBody:
    """What the printer says now, and what has become of the job, whatever the printer says."""

    printer: PrinterStatus
    fate: JobFate


@dataclass(frozen=True)
class TakePapersBody:
    """Ask the person: did the paper come out?"""

    pages: int
    notes: tuple[str, ...]


@dataclass(frozen=True)
class TeachBackBody:
    """Was *I* clear? The question is a content text."""

    question: str


@dataclass(frozen=True)
class Place:
    """Somebody who can help further.

    `spoken`: the languages of help there (codes), where the reader's is not among them.
    """

    name: str
    address: str
    phone: str
    line: str
    check: Check | None = None
    spoken: tuple[str, ...] = ()


@dataclass(frozen=True)
class ReferBody:
    """Who helps from here; printed on request."""

    title: str
    text: str
    places: tuple[Place, ...]


@dataclass(frozen=True)
class ProofRow:
    """One thing that was done, and who did it: `act` is a catalogue id, `what` its object."""

    act: str
    posture: Posture
    what: str = ""


@dataclass(frozen=True)
class ProofBody:
    """What was done in this visit; on paper if wished."""

    title: str
    rows: tuple[ProofRow, ...]
    reference: str = ""


@dataclass(frozen=True)
class GoodbyeBody:
    """Last look: card, papers, finish."""

    card_is_in: bool
    papers: int


@dataclass(frozen=True)
class WipingBody:
    """ENDING and WIPING: what is happening."""


@dataclass(frozen=True)
class ReceiptBody:
    """Everything is wiped, and the counts that show it."""

    receipt: Receipt


@dataclass(frozen=True)
class OutOfServiceBody:
    """`reason` is trace-found | wipe-unfinished | no-data-folder | keeper-gone | content."""

    reason: str
    details: tuple[str, ...] = ()


Body = (
    ClosedBody
    | CardLeftBody
    | WelcomeBody
    | LanguageBody
    | ChoicesBody
    | TaskBody
    | PrepareBody
    | ConsentBody
    | ReadingBody
    | CardTroubleBody
    | CardDoctorBody
    | ReviewBody
    | AskBody
    | StepBody
    | WhyInsteadBody
    | SiteBody
    | PreviewBody
    | PrintingBody
    | PrinterTroubleBody
    | TakePapersBody
    | TeachBackBody
    | ReferBody
    | ProofBody
    | GoodbyeBody
    | WipingBody
    | ReceiptBody
    | OutOfServiceBody
)


@dataclass(frozen=True)
class Screen:
    """Everything one page needs.

    visit: random token of this visit; a page of another visit is answered with the welcome.
    turn: number of the screen within the visit; a late tap of an earlier turn does nothing.
    position/total: dots, in stages and not steps; total 0 hides them.
    simulated: catalogue ids of simulated parts, shown in a banner; empty in the field.
    """

    state: State
    body: Body
    visit: str
    turn: int
    locale: str
    place: str
    helpers: str
    text_size: TextSize = TextSize.NORMAL
    contrast: Contrast = Contrast.PAPER
    prompt: Prompt | None = None
    prompt_seconds: int = 0
    prompt_hint: str = ""
    can_go_back: bool = False
    position: int = 0
    total: int = 0
    can_speak: bool = False
    posture_banner: Posture | None = None
    simulated: tuple[str, ...] = ()
    canary: str = ""
    texts: Mapping[str, str] = field(default_factory=dict)
