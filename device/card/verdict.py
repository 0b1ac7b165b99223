"""What the check of a card can find: one verdict for each part, with the reason for a bad one."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Generic, TypeVar


class Verdict(Enum):
    """Name the result for data on the card: identity, address, photo.

    VALID means signed by the key in the card's register certificate; who vouches for that key is
    the issuer's verdict.
    """

    VALID = "valid"
    ALTERED = "altered"
    NOT_CHECKED = "not_checked"


class Issuer(Enum):
    """Name the result for the register's certificate."""

    TRUSTED = "trusted"
    UNKNOWN = "unknown"
    EXPIRED = "expired"
    """A trusted root issued it, but one of the two ran out while the card was to be valid."""
    NOT_CHECKED = "not_checked"


class Revocation(Enum):
    """Name the result for revocation, which needs a network that this product does not use."""

    NOT_CHECKED = "not_checked"


class Chip(Enum):
    """Name the result for the question whether the chip is the one the register made."""

    GENUINE = "genuine"
    COPIED = "copied"
    NOT_CHECKED = "not_checked"


class Reason(Enum):
    """Name why a verdict is not the good word. Values are stable keywords."""

    NOT_READ = "not-read"
    OFFLINE = "offline"

    # identity and address
    SIGNATURE = "signature"
    WEAK_KEY = "weak-key"
    """RSA below 1024 bits, or a kind of key that no register has: it proves nothing."""

    # photo and chip, which hang on the identity
    HASH = "hash"
    HASH_LENGTH = "hash-length"
    NO_HASH = "no-hash"
    IDENTITY_NOT_VALID = "identity-not-valid"

    # issuer
    ROOT_NOT_PINNED = "root-not-pinned"
    NOT_THE_REGISTER = "not-the-register"
    CA_CERTIFICATE = "ca-certificate"
    KEY_USAGE = "key-usage"
    CRITICAL_EXTENSION = "critical-extension"
    WEAK_HASH = "weak-hash"
    ISSUER_SIGNATURE = "issuer-signature"
    """It names a trusted root that did not sign it: forged, or damaged on the way."""
    CERTIFICATE_EXPIRED = "certificate-expired"
    ROOT_EXPIRED = "root-expired"

    # chip
    NOT_ASKED = "not-asked"
    ALREADY_ASKED = "already-asked"
    ISSUER_NOT_TRUSTED = "issuer-not-trusted"
    NO_KEY = "no-key"
    REFUSED = "refused"
    ANSWER_LENGTH = "answer-length"


V = TypeVar("V", bound=Enum)


@dataclass(frozen=True, slots=True)
class Part(Generic[V]):
    """Hold the verdict on one part, and why unless it is the good one."""

    verdict: V
    reason: Reason | None = None

    def values(self) -> dict[str, str]:
        """Return it as keywords: `verdict` and, where there is one, `reason`."""
        reason = {} if self.reason is None else {"reason": self.reason.value}
        return {"verdict": self.verdict.value, **reason}

    @classmethod
    def from_values(cls, verdicts: type[V], values: Mapping[str, str]) -> "Part[V]":
        """Return what `values` wrote. Raises KeyError, ValueError."""
        reason = values.get("reason")
        return Part(verdicts(values["verdict"]), None if reason is None else Reason(reason))


@dataclass(frozen=True, slots=True)
class Authenticity:
    """Hold what is known about the truth of a card, part by part.

    `is_development` is True when the trust comes from a test PKI: never a real card's proof.
    """

    identity: Part[Verdict]
    address: Part[Verdict]
    issuer: Part[Issuer]
    is_development: bool
    photo: Part[Verdict] = Part(Verdict.NOT_CHECKED, Reason.NOT_READ)
    chip: Part[Chip] = Part(Chip.NOT_CHECKED, Reason.NOT_ASKED)
    revocation: Part[Revocation] = field(
        init=False, default=Part(Revocation.NOT_CHECKED, Reason.OFFLINE)
    )

    @property
    def data(self) -> tuple[Part[Verdict], Part[Verdict], Part[Verdict]]:
        """Identity, address and photo."""
        return self.identity, self.address, self.photo

    @property
    def alteration(self) -> Reason | None:
        """Why this card must not be believed, or None when nothing speaks against it."""
        for part in self.data:
            if part.verdict is Verdict.ALTERED:
                return part.reason
        if self.chip.verdict is Chip.COPIED:
            return self.chip.reason
        if self.issuer.reason is Reason.ISSUER_SIGNATURE:
            return self.issuer.reason
        return None

    @property
    def verdict(self) -> str:
        """All of it as one keyword: altered, unknown, development or valid.

        Valid: something was read, all that was read is valid, and its issuer is trusted.
        """
        if self.alteration is not None:
            return "altered"
        read = {part.verdict for part in self.data if part.reason is not Reason.NOT_READ}
        if read != {Verdict.VALID} or self.issuer.verdict is not Issuer.TRUSTED:
            return "unknown"
        return "development" if self.is_development else "valid"

    def values(self) -> dict[str, Any]:
        """Return it as keywords by part, fit for JSON; `from_values` reads it back."""
        return {
            "identity": self.identity.values(),
            "address": self.address.values(),
            "photo": self.photo.values(),
            "issuer": self.issuer.values(),
            "revocation": self.revocation.values(),
            "chip": self.chip.values(),
            "is_development": self.is_development,
        }

    @classmethod
    def from_values(cls, values: Mapping[str, Any]) -> "Authenticity":
        """Return what `values` wrote. Raises KeyError, ValueError."""
        return cls(
            identity=Part.from_values(Verdict, values["identity"]),
            address=Part.from_values(Verdict, values["address"]),
            photo=Part.from_values(Verdict, values["photo"]),
            issuer=Part.from_values(Issuer, values["issuer"]),
            chip=Part.from_values(Chip, values["chip"]),
            is_development=bool(values["is_development"]),
        )
