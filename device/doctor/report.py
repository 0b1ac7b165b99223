"""What the doctor says: one finding a check, in the order in which they build on each other.

Never a sentence: a check, a result, a keyword and data such as the model of a reader. Whoever
shows it finds the words for the keyword.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum


class Check(Enum):
    """Name what is looked at; the order is the order of the checks."""

    BUS = "bus"
    DRIVER = "driver"
    SERVICE = "service"
    PERMISSION = "permission"
    READER = "reader"
    CARD = "card"
    ATR = "atr"
    APPLET = "applet"
    ACTIVATION = "activation"
    EXPIRY = "expiry"


class Result(Enum):
    """Say how a check came out. Only WRONG can be the verdict."""

    FINE = "fine"
    WRONG = "wrong"
    UNKNOWN = "unknown"
    """It cannot be told, or only by reading what the doctor does not read."""
    NOT_REACHED = "not-reached"
    """What it builds on is wrong."""


class Keyword(Enum):
    """Name what was found. Stable: screens, papers and scripts know these words."""

    # bus
    FOUND = "found"
    NOTHING_PLUGGED = "nothing-plugged"
    NOT_ON_USB = "not-on-usb"
    """The reader is virtual, serial or built in, or there is no USB to look at."""
    # driver
    LISTED = "listed"
    OTHER_DRIVER = "other-driver"
    """Data: `model`, `package` of Debian that has the driver."""
    NOT_LISTED = "not-listed"
    """No installed driver lists this model, and we know of no other. Data: `model`."""
    OLD_DRIVER = "old-driver"
    """Data: `model`, `version` of libccid, `wanted`."""
    # service
    RUNS = "runs"
    NOT_RUNNING = "not-running"
    NO_LIBRARY = "no-library"
    """pyscard or libpcsclite is missing."""
    OTHER_VERSION = "other-version"
    """pcscd and libpcsclite speak different releases of their protocol."""
    # permission
    ALLOWED = "allowed"
    DENIED = "denied"
    """Data: `action` of polkit, or `socket`."""
    # reader
    NAMED = "named"
    SEVERAL = "several"
    NOT_NAMED = "not-named"
    """On the bus and with a driver, yet pcscd does not name it."""
    CONTACTLESS = "contactless"
    NO_SUCH_NAME = "no-such-name"
    # card
    ANSWERS = "answers"
    NO_CARD = "no-card"
    MUTE = "mute"
    REMOVED = "removed"
    # atr
    KNOWN = "known"
    STRANGE = "strange"
    # applet
    EID = "eid"
    NOT_EID = "not-eid"
    UNREADABLE = "unreadable"
    # activation
    ACTIVE = "active"
    NOT_ACTIVATED = "not-activated"
    NOT_PERSONALISED = "not-personalised"
    LOCKED = "locked"
    UNHEARD_OF = "unheard-of"
    """A life cycle that no source names. Data: `life_cycle`."""
    # expiry
    ISSUER_IN_DATE = "issuer-in-date"
    """The card's own date is not read. Data: `until` when the issuer's certificate lasts."""
    ISSUER_EXPIRED = "issuer-expired"
    ISSUER_UNREADABLE = "issuer-unreadable"
    # any
    TOO_SLOW = "too-slow"
    FELL_OVER = "fell-over"
    """The examination itself failed here: out of its limits, or our own bug."""
    NOT_REACHED = "not-reached"


@dataclass(frozen=True, slots=True)
class Finding:
    """Hold how one check came out. `data` holds no personal value."""

    check: Check
    result: Result
    keyword: Keyword
    data: Mapping[str, str] = field(default_factory=dict)

    def as_json(self) -> dict[str, object]:
        """Return it for a JSON object."""
        return {
            "check": self.check.value,
            "result": self.result.value,
            "keyword": self.keyword.value,
            "data": dict(self.data),
        }


@dataclass(frozen=True, slots=True)
class Report:
    """Hold one finding for every check, in their order."""

    findings: tuple[Finding, ...]

    @property
    def verdict(self) -> Finding | None:
        """Return the first finding that is wrong; None: nothing is."""
        return next((one for one in self.findings if one.result is Result.WRONG), None)

    def of(self, check: Check) -> Finding:
        """Return the finding of one check."""
        return self.findings[list(Check).index(check)]
