"""The hands answer in lines, know their verbs, and say so when they do not."""

import json
import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from device.panel import Key, Lamp, Panel, PanelHand, simulated_factory
from device.pins import Pins
from provisioning.twin.hands import HandClient, HandServer, HandUnreachableError, PrinterHand
from provisioning.twin.panel_hand import panel_verbs


class RecordingPrinter:
    """A printer that notes what was done to it."""

    def __init__(self) -> None:
        self.done: list[str] = []

    def run_out_of_paper(self) -> None:
        self.done.append("run_out_of_paper")

    def load_paper(self) -> None:
        self.done.append("load_paper")

    def jam(self) -> None:
        self.done.append("jam")

    def clear_jam(self) -> None:
        self.done.append("clear_jam")

    def open_cover(self) -> None:
        self.done.append("open_cover")

    def close_cover(self) -> None:
        self.done.append("close_cover")

    def run_low_on_toner(self) -> None:
        self.done.append("run_low_on_toner")

    def replace_toner(self) -> None:
        self.done.append("replace_toner")

    def unplug(self) -> None:
        self.done.append("unplug")

    def plug(self) -> None:
        self.done.append("plug")


class Bench:
    """A panel and a printer behind one socket."""

    def __init__(self, folder: Path) -> None:
        pins, factory = Pins(), simulated_factory()
        self.panel = Panel(pins, factory)
        self.printer = RecordingPrinter()
        self.path = folder / "hands"
        self.server = HandServer(
            self.path,
            {
                "panel": panel_verbs(self.panel, PanelHand(pins, factory)),
                "printer": PrinterHand(self.printer).verbs(),
            },
        )
        self.client = HandClient(self.path)


@pytest.fixture
def bench() -> Iterator[Bench]:
    with tempfile.TemporaryDirectory() as folder:
        made = Bench(Path(folder))
        yield made
        made.server.close()
        made.panel.close()


def test_a_press_from_another_process_reaches_the_panel_before_it_is_answered(bench: Bench) -> None:
    told: list[Key] = []
    bench.panel.on_press(told.append)

    bench.client.ask(part="panel", do="press", key="red")

    assert told == [Key.RED]


def test_the_eye_sees_lamp_buzzer_keys_and_what_is_held(bench: Bench) -> None:
    bench.panel.show(Lamp.READY)
    bench.panel.buzz((60.0,))
    bench.client.ask(part="panel", do="press", key="green")

    seen = bench.client.ask(part="panel", do="look")

    expected = {
        "ok": True,
        "lamp": [0, 1, 0],
        "name": "ready",
        "buzzer": True,
        "beeps": 1,
        "keys": ["green", "red"],
        "held": ["green"],
    }
    assert expected == seen


def test_a_released_key_is_held_no_more(bench: Bench) -> None:
    bench.client.ask(part="panel", do="press", key="green")

    bench.client.ask(part="panel", do="release", key="green")

    assert bench.client.ask(part="panel", do="look")["held"] == []


@pytest.mark.parametrize(
    ("do", "seen", "value"),
    [
        ("run_out_of_paper", "has_paper", False),
        ("jam", "is_jammed", True),
        ("open_cover", "is_open", True),
        ("run_low_on_toner", "is_low", True),
        ("unplug", "is_plugged", False),
    ],
)
def test_what_a_hand_does_to_the_printer_is_done_and_seen(
    bench: Bench, do: str, seen: str, value: bool
) -> None:
    before = bench.client.ask(part="printer", do="look")

    bench.client.ask(part="printer", do=do)

    after = bench.client.ask(part="printer", do="look")
    assert [do] == bench.printer.done
    assert (not value, value) == (before[seen], after[seen])


@pytest.mark.parametrize(
    ("line", "error"),
    [
        (b"not json\n", "bad-order"),
        (b"[]\n", "bad-order"),
        (b'{"do": "jam"}\n', "bad-order"),
        (b'{"part": "toaster", "do": "jam"}\n', "no-such-part"),
        (b'{"part": "printer", "do": "__init__"}\n', "no-such-verb"),
        (b'{"part": "printer", "do": "jam", "with": "force"}\n', "bad-order"),
        (b'{"part": "panel", "do": "press", "key": "purple"}\n', "bad-order"),
    ],
)
def test_an_order_that_is_none_is_refused_and_the_next_is_heard(
    bench: Bench, line: bytes, error: str
) -> None:
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(5)
        connection.connect(str(bench.path))
        with connection.makefile("rwb") as lines:
            lines.write(line)
            lines.write(b'{"part": "printer", "do": "jam"}\n')
            lines.flush()
            refused, heard = json.loads(lines.readline()), json.loads(lines.readline())

    assert {"error": error} == refused
    assert heard["is_jammed"]


def test_only_its_owner_may_open_the_socket(bench: Bench) -> None:
    assert bench.path.stat().st_mode & 0o777 == 0o600


def test_a_hand_that_is_gone_is_said_to_be(bench: Bench, tmp_path: Path) -> None:
    with pytest.raises(HandUnreachableError):
        HandClient(tmp_path / "nobody").ask(part="panel", do="look")
