"""gunicorn's log, which tells nothing of what an error was about."""

from __future__ import annotations

import sys
import threading
from typing import Any

from gunicorn.glogging import Logger

from device.bug import located


class QuietLogger(Logger):  # type: ignore[misc]  # gunicorn ships no types
    """Says kind and place of an error where gunicorn would quote all of it.

    What a request's thread could not handle is a bug of ours like that of any other thread, and
    goes the same way; a connection that broke (OSError) is none.
    """

    def exception(self, msg: str, *args: Any, **kwargs: Any) -> None:
        """Tell of the error that is being handled."""
        kind, error, trace = sys.exc_info()
        is_request = threading.current_thread() is not threading.main_thread()
        if is_request and kind and error and not isinstance(error, OSError):
            sys.excepthook(kind, error, trace)
        else:
            # Never a message or arguments of gunicorn's: they may quote the error.
            self.error("%s", located(kind, trace))
