"""The ends of a visit, on a whole machine with real parts and real values.

A card is read, a value typed, a letter printed; then the visit ends in each of the ways there
are. What is wiped and what closes the machine is seen from outside: files, processes, screens.
"""

from __future__ import annotations

import json
import os
import re
import secrets
import signal
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from kiosk.wipe.processes import is_alive
from tests.conftest import RealParts
from tests.driving import parts
from tests.driving.ends import (
    a_real_twin,
    files_that_hold,
    hosted,
    is_closed,
    is_dead,
    paper_text,
    processes_of,
    reasons,
    serves_again,
    somebody_who_remembers,
    wipe_process,
)
from tests.driving.guest import BENZOUARHI, DELMAROLLE, Guest, Person
from tests.driving.twin import REPOSITORY, Twin, until

pytestmark = pytest.mark.real

# What of her can be told from everybody else's: card, typed value, both joined.
OF_DELMAROLLE = ("Delmarolle", "Zonnebloemkaai", "Jean-Marie Octave", "Rue des Tanneurs")
SHARED_MEMORY = Path("/dev/shm")


@pytest.fixture(scope="module")
def twin(tmp_path_factory: pytest.TempPathFactory, real_parts: RealParts) -> Iterator[Twin]:
    with a_real_twin(tmp_path_factory.mktemp("twin"), real_parts) as running:
        yield running


@pytest.fixture
def own_twin(tmp_path: Path, real_parts: RealParts) -> Iterator[Twin]:
    """Give a twin that a test may close for good."""
    with a_real_twin(tmp_path, real_parts) as running:
        yield running


def leaves_something_everywhere(twin: Twin, person: Person = DELMAROLLE) -> Guest:
    """Have a visit with a card read, a typed value and a printed letter."""
    guest = Guest(twin)
    guest.walks_to(person, "take-papers")
    # The search of these tests does search: it finds the letter that has come out.
    assert [name for name in files_that_hold(twin.folder, person.surname) if "out/" in name]
    return guest


def stops(twin: Twin, guest: Guest) -> None:
    guest.acts("stop")


def finishes(twin: Twin, guest: Guest) -> None:
    guest.walks_on(DELMAROLLE, "goodbye")
    guest.acts("finish")


def presses_red(twin: Twin, guest: Guest) -> None:
    twin.presses("red")


def kills(name: str, number: int = signal.SIGKILL) -> Callable[[Twin, Guest], None]:
    def deed(twin: Twin, guest: Guest) -> None:
        os.kill(int(twin.look()[name]), number)

    return deed


ENDS = {
    "stop": (stops, "stopped"),
    "finish": (finishes, "finished"),
    "red": (presses_red, "stopped"),
    "a worker that crashes": (kills("worker", signal.SIGSEGV), "crash"),
    "kill -9 of the worker": (kills("worker"), "crash"),
    "kill -9 of the browser": (kills("browser"), "crash"),
    "kill -9 of the master": (kills("kiosk"), "crash"),
}


@pytest.mark.parametrize("end", ENDS)
def test_after_each_end_nothing_of_the_visit_is_left(twin: Twin, end: str) -> None:
    deed, reason = ENDS[end]
    # given
    guest = leaves_something_everywhere(twin)
    look = until(lambda: (seen := twin.look())["browser"] and seen, "a browser")
    of_visit = processes_of(look["worker"]) | processes_of(look["browser"])
    of_visit |= processes_of(look["cupsd"]) | processes_of(look["pcscd"])
    ended = len(reasons(twin))
    # when
    deed(twin, guest)
    # then
    serves_again(twin, ended)
    assert reasons(twin)[ended:] == [reason]
    assert [process.pid for process in of_visit if is_alive(process)] == []
    assert files_that_hold(twin.folder, *OF_DELMAROLLE) == []
    assert files_that_hold(twin.data, *OF_DELMAROLLE) == []
    assert twin.papers() == []
    assert not any(name in twin.log.read_text() for name in OF_DELMAROLLE)
    assert guest.shows("receipt", "welcome", "card-left")


@pytest.mark.parametrize(
    ("house", "reason"),
    [
        ({"idle_s": 4, "idle_warning_s": 1}, "idle"),
        ({"visit_limit_s": 14, "limit_warning_s": 1}, "limit"),
    ],
)
def test_silence_and_the_limit_of_the_house_end_a_visit(
    tmp_path: Path, real_parts: RealParts, house: dict[str, float], reason: str
) -> None:
    # given
    profile = hosted(tmp_path, **house)
    with a_real_twin(tmp_path, real_parts, "--profile", str(profile)) as twin:
        guest = leaves_something_everywhere(twin)
        # when: nothing is done any more
        until(lambda: reasons(twin) == [reason], "the end", 40)
        # then
        serves_again(twin)
        assert files_that_hold(twin.folder, *OF_DELMAROLLE) == []
        assert twin.papers() == []
        twin.pulls_the_card()
        guest.comes()


