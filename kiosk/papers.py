"""From a task's documents and what the visit knows to finished papers in memory."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from device.printer.pages import render
from kiosk.config import PlaceProfile
from kiosk.documents.builder import Builder
from kiosk.documents.errors import PaperError
from kiosk.documents.model import (
    AnyPaper,
    Bilingual,
    Fact,
    Letter,
    PaperFrame,
    Proof,
    ProofRow,
    Section,
    Slip,
    WalletCard,
)
from kiosk.i18n import I18n, Words
from kiosk.memory import Done, PrintWork, Purpose, VisitMemory
from kiosk.screens import Place, TextSize
from kiosk.steps import acts, said
from kiosk.tasks import paper as content
from kiosk.tasks.model import Channel, Posture, Print, Refer, Step, Task, Text, holds
from kiosk.tasks.placeholder import fill, spoken_answers

PREVIEW_PX = 900
QR_CAPTION = 48

Places = Callable[[VisitMemory, Step], tuple[Place, ...]]


class PaperMaker:
    """Makes every paper of a visit. Raises nothing: a paper that cannot be made is None."""

    def __init__(self, profile: PlaceProfile, builder: Builder, i18n: I18n, places: Places) -> None:
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
        # The cards of one sheet are its copies.
        copies = 1 if isinstance(paper, WalletCard) else document.copies
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
            facts=self._place_facts(memory, step),
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
                sheet_notes=notes,
            ),
            notes,
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
            cut_hint=words.say("paper", "cut-hint"),
            lamination_hint=words.say("paper", "lamination-hint"),
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
        words = self._i18n.words(locale)
        channel = task.channels[slip.channel] if slip.channel else None
        facts = [self._fact(words, fact, locale) for fact in slip.facts]
        bring = [self._fill(memory, p.text, locale) for p in self._true(memory, slip.bring)]
        if channel is not None:
            facts = [*self._channel_facts(words, channel, locale), *facts]
            bring += [text[locale] for text in channel.bring if text[locale] not in bring]
        return Slip(
            frame=self._frame(memory, None),
            title=Bilingual(self._fill(memory, slip.title, locale)),
            steps=self._section(
                words,
                "steps",
                [self._fill(memory, p.text, locale) for p in self._true(memory, slip.steps)],
            ),
            facts=tuple(facts),
            bring=self._section(words, "bring", bring),
            sheet_notes=self._lines(memory, slip.afterwards),
        )

    def _referral(
        self, memory: VisitMemory, task: Task, referral: content.Referral, step: Step
    ) -> Slip:
        locale = memory.locale
        words = self._i18n.words(locale)
        spoken = spoken_answers(task, said(memory), locale)
        own = [
            Fact(line.label[locale], spoken[line.answer])
            for line in referral.lines
            if spoken.get(line.answer)
        ]
        return Slip(
            frame=self._frame(memory, None),
            title=Bilingual(self._fill(memory, referral.title, locale)),
            steps=self._section(
                words,
                "steps",
                [self._fill(memory, p.text, locale) for p in self._true(memory, referral.steps)],
            ),
            facts=(*own, *self._types_facts(memory, referral)),
            sheet_notes=self._lines(memory, referral.afterwards),
        )

    def _proof(self, memory: VisitMemory, task: Task, proof: content.Proof | None) -> Proof:
        locale = memory.locale
        admin = self._administration(locale)
        words, theirs = self._i18n.words(locale), self._i18n.words(admin)

        def word(id: str, **values: str) -> Bilingual:
            return Bilingual(words.say("paper", id, **values), theirs.say("paper", id, **values))

        steps = {step.id: step.title for step in task.steps}
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
            task=Bilingual(task.title[locale], task.title[admin]),
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
            reference=self._reference(memory, task, proof),
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

    def _reference(
        self, memory: VisitMemory, task: Task, proof: content.Proof | None
    ) -> Fact | None:
        """Return the number under which somebody else knows the matter, in the task's words."""
        spoken = spoken_answers(task, said(memory), memory.locale)
        for line in proof.lines if proof else ():
            if spoken.get(line.answer):
                return Fact(line.label[memory.locale], spoken[line.answer])
        reference = spoken.get("reference", "")
        label = self._i18n.words(memory.locale).say("paper", "reference")
        return Fact(label, reference) if reference else None

    def _section(self, words: Words, head: str, lines: list[str]) -> Section | None:
        if not lines:
            return None
        return Section(words.say("paper", head), tuple(Bilingual(line) for line in lines))

    def _fact(self, words: Words, fact: content.Fact, locale: str) -> Fact:
        return Fact(fact.label[locale], fact.value[locale], self._note(words, fact.checked_on))

    def _note(self, words: Words, checked_on: object) -> str | None:
        if checked_on is None:
            return words.say("paper", "not-checked")
        return words.say("paper", "checked-on", date=words.day(str(checked_on)))

    def _channel_facts(self, words: Words, channel: Channel, locale: str) -> list[Fact]:
        note = self._note(words, channel.checked_on)
        rows: Mapping[str, str] = {
            "where": channel.where[locale] if channel.where else "",
            "hours": channel.hours[locale] if channel.hours else "",
            "number": channel.number or "",
            "url": channel.url or "",
            "cost": channel.cost[locale] if channel.cost else "",
        }
        return [
            Fact(words.say("paper", label), value, note) for label, value in rows.items() if value
        ]

    def _place_facts(self, memory: VisitMemory, step: Step) -> tuple[Fact, ...]:
        """Return each place's own lines: a number joined to a sentence turns around in Arabic."""
        words = self._i18n.words(memory.locale)
        facts: list[Fact] = []
        for place in self._places(memory, step):
            note = None if place.is_checked else words.say("paper", "not-checked")
            facts.append(Fact(place.name, place.line))
            if place.address:
                facts.append(Fact(words.say("paper", "address"), place.address, note))
            if place.phone:
                facts.append(Fact(words.say("paper", "phone"), place.phone, note))
        return tuple(facts)

    def _types_facts(self, memory: VisitMemory, referral: content.Referral) -> tuple[Fact, ...]:
        task = memory.task
        steps = [s for s in task.steps if isinstance(s.data, Refer)] if task else []
        for step in steps:
            if isinstance(step.data, Refer) and set(step.data.types) & set(referral.types):
                return self._place_facts(memory, step)
        return ()


@dataclass(frozen=True)
class _Verbatim:
    """Words that go into a sentence as they are: no value of anybody, so not isolated."""

    text: str

    def __str__(self) -> str:
        return self.text


def _short(text: str) -> str:
    """Return what fits beside a QR code: a person sees where it leads before scanning it."""
    first = text.splitlines()[0] if text else ""
    return first if len(first) <= QR_CAPTION else first[: QR_CAPTION - 1] + "…"
