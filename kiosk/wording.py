"""What a paper says of a visit: its words, dates, facts and places, in the languages it needs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from kiosk import own_words
from kiosk.config import PlaceProfile
from kiosk.documents.glyphs import unbroken
from kiosk.documents.isolate import isolate_in, joined
from kiosk.documents.model import (
    Bilingual,
    Contact,
    Fact,
    Glossary,
    PaperFrame,
    Section,
    Word,
    is_rtl,
)
from kiosk.i18n import I18n, Words
from kiosk.memory import ActKind, VisitMemory
from kiosk.municipalities import Municipalities
from kiosk.screens import Check, Place, TextSize
from kiosk.steps import said
from kiosk.tasks import paper as content
from kiosk.tasks.model import (
    CardField,
    Channel,
    InputKind,
    Mark,
    Refer,
    Source,
    Step,
    Task,
    Term,
    Text,
    holds,
)
from kiosk.tasks.placeholder import GAP, elided, fill, keys_of, slots, spoken_answers

HOME_TOWN: Final = CardField.MUNICIPALITY.value
SHORT_BLANKS: Final = frozenset(
    {"postal_code", "new_postal_code", "phone", "customer_number", "bill_number", "bill_amount"}
)
"""What is written by hand on a short line; names, streets and days take a long one."""

Places = Callable[[VisitMemory, Step], tuple[Place, ...]]


class Wording:
    """The words of one visit for its papers.

    Locales are named by whose they are: `own` the resident's, `admin` the administration's.
    """

    def __init__(
        self,
        memory: VisitMemory,
        profile: PlaceProfile,
        i18n: I18n,
        places: Places,
        terms: Mapping[str, Term],
        municipalities: Municipalities,
    ) -> None:
        self.memory = memory
        self.own = memory.locale
        self._profile = profile
        self._i18n = i18n
        self._places = places
        self._terms = terms
        self._municipalities = municipalities

    @property
    def said(self) -> dict[str, str]:
        """Return what was answered so far, what a card said included."""
        return said(self.memory)

    def words(self, locale: str = "") -> Words:
        """Return the catalogue of a language; the resident's where none is named."""
        return self._i18n.words(locale or self.own)

    @property
    def was_on_a_site(self) -> bool:
        """Tell whether an official site, or what plays it, was open in this visit."""
        return any(kind is ActKind.VISITED for kind, _ in self.memory.happened)

    def frame(self, admin: str | None) -> PaperFrame:
        words, theirs = self.words(), self.words(admin or "")
        practised = Bilingual(words.say("paper", "practice"), theirs.say("paper", "practice"))
        place = self._profile.place.name
        permanence = self.memory.permanence
        confirmed = permanence is not None and permanence.date_is_confirmed
        return PaperFrame(
            locale=self.own,
            admin_locale=admin,
            place=place,
            not_administration=words.say("paper", "not-administration", place=place),
            date=self.date(words),
            date_note=None if confirmed else words.say("paper", "date-not-confirmed"),
            large_print=self.memory.text_size is TextSize.XL,
            page_label=words.say(
                "paper", "page", page=Verbatim("{page}"), pages=Verbatim("{pages}")
            ),
            practice=practised if self.memory.is_practice_site and self.was_on_a_site else None,
        )

    def date(self, words: Words) -> str:
        permanence = self.memory.permanence
        return words.day(permanence.date if permanence and permanence.date else self.memory.today)

    def place_and_date(self, words: Words) -> str:
        town = self._municipalities.name(self.said.get(HOME_TOWN, ""), words.locale)
        date = self.date(words)
        return words.say("paper", "place-date", place=town, date=date) if town else date

    def administration(self, own: str) -> str:
        languages = self._profile.place.administration_languages
        return own if own in languages else languages[0]

    def fill(self, text: Text, locale: str, *, is_beside: bool = False) -> str:
        """Return the text with what was said in it, each value in its own direction.

        is_beside: a text beside this one has the lines to fill.
        """
        values, task = self.said, self.memory.task
        if task is not None:
            values = spoken_answers(task, values, locale)
            for key in keys_of(task, InputKind.REFERENCE) & values.keys():
                values[key] = unbroken(values[key])
            for key in (keys_of(task, InputKind.MUNICIPALITY) | {HOME_TOWN}) & values.keys():
                values[key] = self._municipalities.name(values[key], locale)
        words = self.words(locale)
        values |= {"today": self.date(words), "place": self._profile.place.name}
        # Both columns of a paper alike: what is the same in two languages is printed once.
        way = is_rtl(locale) or is_rtl(self.own)
        values = {key: isolate_in(value, is_rtl=way) for key, value in values.items()}
        template = elided(text[locale], values) if locale == "fr" else text[locale]
        if is_beside:
            return joined(fill(template, values, blank=GAP))
        return joined(fill(template, values, wide=slots(template) - SHORT_BLANKS))

    def true(self, items: tuple[content.Paragraph, ...]) -> tuple[content.Paragraph, ...]:
        answers = self.said
        return tuple(item for item in items if holds(item.when, answers))

    def lines(self, items: tuple[content.Paragraph, ...], locale: str = "") -> tuple[str, ...]:
        """Return the lines that hold; in the visit's language where no other is named."""
        return tuple(self.fill(item.text, locale or self.own) for item in self.true(items))

    def references(self, task: Task, proof: content.Proof | None) -> tuple[Fact, ...]:
        """Return the numbers under which somebody else knows the matter, in the task's words."""
        spoken = spoken_answers(task, self.said, self.own)
        found = tuple(
            Fact(line.label[self.own], spoken[line.answer])
            for line in (proof.lines if proof else ())
            if spoken.get(line.answer)
        )
        reference = spoken.get("reference", "")
        if found or not reference:
            return found
        return (Fact(self.words().say("paper", "reference"), reference),)

    def asked(self, own: str) -> str:
        """Return the administration's language: the one chosen for a letter, or the place's."""
        task = self.memory.task
        chosen = own_words.letter_language(task, self.said) if task else ""
        return chosen or self.administration(own)

    def both(self, text: Text, admin: str) -> Bilingual:
        """Return both languages; what is the same in both, as own words, stands there once.

        What is missing is written once too: on the side that the administration reads.
        """
        own, theirs = self.fill(text, self.own), self.fill(text, admin)
        if own == theirs:
            return Bilingual(own)
        return Bilingual(self.fill(text, self.own, is_beside=True), theirs)

    def both_all(self, items: tuple[content.Paragraph, ...], admin: str) -> list[Bilingual]:
        return [self.both(item.text, admin) for item in self.true(items)]

    def told(self, task: Task, letter: content.Letter, admin: str) -> list[Bilingual]:
        """Return the paragraphs of a letter; own words that `admin` cannot read leave it room."""
        found: list[Bilingual] = []
        for item in self.true(letter.paragraphs):
            words = self._freely(task, item.text[admin])
            both = self.both(item.text, admin)
            if own_words.doubt(words, self.own, admin) is not own_words.Doubt.NOT_YET:
                found.append(both)
                continue
            here = self.words(admin).say("paper", "own-words-here")
            room = f"{here}\n{own_words.room_for(words)}"
            pair = Bilingual(both.own, room)
            found += [pair] if self.own != admin else [Bilingual(both.own), Bilingual(room)]
        return found

    def doubt(self, task: Task, letter: content.Letter, admin: str) -> own_words.Doubt | None:
        """Return the gravest doubt about what a letter tells in own words."""
        told = [self._freely(task, item.text[admin]) for item in self.true(letter.paragraphs)]
        doubts = {own_words.doubt(words, self.own, admin) for words in told}
        return next((doubt for doubt in own_words.Doubt if doubt in doubts), None)

    def _freely(self, task: Task, template: str) -> str:
        """Return the own words that a paragraph consists of; "" for any other."""
        alone = (key for key in own_words.keys(task) if template == f"{{{key}}}")
        return self.said.get(next(alone, ""), "")

    def section(self, words: Words, head: str, lines: list[Bilingual]) -> Section | None:
        return Section(words.say("paper", head), tuple(lines)) if lines else None

    def glossary(self, task: Task, words: Words, admin: str = "") -> Glossary | None:
        """Return the words of the administration that this way through the task uses.

        A paper explains those of them that stand on it (terms.py).
        """
        if self.memory.walk is None:
            return None
        channel, answers, own = self.memory.walk.channel, self.said, self.own
        ids = {t: None for s in task.steps if s.applies(channel, answers) for t in s.terms}
        found = [self._terms[id] for id in ids if id in self._terms]
        if not found:
            return None
        return Glossary(
            words.say("paper", "glossary"),
            tuple(Word(self.both(t.title, admin or own), t.text[own]) for t in found),
        )

    def fact(self, words: Words, fact: content.Fact, locale: str, admin: str) -> Fact:
        note = self._note(words, fact.checked_on, fact.source)
        return Fact(fact.label[locale], fact.value[locale], note, _other(fact.value, locale, admin))

    def _note(self, words: Words, checked_on: object, source: Source) -> str | None:
        """Say when a fact was checked and against what, or that nobody checked it.

        The house's own fact (where this machine stands, what it costs) needs nobody's check.
        """
        if source.mark is Mark.OURS:
            return None
        check = None if checked_on is None else Check(str(checked_on), source.title)
        return self._proof_of(words, check)

    def _proof_of(self, words: Words, check: Check | None) -> str:
        if check is None:
            return words.say("paper", "not-checked")
        date = words.day(check.date)
        return words.say("paper", "checked-on-source", date=date, source=check.source)

    def channel_facts(self, words: Words, channel: Channel, locale: str, admin: str) -> list[Fact]:
        note = self._note(words, channel.checked_on, channel.source)
        rows: Mapping[str, Text | str | None] = {
            "where": channel.where,
            "hours": channel.hours,
            "number": channel.number,
            "url": channel.url,
            "cost": channel.cost,
        }
        return [
            Fact(words.say("paper", label), value, note)
            if isinstance(value, str)
            else Fact(words.say("paper", label), value[locale], note, _other(value, locale, admin))
            for label, value in rows.items()
            if value
        ]

    def contacts(self, step: Step) -> tuple[Contact, ...]:
        """Return each place's own lines: a number joined to a sentence turns around in Arabic."""
        words = self.words()
        return tuple(
            Contact(
                name=place.name,
                line=place.line,
                facts=tuple(
                    Fact(words.say("paper", label), value)
                    for label, value in (
                        ("address", place.address),
                        ("phone", place.phone),
                        ("spoken", words.languages(place.spoken)),
                    )
                    if value
                ),
                note=self._proof_of(words, place.check),
            )
            for place in self._places(self.memory, step)
        )

    def contacts_of(self, referral: content.Referral) -> tuple[Contact, ...]:
        task = self.memory.task
        steps = [s for s in task.steps if isinstance(s.data, Refer)] if task else []
        for step in steps:
            if isinstance(step.data, Refer) and set(step.data.types) & set(referral.types):
                return self.contacts(step)
        return ()


@dataclass(frozen=True)
class Verbatim:
    """Words that go into a sentence as they are: no value of anybody, so not isolated."""

    text: str

    def __str__(self) -> str:
        return self.text


def _other(text: Text, own: str, admin: str) -> str | None:
    """Return the administration's words for the same thing, where they differ."""
    return text[admin] if text[admin] != text[own] else None
