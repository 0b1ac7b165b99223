"""One polite form a language, the same on the screens and in the content."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from babel.messages.pofile import read_po

from kiosk.i18n import DOMAIN, FOLDER
from kiosk.tasks.loader import load_content
from tests.unit.content.wording import everything, sentences

CONTENT = load_content()
ADDRESSED = ("nl", "fr", "de", "ar")
"""English has one word for everybody."""

LONGEST_SENTENCE, MEAN_SENTENCE = 16, 10
LETTERS = re.compile(r"[^\W\d_]+")
VOWELS = re.compile("[\u064b-\u0652\u0670\u0640]")
QUOTED = re.compile(r'«[^»]*»|„[^“]*“|"[^"]*"')
"""What a resident may say to a desk, in another language than the sentence around it."""

OTHER_FORM = {
    "nl": "je jij jou jouw jullie jouwe",
    "fr": "tu toi ton ta tes te tien",
    "de": "du dich dir dein deine deinen deinem deiner deines ihr euch euer eure",
    # Singular pronouns and commands; the polite plural ends them in ـكم and ـوا.
    "ar": (
        "أنت أنتِ تريد جئت اختر اكتب ضع خذ افتح أغلق انتظر حاول اسأل اطلب أخرج أدخل أعد انظر اقلب"
        " اطبع امسح تحقق اترك أخبر وقع قص سلم احتفظ أرسل قل اذهب ابدأ تابع راجع توقف استمع اضغط"
        " اتصل ابق تخط اختصر اشرح ناد افصل أضف اسحب دع أطفئ المس عدل احذف استعمل غط قلها تنس"
    ),
}
SINGULAR_YOU = "ك"
ENDS_SO_OF_ITSELF = {
    *("ذلك", "كذلك", "تلك", "هناك", "شباك", "الشباك", "بنك", "البنك"),
    *("بلاستيك", "البلاستيك", "بالبلاستيك"),
}


def words(text: str) -> set[str]:
    """Return the words of a text that speak to a person, small and without vowel signs."""
    bare = VOWELS.sub("", QUOTED.sub("", text)).casefold()
    return set(LETTERS.findall(bare.replace("{", " ").replace("}", " ")))


def too_familiar(locale: str, text: str) -> set[str]:
    """Return the words of the form that this language does not use here."""
    found = words(text)
    wrong = found & set(OTHER_FORM[locale].split())
    if locale == "ar":
        wrong |= {w for w in found if w.endswith(SINGULAR_YOU)} - ENDS_SO_OF_ITSELF
    if locale == "de":
        # "ihr" is also "her" and, with a capital, the polite "your".
        wrong -= {"ihr"}
    return wrong


def catalogue(locale: str) -> Iterator[tuple[str, str]]:
    """List every sentence of the screens with a name to find it by."""
    with (FOLDER / locale / "LC_MESSAGES" / f"{DOMAIN}.po").open("rb") as source:
        for message in read_po(source, locale=locale, domain=DOMAIN):
            if message.id:
                said = [message.string] if isinstance(message.string, str) else message.string or []
                yield from ((f"{message.context} {message.id}", text) for text in said)


@pytest.mark.parametrize("locale", ADDRESSED)
def test_the_screens_speak_politely(locale: str) -> None:
    found = [(name, too_familiar(locale, text)) for name, text in catalogue(locale)]
    assert [hit for hit in found if hit[1]] == []


@pytest.mark.parametrize("locale", ADDRESSED)
def test_the_content_speaks_politely(locale: str) -> None:
    found = [(name, too_familiar(locale, text[locale])) for name, text in everything(CONTENT)]
    assert [hit for hit in found if hit[1]] == []


@pytest.mark.parametrize("locale", [*ADDRESSED, "en"])
def test_the_screens_speak_in_short_sentences(locale: str) -> None:
    lengths = [
        (len(sentence), name) for name, text in catalogue(locale) for sentence in sentences(text)
    ]
    assert [hit for hit in lengths if hit[0] > LONGEST_SENTENCE] == []
    assert sum(length for length, _ in lengths) / len(lengths) <= MEAN_SENTENCE


@pytest.mark.parametrize(
    ("locale", "familiar", "polite"),
    [
        ("nl", "Neem je kaart.", "Neem uw kaart."),
        ("fr", "Prends ta carte.", "Prenez votre carte."),
        ("de", "Nimm deine Karte.", "Nehmen Sie Ihre Karte."),
        ("ar", "خذ بطاقتك.", "خذوا بطاقتكم."),
        ("ar", "وقّع في الأسفل.", "وقّعوا في الأسفل في الشبّاك."),
    ],
)
def test_the_search_knows_one_form_from_the_other(locale: str, familiar: str, polite: str) -> None:
    assert too_familiar(locale, familiar)
    assert too_familiar(locale, polite) == set()
