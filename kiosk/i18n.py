"""The words of screens and papers, by context and id, never by an English sentence.

Catalogues are gettext: `translations/<locale>/LC_MESSAGES/relais.po` is the source, `relais.mo`
beside it is what runs, so that a device needs no build step. `python -m kiosk.i18n` makes the
second from the first; a test holds them together.
"""

from __future__ import annotations

import gettext
import io
from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path
from types import MappingProxyType

from kiosk.documents.isolate import direction, isolate, isolate_numbers, joined
from kiosk.documents.model import is_rtl

FOLDER = Path(__file__).parent / "translations"
DOMAIN = "relais"
FALLBACK = "fr"
"""Most people of Brussels read this language (Taalbarometer 2024): an unknown locale gets it."""


class MissingWordsError(LookupError):
    """A context and id that no catalogue knows: a fault of ours, found by the tests."""

    code = "missing-words"

    def __init__(self, context: str, id: str) -> None:
        super().__init__(f"{context}/{id}")
        self.context, self.id = context, id


class _Missing(gettext.NullTranslations):
    """Answers "" for what a catalogue does not have; gettext itself would give the id back."""

    def pgettext(self, context: str, message: str) -> str:
        """Return no words."""
        return ""

    def npgettext(self, context: str, msgid1: str, msgid2: str, n: int) -> str:
        """Return no words."""
        return ""


class Words:
    """All words of one language."""

    def __init__(self, locale: str, catalogue: gettext.GNUTranslations) -> None:
        self.locale = locale
        self._catalogue = catalogue
        self._catalogue.add_fallback(_Missing())
        self.direction = "rtl" if is_rtl(locale) else "ltr"

    def has(self, context: str, id: str) -> bool:
        """Tell whether there is a sentence for this id."""
        return bool(self._catalogue.pgettext(context, id))

    def say(self, context: str, id: str, /, **values: object) -> str:
        """Return one sentence, its `{names}` filled; text values keep their own direction.

        Raises MissingWordsError.
        """
        found = self._catalogue.pgettext(context, id)
        if not found:
            raise MissingWordsError(context, id)
        return self._fill(found, values)

    def say_or(self, context: str, id: str, other: str, /, **values: object) -> str:
        """Return the sentence for `id`, or for `other` where a device has said a new word."""
        return self.say(context, id if self.has(context, id) else other, **values)

    def count(self, context: str, id: str, number: int, /, **values: object) -> str:
        """Return the sentence in the form that `number` asks for; it is also `{n}`.

        Raises MissingWordsError.
        """
        found = self._catalogue.npgettext(context, id, id, number)
        if not found:
            raise MissingWordsError(context, id)
        return self._fill(found, {"n": number, **values})

    def day(self, iso_date: str) -> str:
        """Return a date as people of Belgium write it, 05/03/2026; anything else unchanged."""
        try:
            return date.fromisoformat(iso_date).strftime("%d/%m/%Y")
        except ValueError:
            return iso_date

    def languages(self, codes: Iterable[str]) -> str:
        """Return the names of languages, joined as this one joins. Raises MissingWordsError."""
        return f"{self.say('bar', 'comma')} ".join(self.say("tongue", code) for code in codes)

    @staticmethod
    def _fill(sentence: str, values: Mapping[str, object]) -> str:
        if not values:
            return sentence
        return sentence.format_map(
            {k: isolate(v) if isinstance(v, str) else v for k, v in values.items()}
        )


class I18n:
    """The languages that are complete."""

    def __init__(self, folder: Path = FOLDER, *, fallback: str = FALLBACK) -> None:
        found: dict[str, Words] = {}
        for path in sorted(folder.glob(f"*/LC_MESSAGES/{DOMAIN}.mo")):
            locale = path.parent.parent.name
            found[locale] = Words(locale, gettext.GNUTranslations(io.BytesIO(path.read_bytes())))
        self._words: Mapping[str, Words] = MappingProxyType(found)
        self._fallback = found[fallback]

    @property
    def locales(self) -> tuple[str, ...]:
        """Return the locales that have a catalogue."""
        return tuple(self._words)

    def words(self, locale: str) -> Words:
        """Return the words for a BCP 47 locale: itself, its language, or the fallback."""
        language = locale.replace("_", "-").partition("-")[0]
        return self._words.get(locale) or self._words.get(language) or self._fallback


def compile_all(folder: Path = FOLDER) -> Mapping[Path, bytes]:
    """Return what each `.mo` file should hold, made from the `.po` beside it.

    Needs Babel, which only a workbench has to have.
    """
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    made: dict[Path, bytes] = {}
    for path in sorted(folder.glob(f"*/LC_MESSAGES/{DOMAIN}.po")):
        with path.open("rb") as source:
            catalogue = read_po(source, locale=path.parent.parent.name, domain=DOMAIN)
        target = io.BytesIO()
        write_mo(target, catalogue)
        made[path.with_suffix(".mo")] = target.getvalue()
    return made


__all__ = [
    "FALLBACK",
    "FOLDER",
    "I18n",
    "MissingWordsError",
    "Words",
    "compile_all",
    "direction",
    "isolate",
    "isolate_numbers",
    "joined",
]


if __name__ == "__main__":
    for _path, _body in compile_all().items():
        _path.write_bytes(_body)
