"""Start the kiosk's web master: `python -m kiosk PLAN`, one worker, one visit at a time.

The listening socket is inherited or bound here, in the master: the screen never sees a refused
connection while a visit ends. Exit status 78 (EX_CONFIG): place profile or content is wrong.
"""

from __future__ import annotations

import ctypes
import gc
import json
import logging
import os
import signal
import sys
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import Any

from gunicorn.app.base import BaseApplication

from device.bug import tell_without_values
from kiosk.config import ConfigError, load_profile
from kiosk.documents.builder import PAGE_LIMIT, Builder
from kiosk.heap import stay_small
from kiosk.i18n import I18n
from kiosk.tasks.fault import ContentError
from kiosk.tasks.loader import CONTENT, load_content
from kiosk.web import Stock
from kiosk.web.hurried import HurriedWorker
from kiosk.web.quiet import QuietLogger
from kiosk.worker import EX_SOFTWARE, Prepared, Worker

EX_CONFIG = 78
_PR_SET_PDEATHSIG = 1
Start = Callable[..., Any]


class _Face:
    """The WSGI face of whichever visit this process serves; made in the master, filled in the
    worker after the fork."""

    def __init__(self) -> None:
        self.worker: Worker | None = None

    def __call__(self, environ: dict[str, Any], start: Start) -> Iterable[bytes]:
        if self.worker is None:
            start("503 Service Unavailable", [("Retry-After", "1")])
            return [b""]
        return self.worker.app(environ, start)


class Master(BaseApplication):  # type: ignore[misc]  # gunicorn ships no types
    """gunicorn with one worker of sixteen threads, configured in code."""

    def __init__(self, prepared: Prepared, bind: str, run_folder: str) -> None:
        self._prepared = prepared
        self._bind = bind
        self._run_folder = run_folder
        self._face = _Face()
        super().__init__()

    def load_config(self) -> None:
        """Set what differs from gunicorn's defaults."""
        settings = {
            "bind": self._bind,
            "workers": 1,
            "threads": 16,
            "worker_class": HurriedWorker,
            "preload_app": True,
            "graceful_timeout": 1,
            "timeout": 30,
            "keepalive": 5,
            # The heartbeat file: RAM, never a disk.
            "worker_tmp_dir": self._run_folder,
            "accesslog": None,
            "logger_class": QuietLogger,
            "loglevel": "warning",
            "proc_name": "relais-kiosk",
            "control_socket_disable": True,
            "post_worker_init": self._worker_started,
        }
        for key, value in settings.items():
            if key in self.cfg.settings:
                self.cfg.set(key, value)

    def load(self) -> _Face:
        """Return the face."""
        return self._face

    def _worker_started(self, worker: Any) -> None:
        # A keeper killed by force takes the master with it, and the master its visit.
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        # A bug in any thread ends the visit: what died would be missed in it without a word.
        tell_without_values("kiosk", partial(os._exit, EX_SOFTWARE))
        stay_small()
        self._face.worker = Worker(self._prepared)


def main(arguments: list[str]) -> int:
    """Run until ended. `arguments`: the path of the plan (JSON) that the keeper wrote."""
    tell_without_values("kiosk")
    logging.basicConfig(level=logging.INFO, format="%(name)s %(levelname)s %(message)s")
    plan = json.loads(Path(arguments[0]).read_text(encoding="utf-8"))
    try:
        profile = load_profile(Path(plan["profile"]))
        content = load_content(Path(plan.get("content") or CONTENT))
    except (ConfigError, ContentError) as error:
        sys.stderr.write(f"{error}\n")
        return EX_CONFIG
    prepared = Prepared(
        profile=profile,
        content=content,
        stock=Stock(I18n(), languages=profile.place.languages[:1]),
        # More than the house lets out is still shown, and said.
        builder=Builder(page_limit=max(PAGE_LIMIT, profile.house.page_cap)),
        token=plan["token"],
        host=plan["host"],
        port=plan["port"],
        keeper_socket=Path(plan["keeper_socket"]),
        enter_keys=Path(plan["enter_keys"]),
    )
    master = Master(prepared, plan["bind"], plan["run_folder"])
    # What is loaded stays: no worker need look through it for garbage, and copy it by looking.
    gc.collect()
    gc.freeze()
    master.run()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
