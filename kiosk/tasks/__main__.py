"""Check content: `python -m kiosk.tasks [FOLDER]` names every fault with its place and remedy.

Exit status 78 (EX_CONFIG): there are some. Whoever starts a kiosk asks first, in a process of its
own: the words of a pack must not stay in the memory of the one who keeps visits apart.
"""

from __future__ import annotations

import sys
from pathlib import Path

from kiosk.tasks.fault import ContentError
from kiosk.tasks.loader import CONTENT, load_content

EX_CONFIG = 78


def main(arguments: list[str]) -> int:
    """Return the exit status; the faults go to standard error."""
    try:
        load_content(Path(arguments[0]) if arguments else CONTENT)
    except ContentError as error:
        sys.stderr.write(f"{error}\n")
        return EX_CONFIG
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
