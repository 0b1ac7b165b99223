"""Programs that a check starts: each in its own group, each ended by its id."""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import FrameType

STOP_LIMIT_S = 20.0


@dataclass(frozen=True)
class Job:
    """A program to start, with the name that people read."""

    name: str
    argv: tuple[str, ...]
    env: Mapping[str, str] = field(default_factory=dict)
    streams: bool = False
    """True: its words pass through as they come. False: kept for `Outcome.words`."""


@dataclass(frozen=True)
class Outcome:
    """How a job ended: its status as a shell sees it, its words, its seconds."""

    name: str
    status: int
    words: str
    took_s: float


class Stopped(Exception):
    """We were asked to end: the signal is the reason."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


class Children:
    """Start jobs and wait for them; whatever still lives at the end is ended by its id."""

    def __init__(self) -> None:
        self._living: dict[int, subprocess.Popen[str]] = {}

    def run(self, job: Job) -> Outcome:
        """Run one job to its end. A program that does not exist is status 127."""
        began = time.monotonic()
        pipe = None if job.streams else subprocess.PIPE
        try:
            child = subprocess.Popen(
                job.argv,
                stdin=subprocess.DEVNULL,
                stdout=pipe,
                stderr=None if job.streams else subprocess.STDOUT,
                env={**os.environ, **job.env},
                text=True,
                errors="replace",
                start_new_session=True,  # Ctrl-C reaches it once, by us, not twice
            )
        except FileNotFoundError:
            return Outcome(job.name, 127, f"{job.argv[0]} is not on this machine", 0.0)
        self._living[child.pid] = child
        words, _ = child.communicate()
        self._living.pop(child.pid, None)
        return Outcome(job.name, child.returncode, words or "", time.monotonic() - began)

    def run_all(self, jobs: Sequence[Job], report: Callable[[Outcome], None]) -> list[Outcome]:
        """Run jobs side by side, one a core; report each as it ends, return them in order."""
        with ThreadPoolExecutor(max_workers=os.cpu_count() or 1) as threads:
            futures = [threads.submit(self.run, job) for job in jobs]
            try:
                for future in futures:
                    report(future.result())
            except BaseException:
                threads.shutdown(wait=False, cancel_futures=True)
                self.end()
                raise
            return [future.result() for future in futures]

    def end(self) -> None:
        """Interrupt every living child, so that it ends its own; kill what does not listen."""
        living = list(self._living.values())
        for child in living:
            child.send_signal(signal.SIGINT)
        for child in living:
            try:
                child.wait(STOP_LIMIT_S)
            except subprocess.TimeoutExpired:
                os.killpg(child.pid, signal.SIGKILL)
                child.wait()


@contextmanager
def ended_with_us() -> Iterator[Children]:
    """Give `Children`; turn Ctrl-C and termination into `Stopped` and end them first."""

    def stop(number: int, frame: FrameType | None) -> None:
        del frame
        for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(each, signal.SIG_IGN)
        raise Stopped(number)

    before = {
        each: signal.signal(each, stop) for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    }
    children = Children()
    try:
        yield children
    finally:
        children.end()
        for number, handler in before.items():
            signal.signal(number, handler)
