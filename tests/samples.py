"""Every screen as data, with invented people: what is photographed and measured.

Nobody in here exists.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from device.card.status import CardFinding, ReaderLevel
from device.printer.status import PrinterLevel, PrinterStatus, Reason
from kiosk import screens as s
from kiosk.advice import NAMES_READER, Advice
from kiosk.tasks.model import ChannelKind, Posture
from kiosk.visit import State

if TYPE_CHECKING:
    pass

LOCALES = ("nl", "fr", "en", "de", "ar")

READY = PrinterStatus(PrinterLevel.READY)
NO_PAPER = PrinterStatus(PrinterLevel.STOPPED, frozenset({Reason.MEDIA_EMPTY}))
RECEIPT = s.Receipt(sought=212, places=38, found=0, not_searchable=1, unseen=0, reason="finished")

# Words of a content pack, one row a language: what they say is invented.
_WORDS: Mapping[str, Mapping[str, str]] = {
    "money": {
        "nl": "Geld en belasting",
        "fr": "Argent et impôts",
        "en": "Money and tax",
        "de": "Geld und Steuern",
        "ar": "المال والضرائب",
    },
    "papers": {
        "nl": "Mijn papieren",
        "fr": "Mes papiers",
        "en": "My papers",
        "de": "Meine Papiere",
        "ar": "أوراقي",
    },
    "phone": {
        "nl": "Telefoon en internet",
        "fr": "Téléphone et internet",
        "en": "Phone and internet",
        "de": "Telefon und Internet",
        "ar": "الهاتف والإنترنت",
    },
    "home": {
        "nl": "Wonen en verhuizen",
        "fr": "Logement et déménagement",
        "en": "Home and moving",
        "de": "Wohnen und Umzug",
        "ar": "السكن والانتقال",
    },
    "talk": {
        "nl": "Ik weet het niet",
        "fr": "Je ne sais pas",
        "en": "I do not know",
        "de": "Ich weiß es nicht",
        "ar": "لا أعرف",
    },
    "line": {
        "nl": "Attest, kaart, adres",
        "fr": "Attestation, carte, adresse",
        "en": "Certificate, card, address",
        "de": "Bescheinigung, Karte, Adresse",
        "ar": "شهادة، بطاقة، عنوان",
    },
    "task": {
        "nl": "Gezinssamenstelling aanvragen",
        "fr": "Demander une composition de ménage",
        "en": "Ask for a household certificate",
        "de": "Haushaltsbescheinigung beantragen",
        "ar": "طلب شهادة تكوين الأسرة",
    },
    "counter": {
        "nl": "Uw gemeentehuis. Wij drukken het adres af.",
        "fr": "Votre maison communale. Nous imprimons l’adresse.",
        "en": "Your town hall. We print the address.",
        "de": "Ihr Gemeindehaus. Wir drucken die Adresse.",
        "ar": "دار بلديتك. نطبع لك العنوان.",
    },
    "step": {
        "nl": "Leg uw oude papier klaar",
        "fr": "Préparez votre ancien papier",
        "en": "Keep your old paper ready",
        "de": "Legen Sie Ihr altes Papier bereit",
        "ar": "جهّز ورقتك القديمة",
    },
    "text": {
        "nl": "Op dat papier staat een nummer. Het begint met BR. U hebt het zo meteen nodig.",
        "fr": "Un numéro figure sur ce papier. Il commence par BR. Vous en aurez besoin bientôt.",
        "en": "There is a number on that paper. It starts with BR. You will need it soon.",
        "de": "Auf dem Papier steht eine Nummer. Sie beginnt mit BR. Sie brauchen sie gleich.",
        "ar": "يوجد رقم على تلك الورقة. يبدأ بحرفي BR. ستحتاج إليه بعد قليل.",
    },
    "question": {
        "nl": "Wat doet u nu eerst?",
        "fr": "Que faites-vous d’abord ?",
        "en": "What do you do first now?",
        "de": "Was tun Sie jetzt zuerst?",
        "ar": "ماذا تفعل الآن أولاً؟",
    },
    "note": {
        "nl": "Zet uw naam onderaan. Bewaar één blad.",
        "fr": "Signez en bas. Gardez une feuille.",
        "en": "Sign at the bottom. Keep one sheet.",
        "de": "Unterschreiben Sie unten. Behalten Sie ein Blatt.",
        "ar": "وقّع في الأسفل. احتفظ بورقة واحدة.",
    },
    "hours": {
        "nl": "maandag tot vrijdag, 9 tot 12 uur",
        "fr": "du lundi au vendredi, de 9 à 12 h",
        "en": "Monday to Friday, 9 to 12",
        "de": "Montag bis Freitag, 9 bis 12 Uhr",
        "ar": "من الاثنين إلى الجمعة، من 9 إلى 12",
    },
    "place": {
        "nl": "Wassalon Sint-Gillis",
        "fr": "Salon-lavoir Saint-Gilles",
        "en": "Saint-Gilles laundromat",
        "de": "Waschsalon Saint-Gilles",
        "ar": "مغسلة سان جيل",
    },
}


def languages() -> tuple[s.Language, ...]:
    """Return the languages of an invented place."""
    return (
        s.Language("nl", "Nederlands", letters="Ne"),
        s.Language("fr", "Français", letters="Fr"),
        s.Language("ar", "العربية", letters="ع"),
        s.Language("en", "English", letters="En"),
        s.Language("pt", "Português", is_complete=False, letters="Po"),
        s.Language("de", "Deutsch", letters="De"),
        s.Language("tr", "Türkçe", is_complete=False, letters="Tü"),
        s.Language("uk", "Українська", is_complete=False, letters="Ук"),
        s.Language("ti", "ትግርኛ", is_complete=False, letters="ትግ"),
    )


def samples(locale: str) -> Iterator[tuple[str, s.Screen]]:
    """Yield a name and a screen for every state and every kind of body, in one language."""

    def w(key: str) -> str:
        return _WORDS[key][locale]

    def screen(state: State, body: s.Body, **changes: Any) -> s.Screen:
        plain = s.Screen(
            state=state,
            body=body,
            visit="a1b2c3d4e5f60718",
            turn=7,
            locale=locale,
            place=w("place"),
            helpers="Samira",
            can_go_back=True,
            position=2,
            total=6,
            can_speak=True,
            canary="canary-0000-invented",
        )
        return replace(plain, **changes)

    outside = {"can_go_back": False, "position": 0, "total": 0}
    choices = tuple(
        s.Choice(key, w(key), w("line"), picture)
        for key, picture in (
            ("money", "money"),
            ("papers", "card"),
            ("phone", "phone"),
            ("home", "home"),
            ("talk", "question"),
        )
    )
    checked = s.Check("2026-01-31", "stgilles.example")
    facts = (
        s.Fact("where", "Van Meenenplein 39, 1060 Sint-Gillis", checked),
        s.Fact("hours", w("hours")),
        s.Fact("number", "02 555 01 42", checked),
    )
    ask = s.AskBody("reference", "", "reference", "BR-2041/77", 40)
    step = s.StepBody("show", w("step"), w("text"), "letter", Posture.TOGETHER, allow_instead=True)
    term = (s.Term(w("papers"), w("note")),)
    rows = (
        s.ReviewRow("surname", "surname", "Peeters-Van den Broeck"),
        s.ReviewRow("first_names", "first_names", "Anneleen Maria"),
        s.ReviewRow("birth_date", "birth_date", "03/04/1961"),
        s.ReviewRow("street", "street", "Fortstraat 112 bus 3"),
        s.ReviewRow("postal_code", "postal_code", "1060"),
        s.ReviewRow("municipality", "municipality", "Sint-Gillis", is_left_out=True),
    )

    yield (
        "closed",
        screen(
            State.CLOSED,
            s.ClosedBody(("Vrijwilliger", "Coach"), date="2026-03-05"),
            **outside,
            helpers="",
            can_speak=False,
        ),
    )
    yield (
        "closed-wrong",
        screen(
            State.CLOSED, s.ClosedBody(("Coach",), 8, was_wrong=True, date="2026-03-05"), **outside
        ),
    )
    yield "card-left", screen(State.CARD_LEFT, s.CardLeftBody(), **outside)
    yield (
        "welcome",
        screen(
            State.WELCOME,
            s.WelcomeBody(languages()[:5], RECEIPT, READY, ReaderLevel.EMPTY, has_more=True),
            **outside,
            simulated=("reader", "printer"),
        ),
    )
    yield (
        "welcome-poor",
        screen(
            State.WELCOME,
            s.WelcomeBody(
                languages()[:5],
                RECEIPT,
                PrinterStatus(PrinterLevel.ABSENT),
                ReaderLevel.ABSENT,
                has_more=True,
            ),
            **outside,
        ),
    )
    yield (
        "welcome-five",
        screen(
            State.WELCOME,
            s.WelcomeBody(languages()[:5], RECEIPT, READY, ReaderLevel.EMPTY),
            **outside,
        ),
    )
    yield "language", screen(State.LANGUAGE, s.LanguageBody(languages()), position=0, total=0)
    yield "need", screen(State.NEED, s.ChoicesBody(choices), position=0, total=0)
    yield "tasks", screen(State.TASKS, s.ChoicesBody(choices[:2], w("papers")), total=0)
    yield (
        "task",
        screen(
            State.TASK,
            s.TaskBody(
                w("task"),
                tuple(
                    s.ChannelChoice(
                        kind, w("counter"), exists=True, is_checked=kind.value != "phone"
                    )
                    for kind in ChannelKind
                ),
                8,
                "public",
            ),
        ),
    )
    yield (
        "task-missing",
        screen(
            State.TASK,
            s.TaskBody(
                w("task"),
                tuple(
                    s.ChannelChoice(
                        kind, w("counter"), exists=kind.value != "paper", is_checked=True
                    )
                    for kind in ChannelKind
                ),
                8,
                "private",
            ),
        ),
    )
    yield (
        "task-unchecked",
        screen(
            State.TASK,
            s.TaskBody(
                w("task"),
                tuple(
                    s.ChannelChoice(
                        kind, w("counter"), exists=kind.value != "online", is_checked=False
                    )
                    for kind in ChannelKind
                ),
                8,
                "public",
            ),
        ),
    )
    yield (
        "prepare",
        screen(
            State.PREPARE,
            s.PrepareBody(
                w("task"),
                ChannelKind.COUNTER,
                (s.Choice("eid", "", "", "card"), s.Choice("rrn", "", "", "number")),
                w("text"),
                facts,
            ),
        ),
    )
    yield (
        "prepare-nothing",
        screen(
            State.PREPARE,
            s.PrepareBody(
                w("task"), ChannelKind.PAPER, (s.Choice("none", "", "", "yes"),), w("note"), facts
            ),
        ),
    )
    yield (
        "prepare-checked",
        screen(
            State.PREPARE,
            s.PrepareBody(
                w("task"),
                ChannelKind.COUNTER,
                (s.Choice("eid", "", "", "card"),),
                w("note"),
                tuple(replace(fact, check=checked) for fact in facts),
            ),
        ),
    )
    yield (
        "consent",
        screen(
            State.CONSENT,
            s.ConsentBody(w("task"), ("surname", "first_names", "street", "postal_code")),
        ),
    )
    for level in ReaderLevel:
        yield (
            f"reading-{level.value}",
            screen(
                State.READING,
                s.ReadingBody(level, "Anneleen" if level is ReaderLevel.CARD else ""),
            ),
        )
    for finding in CardFinding:
        yield (
            f"card-trouble-{finding.value}",
            screen(State.CARD_TROUBLE, s.CardTroubleBody(finding)),
        )
    ways = (ChannelKind.COUNTER, ChannelKind.PHONE, ChannelKind.ONLINE)
    yield "card-doctor-looking", screen(State.CARD_DOCTOR, s.CardDoctorBody(None, "", ways))
    for advice in Advice:
        model = "REINER SCT cyberJack RFID universal" if advice in NAMES_READER else ""
        yield (
            f"card-doctor-{advice.value}",
            screen(State.CARD_DOCTOR, s.CardDoctorBody(advice, model, ways)),
        )
    yield "review", screen(State.REVIEW, s.ReviewBody(rows, "valid"))
    yield "review-expired", screen(State.REVIEW, s.ReviewBody(rows, "expired"))
    yield (
        "correct-street",
        screen(State.CORRECT, s.AskBody("street", "street", "street", "Fortstraat 112", 80)),
    )
    yield (
        "correct-surname-wrong",
        screen(
            State.CORRECT,
            s.AskBody("surname", "surname", "name", "Peeters 7", 80, fault="not-a-name"),
        ),
    )
    yield (
        "correct-date",
        screen(
            State.CORRECT,
            s.AskBody("birth_date", "birth_date", "date", "31/02", 10, fault="not-a-date"),
        ),
    )
    yield "step-show", screen(State.STEPS, step)
    yield (
        "step-terms",
        screen(State.STEPS, replace(step, terms=term), posture_banner=Posture.INSTEAD),
    )
    yield "step-wait", screen(State.STEPS, replace(step, kind="wait", picture="clock"))
    yield (
        "step-check",
        screen(
            State.STEPS,
            replace(
                step,
                kind="check",
                items=tuple(s.Choice(row.key, "", row.value) for row in rows[:4]),
            ),
        ),
    )
    yield (
        "step-guard",
        screen(
            State.STEPS,
            replace(
                step,
                kind="guard",
                picture="think",
                ask=s.AskBody("sure", "", "yes_no", "", 3),
                is_irreversible=True,
            ),
        ),
    )
    for kind in ("reference", "phone", "name", "text"):
        yield (
            f"step-ask-{kind}",
            screen(
                State.STEPS, replace(step, kind="ask", ask=replace(ask, kind=kind, max_length=80))
            ),
        )
    # What people really write: more than the field shows at once.
    long_text = replace(
        ask, kind="long_text", value=" ".join([w("text"), w("note")] * 3), max_length=600
    )
    yield "step-ask-long_text", screen(State.STEPS, replace(step, kind="ask", ask=long_text))
    yield (
        "step-ask-long_text-wrong",
        screen(
            State.STEPS,
            replace(step, kind="ask", ask=replace(long_text, fault="missing-letters")),
        ),
    )
    for kind in ("long_text", "text", "phone"):
        yield (
            f"step-ask-empty-{kind}",
            screen(
                State.STEPS,
                replace(step, kind="ask", ask=replace(ask, kind=kind, value="", max_length=80)),
            ),
        )
    yield (
        "step-ask-simulated",
        screen(
            State.STEPS,
            replace(step, kind="ask", title=w("task"), ask=replace(ask, kind="name")),
            simulated=("reader", "printer"),
        ),
    )
    yield (
        "step-ask-choice",
        screen(
            State.STEPS,
            replace(step, kind="ask", ask=replace(ask, kind="choice", choices=choices[:4])),
        ),
    )
    yield (
        "step-ask-yes-no",
        screen(State.STEPS, replace(step, kind="ask", ask=replace(ask, kind="yes_no"))),
    )
    yield (
        "why-instead",
        screen(
            State.WHY_INSTEAD,
            s.WhyInsteadBody(
                ("cannot-see", "cannot-use-hands", "cannot-read", "too-tired", "i-wish-so")
            ),
        ),
    )
    site = s.SiteBody(
        w("task"), w("note"), "mijndossier.rrn.example", "ready", Posture.SELF, allow_instead=True
    )
    for status in ("ready", "opening", "open", "closed", "unreachable"):
        yield f"site-{status}", screen(State.SITE, replace(site, status=status))
    yield (
        "site-practice",
        screen(State.SITE, replace(site, is_practice=True), simulated=("reader", "site")),
    )
    yield "site-pdf", screen(State.SITE, replace(site, status="closed", pdf_pages=2))
    yield "preview", screen(State.PREVIEW, s.PreviewBody(w("task"), 2, 2, (w("note"),), READY, 10))
    yield "preview-empty", screen(State.PREVIEW, s.PreviewBody(w("task"), 0, 1, (), READY, 10))
    yield (
        "preview-cap",
        screen(
            State.PREVIEW,
            s.PreviewBody(
                w("task"), 12, 1, (), NO_PAPER, 10, is_over_cap=True, missing_letters=True
            ),
        ),
    )
    yield "printing", screen(State.PRINTING, s.PrintingBody(4, 2, READY))
    yield "printing-slow", screen(State.PRINTING, s.PrintingBody(4, 2, NO_PAPER, is_slow=True))
    for reason in Reason:
        yield (
            f"printer-trouble-{reason.value}",
            screen(
                State.PRINTER_TROUBLE,
                s.PrinterTroubleBody(
                    PrinterStatus(PrinterLevel.STOPPED, frozenset({reason})), s.JobFate.TAKEN_BACK
                ),
            ),
        )
    yield "take-papers", screen(State.TAKE_PAPERS, s.TakePapersBody(4, (w("note"),)))
    yield "teach-back", screen(State.TEACH_BACK, s.TeachBackBody(w("question")))
    places = (
        s.Place("Buurthuis De Brug", "Brugstraat 4, 1060", "02 555 01 99", w("line"), checked),
        s.Place("Espace Le Pont", "Rue du Pont 4, 1060", "", w("line"), spoken=("ar", "fr")),
    )
    yield "refer", screen(State.REFER, s.ReferBody(w("step"), w("note"), places))
    yield "refer-nobody", screen(State.REFER, s.ReferBody(w("step"), w("note"), ()))
    yield (
        "proof",
        screen(
            State.PROOF,
            s.ProofBody(
                w("task"),
                (
                    s.ProofRow("card-read", Posture.TOGETHER),
                    s.ProofRow("answered", Posture.INSTEAD),
                    s.ProofRow("printed", Posture.SELF, w("task")),
                ),
                "BR-2041/77",
            ),
        ),
    )
    yield "goodbye", screen(State.GOODBYE, s.GoodbyeBody(card_is_in=True, papers=4))
    yield "goodbye-empty", screen(State.GOODBYE, s.GoodbyeBody(card_is_in=False, papers=0))
    yield "ending", screen(State.ENDING, s.WipingBody(), **outside)
    yield "wiping", screen(State.WIPING, s.WipingBody(), **outside)
    yield "receipt", screen(State.RECEIPT, s.ReceiptBody(RECEIPT), **outside)
    yield (
        "receipt-unseen",
        screen(
            State.RECEIPT,
            s.ReceiptBody(replace(RECEIPT, not_searchable=2, unseen=1)),
            **outside,
        ),
    )
    for why in ("trace-found", "wipe-unfinished", "no-data-folder", "keeper-gone", "content"):
        yield (
            f"out-of-service-{why}",
            screen(State.OUT_OF_SERVICE, s.OutOfServiceBody(why, ("sink: cups",)), **outside),
        )
    for prompt in s.Prompt:
        yield f"prompt-{prompt.value}", screen(State.STEPS, step, prompt=prompt, prompt_seconds=25)
    yield (
        "prompt-other-card-out",
        screen(
            State.STEPS,
            step,
            prompt=s.Prompt.OTHER_CARD,
            prompt_seconds=25,
            prompt_hint="other-card-out",
        ),
    )
