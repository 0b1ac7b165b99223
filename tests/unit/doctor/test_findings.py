"""Every fault of the field: what lies on the bench, and what the doctor says of it."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from device.card import files
from device.card.errors import CardError, CardRemoved, CardUnavailable
from device.card.status import CardFinding
from device.card.survey import ServiceAnswer, Slot
from device.doctor.evidence import Ending, Knock
from device.doctor.report import Check, Finding, Keyword, Result
from tests.unit.doctor.stage import (
    ACR38U,
    ALCOR,
    GEMALTO,
    KEYBOARD,
    READER,
    UNHEARD_OF,
    Bench,
    deck,
)

WIRELESS_ATR = "3B8180018080"


def life(byte: int) -> Callable[[], Any]:
    """Return a card whose GET CARD DATA tells this life cycle."""

    def made() -> Any:
        content = deck().content("amina")
        data = content.card_data
        return replace(content, card_data=data[:27] + bytes((byte,)) + data[28:])

    return made


def unavailable(finding: CardFinding, reason: str = "connect") -> CardError:
    return CardUnavailable(finding, reason)


ROWS: dict[str, tuple[dict[str, Any], Check, Keyword, dict[str, str]]] = {
    "nothing on the bus": (
        {"devices": (KEYBOARD,), "interface": "03", "slots": ()},
        Check.BUS,
        Keyword.NOTHING_PLUGGED,
        {},
    ),
    "an ACR38U": (
        {"devices": (ACR38U,), "interface": "ff", "slots": ()},
        Check.DRIVER,
        Keyword.OTHER_DRIVER,
        {"model": "ACS ACR38U", "package": "libacsccid1"},
    ),
    "a reader that says it is one, and no driver lists it": (
        {"devices": (UNHEARD_OF,), "slots": ()},
        Check.DRIVER,
        Keyword.NOT_LISTED,
        {"model": "Nobody Chip Slot", "version": "1.5.2"},
    ),
    "a newer model of a maker with a driver of its own": (
        {"devices": (("072f", "2210", "ACS", "ACR1900"),), "slots": ()},
        Check.DRIVER,
        Keyword.OTHER_DRIVER,
        {"model": "ACS ACR1900", "package": "libacsccid1"},
    ),
    "no driver at all": (
        {"models": {}, "slots": ()},
        Check.DRIVER,
        Keyword.NOT_LISTED,
        {"model": "Gemalto USB SmartCard Reader", "version": ""},
    ),
    "an Alcor with an old libccid, though its card answers": (
        {"devices": (ALCOR,), "libccid": "1.4.34"},
        Check.DRIVER,
        Keyword.OLD_DRIVER,
        {"model": "Alcor Micro AU9540", "version": "1.4.34", "wanted": "1.5.2"},
    ),
    "pcscd is down": (
        {"knock": Knock.NOBODY, "answer": ServiceAnswer.SILENT},
        Check.SERVICE,
        Keyword.NOT_RUNNING,
        {},
    ),
    "no pyscard": (
        {"has_library": False, "answer": ServiceAnswer.SILENT},
        Check.SERVICE,
        Keyword.NO_LIBRARY,
        {},
    ),
    "pcscd of another protocol": (
        {"answer": ServiceAnswer.OTHER_VERSION},
        Check.SERVICE,
        Keyword.OTHER_VERSION,
        {},
    ),
    "polkit says no": (
        {"answer": ServiceAnswer.HUNG_UP},
        Check.PERMISSION,
        Keyword.DENIED,
        {"action": "access_pcsc"},
    ),
    "polkit says no, and hangs up before it is greeted": (
        {"answer": ServiceAnswer.SILENT},
        Check.PERMISSION,
        Keyword.DENIED,
        {"action": "access_pcsc"},
    ),
    "a socket for others": (
        {"knock": Knock.FORBIDDEN, "answer": ServiceAnswer.SILENT},
        Check.PERMISSION,
        Keyword.DENIED,
        {"action": "socket"},
    ),
    "polkit says no to the card": (
        {"card": None, "refusal": unavailable(CardFinding.UNREADABLE, "denied")},
        Check.PERMISSION,
        Keyword.DENIED,
        {"action": "access_card"},
    ),
    "a reader that pcscd does not name": (
        {"slots": (), "card": None},
        Check.READER,
        Keyword.NOT_NAMED,
        {"model": "Gemalto PC Twin Reader"},
    ),
    "only a wireless reader": (
        {"slots": (Slot("ACS ACR122U PICC Interface 00 00"),), "card": None},
        Check.READER,
        Keyword.CONTACTLESS,
        {"reader": "ACS ACR122U PICC Interface"},
    ),
    "a card on top of a reader that has a slot": (
        {
            "slots": (Slot("Dual [Dual PICC] 00 00", atr=WIRELESS_ATR), Slot("Dual ICC 01 00")),
            "card": None,
            "refusal": unavailable(CardFinding.CONTACTLESS),
        },
        Check.READER,
        Keyword.CONTACTLESS,
        {"reader": "Dual [Dual PICC], Dual ICC"},
    ),
    "a name that no reader has": (
        {"only": "Vasco"},
        Check.READER,
        Keyword.NO_SUCH_NAME,
        {"wanted": "Vasco", "reader": READER},
    ),
    "no card": ({"card": None}, Check.CARD, Keyword.NO_CARD, {}),
    "mute": (
        {"card": None, "refusal": unavailable(CardFinding.MUTE)},
        Check.CARD,
        Keyword.MUTE,
        {},
    ),
    "pulled": ({"card": None, "refusal": CardRemoved("connect")}, Check.CARD, Keyword.REMOVED, {}),
    "a bank card": (
        {"card": lambda: deck().content("bank")},
        Check.APPLET,
        Keyword.NOT_EID,
        {},
    ),
    "a card that nobody can read": (
        {"card": None, "refusal": unavailable(CardFinding.UNREADABLE)},
        Check.APPLET,
        Keyword.UNREADABLE,
        {"why": "connect"},
    ),
    "not activated": (
        {"card": lambda: deck().content("not-activated")},
        Check.ACTIVATION,
        Keyword.NOT_ACTIVATED,
        {},
    ),
    "not personalised": ({"card": life(0x07)}, Check.ACTIVATION, Keyword.NOT_PERSONALISED, {}),
    "locked": ({"card": life(0xFF)}, Check.ACTIVATION, Keyword.LOCKED, {}),
}


@pytest.mark.parametrize("name", ROWS)
def test_each_fault_is_named(tmp_path: Path, name: str) -> None:
    given, check, keyword, data = ROWS[name]
    given = {key: value() if callable(value) else value for key, value in given.items()}

    report = Bench(tmp_path, **given).examined()

    assert Finding(check, Result.WRONG, keyword, data) == report.verdict
    assert list(Check) == [one.check for one in report.findings]


def test_what_builds_on_what_is_wrong_is_not_reached(tmp_path: Path) -> None:
    report = Bench(tmp_path, knock=Knock.NOBODY, answer=ServiceAnswer.SILENT).examined()

    results = [one.result for one in report.findings]
    expected = [Result.FINE, Result.FINE, Result.WRONG, *[Result.NOT_REACHED] * 7]
    assert expected == results


@pytest.mark.parametrize("name", ["nothing on the bus", "an ACR38U"])
def test_a_reader_that_cannot_be_named_is_no_second_fault(tmp_path: Path, name: str) -> None:
    given = {**ROWS[name][0], "card": None}

    report = Bench(tmp_path, **given).examined()

    assert [Result.FINE] * 2 == [report.of(one).result for one in (Check.SERVICE, Check.PERMISSION)]
    assert Result.NOT_REACHED is report.of(Check.READER).result
    assert 1 == [one.result for one in report.findings].count(Result.WRONG)


@pytest.mark.parametrize("card", ["jean-marie", "telma", "amina", "other-root"])
def test_where_all_is_well_only_the_cards_own_date_is_unknown(tmp_path: Path, card: str) -> None:
    report = Bench(tmp_path, card=deck().content(card)).examined()

    assert report.verdict is None
    assert [Result.FINE] * 9 == [one.result for one in report.findings[:9]]
    expiry = report.of(Check.EXPIRY)
    assert (Result.UNKNOWN, Keyword.ISSUER_IN_DATE) == (expiry.result, expiry.keyword)
    assert list(expiry.data) == ["until"]


def test_an_answer_to_reset_that_nobody_knows_is_a_hint_and_no_fault(tmp_path: Path) -> None:
    rare = replace(deck().content("amina"), atr=bytes.fromhex("3B9813400AA503010101AD1399"))

    report = Bench(tmp_path, card=rare).examined()

    assert report.verdict is None
    assert Keyword.STRANGE is report.of(Check.ATR).keyword
    assert Result.UNKNOWN is report.of(Check.ATR).result
    assert Keyword.EID is report.of(Check.APPLET).keyword


def test_a_life_cycle_that_no_source_names_is_no_fault(tmp_path: Path) -> None:
    report = Bench(tmp_path, card=life(0x42)()).examined()

    assert report.verdict is None
    assert {"life_cycle": "42"} == report.of(Check.ACTIVATION).data


def test_the_issuers_certificate_can_be_too_old(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # given a day after any certificate of the deck
    monkeypatch.setattr("device.doctor.child.today", lambda: datetime.date(2199, 1, 1))
    # when
    report = Bench(tmp_path).examined()
    # then
    assert report.verdict is not None
    assert (Check.EXPIRY, Keyword.ISSUER_EXPIRED) == (report.verdict.check, report.verdict.keyword)


def test_an_issuer_that_cannot_be_read_is_unknown(tmp_path: Path) -> None:
    content = deck().content("amina")
    without = {path: der for path, der in content.files.items() if path != files.RRN_CERTIFICATE}

    report = Bench(tmp_path, card=replace(content, files=without)).examined()

    assert report.verdict is None
    assert Keyword.ISSUER_UNREADABLE is report.of(Check.EXPIRY).keyword


# ---- more than one reader -----------------------------------------------------------


def test_a_reader_without_a_driver_is_no_cause_where_another_one_works(tmp_path: Path) -> None:
    report = Bench(tmp_path, devices=(ACR38U, GEMALTO)).examined()

    assert report.verdict is None
    assert Keyword.LISTED is report.of(Check.DRIVER).keyword


def test_a_reader_that_is_not_on_the_bus_works_beside_one_that_has_no_driver(
    tmp_path: Path,
) -> None:
    report = Bench(tmp_path, devices=(ACR38U,)).examined()

    assert report.verdict is None
    driver = report.of(Check.DRIVER)
    assert (Result.UNKNOWN, Keyword.OTHER_DRIVER) == (driver.result, driver.keyword)


@pytest.mark.parametrize("has_usb", [True, False])
def test_a_virtual_reader_needs_no_bus(tmp_path: Path, has_usb: bool) -> None:
    report = Bench(tmp_path, devices=(), has_usb=has_usb).examined()

    assert report.verdict is None
    assert Keyword.NOT_ON_USB is report.of(Check.BUS).keyword
    assert Keyword.NOT_ON_USB is report.of(Check.DRIVER).keyword


def test_several_readers_are_said_and_no_fault(tmp_path: Path) -> None:
    slots = (Slot(READER), Slot("ACS ACR39U ICC Reader 01 00"))

    report = Bench(tmp_path, slots=slots).examined()

    assert report.verdict is None
    assert Keyword.SEVERAL is report.of(Check.READER).keyword
    assert {"reader": "Gemalto PC Twin Reader, ACS ACR39U ICC Reader"} == report.of(
        Check.READER
    ).data


def test_a_wireless_name_counts_for_nothing_where_a_card_answers_by_contact(
    tmp_path: Path,
) -> None:
    report = Bench(tmp_path, slots=(Slot("Maker RFID komfort 00 00"),)).examined()

    assert report.verdict is None


def test_a_mute_card_in_a_slot_with_a_wireless_name_is_mute(tmp_path: Path) -> None:
    slots = (Slot("Maker RFID komfort 00 00", is_present=True, is_mute=True),)
    mute = unavailable(CardFinding.MUTE)

    report = Bench(tmp_path, slots=slots, card=None, refusal=mute).examined()

    assert report.verdict is not None
    assert Keyword.MUTE is report.verdict.keyword


# ---- what is never done -------------------------------------------------------------

PUBLIC = {files.RRN_CERTIFICATE, files.APPLET_AID}


@pytest.mark.parametrize("card", ["jean-marie", "telma", "amina", "bank", "not-activated"])
def test_no_file_of_a_person_is_selected(tmp_path: Path, card: str) -> None:
    bench = Bench(tmp_path, card=deck().content(card))
    bench.examined()

    selects = [apdu for apdu in bench.readers.sent if apdu[1] == 0xA4]
    selected = {apdu[5 : 5 + apdu[4]] for apdu in selects}
    # What is no eID is asked by the path of its identity whether it is one, and is none.
    probed = {files.IDENTITY} if card == "bank" else set()
    assert selected <= PUBLIC | probed
    assert bench.readers.sent
    reads = [apdu for apdu in bench.readers.sent if apdu[1] == 0xB0]
    assert bool(reads) == (card not in ("bank", "not-activated"))


def test_the_report_holds_nothing_of_whose_card_it_is(tmp_path: Path) -> None:
    content = deck().content("jean-marie")

    report = Bench(tmp_path, card=content).examined()

    told = repr(report).upper()
    assert content.card_data[:16].hex().upper() not in told
    assert "DELMAROLLE" not in told


# ---- what does not come to an end ---------------------------------------------------


@pytest.mark.parametrize(
    ("ending", "keyword"),
    [(Ending.TOO_SLOW, Keyword.TOO_SLOW), (Ending.FELL_OVER, Keyword.FELL_OVER)],
)
@pytest.mark.parametrize(
    ("stage", "check"),
    [
        ("usb", Check.BUS),
        ("service", Check.SERVICE),
        ("card", Check.CARD),
        ("issuer", Check.EXPIRY),
    ],
)
def test_where_it_hangs_is_the_verdict(
    tmp_path: Path, stage: str, check: Check, ending: Ending, keyword: Keyword
) -> None:
    report = Bench(tmp_path, devices=(GEMALTO,)).examined(until=stage, ending=ending)

    assert Finding(check, Result.WRONG, keyword) == report.verdict


def test_who_cancels_hears_of_no_fault(tmp_path: Path) -> None:
    report = Bench(tmp_path).examined(until="service", ending=Ending.CANCELLED)

    assert report.verdict is None
