"""Whose the cards of one pcscd are now: a visit's, or free for a technician's tool.

A claim is a lock on a file, so that it ends with its process, however that ends. The file is
empty, and only its name tells which pcscd is meant. Simulated readers need none.
"""

import contextlib
import fcntl
import hashlib
import os
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

SOCKET_VARIABLE = "PCSCLITE_CSOCK_NAME"
SYSTEM_SOCKET = "/run/pcscd/pcscd.comm"
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
    socket = os.path.realpath(environment.get(SOCKET_VARIABLE) or SYSTEM_SOCKET)
    folder = _LOCKS if os.access(_LOCKS, os.W_OK) else Path(tempfile.gettempdir())
    return folder / f"relais-visit-{hashlib.sha256(socket.encode()).hexdigest()[:16]}"


def _open(path: Path) -> int:
    flags = os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK
    with contextlib.suppress(FileNotFoundError):
        # One that is there may be another person's: a lock needs no right to write.
        return os.open(path, flags | os.O_RDONLY)
    return os.open(path, flags | os.O_RDONLY | os.O_CREAT, 0o644)
