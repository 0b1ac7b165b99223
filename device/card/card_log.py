"""What a virtual card was asked and what it gave away: the eye of tests and of the bench."""

from collections import Counter
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Span:
    """Name bytes of one file that left the card: path from 3F00, offset, length."""

    file: bytes
    offset: int
    length: int


@dataclass(slots=True)
class CardLog:
    """Count what passed a card since it was made. It holds no data of the card."""

    commands: list[tuple[int, int]] = field(default_factory=list)
    """Class and instruction of each command, in order."""
    spans: list[Span] = field(default_factory=list)
    """What READ BINARY gave away, in order, an answer without data left out."""
    bytes_in: int = 0
    bytes_out: int = 0
    resets: int = 0
    """How often a reader powered the card on or off or reset it."""
    authentications: int = 0
    """How often the chip proved itself; a card has 5000 of these (eid.md, 5.5)."""

    @property
    def apdus(self) -> int:
        """The number of commands."""
        return len(self.commands)

    def was_read(self, file: bytes) -> bool:
        """Tell whether any byte of this file left the card."""
        return any(span.file == file for span in self.spans)

    def bytes_of(self, file: bytes) -> int:
        """Return how many different bytes of this file left the card."""
        return len(self._counted(file))

    def read_twice(self) -> dict[bytes, int]:
        """Return the number of bytes that left the card more than once, by file."""
        files = {span.file for span in self.spans}
        twice = {file: sum(n > 1 for n in self._counted(file).values()) for file in files}
        return {file: number for file, number in sorted(twice.items()) if number}

    def _counted(self, file: bytes) -> Counter[int]:
        spans = [span for span in self.spans if span.file == file]
        return Counter(at for s in spans for at in range(s.offset, s.offset + s.length))
