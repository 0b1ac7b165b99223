"""A worker's stand-in: reads one card, keeps what it was given, and waits to be looked into.

`python -m tests.component.card_parent CONFIG`, CONFIG being JSON; it says what it read as one
line, and ends when its standard input closes.
"""

import json
import os
import sys
from pathlib import Path

from device.card.reading import CardRead, CardReading, ReadingConfig
from device.card.status import Field


def main() -> None:
    """Read, say, wait."""
    config = json.loads(sys.argv[1])
    traces_fd = os.memfd_create("traces")
    reading = CardReading(
        ReadingConfig(
            backend=config["backend"],
            simulator_socket=Path(config["socket"]) if config["socket"] else None,
            trust_dir=Path(config["trust"]),
            environment=config["environment"],
        ),
        visit_key=os.urandom(32),
        traces_fd=traces_fd,
    )
    result = reading.read(frozenset(map(Field, config["fields"])))
    kept = result.fields if isinstance(result, CardRead) else {}
    said = {"fields": sorted(field.value for field in kept), "noted": os.fstat(traces_fd).st_size}
    sys.stdout.write(json.dumps(said) + "\n")
    sys.stdout.flush()
    sys.stdin.read()


if __name__ == "__main__":
    main()
