"""One reading of one card: what is read, in which order, and what is checked before it counts."""

import contextlib
import dataclasses
import datetime
import hashlib
import hmac
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric import rsa

from device.card import files, learned
from device.card.apdu import Channel, Counted, Exchange
from device.card.authenticity import SignedFiles, verify
from device.card.certificates import load_certificate
from device.card.eid import (
    Address,
    Identity,
    address_field,
    identity_field,
    parse_address,
    parse_identity,
)
from device.card.errors import CardError, CardMalformed, CardRefused
from device.card.files import CardFiles, Shape
from device.card.genuine_chip import BASIC_KEY, Insertion, QuestionLimit, check_chip
from device.card.protocol import Readers
from device.card.roots import TrustedRoots
from device.card.status import ADDRESS_FIELDS, IDENTITY_FIELDS, CardFinding, Field
from device.card.traces import Trace
from device.card.verdict import Authenticity, Reason

NAME_FIELDS = frozenset({Field.SURNAME, Field.FIRST_NAMES})
CHIP_BYTES = 16
"""How much of the card data names the chip; identity tag 02 says the same."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Say what one read is for: declared fields, and for a technician's tool whole parts."""

    fields: frozenset[Field] = frozenset()
    has_identity: bool = False
    has_address: bool = False
    has_photo: bool = False
    asks_chip: bool = False
    """Have the chip prove that it is no copy: one of its 5000 answers (genuine_chip.py)."""
    takes_altered: bool = False
    """What was changed after it was signed is worth nothing to a visit, but a tool shows it."""

    @property
    def needs_identity(self) -> bool:
        """Also for photo and chip: nothing else says which ones belong to the card."""
        is_hung_on = self.has_photo or self.asks_chip
        return self.has_identity or is_hung_on or bool(self.fields & IDENTITY_FIELDS)

    @property
    def needs_address(self) -> bool:
        """Only its own fields need the address."""
        return self.has_address or bool(self.fields & ADDRESS_FIELDS)


@dataclass(frozen=True, slots=True, repr=False)
class Gathered:
    """Hold the declared fields of one card and what is known about their truth.

    `identity`, `address` and `photo` are what was read for it, None where nothing was.
    """

    fields: Mapping[Field, str]
    card_id: str
    authenticity: Authenticity
    identity: Identity | None
    address: Address | None
    photo: bytes | None
    is_of_this_chip: bool
    """False when the signed identity names another chip than the card does."""
    is_expired: bool
    """True when the identity was read and the card's last day is over."""


