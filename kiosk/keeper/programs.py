"""Where the programs lie whose words may stand in the memory that a wipe searches.

A surname can be that of an author, a birth place that of a time zone: a single word that is found
is looked up here before it counts as a trace. So the list names what our processes load, and no
more: it is read while a machine waits to open, and a development environment is large.
"""

from __future__ import annotations

import sysconfig
from importlib.machinery import PathFinder
from pathlib import Path
from typing import Final

LOADED: Final = (
    "PIL",
    "babel",
    "blinker",
    "click",
    "colorzero",
    "cryptography",
    "cups",
    "flask",
    "fontTools",
    "gpiozero",
    "gunicorn",
    "itsdangerous",
    "jinja2",
    "markupsafe",
    "packaging",
    "pyphen",
    "qrcode",
    "smartcard",
    "werkzeug",
    "yaml",
    "zxingcpp",
)
"""Packages that keeper, master and worker import, by themselves or by way of each other.

typst is left out: one library of 80 MB whose texts are never copied to memory that is searched.
"""


def loaded_programs() -> tuple[Path, ...]:
    """Return the standard library and every package of `LOADED` that is installed."""
    found = [Path(sysconfig.get_path("stdlib"))]
    for name in LOADED:
        spec = PathFinder.find_spec(name)
        if spec is None:
            continue
        if spec.submodule_search_locations:
            found += [Path(place) for place in spec.submodule_search_locations]
        elif spec.origin:
            found.append(Path(spec.origin))
    return tuple(found)
