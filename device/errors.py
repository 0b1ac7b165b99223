"""The root of every error that a device can raise."""

from typing import ClassVar


class DeviceError(Exception):
    """Say that the other side of a device misbehaved.

    Every subclass has a stable `code` (kebab-case); the screen finds the sentence for it in the
    catalogue. Fields carry numbers, keywords and status words, never a personal value.
    An everyday physical fact (no card, no paper) is a level and not an error.
    """

    code: ClassVar[str] = "device-error"
