"""The dock: whoever opens it plays the hardware, and nobody else reaches it."""

import json
import os
import socket
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import pytest
import typst
from flask.testing import FlaskClient
from playwright.sync_api import Page, sync_playwright

from device.panel import Key, Lamp, Panel, PanelHand, simulated_factory
from device.pins import Pins
from provisioning.twin.dock.app import ORDERS, create_app
from provisioning.twin.dock.config import DockConfig, DockConfigError, Part, load_config
from provisioning.twin.dock.words import load_words
from provisioning.twin.hands import HandServer, PrinterHand, Verbs
from provisioning.twin.house import free_port
from provisioning.twin.panel_hand import panel_verbs
from tests.conftest import RealParts
from tests.driving import parts
from tests.driving.guest import Guest
from tests.driving.twin import REPOSITORY, Twin, until
from tests.official_site.app import load_words as load_site_words
from tests.unit.panel.test_hands import RecordingPrinter

PORT = 8101
ORIGIN = f"http://127.0.0.1:{PORT}"
OWN_PAGE = {"Host": f"127.0.0.1:{PORT}", "Sec-Fetch-Site": "same-origin"}
OWN_POST = {**OWN_PAGE, "Origin": ORIGIN}
TYPED = {"Host": f"127.0.0.1:{PORT}", "Sec-Fetch-Site": "none"}


DECK = tomllib.loads((REPOSITORY / "provisioning/twin/deck.toml").read_text("utf-8"))


class Slot:
    """A holder of cards that fits in a test: a deck of two, and whatever is added."""

    more: Mapping[str, str] = {}

    def __init__(self) -> None:
        self.card: str | None = None

    def answer(self, order: dict[str, str]) -> dict[str, object]:
        match order["do"]:
            case "deck":
                deck = {"jean-marie": "a Belgian card", "mute": "a silent card"}
                return {"deck": {**deck, **self.more}}
            case "insert":
                self.card = order["card"]
            case "remove":
                self.card = None
        return {"level": "card" if self.card else "empty", "card": self.card}

    def verbs(self) -> Verbs:
        return {
            "insert": lambda card: self.answer({"do": "insert", "card": card}),
            "remove": lambda: self.answer({"do": "remove"}),
            "status": lambda: self.answer({"do": "status"}),
            "deck": lambda: self.answer({"do": "deck"}),
        }


