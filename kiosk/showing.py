"""From what the visit knows to what the screen shows. Pure: memory in, `Screen` out."""

from __future__ import annotations

from device.card.status import ReaderLevel
from device.printer.status import PrinterLevel, PrinterStatus, Reason
from kiosk import own_words, screens, steps
from kiosk.advice import advice_of, model_of
from kiosk.config import PlaceProfile
from kiosk.directory import Organisation
from kiosk.documents.isolate import isolate_in
from kiosk.documents.model import is_rtl
from kiosk.memory import PrintWork, VisitMemory
from kiosk.screens import (
    AskBody,
    Body,
    CardDoctorBody,
    CardLeftBody,
    CardTroubleBody,
    ChannelChoice,
    Choice,
    ChoicesBody,
    ClosedBody,
    ConsentBody,
    Fact,
    GoodbyeBody,
    Language,
    LanguageBody,
    OutOfServiceBody,
    Place,
    PrepareBody,
    PreviewBody,
    PrinterTroubleBody,
    PrintingBody,
    Prompt,
    ProofBody,
    ProofRow,
    ReadingBody,
    ReceiptBody,
    ReferBody,
    ReviewBody,
    ReviewRow,
    Screen,
    SiteBody,
    StepBody,
    TakePapersBody,
    TaskBody,
    TeachBackBody,
    Term,
    WelcomeBody,
    WhyInsteadBody,
    WipingBody,
)
from kiosk.tasks.loader import Content
from kiosk.tasks.model import (
    MAX_LENGTHS,
    Ask,
    Channel,
    Check,
    Exists,
    Guard,
    InputKind,
    Posture,
    Refer,
    Step,
    Task,
    TeachBack,
    Text,
)
from kiosk.tasks.placeholder import fill, spoken_answers
from kiosk.visit import State, is_visit

MAX_PLACES = 4
FIRST_LANGUAGES = 5
"""So many languages stand on the welcome; a place that has more shows the others behind "more"."""
_REQUIRED_PICTURES = {"none": "yes", "eid": "card", "itsme": "key", "bank_card": "wallet-card"}
_FIELD_KINDS = {
    "surname": InputKind.NAME,
    "first_names": InputKind.NAME,
    "birth_date": InputKind.DATE,
    "street": InputKind.STREET,
    "postal_code": InputKind.POSTAL_CODE,
    "municipality": InputKind.MUNICIPALITY,
}


