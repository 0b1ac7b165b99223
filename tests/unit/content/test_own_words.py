"""Own words in letters that the reader does not know leave room for a hand, and are asked about."""

from __future__ import annotations

import pytest

from kiosk.documents.builder import Builder
from kiosk.documents.model import Letter
from kiosk.i18n import I18n
from kiosk.own_words import FEWEST_LINES, MOST_LINES, Doubt, doubt, room_for
from kiosk.screens import PreviewBody, StepBody, TextSize
from kiosk.tasks.loader import load_content
from kiosk.tasks.vocabulary import InputKind
from kiosk.visit import State
from tests.driving.visiting import LANGUAGES, Kept, Visit, profile
from tests.unit.content.letters import column, letter_of

CONTENT = load_content()
TASK = "telecom-dispute"
ARABIC = "أعدت الجهاز إلى المتجر. لا أريد أن أدفع هذه الفاتورة."
FRENCH = "Le vendeur m’a dit que tout était en ordre."
OTHER = {"problem": "other"}


@pytest.fixture(scope="module")
def builder() -> Kept:
    return Kept()


@pytest.mark.parametrize("admin", ["nl", "fr"])
@pytest.mark.parametrize("locale", LANGUAGES)
def test_words_that_the_reader_cannot_read_have_lines_beside_or_below(
    builder: Kept, locale: str, admin: str
) -> None:
    # when
    said = {**OTHER, "own_words": ARABIC, "letter_language": admin}
    work = letter_of(builder, CONTENT, TASK, locale, said)
    # then the reader's side says in which language something is still to be written
    letter = builder.papers[-1]
    assert isinstance(letter, Letter)
    read = [text.admin or text.own for text in letter.paragraphs]
    here = I18n().words(admin).say("paper", "own-words-here")
    assert [f"{here}\n{room_for(ARABIC)}"] == [text for text in read if "……" in text]
    assert any(ARABIC in text.own for text in letter.paragraphs)
    # and screen and sheet say it first
    told = I18n().words(locale).say("paper", f"own-words-not-{admin}")
    assert work.notes[0] == told
    assert letter.keep is not None
    assert letter.keep.steps is not None
    assert letter.keep.steps.lines[0].own == told


def test_the_dotted_lines_are_drawn_in_the_readers_column(builder: Builder) -> None:
    work = letter_of(builder, CONTENT, TASK, "ar", {**OTHER, "own_words": ARABIC})
    theirs = column(work.pdf, is_right=False)
    start = theirs.index("En français :")
    assert room_for(ARABIC).count("\n") + 1 == sum("....." in x or "……" in x for x in theirs)
    assert all("....." in line or "……" in line for line in theirs[start + 1 : start + 3])


@pytest.mark.parametrize("locale", LANGUAGES)
def test_words_in_latin_letters_stand_there_once_and_a_person_is_asked_to_look(
    builder: Kept, locale: str
) -> None:
    work = letter_of(builder, CONTENT, TASK, locale, {**OTHER, "own_words": FRENCH})
    letter = builder.papers[-1]
    assert isinstance(letter, Letter)
    assert 1 == sum(FRENCH in text.own for text in letter.paragraphs)
    assert not any("……" in (text.admin or "") for text in letter.paragraphs)
    asked = I18n().words(locale).say("paper", "own-words-ask-fr")
    assert (locale != "fr") is (asked in work.notes)
    assert letter.keep is not None
    assert letter.keep.steps is not None
    assert asked not in [line.own for line in letter.keep.steps.lines]


def test_no_letter_asks_about_words_that_nobody_told(builder: Kept) -> None:
    for said in ({}, OTHER, {"own_words": ARABIC}):
        work = letter_of(builder, CONTENT, TASK, "ar", said)
        assert not [note for note in work.notes if "كلماتكم" in note]


@pytest.mark.parametrize("size", [TextSize.NORMAL, TextSize.XL])
def test_the_longest_words_can_still_be_printed(builder: Builder, size: TextSize) -> None:
    said = {**OTHER, "own_words": ("لا أدفع هذا " * 40)[:400]}
    work = letter_of(builder, CONTENT, TASK, "ar", said, size)
    assert work.sides <= profile().house.page_cap


@pytest.mark.parametrize(
    ("words", "own", "expected"),
    [
        ("", "ar", None),
        (ARABIC, "ar", Doubt.NOT_YET),
        (ARABIC, "fr", Doubt.NOT_YET),
        ("Я не плачу", "nl", Doubt.NOT_YET),
        ("Je parle avec محمد de la facture", "fr", None),
        ("12/7, 49,99 €", "fr", None),
        (FRENCH, "fr", None),
        (FRENCH, "ar", Doubt.ASK),
        ("Ich bezahle das nicht", "de", Doubt.ASK),
    ],
)
def test_letters_tell_what_is_certain_and_the_rest_is_asked(
    words: str, own: str, expected: Doubt | None
) -> None:
    assert expected == doubt(words, own, "fr")


def test_a_hand_gets_as_much_room_as_was_typed_within_limits() -> None:
    lines = [room_for("x" * length).count("\n") + 1 for length in (1, 50, 51, 100, 400)]
    assert [FEWEST_LINES, 2, 3, 4, MOST_LINES] == lines


def test_the_check_before_the_printing_says_it_at_the_words_themselves() -> None:
    # given an Arabic visit that types its own words
    visit = Visit(CONTENT, locale="ar").opens()
    visit.taps("choose-language", code="ar")
    visit.taps("choose-need", id="telephone")
    visit.taps("choose-channel", id="paper")
    while visit.state is not State.PREVIEW:
        body = visit.screen.body
        if isinstance(body, StepBody) and body.kind == "check":
            break
        if visit.state is State.CONSENT:
            visit.taps("consent-no")
        elif isinstance(body, StepBody) and body.ask is not None and not body.ask.choices:
            is_long = body.ask.kind == InputKind.LONG_TEXT.value
            visit.taps("answer", value=ARABIC) if is_long else visit.taps("skip")
        else:
            visit.goes_on(
                last=not isinstance(body, StepBody)
                or body.ask is None
                or body.ask.key != "letter_language"
            )
    # then
    (row,) = [item for item in visit.body(StepBody).items if item.line == ARABIC]
    language = visit.controller.memory.answers["letter_language"]
    assert (f"own-words-not-{language}", "") == (row.id, row.title)
    assert I18n().words("ar").has("field", row.id)
    # and so does the paper's own screen
    visit.taps("go")
    told = I18n().words("ar").say("paper", row.id)
    assert visit.body(PreviewBody).notes[0] == told
    visit.close()


@pytest.mark.parametrize("locale", LANGUAGES)
def test_every_doubt_has_its_words_on_screen_and_paper(locale: str) -> None:
    words = I18n().words(locale)
    for admin in ("nl", "fr"):
        for one in Doubt:
            id = f"{one.value}-{admin}"
            assert words.say("field", id) == words.say("paper", id)
