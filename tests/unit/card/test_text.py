"""The texts of a card: one spelling for all of Unicode's, nothing that steers a screen."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device.card.errors import CardError, CardMalformed
from device.card.text import decode

NAMES = st.text(st.characters(categories=["L", "M", "Zs"]), max_size=20)
SIGNATURE = "Zo\u00eb \u015ei\u015fman\u00f4v\u00e1 \u1ec6"


@pytest.mark.parametrize("form", ["NFC", "NFD", "NFKC", "NFKD"])
def test_every_normal_form_of_a_name_comes_out_equal(form: str) -> None:
    written = unicodedata.normalize(form, SIGNATURE)  # type: ignore[arg-type]  # a literal's text

    assert decode(written.encode()) == SIGNATURE


def test_a_letter_that_only_looks_alike_stays_itself() -> None:
    assert decode("1\u00aa \ufb01 \u2163".encode()) == "1\u00aa \ufb01 \u2163"


def test_padding_goes_and_inner_spaces_stay() -> None:
    assert decode(b"  Rue  de l'Exemple 1   ") == "Rue  de l'Exemple 1"
    assert decode("Nergens\u00a0\u00a0".encode()) == "Nergens"
    assert decode(b"") == decode(b"   ") == ""


@pytest.mark.parametrize("invisible", ["\u00ad", "\u200b", "\u200c", "\u200d", "\u2060", "\ufeff"])
def test_what_shows_nothing_and_steers_nothing_is_left_out(invisible: str) -> None:
    assert decode(f"Ner{invisible}gens".encode()) == "Nergens"
    assert decode(f"{invisible} Nergens {invisible}".encode()) == "Nergens"
    # given one between a letter and its mark, the two still become one
    assert decode(f"e{invisible}\u0301".encode()) == "\u00e9"


@pytest.mark.parametrize(
    "steering",
    [
        "\0",
        "\x1b[2J",
        "\n",
        "\x7f",
        "\x85",
        "\u061c",
        "\u200e",
        "\u200f",
        "\u2028",
        "\u2029",
        "\u202a",
        "\u202e",
        "\u2066",
        "\u2069",
        "\ue000",
        "\ufff9",
        "\ufffe",
        "\U000e0041",
        "\U0010ffff",
    ],
)
def test_what_could_steer_a_screen_is_refused(steering: str) -> None:
    with pytest.raises(CardMalformed) as caught:
        decode(f"A{steering}B".encode())
    assert caught.value.reason == "text-with-control-characters"


@pytest.mark.parametrize(
    "untrusted", [b"\xff", b"A\xc3", b"\xc0\x80", b"\xed\xa0\x80", b"\xe9t\xe9"]
)
def test_what_is_no_utf8_is_refused_without_its_bytes(untrusted: bytes) -> None:
    with pytest.raises(CardMalformed) as caught:
        decode(untrusted)

    assert caught.value.reason == "text-not-utf8"
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__


def test_a_text_may_be_as_long_as_the_longest_field_in_either_form() -> None:
    # given the longest surname, all of it accented letters of two bytes
    longest = "\u00e9" * 110

    assert decode(longest.encode()) == longest
    assert decode(unicodedata.normalize("NFD", longest).encode()) == longest
    for too_long in (longest + "A", "A" * 111, "A" + " " * 440):
        with pytest.raises(CardMalformed) as caught:
            decode(too_long.encode())
        assert caught.value.reason == "text-too-long"


def test_marks_pile_up_no_higher_than_a_line_of_text() -> None:
    pile = "\u0323\u0324\u0330\u0331"

    assert decode(f"x{pile}x{pile}".encode()) == f"x{pile}x{pile}"
    with pytest.raises(CardMalformed) as caught:
        decode(f"x{pile}\u0332".encode())
    assert caught.value.reason == "text-with-stacked-marks"


@given(st.binary(max_size=300) | st.text(max_size=100).map(lambda text: text.encode()))
def test_any_bytes_are_a_clean_text_or_a_card_error(untrusted: bytes) -> None:
    try:
        text = decode(untrusted)
    except CardError:
        return
    assert unicodedata.is_normalized("NFC", text)
    assert text == text.strip()
    assert len(text) <= 110
    assert not any(unicodedata.category(c)[0] == "C" or c in "\u2028\u2029" for c in text)
    # handed on once or twice, it is the same
    assert decode(text.encode()) == text


@given(NAMES)
def test_a_name_is_the_same_composed_and_decomposed(name: str) -> None:
    def read(form: str) -> str:
        try:
            return decode(unicodedata.normalize(form, name).encode())  # type: ignore[arg-type]
        except CardMalformed as error:
            # A decomposed name may be too long to be read at all.
            return error.reason

    composed, decomposed = read("NFC"), read("NFD")
    assert composed == decomposed or decomposed == "text-too-long"
