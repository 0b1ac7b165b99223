"""Whether the chip is a copy: what is asked, how often, and what an answer proves."""

from __future__ import annotations

import dataclasses
import hashlib
import re
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, utils
from hypothesis import given, settings
from hypothesis import strategies as st

from device.card import genuine_chip
from device.card.apdu import (
    ALLOWED,
    ChipQuestion,
    CommandApdu,
    T0Responses,
    outgoing,
)
from device.card.authenticity import verify
from device.card.errors import CardError, CardMalformed, ForbiddenCommand
from device.card.genuine_chip import Insertion, QuestionLimit, check_chip
from device.card.single_read import Wanted
from device.card.verdict import Authenticity, Chip, Issuer, Part, Reason, Verdict
from tests.unit.card.pki import TODAY, ec_key, identity_of, no_trust, register, rsa_key, trust_in

DEVICE = Path(genuine_chip.__file__).parents[1]
QUESTION = bytes(range(48))
INSERTION = Insertion("reader 00 00", 3)
GENUINE = Part(Chip.GENUINE)
PROVEN = Authenticity(
    Part(Verdict.VALID),
    Part(Verdict.NOT_CHECKED, Reason.NOT_READ),
    Part(Issuer.TRUSTED),
    is_development=False,
)


def public(key: Any) -> bytes:
    """Return EF 4040 of a key."""
    content: bytes = key.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return content


CHIP_KEY = ec_key(20)
EF_4040 = public(CHIP_KEY)
IDENTITY = identity_of(more={0x1A: hashlib.sha384(EF_4040).digest()})


class ChipCard:
    """The chip behind a TPDU reader: it answers the question with 61 60."""

    def __init__(self, key: Any = CHIP_KEY) -> None:
        self.key = key
        self.sent: list[bytes] = []
        self.script: list[tuple[bytes, int]] | None = None
        self._answer = b""

    def send_and_receive(self, apdu: CommandApdu) -> tuple[bytes, int]:
        wire = outgoing(apdu)
        self.sent.append(wire)
        if self.script is not None:
            return self.script.pop(0)
        if wire[1] == 0x88:
            self._answer = self.answer(wire[7:])
            return b"", 0x6160
        assert wire == bytes.fromhex("00C0000060")
        return self._answer, 0x9000

    def answer(self, question: bytes) -> bytes:
        algorithm = ec.ECDSA(utils.Prehashed(hashes.SHA384()))
        halves = utils.decode_dss_signature(self.key.sign(question, algorithm))
        return b"".join(half.to_bytes(48, "big") for half in halves)


def check(card: Any, **changes: Any) -> Part[Chip]:
    """Check a genuine 1.8 card, but for the changes."""
    asked: dict[str, Any] = {
        "identity": IDENTITY,
        "authenticity": PROVEN,
        "basic_key": EF_4040,
        "insertion": INSERTION,
        "limit": QuestionLimit(),
        "challenge": lambda _: QUESTION,
    }
    return check_chip(card, **(asked | changes))


def test_a_chip_that_signs_the_challenge_is_genuine() -> None:
    card = ChipCard()

    assert check(card) == GENUINE
    assert card.sent == [
        bytes.fromhex("00880281329430") + QUESTION,
        bytes.fromhex("00C0000060"),
    ]


def test_a_reader_that_fetches_the_answer_itself_is_as_good() -> None:
    card = ChipCard()
    card.script = [(card.answer(QUESTION), 0x9000)]

    assert check(card) == GENUINE


def test_the_file_of_the_key_has_the_size_that_cards_have() -> None:
    assert len(EF_4040) == 120


def test_a_copy_with_the_public_key_of_its_original_is_found_out() -> None:
    assert check(ChipCard(ec_key(21))) == Part(Chip.COPIED, Reason.SIGNATURE)


def test_a_copy_with_a_key_of_its_own_is_found_out_and_not_asked() -> None:
    card = ChipCard(ec_key(21))

    found = check(card, basic_key=public(ec_key(21)))

    assert found == Part(Chip.COPIED, Reason.HASH)
    assert card.sent == []


def test_a_recorded_answer_does_not_pass() -> None:
    card = ChipCard()
    recorded = card.answer(bytes(48))
    card.script = [(recorded, 0x9000)]

    assert check(card) == Part(Chip.COPIED, Reason.SIGNATURE)


