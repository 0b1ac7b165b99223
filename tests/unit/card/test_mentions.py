"""The codes of a card: the known have a meaning, the others none."""

import datetime
from enum import Enum

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device.card.errors import CardError, CardMalformed
from device.card.mentions import (
    BrexitMention,
    CardAMention,
    SpecialOrganisation,
    SpecialStatus,
    WorkPermit,
    meaning,
    parse_protection,
)

KNOWN: list[tuple[type[Enum], dict[str, str]]] = [
    (
        SpecialStatus,
        {
            "0": "none",
            "1": "white cane",
            "2": "extended minority",
            "3": "white cane extended minority",
            "4": "yellow cane",
            "5": "yellow cane extended minority",
        },
    ),
    (
        SpecialOrganisation,
        {"1": "shape", "2": "nato", "4": "former blue card holder", "5": "researcher"},
    ),
    (WorkPermit, {"7": "unlimited", "8": "limited", "9": "none", "A": "seasonal"}),
    (BrexitMention, {"B": "withdrawal agreement", "C": "permanent residence"}),
    (
        CardAMention,
        {
            "A": "seasonal worker",
            "D": "student",
            "E": "pupil",
            "F": "trainee",
            "G": "volunteer",
            "H": "au pair",
            "I": "researcher mobility",
            "J": "job search",
            "K": "mobility programme",
        },
    ),
]


@pytest.mark.parametrize(("kind", "codes"), KNOWN)
def test_every_listed_code_has_its_meaning_and_no_other_has_one(
    kind: type[Enum], codes: dict[str, str]
) -> None:
    every = [chr(number) for number in range(128)]
    read = {code: found for code in every if (found := meaning(kind, code)) is not None}

    assert codes == {code: found.name.lower().replace("_", " ") for code, found in read.items()}


def test_a_leading_zero_changes_no_code_and_nothing_means_nothing() -> None:
    assert meaning(SpecialStatus, "05") is SpecialStatus.YELLOW_CANE_EXTENDED_MINORITY
    assert meaning(SpecialStatus, "00") is SpecialStatus.NONE
    assert meaning(SpecialStatus, "") is None
    assert meaning(WorkPermit, "77") is None
    assert meaning(WorkPermit, "a") is None


def test_protection_has_a_day_and_a_country() -> None:
    protection = parse_protection("28.02.2019-BE")

    assert protection is not None
    assert (protection.since, protection.country) == (datetime.date(2019, 2, 28), "BE")
    assert parse_protection("") is None
    assert "2019" not in repr(protection)


@pytest.mark.parametrize(
    "wrong",
    [
        "28.02.2019",
        "28.02.2019-",
        "28.02.2019-be",
        "28.02.2019-BEL",
        "28.02.2019-B1",
        "28.02.20191BE",
        "31.02.2019-BE",
        "28.02.2019-\u0391\u0392",
        "x",
    ],
)
def test_a_protection_of_another_form_is_refused(wrong: str) -> None:
    with pytest.raises(CardMalformed):
        parse_protection(wrong)


@given(st.text(max_size=15))
def test_any_text_is_a_protection_or_a_card_error(untrusted: str) -> None:
    try:
        protection = parse_protection(untrusted)
    except CardError:
        return
    assert (protection is None) == (untrusted == "")


@given(st.text(max_size=4))
def test_any_code_is_known_or_not(untrusted: str) -> None:
    for kind, _ in KNOWN:
        code = meaning(kind, untrusted)
        assert code is None or untrusted.lstrip("0") == code.value.lstrip("0")
