"""The course of a visit: what the keeper, its devices and its clock say to it.

The pure table of `kiosk.visit` decides; the parts do the work and post back here. Everything is
under one lock. `kiosk.controller` adds what a person taps.
"""

from __future__ import annotations

from device.card.status import CardFinding
from device.printer.status import PrinterStatus
from kiosk.card_rule import CardRule
from kiosk.memory import ActKind
from kiosk.permanence import Permanence
from kiosk.screens import Prompt, Receipt
from kiosk.visit import Event, State, is_visit
from kiosk.wipe.notebook import Notebook


class Course(CardRule):
    """One visit: what may happen next, and who does the work.

    Threads: every public method may be called from any thread.
    """

    # ---- what the keeper says -------------------------------------------------------

    def begin(
        self,
        *,
        notebook: Notebook,
        canary: str,
        permanence: Permanence | None,
        receipt: Receipt | None,
        locale: str,
        today: str,
    ) -> None:
        """Take the visit that the keeper hands over after a clean wipe."""
        with self._changed:
            self._notebook = notebook
            memory = self.memory
            memory.canary, memory.permanence, memory.receipt = canary, permanence, receipt
            own = self._profile.place.languages[0]
            memory.locale = own if permanence is None else locale or own
            memory.today = today
            memory.reader_since = self._clock.monotonic()
            memory.coming_up_ends = memory.reader_since + self._profile.house.coming_up_s
            if permanence is None:
                self._go(Event.WIPED_UNOPENED)
            else:
                self._go(Event.WIPED)
                if receipt is None or receipt.reason == "power":
                    self._leave_receipt()
                else:
                    self._ask(None, self._profile.house.receipt_s)
            self._touch()

    def permanence_opened(self, permanence: Permanence) -> None:
        """Open for residents: the helper's code was right."""
        with self._changed:
            self.memory.permanence = permanence
            self.memory.code_was_wrong = False
            self._go(Event.PERMANENCE_OPENED)
            self._touch()

    def code_refused(self, wait_s: int) -> None:
        """Show that the code was wrong, and how long until the next try is heard."""
        with self._changed:
            self.memory.code_was_wrong, self.memory.code_wait_s = True, wait_s
            self._touch()

    def machine_failed(self, reason: str, details: tuple[str, ...] = ()) -> None:
        """Show OUT OF SERVICE. `reason` is a catalogue id."""
        with self._changed:
            self.memory.fault, self.memory.fault_details = reason, details
            if self._go(Event.TRACE_FOUND) or self._go(Event.MACHINE_FAILED):
                self._touch()

    def warned(self, about: str, seconds: int) -> None:
        """Ask what the keeper's clocks ask: still-there or limit-near."""
        with self._changed:
            self._ask(Prompt(about), seconds)
            self._touch()

    def key_pressed(self, key: str) -> None:
        """Pass a panel key on to the page; green confirms.

        The helper's key calls the helper in a visit; outside of one the page asks for the code.
        """
        with self._changed:
            if key == "helper" and is_visit(self.memory.state):
                self._ask(Prompt.HELP_COMING)
                self._touch()
                return
            self._keys.append("confirm" if key == "green" else key)
            self._touch()

    def site_changed(self, status: str) -> None:
        """Note what became of the official site's window."""
        with self._changed:
            self.memory.site.status = status
            if status == "open" and self.memory.state is State.SITE:
                self._happened(ActKind.VISITED)
            self._touch()

    # ---- what devices say -----------------------------------------------------------

    def voices_tried(self) -> None:
        """Show, or not, the key that reads aloud."""
        with self._changed:
            self._touch()

    def printer_changed(self, status: PrinterStatus) -> None:
        """Take the printer's level."""
        with self._changed:
            if status != self.memory.printer:
                self.memory.printer = status
                self._touch()

    def site_gave(self, pdf: bytes | None, pages: int, fault: str, qr: str) -> None:
        """Take the document that the official site handed out (or why it is refused)."""
        with self._changed:
            site = self.memory.site
            if qr and not self._learn("site_qr", qr):
                pdf, pages, fault, qr = None, 0, "other", ""
            site.pdf, site.pdf_pages, site.pdf_fault, site.qr = pdf, pages, fault, qr
            if fault == "too-large":
                # It may still be coming, and only the end of its window stops it.
                self._leave_site()
            self._touch()

    def job_moved(self, *, page: int, status: PrinterStatus, is_slow: bool) -> None:
        """Take how far the print job is."""
        with self._changed:
            if self.memory.work and self.memory.state is State.PRINTING:
                self.memory.work.page = page
                self.memory.work.is_slow = is_slow
                self.memory.printer = status
                self._touch()

    def job_ended(self, *, is_done: bool, status: PrinterStatus) -> None:
        """Take the printer's word that the job is through, or that it will not be."""
        with self._changed:
            self.memory.printer = status
            if self.memory.state is State.PRINTING:
                self._go(Event.PRINT_DONE if is_done else Event.PRINTER_FAILED)
            self._touch()

    # ---- time -----------------------------------------------------------------------

    def tick(self) -> None:
        """Let deadlines of prompts fall. Called several times a second."""
        with self._changed:
            memory, now = self.memory, self._clock.monotonic()
            if memory.coming_up_ends and now >= memory.coming_up_ends:
                memory.coming_up_ends = 0.0
                self._touch()
            self._look_at_card(now)
            if memory.beneath_ends and now >= memory.beneath_ends:
                self._answered()
            if not memory.prompt_ends or now < memory.prompt_ends:
                return
            prompt = memory.prompt
            self._answered()
            if memory.state is State.RECEIPT:
                self._leave_receipt()
            elif prompt is Prompt.PUT_CARD_BACK:
                memory.finding = CardFinding.REMOVED
                self._go(Event.CARD_FAILED)
            elif prompt in (Prompt.FINISHED, Prompt.OTHER_CARD):
                self._end(Event.IDLED)
            self._touch()
