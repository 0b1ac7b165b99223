"""Run the dock: `python -m provisioning.twin.dock --config FILE`."""

from __future__ import annotations

import argparse
import logging
import sys
from pathlib import Path

from werkzeug.serving import make_server

from provisioning.twin.dock.app import create_app
from provisioning.twin.dock.config import HOST, DockConfigError, load_config

_EXIT_CONFIG = 78  # sysexits.h, EX_CONFIG


def main() -> int:
    """Serve until killed."""
    parser = argparse.ArgumentParser(prog="dock")
    parser.add_argument("--config", type=Path, required=True)
    options = parser.parse_args()
    # One line a second for each open page says nothing, and paths name papers.
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    try:
        config = load_config(options.config)
    except DockConfigError as error:
        logging.error("%s: %s %s", error.code, error.key, error.how)
        return _EXIT_CONFIG
    make_server(HOST, config.port, create_app(config), threaded=True).serve_forever()
    return 0


if __name__ == "__main__":
    sys.exit(main())
