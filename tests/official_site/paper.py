"""The PDF that the stand-in hands out: one page with a QR code, made in memory."""

from __future__ import annotations

import json

import qrcode
import typst

# What the QR code opens; .invalid is nobody's (RFC 6761).
QR_ADDRESS = "https://stand-in.invalid/check/0000-0000"
_PAGE = """
#set page(paper: "a4", margin: 25mm)
#set text(font: ("Noto Sans", "Libertinus Serif"), size: 12pt)
#let told = json(bytes(sys.inputs.told))
#text(weight: "bold", told.banner)
= #told.title
#told.name

#v(1fr)
#let rows = told.qr
#grid(columns: rows.first().len() * (2mm,), rows: rows.len() * (2mm,),
  ..rows.flatten().map(dark => rect(width: 100%, height: 100%, stroke: none,
    fill: if dark { black } else { white })))
#told.address
"""


def make_pdf(*, banner: str, title: str, name: str) -> bytes:
    """Return the document as PDF bytes."""
    code = qrcode.QRCode(border=4)
    code.add_data(QR_ADDRESS)
    told = {
        "banner": banner,
        "title": title,
        "name": name,
        "qr": code.get_matrix(),
        "address": QR_ADDRESS,
    }
    made = typst.compile(_PAGE.encode(), sys_inputs={"told": json.dumps(told)})
    assert isinstance(made, bytes)
    return made
