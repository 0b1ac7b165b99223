"""Coverage-guided fuzzing of everything that bytes from a card go through."""
