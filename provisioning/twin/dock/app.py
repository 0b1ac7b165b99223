"""The dock's page, its state once a second, and its orders to the hands."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Flask, Response, abort, jsonify, render_template, request
from werkzeug.exceptions import BadRequest

from kiosk.web.border import (
    HEADERS,
    Check,
    body_is_short,
    fetch_site_is_ours,
    host_is_ours,
    method_is_known,
    origin_is_ours,
)
from provisioning.twin.dock.config import HOST, DockConfig
from provisioning.twin.dock.papers import Papers
from provisioning.twin.dock.words import load_words
from provisioning.twin.hands import Answer, HandClient, HandUnreachableError

_BODY_LIMIT_BYTES = 1024
_LOOK_LIMIT_S = 1.0
_WIDTHS = {"small": 220, "large": 900}
# Everything a person may do here; a hand that can do more is not asked to.
ORDERS: Mapping[str, frozenset[str]] = {
    "panel": frozenset({"press", "release", "tap"}),
    "card": frozenset({"insert", "remove", "reader_away", "reader_back"}),
    "printer": frozenset(
        {
            "run_out_of_paper",
            "load_paper",
            "jam",
            "clear_jam",
            "open_cover",
            "close_cover",
            "run_low_on_toner",
            "replace_toner",
            "unplug",
            "plug",
        }
    ),
}
_VALUES = {"press": "key", "release": "key", "tap": "key", "insert": "card"}


def create_app(config: DockConfig) -> Flask:
    """Make the dock. It knows the sockets of the hands and nothing of the kiosk."""
    app = Flask(__name__)
    _guard(app, config.port)
    words = load_words()
    hands = None if config.hands is None else HandClient(config.hands)
    eyes = None if config.hands is None else HandClient(config.hands, _LOOK_LIMIT_S)
    papers = None if config.papers is None else Papers(config.papers)

    def state() -> Answer:
        shown = papers.newest() if papers else ()
        return {
            "panel": _look(eyes, part="panel", do="look"),
            "printer": _look(eyes, part="printer", do="look"),
            "card": _look(eyes, part="card", do="status"),
            "papers": [{"name": paper.name, "changed": str(paper.changed_ns)} for paper in shown],
        }

    @app.get("/")
    def dock() -> str:
        asked = request.args.get("lang", config.locale)
        lang = asked if asked in words else "en"
        deck = (_look(eyes, part="card", do="deck") or {}).get("deck", {})
        return render_template(
            "dock.html", config=config, words=words[lang], lang=lang, langs=list(words), deck=deck
        )

    @app.get("/state")
    def tell_state() -> Response:
        return jsonify(state())

    @app.post("/do")
    def obey() -> tuple[Response, int]:
        order = _untangle(request.get_json(silent=True))
        if hands is None:
            abort(404)
        try:
            answer = hands.ask(**order)
        except HandUnreachableError as error:
            return jsonify(error=error.code), 502
        return jsonify(answer), 400 if "error" in answer else 200

    @app.get("/papers/<untrusted_name>")
    def count_pages(untrusted_name: str) -> Response:
        pages = papers.pages(untrusted_name) if papers else 0
        return jsonify(pages=pages)

    @app.get("/papers/<untrusted_name>/<int:page>/<size>.png")
    def show_page(untrusted_name: str, page: int, size: str) -> Response:
        picture = b""
        if papers and size in _WIDTHS:
            picture = papers.picture(untrusted_name, page, _WIDTHS[size])
        if not picture:
            abort(404)
        return Response(picture, mimetype="image/png")

    return app


def _look(client: HandClient | None, **order: str) -> Answer | None:
    """Return what an eye sees, None where nobody answers: the page says so and waits."""
    if client is None:
        return None
    try:
        answer = client.ask(**order)
    except HandUnreachableError:
        return None
    return None if "error" in answer else answer


def _untangle(untrusted: Any) -> dict[str, str]:
    """Return an order that is in `ORDERS`. Raise BadRequest for any other."""
    if not isinstance(untrusted, dict):
        raise BadRequest
    part, do = untrusted.get("part"), untrusted.get("do")
    if not isinstance(part, str) or not isinstance(do, str) or do not in ORDERS.get(part, ()):
        raise BadRequest
    order = {"part": part, "do": do}
    if do in _VALUES:
        value = untrusted.get(_VALUES[do])
        if not isinstance(value, str):
            raise BadRequest
        order[_VALUES[do]] = value
    return order


def _guard(app: Flask, port: int) -> None:
    """Set up the kiosk's own border, but for the token: a cookie would reach the kiosk's port."""
    authority = f"{HOST}:{port}"
    checks: tuple[Check, ...] = (
        method_is_known,
        host_is_ours(authority),
        origin_is_ours(f"http://{authority}"),
        fetch_site_is_ours,
        body_is_short(_BODY_LIMIT_BYTES),
    )

    @app.before_request
    def refuse_strangers() -> Response | None:
        return None if all(check(request) for check in checks) else Response(status=403)

    @app.after_request
    def close_the_page(response: Response) -> Response:
        for name, value in HEADERS.items():
            response.headers[name] = value
        response.headers["Cache-Control"] = "no-store"
        return response
