"""The process that reads a whole card for a technician's tool: `python -m device.card.whole_read`.

Not part of a visit, whose reading child (`child`) hands on declared fields and nothing else. It
takes one order on standard input and answers with one JSON line.
"""

import datetime
import json
import os
import secrets
import signal
import sys
from pathlib import Path
from typing import Any

from device.bug import tell_without_values
from device.card.child import GRACE_S, limit_itself
from device.card.errors import CardError
from device.card.reader import PcscReaders
from device.card.report import report
from device.card.roots import TrustedRoots
from device.card.single_read import SingleRead, Wanted
from device.card.trust_folder import TrustFolderFaulty


def answer(order: dict[str, Any]) -> dict[str, Any]:
    """Carry out the order: `reader`, `trust`, `cache`, `photo`, `national_number`, `chip`."""
    trust = order["trust"]
    reading = SingleRead(
        PcscReaders(only=order["reader"]),
        visit_key=secrets.token_bytes(32),
        expected_card=None,
        roots=TrustedRoots(
            cache=Path(order["cache"]), development_folder=None if trust is None else Path(trust)
        ),
        today=datetime.datetime.now(datetime.UTC).date(),
        note=lambda _: None,
    )
    wanted = Wanted(
        has_identity=True,
        has_address=True,
        has_photo=order["photo"],
        asks_chip=order["chip"],
        takes_altered=True,
    )
    try:
        gathered = reading.gather(wanted, lambda _: None)
    except CardError as error:
        return {"fault": error.finding.value, "reason": error.reason, "sw": error.sw}
    except TrustFolderFaulty as error:
        return {"trust": f"{error.name}: {error.reason}"}
    number = order["national_number"]
    return {"card": report(gathered, reading.exchange, has_national_number=number)}


def main() -> None:
    """Read the order, carry it out within its limits, end."""
    tell_without_values("card")
    limit_itself()
    order = json.load(sys.stdin)
    # Whoever asked ends it at the limit, counted from before its start. Where nobody is left to
    # do that, SIGALRM's default action does, also inside a library that hangs.
    signal.setitimer(signal.ITIMER_REAL, order["time_limit_s"] + GRACE_S)
    sys.stdout.write(json.dumps(answer(order)) + "\n")
    sys.stdout.flush()
    # Nothing here needs tidying, and the memory goes back to the kernel at once.
    os._exit(0)


if __name__ == "__main__":
    main()
