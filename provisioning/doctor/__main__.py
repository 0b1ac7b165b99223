"""`./relais doctor`: say what is wrong with card reader and card. Reads no identity data."""

import argparse
import json
import sys
import textwrap

from device.doctor.calling import Doctor, DoctorConfig
from device.doctor.report import Check, Keyword, Report, Result
from provisioning.doctor.words import DoctorWords

_WIDTH = 92
_STATUS_BY_CHECK = {
    Check.BUS: 3,
    Check.DRIVER: 3,
    Check.READER: 3,
    Check.CARD: 6,
    Check.ATR: 6,
    Check.APPLET: 6,
    Check.ACTIVATION: 6,
    Check.EXPIRY: 6,
    Check.SERVICE: 7,
    Check.PERMISSION: 7,
}
_STATUS_BY_KEYWORD = {Keyword.NO_CARD: 4, Keyword.NOT_EID: 5}
STATUSES = """exit status: 0 all fine; 3 no reader that can be used; 4 no card; 5 not an eID;
6 the card does not answer, is not activated or is too old; 7 pcscd is down or refuses."""


def status(report: Report) -> int:
    """Return the exit status: of the verdict, 0 when nothing is wrong."""
    if report.verdict is None:
        return 0
    of_check = _STATUS_BY_CHECK[report.verdict.check]
    return _STATUS_BY_KEYWORD.get(report.verdict.keyword, of_check)


def as_json(report: Report, words: DoctorWords) -> str:
    """Return the report as one JSON object."""
    verdict = report.verdict
    told = {
        "status": status(report),
        "verdict": None if verdict is None else verdict.as_json(),
        "says": words.fine() if verdict is None else words.says(verdict),
        "next": "" if verdict is None else words.next(verdict),
        "findings": [one.as_json() for one in report.findings],
    }
    return json.dumps(told, ensure_ascii=False, indent=2) + "\n"


def as_text(report: Report, words: DoctorWords) -> str:
    """Return the report to be read: the verdict, what to do next, a line for every check."""
    verdict = report.verdict
    lines = [words.fine() if verdict is None else words.says(verdict)]
    if verdict is not None:
        lines += textwrap.wrap(words.next(verdict), _WIDTH, initial_indent="Next: ")
    lines.append("")
    for one in report.findings:
        mark = one.result.value.upper() if one.result is Result.WRONG else one.result.value
        says = "" if one.result is Result.NOT_REACHED else words.says(one)
        head = f"  {one.check.value:<11} {mark:<12} "
        indent = " " * len(head)
        lines += textwrap.wrap(says, _WIDTH, initial_indent=head, subsequent_indent=indent) or [
            head.rstrip()
        ]
    return "\n".join(lines) + "\n"


def main() -> int:
    """Examine with the pcscd that is there, say, and return the status."""
    parser = argparse.ArgumentParser(prog="relais doctor", description=__doc__, epilog=STATUSES)
    parser.add_argument("--json", action="store_true", help="one JSON object, alone on stdout")
    parser.add_argument("--reader", default="", metavar="NAME", help="only readers named like this")
    options = parser.parse_args()
    report = Doctor(DoctorConfig()).examine(only=options.reader)
    words = DoctorWords()
    sys.stdout.write(as_json(report, words) if options.json else as_text(report, words))
    return status(report)


if __name__ == "__main__":
    sys.exit(main())
