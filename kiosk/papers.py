"""From a task's documents and what the visit knows to finished papers in memory."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from device.printer.pages import pictured
from kiosk.config import PlaceProfile
from kiosk.documents.builder import Builder
from kiosk.documents.errors import PaperError
from kiosk.documents.model import (
    AnyPaper,
    BigDate,
    Bilingual,
    Fact,
    Letter,
    Proof,
    ProofRow,
    Slip,
    WalletCard,
)
from kiosk.i18n import I18n, Words
from kiosk.memory import PrintWork, Purpose, VisitMemory
from kiosk.municipalities import Municipalities
from kiosk.own_words import Doubt
from kiosk.steps import Act, acts
from kiosk.tasks import paper as content
from kiosk.tasks.model import Posture, Print, Step, Task, Term, Text, holds
from kiosk.tasks.placeholder import spoken_answers
from kiosk.terms import explaining_only_its_words
from kiosk.wording import Places, Verbatim, Wording

QR_CAPTION = 48


class PaperMaker:
    """Makes every paper of a visit. Raises nothing: a paper that cannot be made is None."""

    def __init__(
        self,
        profile: PlaceProfile,
        builder: Builder,
        i18n: I18n,
        places: Places,
        terms: Mapping[str, Term] | None = None,
        municipalities: Municipalities | None = None,
    ) -> None:
        """Take the parts; `terms` are the words that a paper may have to explain."""
        self._terms = terms or {}
        self._municipalities = municipalities or Municipalities()
        self._profile = profile
        self._builder = builder
        self._i18n = i18n
        self._places = places

    def picture(self, work: PrintWork, page: int, width_px: int) -> bytes | None:
        """Return page `page` (from 1) of a finished paper as PNG."""
        if not 1 <= page <= work.pages:
            return None
        return pictured(work.pdf, page, width_px)

    def for_step(self, memory: VisitMemory) -> PrintWork | None:
        """Make the document of the present print step; one of no page has nothing to say yet."""
        step = memory.walk.step(memory.answers) if memory.walk else None
        if step is None or memory.task is None or not isinstance(step.data, Print):
            return None
        say = self._wording(memory)
        document = memory.task.documents[step.data.document]
        paper, notes = self._paper(say, memory.task, document, step)
        if isinstance(paper, WalletCard) and _has_nothing_yet(paper, document):
            return PrintWork(Purpose.STEP, say.fill(document.title, say.own), b"", pages=0)
        # The cards of one sheet are its copies; a letter's are in its file, before the sheet that
        # comes once.
        copies = 1 if isinstance(paper, WalletCard | Letter) else document.copies
        return self._work(say, Purpose.STEP, document.title, paper, notes, copies)

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
        say = self._wording(memory)
        paper = Slip(
            frame=say.frame(None),
            title=Bilingual(step.title[say.own]),
            intro=say.fill(step.text, say.own),
            contacts=say.contacts(step),
        )
        work = self._work(say, Purpose.REFERRAL, step.title, paper, (), 1)
        assert work is not None  # noqa: S101  content alone: a test builds every referral
        return work

    def for_proof(self, memory: VisitMemory) -> PrintWork:
        """Make the paper that says what was done in this visit, and who did it."""
        task = memory.task
        assert task is not None  # noqa: S101  PROOF is entered from a task
        say = self._wording(memory)
        title: Text = {
            locale: say.words(locale).say("paper", "proof-title") for locale in task.title
        }
        work = self._work(say, Purpose.PROOF, title, self._proof(say, task, None), (), 1)
        assert work is not None  # noqa: S101  a test builds a proof of every task
        return work

    def _wording(self, memory: VisitMemory) -> Wording:
        return Wording(
            memory, self._profile, self._i18n, self._places, self._terms, self._municipalities
        )

    # ---- kinds ----------------------------------------------------------------------

    def _paper(
        self, say: Wording, task: Task, document: content.Document, step: Step
    ) -> tuple[AnyPaper, tuple[str, ...]]:
        match document:
            case content.Letter():
                return self._letter(say, task, document)
            case content.WalletCard():
                made: AnyPaper = self._card(say, task, document)
            case content.Slip():
                made = self._slip(say, task, document)
            case content.Proof():
                made = self._proof(say, task, document)
            case content.Referral():
                made = self._referral(say, task, document, step)
        return explaining_only_its_words(made), say.lines(document.afterwards)

    def _letter(
        self, say: Wording, task: Task, letter: content.Letter
    ) -> tuple[AnyPaper, tuple[str, ...]]:
        own = say.own
        admin = say.said.get(letter.language) or say.administration(own)
        words, theirs = say.words(own), say.words(admin)

        def word(id: str) -> Bilingual:
            return Bilingual(words.say("paper", id), theirs.say("paper", id))

        notes = kept = say.lines(letter.afterwards)
        if (doubt := say.doubt(task, letter, admin)) is not None:
            notes = (words.say("paper", f"{doubt.value}-{admin}"), *notes)
            # Whether to write again is asked before the printing; what is to be written, after.
            kept = notes if doubt is Doubt.NOT_YET else kept
        made = explaining_only_its_words(
            Letter(
                frame=say.frame(admin),
                sender=say.lines(letter.sender, admin),
                recipient=say.lines(letter.recipient, admin),
                place_and_date=say.place_and_date(theirs),
                subject=say.both(letter.subject, admin),
                salutation=word("salutation"),
                paragraphs=tuple(say.told(task, letter, admin)),
                closing=say.both(letter.closing, admin),
                signature_label=word("signature"),
                enclosures_label=word("enclosures") if letter.enclosures else None,
                enclosures=tuple(say.both_all(letter.enclosures, admin)),
                keep=self._keep(say, task, letter, words, kept),
                copies=letter.copies,
            )
        )
        return made, notes

    def _keep(
        self,
        say: Wording,
        task: Task,
        letter: content.Letter,
        words: Words,
        notes: tuple[str, ...],
    ) -> Slip:
        """Return the sheet that stays with the resident: what to do with the letters, and when."""
        return Slip(
            frame=say.frame(None),
            title=Bilingual(say.fill(letter.title, say.own)),
            intro=words.say("paper", "keep-sheet"),
            big_date=BigDate(words.say("paper", "date"), say.date(words)),
            steps=say.section(words, "steps", [Bilingual(note) for note in notes]),
            glossary=say.glossary(task, words),
        )

    def _card(self, say: Wording, task: Task, card: content.WalletCard) -> WalletCard:
        words = say.words()
        spoken = spoken_answers(task, say.said, say.own)
        lines = tuple(
            (line.label[say.own], spoken[line.answer])
            for line in card.lines
            if spoken.get(line.answer)
        )
        payload, caption = self._qr(say, card, lines, words)
        return WalletCard(
            frame=say.frame(None),
            title=say.fill(card.title, say.own),
            lines=lines,
            qr_payload=payload,
            qr_caption=caption,
            sheet_notes=say.lines(card.afterwards)
            or (words.say("paper", "cut-hint"), words.say("paper", "lamination-hint")),
            copies=card.copies,
        )

    def _qr(
        self,
        say: Wording,
        card: content.WalletCard,
        lines: tuple[tuple[str, str], ...],
        words: Words,
    ) -> tuple[str, str]:
        match card.qr:
            case content.QrSource.SITE_PDF if say.memory.site.qr:
                return say.memory.site.qr, words.say(
                    "paper", "qr-opens", what=_short(say.memory.site.qr)
                )
            case content.QrSource.ANSWER if card.qr_answer:
                value = say.said.get(card.qr_answer, "")
                if value:
                    return value, words.say("paper", "qr-opens", what=_short(value))
            case _:
                pass
        # A code that holds nothing is refused by the builder.
        text = "\n".join(f"{label}: {value}" for label, value in lines)
        return text, words.say("paper", "qr-holds")

    def _slip(self, say: Wording, task: Task, slip: content.Slip) -> Slip:
        locale = say.own
        admin = say.asked(locale)
        words = say.words(locale)
        channel = task.channels[slip.channel] if slip.channel else None
        facts = [
            say.fact(words, fact, locale, admin)
            for fact in slip.facts
            if holds(fact.when, say.said)
        ]
        bring = [say.both(p.text, admin) for p in say.true(slip.bring)]
        if channel is not None:
            facts = [*say.channel_facts(words, channel, locale, admin), *facts]
            also = [say.both(text, admin) for text in channel.bring]
            bring += [text for text in also if text not in bring]
        return Slip(
            frame=say.frame(admin),
            title=say.both(slip.title, admin),
            steps=say.section(words, "steps", say.both_all(slip.steps, admin)),
            big_date=BigDate(slip.date[locale], "") if slip.date else None,
            facts=tuple(facts),
            bring=say.section(words, "bring", bring),
            glossary=say.glossary(task, words, admin),
            sheet_notes=say.lines(slip.afterwards),
        )

    def _referral(self, say: Wording, task: Task, referral: content.Referral, step: Step) -> Slip:
        locale = say.own
        admin = say.asked(locale)
        words = say.words(locale)
        spoken = spoken_answers(task, say.said, locale)
        own = [
            Fact(line.label[locale], spoken[line.answer])
            for line in referral.lines
            if spoken.get(line.answer)
        ]
        return Slip(
            frame=say.frame(admin),
            title=say.both(referral.title, admin),
            steps=say.section(words, "steps", say.both_all(referral.steps, admin)),
            facts=tuple(own),
            contacts=say.contacts_of(referral),
            sheet_notes=say.lines(referral.afterwards),
        )

    def _proof(self, say: Wording, task: Task, proof: content.Proof | None) -> Proof:
        locale = say.own
        admin = say.asked(locale)
        words, theirs = say.words(locale), say.words(admin)

        def word(id: str) -> Bilingual:
            return Bilingual(words.say("paper", id), theirs.say("paper", id))

        about = proof.title if proof else task.title
        statements = tuple(
            word(f"statement-{id}")
            for id in ("asked", "no-codes", "wiped", "no-decision")
            # An official site may have asked for one, on this very screen.
            if id != "no-codes" or not say.was_on_a_site
        )

        def named(act: Act) -> Bilingual:
            return Bilingual(
                *(
                    language.say("act", act.kind.value, what=act.what[of] if act.what else "")
                    for language, of in ((words, locale), (theirs, admin))
                )
            )

        def acted(act: Act) -> Bilingual:
            if act.posture is not Posture.INSTEAD or not act.why:
                return word(act.posture.value)
            return Bilingual(
                *(
                    language.say(
                        "paper",
                        "instead-because",
                        why=Verbatim(language.say("why-instead", act.why)),
                    )
                    for language in (words, theirs)
                )
            )

        return Proof(
            frame=say.frame(admin),
            title=word("proof-title"),
            task=Bilingual(about[locale], about[admin]),
            big_date=BigDate(words.say("paper", "date"), say.date(words)),
            step_label=words.say("paper", "step"),
            posture_label=words.say("paper", "posture"),
            rows=tuple(ProofRow(named(act), acted(act)) for act in acts(say.memory)),
            signature_labels=(word("sign-resident"), word("sign-helper")),
            references=say.references(task, proof),
            statements=statements,
            sheet_notes=say.lines(proof.afterwards) if proof else (),
        )

    # ---- pieces ---------------------------------------------------------------------

    def _work(
        self,
        say: Wording,
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
        typed = "".join(say.said.values())
        return PrintWork(
            purpose=purpose,
            title=say.fill(title, say.own),
            pdf=built.pdf,
            pages=built.pages,
            copies=copies,
            notes=notes,
            missing_letters=bool(self._builder.missing_glyphs(typed)),
        )


def _has_nothing_yet(card: WalletCard, document: content.Document) -> bool:
    """Tell whether all that people could have put on a card was left empty.

    What a site has not given is asked of the site again, and of nobody here.
    """
    is_asked = isinstance(document, content.WalletCard) and (
        document.qr is not content.QrSource.SITE_PDF
    )
    return is_asked and not card.lines and not card.qr_payload


def _short(text: str) -> str:
    """Return what fits beside a QR code: a person sees where it leads before scanning it."""
    first = text.splitlines()[0] if text else ""
    return first if len(first) <= QR_CAPTION else first[: QR_CAPTION - 1] + "…"
