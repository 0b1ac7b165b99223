"""Making complete virtual cards, signed by a test register that is made on the spot.

None of this ships on a device.
"""

from device.card.forge.card import Make, forge_card, shown
from device.card.forge.certificates import certify
from device.card.forge.keys import KeyRing
from device.card.forge.person import Person
from device.card.forge.register import Register, Signing, found, found_register

__all__ = [
    "KeyRing",
    "Make",
    "Person",
    "Register",
    "Signing",
    "certify",
    "forge_card",
    "found",
    "found_register",
    "shown",
]
