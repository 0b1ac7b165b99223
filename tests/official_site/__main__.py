"""Run the stand-in: `python -m tests.official_site --port P`."""

from __future__ import annotations

import argparse
import logging

from werkzeug.serving import make_server

from tests.official_site.app import create_app


def main() -> None:
    """Serve on loopback until killed."""
    parser = argparse.ArgumentParser(prog="official_site")
    parser.add_argument("--port", type=int, required=True)
    options = parser.parse_args()
    # Addresses of requests may name what a visitor typed.
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    make_server("127.0.0.1", options.port, create_app(), threaded=True).serve_forever()


if __name__ == "__main__":
    main()
