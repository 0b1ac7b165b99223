"""Zineb, 47, has no card, no e-mail and no app. She gave her box back; the bills go on."""

from __future__ import annotations

from tests.driving.screen import Screen
from tests.journeys.conftest import UPRIGHT, Arrives

OPERATOR = "شركة نور"
NAME, FIRST = "Proefi-Ñandú", "Zîneb Łucja"
STREET = "Rue de l’Été 7 / bte ½"
STORY = "أعدت الجهاز — reçu n° 12/7, 49,99 €. Straße Ωμέγα, Жизнь."
NUMBER = "KL 44-Ω9"


def types_on_the_screen(screen: Screen) -> None:
    screen.types_by_touch(OPERATOR)


def test_her_letter_says_what_she_typed_and_nobody_asked_for_a_card(arrives: Arrives) -> None:
    # given
    visitor = arrives(
        "ar",
        UPRIGHT,
        answers={
            "operator": "other",
            "operator_name": types_on_the_screen,
            "problem": "other",
            "own_words": STORY,
            "customer_number": NUMBER,
            "bill_amount": "49,99",
            "letter_language": "fr",
            "surname": NAME,
            "first_names": FIRST,
            "street": STREET,
            "postal_code": "1060",
            "municipality": "Saint-Gilles",
        },
    ).begins()
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
    # and every value stands on it as she typed it
    assert letter.has(FIRST, NAME, STREET, "1060 Saint-Gilles", NUMBER, "49,99")
    assert letter.has(*(word.strip(".,—") for word in STORY.split()))
    # and nobody asked who she is to be here
    asked = visitor.screen.all_text()
    assert "reading" not in visitor.walked
    assert "statut" not in letter.words.casefold()
    assert asked
    visitor.finishes()
