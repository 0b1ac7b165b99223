"""The helper opens a shift, stands beside people, closes it."""

from __future__ import annotations

from tests.driving.helper import Helper
from tests.driving.screen import Screen
from tests.driving.twin import Twin, until
from tests.journeys.conftest import Arrives, closed

# A day that no machine takes for today.
DAY = "17/02/2026"


def test_a_wrong_code_waits_and_the_red_button_does_not(arrives: Arrives, twin: Twin) -> None:
    # given a place that is closed
    screen = closed(arrives, twin)
    # when somebody guesses
    right = twin.codes["employee"]
    wrong = f"{(int(right) + 1) % 10**6:06d}"
    helper = Helper(screen)
    helper.types_a_name("ines")
    helper.tries(wrong)
    # then the next code waits, and that and why is said
    until(lambda: screen.page.locator(".hint [data-seconds]").count(), "the seconds to wait")
    assert "Deze code klopt niet" in screen.all_text()
    assert screen.page.locator("#helpers").input_value() == "Ines"
    # and the red button waits for nobody
    before = screen.data()["visit"]
    twin.presses("red")
    until(lambda: screen.data().get("visit", before) != before, "a new visit")
    # and the right code is heard in the end
    until(lambda: opened(screen, right), "an open permanence")
    assert screen.has("Nederlands")


def opened(screen: Screen, code: str) -> bool:
    if screen.state == "closed":
        screen.opens_with(code)
    return screen.state == "welcome"


def test_the_helper_opens_stands_beside_and_closes(arrives: Arrives, twin: Twin) -> None:
    # given
    screen = closed(arrives, twin)
    # when the helper goes the whole way through the pad, name and date included
    helper = Helper(screen)
    helper.opens_on_the_pad(twin.codes["employee"], name="Ines", date=DAY)
    # then residents see who is here
    assert screen.has("Ines")
    # and somebody's visit goes its way, with the helper called for
    visitor = arrives("fr", answers={"card_problem": "lost"}).begins()
    visitor.chooses("card", "counter")
    visitor.walks_to("steps")
    screen.presses("help")
    assert screen.state == "help-coming"
    screen.taps_away("prompt-yes")
    visitor.walks_to("goodbye")
    # and what is printed bears the helper's day, not the machine's
    assert visitor.papers()
    assert all(paper.has(DAY) for paper in visitor.papers())
    visitor.finishes()
    # when the helper closes
    screen.touches_the_screen()
    screen.shows("welcome")
    assert screen.offers("choose-language")
    helper.closes(twin.codes["employee"])
    # then nobody can begin
    screen.shows("closed")
    assert not screen.offers("choose-language")


def test_a_volunteer_cannot_act_in_somebodys_place(arrives: Arrives, twin: Twin) -> None:
    # given a permanence that a volunteer has opened
    screen = closed(arrives, twin)
    screen.opens_the_permanence(twin.codes["volunteer"])
    visitor = arrives("nl").begins()
    visitor.chooses("papers", "paper")
    visitor.walks_to("steps")
    # then acting instead is not offered
    offered = screen.page.locator('[formaction="/act/posture"]')
    assert [b.get_attribute("value") for b in offered.all()] == ["self", "together"]
    # and a page that asks for it all the same is not heard
    screen.posts("posture", value="instead")
    assert screen.state == "steps"
    assert not screen.page.locator("body.posture-instead").count()
    visitor.stops()
    closed(arrives, twin)
