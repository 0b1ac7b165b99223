"""The jobs in the printer's own memory, asked for and cancelled over its own IPP port.

CUPS cancels at the device only while its backend lives. When CUPS is killed, or purges a job
(it then kills the backend at once, measured with 2.4.2), the device still holds the document and
prints it when a person loads paper. So we cancel there ourselves. pycups has no call for it.

RFC 8010 (encoding), RFC 8011 sections 4.2.6 (Get-Jobs) and 4.3.3 (Cancel-Job).
"""

import http.client
import struct
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from urllib.parse import urlsplit

_GET_JOBS = 0x000A
_CANCEL_JOB = 0x0008
_VERSION = b"\x02\x00"
_OPERATION_GROUP = 0x01
_JOB_GROUP = 0x02
_END = 0x03
_FIRST_VALUE_TAG = 0x10
_INTEGER = 0x21
_BOOLEAN = 0x22
_NAME = 0x42
_KEYWORD = 0x44
_URI = 0x45
_CHARSET = 0x47
_LANGUAGE = 0x48
_IPP_PORT = 631
_MAX_ANSWER_BYTES = 256 * 1024
_HTTP_OK = 200


class MemoryUnreadable(Exception):
    """Say that the device did not answer, or not in IPP."""


@dataclass(frozen=True)
class HeldJob:
    """Name a job that the device has not ended; ids are the device's own, not the queue's.

    `is_ending`: the device has taken a cancel and is on its way to stop. With an empty tray or a
    jam it may stay there until a person comes.
    """

    device_job_id: int
    pages_done: int | None
    is_ending: bool


class PrinterMemory:
    """See and cancel what one user has waiting or in work at a device.

    `device_uri` is the device's `ipp://HOST:PORT/PATH`; each request ends within `limit_s`
    seconds or raises MemoryUnreadable.
    """

    def __init__(self, device_uri: str, user: str, *, limit_s: float) -> None:
        address = urlsplit(device_uri)
        if address.scheme != "ipp" or address.hostname is None:
            raise ValueError("the device's address must be ipp://HOST:PORT/PATH")
        self._uri = device_uri
        self._user = user
        self.host = address.hostname
        self.port = address.port or _IPP_PORT
        self._path = address.path or "/"
        self._limit_s = limit_s

    def held_jobs(self) -> list[HeldJob]:
        """List the jobs of the user that are waiting, in work or stopped at the device."""
        wanted = _attribute(_KEYWORD, "requested-attributes", b"job-id")
        wanted += _attribute(_KEYWORD, "", b"job-state-reasons")
        wanted += _attribute(_KEYWORD, "", b"job-impressions-completed")
        answer = self._request(
            _GET_JOBS,
            _attribute(_NAME, "requesting-user-name", self._user.encode())
            + _attribute(_BOOLEAN, "my-jobs", b"\x01")
            + _attribute(_KEYWORD, "which-jobs", b"not-completed")
            + wanted,
        )
        jobs: list[HeldJob] = []
        for group in _job_groups(answer):
            job_id = _integer(group, "job-id")
            if job_id is not None:
                pages_done = _integer(group, "job-impressions-completed")
                is_ending = b"processing-to-stop-point" in group.get("job-state-reasons", [])
                jobs.append(HeldJob(job_id, pages_done, is_ending))
        return jobs

    def cancel(self, job: HeldJob) -> None:
        """Cancel a job at the device; one that has ended meanwhile is no error."""
        self._request(
            _CANCEL_JOB,
            _attribute(_INTEGER, "job-id", struct.pack(">i", job.device_job_id))
            + _attribute(_NAME, "requesting-user-name", self._user.encode()),
        )

    def _request(self, operation: int, attributes: bytes) -> bytes:
        body = _VERSION + struct.pack(">HIB", operation, 1, _OPERATION_GROUP)
        body += _attribute(_CHARSET, "attributes-charset", b"utf-8")
        body += _attribute(_LANGUAGE, "attributes-natural-language", b"en")
        body += _attribute(_URI, "printer-uri", self._uri.encode())
        body += attributes + bytes([_END])
        connection = http.client.HTTPConnection(self.host, self.port, timeout=self._limit_s)
        try:
            with closing(connection):
                headers = {"Content-Type": "application/ipp"}
                connection.request("POST", self._path, body, headers)
                response = connection.getresponse()
                answer = response.read(_MAX_ANSWER_BYTES)
        except (OSError, http.client.HTTPException) as error:
            raise MemoryUnreadable from error
        if response.status != _HTTP_OK:
            raise MemoryUnreadable
        return answer


def _attribute(tag: int, name: str, value: bytes) -> bytes:
    key = name.encode()
    return struct.pack(">BH", tag, len(key)) + key + struct.pack(">H", len(value)) + value


def _job_groups(untrusted_answer: bytes) -> Iterator[dict[str, list[bytes]]]:
    """Yield the attributes of each job in a response, values as bytes.

    Raises MemoryUnreadable when the response is cut short.
    """
    group: dict[str, list[bytes]] | None = None
    name = b""
    at = 8
    while True:
        tag = int.from_bytes(_take(untrusted_answer, at, 1), "big")
        at += 1
        if tag < _FIRST_VALUE_TAG:
            if group is not None:
                yield group
            if tag == _END:
                return
            group = {} if tag == _JOB_GROUP else None
            continue
        name_length = int.from_bytes(_take(untrusted_answer, at, 2), "big")
        # A further value of the same attribute has no name.
        name = _take(untrusted_answer, at + 2, name_length) or name
        at += 2 + name_length
        value_length = int.from_bytes(_take(untrusted_answer, at, 2), "big")
        value = _take(untrusted_answer, at + 2, value_length)
        at += 2 + value_length
        if group is not None:
            group.setdefault(name.decode("ascii", "replace"), []).append(value)


def _integer(group: dict[str, list[bytes]], name: str) -> int | None:
    values = group.get(name, [])
    return int.from_bytes(values[0], "big", signed=True) if values and len(values[0]) == 4 else None


def _take(untrusted_answer: bytes, at: int, length: int) -> bytes:
    taken = untrusted_answer[at : at + length]
    if len(taken) != length:
        raise MemoryUnreadable
    return taken
