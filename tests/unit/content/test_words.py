"""What content says is short, complete and in its own language."""

from __future__ import annotations

import re

import pyphen
import pytest

from kiosk.tasks.loader import load_content
from kiosk.tasks.vocabulary import StepKind
from tests.unit.content.wording import WORD, everything, sentences, task_screens

CONTENT = load_content()
TEXTS = list(everything(CONTENT))
LONGEST_SENTENCE = 16
MEAN_SENTENCE = 10
EASY = 70
ARABIC = re.compile("[\u0600-\u06ff]")
LATIN = re.compile("[A-Za-z]")
NOT_SAID = {
    "nl": ("fout", "ongeldig", "gebruiker", "sessie", "verzenden", "authenticatie"),
    "fr": ("erreur", "invalide", "utilisateur", "session", "soumettre", "authentification"),
    "en": ("error", "invalid", "user", "session", "submit", "authentication"),
    "de": ("fehler", "ungültig", "benutzer", "sitzung", "authentifizierung"),
    "ar": ("خطأ", "غير صالح", "مستخدم", "جلسة", "مصادقة"),
}
INTIMATE = {
    "nl": ("je", "jij", "jouw", "jou"),
    "fr": ("tu", "ton", "tes", "toi"),
    "de": ("du", "dein", "deine", "dir", "dich"),
}
SAME_EVERYWHERE = {"itsme", "Proximus", "Telenet", "Base", "operator", "chip", "Chip", "code"}


@pytest.mark.parametrize("locale", CONTENT.locales)
def test_every_text_is_there_in_every_language(locale: str) -> None:
    assert CONTENT.locales == ("nl", "fr", "en", "de", "ar")
    assert [name for name, text in TEXTS if not text[locale].strip()] == []


@pytest.mark.parametrize("locale", CONTENT.locales)
def test_no_sentence_is_longer_than_sixteen_words(locale: str) -> None:
    long = [
        (name, len(sentence), text[locale])
        for name, text in TEXTS
        for sentence in sentences(text[locale])
        if len(sentence) > LONGEST_SENTENCE
    ]

    assert long == []


@pytest.mark.parametrize("locale", CONTENT.locales)
@pytest.mark.parametrize("task", CONTENT.tasks.values(), ids=lambda task: task.id)
def test_sentences_have_ten_words_on_average_at_most(task: object, locale: str) -> None:
    lengths = [
        len(sentence)
        for name, text in TEXTS
        if name.startswith(f"{getattr(task, 'id', '')}.")
        for sentence in sentences(text[locale])
    ]

    assert sum(lengths) / len(lengths) <= MEAN_SENTENCE


@pytest.mark.parametrize(
    ("locale", "base", "per_sentence", "per_word"),
    [("nl", 206.835, 0.93, 77.0), ("fr", 207.0, 1.015, 73.6)],
)
@pytest.mark.parametrize("task", CONTENT.tasks.values(), ids=lambda task: task.id)
def test_screens_are_easy_to_read(
    task: object, locale: str, base: float, per_sentence: float, per_word: float
) -> None:
    """Flesch-Douma and Kandel-Moles: 70 and up is easy (domain.md, section 13)."""
    hyphens = pyphen.Pyphen(lang={"nl": "nl_NL", "fr": "fr_FR"}[locale])
    texts = [text[locale] for name, text in TEXTS if name.startswith(f"{getattr(task, 'id', '')}.")]
    found = [sentence for text in texts for sentence in sentences(text)]
    words = [word for sentence in found for word in sentence if not word.startswith("{")]
    syllables = sum(len(hyphens.positions(word.lower())) + 1 for word in words)

    score = base - per_sentence * len(words) / len(found) - per_word * syllables / len(words)

    assert score >= EASY


@pytest.mark.parametrize("locale", sorted(NOT_SAID))
def test_the_machine_blames_nobody(locale: str) -> None:
    blaming = [
        (name, word)
        for name, text in TEXTS
        for word in NOT_SAID[locale]
        if word in [w.lower() for w in WORD.findall(text[locale])]
    ]

    # A wrong address is said of the address, in the one step that asks to look twice.
    assert [hit for hit in blaming if hit[0] != "address-change.before_you_send.consequence"] == []


@pytest.mark.parametrize("locale", sorted(INTIMATE))
def test_people_are_addressed_politely(locale: str) -> None:
    intimate = [
        (name, text[locale])
        for name, text in TEXTS
        if set(INTIMATE[locale]) & {word.lower() for word in WORD.findall(text[locale])}
        # French is also what residents are told to say to a desk: « je », never « tu ».
        and not ("Or:" in text[locale] or "Oder:" in text[locale])
    ]

    assert intimate == []


def test_nobody_shouts() -> None:
    assert [(name, words) for name, text in TEXTS for words in text.values() if "!" in words] == []


def test_arabic_is_in_arabic_letters_and_punctuation() -> None:
    wrong = [
        (name, text["ar"])
        for name, text in TEXTS
        if text["ar"] not in SAME_EVERYWHERE
        and "{" not in text["ar"]
        and text["ar"] != text["nl"]
        and (not ARABIC.search(text["ar"]) or "?" in text["ar"] or "," in text["ar"])
    ]

    assert wrong == []


def test_no_other_language_holds_arabic_letters() -> None:
    assert [
        (name, locale)
        for name, text in TEXTS
        for locale in ("nl", "fr", "en", "de")
        if ARABIC.search(text[locale])
    ] == []


def test_a_text_was_translated_and_not_copied() -> None:
    copied = [
        (name, text["nl"], locale)
        for name, text in TEXTS
        for locale in ("fr", "en", "de")
        if text[locale] == text["nl"]
        and len(set(text.values())) > 1
        and len(WORD.findall(text["nl"])) > 2
    ]

    assert copied == []


def test_french_sets_its_spaces_before_double_signs() -> None:
    assert [
        (name, text["fr"])
        for name, text in TEXTS
        if re.search(r"[^\s\d.][?:;»]", text["fr"]) or re.search(r"«\S", text["fr"])
    ] == []


def test_a_word_of_the_administration_is_explained_where_it_is_asked() -> None:
    """A term that a question's title or text uses stands in that step's glossary, or an earlier."""
    unexplained = []
    for task in CONTENT.tasks.values():
        explained: set[str] = set()
        for step in task.steps:
            explained |= set(step.terms)
            spoken = f"{step.title['nl']} {step.text['nl']}".lower()
            for term in CONTENT.glossary.values():
                word = term.title["nl"].lower()
                known = term.id in explained or term.id in task.terms
                if re.search(rf"\b{re.escape(word)}\b", spoken) and not known:
                    unexplained.append((task.id, step.id, term.id))

    assert unexplained == []


def test_a_screen_says_what_it_is_without_its_second_line() -> None:
    """On a small screen only the title shows, so no two steps of a way share one by accident."""
    for task in CONTENT.tasks.values():
        for channel in task.channels:
            titles = [
                step.title["nl"]
                for step in task.steps
                if channel in step.channels and step.kind is StepKind.SHOW
            ]
            assert sorted(set(titles)) == sorted(titles), (task.id, channel)


def test_the_texts_are_really_looked_at() -> None:
    """The searches above find something when there is something to find."""
    assert len(list(task_screens(CONTENT.tasks["telecom-dispute"]))) > 60
    assert [len(s) for s in sentences(" ".join(["woord"] * 17) + ".")] == [17]
    assert [len(s) for s in sentences("Zeg dit: nu.")] == [2, 1]
    assert not LATIN.search("أطبع")
