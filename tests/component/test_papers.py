"""Papers as a person holds them: read back, decoded and measured."""

from __future__ import annotations

import io
import re
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pypdf
import pytest
import zxingcpp
from PIL import Image

from kiosk.documents import inputs
from kiosk.documents.builder import Builder
from kiosk.documents.errors import CardTooFull, PaperError, TooManyPages, TooMuchText
from kiosk.documents.model import AnyPaper, Bilingual, Fact, Letter, Proof, Slip
from tests.unit.documents.samples import (
    KINDS,
    LOCALES,
    URL,
    WORDS,
    card,
    frame,
    letter,
    paper,
    proof,
    slip,
)

HOSTILE = "A *b* #panic() <x> $y$ `c` \\ = @z [q] {r} // s"
PX_PER_MM = 10
WIDTH_PX = 210 * PX_PER_MM


@pytest.fixture(scope="module")
def builder() -> Builder:
    return Builder(page_limit=30)


def text_of(pdf: bytes) -> str:
    """Read a paper back, without what directs and breaks lines."""
    made = subprocess.run(
        ["/usr/bin/pdftotext", "-layout", "-", "-"], input=pdf, capture_output=True, check=True
    )
    plain = re.sub("[\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069]", "", made.stdout.decode())
    return " ".join(plain.split())


def page_of(builder: Builder, what: AnyPaper, page: int = 1) -> Image.Image:
    """Draw a page in grey at ten pixels a millimetre."""
    png = builder.preview(what, page, WIDTH_PX)
    return Image.open(io.BytesIO(png)).convert("L")


def dark_runs(line: bytes, least: int) -> list[tuple[int, int]]:
    """Find (start, length) of dark stretches of at least ``least`` pixels in one line."""
    dark = "".join("#" if value < 128 else "." for value in line)
    return [
        (match.start(), match.end() - match.start())
        for match in re.finditer(f"#{{{least},}}", dark)
    ]


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("large", [False, True], ids=["12pt", "18pt"])
def test_every_kind_is_set_in_every_language(
    builder: Builder, kind: str, locale: str, large: bool
) -> None:
    what = paper(kind, frame(locale, large=large))

    made = builder.build(what)

    reader = pypdf.PdfReader(io.BytesIO(made.pdf))
    assert len(reader.pages) == made.pages
    # A letter is there twice, and a sheet for whoever keeps it.
    assert made.pages <= (5 if kind == "letter" else 2)
    assert len(builder.previews(what, 300)) == made.pages
    assert reader.metadata is not None
    assert reader.metadata.title == "doc"
    assert not {"/CreationDate", "/ModDate", "/Author", "/Subject"} & set(reader.metadata)
    assert b"/MarkInfo" in made.pdf
    assert b"/StructTreeRoot" in made.pdf
    fonts = set(re.findall(rb"/FontName/[A-Z]{6}\+([A-Za-z-]+)", made.pdf))
    assert fonts <= {
        f"NotoSans{script}-{weight}".encode()
        for script in ("", "Arabic", "Ethiopic")
        for weight in ("Regular", "Bold")
    }


@pytest.mark.parametrize("kind", KINDS)
def test_a_paper_names_the_place_and_says_that_it_is_not_the_administration(
    builder: Builder, kind: str
) -> None:
    words = WORDS["fr"]
    text = text_of(builder.build(paper(kind, frame("fr"))).pdf)
    for expected in (words.place, words.not_administration, words.date, words.date_note):
        assert expected in text
    assert "Page 1 sur" in text


def test_a_letter_says_the_same_in_both_languages_on_the_same_line(builder: Builder) -> None:
    text = text_of(builder.build(letter(frame("nl"))).pdf)
    assert "Geachte mevrouw, geachte heer, Madame, Monsieur," in text
    assert "Vraag om een papieren factuur Demande de facture sur papier" in text
    for address_line in ("Noor Vandenbeemt", "Modellaan 8", "1000 Brussel"):
        assert address_line in text


