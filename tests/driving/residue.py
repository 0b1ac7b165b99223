"""What a curious person with the whole machine in their hands finds of the one before."""

from __future__ import annotations

import contextlib
import os
import re
import subprocess
from collections.abc import Iterable, Iterator
from pathlib import Path

from tests.driving.twin import Twin, paths_below

# The card in its owner's hand, and the computer of somebody else's site: not the machine.
NOT_THE_MACHINE = ("card_holder", "tests.official_site")
_MAX_MAPPING = 256 * 1024 * 1024


class Residue:
    """Searches the twin's files, processes and print queue; knows nothing of how it wipes."""

    def __init__(self, twin: Twin) -> None:
        self._twin = twin

    def of(self, values: Iterable[str]) -> list[str]:
        """Return where something of `values` is found, as short names of places."""
        needles = {
            value.encode(form)
            for value in values
            for form in ("utf-8", "utf-16-le", "utf-16-be", "latin-1")
            if form != "latin-1" or value.isascii()
        }
        places = (self._files(), self._processes(), self._memory())
        return sorted(
            {
                name
                for place in places
                for name, content in place
                if any(needle in content for needle in needles)
            }
        )

    def jobs(self) -> str:
        """Return what the print queue says of all jobs that it remembers."""
        told = subprocess.run(
            ["lpstat", "-W", "all", "-o"],
            env={"PATH": os.environ["PATH"], "CUPS_SERVER": str(self._socket)},
            capture_output=True,
            text=True,
            timeout=10,
            check=False,
        )
        return told.stdout.strip()

    @property
    def _socket(self) -> Path:
        return self._twin.folder / "cups" / "cups.sock"

    def _files(self) -> Iterator[tuple[str, bytes]]:
        """Yield every file of the run and of what is kept, its name too."""
        for root in (self._twin.folder, self._twin.data, self._twin.log):
            for path in [root, *paths_below(root)]:
                name = str(path.relative_to(root.parent))
                yield f"name {name}", os.fsencode(path)
                with contextlib.suppress(OSError):
                    if path.is_file():
                        yield f"file {name}", path.read_bytes()

    def _processes(self) -> Iterator[tuple[str, bytes]]:
        for pid, program in self._family():
            for part in ("cmdline", "environ", "comm"):
                with contextlib.suppress(OSError):
                    yield f"{part} of {program}", Path(f"/proc/{pid}/{part}").read_bytes()

    def _memory(self) -> Iterator[tuple[str, bytes]]:
        """Yield what the Python processes hold; of a browser nothing is left to look into."""
        for pid, program in self._family():
            if "python" not in program:
                continue
            with contextlib.suppress(OSError), Path(f"/proc/{pid}/mem").open("rb", 0) as memory:
                for start, end in _written(pid):
                    with contextlib.suppress(OSError, ValueError):
                        memory.seek(start)
                        yield f"memory of {program}", memory.read(min(end - start, _MAX_MAPPING))

    def _family(self) -> list[tuple[int, str]]:
        """Return the twin and all that it started, without what is not the machine."""
        parents: dict[int, int] = {}
        words: dict[int, str] = {}
        for folder in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                stat = (folder / "stat").read_text()
                parents[int(folder.name)] = int(stat.rpartition(")")[2].split()[1])
                words[int(folder.name)] = (folder / "cmdline").read_bytes().decode(errors="replace")
        family, fresh = {self._twin.process.pid}, {self._twin.process.pid}
        while fresh:
            fresh = {pid for pid, parent in parents.items() if parent in fresh} - family
            family |= fresh
        return [
            (pid, re.sub(r"\0", " ", words.get(pid, ""))[:60])
            for pid in sorted(family)
            if not any(name in words.get(pid, "") for name in NOT_THE_MACHINE)
        ]


def _written(pid: int) -> Iterator[tuple[int, int]]:
    for line in Path(f"/proc/{pid}/maps").read_text().splitlines():
        span, rights, *_ = line.split()
        if rights.startswith("rw"):
            start, end = span.split("-")
            yield int(start, 16), int(end, 16)
