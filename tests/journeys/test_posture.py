"""Who acts, who is back, who looks twice: the person leads, the machine follows."""

from __future__ import annotations

from functools import partial

from playwright.sync_api import Playwright, Route

from kiosk.config import HouseRules
from tests.driving.screen import Screen
from tests.driving.twin import Twin, until
from tests.journeys.conftest import SEVEN_INCH, Arrives

ONLINE = {"asked_by": "other", "login_key": "card", "online_done": "yes"}
# By itself the receipt leaves after receipt_s in the profile: what is pressed must be sooner.
RECEIPT_LIMIT_S = HouseRules().receipt_s / 2


def test_who_acts_in_somebodys_place_says_why_and_the_proof_says_it_too(arrives: Arrives) -> None:
    # given
    visitor = arrives("nl", answers=ONLINE).begins()
    visitor.chooses("papers", "online")
    visitor.walks_to("site")
    screen = visitor.screen
    # when the helper takes over
    screen.taps_on("posture", "instead")
    screen.shows("why-instead")
    screen.taps_on("why-instead", "cannot-see")
    # then everybody sees it while it lasts
    screen.shows("site")
    assert screen.page.locator("body.posture-instead").count() == 1
    screen.presses("site-open")
    # and it ends with the step
    screen.taps_on("go")
    screen.shows("steps")
    assert not screen.page.locator("body.posture-instead").count()
    # and the proof says it, and why
    visitor.answers = {**ONLINE, "reference": "BR-1/2"}
    visitor.walks_to("goodbye")
    proof = visitor.papers()[-1]
    assert proof.has("BR-1/2", "door de helper, omdat: Ik zie het niet goed")
    # and no second one is offered, neither on the way there nor on the way back
    assert "proof" not in visitor.walked
    screen.taps_on("back")
    screen.shows("refer")
    visitor.walks_to("goodbye")
    visitor.finishes()


def test_taps_from_the_welcome_to_the_first_step_are_at_most_six(arrives: Arrives) -> None:
    visitor = arrives("fr", SEVEN_INCH).begins()
    visitor.chooses("papers", "paper")
    visitor.screen.taps_on("go")
    visitor.screen.shows("steps")
    assert visitor.screen.taps <= 6
    visitor.stops()


def test_back_leads_from_the_proof_to_the_four_channels_and_the_languages(
    arrives: Arrives,
) -> None:
    # given somebody at the end of a way
    visitor = arrives("nl", answers={"letter_language": "fr"}, card="amina").begins()
    visitor.chooses("papers", "paper")
    visitor.walks_to("proof")
    there = [state for state in visitor.walked if state not in ("reading", "review")]
    screen = visitor.screen
    # when they go back, screen by screen
    seen = []
    for _ in range(40):
        seen.append(screen.state)
        if screen.state == "language":
            break
        screen.taps_on("back")
    # then every step lies behind, then channels, needs, languages
    assert seen[-4:] == ["prepare", "task", "need", "language"]
    assert set(there) - {"printing", "take-papers", "finished"} <= set(seen)
    # and the way forward is there again
    screen.taps_on("choose-language", "nl")
    screen.shows("need")
    visitor.stops()


def test_a_refresh_is_harmless_and_the_newest_page_goes_on(
    arrives: Arrives, playwright: Playwright, twin: Twin
) -> None:
    # given
    visitor = arrives("nl").begins()
    visitor.chooses("papers", "paper")
    visitor.walks_to("steps")
    screen = visitor.screen
    before = screen.turn
    # when the page is loaded again
    screen.page.reload()
    screen.shows("steps")
    # then nothing has moved
    assert screen.turn == before
    # when a second page of the same visit goes on
    other = screen.page.context.new_page()
    other.goto(screen.page.url.split("/enter")[0])
    other.locator('button[formaction="/act/skip"]').first.click()
    until(lambda: screen.turn != before or screen.state == "", "the next step")
    other.close()
    # then the first one follows, or gives way, and the visit is one
    until(lambda: Screen(playwright, twin).state == "steps", "the visit on the screen")
    visitor.stops()


