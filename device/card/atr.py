"""What an answer to reset tells of a card: a hint, never a proof (eid.md, 1.1 and 1.2)."""

EID_GENERATIONS = {
    bytes.fromhex(atr): generation
    for atr, generation in (
        ("3B989440FFA503010101AD1310", "1.0"),
        ("3B9894400AA503010101AD1310", "1.0"),
        ("3B9813400AA503010101AD1311", "1.1 - 1.7"),
        ("3B9830400AA503010101AD1311", "1.1 - 1.7"),
        ("3B989540FFD000480101AD1321", "test"),
        ("3B9813402AD000480101AD1311", "1.1 - 1.7"),
        ("3B9895400AA507010101AD1320", "1.1 - 1.7"),
        ("3B7F96000080318065B085040120120FFF829000", "1.8"),
    )
}
"""Cards that need no probing, by the applets they bear; any other is asked for its applet."""


def is_contactless(atr: bytes) -> bool:
    """Tell whether a reader made this ATR up for a wireless card (PC/SC part 3, 3.1.3.2.3)."""
    return len(atr) > 4 and atr[0] == 0x3B and atr[1] >> 4 == 8 and atr[2:4] == b"\x80\x01"
