"""Fuzz one target in this process: `python -m tests.fuzz.one TARGET NEW SEEDS [libFuzzer's…]`.

The seeds, honest bytes of cards made now, are written to the folder SEEDS.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["device.card"]):
    from device.card import files
    from tests.fuzz.targets import Ground


def main() -> None:
    """Run until libFuzzer ends the process."""
    name = sys.argv[1]
    # A flaky reader wants a breath; a million made-up ones have no time for it.
    files.BREATH_S = 0.0
    # libFuzzer leaves without a word to Python: the folder is the kernel's to forget.
    ground = Ground(Path(tempfile.mkdtemp(prefix="relais-fuzz-")))
    target = ground.targets()[name]
    folder = Path(sys.argv[3])
    for number, seed in enumerate(target.seeds()):
        (folder / f"seed-{number:02}").write_bytes(seed)
    # libFuzzer starts itself anew to merge, and knows itself by the first word.
    itself = ground.folder / "fuzz"
    itself.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m tests.fuzz.one {name} "$@"\n')
    itself.chmod(0o700)
    atheris.Setup([str(itself), *sys.argv[2:]], target.run)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
