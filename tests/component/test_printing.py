"""Printing on real parts: what stays behind, what may not hang, what may not be reached."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.importorskip("cups", reason="pycups is not installed")

from device.printer.cups import CupsPrinter
from device.printer.errors import PrinterAbsent
from device.printer.status import JobState, PrinterLevel, PrinterStatus, Reason
from provisioning.twin.cups import PrivateCups
from provisioning.twin.printer.wired import (
    QUEUE,
    Wired,
    missing_programs,
    traversable_folder,
    wired_printer,
)
from provisioning.twin.virtual_printer import VirtualPrinter
from tests.unit.printer.papers import paper, words_of
from tests.unit.printer.waiting import until

pytestmark = pytest.mark.real

CANARY = "zebrafinch4711"
OTHER_USER = ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups", "--"]
REPO = Path(__file__).resolve().parents[2]


@pytest.fixture
def folder() -> Iterator[Path]:
    if missing := missing_programs():
        pytest.skip(f"not installed: {', '.join(missing)}")
    with traversable_folder() as made:
        yield made


@pytest.fixture
def wired(folder: Path) -> Iterator[Wired]:
    with wired_printer(folder) as parts:
        yield parts


def ended(printer: CupsPrinter, job: int) -> bool:
    return printer.progress(job).state is JobState.COMPLETED


def files_with(folder: Path, trace: bytes) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file() and trace in path.read_bytes()]


JOBS = """{
    OPERATION Get-Jobs
    GROUP operation-attributes-tag
    ATTR charset attributes-charset utf-8
    ATTR naturalLanguage attributes-natural-language en
    ATTR uri printer-uri $uri
    ATTR keyword requested-attributes sides
    DISPLAY sides
}
"""


def test_a_letter_is_printed_on_one_side_also_where_a_queue_prefers_two(wired: Wired) -> None:
    # given a queue whose own wish are both sides of the sheet
    subprocess.run(
        ["lpadmin", "-p", QUEUE, "-o", "sides-default=two-sided-long-edge"],
        check=True,
        env={"PATH": "/usr/sbin:/usr/bin", "CUPS_SERVER": str(wired.cups.socket)},
        stderr=subprocess.DEVNULL,
    )
    wired.device.jam()
    request = wired.cups.folder / "jobs.test"
    request.write_text(JOBS)
    # when
    job = wired.printer.submit(paper("posted"))
    until(lambda: wired.printer.progress(job).state is JobState.STUCK)
    # then the printer has been told
    told = subprocess.run(
        ["ipptool", wired.device.uri, str(request)], check=True, capture_output=True, text=True
    )
    assert "one-sided" in told.stdout.split()
    assert "two-sided-long-edge" not in told.stdout.split()


def test_nothing_of_a_printed_paper_stays_in_the_service(wired: Wired) -> None:
    # given a job in work: the control, the search does find the document in the spool
    wired.device.jam()
    job = wired.printer.submit(paper(CANARY))
    until(lambda: wired.printer.progress(job).state is JobState.STUCK)
    assert files_with(wired.cups.folder, CANARY.encode()) != []
    assert wired.cups.leftovers() != []
    wired.device.clear_jam()
    until(lambda: ended(wired.printer, job))
    # when
    wired.printer.purge()
    # then
    assert files_with(wired.cups.folder, CANARY.encode()) == []
    assert wired.cups.leftovers() == []
    assert wired.printer.leftovers() == 0


def test_nothing_of_a_purged_job_stays_in_the_service(wired: Wired) -> None:
    wired.device.open_cover()
    job = wired.printer.submit(paper(CANARY))
    until(lambda: wired.printer.progress(job).state is JobState.STUCK)
    wired.printer.purge()
    assert files_with(wired.cups.folder, CANARY.encode()) == []
    assert wired.cups.leftovers() == []


def test_one_purge_alone_leaves_the_record_of_a_job_in_work(wired: Wired) -> None:
    """Hold the reason for the second purge: if this fails, CUPS has changed."""
    wired.device.jam()
    job = wired.printer.submit(paper(CANARY))
    until(lambda: wired.printer.progress(job).state is JobState.STUCK)
    wired.printer._ask_service(wired.printer._forget_all)
    assert wired.printer._ask_service(lambda service: len(service.getJobs("all"))) == 1
    wired.printer.purge()
    assert wired.printer.leftovers() == 0


def test_a_plain_purge_lets_the_device_print_on_and_ours_does_not(wired: Wired) -> None:
    """Hold the reason for cancelling at the device before the purge."""
    # given the control: CUPS's own purge kills the backend before it can cancel
    wired.device.jam()
    job = wired.printer.submit(paper("unprotected"))
    until(lambda: wired.printer.progress(job).state is JobState.STUCK)
    wired.printer._ask_service(wired.printer._forget_all)
    wired.printer._ask_service(wired.printer._forget_all)
    wired.device.clear_jam()
    until(lambda: len(wired.device.pages()) == 1)
    assert "unprotected" in words_of(wired.device.pages()[0])
    # when the same happens with our purge
    until(lambda: wired.printer.status().level is PrinterLevel.READY)
    wired.device.jam()
    job = wired.printer.submit(paper("protected"))
    until(lambda: wired.printer.progress(job).state is JobState.STUCK)
    wired.printer.purge()
    wired.device.clear_jam()
    # then only the next paper comes
    until(lambda: wired.printer.status().level is PrinterLevel.READY)
    job = wired.printer.submit(paper("next"))
    until(lambda: ended(wired.printer, job))
    words = [words_of(path) for path in wired.device.pages()]
    assert ["protected" in word.split() for word in words] == [False, False]


def test_the_job_has_constant_names_on_its_whole_way(wired: Wired) -> None:
    wired.device.jam()
    job = wired.printer.submit(paper("names"))
    until(lambda: wired.printer.progress(job).state is JobState.STUCK)
    # then what the printer itself was told
    told = subprocess.run(
        ["ipptool", "-tv", wired.device.uri, "get-jobs.test"], capture_output=True, text=True
    ).stdout
    assert "job-name (nameWithoutLanguage) = doc\n" in told
    assert "job-originating-user-name (nameWithoutLanguage) = relais\n" in told


def test_a_print_service_that_hangs_is_absent_and_hangs_nobody(wired: Wired) -> None:
    # given a cupsd that is stopped, and a limit that a test can wait for
    printer = CupsPrinter(wired.cups.socket, QUEUE, wired.device.uri, call_limit_s=0.3)
    job = printer.submit(paper("waits"))
    assert wired.cups.pid is not None
    os.kill(wired.cups.pid, signal.SIGSTOP)
    # when, then
    expected = frozenset({Reason.TIMED_OUT})
    assert printer.status() == PrinterStatus(PrinterLevel.ABSENT, expected)
    assert printer.progress(job).state is JobState.STUCK
    for call in (lambda: printer.submit(paper("no")), printer.purge, printer.leftovers):
        with pytest.raises(PrinterAbsent) as absent:
            call()
        assert absent.value.reasons == expected
    # when it goes on, then so does the printer
    os.kill(wired.cups.pid, signal.SIGCONT)
    until(lambda: printer.status().level is PrinterLevel.READY)


def test_a_device_that_hangs_is_absent_and_hangs_nobody(wired: Wired) -> None:
    printer = CupsPrinter(wired.cups.socket, QUEUE, wired.device.uri, call_limit_s=0.3)
    assert wired.device.pid is not None
    os.kill(wired.device.pid, signal.SIGSTOP)
    expected = PrinterStatus(PrinterLevel.ABSENT, frozenset({Reason.TIMED_OUT}))
    assert printer.status() == expected
    os.kill(wired.device.pid, signal.SIGCONT)
    until(lambda: printer.status().level is PrinterLevel.READY)


def test_a_queue_that_was_paused_is_stopped_and_takes_nothing(wired: Wired) -> None:
    wired.printer._ask_service(lambda service: service.disablePrinter(QUEUE))
    status = wired.printer.status()
    assert status == PrinterStatus(PrinterLevel.STOPPED, frozenset({Reason.PAUSED}))


def test_a_queue_that_is_not_there_is_absent(wired: Wired) -> None:
    printer = CupsPrinter(wired.cups.socket, "elsewhere", wired.device.uri)
    assert printer.status().level is PrinterLevel.ABSENT
    with pytest.raises(PrinterAbsent):
        printer.submit(paper("elsewhere"))


def test_nobody_but_root_reads_a_document_back_or_prints_it_again(wired: Wired) -> None:
    # given a document in the spool, and another user of the machine who can reach the service
    wired.device.jam()
    job = wired.printer.submit(paper(CANARY))
    until(lambda: wired.printer.progress(job).state is JobState.STUCK)
    code = (
        "import cups, sys\n"
        "cups.setUser('relais')\n"
        "cups.setPasswordCB2(lambda *_: '')\n"
        "service = cups.Connection(host=sys.argv[1])\n"
        "queue, job = sys.argv[2], int(sys.argv[3])\n"
        "print(sorted(service.getPrinters()) == [queue])\n"
        "def tell(call, *given):\n"
        "    try:\n"
        "        print(call(*given))\n"
        "    except cups.IPPError as error:\n"
        "        print(hex(error.args[0]))\n"
        "tell(service.getDocument, f'ipp://localhost/printers/{queue}', job, 1)\n"
        "tell(service.restartJob, job)\n"
    )
    command = [sys.executable, "-c", code, str(wired.cups.socket), QUEUE, str(job)]
    # when
    run = subprocess.run(
        [*OTHER_USER, *command] if os.geteuid() == 0 else command,
        capture_output=True,
        text=True,
        check=False,
    )
    # then: heard as a user of the queue (the control), turned away with the rest
    # 0x401 to 0x403 forbidden, 0x404 not possible, 0x1000 no credentials to give
    refused = {"0x401", "0x402", "0x403", "0x404", "0x1000"}
    is_heard, document, again = run.stdout.split()
    assert is_heard == "True", run.stderr
    assert {document, again} <= refused


def listening(pid: int) -> list[str]:
    """Name the addresses on which a process listens, from its sockets in /proc."""
    held = set()
    for link in Path(f"/proc/{pid}/fd").iterdir():
        try:
            target = str(link.readlink())
        except FileNotFoundError:
            # Closed between the listing and the look.
            continue
        if target.startswith("socket:["):
            held.add(target[8:-1])
    found = []
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/{pid}/net/{table}").read_text().splitlines()[1:]:
            fields = line.split()
            if fields[3] == "0A" and fields[9] in held:
                found.append(fields[1].rpartition(":")[0])
    return found


def test_nothing_listens_off_loopback(wired: Wired) -> None:
    loopback = {"0100007F", "00000000000000000000000001000000"}
    assert wired.cups.pid is not None
    assert wired.device.pid is not None
    assert listening(wired.cups.pid) == []
    assert set(listening(wired.device.pid)) <= loopback
    assert "0100007F" in listening(wired.device.pid), "the control: the search finds the printer"


def test_a_queue_survives_a_restart(wired: Wired) -> None:
    before = wired.cups.pid
    wired.cups.restart()
    assert wired.cups.pid not in (None, before)
    job = wired.printer.submit(paper("after"))
    until(lambda: ended(wired.printer, job))
    assert "after" in words_of(wired.device.pages()[0])


def test_everything_dies_with_the_process_that_started_it(folder: Path) -> None:
    # given another process with a job in work: cupsd, backend, printer and its paper path
    code = (
        "import sys, pathlib\n"
        "from provisioning.twin.printer.wired import wired_printer\n"
        "from tests.unit.printer.papers import paper\n"
        "with wired_printer(pathlib.Path(sys.argv[1])) as wired:\n"
        "    wired.device.jam()\n"
        "    wired.printer.submit(paper('orphan'))\n"
        "    print('up', flush=True)\n"
        "    sys.stdin.read()\n"
    )
    starter = subprocess.Popen(
        [sys.executable, "-c", code, str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=REPO,
    )
    with starter:
        assert starter.stdout is not None
        assert starter.stdout.readline() == b"up\n"
        until(lambda: len(processes_of(folder)) >= 6)
        # when it is killed
        starter.kill()
    # then
    until(lambda: processes_of(folder) == [])


def processes_of(folder: Path) -> list[int]:
    """Name the processes that mention the folder, and cupsd's backends by their environment."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            words = (process / "cmdline").read_bytes() + (process / "environ").read_bytes()
        except OSError:
            continue
        if str(folder).encode() in words and int(process.name) != os.getpid():
            found.append(int(process.name))
    return found


