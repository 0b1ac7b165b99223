"""Whose the cards of one pcscd are now: a visit's, or free for a technician's tool.

A claim is a lock on a file, so that it ends with its process, however that ends. The file is
empty, and only its name tells which pcscd is meant. Simulated readers need none.
"""

import contextlib
import fcntl
import os
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

SOCKET_VARIABLE = "PCSCLITE_CSOCK_NAME"
_LOCKS = Path("/run/lock")


class CardClaimed(Exception):
    """Say that a visit is under way and its cards are nobody else's."""


class VisitClaim:
    """Hold the cards of a pcscd for one visit.

    `environment` names the pcscd as libpcsclite is told (PCSCLITE_CSOCK_NAME).
    """

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._path = _lock_of(environment)
        self._descriptor: int | None = None

    def take(self) -> None:
        """Claim, from now to the end of this process. Harmless when repeated.

        Several visits share (several kiosks of one machine). A place where nothing can be locked
        has no claim; the visit goes on, because it does not depend on it.
        """
        if self._descriptor is not None:
            return
        with contextlib.suppress(OSError):
            descriptor = _open(self._path)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except OSError:
                # A tool is in the middle of a card: its claim ends in seconds, ours is asked again.
                os.close(descriptor)
                raise
            self._descriptor = descriptor


@contextlib.contextmanager
def free_of_visits(environment: Mapping[str, str]) -> Iterator[None]:
    """Keep visits from claiming this pcscd's cards meanwhile. Raises CardClaimed."""
    try:
        descriptor = _open(_lock_of(environment))
    except PermissionError:
        # Somebody has claimed them who shares nothing with us.
        raise CardClaimed from None
    except OSError:
        # Nothing can be locked here, so no visit has.
        yield
        return
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise CardClaimed from None
        yield
    finally:
        os.close(descriptor)


def _lock_of(environment: Mapping[str, str]) -> Path:
    if own := environment.get(SOCKET_VARIABLE):
        # It goes with the pcscd that it is about.
        return Path(f"{os.path.realpath(own)}.visit")
    folder = _LOCKS if os.access(_LOCKS, os.W_OK) else Path(tempfile.gettempdir())
    return folder / "relais-visit"


def _open(path: Path) -> int:
    flags = os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK
    with contextlib.suppress(FileNotFoundError):
        # One that is there may be another person's: a lock needs only the right to read.
        return os.open(path, flags | os.O_RDONLY)
    descriptor = os.open(path, flags | os.O_RDONLY | os.O_CREAT, 0o644)
    with contextlib.suppress(PermissionError):
        # Whatever the umask of who was first: a visit's keeps everything to itself.
        os.fchmod(descriptor, 0o644)
    return descriptor
