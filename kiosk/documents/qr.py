"""QR codes as SVG: crisp at any size, and text, so that no file is needed.

Error correction Q stands a fold or a scratch (wallet cards), M is enough on a fresh sheet. Micro QR
is never made: telephones do not read it. The quiet zone of four modules (ISO/IEC 18004, clause
9.1) is part of the picture.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

import qrcode
from qrcode.exceptions import DataOverflowError

from kiosk.documents.errors import QrTooLong

QUIET_ZONE = 4


class Correction(Enum):
    """Name how much of a code may be lost: M 15 %, Q 25 %."""

    M = qrcode.constants.ERROR_CORRECT_M
    Q = qrcode.constants.ERROR_CORRECT_Q


@dataclass(frozen=True, slots=True)
class QrImage:
    """Hold a QR code as SVG text; ``modules`` counts one side without the quiet zone."""

    svg: str
    modules: int

    def side_mm(self, *, symbol_mm: float, module_mm: float) -> float:
        """Return the side with quiet zone that gives both a least symbol and a least module."""
        module = max(symbol_mm / self.modules, module_mm)
        return module * (self.modules + 2 * QUIET_ZONE)


def draw(payload: str, correction: Correction, max_version: int = 20) -> QrImage:
    """Draw a payload as one SVG path, black on white, in the smallest version that holds it.

    Raises `QrTooLong` when the payload is empty or needs a version above ``max_version``.
    """
    code = qrcode.QRCode(error_correction=correction.value, border=0)
    code.add_data(payload.encode("utf-8"))
    try:
        code.make(fit=True)
    except (DataOverflowError, ValueError) as overflow:
        raise QrTooLong(len(payload.encode()), max_version) from overflow
    if not payload or code.version > max_version:
        raise QrTooLong(len(payload.encode()), max_version)
    matrix = code.get_matrix()
    return QrImage(_svg(matrix), len(matrix))


def _svg(matrix: list[list[bool]]) -> str:
    side = len(matrix) + 2 * QUIET_ZONE
    path = "".join(
        f"M{start + QUIET_ZONE} {row + QUIET_ZONE}h{length}v1h-{length}z"
        for row, modules in enumerate(matrix)
        for start, length in _runs(modules)
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {side} {side}" '
        f'shape-rendering="crispEdges"><path fill="#fff" d="M0 0h{side}v{side}H0z"/>'
        f'<path d="{path}"/></svg>'
    )


def _runs(modules: list[bool]) -> list[tuple[int, int]]:
    runs: list[tuple[int, int]] = []
    start = None
    for column, is_dark in enumerate([*modules, False]):
        if is_dark and start is None:
            start = column
        elif not is_dark and start is not None:
            runs.append((start, column - start))
            start = None
    return runs