def test_every_challenge_is_new() -> None:
    card = ChipCard()
    for number in range(4):
        found = check_chip(
            card,
            identity=IDENTITY,
            authenticity=PROVEN,
            basic_key=EF_4040,
            insertion=Insertion("reader", number),
            limit=QuestionLimit(),
        )
        assert found == GENUINE
    assert len({wire for wire in card.sent if wire[1] == 0x88}) == 4


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"identity": identity_of()}, Reason.NO_HASH),
        ({"identity": identity_of(more={0x1A: b""})}, Reason.NO_HASH),
        ({"basic_key": b""}, Reason.NO_KEY),
        (
            {
                "authenticity": dataclasses.replace(
                    PROVEN, identity=Part(Verdict.ALTERED, Reason.SIGNATURE)
                )
            },
            Reason.IDENTITY_NOT_VALID,
        ),
        (
            {
                "authenticity": dataclasses.replace(
                    PROVEN, issuer=Part(Issuer.UNKNOWN, Reason.ROOT_NOT_PINNED)
                )
            },
            Reason.ISSUER_NOT_TRUSTED,
        ),
    ],
)
def test_a_question_whose_answer_could_prove_nothing_is_not_asked(
    changes: dict[str, Any], reason: Reason
) -> None:
    card = ChipCard()

    assert check(card, **changes) == Part(Chip.NOT_CHECKED, reason)
    assert card.sent == []


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        ([(b"", 0x6983)], Reason.REFUSED),
        ([(b"", 0x6D00)], Reason.REFUSED),
        ([(b"", 0x6C60)], Reason.REFUSED),
        ([(b"", 0x6160), (b"", 0x6F00)], Reason.REFUSED),
        ([(b"", 0x6160), (bytes(96), 0x6160)], Reason.REFUSED),
        ([(b"", 0x9000)], Reason.ANSWER_LENGTH),
        ([(bytes(95), 0x9000)], Reason.ANSWER_LENGTH),
        ([(bytes(97), 0x9000)], Reason.ANSWER_LENGTH),
        ([(bytes(4), 0x6160), (bytes(96), 0x9000)], Reason.ANSWER_LENGTH),
    ],
)
def test_a_chip_without_an_answer_is_not_checked_and_not_asked_again(
    script: list[tuple[bytes, int]], reason: Reason
) -> None:
    card, limit = ChipCard(), QuestionLimit()
    card.script = script

    assert check(card, limit=limit) == Part(Chip.NOT_CHECKED, reason)
    assert len([wire for wire in card.sent if wire[1] == 0x88]) == 1
    card.script = None
    assert check(card, limit=limit) == Part(Chip.NOT_CHECKED, Reason.ALREADY_ASKED)


def test_a_card_is_asked_once_per_insertion() -> None:
    card, limit = ChipCard(), QuestionLimit()
    again = Part(Chip.NOT_CHECKED, Reason.ALREADY_ASKED)

    assert check(card, limit=limit) == GENUINE
    assert check(card, limit=limit) == again
    assert check(card, limit=limit, insertion=Insertion("other reader", 3)) == GENUINE
    assert check(card, limit=limit) == again
    # when it was pulled and came back
    assert check(card, limit=limit, insertion=Insertion("reader 00 00", 5)) == GENUINE
    assert check(card, limit=limit, insertion=Insertion("reader 00 00", 5)) == again
    assert len([wire for wire in card.sent if wire[1] == 0x88]) == 3


def test_a_question_that_was_not_sent_uses_nothing_up() -> None:
    card, limit = ChipCard(), QuestionLimit()

    check(card, limit=limit, basic_key=b"")

    assert check(card, limit=limit) == GENUINE


def test_an_expired_issuer_still_says_whose_chip_it_is() -> None:
    expired = dataclasses.replace(PROVEN, issuer=Part(Issuer.EXPIRED, Reason.CERTIFICATE_EXPIRED))

    assert check(ChipCard(), authenticity=expired) == GENUINE


@pytest.mark.parametrize(
    "file",
    [b"\x30\x03abc", public(rsa_key(1024)), public(ec_key(0, ec.SECP256R1))],
    ids=["no key", "RSA", "P-256"],
)
def test_a_file_that_holds_no_p384_key_is_malformed(file: bytes) -> None:
    identity = identity_of(more={0x1A: hashlib.sha384(file).digest()})
    card = ChipCard()

    with pytest.raises(CardMalformed):
        check(card, identity=identity, basic_key=file)
    assert card.sent == []


def test_a_whole_card_is_proven_to_its_chip(tmp_path: Path) -> None:
    # given a signed card with its own chip, and the same data under nobody's root
    made = register()
    files = made.card(IDENTITY)

    known = verify(files, trust_in(tmp_path, made.root), TODAY)
    unknown = verify(files, no_trust(), TODAY)

    assert check(ChipCard(), authenticity=known) == GENUINE
    not_trusted = Part(Chip.NOT_CHECKED, Reason.ISSUER_NOT_TRUSTED)
    assert check(ChipCard(), authenticity=unknown) == not_trusted


