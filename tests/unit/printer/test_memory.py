"""What a device may answer about its jobs: any bytes are parsed or are one known error."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device.printer.memory import MemoryUnreadable, PrinterMemory, _attribute, _job_groups

HEAD = b"\x02\x00\x00\x00\x00\x00\x00\x01"
END = b"\x03"
JOB = b"\x02"


def job(job_id: int, pages: int) -> bytes:
    done = struct.pack(">i", pages)
    return (
        JOB
        + _attribute(0x21, "job-id", struct.pack(">i", job_id))
        + _attribute(0x44, "job-state-reasons", b"job-printing")
        + _attribute(0x44, "", b"processing-to-stop-point")
        + _attribute(0x21, "job-impressions-completed", done)
    )


@given(st.binary())
def test_any_answer_is_parsed_or_unreadable(untrusted_answer: bytes) -> None:
    try:
        groups = list(_job_groups(untrusted_answer))
    except MemoryUnreadable:
        return
    assert all(isinstance(name, str) for group in groups for name in group)


@given(st.integers(0, 200))
def test_an_answer_cut_short_is_unreadable(length: int) -> None:
    whole = HEAD + job(7, 1) + job(8, 2) + END
    if length < len(whole):
        with pytest.raises(MemoryUnreadable):
            list(_job_groups(whole[:length]))


def test_every_job_of_an_answer_is_found() -> None:
    operation = b"\x01" + _attribute(0x21, "job-id", b"\0\0\0\x63")
    groups = list(_job_groups(HEAD + operation + job(7, 1) + job(8, 2) + END))
    assert [group["job-id"] for group in groups] == [[b"\0\0\0\x07"], [b"\0\0\0\x08"]]
    assert groups[0]["job-state-reasons"] == [b"job-printing", b"processing-to-stop-point"]


def test_a_device_that_is_not_there_is_unreadable() -> None:
    memory = PrinterMemory("ipp://127.0.0.1:9/ipp/print", "relais", limit_s=1.0)
    with pytest.raises(MemoryUnreadable):
        memory.held_jobs()


def test_an_address_that_is_not_ipp_is_refused() -> None:
    with pytest.raises(ValueError, match="ipp://"):
        PrinterMemory("usb://Test/Printer", "relais", limit_s=1.0)
