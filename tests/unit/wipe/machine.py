"""A kiosk for the tests of the wipe: keeper, worker and all places, as real processes and files.

The test itself knows the visitor's values and would be found out if it were the keeper: so the
keeper is a process of its own that has only made the run folder.
"""

from __future__ import annotations

import json
import os
import secrets
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from kiosk.journal import FILE
from kiosk.wipe.before import create_copy
from kiosk.wipe.notebook import create_notebook
from kiosk.wipe.plan import (
    DatabasePlace,
    DataPlace,
    FolderPlace,
    FramesPlace,
    LeftoversPlace,
    Occasion,
    Plan,
    RecentPlace,
)
from kiosk.wipe.processes import RUN_VARIABLE, VISIT_VARIABLE, Process, read_process
from kiosk.wipe.run_folder import RunFolder
from kiosk.wipe.sinks.recent import Moment
from kiosk.wipe.stamp import is_stamped

KEEPER = """
import sys
from pathlib import Path
from kiosk.wipe.run_folder import RunFolder
print(RunFolder.create(Path(sys.argv[1])).path, flush=True)
sys.stdin.read()
"""
# Notes what it is told, as the real worker does, and keeps it in its memory.
WORKER = """
import json, sys
from device.card.traces import Trace, TraceKind, append
from kiosk.wipe.notebook import Notebook
told = json.load(open(sys.argv[1]))
notebook = Notebook(int(sys.argv[2]))
for value in told["values"]: notebook.note(value)
append(int(sys.argv[2]), [Trace(TraceKind.NUMBER, value) for value in told["numbers"]])
for parts in told["joined"]: notebook.joined(*parts)
print("ready", flush=True)
sys.stdin.read()
"""
HOLDER = """
import sys
held = sys.argv[1]
print("ready", flush=True)
sys.stdin.read()
"""
PATCHED = """
import importlib, sys
module, _, target = sys.argv[1].partition(":")
owner = importlib.import_module(module)
*path, name = target.split(".")
for part in path: owner = getattr(owner, part)
setattr(owner, name, eval(sys.argv[2]))
from kiosk.wipe.__main__ import main
sys.exit(main(sys.argv[3:]))
"""


# Whose laptop it is.
OWNER = "theodorine"


@dataclass(frozen=True)
class Visitor:
    """An invented person."""

    surname: str = "Vandromme"
    given: str = "Apollonia"
    street: str = "Sterrebloemkaai"
    number: str = "1204"
    national_number: str = "85.07.30-033.28"


@dataclass(frozen=True)
class Result:
    """What a wipe said and how it ended."""

    status: int
    lines: tuple[dict[str, object], ...]
    errors: str

    @property
    def last(self) -> dict[str, object]:
        """The receipt, or why there is none."""
        return self.lines[-1]


def identify(process: subprocess.Popen[str]) -> Process:
    """Return a child's identity."""
    found = read_process(process.pid)
    assert found is not None
    return found


