"""Whether the chip is the one that the National Register made, and not a copy of its data.

Off unless a caller asks: nothing else in the product sends this command. Only applet 1.8 can
answer (its public key is on the card, and its hash in the signed identity; eid.md, 5.5).

The cost: a card answers 5000 times in its life and then no more until its holder enters a PIN
(applet 1.8 manual), which we never ask for. So one question per insertion at most, none when its
answer could prove nothing, and no second try when the first went wrong.
"""

import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, utils
from cryptography.hazmat.primitives.serialization import load_der_public_key

from device.card import tlv
from device.card.apdu import (
    CHALLENGE_BYTES,
    GET_RESPONSE,
    MAX_LE,
    SW_OK,
    Channel,
    ChipQuestion,
    CommandApdu,
)
from device.card.certificates import ec_verifies
from device.card.errors import CardMalformed
from device.card.verdict import Authenticity, Chip, Issuer, Part, Reason, Verdict

BASIC_KEY = bytes.fromhex("3F00DF014040")
"""The file of the chip's public key, 120 bytes of SubjectPublicKeyInfo."""

_KEY_HASH = 0x1A
_ANSWER_BYTES = 2 * CHALLENGE_BYTES


@dataclass(frozen=True, slots=True)
class Insertion:
    """Name one insertion of one card.

    `reader` is the PC/SC name. `number` is any value that differs between two insertions there,
    such as pcscd's count of events (the upper half of dwEventState).
    """

    reader: str
    number: int


class QuestionLimit:
    """Let one question pass per insertion.

    It remembers the last insertion of each reader, so it must live as long as the process that
    sees cards come and go. A question that failed has been asked.
    """

    def __init__(self) -> None:
        self._asked: dict[str, int] = {}

    def take(self, insertion: Insertion) -> bool:
        """Return True the first time for an insertion, and never again for it."""
        if self._asked.get(insertion.reader) == insertion.number:
            return False
        self._asked[insertion.reader] = insertion.number
        return True


def check_chip(
    channel: Channel,
    *,
    identity: bytes,
    authenticity: Authenticity,
    basic_key: bytes,
    insertion: Insertion,
    limit: QuestionLimit,
    challenge: Callable[[int], bytes] = secrets.token_bytes,
) -> Part[Chip]:
    """Return whether the chip holds the private key that the register signed for.

    `identity` is EF 4031 and `authenticity` its verdict; `basic_key` is EF 4040 as read. `channel`
    is the card itself, not one that repeats commands. COPIED only after a whole, wrong answer or
    for another's key; a card that does not answer is NOT_CHECKED, which no copy gains by.
    Raises CardError.
    """
    if authenticity.identity.verdict is not Verdict.VALID:
        return _unchecked(Reason.IDENTITY_NOT_VALID)
    if authenticity.issuer.verdict not in (Issuer.TRUSTED, Issuer.EXPIRED):
        return _unchecked(Reason.ISSUER_NOT_TRUSTED)
    expected = tlv.parse(identity).get(_KEY_HASH, b"")
    if not expected:
        return _unchecked(Reason.NO_HASH)
    if not basic_key:
        return _unchecked(Reason.NO_KEY)
    if hashlib.sha384(basic_key).digest() != expected:
        return Part(Chip.COPIED, Reason.HASH)
    key = _key(basic_key)
    if not limit.take(insertion):
        return _unchecked(Reason.ALREADY_ASKED)
    question = challenge(CHALLENGE_BYTES)
    answer = _ask(channel, question)
    if answer is None:
        return _unchecked(Reason.REFUSED)
    if len(answer) != _ANSWER_BYTES:
        return _unchecked(Reason.ANSWER_LENGTH)
    if not _answers(key, question, answer):
        return Part(Chip.COPIED, Reason.SIGNATURE)
    return Part(Chip.GENUINE)


def _unchecked(reason: Reason) -> Part[Chip]:
    return Part(Chip.NOT_CHECKED, reason)


def _key(basic_key: bytes) -> ec.EllipticCurvePublicKey:
    try:
        key = load_der_public_key(basic_key)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise CardMalformed("basic-key") from None
    if isinstance(key, ec.EllipticCurvePublicKey) and isinstance(key.curve, ec.SECP384R1):
        return key
    raise CardMalformed("basic-key")


def _ask(channel: Channel, question: bytes) -> bytes | None:
    """Send the question once; None when the card does not answer it.

    By hand and not through T0Responses: a 6Cxx there would be answered with a second question.
    """
    data, sw = channel.send_and_receive(ChipQuestion(question))
    if sw >> 8 == 0x61:
        fetch = CommandApdu(*GET_RESPONSE, 0, 0, le=sw & 0xFF or MAX_LE)
        more, sw = channel.send_and_receive(fetch)
        data += more
    return data if sw == SW_OK else None


def _answers(key: ec.EllipticCurvePublicKey, question: bytes, answer: bytes) -> bool:
    r, s = (int.from_bytes(half, "big") for half in (answer[:48], answer[48:]))
    # The chip signs the challenge itself, as if it were a digest.
    algorithm = ec.ECDSA(utils.Prehashed(hashes.SHA384()))
    return ec_verifies(key, utils.encode_dss_signature(r, s), question, algorithm)