@pytest.mark.parametrize("daemon", ["cupsd", "pcscd"])
def test_a_killed_daemon_ends_no_visit_and_its_end_is_clean(twin: Twin, daemon: str) -> None:
    # given
    guest = leaves_something_everywhere(twin)
    before = twin.look()
    ended = len(reasons(twin))
    # when
    twin.kills(daemon)
    # then: it comes back by itself, and the same visit goes on
    until(lambda: twin.look()[daemon] not in (None, before[daemon]), "the daemon anew")
    assert guest.state() == "take-papers"
    assert twin.look()["worker"] == before["worker"]
    assert len(reasons(twin)) == ended
    # and: its work is done again
    guest.acts("nothing-came")
    guest.shows("printer-trouble")
    guest.acts("print-retry")
    guest.shows("take-papers")
    # and: the end is clean
    guest.acts("stop")
    serves_again(twin, ended)
    assert files_that_hold(twin.folder, *OF_DELMAROLLE) == []


def test_a_card_is_read_again_after_pcscd_was_killed(twin: Twin) -> None:
    # given
    guest = Guest(twin)
    guest.walks_to(DELMAROLLE, "consent")
    before = twin.look()["pcscd"]
    # when
    twin.kills("pcscd")
    until(lambda: twin.look()["pcscd"] not in (None, before), "pcscd anew")
    until(lambda: twin.reader_level() == "empty", "its reader")
    # then
    guest.acts("consent-yes")
    guest.shows("reading")
    twin.inserts(DELMAROLLE.card)
    guest.shows("review")
    ended = len(reasons(twin))
    guest.acts("stop")
    twin.pulls_the_card()
    serves_again(twin, ended)


def test_what_one_visitor_leaves_the_next_never_gets(twin: Twin) -> None:
    # given: a visitor with card, typed value and letter
    ended = len(reasons(twin))
    leaves_something_everywhere(twin, DELMAROLLE).acts("stop")
    twin.pulls_the_card()
    serves_again(twin, ended)
    # when: another one
    guest = leaves_something_everywhere(twin, BENZOUARHI)
    # then: no response, no page, no paper and no spool file knows the first one
    shown = b"".join(guest.shown).lower()
    assert BENZOUARHI.surname.lower().encode() in shown
    for text in OF_DELMAROLLE:
        assert text.lower().encode() not in shown
    papers = " ".join(paper_text(path) for path in twin.papers())
    assert BENZOUARHI.surname in papers
    assert not any(text in papers for text in OF_DELMAROLLE)
    assert files_that_hold(twin.folder, *OF_DELMAROLLE) == []
    ended = len(reasons(twin))
    finishes(twin, guest)
    twin.pulls_the_card()
    serves_again(twin, ended)


def test_the_trace_that_a_process_keeps_closes_the_machine(own_twin: Twin) -> None:
    # given: a program of the run that has seen the name, and lives on
    guest = leaves_something_everywhere(own_twin)
    with somebody_who_remembers(own_twin, "Delmarolle Jean-Marie Octave") as pid:
        # when
        guest.acts("stop")
        # then
        until(lambda: is_closed(own_twin), "out of service, with a red lamp", 60)
        assert not is_dead(pid)
        guest.shows("out-of-service")
        # and it stays so, whoever is started anew
        worker = own_twin.look()["worker"]
        own_twin.kills("worker")
        until(lambda: own_twin.look()["worker"] not in (None, worker), "another worker")
        guest.shows("out-of-service")
        own_twin.presses("red")
        assert is_closed(own_twin)
        # nor does it open by a helper's word while the trace is there
        guest.acts("search-again", code=own_twin.codes["employee"])
        until(lambda: own_twin.look()["phase"] == "wiping", "another search")
        until(lambda: is_closed(own_twin), "out of service, with a red lamp", 60)
        guest.shows("out-of-service")
    # when: it is gone
    guest.acts("search-again", code=own_twin.codes["employee"])
    # then
    until(own_twin.is_serving, "the next visit", 60)
    own_twin.pulls_the_card()
    guest.comes()
    assert "Delmarolle" not in own_twin.log.read_text()


