"""What the check of a card's signatures can find."""

from dataclasses import dataclass
from enum import Enum


class Verdict(Enum):
    """Name the result for one part of a card."""

    VALID = "valid"
    ALTERED = "altered"
    UNKNOWN_ISSUER = "unknown-issuer"
    EXPIRED_ISSUER = "expired-issuer"
    NOT_CHECKED = "not-checked"


@dataclass(frozen=True, slots=True)
class Authenticity:
    """Hold the verdict for each part that was read.

    `is_development` is True when the trust comes from a test PKI: never a real card's proof.
    """

    identity: Verdict
    address: Verdict
    is_development: bool

    @property
    def parts(self) -> tuple[Verdict, Verdict]:
        """Both verdicts."""
        return self.identity, self.address

    @property
    def verdict(self) -> str:
        """All of it as one keyword: altered, unknown, development or valid."""
        checked = {part for part in self.parts if part is not Verdict.NOT_CHECKED}
        if Verdict.ALTERED in checked:
            return "altered"
        if checked != {Verdict.VALID}:
            return "unknown"
        return "development" if self.is_development else "valid"
