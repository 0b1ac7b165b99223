"""What can be tapped, and which words may come with it."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from types import MappingProxyType

MAX_VALUE = 2000
"""Longest value of one field, in characters; the visit checks each kind more strictly."""

_PLAIN = (
    "more-languages",
    "go",
    "skip",
    "consent-yes",
    "consent-no",
    "card-retry",
    "card-doctor",
    "other-way",
    "review-ok",
    "site-open",
    "site-close",
    "site-print",
    "print",
    "print-retry",
    "print-skip",
    "fill-in",
    "came-out",
    "nothing-came",
    "refer-print",
    "refer-next",
    "proof-print",
    "proof-skip",
    "finish",
    "back",
    "stop",
    "text-size",
    "contrast",
    "help",
    "prompt-yes",
    "prompt-no",
    "touch",
)

ACTIONS: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        **{name: frozenset[str]() for name in _PLAIN},
        "open-permanence": frozenset({"code", "helpers", "date"}),
        "close-permanence": frozenset({"code"}),
        "search-again": frozenset({"code"}),
        "choose-language": frozenset({"code"}),
        "choose-need": frozenset({"id"}),
        "choose-task": frozenset({"id"}),
        "choose-channel": frozenset({"id"}),
        "answer": frozenset({"key", "value"}),
        "review-open": frozenset({"key"}),
        "review-leave-out": frozenset({"key"}),
        "review-put-back": frozenset({"key"}),
        "posture": frozenset({"value"}),
        "why-instead": frozenset({"reason"}),
        "teach-back": frozenset({"value"}),
        # The words that stand on the screen: what is heard is what is seen (EN 301 549, 5.1.3.3).
        "listen": frozenset({"text"}),
    }
)
"""Action -> fields that it takes. Everything else in a form is dropped."""


# Control characters and halves of a pair: no keyboard gives them, no paper shows them.
_UNWANTED = frozenset({"Cc", "Cs"})


def fields_of(action: str, untrusted_form: Mapping[str, str]) -> dict[str, str] | None:
    """Return the fields that `action` takes, or None for what is no action.

    Control characters other than line breaks are taken out. A value is cut one character past
    `MAX_VALUE`, so that the visit still sees that it is too long and says so.
    """
    known = ACTIONS.get(action)
    if known is None:
        return None
    return {
        name: _cleaned(value)[: MAX_VALUE + 1]
        for name, value in untrusted_form.items()
        if name in known
    }


def _cleaned(value: str) -> str:
    return "".join(
        char for char in value if unicodedata.category(char) not in _UNWANTED or char in "\r\n"
    )