class Showing:
    """Builds screens of one place and its content."""

    def __init__(self, profile: PlaceProfile, content: Content) -> None:
        self._profile = profile
        self._content = content

    def screen(self, memory: VisitMemory, now: float, *, can_speak: bool) -> Screen:
        """Return the whole screen for what is known now."""
        position, total = self._position(memory)
        permanence = memory.permanence
        in_step = memory.state in (State.STEPS, State.SITE)
        seconds = max(0, round(memory.prompt_ends - now)) if memory.prompt_ends else 0
        return Screen(
            state=memory.state,
            body=self._body(memory),
            visit=memory.visit,
            turn=memory.turn,
            locale=memory.locale or self._profile.place.languages[0],
            place=self._profile.place.name,
            helpers=permanence.helpers if permanence else "",
            text_size=memory.text_size,
            contrast=memory.contrast,
            prompt=memory.prompt,
            prompt_seconds=seconds,
            prompt_hint=memory.prompt_hint if memory.prompt is Prompt.OTHER_CARD else "",
            can_go_back=self.can_go_back(memory),
            position=position,
            total=total,
            can_speak=can_speak,
            posture_banner=Posture.INSTEAD
            if in_step and memory.posture is Posture.INSTEAD
            else None,
            simulated=self._simulated(memory),
            canary=memory.canary,
            texts={"code-was-wrong": "yes" if memory.code_was_wrong else ""},
        )

    def _simulated(self, memory: VisitMemory) -> tuple[str, ...]:
        """Name what is not real on this screen; a site only where one is meant."""
        is_played = memory.is_practice_site and memory.state is State.SITE
        return (*memory.simulated, "site") if is_played else memory.simulated

    def can_go_back(self, memory: VisitMemory) -> bool:
        """Tell whether there is a screen to go back to."""
        if memory.state is State.LANGUAGE:
            # Behind it lies the welcome, which belongs to nobody.
            return not memory.need and not memory.answers
        return memory.state not in steps.NO_WAY_BACK

    def ask(self, memory: VisitMemory) -> AskBody | None:
        """Return the question of the present screen, None where nothing is asked."""
        if memory.state is State.CORRECT:
            return self._ask_field(memory, memory.editing)
        step = self._step(memory)
        if memory.state is State.STEPS and step is not None:
            return self._ask_step(memory, step)
        return None

    # ---- parts ----------------------------------------------------------------------

    def _step(self, memory: VisitMemory) -> Step | None:
        return memory.walk.step(memory.answers) if memory.walk else None

    def _position(self, memory: VisitMemory) -> tuple[int, int]:
        if memory.walk is None or not is_visit(memory.state):
            return 0, 0
        if memory.state in (State.NEED, State.TASKS, State.TASK, State.LANGUAGE):
            return 0, 0
        return memory.walk.position(memory.answers)

    def _say(self, memory: VisitMemory, text: Text) -> str:
        task = memory.task
        words = text[memory.locale]
        if task is None or "{" not in words:
            return words
        values = spoken_answers(task, steps.said(memory), memory.locale)
        values |= {"today": memory.today, "place": self._profile.place.name}
        way = is_rtl(memory.locale)
        return fill(words, {key: isolate_in(value, is_rtl=way) for key, value in values.items()})

    def languages(self) -> tuple[Language, ...]:
        """Return the languages that can be chosen here, the place's first ones first."""
        names = self._content.languages
        return tuple(
            Language(code, names[code].endonym, letters=names[code].letters)
            for code in self._profile.place.languages
            if code in self._content.locales
        )

    def _welcome(self, memory: VisitMemory) -> WelcomeBody:
        languages = self.languages()
        is_coming_up = bool(memory.coming_up_ends)
        return WelcomeBody(
            languages[:FIRST_LANGUAGES],
            memory.receipt,
            None if is_coming_up else memory.printer,
            None if is_coming_up else memory.reader,
            has_more=len(languages) > FIRST_LANGUAGES,
        )

    def _body(self, memory: VisitMemory) -> Body:
        state = memory.state
        if state in (State.ENDING, State.WIPING):
            return WipingBody()
        if state is State.OUT_OF_SERVICE:
            return OutOfServiceBody(memory.fault, memory.fault_details)
        if state is State.CLOSED:
            return ClosedBody(
                profiles=tuple(profile.name for profile in self._profile.helpers),
                wait_s=memory.code_wait_s,
                was_wrong=memory.code_was_wrong,
                date=memory.today,
            )
        if state is State.CARD_LEFT:
            return CardLeftBody()
        if state is State.RECEIPT and memory.receipt is not None:
            return ReceiptBody(memory.receipt)
        if state is State.WELCOME:
            return self._welcome(memory)
        if state is State.LANGUAGE:
            # Who asked for more has seen the first ones; who came back may want any.
            begins = FIRST_LANGUAGES if memory.wants_more_languages else 0
            return LanguageBody(self.languages()[begins:])
        if state is State.NEED:
            return ChoicesBody(self._needs(memory.locale))
        if state is State.TASKS:
            return ChoicesBody(self._tasks(memory), self._need_title(memory))
        if memory.task is None:
            return WipingBody()
        return self._task_body(memory, memory.task)

    def _needs(self, locale: str) -> tuple[Choice, ...]:
        return tuple(
            Choice(need.id, need.title[locale], need.text[locale], need.picture)
            for need in self._content.needs
        )

    def _tasks(self, memory: VisitMemory) -> tuple[Choice, ...]:
        return tuple(
            Choice(task.id, task.title[memory.locale], task.text[memory.locale], task.picture)
            for task in self._content.tasks_for(memory.need)
        )

    def _need_title(self, memory: VisitMemory) -> str:
        for need in self._content.needs:
            if need.id == memory.need:
                return need.title[memory.locale]
        return ""

    def _task_body(self, memory: VisitMemory, task: Task) -> Body:
        match memory.state:
            case State.TASK:
                return self._channels(memory, task)
            case State.PREPARE:
                return self._prepare(memory, task)
            case State.CONSENT:
                return ConsentBody(task.title[memory.locale], steps.card_fields(memory))
            case State.READING:
                return ReadingBody(memory.reader, memory.reading_name)
            case State.CARD_TROUBLE:
                return CardTroubleBody(memory.finding)
            case State.CARD_DOCTOR:
                return self._doctor(memory, task)
            case State.REVIEW:
                return self._review(memory)
            case State.CORRECT:
                return self._ask_field(memory, memory.editing)
            case State.WHY_INSTEAD:
                return WhyInsteadBody(steps.REASONS)
            case State.SITE:
                return self._site(memory, task)
            case State.PREVIEW | State.PRINTING | State.PRINTER_TROUBLE | State.TAKE_PAPERS:
                return self._paper(memory)
            case State.TEACH_BACK:
                step = self._step(memory)
                question = step.data.question if step and isinstance(step.data, TeachBack) else None
                return TeachBackBody(self._say(memory, question) if question else "")
            case State.REFER:
                return self._refer(memory)
            case State.PROOF:
                return ProofBody(
                    task.title[memory.locale],
                    tuple(
                        ProofRow(a.kind.value, a.posture, a.what[memory.locale] if a.what else "")
                        for a in steps.acts(memory)
                    ),
                    steps.said(memory).get("reference", ""),
                )
            case State.GOODBYE:
                is_in = memory.reader not in (ReaderLevel.ABSENT, ReaderLevel.EMPTY)
                return GoodbyeBody(is_in, memory.papers)
            case _:
                return self._step_body(memory, task)

    def _channels(self, memory: VisitMemory, task: Task) -> TaskBody:
        exists = {Exists.YES: True, Exists.NO: False, Exists.UNKNOWN: None}
        return TaskBody(
            title=task.title[memory.locale],
            channels=tuple(
                ChannelChoice(
                    kind,
                    self._say(memory, channel.text),
                    exists[channel.exists],
                    channel.is_ours or _check(channel) is not None,
                )
                for kind, channel in task.channels.items()
            ),
            minutes=task.minutes,
            run_by=task.owner_type.value,
        )

    def _doctor(self, memory: VisitMemory, task: Task) -> CardDoctorBody:
        report = memory.report
        taken = memory.walk.channel if memory.walk else None
        return CardDoctorBody(
            advice=None if report is None else advice_of(report.verdict),
            model="" if report is None else model_of(report.verdict),
            channels=tuple(
                kind
                for kind, channel in task.channels.items()
                if kind is not taken and channel.exists is not Exists.NO
            ),
        )

    def _prepare(self, memory: VisitMemory, task: Task) -> PrepareBody:
        assert memory.walk is not None  # noqa: S101  PREPARE is entered by choosing a channel
        channel = task.channels[memory.walk.channel]
        keys = channel.login or task.any_of
        return PrepareBody(
            title=task.title[memory.locale],
            channel=channel.kind,
            requires=tuple(
                Choice(key.value, "", "", _REQUIRED_PICTURES.get(key.value, key.value))
                for key in keys
            ),
            without=self._say(memory, task.without),
            facts=tuple(self._facts(memory, channel)),
        )

    def _facts(self, memory: VisitMemory, channel: Channel) -> list[Fact]:
        locale, check = memory.locale, _check(channel)
        rows = [
            ("where", channel.where[locale] if channel.where else ""),
            ("hours", channel.hours[locale] if channel.hours else ""),
            ("number", channel.number or ""),
            ("url", channel.url or ""),
            ("cost", channel.cost[locale] if channel.cost else ""),
            *(("bring", text[locale]) for text in channel.bring),
        ]
        return [Fact(label, value, check, channel.is_ours) for label, value in rows if value]

    def _review(self, memory: VisitMemory) -> ReviewBody:
        return ReviewBody(
            tuple(
                ReviewRow(key, key, memory.answers.get(key, ""), key in memory.left_out)
                for key in steps.card_fields(memory)
            ),
            memory.authenticity,
        )

    def _ask_field(self, memory: VisitMemory, key: str) -> AskBody:
        kind = _FIELD_KINDS.get(key, InputKind.TEXT)
        return AskBody(
            key=key,
            label=key,
            kind=kind.value,
            value=_typed(memory, key),
            max_length=MAX_LENGTHS[kind],
            fault=memory.ask_fault,
        )

    def _ask_step(self, memory: VisitMemory, step: Step) -> AskBody | None:
        locale = memory.locale
        match step.data:
            case Ask() as ask:
                return AskBody(
                    key=ask.answer,
                    label="",
                    kind=ask.input.value,
                    value=_typed(memory, ask.answer),
                    max_length=ask.max_length or MAX_LENGTHS[ask.input],
                    choices=tuple(
                        Choice(choice.value, choice.title[locale], "", choice.picture)
                        for choice in ask.choices
                    ),
                    is_optional=ask.optional,
                    fault=memory.ask_fault,
                )
            case Guard() as guard:
                value = memory.answers.get(guard.answer, "")
                return AskBody(guard.answer, "", InputKind.YES_NO.value, value, 3)
            case _:
                return None

    def _step_body(self, memory: VisitMemory, task: Task) -> StepBody:
        step = self._step(memory)
        assert step is not None  # noqa: S101  STEPS is entered where the walk stands on one
        text = self._say(memory, step.text)
        items: tuple[Choice, ...] = ()
        match step.data:
            case Guard() as guard:
                text = self._say(memory, guard.consequence)
            case Check() as check:
                items = self._checked(memory, task, check)
            case _:
                pass
        return StepBody(
            kind=step.kind.value,
            title=self._say(memory, step.title),
            text=text,
            picture=step.picture,
            posture=memory.posture,
            allow_instead=self._allow_instead(memory, task),
            ask=self._ask_step(memory, step),
            items=items,
            terms=self._terms(step, memory.locale),
            is_irreversible=isinstance(step.data, Guard) and step.data.irreversible,
        )

    def _checked(self, memory: VisitMemory, task: Task, check: Check) -> tuple[Choice, ...]:
        said = steps.said(memory)
        spoken = spoken_answers(task, said, memory.locale)
        admin, free = own_words.letter_language(task, said), own_words.keys(task)

        def row(key: str) -> Choice:
            found = own_words.doubt(said[key], memory.locale, admin) if key in free else None
            if found is None or not admin:
                return Choice(key, self._answer_title(task, key, memory.locale), spoken[key])
            # The catalogue has the words for it, as for a field of a card.
            return Choice(f"{found.value}-{admin}", "", spoken[key])

        return tuple(row(key) for key in steps.to_check(memory, check))

    def _answer_title(self, task: Task, key: str, locale: str) -> str:
        """Return the words of the question behind an answer; card fields have none here."""
        for step in task.steps:
            if isinstance(step.data, Ask) and step.data.answer == key:
                return step.title[locale]
        return ""

    def _allow_instead(self, memory: VisitMemory, task: Task) -> bool:
        may = memory.permanence is None or memory.permanence.may_act_instead
        return task.allow_instead and may

    def _terms(self, step: Step, locale: str) -> tuple[Term, ...]:
        terms = (self._content.glossary[term] for term in step.terms)
        return tuple(Term(term.title[locale], term.text[locale]) for term in terms)

    def _site(self, memory: VisitMemory, task: Task) -> SiteBody:
        step, place = self._step(memory), steps.site(memory)
        assert step is not None  # noqa: S101  SITE is entered where the walk stands on one
        assert place is not None  # noqa: S101
        lines = " ".join(text[memory.locale] for text in place.look_for)
        return SiteBody(
            title=self._say(memory, step.title),
            text=lines or self._say(memory, step.text),
            host=place.host,
            status=memory.site.status,
            posture=memory.posture,
            allow_instead=self._allow_instead(memory, task),
            pdf_pages=memory.site.pdf_pages,
            pdf_fault=memory.site.pdf_fault,
            terms=self._terms(step, memory.locale),
            is_practice=memory.is_practice_site,
        )

    def _paper(self, memory: VisitMemory) -> Body:
        work = memory.work
        assert work is not None  # noqa: S101  these states are entered with a paper in hand
        cap = self._profile.house.page_cap
        match memory.state:
            case State.PREVIEW:
                return PreviewBody(
                    title=work.title,
                    pages=work.pages,
                    copies=work.copies,
                    notes=work.notes,
                    printer=memory.printer,
                    page_cap=cap,
                    is_over_cap=work.sides > cap,
                    missing_letters=work.missing_letters,
                )
            case State.PRINTING:
                page = min(work.page + 1, work.sides)
                return PrintingBody(work.sides, page, memory.printer, work.is_slow)
            case State.PRINTER_TROUBLE:
                return PrinterTroubleBody(_trouble(memory.printer, work), work.fate)
            case _:
                return TakePapersBody(work.sides, work.notes)

    def _refer(self, memory: VisitMemory) -> ReferBody:
        step = self._step(memory)
        assert step is not None  # noqa: S101  REFER is entered where the walk stands on one
        return ReferBody(
            title=self._say(memory, step.title),
            text=self._say(memory, step.text),
            places=self.places(memory, step),
        )

    def places(self, memory: VisitMemory, step: Step) -> tuple[Place, ...]:
        """Return who helps from here: the organisations that the step names, then by kind."""
        if not isinstance(step.data, Refer):
            return ()
        found = self._content.directory.query(
            types=step.data.types,
            topics=step.data.topics,
            language=memory.locale,
            attributes=step.data.attributes,
            ids=step.data.organisations,
        )[:MAX_PLACES]
        return tuple(
            Place(
                name=o.name(memory.locale),
                address=self._content.municipalities.address(o.address or "", memory.locale),
                phone=o.phone or "",
                line=o.text[memory.locale],
                check=_check(o),
                spoken=o.speaks_only(memory.locale),
            )
            for o in found
        )


def _check(told: Channel | Organisation) -> screens.Check | None:
    day = told.checked_on
    return screens.Check(day.isoformat(), told.source.title) if day else None


def _trouble(printer: PrinterStatus, work: PrintWork) -> PrinterStatus:
    """Return what holds up the paper: the printer, and what no printer knows of."""
    if not work.has_no_room:
        return printer
    is_ready = printer.level is PrinterLevel.READY
    level = PrinterLevel.WARNING if is_ready else printer.level
    return PrinterStatus(level, printer.reasons | {Reason.NO_ROOM})


def _typed(memory: VisitMemory, key: str) -> str:
    """Return what stands in the field: a value that was refused, else the one that holds."""
    return memory.answers.get(key, "") if memory.rejected is None else memory.rejected
