"""Make the fonts of the screens: `python -m kiosk.web.subset`, by hand, when letters are missing.

Noto Sans and its sisters (SIL Open Font License, static/fonts/OFL.txt), cut down to the letters
that the catalogues, the content packs and a keyboard can bring. One file a script and weight, so
that a page loads only what it shows. Needs fonttools, brotli and the fonts of Debian's
fonts-noto-core; a device needs none of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from fontTools import subset

SOURCE = Path("/usr/share/fonts/truetype/noto")
TARGET = Path(__file__).parent / "static"
WEIGHTS = {"Medium": 500, "Bold": 700}
# No kerning: at these sizes nobody misses it, and it is a tenth of a file.
FEATURES = ("liga", "calt", "ccmp", "mark", "mkmk", "init", "medi", "fina", "isol", "rlig")


@dataclass(frozen=True)
class Script:
    """One font file a weight: `ranges` is what CSS is told, a subset of it what is in the file."""

    name: str
    family: str
    ranges: tuple[tuple[int, int], ...]
    weights: tuple[str, ...] = ("Medium", "Bold")
    only: str = ""


SCRIPTS = (
    # What Dutch, French, English and German need; the first file of every page.
    Script(
        "latin",
        "NotoSans",
        (
            (0x20, 0x7E),
            *((sign, sign) for sign in (0xA0, 0xA7, 0xAB, 0xAD, 0xB0, 0xB7, 0xBB)),
            (0xC0, 0xFF),
            (0x152, 0x153),
            (0x2010, 0x2026),
            (0x20AC, 0x20AC),
        ),
    ),
    # Names of people: the Latin letters of all of Europe and Turkey, and Vietnamese.
    Script(
        "latin-more",
        "NotoSans",
        (
            (0xA1, 0xA6),
            (0xA8, 0xAA),
            (0xAC, 0xAC),
            (0xAE, 0xAF),
            (0xB1, 0xB6),
            (0xB8, 0xBA),
            (0xBC, 0xBF),
            (0x100, 0x151),
            (0x154, 0x24F),
            (0x1E00, 0x1EFF),
        ),
    ),
    Script(
        "arabic",
        "NotoSansArabic",
        ((0x60C, 0x60C), (0x61B, 0x61B), (0x61F, 0x61F), (0x621, 0x63A), (0x640, 0x655)),
    ),
    # Names of languages on the welcome screen: bold only, and only these letters.
    Script(
        "arabic-more",
        "NotoSansArabic",
        ((0x660, 0x6FF), (0x750, 0x77F)),
        ("Bold",),
        "فارسیاردوپښتودریکوردی",
    ),
    Script(
        "cyrillic",
        "NotoSans",
        ((0x400, 0x4FF),),
        ("Bold",),
        "УкраїнськаРусскийБългарскиМакедонскиСрпски",
    ),
    Script("greek", "NotoSans", ((0x370, 0x3FF),), ("Bold",), "Ελληνικά"),
    Script("ethiopic", "NotoSansEthiopic", ((0x1200, 0x139F),), ("Bold",), "ትግርኛአማርኛ"),
    Script("devanagari", "NotoSansDevanagari", ((0x900, 0x97F),), ("Bold",), "हिन्दीनेपाली"),
    Script("bengali", "NotoSansBengali", ((0x980, 0x9FF),), ("Bold",), "বাংলা"),
    Script("gurmukhi", "NotoSansGurmukhi", ((0xA00, 0xA7F),), ("Bold",), "ਪੰਜਾਬੀ"),
    Script("armenian", "NotoSansArmenian", ((0x530, 0x58F),), ("Bold",), "Հայերեն"),
    Script("georgian", "NotoSansGeorgian", ((0x10A0, 0x10FF),), ("Bold",), "ქართული"),
)


def _letters(script: Script) -> set[int]:
    if script.only:
        return {ord(letter) for letter in script.only}
    return {code for first, last in script.ranges for code in range(first, last + 1)}


def _cut(script: Script, weight: str) -> Path:
    options = subset.Options(
        flavor="woff2",
        layout_features=list(FEATURES),
        hinting=False,
        desubroutinize=True,
        notdef_outline=True,
        # Whose it is; the licence stands beside it in OFL.txt.
        name_IDs=[0],
        drop_tables=["DSIG", "STAT"],
    )
    font = subset.load_font(str(SOURCE / f"{script.family}-{weight}.ttf"), options)
    cutter = subset.Subsetter(options)
    cutter.populate(unicodes=_letters(script))
    cutter.subset(font)
    path = TARGET / "fonts" / f"{script.name}-{WEIGHTS[weight]}.woff2"
    subset.save_font(font, str(path), options)
    return path


def _faces() -> Iterator[str]:
    yield "/* Made by kiosk.web.subset. */"
    for script in SCRIPTS:
        said = ",".join(
            f"U+{first:X}" if first == last else f"U+{first:X}-{last:X}"
            for first, last in script.ranges
        )
        for weight in script.weights:
            path = _cut(script, weight)
            yield (
                f'@font-face{{font-family:"Relais";font-weight:{WEIGHTS[weight]};'
                f"font-display:block;src:url(fonts/{path.name}) format('woff2');"
                f"unicode-range:{said}}}"
            )


def main() -> None:
    """Write the font files and the style sheet that names them."""
    (TARGET / "fonts").mkdir(exist_ok=True)
    for old in (TARGET / "fonts").glob("*.woff2"):
        old.unlink()
    (TARGET / "fonts.css").write_text("\n".join(_faces()) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
