"""The reader and its cards as a part of the twin: what a hand does and what an eye sees.

Served by `provisioning.twin.hands.HandServer` as "card": insert (card), remove, reader_away,
reader_back, status, deck. Orders about cards go on to the card holder; a reader that is taken
away is also taken from pcscd, which would list it for ever.
"""

from __future__ import annotations

from typing import Any

from provisioning.twin.hands import Answer, HandClient, Verbs
from provisioning.twin.surroundings import CardSide


def card_verbs(side: CardSide) -> Verbs:
    """Return the verbs of a card side, real or simulated."""
    holder = HandClient(side.holder_socket)

    def ask(**order: Any) -> Answer:
        return holder.ask(**order)

    def reader_away() -> Answer:
        side.move_reader(is_there=False)
        return ask(do="reader_away")

    def reader_back() -> Answer:
        side.move_reader(is_there=True)
        return ask(do="reader_back")

    return {
        "insert": lambda card: ask(do="insert", card=card),
        "remove": lambda: ask(do="remove"),
        "reader_away": reader_away,
        "reader_back": reader_back,
        "status": lambda: ask(do="status"),
        "deck": lambda: ask(do="deck"),
    }
