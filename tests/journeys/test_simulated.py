"""A laptop without pcscd, CUPS and a printer: the same visit, and every screen says so."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Playwright

from provisioning.twin.house import TWIN_PROFILE
from tests.driving.screen import Screen
from tests.driving.twin import Twin, until
from tests.journeys.conftest import Arrives, coming

PAGE_CAP = 1


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Twin]:
    """Run a twin without any real part but the browser, at a place that prints one side."""
    folder = tmp_path_factory.mktemp("bare")
    profile = TWIN_PROFILE.read_text("utf-8").replace("[house]", f"[house]\npage_cap = {PAGE_CAP}")
    (folder / "place.toml").write_text(profile, "utf-8")
    with Twin(folder, "--simulated", f"--profile={folder / 'place.toml'}") as running:
        yield running


@pytest.fixture
def comes(
    bare: Twin,
    playwright: Playwright,
    pictures: Path,
    axe_asked: set[tuple[str, ...]],
    request: pytest.FixtureRequest,
) -> Iterator[Arrives]:
    """Give a way to have somebody come to the twin without real parts."""
    yield from coming(bare, playwright, pictures, axe_asked, request.node.name)


def has_banner(screen: Screen) -> bool:
    return bool(screen.page.locator("header .note").count())


def test_every_screen_says_what_is_simulated_and_a_whole_visit_works(
    comes: Arrives, bare: Twin
) -> None:
    # given
    assert bare.simulated
    visitor = comes("nl", answers={"card_problem": "none"}).begins()
    assert has_banner(visitor.screen)
    visitor.chooses("card", "counter")
    # when
    for _ in range(20):
        state = visitor.walks_to("steps", "preview", "take-papers", "teach-back", "refer", "proof")
        assert has_banner(visitor.screen), state
        if state == "proof":
            break
        visitor.walks_past(state)
    # then a paper came out of the simulated printer
    visitor.walks_to("goodbye")
    assert len(bare.papers()) == 1
    visitor.finishes()
    assert has_banner(visitor.screen)


def test_a_simulated_card_is_read_and_more_sides_than_the_house_allows_are_not_printed(
    comes: Arrives, bare: Twin
) -> None:
    # given a letter of two copies, where one side may be printed
    visitor = comes("nl", answers={"letter_language": "nl"}, card="telma").begins()
    visitor.chooses("papers", "paper")
    # when
    visitor.walks_to("review")
    assert "Nevesroda da Conceição" in visitor.screen.all_text()
    visitor.walks_to("preview")
    screen = visitor.screen
    # then it is shown, said, and not printed
    assert not screen.button("print").count()
    assert screen.has(rf"\b{PAGE_CAP}\b")
    screen.posts("print")
    assert screen.state == "preview"
    # and the way goes on
    screen.taps_on("print-skip")
    visitor.walks_to("goodbye")
    assert bare.papers() == []
    visitor.finishes()


def test_a_reader_that_is_taken_away_has_a_screen_and_a_way_without_it(
    comes: Arrives, bare: Twin
) -> None:
    # given
    visitor = comes("nl", answers={"letter_language": "nl"}, card="amina").begins()
    visitor.chooses("papers", "paper")
    visitor.walks_to("consent")
    screen = visitor.screen
    # when the reader goes
    bare.takes_the_reader_away()
    screen.taps_on("consent-yes")
    # then it is said, and one can go on by hand
    until(lambda: screen.offers("consent-no"), "a way without")
    assert screen.state in ("reading", "card-trouble")
    # and when it is back, it reads, and nobody need tap
    bare.brings_the_reader_back()
    bare.inserts("amina")
    screen.shows("review")
    visitor.stops()
