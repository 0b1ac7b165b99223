"""The catalogues: complete in every language, plain, and compiled as they are written."""

from __future__ import annotations

import gettext
import io
import re
from collections.abc import Iterator
from enum import Enum

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po

from device.card.status import CardFinding, Field, ReaderLevel
from device.printer.status import Reason
from kiosk.advice import Advice
from kiosk.i18n import FOLDER, I18n, MissingWordsError, compile_all
from kiosk.memory import ActKind
from kiosk.screens import JobFate, Prompt
from kiosk.steps import REASONS
from kiosk.tasks.model import CardField, ChannelKind, Key, Posture
from tests.samples import LOCALES

MOST_WORDS, MEAN_WORDS = 16, 10
NEVER = {
    "nl": ("fout", "ongeldig", "gebruiker", "sessie", "authenticatie"),
    "fr": ("erreur", "invalid", "utilisateur", "session", "authentif"),
    "en": ("error", "invalid", "user", "session", "submit", "authentication"),
    "de": ("fehler", "ungültig", "benutzer", "sitzung", "authentifizierung"),
    "ar": ("خطأ", "غير صالح", "مستخدم", "جلسة"),
}


def catalogue(locale: str) -> Catalog:
    """Read the source of a language."""
    with (FOLDER / locale / "LC_MESSAGES" / "relais.po").open("rb") as source:
        return read_po(source, locale=locale)


def messages(locale: str) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """Yield context, id and all forms of each message."""
    for message in catalogue(locale):
        if isinstance(message, Message) and message.id:
            id = message.id if isinstance(message.id, str) else message.id[0]
            forms = message.string if isinstance(message.string, tuple) else (message.string,)
            yield message.context or "", id, tuple(str(form) for form in forms)


def sentences(locale: str) -> Iterator[str]:
    for _, _, forms in messages(locale):
        for form in forms:
            yield from (part for part in re.split(r"[.!?؟:]+(?:\s|$)", form) if part.strip())


def names(locale: str) -> set[tuple[str, str]]:
    return {(context, id) for context, id, _ in messages(locale)}


def test_there_is_a_catalogue_for_every_language() -> None:
    assert set(LOCALES) == set(I18n().locales)


@pytest.mark.parametrize("locale", LOCALES)
def test_every_language_says_everything(locale: str) -> None:
    assert names("nl") == names(locale)
    assert [] == [(context, id) for context, id, forms in messages(locale) if not all(forms)]


@pytest.mark.parametrize("locale", LOCALES)
def test_every_language_fills_the_same_gaps(locale: str) -> None:
    def gaps(of: str) -> dict[tuple[str, str], set[str]]:
        return {(c, i): set(re.findall(r"\{(\w*)\}", forms[-1])) for c, i, forms in messages(of)}

    assert gaps("nl") == gaps(locale)


def test_what_runs_is_what_is_written() -> None:
    def said(body: bytes) -> dict[object, str]:
        catalogue = vars(gettext.GNUTranslations(io.BytesIO(body)))["_catalog"]
        # The head names the release of the tool that wrote it.
        return {key: words for key, words in catalogue.items() if key != ""}

    for path, body in compile_all().items():
        assert said(path.read_bytes()) == said(body), f"run: python -m kiosk.i18n  ({path.name})"


@pytest.mark.parametrize("locale", LOCALES)
def test_sentences_are_short(locale: str) -> None:
    lengths = {sentence: len(sentence.split()) for sentence in sentences(locale)}
    assert {} == {s: n for s, n in lengths.items() if n > MOST_WORDS}
    assert sum(lengths.values()) / len(lengths) <= MEAN_WORDS


@pytest.mark.parametrize("locale", LOCALES)
def test_nobody_is_called_a_user_and_nothing_an_error(locale: str) -> None:
    said = " ".join(sentences(locale)).lower()
    found = [word for word in NEVER[locale] if re.search(rf"\b{word}", said)]
    # The machine may own a mistake in Arabic: "the mistake is mine".
    assert [] == [word for word in found if word != "خطأ"]
    assert "!" not in said


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize(
    ("context", "ids"),
    [
        ("finding", CardFinding),
        ("finding-do", CardFinding),
        ("advice", Advice),
        ("advice-do", Advice),
        ("printer", Reason),
        ("printer-do", Reason),
        ("field", Field),
        ("field", CardField),
        ("requirement", Key),
        ("channel", ChannelKind),
        ("posture", Posture),
        ("paper", Posture),
        ("act", ActKind),
        ("job", JobFate),
        ("prompt", Prompt),
    ],
)
def test_every_id_of_the_house_has_its_sentence(locale: str, context: str, ids: type[Enum]) -> None:
    words = I18n().words(locale)
    assert [] == [one.value for one in ids if not words.has(context, str(one.value))]


@pytest.mark.parametrize("locale", LOCALES)
def test_reasons_prompts_and_endings_have_their_sentences(locale: str) -> None:
    words = I18n().words(locale)
    assert [] == [reason for reason in REASONS if not words.has("why-instead", reason)]
    assert [] == [p.value for p in Prompt if not words.has("prompt", f"{p.value}-lead")]
    assert [] == [p.value for p in Prompt if not words.has("prompt", f"{p.value}-yes")]
    for reason in ("finished", "stopped", "idle", "limit", "crash", "power"):
        assert words.has("receipt-reason", reason)
    for reason in ("trace-found", "wipe-unfinished", "no-data-folder", "keeper-gone", "content"):
        assert words.has("out-of-service-reason", reason)
        assert words.has("out-of-service-do", reason)
    assert all(level in ReaderLevel for level in ReaderLevel)


def test_an_id_is_never_shown_in_place_of_its_words() -> None:
    words = I18n().words("nl")
    with pytest.raises(MissingWordsError):
        words.say("consent", "no-such-id")
    assert "printer" == words.say("simulated", "printer")
    assert words.say("printer", "other") == words.say_or("printer", "brand-new", "other")


def test_a_value_keeps_its_own_direction_in_a_sentence() -> None:
    said = I18n().words("ar").say("prepare", "checked-on", date="05/03/2026", source="bipt.be")
    assert "\u206605/03/2026\u2069" in said


def test_an_unknown_language_gets_the_one_most_people_read() -> None:
    i18n = I18n()
    assert "fr" == i18n.words("pt").locale
    assert "nl" == i18n.words("nl-BE").locale
    assert "rtl" == i18n.words("ar").direction


@pytest.mark.parametrize("number", [0, 1, 2, 3, 11, 100])
@pytest.mark.parametrize("locale", LOCALES)
def test_counted_words_hold_their_number(locale: str, number: int) -> None:
    said = I18n().words(locale).count("preview", "pages", number)
    assert str(number) in said


def test_dates_are_written_as_in_belgium() -> None:
    words = I18n().words("nl")
    assert "05/03/2026" == words.day("2026-03-05")
    assert "gisteren" == words.day("gisteren")
