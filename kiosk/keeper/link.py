"""The line between keeper and worker: one packet a message, file descriptors beside it."""

from __future__ import annotations

import array
import json
import os
import socket
import struct
from pathlib import Path
from typing import Any

MAX_PACKET = 32 * 1024
_MAX_FDS = 4

Message = dict[str, Any]


class LinkClosed(Exception):
    """The other side is gone, or does not speak as it should: both end the line."""


class Link:
    """A connected SOCK_SEQPACKET socket that speaks JSON objects.

    is_patient: a full line makes `send` wait. The keeper's end is not patient: a worker that
    does not listen (hung, stopped) must never make the keeper wait with it.
    """

    def __init__(self, connection: socket.socket, *, is_patient: bool = False) -> None:
        self._socket = connection
        self._flags = socket.MSG_NOSIGNAL | (0 if is_patient else socket.MSG_DONTWAIT)

    @classmethod
    def connect(cls, path: Path) -> Link:
        """Reach the keeper at `path`. Raises LinkClosed when nobody listens there."""
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        try:
            connection.connect(str(path))
        except OSError as error:
            connection.close()
            raise LinkClosed from error
        return cls(connection, is_patient=True)

    def fileno(self) -> int:
        """Return the descriptor, for a selector."""
        return self._socket.fileno()

    def peer_pid(self) -> int:
        """Return the process at the other end, by the kernel's word (SO_PEERCRED)."""
        size = struct.calcsize("3i")
        pid, _, _ = struct.unpack(
            "3i", self._socket.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, size)
        )
        return int(pid)

    def send(self, message: Message, fds: tuple[int, ...] = ()) -> None:
        """Send one message. Raises LinkClosed when nobody is there, or nobody has listened."""
        rights = []
        if fds:
            rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", fds))]
        try:
            self._socket.sendmsg([json.dumps(message).encode()], rights, self._flags)
        except OSError as error:
            raise LinkClosed from error

    def receive(self) -> tuple[Message, tuple[int, ...]]:
        """Wait for one message and its descriptors.

        Raises LinkClosed at the end, and for what is no whole JSON object.
        """
        room = socket.CMSG_SPACE(_MAX_FDS * array.array("i").itemsize)
        try:
            untrusted, ancillary, flags, _ = self._socket.recvmsg(
                MAX_PACKET, room, socket.MSG_CMSG_CLOEXEC
            )
        except OSError as error:
            raise LinkClosed from error
        fds = _descriptors(ancillary)
        try:
            if not untrusted or flags & (socket.MSG_TRUNC | socket.MSG_CTRUNC):
                raise LinkClosed
            message = _parsed(untrusted)
        except LinkClosed:
            for fd in fds:
                os.close(fd)
            raise
        return message, fds

    def close(self) -> None:
        """Hang up."""
        self._socket.close()


def _descriptors(ancillary: list[tuple[int, int, bytes]]) -> tuple[int, ...]:
    fds = array.array("i")
    for level, kind, payload in ancillary:
        if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
            fds.frombytes(payload[: len(payload) - len(payload) % fds.itemsize])
    return tuple(fds)


def _parsed(untrusted: bytes) -> Message:
    try:
        message = json.loads(untrusted)
    except (ValueError, RecursionError) as error:
        raise LinkClosed from error
    if not isinstance(message, dict):
        raise LinkClosed
    return message


def listen(path: Path) -> socket.socket:
    """Open the keeper's end at `path`, for its own uid alone."""
    path.unlink(missing_ok=True)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET | socket.SOCK_NONBLOCK)
    listener.bind(str(path))
    path.chmod(0o600)
    listener.listen(4)
    return listener
