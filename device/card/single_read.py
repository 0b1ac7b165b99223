"""One reading of one card: what is read, in which order, and what is checked before it counts."""

import contextlib
import datetime
import hashlib
import hmac
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric import rsa

from device.card import files, learned
from device.card.authenticity import SignedFiles, verify
from device.card.eid import address_field, identity_field, parse_address, parse_identity
from device.card.errors import CardError
from device.card.files import CardFiles, Shape
from device.card.protocol import CardConnection, Readers
from device.card.roots import TrustedRoots, load_certificate
from device.card.status import ADDRESS_FIELDS, IDENTITY_FIELDS, CardFinding, Field
from device.card.traces import Trace
from device.card.verdict import Authenticity, Reason

NAME_FIELDS = frozenset({Field.SURNAME, Field.FIRST_NAMES})
CHIP_BYTES = 16
"""How much of the card data names the chip; identity tag 02 says the same."""


@dataclass(frozen=True, slots=True, repr=False)
class Gathered:
    """Hold the declared fields of one card and what is known about their truth."""

    fields: Mapping[Field, str]
    card_id: str
    authenticity: Authenticity


class SingleRead:
    """Read the declared fields of the card in the reader, once.

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

    @property
    def card_id(self) -> str:
        """Name the card that was met: the expected one, or the first; "" before."""
        return self._expected_card or ""

    def identify(self) -> str:
        """Return the card's fingerprint in this visit. Raises CardError."""
        with self._card() as connection:
            return self._fingerprint(self._greet(CardFiles(connection)))

    def gather(
        self, fields: frozenset[Field], on_first: Callable[[Mapping[Field, str]], None]
    ) -> Gathered:
        """Return the declared fields; the name goes to `on_first` as soon as it is read.

        What does not fit together is read once more, slowly and from a new connection. Raises
        CardError: CardRemoved, DIFFERENT_CARD, ALTERED and all that connecting and reading raise.
        """
        try:
            return self._attempt(fields, on_first, is_careful=False)
        except CardError as error:
            if error.finding not in (CardFinding.UNREADABLE, CardFinding.ALTERED):
                raise
        return self._attempt(fields, lambda _: None, is_careful=True)

    @contextlib.contextmanager
    def _card(self) -> Iterator[CardConnection]:
        connection = self._readers.connect()
        try:
            yield connection
        finally:
            connection.close()
            self.wire_s += connection.wire_s

    def _attempt(
        self,
        fields: frozenset[Field],
        on_first: Callable[[Mapping[Field, str]], None],
        *,
        is_careful: bool,
    ) -> Gathered:
        with self._card() as connection:
            card = CardFiles(connection, is_careful=is_careful)
            card_data = self._greet(card)
            values: dict[Field, str] = {}
            identity = self._identity(card, card_data, fields, values, on_first)
            address = self._address(card, fields, values) if fields & ADDRESS_FIELDS else None
            # Its key tells how long a signature is, so it comes before them.
            rrn = card.read(files.RRN_CERTIFICATE, files.DER)
            signed = SignedFiles(
                identity=identity,
                # The address is signed together with this file, padding and all.
                identity_signature=card.read(
                    files.IDENTITY_SIGNATURE, _signature(rrn, is_stored=address is not None)
                ),
                address=address,
                address_signature=(
                    None
                    if address is None
                    else card.read(files.ADDRESS_SIGNATURE, _signature(rrn, is_stored=False))
                ),
                rrn_certificate=rrn,
            )
            authenticity = self._authenticity(card, signed)
            if identity is None:
                # Signatures bind all the rest to each other, but only the identity to the chip.
                self._meet_again(card, card_data)
        if authenticity.alteration is not None:
            raise CardError(CardFinding.ALTERED, authenticity.alteration.value)
        return Gathered(values, self._fingerprint(card_data), authenticity)

    def _greet(self, card: CardFiles) -> bytes:
        """Make sure that this is an eID, and this visit's one; return its card data."""
        card_data = card.recognise()
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

    def _identity(
        self,
        card: CardFiles,
        card_data: bytes,
        fields: frozenset[Field],
        values: dict[Field, str],
        on_first: Callable[[Mapping[Field, str]], None],
    ) -> bytes | None:
        """Read the identity, if a field needs it, straight after the greeting."""
        if not fields & IDENTITY_FIELDS:
            return None
        content = card.read(files.IDENTITY, files.RECORDS)
        identity = parse_identity(content)
        self._note(learned.of_identity(identity))
        if identity.chip_number != card_data[:CHIP_BYTES]:
            self._meet_again(card, card_data)
        for field in fields & IDENTITY_FIELDS:
            values[field] = identity_field(field, identity)
        name = {field: values[field] for field in fields & NAME_FIELDS}
        if name:
            on_first(name)
        return content

    def _address(
        self, card: CardFiles, fields: frozenset[Field], values: dict[Field, str]
    ) -> bytes:
        content = card.read(files.ADDRESS, files.PADDED_RECORDS)
        address = parse_address(content)
        self._note(learned.of_address(address))
        for field in fields & ADDRESS_FIELDS:
            values[field] = address_field(field, address)
        return content

    def _authenticity(self, card: CardFiles, signed: SignedFiles) -> Authenticity:
        """Verify; fetch the card's own root only when no known one fits."""
        authenticity = verify(signed, self._roots, self._today)
        if authenticity.issuer.reason is Reason.ROOT_NOT_PINNED:
            self._roots.offer(card.read(files.ROOT_CERTIFICATE, files.DER))
            authenticity = verify(signed, self._roots, self._today)
        return authenticity

    def _fingerprint(self, card_data: bytes) -> str:
        return hmac.new(self._visit_key, card_data, hashlib.sha256).hexdigest()


def _signature(untrusted_rrn: bytes, *, is_stored: bool) -> Shape:
    """Return the shape of a signature by the key that made it. Raises CardMalformed.

    `is_stored`: with the padding of its file.
    """
    key = load_certificate(untrusted_rrn).public_key()
    if isinstance(key, rsa.RSAPublicKey):
        return files.exact(key.key_size // 8)
    return files.STORED_SIGNATURE if is_stored else files.EC_SIGNATURE
