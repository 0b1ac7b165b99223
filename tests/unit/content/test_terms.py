"""A paper explains the words of the administration that stand on it, and no others."""

from __future__ import annotations

import pytest

from kiosk.documents.model import AnyPaper, Glossary, Letter, Slip
from kiosk.tasks.loader import load_content
from kiosk.terms import stands_on, words_of
from tests.driving.visiting import LANGUAGES, Kept
from tests.unit.content.test_on_paper import places_of, work_of

CONTENT = load_content()


def explained(paper: AnyPaper) -> list[str]:
    sheet = paper.keep if isinstance(paper, Letter) else paper
    glossary = sheet.glossary if isinstance(sheet, Slip) else None
    return [word.term.own for word in glossary.words] if isinstance(glossary, Glossary) else []


@pytest.fixture(scope="module")
def builder() -> Kept:
    return Kept()


@pytest.mark.parametrize("locale", LANGUAGES)
def test_no_paper_of_a_telecom_dispute_explains_what_a_commune_is(
    builder: Kept, locale: str
) -> None:
    # given a letter that says none of it, though a question before it does
    task, commune = CONTENT.tasks["telecom-dispute"], CONTENT.glossary["commune"].title[locale]
    told: set[str] = set()
    for name in task.documents:
        for step, kind in places_of(task, name):
            assert work_of(builder, task, step, kind, locale, {}) is not None
            told |= set(explained(builder.papers[-1]))
    # then
    assert commune not in told
    assert CONTENT.glossary["operator"].title[locale] in told


@pytest.mark.parametrize("locale", LANGUAGES)
@pytest.mark.parametrize(
    ("problem", "terms"),
    [
        ("lost", []),
        ("code", ["pin"]),
        ("no_chip", ["chip", "registration-office"]),
    ],
)
def test_a_slip_about_a_card_explains_only_the_words_of_that_trouble(
    builder: Kept, locale: str, problem: str, terms: list[str]
) -> None:
    task = CONTENT.tasks["card-problem"]
    step, kind = next(places_of(task, "phone_slip"))
    work_of(builder, task, step, kind, locale, {"card_problem": frozenset({problem})})
    expected = [CONTENT.glossary[term].title[locale] for term in terms]
    assert expected == explained(builder.papers[-1])


@pytest.mark.parametrize("locale", LANGUAGES)
def test_who_asks_a_desk_for_a_paper_by_its_name_has_the_name_explained(
    builder: Kept, locale: str
) -> None:
    task = CONTENT.tasks["household-composition"]
    name = CONTENT.glossary["household-composition"].title[locale]
    for document in ("request_letter", "counter_slip", "phone_slip"):
        step, kind = next(places_of(task, document))
        work_of(builder, task, step, kind, locale, {})
        assert name in explained(builder.papers[-1]), document


@pytest.mark.parametrize(
    ("term", "text"),
    [
        ("gemeente", "Ga naar uw gemeentehuis."),
        ("aangetekende brief", "Een brief, liefst een Aangetekende."),
        ("aangetekende brief", "Stuur één brief aangetekend."),
        ("البلدية", "اتصلوا ببلديتكم"),
        ("الرمز", "نسيتُ رمز بطاقتي"),
        ("code", "co\u00adde"),
    ],
)
def test_a_word_stands_in_a_text_in_a_longer_form_too(term: str, text: str) -> None:
    assert stands_on(term, words_of(text))


@pytest.mark.parametrize(
    ("term", "text"),
    [
        ("code", "Een barcode."),
        ("puce", "puc"),
        ("aangetekende brief", "Een brief."),
        ("الرمز", "اتصلوا بنا"),
    ],
)
def test_a_word_that_is_not_there_does_not_stand_in_a_text(term: str, text: str) -> None:
    assert not stands_on(term, words_of(text))
