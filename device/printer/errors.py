"""What printing can raise. A stopped or absent printer is a level; these are for who insists."""

from typing import ClassVar

from device.errors import DeviceError
from device.printer.status import Reason


class PrinterError(DeviceError):
    """Say that printing did not go as asked; `reasons` say why, if the printer told."""

    code: ClassVar[str] = "printer-error"

    def __init__(self, *, reasons: frozenset[Reason] = frozenset()) -> None:
        super().__init__(self.code, *sorted(reason.value for reason in reasons))
        self.reasons = reasons


class PrinterAbsent(PrinterError):
    """Say that the printer or the print service is not there or does not answer in time."""

    code: ClassVar[str] = "printer-absent"


class PrinterRefused(PrinterError):
    """Say that the print service said no; `ipp_status` is its RFC 8011 status, 0 if unknown."""

    code: ClassVar[str] = "printer-refused"

    def __init__(self, *, reasons: frozenset[Reason] = frozenset(), ipp_status: int = 0) -> None:
        super().__init__(reasons=reasons)
        self.ipp_status = ipp_status


class PrinterStopped(PrinterRefused):
    """Say that the printer prints nothing until a person helps it."""

    code: ClassVar[str] = "printer-stopped"


class DocumentRefused(PrinterRefused):
    """Say that the document is no PDF, or larger than the print service takes."""

    code: ClassVar[str] = "document-refused"


class NoRoomLeft(PrinterRefused):
    """Say that the document found no room to wait in; nothing of it was sent to the printer."""

    code: ClassVar[str] = "no-room-left"

    def __init__(self, *, ipp_status: int = 0) -> None:
        super().__init__(reasons=frozenset({Reason.NO_ROOM}), ipp_status=ipp_status)


class PurgeFailed(PrinterError):
    """Say that `jobs` jobs were still known, however often they were purged."""

    code: ClassVar[str] = "purge-failed"

    def __init__(self, jobs: int) -> None:
        super().__init__()
        self.jobs = jobs
