"""The door of pcscd: its socket, before any library is asked."""

import contextlib
import os
import socket
from pathlib import Path

from device.doctor.evidence import Knock

SOCKET = Path("/run/pcscd/pcscd.comm")
_KNOCK_S = 2.0


def socket_path() -> Path:
    """Return where libpcsclite looks for pcscd."""
    return Path(os.environ.get("PCSCLITE_CSOCK_NAME") or SOCKET)


def knock(path: Path) -> Knock:
    """Connect to the socket and hang up.

    Where systemd holds the socket this starts pcscd, as any client would.
    """
    with contextlib.closing(socket.socket(socket.AF_UNIX)) as line:
        line.settimeout(_KNOCK_S)
        try:
            line.connect(os.fspath(path))
        except PermissionError:
            return Knock.FORBIDDEN
        except BlockingIOError:
            # Its queue is full: somebody listens, and takes no call. The examination's limit says.
            return Knock.OPENED
        except OSError:
            return Knock.NOBODY
        return Knock.OPENED
