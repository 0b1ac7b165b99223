"""A daemon of the twin, held by the leash."""

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

_LEASH = Path(__file__).with_name("leash.py")
_END_LIMIT_S = 10.0


class LeashedDaemon:
    """Run one daemon that dies with this process, together with all that it starts.

    May be created from any thread. `log` receives standard output and error of the daemon;
    without it both are thrown away.
    """

    def __init__(
        self,
        command: Sequence[str],
        *,
        environment: Mapping[str, str] | None = None,
        log: Path | None = None,
    ) -> None:
        with (log or Path(os.devnull)).open("ab") as sink:
            self._leash = subprocess.Popen(
                [sys.executable, "-I", "-S", str(_LEASH), str(os.getpid()), *command],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=sink,
                env=None if environment is None else dict(environment),
                # Ctrl-C in the terminal is for us; we end the daemon in our own order.
                start_new_session=True,
            )
        assert self._leash.stdout is not None  # noqa: S101  for the type checker
        with self._leash.stdout as line:
            first = line.readline().strip()
        if not first:
            self._leash.wait()
            raise RuntimeError("the leash did not start its daemon")
        self.pid = int(first)

    def is_running(self) -> bool:
        """Tell whether the daemon and its leash live."""
        return self._leash.poll() is None

    def stop(self) -> None:
        """End the daemon politely (SIGTERM), after a grace by force, with its descendants."""
        if self.is_running():
            self._leash.terminate()
        self._leash.wait(_END_LIMIT_S)

    def kill(self) -> None:
        """End the daemon with SIGKILL, as a crash would; its descendants go as well.

        Returns when all of them are gone.
        """
        if self.is_running():
            # The leash reaps the daemon only when it exits, so the pid cannot belong to another.
            os.kill(self.pid, 9)
        self._leash.wait(_END_LIMIT_S)
