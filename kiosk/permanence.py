"""A shift at a place, opened and closed by a helper with the code of a helper profile."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Callable
from dataclasses import dataclass

from kiosk.config import HelperProfile
from kiosk.heap import stay_small

# RFC 7914; about 50 ms and 16 MB on two slow cores: a guess costs, a helper does not wait.
_N, _R, _P = 2**14, 8, 1
_FIRST_DELAY_S = 1.0
_LONGEST_DELAY_S = 300.0


def hash_code(code: str, *, salt: bytes | None = None) -> str:
    """Return `scrypt$<salt hex>$<hash hex>` for a helper profile's code."""
    salt = salt or secrets.token_bytes(16)
    # The 16 MB that it takes hold the code; they go back to the system at once.
    stay_small()
    untrusted = code.encode("utf-8", "surrogatepass")
    digest = hashlib.scrypt(untrusted, salt=salt, n=_N, r=_R, p=_P, dklen=32)
    return f"scrypt${salt.hex()}${digest.hex()}"


def _fits(code: str, stored: str) -> bool:
    _, salt, digest = stored.split("$")
    mine = hash_code(code, salt=bytes.fromhex(salt)).rpartition("$")[2]
    return hmac.compare_digest(mine, digest)


@dataclass(frozen=True)
class Permanence:
    """An open shift. `helpers` are first names of the day; `date` ISO, as confirmed or not."""

    profile: str
    helpers: str = ""
    date: str = ""
    date_is_confirmed: bool = False
    may_act_instead: bool = True


class CodeDoor:
    """Hears codes, one at a time; each wrong one doubles the wait, none locks for good.

    The wait concerns codes only: no button and no visit waits for it.
    """

    def __init__(self, profiles: tuple[HelperProfile, ...], now: Callable[[], float]) -> None:
        self._profiles = profiles
        self._now = now
        self._delay_s = 0.0
        self._heard_from = 0.0

    def wait_s(self) -> float:
        """Tell how many seconds until a code is heard again."""
        return max(0.0, self._heard_from - self._now())

    def try_code(self, code: str) -> HelperProfile | None:
        """Return the profile whose code this is; None when wrong or not yet heard."""
        if self.wait_s() > 0:
            return None
        found = None
        for profile in self._profiles:
            if _fits(code, profile.code):
                found = profile
        if found is None:
            self._delay_s = min(_LONGEST_DELAY_S, self._delay_s * 2 or _FIRST_DELAY_S)
            self._heard_from = self._now() + self._delay_s
        else:
            self._delay_s = 0.0
        return found
