"""A process that reads all public files of the card in the reader, as often as it is asked.

`python -m tests.component.card_dump`; libpcsclite finds its pcscd once per process, so tests that
have several pcscds ask a process each. Orders are lines: "level", "read"; answers are JSON.
"""

import json
import sys
from typing import Any

from device.card import files
from device.card.errors import CardError
from device.card.files import CardFiles
from device.card.reader import PcscReaders

SIGNATURES = (files.IDENTITY_SIGNATURE, files.ADDRESS_SIGNATURE)
CERTIFICATES = (files.RRN_CERTIFICATE, files.ROOT_CERTIFICATE)


def read(readers: PcscReaders) -> dict[str, Any]:
    """Return the files by path, in hex, with chip number and ATR, or {"fault": finding}."""
    try:
        with readers.connect() as connection:
            card = CardFiles(connection)
            card.select_applet()
            chip = card.card_data()[:16]
            read = {
                path: card.read(path, files.RECORDS) for path in (files.IDENTITY, files.ADDRESS)
            }
            read |= {path: card.read(path, files.STORED_SIGNATURE) for path in SIGNATURES}
            read |= {path: card.read(path, files.DER) for path in CERTIFICATES}
            read[files.PHOTO] = card.read(files.PHOTO, files.JPEG)
    except CardError as error:
        return {"fault": error.finding.value}
    return {
        "atr": connection.atr.hex(),
        "chip": chip.hex(),
        "files": {path.hex(): content.hex() for path, content in read.items()},
    }


def main() -> None:
    """Carry out orders until standard input closes."""
    readers = PcscReaders()
    for line in sys.stdin:
        if line.strip() == "level":
            answer: dict[str, Any] = {"level": readers.status().level.value}
        else:
            answer = read(readers)
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
