"""The twin's deck: invented people whose numbers can belong to nobody."""

from pathlib import Path

import pytest

from device.card.eid import parse_identity
from device.card.files import IDENTITY
from provisioning.twin.cards import Deck, TwinPki

PEOPLE = ("jean-marie", "telma", "amina", "alterd", "other-root")


@pytest.fixture(scope="module")
def deck(tmp_path_factory: pytest.TempPathFactory) -> Deck:
    return Deck(TwinPki(tmp_path_factory.mktemp("trust")))


def test_the_deck_has_its_cards(deck: Deck) -> None:
    assert {*PEOPLE, "mute", "bank", "not-activated"} == set(deck.names)
    assert all(deck.about.values())


@pytest.mark.parametrize("name", PEOPLE)
def test_a_national_number_passes_its_check_and_is_nobodys(name: str, deck: Deck) -> None:
    number = deck.person(name).national_number

    assert len(number) == 11
    assert number[6:9] in ("000", "999")
    assert int(number[9:]) == 97 - int(number[:9]) % 97


@pytest.mark.parametrize("name", PEOPLE)
def test_every_card_of_a_person_has_a_readable_identity(name: str, deck: Deck) -> None:
    identity = parse_identity(deck.content(name).files[IDENTITY])

    assert deck.person(name).surname == identity.surname
    assert identity.birth_date().year == int(identity.birth_date_raw[-4:])
    assert identity.valid_until() > identity.valid_from()
    if identity.document_type == 1:
        number = identity.card_number
        assert int(number[10:]) == (int(number[:10]) % 97 or 97)


def test_only_the_trusted_roots_lie_in_the_trust_folder(tmp_path: Path) -> None:
    deck = Deck(TwinPki(tmp_path))

    deck.content("other-root")
    assert list(tmp_path.glob("*.der")) == []

    deck.content("telma")
    assert [tmp_path / "ec.der"] == list(tmp_path.glob("*.der"))
