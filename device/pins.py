"""What is wired to which pin: data, readable without a GPIO library."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Pins:
    """BCM numbers of what is wired; None: the place has no such part."""

    green: int | None = 17
    red: int | None = 27
    previous: int | None = None
    next: int | None = None
    repeat: int | None = None
    helper_key: int | None = None
    lamp_red: int | None = 22
    lamp_green: int | None = 23
    lamp_blue: int | None = 24
    buzzer: int | None = 25
