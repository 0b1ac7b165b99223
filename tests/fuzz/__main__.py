"""`./relais fuzz`: run targets for a while, each in a process of its own, and say what was found.

The corpus under `tests/fuzz/corpus/TARGET` is where each starts from; with `--grow` what reaches
new code is kept there. A find is written to the folder of `--finds`, and ends with status 1.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.fuzz.corpus import FOLDER, NAMES


def main(arguments: list[str] | None = None) -> int:
    """Fuzz; return 0 when nothing was found."""
    parser = argparse.ArgumentParser(prog="relais fuzz", description=__doc__)
    parser.add_argument("--target", choices=NAMES, action="append", help="only this one")
    parser.add_argument("--seconds", type=int, default=600, help="of each target (600)")
    parser.add_argument("--grow", action="store_true", help="keep what reaches new code")
    parser.add_argument("--finds", type=Path, default=FOLDER.parent, help="where finds are written")
    options = parser.parse_args(arguments)
    status = 0
    for name in options.target or NAMES:
        kept = FOLDER / name
        kept.mkdir(parents=True, exist_ok=True)
        limits = (f"-max_total_time={options.seconds}", f"-artifact_prefix={options.finds}/found-")
        with tempfile.TemporaryDirectory() as fresh, tempfile.TemporaryDirectory() as seeds:
            status |= _run(name, fresh, seeds, str(kept), *limits)
            if options.grow:
                # Only what reaches code that nothing kept does.
                status |= _run(name, str(kept), seeds, fresh, "-merge=1")
    return status


def _run(name: str, *arguments: str) -> int:
    """Run libFuzzer on a target; return 1 when it found something."""
    command = [
        *(sys.executable, "-m", "tests.fuzz.one", name, *arguments),
        *("-rss_limit_mb=1024", "-timeout=20", "-max_len=4096", "-print_final_stats=1"),
    ]
    return int(subprocess.run(command, check=False).returncode != 0)


if __name__ == "__main__":
    sys.exit(main())
