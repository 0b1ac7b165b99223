"""The closed vocabularies of content: what a task, its steps and its papers may say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from device.card.status import Field

Text = Mapping[str, str]
"""Locale -> words. Every required language is present: the loader has checked."""

Condition = Mapping[str, frozenset[str]]
"""Answer key -> values that satisfy it. All keys must hold. Empty: always."""

UNANSWERED = "unanswered"
"""What a condition says for "nobody answered": nothing is mandatory, so every question has it."""

READ = "read"
BY_HAND = "by_hand"
PRINTED = "printed"
WITHOUT = "without"
YES = "yes"
NO = "no"

SYSTEM_PLACEHOLDERS = frozenset({"today", "place"})
"""Placeholders that the controller fills, not an answer."""


class ChannelKind(StrEnum):
    """The four ways to get a thing done, in the order in which they stand on the screen."""

    COUNTER = "counter"
    PAPER = "paper"
    PHONE = "phone"
    ONLINE = "online"


class Exists(StrEnum):
    """Whether a channel is there. ``unknown`` is an honest answer and stays offered."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


class Mark(StrEnum):
    """How far a fact can be trusted (domain.md, Marks)."""

    SEED = "seed"
    SEEN = "seen"
    UNVERIFIED = "unverified"
    OURS = "ours"


class Posture(StrEnum):
    """Who acts in a step."""

    SELF = "self"
    TOGETHER = "together"
    INSTEAD = "instead"


class Outcome(StrEnum):
    """How a task can end. Only the first three are reached by walking to the end of a path."""

    DONE = "done"
    REFERRED = "referred"
    POSTPONED_TECHNICAL = "postponed_technical"
    POSTPONED_DOCUMENTS = "postponed_documents"
    REFUSED_BY_RESIDENT = "refused_by_resident"
    ABANDONED = "abandoned"
    UNSOLVED = "unsolved"


class OwnerType(StrEnum):
    """Who runs the service behind a task."""

    PUBLIC = "public"
    PRIVATE = "private"
    OURS = "ours"


class Sensitivity(StrEnum):
    """What a task touches."""

    LOW = "low"
    MONEY = "money"
    HEALTH = "health"
    STATUS = "status"


class Key(StrEnum):
    """What a person may need to have for a task or a channel."""

    EID = "eid"
    ITSME = "itsme"
    RRN = "rrn"
    EMAIL = "email"
    PHONE = "phone"
    BANK_CARD = "bank_card"
    ADDRESS = "address"
    NONE = "none"


class StepKind(StrEnum):
    """What a step does."""

    SHOW = "show"
    ASK = "ask"
    CHECK = "check"
    READ_CARD = "read_card"
    DO_ONLINE = "do_online"
    PRINT = "print"
    TEACH_BACK = "teach_back"
    GUARD = "guard"
    REFER = "refer"
    WAIT = "wait"


class InputKind(StrEnum):
    """How an answer is given."""

    TEXT = "text"
    NAME = "name"
    STREET = "street"
    POSTAL_CODE = "postal_code"
    MUNICIPALITY = "municipality"
    DATE = "date"
    TIME = "time"
    PHONE = "phone"
    CHOICE = "choice"
    REFERENCE = "reference"
    AMOUNT = "amount"
    LONG_TEXT = "long_text"
    YES_NO = "yes_no"


MAX_LENGTHS: Mapping[InputKind, int] = {
    InputKind.TEXT: 80,
    InputKind.NAME: 60,
    InputKind.STREET: 80,
    InputKind.POSTAL_CODE: 6,
    InputKind.MUNICIPALITY: 50,
    InputKind.DATE: 10,
    InputKind.TIME: 12,
    InputKind.PHONE: 20,
    InputKind.CHOICE: 40,
    InputKind.REFERENCE: 40,
    InputKind.AMOUNT: 12,
    InputKind.LONG_TEXT: 400,
    InputKind.YES_NO: 3,
}
"""Longest answer per kind, in characters, where a step sets no ``max_length`` of its own."""


class CardField(StrEnum):
    """What a task may have read from a card; a read hands on nothing else."""

    SURNAME = Field.SURNAME.value
    FIRST_NAMES = Field.FIRST_NAMES.value
    BIRTH_DATE = Field.BIRTH_DATE.value
    BIRTH_PLACE = Field.BIRTH_PLACE.value
    NATIONALITY = Field.NATIONALITY.value
    STREET = Field.STREET.value
    POSTAL_CODE = Field.POSTAL_CODE.value
    MUNICIPALITY = Field.MUNICIPALITY.value
    CARD_NUMBER = Field.CARD_NUMBER.value
    NATIONAL_NUMBER = Field.NATIONAL_NUMBER.value


REASON_NEEDED = frozenset({CardField.NATIONAL_NUMBER})
"""Fields that a task may read only with the law that allows it written beside them."""


class ReferralType(StrEnum):
    """What kind of help a person is sent on to (domain.md R-082)."""

    DIGITAL_TRAINING = "digital_training"
    SOCIAL_SERVICE = "social_service"
    COMPETENT_ADMINISTRATION = "competent_administration"
    REPAIR = "repair"
    MATERIAL = "material"
    LEGAL_ASYLUM = "legal_asylum"
    MENTAL_HEALTH = "mental_health"


class Tongue(StrEnum):
    """A language in which help is given; every catalogue has its name."""

    NL = "nl"
    FR = "fr"
    EN = "en"
    DE = "de"
    AR = "ar"
    TR = "tr"
    ES = "es"
    PT = "pt"


class Topic(StrEnum):
    """What a place helps with, in the words of its own line: nobody is sent past their matter."""

    IDENTITY_CARD = "identity_card"
    DIGITAL_KEY = "digital_key"
    GOVERNMENT_SITES = "government_sites"
    TELECOM_DISPUTE = "telecom_dispute"
    INTERNET_COST = "internet_cost"
    SOCIAL_HELP = "social_help"
    NO_HOME = "no_home"
    COMPUTER_HELP = "computer_help"
    CLASSES = "classes"
    REPAIR = "repair"
    MENTAL_HEALTH = "mental_health"
    YOUTH = "youth"


class Attribute(StrEnum):
    """What can be said of a place that helps. A place without one is *unknown*, never *no*."""

    NO_ID_REQUIRED = "no_id_required"
    NO_STATUS_NEEDED = "no_status_needed"
    HOME_VISIT = "home_visit"
    USB_PRINT = "usb_print"
    DEVICE_LOAN = "device_loan"
    COURSES = "courses"
    WALK_IN = "walk_in"
    LIFT = "lift"
    FREE = "free"


@dataclass(frozen=True)
class Source:
    """Where a fact comes from. ``title`` is a proper name and is not translated."""

    title: str
    mark: Mark
    url: str | None = None
    dated: date | None = None