def test_the_keys_of_the_panel_reach_the_end_of_a_task(arrives: Arrives, twin: Twin) -> None:
    # given somebody who never touches the screen
    visitor = arrives("nl")
    screen = visitor.screen
    choices = {
        "welcome": ("choose-language", "nl"),
        "need": ("choose-need", "card"),
        "task": ("choose-channel", "counter"),
        "prepare": ("go", ""),
        "preview": ("print", ""),
        "take-papers": ("came-out", ""),
        "teach-back": ("teach-back", "understood"),
        "refer": ("refer-next", ""),
        "proof": ("proof-skip", ""),
    }
    # when they go by next and green
    for _ in range(20):
        state = until(lambda: screen.state, "a screen")
        if state == "goodbye":
            break
        if state == "printing":
            screen.shows("take-papers")
            continue
        screen.goes_by_keys(*choices.get(state, step_choice(screen)))
    # then
    assert screen.state == "goodbye"
    assert visitor.papers()
    screen.goes_by_keys("finish", "")
    screen.shows("receipt")
    # and green leads from what the wipe found to the next welcome
    twin.presses("green")
    screen.shows("welcome", limit_s=RECEIPT_LIMIT_S)
    assert screen.taps == 0


def test_green_alone_begins_chooses_and_leaves(arrives: Arrives, twin: Twin) -> None:
    # given somebody who has only the green key
    screen = arrives("nl").screen
    # when it is pressed where no key is the thing to do now
    for state, first, then in (("welcome", "nl", "need"), ("need", "papers", "task")):
        screen.shows(state)
        twin.presses("green")
        # then the first choice is marked, which tells nobody yet
        until(partial(screen.marks, first), f"the mark on {first}")
        assert screen.state == state
        # and it is chosen by the next
        twin.presses("green")
        screen.shows(then, "tasks")
    # when the resident stops
    twin.presses("red")
    screen.shows("receipt")
    # then green leaves the receipt as a touch does
    twin.presses("green")
    screen.shows("welcome", limit_s=RECEIPT_LIMIT_S)
    # and has touched neither contrast nor letters
    assert screen.page.locator("html").get_attribute("data-contrast") == "paper"


def test_a_key_pressed_while_the_next_screen_is_on_its_way_goes_to_that_screen(
    arrives: Arrives, twin: Twin
) -> None:
    # given an answer that is slow to come
    visitor = arrives("nl").begins()
    visitor.chooses("card", "counter")
    screen = visitor.screen
    held: list[Route] = []
    screen.page.route("**/act/go", lambda route: held.append(route))
    heard: list[str] = []
    session = screen.page.context.new_cdp_session(screen.page)
    session.on(
        "Network.eventSourceMessageReceived",
        lambda told: heard.append(told["data"]) if told["eventName"] == "key" else None,
    )
    session.send("Network.enable")
    twin.presses("green")
    until(lambda: screen.page.evaluate("1") and held, "the tap on its way")
    # when somebody presses green once more, and then next
    twin.presses("green")
    twin.presses("next")
    until(lambda: screen.page.evaluate("1") and heard[-1:] == ["next"], "the keys at the page")
    assert heard == ["confirm", "confirm", "next"]
    held[0].continue_()
    # then one screen has come, and the mark is on its first key
    screen.shows("steps")
    screen.page.unroute("**/act/go")
    first = screen.page.locator("main button:visible").first
    until(lambda: first.evaluate("stop => stop.classList.contains('here')"), "the mark")
    assert len(held) == 1
    visitor.stops()


def step_choice(screen: Screen) -> tuple[str, str]:
    return ("answer", "code") if screen.button("answer", "code").count() else ("go", "")
