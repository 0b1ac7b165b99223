"""Zineb, 47, has no card, no e-mail and no app. She gave her box back; the bills go on."""

from __future__ import annotations

import pytest

from tests.driving.resident import Answer, by_touch
from tests.driving.screen import Screen
from tests.journeys.conftest import TEN_INCH, UPRIGHT, Arrives

OPERATOR = "شركة نور"
# All that stands on the keys of the kiosk: Arabic, its Latin layer, and the French keyboard for
# what the administration writes in Latin letters.
TYPED = {
    "operator_name": OPERATOR,
    "own_words": "أعدت الجهاز 12/7، preuve envoyée. لا أدفع",
    "customer_number": "KL 44-9/AC",
    "bill_number": "F/2025-0117",
    "bill_amount": "49,99",
    "surname": "Proefi-Çélina",
    "first_names": "Zîneb Noëlla",
    "street": "Rue de l'Été 7 / bte 12",
    "postal_code": "1060",
    "municipality": "Saint-Gilles",
}
CHOSEN: dict[str, Answer] = {"operator": "other", "problem": "other", "letter_language": "fr"}
# What no key here types, and what a name on paper may hold all the same.
OTHER_LETTERS = {
    "surname": "Proefi-Ñandú",
    "first_names": "Zîneb Łucja",
    "street": "Rue de l’Été 7 / bte ½",
    "own_words": "أعدت الجهاز — reçu n° 12/7, 49,99 €. Straße Ωμέγα, Жизнь.",
    "customer_number": "KL 44-Ω9",
}


@pytest.mark.parametrize("size", [UPRIGHT, TEN_INCH], ids=["upright", "ten-inch"])
def test_her_letter_says_what_she_typed_and_nobody_asked_for_a_card(
    arrives: Arrives, size: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    # given somebody who types every word on the screen, and a hand that could not do otherwise
    monkeypatch.delattr(Screen, "types")
    fingers = {key: by_touch(text) for key, text in TYPED.items()}
    visitor = arrives("ar", size, answers=CHOSEN | fingers).begins()
    # when
    visitor.chooses("telephone", "paper")
    visitor.walks_to("consent")
    visitor.walks_to("preview")
    visitor.walks_to("goodbye")
    # then two equal letters came out, in French with Arabic beside it
    letters, ombudsman = visitor.papers()
    letter, copy, kept = letters.sheets()
    assert ombudsman.has("02 223 09 09")
    assert letter.words == copy.words
    # and what she has to do stands on a sheet of its own, not on what she posts
    note = "احتفظوا"
    assert [False, True] == [sheet.has(note) for sheet in (letter, kept)]
    assert letter.has("Je vous demande d’annuler cette facture", "Madame, Monsieur")
    assert letter.has("التوقيع", OPERATOR)
    # and every value stands on it as she typed it; capitals are the keyboard's own
    said = letter.words.casefold()
    for key in ("first_names", "surname", "customer_number", "bill_number", "bill_amount"):
        assert TYPED[key].casefold() in said, key
    assert "1060 saint-gilles" in said
    assert TYPED["street"].casefold() in said.replace("’", "'")
    assert letter.has(*(word.strip(".,،") for word in TYPED["own_words"].split()))
    # and nobody asked who she is to be here
    asked = visitor.screen.all_text()
    assert "reading" not in visitor.walked
    assert "statut" not in letter.words.casefold()
    assert asked
    visitor.finishes()


def test_a_letter_says_letters_that_stand_on_no_key_too(arrives: Arrives) -> None:
    # given values as they are on cards and papers, not typed on this screen
    others: dict[str, Answer] = {**OTHER_LETTERS, "operator_name": OPERATOR}
    answers = {**CHOSEN, **others, "postal_code": "1060", "municipality": "Saint-Gilles"}
    visitor = arrives("ar", UPRIGHT, answers=answers | {"bill_amount": "49,99"}).begins()
    # when
    visitor.chooses("telephone", "paper")
    visitor.walks_to("take-papers")
    # then
    (letters,) = visitor.papers()
    letter, *_ = letters.sheets()
    assert letter.has(*(OTHER_LETTERS[key] for key in ("first_names", "surname", "street")))
    assert letter.has("1060 Saint-Gilles", OTHER_LETTERS["customer_number"], "49,99", OPERATOR)
    assert letter.has(*(word.strip(".,—") for word in OTHER_LETTERS["own_words"].split()))
    visitor.stops()