def test_the_trace_in_a_file_beside_the_run_closes_the_machine(own_twin: Twin) -> None:
    guest = leaves_something_everywhere(own_twin)
    stray = SHARED_MEMORY / f"relais-test-{secrets.token_hex(8)}"
    stray.write_text("a letter to DELMAROLLE, Jean-Marie  Octave")
    try:
        guest.acts("stop")

        until(lambda: is_closed(own_twin), "out of service, with a red lamp", 60)
        guest.shows("out-of-service")
    finally:
        stray.unlink()


def test_a_wipe_that_is_killed_half_way_leaves_the_machine_closed(own_twin: Twin) -> None:
    # given
    guest = leaves_something_everywhere(own_twin)
    # when
    guest.acts("stop")
    os.kill(wipe_process(own_twin), signal.SIGKILL)
    # then
    until(lambda: is_closed(own_twin), "out of service, with a red lamp", 60)
    guest.shows("out-of-service")
    assert not (own_twin.folder / "wiped").exists()
    # and when a helper lets it search again, the card that is still in is seen
    guest.acts("search-again", code=own_twin.codes["employee"])
    guest.shows("card-left", limit_s=60)
    own_twin.pulls_the_card()
    guest.shows("welcome")


# Both stand in the directory, word for word.
NAMESAKE = Person(
    "jean-marie",
    "Delmarolle",
    (("first_names", "Koning Albert"), ("street", "Koning Albert II-laan 8 bus 3")),
)


def test_a_namesake_of_the_directory_closes_nothing_but_by_the_joined_name(
    own_twin: Twin,
) -> None:
    # given: a visitor whose given name and street the directory holds too
    guest = leaves_something_everywhere(own_twin, NAMESAKE)
    # when
    guest.acts("stop")
    # then: the machine opens
    serves_again(own_twin)
    own_twin.pulls_the_card()
    # given: the same visitor again, whose whole name stays behind
    guest = leaves_something_everywhere(own_twin, NAMESAKE)
    with somebody_who_remembers(own_twin, "Koning Albert Delmarolle"):
        # when
        guest.acts("stop")
        # then
        until(lambda: is_closed(own_twin), "out of service, with a red lamp", 60)


def place_name() -> str:
    house = REPOSITORY / "provisioning" / "twin" / "place.toml"
    return str(tomllib.loads(house.read_text())["place"]["name"])


def test_a_namesake_of_the_permanence_closes_nothing(own_twin: Twin) -> None:
    # given: a helper and a place whose names a visitor uses too, as a name and in a street
    guest = Guest(own_twin)
    guest.comes(helpers="Gudrunella, Jos")
    namesake = Person(
        "jean-marie",
        "Delmarolle",
        (("first_names", "Gudrunella"), ("street", place_name())),
    )
    leaves_something_everywhere(own_twin, namesake)
    # when
    own_twin.presses("red")
    # then
    serves_again(own_twin)
    assert reasons(own_twin) == ["stopped"]
    own_twin.pulls_the_card()
    guest.comes()


def test_only_the_counts_of_a_wipe_are_told(twin: Twin) -> None:
    guest = leaves_something_everywhere(twin)
    ended = len(reasons(twin))

    guest.acts("stop")

    serves_again(twin, ended)
    guest.shows("receipt")
    assert not any(name in guest.html for name in OF_DELMAROLLE)
    assert re.search(r">\s*0\s*<", guest.html)
    twin.pulls_the_card()


@pytest.mark.slow
def test_each_guard_of_the_wipe_is_needed(tmp_path: Path, real_parts: RealParts) -> None:
    # when: each clear and each find of the machine's own plan is taken out in turn
    words = [sys.executable, "-m", "tests.driving.guards", str(tmp_path)]
    done = subprocess.run(words, cwd=REPOSITORY, capture_output=True, text=True, check=True)
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    real_parts.used(parts.cups())
    # then: the whole wipe is clean, before and after each
    whole, tried = rows[0], rows[1:]
    assert (whole["verb"], whole["fault"]) == ("none", "")
    assert [row["again"] for row in tried] == [""] * len(tried)
    # a clear that is missing is a trace in that very place
    cleared = {row["sink"]: row for row in tried if row["verb"] == "clear"}
    assert {row["fault"] for row in cleared.values()} == {"trace-found"}
    assert all(name in row["where"] for name, row in cleared.items())
    # and a search that does not search is no search
    found = {row["sink"]: row for row in tried if row["verb"] == "find"}
    assert {row["fault"] for row in found.values()} == {"wipe-unfinished"}
    assert all(row["where"] == [name] for name, row in found.items())
    assert set(found) == {*cleared, "memory"}
    assert {"visit", "browser", "site", "logs", "printed", "shared-memory", "leftovers"} < {*found}
    assert {"journal", "data"} < {*found}