def test_a_folder_that_the_backends_cannot_pass_is_refused(tmp_path: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root's cupsd has backends of another user")
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    with pytest.raises(PermissionError):
        PrivateCups(closed / "cups").start()


def test_a_socket_path_that_the_system_cannot_take_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="socket"):
        PrivateCups(tmp_path / ("x" * 120))


def test_a_taken_port_is_told_at_once(folder: Path) -> None:
    with VirtualPrinter(folder / "one") as one:
        other = VirtualPrinter(folder / "other", one.port)
        with pytest.raises(OSError, match="in use"):
            other.plug()


def test_an_ordinary_user_can_run_it_all(folder: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("the other tests run as an ordinary user already")
    if shutil.which("setpriv") is None:
        pytest.skip("setpriv (util-linux) is not installed")
    own = folder / "own"
    own.mkdir()
    os.chown(own, 65534, 65534)
    code = (
        "import sys, pathlib\n"
        "from device.printer.status import JobState\n"
        "from provisioning.twin.printer.wired import wired_printer\n"
        "from tests.unit.printer.papers import paper\n"
        "from tests.unit.printer.waiting import until\n"
        "with wired_printer(pathlib.Path(sys.argv[1])) as wired:\n"
        "    job = wired.printer.submit(paper('plain'))\n"
        "    until(lambda: wired.printer.progress(job).state is JobState.COMPLETED)\n"
        "    assert len(wired.device.pages()) == 1\n"
        "    wired.printer.purge()\n"
        "    assert wired.cups.leftovers() == []\n"
    )
    if subprocess.run([*OTHER_USER, sys.executable, "-c", ""], check=False).returncode:
        pytest.skip("the interpreter of the tests is not readable for another user")
    run = subprocess.run(
        [*OTHER_USER, sys.executable, "-c", code, str(own)],
        cwd=REPO,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
