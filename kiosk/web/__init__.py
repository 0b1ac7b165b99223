"""The screens: Flask, server-rendered. GET shows, POST moves, refresh is harmless.

The web knows one visit through `VisitPort` and nothing else of the house.
"""

from __future__ import annotations

from flask import Flask

from kiosk.i18n import I18n
from kiosk.web.assets import Assets
from kiosk.web.border import guard
from kiosk.web.changes import Changes
from kiosk.web.fault import handle_faults
from kiosk.web.keyboards import Keyboards
from kiosk.web.page import Pages
from kiosk.web.pictures import Pictures
from kiosk.web.port import VisitPort, WebSettings
from kiosk.web.views import visit_routes

__all__ = ["VisitPort", "WebSettings", "create_app"]


def create_app(
    visit: VisitPort,
    *,
    token: str,
    host: str,
    port: int,
    i18n: I18n,
    settings: WebSettings,
) -> Flask:
    """Build the screens of one visit.

    token: secret of this boot that the browser holds as a cookie after `/enter/<key>`.
    host, port: the one address at which the browser finds us.
    Raises ValueError for an empty token.
    """
    app = Flask(__name__, static_folder=None)
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    guard(app, token=token, host=host, port=port, max_body_bytes=settings.max_body_bytes)
    assets, pictures = Assets(), Pictures()
    pages = Pages(i18n, assets, pictures, Keyboards(), has_frame=bool(settings.frame_png()))
    changes = Changes(visit, beat_s=settings.beat_s, max_streams=settings.max_streams)
    app.register_blueprint(visit_routes(visit, pages, assets, changes, settings, token))
    handle_faults(app, pages, settings)
    return app