def test_what_is_posted_holds_nothing_that_is_for_the_resident_alone(builder: Builder) -> None:
    made = builder.build(letter(frame("nl")))

    sheets = [text_of(page_alone(made.pdf, page)) for page in range(1, made.pages + 1)]

    assert len(sheets) == 3
    assert sheets[0] == sheets[1]
    for note in (*WORDS["nl"].notes, WORDS["nl"].before):
        assert [False, False, True] == [note in sheet for sheet in sheets]
    # Each counts its own pages.
    assert ["1 van 1"] * 3 == [re.findall(r"\d van \d", sheet)[0] for sheet in sheets]


def test_each_of_two_long_letters_counts_its_own_pages(builder: Builder) -> None:
    made = builder.build(letter(frame("nl"), repeat=4))

    said = [
        re.findall(r"(\d) van (\d)", text_of(page_alone(made.pdf, page)))[0]
        for page in range(1, made.pages + 1)
    ]

    one = [(str(page), str((made.pages - 1) // 2)) for page in range(1, (made.pages + 1) // 2)]
    assert made.pages >= 5
    assert [*one, *one, ("1", "1")] == said


def page_alone(pdf: bytes, page: int) -> bytes:
    """Take one page out of a file."""
    writer, made = pypdf.PdfWriter(), io.BytesIO()
    writer.add_page(pypdf.PdfReader(io.BytesIO(pdf)).pages[page - 1])
    writer.write(made)
    return made.getvalue()


def test_a_letter_in_the_administrations_own_language_stands_once_over_the_whole_width(
    builder: Builder,
) -> None:
    plain = letter(frame("nl", admin="nl"))
    formal = replace(plain, paragraphs=(Bilingual("Gewone woorden.", "Volledige woorden."),))

    text = text_of(builder.build(formal).pdf)

    assert "Volledige woorden." in text
    assert "Gewone woorden." not in text
    # Once on each of the two letters.
    assert text.count("Geachte mevrouw, geachte heer,") == 2


def test_own_words_in_a_right_to_left_letter_keep_their_own_direction(builder: Builder) -> None:
    own_words = "Dit klopt niet"
    what = replace(letter(frame("ar")), paragraphs=(Bilingual(own_words),), copies=1, keep=None)
    assert bounding_boxes(builder.build(what).pdf)["Dit"][0] < 100


def test_own_words_without_a_translation_go_over_both_columns(builder: Builder) -> None:
    own_words = "Ik heb driemaal gebeld en driemaal heeft niemand iets gezegd over deze rekening."
    what = replace(letter(frame("nl")), paragraphs=(Bilingual(own_words),))
    assert own_words in text_of(builder.build(what).pdf)


def test_a_right_to_left_letter_is_mirrored_and_its_addresses_are_not(builder: Builder) -> None:
    made = builder.build(letter(frame("ar")))
    boxes = bounding_boxes(made.pdf)
    assert boxes["Madame,"][0] < 300
    assert boxes["Noor"][0] < 100
    assert boxes["Modellaan"][0] > 250


def bounding_boxes(pdf: bytes) -> dict[str, tuple[float, float]]:
    """Map each word to the place (x, y in points) where it first stands."""
    made = subprocess.run(
        ["/usr/bin/pdftotext", "-bbox", "-", "-"], input=pdf, capture_output=True, check=True
    )
    found: dict[str, tuple[float, float]] = {}
    for x, y, word in re.findall(
        r'<word xMin="([\d.]+)" yMin="([\d.]+)"[^>]*>([^<]*)<', made.stdout.decode()
    ):
        found.setdefault(re.sub("[\u2066-\u2069]", "", word), (float(x), float(y)))
    return found


# --- values inside right-to-left text -------------------------------------------------------------


def forced(value: str) -> str:
    """Write a value with a strong mark between all characters: right by another road."""
    return "\u200e" + "\u200e".join(value) + "\u200e"


@pytest.mark.parametrize("value", ["020-555-0142", "2026-11-21", "21/11/2026-14.30"])
def test_a_value_on_a_right_to_left_paper_is_drawn_in_its_own_order(
    builder: Builder, monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    def drawn(treatment: Callable[[str], str] | None) -> bytes:
        with monkeypatch.context() as patch:
            if treatment:
                patch.setattr(inputs, "isolate", treatment)
            what = replace(proof(frame("ar")), check_code=Fact("رقم", value))
            return page_of(builder, what).crop((0, 1300, WIDTH_PX, 2300)).tobytes()

    assert drawn(forced) == drawn(None)
    # The control: without the isolate the same page comes out wrong.
    assert drawn(str) != drawn(None)


def test_a_telephone_number_in_a_right_to_left_sentence_keeps_its_order(builder: Builder) -> None:
    what = Slip(frame("ar"), Bilingual("طلب"), intro="اتصل على 02 555 37 42 الآن")
    boxes = bounding_boxes(builder.build(what).pdf)
    assert boxes["02"][0] < boxes["555"][0] < boxes["37"][0] < boxes["42"][0]


def test_a_sentence_to_say_in_french_keeps_its_full_stop_at_its_end(builder: Builder) -> None:
    what = Slip(frame("ar"), Bilingual("طلب"), intro="قولوا: «Oui .»")
    boxes = bounding_boxes(builder.build(what).pdf)
    dots = [x for word, (x, _) in boxes.items() if word.strip("«»") == "."]
    assert all(boxes["Oui"][0] < x for x in dots)
    assert dots


def test_a_date_in_a_right_to_left_sentence_keeps_its_order(
    builder: Builder, monkeypatch: pytest.MonkeyPatch
) -> None:
    what = Slip(frame("ar"), Bilingual("طلب"), intro="قبل 15-12-2026 الآن")
    right = page_of(builder, what).tobytes()
    monkeypatch.setattr(inputs, "isolate_numbers", str)
    assert page_of(builder, what).tobytes() != right


# --- hostile and long text ------------------------------------------------------------------------


def with_words(kind: str, words: str) -> AnyPaper:
    """Put the same words into a free field of each kind of paper."""
    of = frame("nl")
    match paper(kind, of):
        case Letter() as made:
            return replace(
                made,
                sender=(words[:200], "Voorbeeldstraat 12"),
                paragraphs=(*made.paragraphs, Bilingual(words), Bilingual(words, words)),
            )
        case Slip() as made:
            return replace(made, facts=(Fact("Vraag", words, words[:300]), *made.facts))
        case Proof() as made:
            return replace(made, references=(Fact("Referentie", words),))
        case made:
            return replace(made, title=words)


@pytest.mark.parametrize("kind", KINDS)
def test_no_text_is_ever_markup(builder: Builder, kind: str) -> None:
    assert HOSTILE.replace(" ", "") in text_of(
        builder.build(with_words(kind, HOSTILE)).pdf
    ).replace(" ", "")


@pytest.mark.parametrize("kind", ["letter", "slip", "proof"])
@pytest.mark.parametrize(
    "words",
    [
        "W" * 4000,
        "lange zin met gewone woorden " * 140,
        "https://www.example.be/" + "pad/" * 400,
        "Z\u0301\u0302\u0303" * 900,
        "\u202e\u2067" + "درب " * 500,
        "regel\n" * 150,
        "😀👩‍👩‍👧" * 300,
        "\x00\x1b[31m\ud800" * 50,
    ],
    ids=["one word", "sentence", "url", "marks", "override", "lines", "emoji", "control"],
)
def test_long_text_wraps_and_never_reaches_the_edge_of_the_sheet(
    builder: Builder, kind: str, words: str
) -> None:
    for png in builder.previews(with_words(kind, words), 420):
        sheet = Image.open(io.BytesIO(png)).convert("L").point(lambda value: 255 - value)
        left, top, right, bottom = sheet.getbbox() or (210, 200, 210, 200)
        assert left >= 40
        assert right <= 380
        assert top >= 20
        assert bottom <= 594 - 14


def test_a_name_that_no_font_can_write_is_printed_as_numbers(builder: Builder) -> None:
    what = replace(letter(frame("nl")), sender=("Li \ue000",))
    assert {"\ue000"} == builder.missing_glyphs("Li \ue000")
    assert "Li [U+E000]" in text_of(builder.build(what).pdf)


@pytest.mark.parametrize("name", ["Li 漢字", "Ali \U0001f600", "김민준"])
def test_a_name_in_a_script_of_nobody_here_is_drawn(builder: Builder, name: str) -> None:
    made = builder.build(replace(letter(frame("nl")), sender=(name,)))
    assert name in text_of(made.pdf)
    assert b"+Unifont" in made.pdf


# --- limits ---------------------------------------------------------------------------------------


def test_a_paper_over_the_page_limit_is_refused_with_both_numbers() -> None:
    with pytest.raises(TooManyPages) as refusal:
        Builder(page_limit=1).build(letter(frame("nl"), repeat=12))
    assert refusal.value.limit == 1
    assert refusal.value.pages > 1
    assert refusal.value.code == "paper_too_many_pages"


def test_far_too_much_text_is_refused_before_it_is_set(builder: Builder) -> None:
    with pytest.raises(TooMuchText):
        builder.build(with_words("letter", "woord " * 10_000))


def test_a_card_whose_words_do_not_fit_is_refused_without_repeating_them(builder: Builder) -> None:
    what = replace(card(frame("nl")), lines=(("Adres", "Geheimstraat " * 60),))
    with pytest.raises(CardTooFull) as refusal:
        builder.build(what)
    assert refusal.value.code == "card_too_full"
    assert "Geheim" not in repr(refusal.value)
    assert refusal.value.__suppress_context__


def test_every_refusal_has_a_code_of_its_own() -> None:
    codes = [kind.code for kind in PaperError.__subclasses__()]
    assert len(set(codes)) == len(codes)


# --- things with a size ---------------------------------------------------------------------------


@pytest.mark.parametrize("locale", ["nl", "ar"])
def test_both_codes_of_a_wallet_card_open_and_are_large_enough(
    builder: Builder, locale: str
) -> None:
    codes = zxingcpp.read_barcodes(page_of(builder, card(frame(locale))))
    assert [code.text for code in codes] == [URL, URL]
    for code in codes:
        corner = code.position
        side_mm = (corner.top_right.x - corner.top_left.x) / PX_PER_MM
        assert side_mm >= 25
        assert code.ec_level == "Q"


def test_a_slips_code_opens_what_it_says(builder: Builder) -> None:
    (code,) = zxingcpp.read_barcodes(page_of(builder, slip(frame("ar"))))
    assert code.text == URL
    assert WORDS["fr"].opens in text_of(builder.build(slip(frame("fr"))).pdf)


def test_the_quiet_zone_of_a_card_is_four_modules_of_white(builder: Builder) -> None:
    sheet = page_of(builder, card(frame("nl")))
    code = zxingcpp.read_barcodes(sheet)[0].position
    left, top = code.top_left.x, code.top_left.y
    zone = 4 * 26 * PX_PER_MM // 33
    ring = sheet.crop((left - zone + 3, top - zone + 3, left - 3, code.bottom_left.y))
    assert ring.getextrema() == (255, 255)


def test_the_cut_marks_leave_a_card_of_85_by_54_mm(builder: Builder) -> None:
    sheet = page_of(builder, card(frame("nl")))
    rows = [sheet.crop((0, y, WIDTH_PX, y + 1)).tobytes() for y in range(sheet.height)]
    ticks = [(y, dark_runs(row, 45)) for y, row in enumerate(rows) if y > 450]
    ticks = [(y, found) for y, found in ticks if len(found) == 2 and found[1][0] > 1400]
    # Of each mark only its first row; four marks on either side for two cards.
    edges = [y for y, _ in ticks if y - 1 not in {other for other, _ in ticks}]
    assert len(edges) == 4
    (left, length), (right, _) = ticks[0][1]
    assert right - 20 - (left + length + 20) == pytest.approx(850, abs=3)
    heights = [below - above for above, below in pairwise(edges)]
    assert heights[0] == pytest.approx(540, abs=3)
    assert heights[2] == pytest.approx(540, abs=3)


@pytest.mark.parametrize("locale", ["nl", "ar"])
def test_a_proof_has_two_signature_boxes_of_70_by_25_mm(builder: Builder, locale: str) -> None:
    sheet = page_of(builder, proof(frame(locale)))
    lines = []
    for y in range(sheet.height):
        runs = dark_runs(sheet.crop((0, y, WIDTH_PX, y + 1)).tobytes(), 600)
        if len(runs) == 2 and all(length < 800 for _, length in runs):
            lines.append(y)
    # The boxes for the day and the number stand above them.
    edges = [y for y in lines if y - 1 not in lines][-2:]
    assert edges[1] - edges[0] == pytest.approx(250, abs=3)
    middle = sheet.crop((0, edges[0] + 125, WIDTH_PX, edges[0] + 126)).tobytes()
    sides = [start for start, _ in dark_runs(middle, 2)]
    assert len(sides) == 4
    assert sides[1] - sides[0] == pytest.approx(700, abs=3)
    assert sides[3] - sides[2] == pytest.approx(700, abs=3)


@pytest.mark.parametrize("locale", [locale for locale in LOCALES if locale != "nl"])
@pytest.mark.parametrize("large", [False, True], ids=["12pt", "18pt"])
def test_signature_boxes_never_stand_alone_on_a_sheet(
    builder: Builder, locale: str, large: bool
) -> None:
    of = frame(locale, admin="nl", large=large)
    words = WORDS["nl"]
    for repeat in range(1, 8):
        made = builder.build(replace(proof(of, repeat), check_code=None, sheet_notes=()))
        sheets = [text_of(page_alone(made.pdf, page)) for page in range(1, made.pages + 1)]
        signed = [sheet for sheet in sheets if words.helper_signature in sheet]
        # What is signed stands on the same sheet, in the words of whoever reads Dutch.
        assert [words.statement in sheet for sheet in signed] == [True], repeat


def test_a_proof_says_who_acted_in_each_step(builder: Builder) -> None:
    text = text_of(builder.build(proof(frame("nl"))).pdf)
    for expected in (
        "1 Ga naar het gemeentehuis. Neem een nummer. zelf",
        "2026/0412-7",
        "K7-4Q-9M",
    ):
        assert expected in text
    assert WORDS["nl"].statement in text


# --- one process, many papers ---------------------------------------------------------------------


def test_the_same_paper_is_the_same_file(builder: Builder) -> None:
    what = slip(frame("ar"))
    assert builder.build(what).pdf == Builder().build(what).pdf


def test_one_persons_words_are_not_in_the_next_persons_file(builder: Builder) -> None:
    builder.build(with_words("letter", "Kanarieberg"))
    following = builder.build(letter(frame("nl")))
    assert "Kanarieberg" not in text_of(following.pdf)


def test_two_threads_may_ask_at_once(builder: Builder) -> None:
    expected = builder.build(slip(frame("nl")))
    made: list[bytes] = []
    threads = [
        threading.Thread(target=lambda: made.append(builder.build(slip(frame("nl"))).pdf))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    assert [expected.pdf] * 4 == made


def test_a_page_beyond_the_last_is_an_index_error(builder: Builder) -> None:
    for page in (0, -1, 9):
        with pytest.raises(IndexError):
            builder.preview(slip(frame("nl")), page, 300)


def test_nothing_is_written_to_a_file(tmp_path: Path) -> None:
    home, temporary, cwd = (tmp_path / name for name in ("home", "tmp", "cwd"))
    for folder in (home, temporary, cwd):
        folder.mkdir()
    root = Path(__file__).parents[2]
    program = (
        "from kiosk.documents.builder import Builder\n"
        "from tests.unit.documents.samples import *\n"
        "b = Builder()\n"
        "for kind in KINDS:\n"
        "    b.build(paper(kind, frame('ar')))\n"
        "    b.previews(paper(kind, frame('nl')), 200)\n"
    )
    subprocess.run(
        [sys.executable, "-B", "-c", program],
        check=True,
        cwd=cwd,
        env={"HOME": str(home), "TMPDIR": str(temporary), "PYTHONPATH": str(root)},
    )
    assert [home, temporary, cwd] == [
        folder for folder in (home, temporary, cwd) if not list(folder.iterdir())
    ]