class Bench:
    """Hardware to play with: a panel, a printer, a slot, and a folder of papers."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        pins, factory = Pins(helper_key=5), simulated_factory()
        self.panel = Panel(pins, factory)
        self.told: list[Key] = []
        self.panel.on_press(self.told.append)
        self.printer = RecordingPrinter()
        self.slot = Slot()
        self._hands = HandServer(
            folder / "hands",
            {
                "panel": panel_verbs(self.panel, PanelHand(pins, factory)),
                "printer": PrinterHand(self.printer).verbs(),
                "card": self.slot.verbs(),
            },
        )
        self.papers = folder / "out"
        self.papers.mkdir()

    def config(self, port: int = PORT) -> DockConfig:
        return DockConfig(
            port=port,
            hands=self.folder / "hands",
            papers=self.papers,
            kiosk="http://127.0.0.1:8100/",
            codes=(("volunteer", "135790"),),
            parts=(Part("reader", False, "vpcd"), Part("printer", True, "CUPS")),
        )

    def prints(self, name: str, pages: int) -> None:
        words = "#pagebreak()".join(f"= page {number}\n" for number in range(1, pages + 1))
        made = typst.compile(words.encode())
        (self.papers / name).write_bytes(made)

    def close(self) -> None:
        self._hands.close()
        self.panel.close()


# Keys that stand out of their section, and words of printer keys that stand on two lines.
OUTSIDE = """[...document.querySelectorAll('section button:not([hidden])')].filter((key) => {
  const own = key.getBoundingClientRect();
  const around = key.closest('section').getBoundingClientRect();
  return own.left < around.left || own.right > around.right;
}).map((key) => key.textContent)"""
BROKEN_WORDS = """[...document.querySelectorAll('.row.five b')].flatMap((label) => {
  const text = label.firstChild;
  return [...text.data.matchAll(/\\S+/g)].filter((word) => {
    const range = document.createRange();
    range.setStart(text, word.index);
    range.setEnd(text, word.index + word[0].length);
    return range.getClientRects().length > 1;
  }).map((word) => word[0]);
})"""


@pytest.fixture
def bench() -> Iterator[Bench]:
    with tempfile.TemporaryDirectory() as folder:
        made = Bench(Path(folder))
        yield made
        made.close()


@pytest.fixture
def client(bench: Bench) -> FlaskClient:
    return create_app(bench.config()).test_client()


# ---- the border ---------------------------------------------------------------------


def test_a_typed_address_opens_the_page(client: FlaskClient) -> None:
    assert client.get("/", headers=TYPED).status_code == 200


@pytest.mark.parametrize(
    ("path", "headers"),
    [
        ("/", {**TYPED, "Host": f"localhost:{PORT}"}),
        ("/", {**TYPED, "Host": "rebound.invalid"}),
        ("/", {"Host": f"127.0.0.1:{PORT}"}),
        ("/", {**TYPED, "Sec-Fetch-Site": "same-site"}),
        ("/", {**TYPED, "Sec-Fetch-Dest": "iframe"}),
        ("/state", TYPED),
        ("/state", {**OWN_PAGE, "Sec-Fetch-Site": "cross-site"}),
        ("/state", {**OWN_PAGE, "Origin": "http://127.0.0.1:8100"}),
        ("/papers/0001.pdf/1/small.png", TYPED),
    ],
)
def test_a_stranger_sees_nothing(client: FlaskClient, path: str, headers: dict[str, str]) -> None:
    answer = client.get(path, headers=headers)

    assert (answer.status_code, answer.data) == (403, b"")


@pytest.mark.parametrize(
    "headers",
    [
        OWN_PAGE,
        {**OWN_POST, "Origin": "http://127.0.0.1:8100"},
        {**OWN_POST, "Sec-Fetch-Site": "same-site"},
        {**OWN_POST, "Sec-Fetch-Site": "none"},
    ],
)
def test_a_stranger_presses_nothing(
    bench: Bench, client: FlaskClient, headers: dict[str, str]
) -> None:
    order = {"part": "panel", "do": "press", "key": "red"}

    answer = client.post("/do", headers=headers, json=order)

    assert (answer.status_code, bench.told) == (403, [])


def test_the_control_its_own_page_presses(bench: Bench, client: FlaskClient) -> None:
    order = {"part": "panel", "do": "press", "key": "red"}

    answer = client.post("/do", headers=OWN_POST, json=order)

    assert (answer.status_code, bench.told) == (200, [Key.RED])


def test_nothing_is_kept_by_the_browser_and_nothing_may_frame_it(client: FlaskClient) -> None:
    answer = client.get("/", headers=TYPED)

    assert answer.headers["Cache-Control"] == "no-store"
    assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
    # A cookie would be sent to the kiosk's port as well.
    assert "Set-Cookie" not in answer.headers


# ---- orders and state ---------------------------------------------------------------


@pytest.mark.parametrize("do", sorted(ORDERS["printer"]))
def test_every_hand_on_the_printer_reaches_it(bench: Bench, client: FlaskClient, do: str) -> None:
    client.post("/do", headers=OWN_POST, json={"part": "printer", "do": do})

    assert bench.printer.done == [do]


@pytest.mark.parametrize(
    "order",
    [
        None,
        [],
        {"part": "printer"},
        {"part": "printer", "do": "look"},
        {"part": "twin", "do": "enter"},
        {"part": "card", "do": "apdu", "hex": "00"},
        {"part": "panel", "do": "press"},
        {"part": "panel", "do": "press", "key": 1},
        {"part": ["panel"], "do": "press"},
    ],
)
def test_an_order_that_is_not_on_the_list_is_refused(
    bench: Bench, client: FlaskClient, order: object
) -> None:
    answer = client.post("/do", headers=OWN_POST, json=order)

    assert (answer.status_code, bench.told, bench.printer.done) == (400, [], [])


def test_the_state_is_what_the_eyes_see_now(bench: Bench, client: FlaskClient) -> None:
    bench.panel.show(Lamp.READY)
    client.post(
        "/do", headers=OWN_POST, json={"part": "card", "do": "insert", "card": "jean-marie"}
    )
    client.post("/do", headers=OWN_POST, json={"part": "printer", "do": "jam"})

    state = client.get("/state", headers=OWN_PAGE).json

    assert state is not None
    assert state["panel"]["name"] == "ready"
    assert state["card"] == {"ok": True, "level": "card", "card": "jean-marie"}
    assert state["printer"]["is_jammed"]


def test_hands_that_do_not_answer_are_a_state(tmp_path: Path) -> None:
    config = DockConfig(port=PORT, hands=tmp_path / "gone")
    client = create_app(config).test_client()

    state = client.get("/state", headers=OWN_PAGE).json
    order = client.post("/do", headers=OWN_POST, json={"part": "printer", "do": "jam"})

    assert state == {"panel": None, "printer": None, "card": None, "papers": []}
    assert order.status_code == 502


# ---- papers -------------------------------------------------------------------------


def test_papers_are_pictures_the_newest_first(bench: Bench, client: FlaskClient) -> None:
    bench.prints("0001.pdf", pages=1)
    bench.prints("0002.pdf", pages=3)
    os.utime(bench.papers / "0001.pdf", (1, 1))

    state = client.get("/state", headers=OWN_PAGE).json
    pages = client.get("/papers/0002.pdf", headers=OWN_PAGE).json
    picture = client.get("/papers/0002.pdf/3/small.png", headers=OWN_PAGE)

    assert state is not None
    assert [paper["name"] for paper in state["papers"]] == ["0002.pdf", "0001.pdf"]
    assert pages == {"pages": 3}
    assert picture.data.startswith(b"\x89PNG")
    # Nothing is left beside the papers.
    assert sorted(path.name for path in bench.papers.iterdir()) == ["0001.pdf", "0002.pdf"]


@pytest.mark.parametrize(
    "path",
    [
        "/papers/0009.pdf/1/small.png",
        "/papers/0001.pdf/9/small.png",
        "/papers/0001.pdf/1/huge.png",
        "/papers/..%2Fsecret.pdf/1/small.png",
        "/papers/secret.pdf/1/small.png",
        "/papers/0002.pdf/1/small.png",
    ],
)
def test_what_is_no_paper_is_not_shown(bench: Bench, client: FlaskClient, path: str) -> None:
    bench.prints("0001.pdf", pages=1)
    bench.prints("secret.pdf", pages=1)
    (bench.papers / "0002.pdf").symlink_to(bench.papers / "secret.pdf")

    assert client.get(path, headers=OWN_PAGE).status_code == 404


# ---- words and set-up ---------------------------------------------------------------


@pytest.mark.parametrize("load", [load_words, load_site_words], ids=["dock", "official site"])
def test_every_language_has_every_word(load: Callable[[], dict[str, dict[str, str]]]) -> None:
    words = load()

    assert list(words) == ["nl", "fr", "en"]
    assert set(words["nl"]) == set(words["fr"]) == set(words["en"])
    assert all(sentence.strip() for table in words.values() for sentence in table.values())


@pytest.mark.parametrize("lang", ["nl", "fr", "en"])
def test_the_page_speaks_the_language_that_is_asked_for(client: FlaskClient, lang: str) -> None:
    text = client.get(f"/?lang={lang}", headers=TYPED).text

    assert f'<html lang="{lang}">' in text
    assert load_words()[lang]["title"] in text


@pytest.mark.parametrize(
    ("text", "key", "how"),
    [
        ("{", "", "unreadable"),
        ("{}", "port", "missing"),
        ('{"port": 1, "kiosk_token": "x"}', "kiosk_token", "unknown"),
        ('{"port": 1, "parts": [{"colour": "red"}]}', "parts", "unknown"),
    ],
)
def test_a_wrong_file_is_named(tmp_path: Path, text: str, key: str, how: str) -> None:
    path = tmp_path / "dock.json"
    path.write_text(text)

    with pytest.raises(DockConfigError) as refused:
        load_config(path)

    assert (refused.value.key, refused.value.how) == (key, how)


# ---- the page itself ----------------------------------------------------------------


class Dock:
    """The dock as the program it is."""

    def __init__(self, bench: Bench) -> None:
        self.port = free_port(0)
        self.url = f"http://127.0.0.1:{self.port}/"
        config = bench.config(self.port)
        self._path = bench.folder / "dock.json"
        rows = [{"part": row.part, "is_real": row.is_real} for row in config.parts]
        told = {**vars(config), "codes": dict(config.codes), "parts": rows}
        self._path.write_text(json.dumps(told, default=str))
        self.start()

    def start(self) -> None:
        command = [sys.executable, "-m", "provisioning.twin.dock", "--config", str(self._path)]
        self._process = subprocess.Popen(command, cwd=REPOSITORY)

    def answers(self) -> bool:
        with socket.socket() as line:
            return line.connect_ex(("127.0.0.1", self.port)) == 0

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()


@pytest.fixture
def dock(bench: Bench) -> Iterator[Dock]:
    made = Dock(bench)
    yield made
    made.kill()


@pytest.fixture
def page(dock: Dock, real_parts: RealParts) -> Iterator[Page]:
    executable = parts.chromium_program()
    with sync_playwright() as playwright:
        # Playwright starts Chromium as this very user; root cannot have the sandbox.
        arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
        browser = playwright.chromium.launch(executable_path=executable, args=arguments)
        real_parts.used(parts.chromium())
        opened = browser.new_page(viewport={"width": 640, "height": 900})

        until(dock.answers, "the dock answers")
        opened.goto(dock.url)
        opened.wait_for_selector("[data-key=red]:visible")
        yield opened
        browser.close()


@pytest.mark.real
def test_a_key_on_the_page_is_held_while_the_pointer_holds_it(bench: Bench, page: Page) -> None:
    page.hover("[data-key=green]")
    page.mouse.down()
    until(lambda: bench.panel.held() == {Key.GREEN}, "green is down")

    page.mouse.up()

    until(lambda: bench.panel.held() == frozenset(), "green is up")
    assert bench.told == [Key.GREEN]


@pytest.mark.real
def test_a_card_goes_in_and_out_with_one_tap_each(bench: Bench, page: Page) -> None:
    page.click("[data-card=jean-marie]")
    page.wait_for_selector(".eid.is-in")
    inserted = bench.slot.card

    page.click("[data-do=remove]")

    until(lambda: bench.slot.card is None, "the card is out")
    assert inserted == "jean-marie"


@pytest.mark.real
def test_the_page_follows_lamp_printer_and_papers(bench: Bench, page: Page) -> None:
    bench.panel.show(Lamp.FAULT)
    bench.prints("0001.pdf", pages=2)
    page.click("[data-do=run_out_of_paper]")

    page.wait_for_selector("#lamp[data-lamp=fault]")
    page.wait_for_selector("[data-do=load_paper]:visible")
    page.click(".sheet")
    page.wait_for_selector("dialog[open] img >> nth=1")

    words = load_words()["nl"]
    assert words["lamp_fault"] in page.inner_text("#panel h2")


@pytest.mark.real
def test_the_page_waits_calmly_for_a_dock_that_was_killed(
    bench: Bench, dock: Dock, page: Page
) -> None:
    # given: it dies while a finger is on a key
    page.hover("[data-key=green]")
    page.mouse.down()
    until(lambda: bench.panel.held() == {Key.GREEN}, "green is down")
    dock.kill()
    page.wait_for_selector("#waiting:visible")
    page.mouse.up()

    # when
    dock.start()

    # then: it goes on by itself, and nothing stays pressed
    page.wait_for_selector("#waiting", state="hidden")
    until(lambda: bench.panel.held() == frozenset(), "green is up")


@pytest.mark.real
@pytest.mark.parametrize(("width", "height"), [(420, 900), (640, 900), (1280, 900)])
def test_nothing_is_cut_off_at_the_side(page: Page, width: int, height: int) -> None:
    page.set_viewport_size({"width": width, "height": height})

    assert page.evaluate("document.documentElement.scrollWidth") <= width
    cut = "[...document.querySelectorAll('button:not([hidden]) b')].filter(b => b.scrollWidth > b.clientWidth + 1).map(b => b.textContent)"  # noqa: E501
    assert page.evaluate(cut) == []
    assert page.evaluate(OUTSIDE) == []
    assert page.evaluate(BROKEN_WORDS) == []


@pytest.mark.real
@pytest.mark.parametrize(("width", "height"), [(420, 900), (640, 900), (1280, 900)])
def test_what_each_card_is_can_be_read_whole(
    bench: Bench, page: Page, width: int, height: int
) -> None:
    bench.slot.more = {name: str(card["about"]) for name, card in DECK.items()}
    page.set_viewport_size({"width": width, "height": height})

    page.reload()

    told = page.evaluate(
        """[...document.querySelectorAll('.eid small')].map((about) => {
          const words = document.createRange(), look = getComputedStyle(about);
          words.selectNodeContents(about);
          const lines = new Set([...words.getClientRects()].map((line) => Math.round(line.top)));
          return { lines: lines.size, isCut: look.overflow !== 'visible'
            && about.scrollHeight > about.clientHeight };
        })"""
    )
    assert len(DECK) <= len(told)
    assert not any(one["isCut"] for one in told)
    assert max(one["lines"] for one in told) <= 2


@pytest.mark.parametrize("lang", ["nl", "fr", "en"])
def test_a_browser_that_somebody_else_opened_is_not_called_real(bench: Bench, lang: str) -> None:
    parts = (Part("browser", None), Part("reader", True, "vpcd"))
    client = create_app(replace(bench.config(), parts=parts)).test_client()

    row = client.get(f"/?lang={lang}", headers=OWN_PAGE).text.split("<table>")[1].split("</tr>")[0]

    words = load_words()[lang]
    assert "Chromium" not in row
    assert f">{words['yours']}<" in row
    assert words["opened_by_you"] in row
    assert f">{words['real']}<" not in row


@pytest.mark.real
def test_the_page_says_nothing_in_the_console(dock: Dock, page: Page) -> None:
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))

    page.goto(dock.url)
    page.wait_for_selector("[data-key=red]:visible")

    assert [text for text in said if "Permissions-Policy" not in text] == []


@pytest.mark.real
def test_the_helpers_key_of_the_dock_calls_the_helper_in_a_visit(
    tmp_path: Path, real_parts: RealParts
) -> None:
    executable = parts.chromium_program()
    with Twin(tmp_path, "--screen=none") as twin, sync_playwright() as playwright:
        # given
        guest = Guest(twin)
        guest.begins()
        arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
        browser = playwright.chromium.launch(executable_path=executable, args=arguments)
        real_parts.used(parts.chromium())
        page = browser.new_page()
        page.goto(twin.dock_url)
        before = twin.beeps()
        # when
        page.click("[data-key=helper]:visible")
        # then
        until(lambda: guest.state() and 'data-prompt="help-coming"' in guest.html, "the answer")
        until(lambda: twin.beeps() == before + 2, "the two tones")
        assert guest.state() == "need"
        browser.close()