@given(st.binary(max_size=130), st.integers(0, 0xFFFF), st.binary(max_size=130))
@settings(max_examples=200, deadline=None)
def test_any_answer_is_a_verdict_or_a_card_error(untrusted: bytes, sw: int, more: bytes) -> None:
    card = ChipCard()
    card.script = [(untrusted, sw), (more, 0x9000)]
    try:
        found = check(card)
    except CardError:
        return
    assert found != GENUINE


@given(st.binary(max_size=200))
@settings(deadline=None)
def test_any_file_as_key_is_a_verdict_or_a_card_error(untrusted: bytes) -> None:
    identity = identity_of(more={0x1A: hashlib.sha384(untrusted).digest()})
    try:
        found = check(ChipCard(), identity=identity, basic_key=untrusted)
    except CardError:
        return
    assert found != GENUINE


# ---- each step -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("step", "instead", "changes"),
    [
        ("_answers", lambda *_: True, {}),
        ("_KEY_HASH", 0x1B, {"basic_key": public(ec_key(21))}),
        ("_answers", lambda *_: True, {"challenge": lambda _: bytes(48)}),
    ],
)
def test_each_step_of_the_chip_check_holds_off_a_copy(
    step: str, instead: Any, changes: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    # given a copy: another key, and beside the genuine hash one that fits it
    fitting = hashlib.sha384(public(ec_key(21))).digest()
    values = {0x1A: hashlib.sha384(EF_4040).digest(), 0x1B: fitting}
    asked = {"identity": identity_of(more=values), **changes}

    assert check(ChipCard(ec_key(21)), **asked) != GENUINE
    monkeypatch.setattr(genuine_chip, step, instead)
    assert check(ChipCard(ec_key(21)), **asked) == GENUINE


def test_only_the_limit_keeps_a_card_from_being_used_up(monkeypatch: pytest.MonkeyPatch) -> None:
    card, limit = ChipCard(), QuestionLimit()
    monkeypatch.setattr(QuestionLimit, "take", lambda *_: True)

    for _ in range(3):
        assert check(card, limit=limit) == GENUINE
    assert len([wire for wire in card.sent if wire[1] == 0x88]) == 3


# ---- the way out ---------------------------------------------------------------------


def test_no_plain_command_becomes_an_internal_authenticate() -> None:
    assert (0x00, 0x88) not in ALLOWED
    with pytest.raises(ForbiddenCommand):
        CommandApdu(0x00, 0x88, 0x02, 0x81, b"\x94\x30" + QUESTION)
    around = CommandApdu(0x00, 0xB0, 0x02, 0x81, b"\x94\x30" + QUESTION)
    object.__setattr__(around, "ins", 0x88)
    with pytest.raises(ForbiddenCommand):
        outgoing(around)


def test_a_question_leaves_in_its_one_form_only() -> None:
    question = ChipQuestion(QUESTION)

    assert outgoing(question) == bytes.fromhex("00880281329430") + QUESTION


@given(
    st.sampled_from(("cla", "ins", "p1", "p2", "data", "le")),
    st.integers(0, 255),
    st.binary(max_size=255),
)
def test_a_question_can_become_no_other_command(name: str, number: int, data: bytes) -> None:
    question = ChipQuestion(QUESTION)
    changed: object = data if name == "data" else number
    object.__setattr__(question, name, changed)
    try:
        wire = outgoing(question)
    except ForbiddenCommand:
        return
    assert wire[:7] == bytes.fromhex("00880281329430")
    assert len(wire) == 55


@pytest.mark.parametrize("length", [0, 47, 49, 255])
def test_a_challenge_has_the_length_that_the_chip_signs(length: int) -> None:
    with pytest.raises(ValueError, match="48"):
        ChipQuestion(bytes(length))


def test_repeating_a_question_as_6c_wants_is_refused() -> None:
    card = ChipCard()
    card.script = [(b"", 0x6C60)]

    with pytest.raises(ForbiddenCommand):
        T0Responses(card).send_and_receive(ChipQuestion(QUESTION))
    assert len(card.sent) == 1


def test_only_the_chip_check_can_make_a_question_and_only_a_tool_can_wish_for_it() -> None:
    made, asked, wished = set(), set(), set()
    for path in DEVICE.parent.glob("[dkp]*/**/*.py"):
        text = path.read_text("utf-8")
        made |= {path.name} if "ChipQuestion" in text else set()
        asked |= {path.name} if re.search(r"\bcheck_chip\(|genuine_chip import", text) else set()

        wished |= {path.name} if re.search(r"\basks_chip=", text) else set()

    assert made == {"apdu.py", "genuine_chip.py"}
    assert asked <= {"genuine_chip.py", "single_read.py"}
    assert wished == {"whole_read.py"}
    assert not Wanted().asks_chip
