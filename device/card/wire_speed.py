"""How fast a T=0 card talks, as its answer to reset tells (ISO 7816-3, 8.1 and 8.3)."""

CLOCK_HZ = 4_000_000
"""The clock that most readers give a card."""
ETU_PER_BYTE = 12
"""T=0: start bit, eight data bits, parity, two of guard time."""

_F = (372, 372, 558, 744, 1116, 1488, 1860, None, None, 512, 768, 1024, 1536, 2048, None, None)
_D = (None, 1, 2, 4, 8, 16, 32, 64, 12, 20, None, None, None, None, None, None)
_DEFAULT_TA1 = 0x11


def seconds_per_byte(atr: bytes, clock_hz: int = CLOCK_HZ) -> float:
    """Return the seconds that one byte takes when the reader takes up the speed on offer (TA1).

    An ATR without TA1, or with one that the standard keeps for later, means F=372 and D=1.
    """
    has_ta1 = len(atr) > 2 and bool(atr[1] & 0x10)
    ta1 = atr[2] if has_ta1 else _DEFAULT_TA1
    f, d = _F[ta1 >> 4], _D[ta1 & 0x0F]
    if f is None or d is None:
        f, d = 372, 1
    return ETU_PER_BYTE * f / d / clock_hz


def seconds_per_exchange(atr: bytes, sent: int, received: int, clock_hz: int = CLOCK_HZ) -> float:
    """Return the seconds of one command and its answer, both in bytes, status word included.

    T=0 adds one procedure byte when there is data to send or to receive beside header and status.
    """
    procedure = 1 if sent > 5 or received > 2 else 0
    return (sent + received + procedure) * seconds_per_byte(atr, clock_hz)
