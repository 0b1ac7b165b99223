"""The screens: Flask, server-rendered. GET shows, POST moves, refresh is harmless.

The web knows one visit through `VisitPort` and nothing else of the house.
"""

from __future__ import annotations

from flask import Flask

from kiosk.web.border import guard
from kiosk.web.changes import Changes
from kiosk.web.fault import handle_faults
from kiosk.web.page import Pages
from kiosk.web.port import VisitPort, WebSettings
from kiosk.web.stock import Stock
from kiosk.web.views import visit_routes

__all__ = ["Stock", "VisitPort", "WebSettings", "create_app"]


def create_app(
    visit: VisitPort,
    *,
    token: str,
    host: str,
    port: int,
    stock: Stock,
    settings: WebSettings,
) -> Flask:
    """Build the screens of one visit.

    token: secret of this boot that the browser holds as a cookie after `/enter/<key>`.
    host, port: the one address at which the browser finds us.
    stock: what the pages are made of, the same for every visit.
    Raises ValueError for an empty token.
    """
    app = stock.app()
    guard(app, token=token, host=host, port=port, max_body_bytes=settings.max_body_bytes)
    pages = Pages(stock, has_frame=bool(settings.frame_png()))
    changes = Changes(visit, beat_s=settings.beat_s, max_streams=settings.max_streams)
    app.register_blueprint(visit_routes(visit, pages, stock.assets, changes, settings, token))
    handle_faults(app, pages, settings)
    return app
