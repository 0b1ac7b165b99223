"""`./relais read-card`: print the card in the reader as one JSON object. A technician's tool.

It talks to the pcscd that it finds (PCSCLITE_CSOCK_NAME, or the system's), starts none, needs no
network, and refuses to run during a visit. The reading is done by a child (`whole_read`) with the
limits of every reading, so that no card can hold it or grow in it.
"""

import argparse
import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from enum import IntEnum
from pathlib import Path
from typing import Any

from device.card.claim import CardClaimed, free_of_visits
from device.card.status import CardFinding
from device.given_path import given_path

TIME_LIMIT_S = 15.0
_PACKAGE_ROOT = Path(__file__).resolve().parents[2]


class Exit(IntEnum):
    """Name the exit statuses (64 and up: sysexits.h)."""

    READ = 0
    NO_READER = 3
    NO_CARD = 4
    NOT_AN_EID = 5
    UNREADABLE = 6
    USAGE = 64
    NO_TRUST = 66
    VISIT = 75


_STATUS: Mapping[CardFinding, Exit] = {
    CardFinding.NO_READER: Exit.NO_READER,
    CardFinding.PCSC_DOWN: Exit.NO_READER,
    CardFinding.NO_CARD: Exit.NO_CARD,
    CardFinding.REMOVED: Exit.NO_CARD,
    CardFinding.FOREIGN: Exit.NOT_AN_EID,
}

_REMEDY: Mapping[CardFinding, str] = {
    CardFinding.NO_READER: "Plug a card reader in; ./relais doctor looks for the cause.",
    CardFinding.PCSC_DOWN: "Start pcscd, or name its socket in PCSCLITE_CSOCK_NAME.",
    CardFinding.NO_CARD: "Put an eID into the reader, chip first.",
    CardFinding.REMOVED: "Put the card back and leave it in until it is read.",
    CardFinding.MUTE: "Turn the card round (since 2020 the chip is on the back), or clean it.",
    CardFinding.FOREIGN: "This is no Belgian eID. Put one in.",
    CardFinding.CONTACTLESS: "This reader sees only the wireless side. Use one with a slot.",
    CardFinding.NOT_ACTIVATED: "The commune or the consulate that gave the card can activate it.",
    CardFinding.DIFFERENT_CARD: "The card was exchanged meanwhile. Start again.",
    CardFinding.TIMED_OUT: "Put the card in anew; ./relais doctor tells what does not answer.",
}
_OTHERWISE = "Try again, clean the chip, try another reader; ./relais doctor looks for the cause."


def main(arguments: list[str] | None = None) -> int:
    """Read one card, print it, and return the exit status."""
    options = _options(arguments)
    if options.trust is not None and not options.trust.is_dir():
        _complain("no-trust-folder", "Name a folder of PEM or DER roots with --trust.")
        return Exit.NO_TRUST
    order = {
        "reader": options.reader,
        "trust": None if options.trust is None else str(options.trust.resolve()),
        "cache": str(_root_cache()),
        "photo": options.photo,
        "chip": options.chip,
        "national_number": options.national_number,
        "time_limit_s": TIME_LIMIT_S,
    }
    try:
        with free_of_visits(os.environ):
            answer = _ask(order)
    except CardClaimed:
        _complain("visit-under-way", "A visit uses this reader. Wait until it has ended.")
        return Exit.VISIT
    if "trust" in answer:
        _complain(f"trust-folder-faulty ({answer['trust']})", "Mend that file, or take it out.")
        return Exit.NO_TRUST
    if "fault" in answer:
        return _fault(answer)
    print_card(answer["card"], as_json=options.json)
    return Exit.READ


def print_card(card: Mapping[str, Any], *, as_json: bool) -> None:
    """Write the card to standard output: one JSON object, or a line for each value."""
    if as_json:
        sys.stdout.write(json.dumps(card, ensure_ascii=False, indent=2) + "\n")
        return
    for name, values in card.items():
        inside = values if isinstance(values, dict) else {"": values}
        for key, value in inside.items():
            label = f"{name}.{key}".rstrip(".")
            sys.stdout.write(f"{label:32} {json.dumps(value, ensure_ascii=False)}\n")


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="relais read-card", description=__doc__)
    parser.add_argument("--json", action="store_true", help="one JSON object on standard output")
    parser.add_argument("--reader", default="", metavar="NAME", help="only a reader named so")
    parser.add_argument(
        "--trust", type=given_path, metavar="DIR", help="development roots, PEM or DER"
    )
    parser.add_argument("--photo", action="store_true", help="read and check the photo too")
    parser.add_argument("--national-number", action="store_true", help="print that number too")
    parser.add_argument(
        "--chip", action="store_true", help="ask the chip too: one of the 5000 answers of its life"
    )
    try:
        return parser.parse_args(arguments)
    except SystemExit as ended:
        # argparse knows only 2 for a wrong use, and 0 after --help.
        raise SystemExit(Exit.USAGE if ended.code else Exit.READ) from None


def _root_cache() -> Path:
    """Return the folder of public root certificates that cards have shown, made if need be."""
    folder = Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser() / "relais" / "roots"
    with contextlib.suppress(OSError):
        # A cache that cannot be written costs a second per card and nothing else.
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def _ask(order: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the child says: `card`, or `fault` with `reason` and `sw`."""
    environment = {**os.environ, "PYTHONPATH": str(_PACKAGE_ROOT)}
    command = [sys.executable, "-P", "-m", "device.card.whole_read"]
    try:
        ended = subprocess.run(
            command,
            input=json.dumps(order).encode(),
            stdout=subprocess.PIPE,
            timeout=TIME_LIMIT_S,
            check=False,
            env=environment,
        )
    except subprocess.TimeoutExpired:
        return {"fault": CardFinding.TIMED_OUT.value, "reason": "limit", "sw": None}
    try:
        answer: dict[str, Any] = json.loads(ended.stdout)
    except ValueError:
        return {"fault": CardFinding.READER_FAILED.value, "reason": "child", "sw": None}
    return answer


def _fault(answer: Mapping[str, Any]) -> Exit:
    finding = CardFinding(answer["fault"])
    sw = "" if answer["sw"] is None else f" SW={answer['sw']:04X}"
    _complain(f"{finding.value} ({answer['reason']}{sw})", _REMEDY.get(finding, _OTHERWISE))
    return _STATUS.get(finding, Exit.UNREADABLE)


def _complain(code: str, remedy: str) -> None:
    sys.stderr.write(f"relais read-card: {code}\n{remedy}\n")


if __name__ == "__main__":
    sys.exit(main())
