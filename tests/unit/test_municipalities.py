"""A letter calls a municipality as its language does, whatever the card said."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.documents.model import Letter
from kiosk.municipalities import LETTER_LOCALES
from kiosk.tasks.loader import load_content
from kiosk.tasks.vocabulary import Mark
from tests.driving.visiting import Kept
from tests.unit.content.letters import letter_of

CONTENT = load_content()
TOWNS = CONTENT.municipalities
OF_BRUSSELS = 19
HOME, NEW = "municipality", "new_municipality"


@pytest.fixture(scope="module")
def builder() -> Kept:
    return Kept()


@pytest.mark.parametrize(
    ("written", "nl", "fr"),
    [
        ("Bruxelles", "Brussel", "Bruxelles"),
        ("BRUSSEL", "Brussel", "Bruxelles"),
        ("SAINT-GILLES", "Sint-Gillis", "Saint-Gilles"),
        ("St. Gillis", "Sint-Gillis", "Saint-Gilles"),
        ("Molenbeek St Jean", "Sint-Jans-Molenbeek", "Molenbeek-Saint-Jean"),
        ("berchem ste agathe", "Sint-Agatha-Berchem", "Berchem-Sainte-Agathe"),
        ("  Elsene ", "Elsene", "Ixelles"),
        ("RHODE-SAINT-GENESE", "Sint-Genesius-Rode", "Rhode-Saint-Genèse"),
        ("بروكسل", "Brussel", "Bruxelles"),
        ("Jette", "Jette", "Jette"),
    ],
)
def test_a_name_in_either_language_is_known(written: str, nl: str, fr: str) -> None:
    assert (nl, fr) == (TOWNS.name(written, "nl"), TOWNS.name(written, "fr"))


@pytest.mark.parametrize("written", ["Nergenshuizen", "Parijs", "", "Bruxelles-sur-Rien", "St"])
def test_a_name_that_is_not_known_stays_as_it_was_given(written: str) -> None:
    assert [written] * 2 == [TOWNS.name(written, locale) for locale in LETTER_LOCALES]


def test_a_language_without_letters_keeps_the_name_of_the_card() -> None:
    assert TOWNS.name("BRUXELLES", "de") == "BRUXELLES"


@given(st.text(max_size=60))
def test_any_name_has_a_name(written: str) -> None:
    for locale in LETTER_LOCALES:
        assert isinstance(TOWNS.name(written, locale), str)


def test_all_of_brussels_is_there_and_says_who_told_it() -> None:
    brussels = [one for one in TOWNS.known if "Brussels-Capital" in one.source.title]
    assert len(brussels) == OF_BRUSSELS
    assert all(one.names[locale].strip() for one in TOWNS.known for locale in LETTER_LOCALES)
    assert {Mark.SEEN} == {one.source.mark for one in TOWNS.known}
    assert {None} == {one.checked_on for one in TOWNS.known}


@pytest.mark.parametrize(
    ("admin", "card", "town", "other"),
    [("nl", "BRUXELLES", "Brussel", "Bruxelles"), ("fr", "Brussel", "Bruxelles", "Brussel")],
)
@pytest.mark.parametrize("locale", ["nl", "fr", "ar"])
@pytest.mark.parametrize("task", ["household-composition", "address-change", "card-problem"])
def test_what_the_administration_reads_says_the_town_in_its_language(
    builder: Kept, task: str, locale: str, admin: str, card: str, town: str, other: str
) -> None:
    # when
    said = {"letter_language": admin, HOME: card, NEW: card, "new_postal_code": "1000"}
    letter_of(builder, CONTENT, task, locale, said)
    # then
    letter = builder.papers[-1]
    assert isinstance(letter, Letter)
    theirs = [text.admin or text.own for text in letter.paragraphs]
    addressed = [*letter.sender, *letter.recipient, letter.place_and_date]
    assert any(
        line.startswith(f"{'Gemeente' if admin == 'nl' else 'Commune de'} ") and town in line
        for line in letter.recipient
    )
    assert town in letter.place_and_date
    told = " ".join([*addressed, *theirs])
    assert other not in told
    assert card.upper() not in told


def test_a_french_letter_is_sent_to_the_commune_d_ixelles(builder: Kept) -> None:
    said = {"letter_language": "fr", HOME: "Elsene", NEW: "Elsene", "new_postal_code": "1050"}
    letter_of(builder, CONTENT, "address-change", "nl", said)
    letter = builder.papers[-1]
    assert isinstance(letter, Letter)
    assert "Commune d’Ixelles" in letter.recipient


def test_a_resident_reads_the_town_in_the_language_beside_it(builder: Kept) -> None:
    said = {"letter_language": "nl", HOME: "Bruxelles", NEW: "Ixelles"}
    letter_of(builder, CONTENT, "address-change", "fr", said)
    letter = builder.papers[-1]
    assert isinstance(letter, Letter)
    own = " ".join(text.own for text in letter.paragraphs)
    assert "Bruxelles" in own
    assert "Ixelles" in own
    assert "Elsene" not in own


@pytest.mark.parametrize(
    ("locale", "expected"),
    [
        ("nl", "Moasstraat 89, 1050 Elsene"),
        ("fr", "Moasstraat 89, 1050 Ixelles"),
        ("de", "Moasstraat 89, 1050 Ixelles"),
    ],
)
def test_an_address_has_its_town_in_the_readers_language_and_its_street_as_printed(
    locale: str, expected: str
) -> None:
    assert expected == TOWNS.address("Moasstraat 89, 1050 Elsene", locale)


@pytest.mark.parametrize("address", ["Koning Albert II-laan 8 bus 3", "", "Weg 1, 9999 Nergens"])
def test_an_address_without_a_known_town_stays_as_it_is(address: str) -> None:
    assert address == TOWNS.address(address, "fr")
