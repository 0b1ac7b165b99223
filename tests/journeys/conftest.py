"""What every journey stands on: a twin that runs, its screen, somebody who comes.

One twin serves many tests: a wipe separates them, as it separates residents. That is the point of
the product. Pictures of every screen go to RELAIS_PICTURES, or to pytest's own folder.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest
from playwright.sync_api import Playwright, sync_playwright

from tests.conftest import RealParts
from tests.driving import parts
from tests.driving.helper import Helper
from tests.driving.resident import Answer, Resident
from tests.driving.screen import Screen
from tests.driving.twin import Twin, until
from tests.driving.witness import Witness

TEN_INCH, SEVEN_INCH, UPRIGHT = (1280, 800), (800, 480), (800, 1280)
Arrives = Callable[..., Resident]


@pytest.fixture(scope="package")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as started:
        yield started


@pytest.fixture(scope="session")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    wished = os.environ.get("RELAIS_PICTURES")
    return Path(wished) if wished else tmp_path_factory.mktemp("pictures")


@pytest.fixture(scope="session")
def axe_asked() -> set[tuple[str, ...]]:
    """Remember which kinds of screens axe has looked at: once is enough for each."""
    return set()


@pytest.fixture(scope="package")
def twin(tmp_path_factory: pytest.TempPathFactory, real_parts: RealParts) -> Iterator[Twin]:
    """Run a twin with every part real."""
    parts.chromium_program()
    with Twin(tmp_path_factory.mktemp("twin")) as running:
        if running.simulated:
            pytest.skip(f"simulated, not real: {running.simulated}")
        # They come up behind the first screen.
        until(lambda: running.look()["pcscd"] and running.look()["cupsd"], "pcscd and cupsd")
        for name in (parts.pcscd(), parts.cups(), parts.chromium()):
            real_parts.used(name)
        yield running


@pytest.fixture
def arrives(
    twin: Twin,
    playwright: Playwright,
    pictures: Path,
    axe_asked: set[tuple[str, ...]],
    request: pytest.FixtureRequest,
) -> Iterator[Arrives]:
    """Give a way to have somebody come to the welcome screen; afterwards the visit ends."""
    yield from coming(twin, playwright, pictures, axe_asked, request.node.name)


def coming(
    twin: Twin,
    playwright: Playwright,
    pictures: Path,
    asked: set[tuple[str, ...]],
    test: str,
) -> Iterator[Arrives]:
    """Have people come to `twin` one by one, and look at every screen that they see."""
    witnesses: list[Witness] = []
    screens: list[Screen] = []

    def arrive(
        locale: str = "nl",
        size: tuple[int, int] = TEN_INCH,
        answers: Mapping[str, Answer] | None = None,
        card: str = "",
        helper: str = "employee",
    ) -> Resident:
        words, _, parameter = test.removeprefix("test_").rstrip("]").partition("[")
        name = "-".join(filter(None, (words[:44], parameter, str(len(witnesses)), str(size[0]))))
        witness = Witness(pictures, name, locale, asked)
        witnesses.append(witness)
        screen = screens[0] if screens else Screen(playwright, twin)
        screens[:] = [screen]
        screen.looked_at_in(size, witness)
        ready(screen, twin, helper)
        screen.taps = 0
        return Resident(twin, screen, locale, answers or {}, card)

    yield arrive
    if screens:
        twin.pulls_the_card()
        twin.printer("load_paper")
        if screens[0].state not in ("welcome", "closed", "receipt"):
            twin.presses("red")
            screens[0].shows("welcome", "receipt", "closed")
    faults = {name: found for witness in witnesses for name, found in witness.faults.items()}
    assert {} == faults


def ready(screen: Screen, twin: Twin, helper: str = "employee") -> None:
    """Bring the kiosk to its welcome, whatever was before."""
    state = screen.shows("closed", "welcome", "receipt")
    if state == "closed":
        screen.opens_the_permanence(twin.codes[helper])
    elif state == "receipt":
        screen.touches_the_screen()
    screen.shows("welcome")


def closed(arrives: Arrives, twin: Twin) -> Screen:
    """Bring the place to its closed screen, as at the end of a shift."""
    screen = arrives().screen
    Helper(screen).closes(twin.codes["employee"])
    return screen