class Machine:
    """One run, one visit. Use `opened_machine`."""

    def __init__(self, folder: Path) -> None:
        self.ram = folder / "ram"
        self.data = folder / "data"
        self.shipped = folder / "shipped"
        self.told = folder / "told.json"
        for path in (self.ram, self.data, self.shipped):
            path.mkdir()
        self.screen = folder / "screen.ppm"
        self.screen.write_bytes(b"P6 300 100 255\n" + bytes(300 * 100 * 3))
        self._children: list[subprocess.Popen[str]] = []
        self.keeper = self._start(KEEPER, str(self.ram))
        assert self.keeper.stdout is not None
        self.run = Path(self.keeper.stdout.readline().strip())
        self.notebook = create_notebook()
        self.before = create_copy()
        self.visit = secrets.token_hex(8)
        self.worker: subprocess.Popen[str] | None = None
        self.plan = Plan(
            occasion=Occasion.VISIT_END,
            keeper=identify(self.keeper),
            run_folder=self.run,
            stamp=self.ram / "stamp",
            device_key=secrets.token_bytes(32),
            visit=self.visit,
            began=Moment.now(),
            traces_fd=self.notebook,
            kill=(),
            survivors=(),
            outside=(),
            shipped=(self.shipped,),
            programs=(),
            before_fd=self.before,
            sinks=(
                FolderPlace("visit-files", self.run / "visit", "uploads/canary", False),
                FolderPlace("spool", self.run / "cups" / "spool", "d00001-001", False),
                FolderPlace("profile", self.run / "profile", "Default/Cache/data", False),
                FolderPlace("paper", self.run / "paper", "page", False),
                FolderPlace("logs", self.run / "logs", "log", True),
                DatabasePlace("journal", self.data / FILE),
                FramesPlace("frames", ("cat", str(self.screen))),
                RecentPlace("shared-memory", self.ram),
                LeftoversPlace("leftovers", self.ram),
                DataPlace("data", self.data, (FILE, f"{FILE}-wal", f"{FILE}-shm")),
            ),
        )

    def _start(
        self, program: str, *arguments: str, pass_fds: Sequence[int] = (), visit: str = ""
    ) -> subprocess.Popen[str]:
        environment = {**os.environ, VISIT_VARIABLE: visit, "USER": OWNER}
        # It holds the parameters of the test, and is in the memory of all that it starts.
        environment.pop("PYTEST_CURRENT_TEST", None)
        if visit:
            environment[RUN_VARIABLE] = str(self.run)
        child = subprocess.Popen(
            [sys.executable, "-c", program, *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=environment,
            pass_fds=pass_fds,
            start_new_session=True,
        )
        self._children.append(child)
        return child

    def begins_visit(self, visitor: Visitor | None = None) -> None:
        """Plant the canary and have a worker that has learned the visitor's values."""
        planted = self.wipes("plant")
        assert planted.status == 0, planted
        who = visitor or Visitor()
        self.told.write_text(
            json.dumps(
                {
                    "values": [who.surname, who.given, who.street],
                    "numbers": [who.national_number],
                    "joined": [[who.surname, who.given], [who.street, who.number]],
                }
            )
        )
        self.worker = self._start(
            WORKER, str(self.told), str(self.notebook), pass_fds=[self.notebook], visit=self.visit
        )
        assert self.worker.stdout is not None
        assert self.worker.stdout.readline() == "ready\n"
        self.told.unlink()
        self.plan = replace(self.plan, kill=(identify(self.worker),))

    def has_heard(self, text: str) -> None:
        """Have somebody who outlives visits, and who holds this in memory."""
        holder = self._start(HOLDER, text)
        assert holder.stdout is not None
        assert holder.stdout.readline() == "ready\n"
        self.plan = replace(self.plan, survivors=(identify(holder),))

    def leaves(self, name: str, content: bytes) -> Path:
        """Leave something in the run folder that no sink clears."""
        path = self.run / name
        path.write_bytes(content)
        return path

    def wipes(self, *arguments: str, patch: tuple[str, str] | None = None) -> Result:
        """Run the wipe as its own process, with one thing in it replaced if wished."""
        command = [sys.executable, "-m", "kiosk.wipe"]
        if patch is not None:
            command = [sys.executable, "-c", PATCHED, *patch]
        done = subprocess.run(
            [*command, *arguments],
            input=self.plan.to_json(),
            capture_output=True,
            text=True,
            pass_fds=[self.before, *([] if self.plan.traces_fd is None else [self.notebook])],
            timeout=60,
            check=False,
        )
        lines = tuple(json.loads(line) for line in done.stdout.splitlines())
        return Result(done.returncode, lines, done.stderr)

    def is_open(self) -> bool:
        """Tell whether the next visit may begin."""
        return is_stamped(self.plan.stamp)

    def loses_power(self) -> None:
        """End keeper and worker at once; what they wrote stays where it is."""
        for child in self._children:
            child.kill()
            child.wait()

    def starts_again(self) -> None:
        """Have a new keeper, with a run folder of its own, that has no notebook."""
        self.keeper = self._start(KEEPER, str(self.ram))
        assert self.keeper.stdout is not None
        new = Path(self.keeper.stdout.readline().strip())
        places = tuple(
            replace(place, path=new / place.path.relative_to(self.run))
            if isinstance(place, FolderPlace)
            else place
            for place in self.plan.sinks
        )
        self.run = new
        self.plan = replace(
            self.plan,
            occasion=Occasion.START,
            keeper=RunFolder.open(new).keeper,
            run_folder=new,
            visit="",
            began=Moment.now(),
            traces_fd=None,
            kill=(),
            sinks=places,
        )

    def close(self) -> None:
        """End what was started."""
        for child in self._children:
            if child.poll() is None:
                child.send_signal(signal.SIGKILL)
            child.wait()
            for pipe in (child.stdin, child.stdout):
                if pipe is not None:
                    pipe.close()
        os.close(self.notebook)
        os.close(self.before)


@contextmanager
def opened_machine(folder: Path) -> Iterator[Machine]:
    """Have a machine for the length of a `with`."""
    machine = Machine(folder)
    try:
        yield machine
    finally:
        machine.close()
