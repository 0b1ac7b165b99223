"""An invented person, as a card writes them."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, repr=False)
class Person:
    """Hold what an invented person's card says; texts as the card writes them.

    Of what only some cards have, None means that the card has no such tag, "" an empty one.
    """

    card_number: str
    national_number: str
    surname: str
    first_names: str
    nationality: str
    birth_place: str
    birth_date: str
    gender: str
    document_type: str
    valid_from: str
    valid_until: str
    issued_in: str
    street: str
    postal_code: str
    municipality: str
    chip: bytes
    third_initial: str = ""
    nobility: str = ""
    special_status: str = "0"
    duplicate: str | None = None
    special_organisation: str | None = None
    is_family_member: bool = False
    """Said by the presence of an empty tag."""
    protection: str | None = None
    """Date and country: dd.MM.yyyy-A2."""
    work_permit: str | None = None
    employer_vat_1: str | None = None
    employer_vat_2: str | None = None
    regional_file_number: str | None = None
    brexit_mention_1: str | None = None
    brexit_mention_2: str | None = None
    card_a_mention_1: str | None = None
    card_a_mention_2: str | None = None
    eu_start_date: str | None = None

    @property
    def cn(self) -> str:
        """First given name and surname, at most 64 characters (X.520, ub-common-name)."""
        return f"{self.first_names.split(' ')[0]} {self.surname}"[:64]
