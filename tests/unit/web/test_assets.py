"""What is served says what its source says, in fewer bytes."""

from __future__ import annotations

import re

from kiosk.web.assets import FOLDER, Assets

# Enough for a script in which no pattern holds a double quote.
_STRING = re.compile(r'"(?:[^"\\\n]|\\.)*"')
_SELECTOR = re.compile(r"(?:main|footer|header|input|b,|\.\w|\[data-)[^/]*")


def strings(script: str) -> list[str]:
    return _STRING.findall(re.sub(r"/\*.*?\*/|^ *//[^\n]*$", "", script, flags=re.S | re.M))


def served(name: str) -> str:
    assets = Assets()
    found = assets.find(assets.url(name).removeprefix("/static/"))
    assert found is not None
    return found.body.decode()


def test_packing_the_script_changes_no_string_but_the_blanks_of_selectors() -> None:
    source = strings((FOLDER / "relais.js").read_text(encoding="utf-8"))
    packed = strings(served("relais.js"))
    changed = [(was, now) for was, now in zip(source, packed, strict=True) if was != now]
    assert len(source) > 100
    for was, now in changed:
        assert _SELECTOR.fullmatch(was.strip('"')), was
        assert re.sub(r" ?([,>]) ?", r"\1", was) == now


def test_packing_the_style_keeps_its_rules() -> None:
    source = (FOLDER / "relais.css").read_text(encoding="utf-8")
    packed = served("relais.css")
    blocks = re.sub(r"/\*.*?\*/", "", source, flags=re.DOTALL).count("{")
    assert blocks <= packed.count("{")
    assert packed.count("{") == packed.count("}")
    assert "main:has(.mark)" in packed
    # A blank before a colon is a descendant; the one after it is air.
    assert "body:has(.corner[open]) :is(header" in packed
