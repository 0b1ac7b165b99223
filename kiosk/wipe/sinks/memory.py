"""The memory of every process that lived during the visit and still lives."""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from kiosk.wipe.memory import MemoryUnreadableError, search_memory
from kiosk.wipe.needles import Needles
from kiosk.wipe.processes import Process, read_process
from kiosk.wipe.scan import Scan
from kiosk.wipe.sinks.sink import Finding, SinkError


class MemorySink:
    """The survivors' memory. What is of the visit is killed before: that is its `clear`.

    find_survivors is asked at each search.
    """

    name = "memory"

    def __init__(self, find_survivors: Callable[[], Iterable[Process]]) -> None:
        self._find_survivors = find_survivors
        self._holders: list[int] = []

    def plant(self, canary: str) -> None:
        """Do nothing: the worker holds the canary of its visit."""

    @contextlib.contextmanager
    def control(self, word: str) -> Iterator[None]:
        """Have a process that holds the word in its memory and has nothing else to do."""
        ear, mouth = os.pipe()
        pid = os.fork()
        if pid == 0:
            # Ends with us, however we end: nobody else holds the other side of the pipe.
            os.close(mouth)
            os.read(ear, len(word))
            os._exit(0)
        os.close(ear)
        self._holders.append(pid)
        try:
            yield
        finally:
            self._holders.remove(pid)
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
            os.close(mouth)

    def clear(self) -> None:
        """Do nothing: a process is cleared by its end, which comes before all sinks."""

    def find(self, needles: Needles) -> Finding:
        """Search each survivor; one that ends meanwhile is gone.

        Raises SinkError("memory-unreadable").
        """
        scan = Scan(needles)
        places = 0
        holders = Scan(replace(needles, owners=()))
        try:
            for process in self._find_survivors():
                places += search_memory(process, scan)
            for pid in self._holders:
                # It is a copy of us, with all needles in it: only the control is looked for.
                if (holder := read_process(pid)) is not None:
                    search_memory(holder, holders)
        except MemoryUnreadableError as error:
            raise SinkError(error.code) from error
        return Finding(scan.hits, holders.control_hits, places=places)
