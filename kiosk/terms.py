"""Which words of the administration a paper has to explain: those that stand on it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace

from kiosk.documents.model import AnyPaper, Glossary, Letter, PaperFrame, Slip, Word

_UNSEEN = re.compile("[\u00ad\u200b\u2060\u2066-\u2069\u064b-\u0652]")
_WORD = re.compile(r"\w+")
_ARTICLE, _FEMININE = "ال", "ة"
_HEBREW = "\u0590"
"""The first letter of the scripts from right to left."""
_LONG = 6
_MOST = 3


def explaining_only_its_words(paper: AnyPaper) -> AnyPaper:
    """Return a paper whose glossary explains the words that stand on it and no others.

    A letter's glossary is on the sheet that the resident keeps, with a copy of the letter.
    """
    match paper:
        case Letter(keep=Slip(glossary=Glossary() as glossary) as keep):
            return replace(paper, keep=replace(keep, glossary=_kept(glossary, paper)))
        case Slip(glossary=Glossary() as glossary):
            return replace(paper, glossary=_kept(glossary, paper))
        case _:
            return paper


def stands_on(term: str, words: frozenset[str]) -> bool:
    """Tell whether every word of a term is among these, which `words_of` has made.

    A longer form counts, and one without its last letter: "gemeentehuis" holds "gemeente",
    "aangetekend" is "aangetekende". An Arabic word changes at both ends.
    """
    return all(any(_is_form(stem, word) for word in words) for stem in words_of(term))


def words_of(text: str) -> frozenset[str]:
    """Return the words of a text in one spelling, without marks that nobody sees."""
    return frozenset(_stem(word) for word in _WORD.findall(_UNSEEN.sub("", text).casefold()))


def _stem(word: str) -> str:
    return word.removeprefix(_ARTICLE).removesuffix(_FEMININE)


def _is_form(stem: str, word: str) -> bool:
    if word[0] >= _HEBREW:
        return stem in word
    return word.startswith(stem) or (len(stem) > _LONG and word == stem[:-1])


def _kept(glossary: Glossary, paper: AnyPaper) -> Glossary | None:
    words = words_of(" ".join(_said(paper)))
    kept = tuple(one for one in glossary.words if _is_on(one, words))[:_MOST]
    return replace(glossary, words=kept) if kept else None


def _is_on(word: Word, words: frozenset[str]) -> bool:
    titles = (word.term.own, word.term.admin)
    return any(title is not None and stands_on(title, words) for title in titles)


def _said(part: object) -> Iterator[str]:
    """List every text of a paper: not the frame, which is the house's, nor what is explained."""
    match part:
        case str():
            yield part
        case tuple():
            for item in part:
                yield from _said(item)
        case PaperFrame() | Glossary():
            pass
        case _ if is_dataclass(part):
            for field in fields(part):
                yield from _said(getattr(part, field.name))
        case _:
            pass
