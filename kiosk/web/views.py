"""The routes: one screen to see, actions to post, a stream of changes, pictures and files."""

from __future__ import annotations

from flask import Blueprint, Response, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from kiosk.web.actions import fields_of
from kiosk.web.assets import Assets
from kiosk.web.border import COOKIE
from kiosk.web.changes import Changes
from kiosk.web.page import Pages
from kiosk.web.port import SHEETS_PX, VisitPort, WebSettings

NEVER = "no-store"
FOREVER = "public, max-age=31536000, immutable"
_MAX_PAGE_ID = 40


def visit_routes(
    visit: VisitPort,
    pages: Pages,
    assets: Assets,
    changes: Changes,
    settings: WebSettings,
    token: str,
) -> Blueprint:
    """Return the routes of the visit."""
    routes = Blueprint("visit", __name__)

    def to_screen() -> AnyResponse:
        return redirect("/", 303)

    @routes.get("/")
    def show() -> Response:
        # The revision first: a change that comes while we look is told again, never missed.
        revision = visit.wait(-1, 0.0)
        return Response(pages.render(visit.screen(), revision), mimetype="text/html")

    @routes.post("/act/<action>")
    def act(action: str) -> AnyResponse:
        fields = fields_of(action, request.form)
        turn = request.form.get("turn", "")
        if fields is not None and turn.isascii() and turn.isdigit() and len(turn) < 10:
            visit.act(action, visit=request.form.get("visit", ""), turn=int(turn), form=fields)
        if request.headers.get("X-Relais") == "quiet":
            return Response(status=204)
        return to_screen()

    @routes.get("/preview/<int:page>.png")
    def preview(page: int) -> Response:
        untrusted_width = request.args.get("w", type=int)
        width_px = untrusted_width if untrusted_width in SHEETS_PX else SHEETS_PX[0]
        picture = visit.preview(page, width_px)
        if picture is None:
            return Response(status=404)
        return Response(picture, mimetype="image/png")

    @routes.get("/frame.png")
    def frame() -> Response:
        picture = settings.frame_png()
        return Response(picture, mimetype="image/png") if picture else Response(status=404)

    @routes.get("/changes")
    def listen() -> Response:
        page = request.args.get("page", "")[:_MAX_PAGE_ID]
        seen = request.args.get("seen", default=-1, type=int)
        return Response(
            changes.stream(page, seen),
            mimetype="text/event-stream",
            headers={"Cache-Control": NEVER, "X-Accel-Buffering": "no"},
        )

    @routes.get("/enter/<key>")
    def enter(key: str) -> AnyResponse:
        if not settings.enter_keys(key):
            return Response(status=403)
        answer = to_screen()
        answer.set_cookie(COOKIE, token, httponly=True, samesite="Strict", path="/")
        return answer

    @routes.get("/static/<name>")
    def file(name: str) -> Response:
        asset = assets.find(name)
        if asset is None:
            return Response(status=404)
        answer = Response(asset.body, mimetype=asset.kind, headers={"Cache-Control": FOREVER})
        if asset.packed and "gzip" in request.headers.get("Accept-Encoding", ""):
            answer.data = asset.packed
            answer.headers["Content-Encoding"] = "gzip"
            answer.headers["Vary"] = "Accept-Encoding"
        return answer

    return routes
