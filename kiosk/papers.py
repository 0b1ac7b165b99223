"""From a task's documents and what the visit knows to finished papers in memory."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from device.printer.pages import render
from kiosk.config import PlaceProfile
from kiosk.documents.builder import Builder
from kiosk.documents.errors import PaperError
from kiosk.documents.model import (
    AnyPaper,
    BigDate,
    Bilingual,
    Contact,
    Fact,
    Glossary,
    Letter,
    PaperFrame,
    Proof,
    ProofRow,
    Section,
    Slip,
    WalletCard,
    Word,
)
from kiosk.i18n import I18n, Words
from kiosk.memory import Done, PrintWork, Purpose, VisitMemory
from kiosk.screens import Place, TextSize
from kiosk.steps import acts, said
from kiosk.tasks import paper as content
from kiosk.tasks.model import Channel, Posture, Print, Refer, Source, Step, Task, Term, Text, holds
from kiosk.tasks.placeholder import fill, spoken_answers

PREVIEW_PX = 900
QR_CAPTION = 48
GLOSSARY_WORDS = 3

Places = Callable[[VisitMemory, Step], tuple[Place, ...]]


class PaperMaker:
    """Makes every paper of a visit. Raises nothing: a paper that cannot be made is None."""

    def __init__(
        self,
        profile: PlaceProfile,
        builder: Builder,
        i18n: I18n,
        places: Places,
        terms: Mapping[str, Term] | None = None,
    ) -> None:
        """Take the parts; `terms` are the words that a paper may have to explain."""
        self._terms = terms or {}
        self._profile = profile
        self._builder = builder
        self._i18n = i18n
        self._places = places

    def picture(self, work: PrintWork, page: int) -> bytes | None:
        """Return page `page` (from 1) of a finished paper as PNG."""
        if not 1 <= page <= work.pages:
            return None
        return render(work.pdf, page, PREVIEW_PX)

    def for_step(self, memory: VisitMemory) -> PrintWork | None:
        """Make the document of the present print step."""
        step = memory.walk.step(memory.answers) if memory.walk else None
        if step is None or memory.task is None or not isinstance(step.data, Print):
            return None
        document = memory.task.documents[step.data.document]
        paper, notes = self._paper(memory, memory.task, document, step)
        # The cards of one sheet are its copies; a letter's are in its file, before the sheet that
        # comes once.
        copies = 1 if isinstance(paper, WalletCard | Letter) else document.copies
        return self._work(memory, Purpose.STEP, document.title, paper, notes, copies)

    def for_site(self, memory: VisitMemory) -> PrintWork:
        """Take the official site's document as it was given, page by page as pictures."""
        pdf, task = memory.site.pdf, memory.task
        assert pdf is not None  # noqa: S101  the caller has looked
        title = task.title[memory.locale] if task else ""
        return PrintWork(Purpose.SITE_DOCUMENT, title, pdf, memory.site.pdf_pages)

    def for_referral(self, memory: VisitMemory) -> PrintWork:
        """Make the slip with the places that help from here."""
        step = memory.walk.step(memory.answers) if memory.walk else None
        assert step is not None  # noqa: S101  REFER is entered where the walk stands on one
        paper = Slip(
            frame=self._frame(memory, None),
            title=Bilingual(step.title[memory.locale]),
            intro=self._fill(memory, step.text, memory.locale),
            contacts=self._contacts(memory, step),
        )
        work = self._work(memory, Purpose.REFERRAL, step.title, paper, (), 1)
        assert work is not None  # noqa: S101  content alone: a test builds every referral
        return work

    def for_proof(self, memory: VisitMemory) -> PrintWork:
        """Make the paper that says what was done in this visit, and who did it."""
        task = memory.task
        assert task is not None  # noqa: S101  PROOF is entered from a task
        title: Text = {
            locale: self._i18n.words(locale).say("paper", "proof-title") for locale in task.title
        }
        work = self._work(memory, Purpose.PROOF, title, self._proof(memory, task, None), (), 1)
        assert work is not None  # noqa: S101  a test builds a proof of every task
        return work

    # ---- kinds ----------------------------------------------------------------------

    def _paper(
        self, memory: VisitMemory, task: Task, document: content.Document, step: Step
    ) -> tuple[AnyPaper, tuple[str, ...]]:
        match document:
            case content.Letter():
                return self._letter(memory, task, document)
            case content.WalletCard():
                made: AnyPaper = self._card(memory, task, document)
            case content.Slip():
                made = self._slip(memory, task, document)
            case content.Proof():
                made = self._proof(memory, task, document)
            case content.Referral():
                made = self._referral(memory, task, document, step)
        return made, self._lines(memory, document.afterwards)

    def _letter(
        self, memory: VisitMemory, task: Task, letter: content.Letter
    ) -> tuple[Letter, tuple[str, ...]]:
        own = memory.locale
        admin = said(memory).get(letter.language) or self._administration(own)
        words, theirs = self._i18n.words(own), self._i18n.words(admin)

        def both(text: Text) -> Bilingual:
            mine, their = self._fill(memory, text, own), self._fill(memory, text, admin)
            # What is the same in both languages, as somebody's own words, stands there once.
            return Bilingual(mine, None if mine == their else their)

        def word(id: str) -> Bilingual:
            return Bilingual(words.say("paper", id), theirs.say("paper", id))

        notes = self._lines(memory, letter.afterwards)
        return (
            Letter(
                frame=self._frame(memory, admin),
                sender=self._lines(memory, letter.sender, admin),
                recipient=self._lines(memory, letter.recipient, admin),
                place_and_date=self._place_and_date(memory, theirs),
                subject=both(letter.subject),
                salutation=word("salutation"),
                paragraphs=tuple(both(item.text) for item in self._true(memory, letter.paragraphs)),
                closing=both(letter.closing),
                signature_label=word("signature"),
                enclosures_label=word("enclosures") if letter.enclosures else None,
                enclosures=tuple(both(item.text) for item in self._true(memory, letter.enclosures)),
                keep=self._keep(memory, task, letter, words, notes),
                copies=letter.copies,
            ),
            notes,
        )

    def _keep(
        self,
        memory: VisitMemory,
        task: Task,
        letter: content.Letter,
        words: Words,
        notes: tuple[str, ...],
    ) -> Slip:
        """Return the sheet that stays with the resident: what to do with the letters, and when."""
        return Slip(
            frame=self._frame(memory, None),
            title=Bilingual(self._fill(memory, letter.title, memory.locale)),
            intro=words.say("paper", "keep-sheet"),
            big_date=BigDate(words.say("paper", "date"), self._date(memory, words)),
            steps=self._section(words, "steps", [Bilingual(note) for note in notes]),
            glossary=self._glossary(memory, task, words),
        )

    def _card(self, memory: VisitMemory, task: Task, card: content.WalletCard) -> WalletCard:
        words = self._i18n.words(memory.locale)
        spoken = spoken_answers(task, said(memory), memory.locale)
        lines = tuple(
            (line.label[memory.locale], spoken[line.answer])
            for line in card.lines
            if spoken.get(line.answer)
        )
        payload, caption = self._qr(memory, card, lines, words)
        return WalletCard(
            frame=self._frame(memory, None),
            title=self._fill(memory, card.title, memory.locale),
            lines=lines,
            qr_payload=payload,
            qr_caption=caption,
            sheet_notes=self._lines(memory, card.afterwards)
            or (words.say("paper", "cut-hint"), words.say("paper", "lamination-hint")),
            copies=card.copies,
        )

    def _qr(
        self,
        memory: VisitMemory,
        card: content.WalletCard,
        lines: tuple[tuple[str, str], ...],
        words: Words,
    ) -> tuple[str, str]:
        match card.qr:
            case content.QrSource.SITE_PDF if memory.site.qr:
                return memory.site.qr, words.say("paper", "qr-opens", what=_short(memory.site.qr))
            case content.QrSource.ANSWER if card.qr_answer:
                value = said(memory).get(card.qr_answer, "")
                if value:
                    return value, words.say("paper", "qr-opens", what=_short(value))
            case _:
                pass
        # A code that holds nothing is refused by the builder.
        text = "\n".join(f"{label}: {value}" for label, value in lines)
        return text, words.say("paper", "qr-holds")

    def _slip(self, memory: VisitMemory, task: Task, slip: content.Slip) -> Slip:
        locale = memory.locale
        admin = self._asked(memory, locale)
        words = self._i18n.words(locale)
        channel = task.channels[slip.channel] if slip.channel else None
        facts = [self._fact(words, fact, locale, admin) for fact in slip.facts]
        bring = [self._both(memory, p.text, admin) for p in self._true(memory, slip.bring)]
        if channel is not None:
            facts = [*self._channel_facts(words, channel, locale, admin), *facts]
            also = [self._both(memory, text, admin) for text in channel.bring]
            bring += [text for text in also if text not in bring]
        return Slip(
            frame=self._frame(memory, admin),
            title=self._both(memory, slip.title, admin),
            steps=self._section(words, "steps", self._all(memory, slip.steps, admin)),
            big_date=BigDate(slip.date[locale], "") if slip.date else None,
            facts=tuple(facts),
            bring=self._section(words, "bring", bring),
            glossary=self._glossary(memory, task, words, admin),
            sheet_notes=self._lines(memory, slip.afterwards),
        )

    def _referral(
        self, memory: VisitMemory, task: Task, referral: content.Referral, step: Step
    ) -> Slip:
        locale = memory.locale
        admin = self._asked(memory, locale)
        words = self._i18n.words(locale)
        spoken = spoken_answers(task, said(memory), locale)
        own = [
            Fact(line.label[locale], spoken[line.answer])
            for line in referral.lines
            if spoken.get(line.answer)
        ]
        return Slip(
            frame=self._frame(memory, admin),
            title=self._both(memory, referral.title, admin),
            steps=self._section(words, "steps", self._all(memory, referral.steps, admin)),
            facts=tuple(own),
            contacts=self._contacts_of(memory, referral),
            sheet_notes=self._lines(memory, referral.afterwards),
        )

    def _proof(self, memory: VisitMemory, task: Task, proof: content.Proof | None) -> Proof:
        locale = memory.locale
        admin = self._administration(locale)
        words, theirs = self._i18n.words(locale), self._i18n.words(admin)

        def word(id: str, **values: str) -> Bilingual:
            return Bilingual(words.say("paper", id, **values), theirs.say("paper", id, **values))

        steps = {step.id: step.title for step in task.steps}
        about = proof.title if proof else task.title
        statements = tuple(
            word(f"statement-{id}") for id in ("asked", "no-codes", "wiped", "no-decision")
        )

        def acted(done: Done) -> Bilingual:
            if done.posture is not Posture.INSTEAD or not done.why:
                return word(done.posture.value)
            return Bilingual(
                *(
                    language.say(
                        "paper",
                        "instead-because",
                        why=_Verbatim(language.say("why-instead", done.why)),
                    )
                    for language in (words, theirs)
                )
            )

        return Proof(
            frame=self._frame(memory, admin),
            title=word("proof-title"),
            task=Bilingual(about[locale], about[admin]),
            big_date=BigDate(words.say("paper", "date"), self._date(memory, words)),
            step_label=words.say("paper", "step"),
            posture_label=words.say("paper", "posture"),
            rows=tuple(
                ProofRow(
                    Bilingual(steps[id][locale], steps[id][admin]),
                    acted(done),
                )
                for id, done in acts(memory).items()
            ),
            signature_labels=(word("sign-resident"), word("sign-helper")),
            references=self._references(memory, task, proof),
            statements=statements,
            sheet_notes=self._lines(memory, proof.afterwards) if proof else (),
        )

    # ---- pieces ---------------------------------------------------------------------

    def _work(
        self,
        memory: VisitMemory,
        purpose: Purpose,
        title: Text,
        paper: AnyPaper,
        notes: tuple[str, ...],
        copies: int,
    ) -> PrintWork | None:
        try:
            built = self._builder.build(paper)
            if isinstance(paper, Slip) and paper.glossary and built.pages > 1:
                # Words explained fill a sheet; they are not worth another one.
                shorter = self._builder.build(replace(paper, glossary=None))
                built = min(shorter, built, key=lambda made: made.pages)
        except PaperError:
            return None
        typed = "".join(said(memory).values())
        return PrintWork(
            purpose=purpose,
            title=self._fill(memory, title, memory.locale),
            pdf=built.pdf,
            pages=built.pages,
            copies=copies,
            notes=notes,
            missing_letters=bool(self._builder.missing_glyphs(typed)),
        )

    def _frame(self, memory: VisitMemory, admin: str | None) -> PaperFrame:
        words = self._i18n.words(memory.locale)
        place = self._profile.place.name
        permanence = memory.permanence
        confirmed = permanence is not None and permanence.date_is_confirmed
        return PaperFrame(
            locale=memory.locale,
            admin_locale=admin,
            place=place,
            not_administration=words.say("paper", "not-administration", place=place),
            date=self._date(memory, words),
            date_note=None if confirmed else words.say("paper", "date-not-confirmed"),
            large_print=memory.text_size is TextSize.XL,
            page_label=words.say(
                "paper", "page", page=_Verbatim("{page}"), pages=_Verbatim("{pages}")
            ),
        )

    def _date(self, memory: VisitMemory, words: Words) -> str:
        permanence = memory.permanence
        return words.day(permanence.date if permanence and permanence.date else memory.today)

    def _place_and_date(self, memory: VisitMemory, words: Words) -> str:
        date, town = self._date(memory, words), said(memory).get("municipality", "")
        return words.say("paper", "place-date", place=town, date=date) if town else date

    def _administration(self, own: str) -> str:
        languages = self._profile.place.administration_languages
        return own if own in languages else languages[0]

    def _fill(self, memory: VisitMemory, text: Text, locale: str) -> str:
        values = said(memory)
        if memory.task is not None:
            values = spoken_answers(memory.task, values, locale)
        words = self._i18n.words(locale)
        values |= {"today": self._date(memory, words), "place": self._profile.place.name}
        return fill(text[locale], values)

    def _true(
        self, memory: VisitMemory, items: tuple[content.Paragraph, ...]
    ) -> tuple[content.Paragraph, ...]:
        answers = said(memory)
        return tuple(item for item in items if holds(item.when, answers))

    def _lines(
        self, memory: VisitMemory, items: tuple[content.Paragraph, ...], locale: str = ""
    ) -> tuple[str, ...]:
        """Return the lines that hold; in the visit's language where no other is named."""
        return tuple(
            self._fill(memory, item.text, locale or memory.locale)
            for item in self._true(memory, items)
        )

    def _references(
        self, memory: VisitMemory, task: Task, proof: content.Proof | None
    ) -> tuple[Fact, ...]:
        """Return the numbers under which somebody else knows the matter, in the task's words."""
        spoken = spoken_answers(task, said(memory), memory.locale)
        found = tuple(
            Fact(line.label[memory.locale], spoken[line.answer])
            for line in (proof.lines if proof else ())
            if spoken.get(line.answer)
        )
        reference = spoken.get("reference", "")
        if found or not reference:
            return found
        return (Fact(self._i18n.words(memory.locale).say("paper", "reference"), reference),)

    def _asked(self, memory: VisitMemory, own: str) -> str:
        """Return the administration's language: the one chosen for a letter, or the place's."""
        return said(memory).get("letter_language") or self._administration(own)

    def _both(self, memory: VisitMemory, text: Text, admin: str) -> Bilingual:
        own, theirs = self._fill(memory, text, memory.locale), self._fill(memory, text, admin)
        return Bilingual(own, None if own == theirs else theirs)

    def _all(
        self, memory: VisitMemory, items: tuple[content.Paragraph, ...], admin: str
    ) -> list[Bilingual]:
        return [self._both(memory, item.text, admin) for item in self._true(memory, items)]

    def _section(self, words: Words, head: str, lines: list[Bilingual]) -> Section | None:
        return Section(words.say("paper", head), tuple(lines)) if lines else None

    def _glossary(
        self, memory: VisitMemory, task: Task, words: Words, admin: str = ""
    ) -> Glossary | None:
        """Return the words of the administration that this way through the task uses."""
        if memory.walk is None:
            return None
        channel, answers, own = memory.walk.channel, said(memory), memory.locale
        ids = {t: None for s in task.steps if s.applies(channel, answers) for t in s.terms}
        found = [self._terms[id] for id in ids if id in self._terms]
        if not found:
            return None
        return Glossary(
            words.say("paper", "glossary"),
            tuple(
                Word(self._both(memory, t.title, admin or own), t.text[own])
                for t in found[:GLOSSARY_WORDS]
            ),
        )

    def _fact(self, words: Words, fact: content.Fact, locale: str, admin: str) -> Fact:
        note = self._note(words, fact.checked_on, fact.source)
        return Fact(fact.label[locale], fact.value[locale], note, _other(fact.value, locale, admin))

    def _note(self, words: Words, checked_on: object, source: Source) -> str:
        """Say when a fact was checked and against what, or that nobody checked it."""
        if checked_on is None:
            return words.say("paper", "not-checked")
        date = words.day(str(checked_on))
        return words.say("paper", "checked-on-source", date=date, source=source.title)

    def _channel_facts(self, words: Words, channel: Channel, locale: str, admin: str) -> list[Fact]:
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

    def _contacts(self, memory: VisitMemory, step: Step) -> tuple[Contact, ...]:
        """Return each place's own lines: a number joined to a sentence turns around in Arabic."""
        words = self._i18n.words(memory.locale)
        return tuple(
            Contact(
                name=place.name,
                line=place.line,
                facts=tuple(
                    Fact(words.say("paper", label), value)
                    for label, value in (("address", place.address), ("phone", place.phone))
                    if value
                ),
                note=None if place.is_checked else words.say("paper", "not-checked"),
            )
            for place in self._places(memory, step)
        )

    def _contacts_of(self, memory: VisitMemory, referral: content.Referral) -> tuple[Contact, ...]:
        task = memory.task
        steps = [s for s in task.steps if isinstance(s.data, Refer)] if task else []
        for step in steps:
            if isinstance(step.data, Refer) and set(step.data.types) & set(referral.types):
                return self._contacts(memory, step)
        return ()


@dataclass(frozen=True)
class _Verbatim:
    """Words that go into a sentence as they are: no value of anybody, so not isolated."""

    text: str

    def __str__(self) -> str:
        return self.text


def _other(text: Text, own: str, admin: str) -> str | None:
    """Return the administration's words for the same thing, where they differ."""
    return text[admin] if text[admin] != text[own] else None


def _short(text: str) -> str:
    """Return what fits beside a QR code: a person sees where it leads before scanning it."""
    first = text.splitlines()[0] if text else ""
    return first if len(first) <= QR_CAPTION else first[: QR_CAPTION - 1] + "…"
