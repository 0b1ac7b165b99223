"""`./relais bench`: every figure five times, as one JSON object on standard output."""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import Playwright, sync_playwright

from tests.bench.browser import (
    card_to_name,
    page_bytes,
    start_times,
    stop_to_welcome,
    tap_to_painted,
)
from tests.bench.card import reading_times
from tests.bench.memory import memory
from tests.bench.papers import pdf_times
from tests.bench.profiles import profile_figures
from tests.bench.red import red_times
from tests.bench.seldom import second_task, seldom_times
from tests.bench.server import print_times, request_times, served, to_preview
from tests.bench.spread import Figure
from tests.driving.screen import Screen
from tests.driving.twin import Twin

Figures = Mapping[str, Figure]


def _say(text: str) -> None:
    sys.stderr.write(f"bench: {text}\n")
    sys.stderr.flush()


def _machine() -> dict[str, Any]:
    model = next(
        (
            line.partition(":")[2].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if line.startswith("model name")
        ),
        platform.machine(),
    )
    return {
        "cores": os.cpu_count(),
        "processor": model,
        "load": [round(value, 1) for value in os.getloadavg()],
        "python": platform.python_version(),
        "system": platform.freedesktop_os_release()["PRETTY_NAME"],
    }


def _in_a_twin(
    playwright: Playwright, measure: Callable[[Twin, Screen], Figures], *options: str
) -> Figures:
    with tempfile.TemporaryDirectory() as folder, Twin(Path(folder), *options) as twin:
        screen = Screen(playwright, twin)
        screen.shows("closed")
        return measure(twin, screen)


def _pages(twin: Twin, screen: Screen) -> Figures:
    figures: dict[str, Figure] = {}

    def weigh(name: str) -> None:
        figures.update({f"{name} {k}": v for k, v in page_bytes(screen).items()})

    weigh("closed")
    screen.opens_the_permanence(twin.codes["employee"])
    weigh("welcome")
    for locale in ("nl", "ar"):
        if screen.state == "need":
            screen.taps_on("back")
        screen.taps_on("choose-language", locale)
        screen.shows("need")
        weigh(f"need {locale}")
    with served(twin):
        # The visit above ends with this.
        screen.shows("need")
    for locale in ("nl", "ar"):
        with served(twin) as client:
            to_preview(twin, client, locale)
            screen.shows("preview")
            weigh(f"preview {locale}")
    return figures


def _seldom(playwright: Playwright) -> Figures:
    with tempfile.TemporaryDirectory() as folder:
        content = second_task(Path(folder))
        return _in_a_twin(playwright, lambda twin, _: seldom_times(twin), f"--content={content}")


def _taps(twin: Twin, screen: Screen) -> Figures:
    screen.opens_the_permanence(twin.codes["employee"])
    screen.taps_on("choose-language", "nl")
    painted = tap_to_painted(screen)
    return {"tap to painted": painted, "card to name on screen": card_to_name(twin, screen)}


def _ends(twin: Twin, screen: Screen) -> Figures:
    return {
        "stop to verified welcome, nothing known": stop_to_welcome(twin, screen),
        **{
            f"stop to verified welcome, card and words, {locale}": stop_to_welcome(
                twin, screen, locale=locale
            )
            for locale in ("nl", "ar")
        },
        "stop to verified welcome, print job in flight": stop_to_welcome(
            twin, screen, locale="nl", printing=True
        ),
    }


def main() -> int:
    """Measure and print. `--only NAME` measures one group."""
    groups: dict[str, Callable[[Playwright], Figures]] = {
        "requests": lambda p: _in_a_twin(p, lambda twin, _: request_times(twin)),
        "seldom": _seldom,
        "pages": lambda p: _in_a_twin(p, _pages),
        "browser": lambda p: _in_a_twin(p, _taps),
        "papers": lambda _: pdf_times(),
        "print": lambda p: _in_a_twin(p, lambda t, _: {"tap to accepted": print_times(t)}),
        "card": lambda p: _in_a_twin(p, lambda twin, _: reading_times(twin)),
        "profiles": lambda _: profile_figures(),
        "red": lambda p: _in_a_twin(p, red_times),
        "ends": lambda p: _in_a_twin(p, _ends),
        "memory": lambda p: _in_a_twin(p, lambda twin, _: memory(twin)),
        "start": lambda p: {"start to first page": start_times(p)},
    }
    parser = argparse.ArgumentParser(prog="relais bench", description=__doc__)
    parser.add_argument("--only", choices=groups, action="append")
    options = parser.parse_args()
    found: dict[str, Any] = {"command": " ".join(["./relais bench", *sys.argv[1:]])}
    found["machine"] = _machine()
    broken: list[str] = []
    with sync_playwright() as playwright:
        for name in options.only or groups:
            _say(name)
            try:
                found[name] = {k: v.to_json() for k, v in groups[name](playwright).items()}
            except (AssertionError, PlaywrightError) as error:
                # What was measured before is not lost for it.
                found[name] = {"NOT MEASURED": str(error)}
                broken.append(name)
    json.dump(found, sys.stdout, indent=1)
    sys.stdout.write("\n")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
