"""The kinds of eID card (identity tag 0F): Belgian, for children, for foreigners, old and new."""

from enum import Enum

_LONGEST_CODE = 4
"""Digits; two are announced. A longer row is something else, and no int of any length is made."""


class DocumentType(Enum):
    """Name a kind of card. The value is the card's number and an English name for technicians.

    Letters are those printed on the card. "2021" is the layout of Regulation (EC) 1030/2002, a
    new number for the same right; "child" are the cards under twelve, of 2023.
    """

    BELGIAN = (1, "Belgian citizen")
    KIDS_ID = (6, "Belgian citizen under 12 (Kids-ID)")
    BOOTSTRAP = (7, "bootstrap card")
    HABILITATION = (8, "habilitation card")
    A = (11, "A: limited stay")
    B = (12, "B: unlimited stay")
    C = (13, "C: foreigner's identity card")
    D = (14, "D: EU long-term resident")
    E = (15, "E: EU citizen, registration")
    E_PLUS = (16, "E+: EU citizen, permanent residence")
    F = (17, "F: family member of an EU citizen")
    F_PLUS = (18, "F+: family member of an EU citizen, permanent residence")
    H = (19, "H: EU Blue Card")
    I = (20, "I: intra-corporate transferee (ICT)")  # noqa: E741  the letter on the card
    J = (21, "J: intra-corporate transferee, long-term mobility (mobile ICT)")
    M = (22, "M: article 50 TEU (Brexit), residence")
    N = (23, "N: article 50 TEU (Brexit), frontier worker")
    K = (27, "K: establishment")
    L = (28, "L: EU long-term resident")
    EU = (31, "EU: EU citizen, registration (article 8)")
    EU_PLUS = (32, "EU+: EU citizen, permanent residence (article 19)")
    A_2021 = (33, "A: limited stay (2021 layout)")
    B_2021 = (34, "B: unlimited stay (2021 layout)")
    F_2021 = (35, "F: family member of an EU citizen (2021 layout)")
    F_PLUS_2021 = (36, "F+: family member of an EU citizen, permanent residence (2021 layout)")
    EU_CHILD = (61, "EU: EU citizen, registration (child)")
    EU_PLUS_CHILD = (62, "EU+: EU citizen, permanent residence (child)")
    A_CHILD = (63, "A: limited stay (child)")
    B_CHILD = (64, "B: unlimited stay (child)")
    K_CHILD = (65, "K: establishment (child)")
    L_CHILD = (66, "L: EU long-term resident (child)")
    F_CHILD = (67, "F: family member of an EU citizen (child)")
    F_PLUS_CHILD = (68, "F+: family member of an EU citizen, permanent residence (child)")
    M_CHILD = (69, "M: article 50 TEU (Brexit), residence (child)")

    def __init__(self, number: int, english: str) -> None:
        self.number = number
        self.english = english


def parse_number(untrusted_text: str) -> int | None:
    """Return the number of a code ("1" and "01" are one), or None when it is none."""
    is_number = untrusted_text.isascii() and untrusted_text.isdigit()
    return int(untrusted_text) if is_number and len(untrusted_text) <= _LONGEST_CODE else None


def document_type(number: int | None) -> DocumentType | None:
    """Return the kind with this number, or None for one that is not known: never a failure."""
    return next((kind for kind in DocumentType if kind.number == number), None)
