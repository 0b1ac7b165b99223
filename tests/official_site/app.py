"""The stand-in's pages. It remembers log-ins in memory only, as an official site does on its side.

Pages under /test/ misbehave on purpose; the browser around them must hold.
"""

from __future__ import annotations

import secrets
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path

from flask import Flask, Response, abort, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as WerkzeugResponse

from tests.official_site.paper import make_pdf

CATALOGUE = Path(__file__).with_name("words.toml")
STYLE = Path(__file__).with_name("site.css")
COOKIE = "stand-in"
OTHER_HOST = "elsewhere.invalid"
HUGE_BYTES = 25 * 1024 * 1024
_COMMUNES = (
    "Anderlecht",
    "Bruxelles / Brussel",
    "Saint-Gilles / Sint-Gillis",
    "Schaerbeek / Schaarbeek",
)
_PIECE = b"%PDF-1.7\n" + b"0" * 65_527
_ENDLESS_PIECES = 1_000_000


def load_words() -> Mapping[str, Mapping[str, str]]:
    """Return language code -> message id -> sentence."""
    return tomllib.loads(CATALOGUE.read_text("utf-8"))


def create_app() -> Flask:
    """Make the stand-in."""
    app = Flask(__name__, static_folder=None)
    all_words = load_words()
    forms: dict[str, dict[str, str]] = {}

    def language() -> str:
        asked = request.args.get("lang") or request.cookies.get("lang") or "nl"
        return asked if asked in all_words else "nl"

    def page(name: str, **values: object) -> Response:
        lang = language()
        shown = render_template(
            f"{name}.html", lang=lang, langs=list(all_words), words=all_words[lang], **values
        )
        response = make_response(shown)
        response.set_cookie("lang", lang)
        return response

    def form_of_visitor() -> dict[str, str]:
        return forms.get(request.cookies.get(COOKIE, ""), {})

    @app.get("/")
    def welcome() -> Response:
        return page("welcome")

    @app.get("/site.css")
    def style() -> Response:
        # Not as an open file: nobody closes that when a browser ends in the middle of it.
        return Response(STYLE.read_bytes(), mimetype="text/css")

    @app.post("/login")
    def log_in() -> WerkzeugResponse:
        key = secrets.token_hex(16)
        forms[key] = {"name": ""}
        response = redirect(url_for("ask"), 303)
        response.set_cookie(COOKIE, key, httponly=True)
        return response

    @app.get("/form")
    def ask() -> WerkzeugResponse:
        if not form_of_visitor():
            return redirect(url_for("welcome"), 303)
        return page("form", communes=_COMMUNES)

    @app.post("/form")
    def hear() -> WerkzeugResponse:
        form = form_of_visitor()
        if not form:
            return redirect(url_for("welcome"), 303)
        form["name"] = request.form.get("name", "")[:80]
        is_household = request.form.get("document") != "residence"
        form["document"] = "household" if is_household else "residence"
        return redirect(url_for("ready"), 303)

    @app.get("/ready")
    def ready() -> WerkzeugResponse:
        form = form_of_visitor()
        if "document" not in form:
            return redirect(url_for("welcome"), 303)
        return page("ready")

    @app.get("/document.pdf")
    def document() -> Response:
        form = form_of_visitor()
        words = all_words[language()]
        title = words[form.get("document", "household")]
        made = make_pdf(banner=words["banner"], title=title, name=form.get("name", ""))
        return Response(made, mimetype="application/pdf")

    @app.post("/logout")
    def log_out() -> WerkzeugResponse:
        forms.pop(request.cookies.get(COOKIE, ""), None)
        response = redirect(url_for("welcome"), 303)
        response.delete_cookie(COOKIE)
        return response

    _add_test_pages(app)
    return app


def _add_test_pages(app: Flask) -> None:
    @app.get("/test/")
    def misbehaviour() -> str:
        return render_template("test.html", pages=_TEST_PAGES)

    @app.get("/test/redirect")
    def redirect_off_host() -> WerkzeugResponse:
        return redirect(f"http://{OTHER_HOST}/")

    @app.get("/test/reach")
    def reach() -> str:
        """Load a picture from another address and say in the title whether it came."""
        target = request.args.get("url", f"http://{OTHER_HOST}/pixel.png")
        return render_template("reach.html", target=target)

    @app.get("/test/popup")
    def popup() -> str:
        return render_template("popup.html")

    @app.get("/test/huge.pdf")
    def huge() -> Response:
        return Response(b"%PDF-1.7\n" + b"0" * HUGE_BYTES, mimetype="application/pdf")

    @app.get("/test/endless.pdf")
    def endless() -> Response:
        return Response(_pieces(), mimetype="application/pdf")

    @app.get("/test/not-a-pdf.pdf")
    def not_a_pdf() -> Response:
        return Response(b"MZ not a PDF", mimetype="application/pdf")

    @app.get("/test/pixel.png")
    def pixel() -> Response:
        return Response(_PIXEL, mimetype="image/png")

    @app.get("/test/status/<int:code>")
    def status(code: int) -> Response:
        abort(code)


_TEST_PAGES = (
    "redirect",
    "reach",
    "popup",
    "huge.pdf",
    "endless.pdf",
    "not-a-pdf.pdf",
    "status/500",
)
_PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
    "1f15c4890000000d49444154789c6360606060000000050001a5f645400000000049454e44ae426082"
)


def _pieces() -> Iterator[bytes]:
    for _ in range(_ENDLESS_PIECES):
        yield _PIECE
