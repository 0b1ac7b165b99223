"""What the pages of every visit are made of: read and compiled once, before the first visit.

It holds nothing of anybody. A worker is forked with it and finds its first page quickly.
"""

from __future__ import annotations

from collections.abc import Iterable

from flask import Flask
from jinja2 import BytecodeCache
from jinja2.bccache import Bucket

from kiosk.i18n import I18n
from kiosk.web.assets import Assets
from kiosk.web.hyphens import hyphens
from kiosk.web.keyboards import Keyboards
from kiosk.web.pictures import Pictures

PACKAGE = "kiosk.web"


class _Compiled(BytecodeCache):
    """Compiled templates, in memory."""

    def __init__(self) -> None:
        self._code: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        code = self._code.get(bucket.key)
        if code is not None:
            bucket.bytecode_from_string(code)

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._code[bucket.key] = bucket.bytecode_to_string()


class Stock:
    """Words, style, script, fonts, pictures, keyboards and templates."""

    def __init__(self, i18n: I18n, *, languages: Iterable[str] = ()) -> None:
        """Read it all; of `languages` (ISO codes) also where words may be broken."""
        self.i18n = i18n
        self.assets = Assets()
        self.pictures = Pictures()
        self.keyboards = Keyboards()
        self._compiled = _Compiled()
        for language in languages:
            hyphens(language)
        templates = self.app().jinja_env
        for name in templates.list_templates(extensions=("html",)):
            templates.get_template(name)

    def app(self) -> Flask:
        """Return a new application that finds its templates compiled; it has no routes yet."""
        app = Flask(PACKAGE, static_folder=None)
        app.jinja_env.trim_blocks = True
        app.jinja_env.lstrip_blocks = True
        app.jinja_env.bytecode_cache = self._compiled
        return app
