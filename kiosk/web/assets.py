"""Style, script and fonts: served from memory under names that change with what is in them."""

from __future__ import annotations

import gzip
import hashlib
import mimetypes
import re
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).parent / "static"
STYLE = ("tokens.css", "fonts.css", "relais.css", "sizes.css")
"""Files that become one style sheet, in this order."""

_URL = re.compile(r"url\(([\w./-]+)\)")
_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_BLANK = re.compile(r"\s+")
# A blank before a colon may be a descendant's; after one it never says anything.
_SIGN = re.compile(r" ?([{};,>]) ?|(:) ")
_QUOTED = re.compile(r'="([a-z][a-z-]*)"]')
# Only whole lines: "//" may stand in a string or a pattern.
_SCRIPT_COMMENT = re.compile(r"^ *(?://[^\n]*|/\*.*?\*/)$\n?", re.DOTALL | re.MULTILINE)
_INDENT = re.compile(r"^\s+|(?<=[{;,(])\n\s*", re.MULTILINE)
# In strings of ours such blanks stand in selectors only, where they say nothing: a test holds it.
_SCRIPT_SIGN = re.compile(r" (=>|[!=]==|\|\||&&|[-+<>]?=|[<>?:+-]) |(?<=[,:]) (?=\S)")


@dataclass(frozen=True)
class Asset:
    """One file to serve: `name` holds a part of its hash; `packed` is gzip, empty if no gain."""

    name: str
    kind: str
    body: bytes
    packed: bytes


class Assets:
    """All static files of one folder, read and hashed once."""

    def __init__(self, folder: Path = FOLDER) -> None:
        self._by_source: dict[str, Asset] = {}
        for path in sorted((folder / "fonts").glob("*.woff2")):
            self._add(f"fonts/{path.name}", path.read_bytes())
        style = "\n".join((folder / name).read_text(encoding="utf-8") for name in STYLE)
        style = _URL.sub(lambda found: f"url({self.url(found.group(1))})", style)
        style = _BLANK.sub(" ", _COMMENT.sub("", style))
        style = _QUOTED.sub(r"=\1]", _SIGN.sub(r"\1\2", style)).replace(";}", "}")
        self._add("relais.css", style.encode())
        script = (folder / "relais.js").read_text(encoding="utf-8")
        script = _INDENT.sub("", _SCRIPT_COMMENT.sub("", script))
        self._add("relais.js", _SCRIPT_SIGN.sub(r"\1", script).encode())
        self._by_name = {asset.name: asset for asset in self._by_source.values()}

    def url(self, source: str) -> str:
        """Return the address of a file of the folder. Raises KeyError."""
        return f"/static/{self._by_source[source].name}"

    def find(self, name: str) -> Asset | None:
        """Return the asset that is served as `name`."""
        return self._by_name.get(name)

    @property
    def sources(self) -> tuple[str, ...]:
        """Return the names of all files, without their hashes."""
        return tuple(self._by_source)

    def _add(self, source: str, body: bytes) -> None:
        stem, _, ending = Path(source).name.rpartition(".")
        name = f"{stem}.{hashlib.sha256(body).hexdigest()[:12]}.{ending}"
        kind = "font/woff2" if ending == "woff2" else mimetypes.guess_type(source)[0] or ""
        packed = b"" if ending == "woff2" else gzip.compress(body, 9, mtime=0)
        self._by_source[source] = Asset(name, kind, body, packed)