class SingleRead:
    """Read what is wanted from the card in the reader, once.

    `note` is told every value the card tells, before anything else happens with it; when it
    raises, the value goes nowhere. `expected_card` is the card_id of this visit's card, if any.
    """

    def __init__(
        self,
        readers: Readers,
        *,
        visit_key: bytes,
        expected_card: str | None,
        roots: TrustedRoots,
        today: datetime.date,
        note: Callable[[Iterable[Trace]], None],
    ) -> None:
        self._readers = readers
        self._visit_key = visit_key
        self._expected_card = expected_card
        self._roots = roots
        self._today = today
        self._note = note
        self.wire_s = 0.0
        self.exchange = Exchange()
        self._chip_limit = QuestionLimit()

    @property
    def card_id(self) -> str:
        """Name the card that was met: the expected one, or the first; "" before."""
        return self._expected_card or ""

    def identify(self) -> str:
        """Return the card's fingerprint in this visit. Raises CardError."""
        with self._card() as (channel, atr):
            return self._fingerprint(self._greet(CardFiles(channel), atr))

    def gather(self, wanted: Wanted, on_first: Callable[[Mapping[Field, str]], None]) -> Gathered:
        """Return what is wanted; the name goes to `on_first` as soon as it is read.

        What does not fit together is read once more, slowly and from a new connection. Raises
        CardError: CardRemoved, DIFFERENT_CARD, ALTERED unless that is wanted too, and all that
        connecting and reading raise.
        """
        try:
            gathered = self._attempt(wanted, on_first, is_careful=False)
            if gathered.authenticity.alteration is None:
                return gathered
        except CardError as error:
            if error.finding is not CardFinding.UNREADABLE:
                raise
        gathered = self._attempt(wanted, lambda _: None, is_careful=True)
        alteration = gathered.authenticity.alteration
        if alteration is not None and not wanted.takes_altered:
            raise CardError(CardFinding.ALTERED, alteration.value)
        return gathered

    @contextlib.contextmanager
    def _card(self) -> Iterator[tuple[Channel, bytes]]:
        connection = self._readers.connect()
        try:
            yield Counted(connection, self.exchange), connection.atr
        finally:
            connection.close()
            self.wire_s += connection.wire_s

    def _attempt(
        self,
        wanted: Wanted,
        on_first: Callable[[Mapping[Field, str]], None],
        *,
        is_careful: bool,
    ) -> Gathered:
        with self._card() as (channel, atr):
            card = CardFiles(channel, is_careful=is_careful)
            card_data = self._greet(card, atr)
            values: dict[Field, str] = {}
            identity = address = None
            identity_file = address_file = address_signature = photo = None
            if wanted.needs_identity:
                identity_file = card.read(files.IDENTITY, files.RECORDS)
                identity = parse_identity(identity_file)
                self._note(learned.of_identity(identity))
                if identity.chip_number != card_data[:CHIP_BYTES]:
                    self._meet_again(card, card_data)
                for field in wanted.fields & IDENTITY_FIELDS:
                    values[field] = _said(field, identity)
                if wanted.fields & NAME_FIELDS:
                    on_first({field: values[field] for field in wanted.fields & NAME_FIELDS})
            if wanted.needs_address:
                address_file = card.read(files.ADDRESS, files.PADDED_RECORDS)
                address = parse_address(address_file)
                self._note(learned.of_address(address))
                for field in wanted.fields & ADDRESS_FIELDS:
                    values[field] = address_field(field, address)
            # Its key tells how long a signature is, so it comes before them.
            rrn = card.read(files.RRN_CERTIFICATE, files.DER)
            # The address is signed together with this file, padding and all.
            identity_signature = card.read(
                files.IDENTITY_SIGNATURE, _signature(rrn, is_stored=wanted.needs_address)
            )
            if wanted.needs_address:
                address_signature = card.read(
                    files.ADDRESS_SIGNATURE, _signature(rrn, is_stored=False)
                )
            if wanted.has_photo:
                photo = _if_there(card, files.PHOTO, files.JPEG)
            signed = SignedFiles(
                identity=identity_file,
                identity_signature=identity_signature,
                address=address_file,
                address_signature=address_signature,
                rrn_certificate=rrn,
                photo=photo,
            )
            authenticity = self._authenticity(card, signed)
            if wanted.asks_chip and identity_file is not None:
                authenticity = self._ask_chip(channel, card, identity_file, authenticity)
            if identity is None:
                # Signatures bind all the rest to each other, but only the identity to the chip.
                self._meet_again(card, card_data)
        card_id = self._fingerprint(card_data)
        is_of_this_chip = identity is None or identity.chip_number == card_data[:CHIP_BYTES]
        return Gathered(
            values,
            card_id,
            authenticity,
            identity,
            address,
            photo,
            is_of_this_chip=is_of_this_chip,
            is_expired=identity is not None and _is_expired(identity, self._today),
        )

    def _greet(self, card: CardFiles, atr: bytes) -> bytes:
        """Make sure that this is an eID, and this visit's one; return its card data."""
        card_data = card.recognise(atr)
        self._note(learned.of_card_data(card_data))
        fingerprint = self._fingerprint(card_data)
        # A second attempt must meet the card of the first.
        if fingerprint != (self._expected_card or fingerprint):
            raise CardError(CardFinding.DIFFERENT_CARD, "expected-card")
        self._expected_card = fingerprint
        return card_data

    def _meet_again(self, card: CardFiles, card_data: bytes) -> None:
        """Refuse what another card has told: a quick exchange can escape pcscd."""
        if card.card_data() != card_data:
            raise CardError(CardFinding.DIFFERENT_CARD, "card-data-changed")

    def _authenticity(self, card: CardFiles, signed: SignedFiles) -> Authenticity:
        """Verify; fetch the card's own root only when no known one fits."""
        authenticity = verify(signed, self._roots, self._today)
        if authenticity.issuer.reason is Reason.ROOT_NOT_PINNED:
            self._roots.offer(_if_there(card, files.ROOT_CERTIFICATE, files.DER) or b"")
            authenticity = verify(signed, self._roots, self._today)
        return authenticity

    def _ask_chip(
        self, channel: Channel, card: CardFiles, identity_file: bytes, authenticity: Authenticity
    ) -> Authenticity:
        """Ask at most once in the life of this object, which is one insertion at most."""
        # Before applet 1.8 there is no such file.
        basic_key = _if_there(card, BASIC_KEY, files.DER) or b""
        chip = check_chip(
            channel,
            identity=identity_file,
            authenticity=authenticity,
            basic_key=basic_key,
            insertion=Insertion("", 0),
            limit=self._chip_limit,
        )
        return dataclasses.replace(authenticity, chip=chip)

    def _fingerprint(self, card_data: bytes) -> str:
        return hmac.new(self._visit_key, card_data, hashlib.sha256).hexdigest()


def _said(field: Field, identity: Identity) -> str:
    """Return a field, "" where its form is one that nobody knows: the holder can say that one."""
    try:
        return identity_field(field, identity)
    except CardMalformed:
        return ""


def _is_expired(identity: Identity, today: datetime.date) -> bool:
    """Tell whether the card says that it is over; a day of unknown form says nothing."""
    try:
        return identity.is_expired(today)
    except CardMalformed:
        return False


def _if_there(card: CardFiles, path: bytes, shape: Shape) -> bytes | None:
    """Return a file without which the rest still counts, None where the card has none."""
    try:
        return card.read(path, shape)
    except CardRefused as error:
        if error.finding is not CardFinding.UNREADABLE:
            raise
        return None


def _signature(untrusted_rrn: bytes, *, is_stored: bool) -> Shape:
    """Return the shape of a signature by the key that made it. Raises CardMalformed.

    `is_stored`: with the padding of its file.
    """
    key = load_certificate(untrusted_rrn).key
    if isinstance(key, rsa.RSAPublicKey):
        return files.exact(key.key_size // 8, is_stored=is_stored)
    return files.STORED_SIGNATURE if is_stored else files.EC_SIGNATURE
