"""A print service that dies in mid-job gives nothing of the earlier visit when it comes back."""

import os
import signal
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

pytest.importorskip("cups", reason="pycups is not installed")

from device.printer.cups import CupsPrinter
from device.printer.memory import HeldJob, PrinterMemory
from device.printer.status import JobState, PrinterLevel
from kiosk.wipe.processes import family, read_process, read_table
from provisioning.twin.cups import PrivateCups
from provisioning.twin.printer.wired import QUEUE, missing_programs, traversable_folder
from provisioning.twin.virtual_printer import VirtualPrinter
from tests.unit.printer.papers import paper, words_of
from tests.unit.printer.waiting import until

pytestmark = pytest.mark.real

EARLIER, NEXT = "earlier", "next"


class UnwipedCups(PrivateCups):
    """The control: a print service as it comes, whose spool outlives it."""

    def wipe_spool(self) -> None:
        """Leave everything as it is, once it is there."""
        if not self.spool.exists():
            super().wipe_spool()


@pytest.fixture
def folder() -> Iterator[Path]:
    if missing := missing_programs():
        pytest.skip(f"not installed: {', '.join(missing)}")
    with traversable_folder() as made:
        yield made


@pytest.fixture
def device(folder: Path) -> Iterator[VirtualPrinter]:
    with VirtualPrinter(folder / "printer") as printer:
        yield printer


def killed_in_mid_job(service: PrivateCups, device: VirtualPrinter) -> CupsPrinter:
    """Print slowly and kill the service when one page is done."""
    service.start()
    service.wait_ready()
    service.add_queue(QUEUE, device.uri)
    printer = CupsPrinter(service.socket, QUEUE, device.uri)
    device.slow(0.5)
    job = printer.submit(paper(EARLIER, pages=20))
    until(lambda: printer.progress(job).pages_done == 1)
    service.kill()
    assert printer.status().level is PrinterLevel.ABSENT
    assert printer.progress(job).state is JobState.GONE
    return printer


def power_cycle(device: VirtualPrinter) -> None:
    """Empty the printer's own memory, so that only the service can bring a page back."""
    device.unplug()
    device.slow(0)
    device.plug()


def backends_of(service: PrivateCups) -> list[int]:
    """Return the processes of the print service that speak to the printer."""
    service_now = read_process(service.pid or 0)
    found = []
    for process in family(read_table(), [service_now] if service_now else []):
        with suppress(OSError):
            if Path(f"/proc/{process.pid}/cmdline").read_bytes().startswith(b"ipp://"):
                found.append(process.pid)
    return found


def held_by(device: VirtualPrinter) -> list[HeldJob]:
    """Return what the printer holds of ours, asked for at the printer itself."""
    return PrinterMemory(device.uri, "relais", limit_s=5.0).held_jobs()


def papers(device: VirtualPrinter) -> list[str]:
    return [words_of(path).split()[0] for path in device.pages()]


def test_a_killed_service_prints_nothing_of_the_earlier_visit(
    folder: Path, device: VirtualPrinter
) -> None:
    with PrivateCups(folder / "cups") as service:
        # given a service killed in mid-job: its spool still holds the document
        printer = killed_in_mid_job(service, device)
        assert service.leftovers() != []
        power_cycle(device)
        # when it comes back and the next visit prints
        service.restart()
        assert service.leftovers() == []
        assert printer.leftovers() == 0
        job = printer.submit(paper(NEXT))
        until(lambda: printer.progress(job).state is JobState.COMPLETED)
        # then
        assert papers(device) == [NEXT]


def test_without_the_wipe_of_the_spool_the_earlier_paper_comes_out(
    folder: Path, device: VirtualPrinter
) -> None:
    with UnwipedCups(folder / "cups") as service:
        printer = killed_in_mid_job(service, device)
        power_cycle(device)
        service.restart()
        assert printer.leftovers() > 0
        until(lambda: EARLIER in papers(device), limit_s=40)


def test_what_the_printer_itself_still_holds_is_cancelled_by_the_purge(
    folder: Path, device: VirtualPrinter
) -> None:
    with PrivateCups(folder / "cups") as service:
        # given a service killed in mid-job and a printer that was not switched off
        printer = killed_in_mid_job(service, device)
        service.restart()
        assert printer.leftovers() == 1
        # when
        printer.purge()
        # then
        assert printer.leftovers() == 0
        device.slow(0)
        job = printer.submit(paper(NEXT))
        until(lambda: printer.progress(job).state is JobState.COMPLETED)
        assert papers(device) == [NEXT]


def test_without_the_purge_the_printer_prints_what_it_holds(
    folder: Path, device: VirtualPrinter
) -> None:
    with PrivateCups(folder / "cups") as service:
        killed_in_mid_job(service, device)
        device.slow(0)
        service.restart()
        until(lambda: EARLIER in papers(device))


def test_the_purge_cancels_at_the_printer_also_while_the_service_is_down(
    folder: Path, device: VirtualPrinter
) -> None:
    from device.printer.errors import PrinterAbsent

    with PrivateCups(folder / "cups") as service:
        printer = killed_in_mid_job(service, device)
        with pytest.raises(PrinterAbsent):
            printer.purge()
        service.restart()
        assert printer.leftovers() == 0
        assert papers(device) == []


def test_what_the_printer_holds_of_a_cancelled_job_is_cancelled_there(
    folder: Path, device: VirtualPrinter
) -> None:
    with PrivateCups(folder / "cups") as service:
        # given a paper at a printer that jams, and a backend that cancels nothing any more
        service.add_queue(QUEUE, device.uri)
        printer = CupsPrinter(service.socket, QUEUE, device.uri, settle_limit_s=0.2)
        device.jam()
        job = printer.submit(paper(EARLIER))
        until(lambda: printer.progress(job).state is JobState.STUCK and held_by(device))
        [backend] = backends_of(service)
        os.kill(backend, signal.SIGSTOP)
        # when
        printer.cancel(job)
        # then the service has said so, and so has the printer
        assert printer.progress(job).state is JobState.CANCELED
        until(lambda: all(held.is_ending for held in held_by(device)))
        device.clear_jam()
        until(lambda: not held_by(device))
        assert papers(device) == []
