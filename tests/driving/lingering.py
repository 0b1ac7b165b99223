"""A twin with one guard taken out: `python -m tests.driving.lingering`, with the twin's options.

Its kiosk window is not ended: whoever strikes it down hits nothing.
"""

from __future__ import annotations

import sys

from kiosk.keeper.browser import Browser
from kiosk.keeper.parts import Process
from provisioning.twin import __main__ as twin
from provisioning.twin import house


class LingeringBrowser(Browser):
    """A window that nobody ends before its house does."""

    def start(self, url: str) -> None:
        """Start, the first time."""
        if self.pid() is None:
            super().start(url)

    def cut(self) -> None:
        """Do nothing."""

    def kill(self) -> None:
        """Do nothing."""

    def processes(self) -> tuple[Process, ...]:
        """Return nothing: who is asked what has to die does not know of it."""
        return ()

    def has_ended(self) -> bool:
        """Return False."""
        return False


def main() -> int:
    """Run the twin."""
    # The guard that is taken out.
    vars(house)["Browser"] = LingeringBrowser
    return twin.main()


if __name__ == "__main__":
    sys.exit(main())
