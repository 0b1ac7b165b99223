"""A process that reads all public files of the card in the reader, as often as it is asked.

`python -m tests.component.card_dump`; libpcsclite finds its pcscd once per process, so tests that
have several pcscds ask a process each. Orders are lines: "level", "read", "gather TRUST"; answers
are JSON.
"""

import datetime
import json
import sys
from pathlib import Path
from typing import Any

from device.card import files
from device.card.errors import CardError
from device.card.files import CardFiles
from device.card.reader import PcscReaders
from device.card.roots import TrustedRoots
from device.card.single_read import SingleRead, Wanted

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


def gather(readers: PcscReaders, trust: str) -> dict[str, Any]:
    """Return what the reading of a visit makes of the card: verdicts, names, or {"fault": …}."""
    single = SingleRead(
        readers,
        visit_key=b"dump",
        expected_card=None,
        roots=TrustedRoots(cache=None, development_folder=Path(trust)),
        today=datetime.datetime.now(datetime.UTC).date(),
        note=lambda _: None,
    )
    wanted = Wanted(has_identity=True, has_address=True, has_photo=True, takes_altered=True)
    try:
        gathered = single.gather(wanted, lambda _: None)
    except CardError as error:
        return {"fault": error.finding.value}
    assert gathered.identity is not None
    assert gathered.address is not None
    return {
        "surname": gathered.identity.surname,
        "street": gathered.address.street,
        "authenticity": gathered.authenticity.values(),
    }


def main() -> None:
    """Carry out orders until standard input closes."""
    readers = PcscReaders()
    for line in sys.stdin:
        order, _, trust = line.strip().partition(" ")
        if order == "level":
            answer: dict[str, Any] = {"level": readers.status().level.value}
        elif order == "gather":
            answer = gather(readers, trust)
        else:
            answer = read(readers)
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
