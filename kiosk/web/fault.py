"""What is shown when the page itself could not be made: what to do, and no word of why.

A fault of our own ends the worker (design.md): `on_fault` tells the house, this screen bridges
the moment until the next worker answers with the welcome.
"""

from __future__ import annotations

import logging

from flask import Flask, Response, redirect, request
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as AnyResponse

from device.bug import located
from kiosk.web.page import Pages
from kiosk.web.port import WebSettings

_log = logging.getLogger(__name__)


def handle_faults(app: Flask, pages: Pages, settings: WebSettings) -> None:
    """Set up the one handler of everything that a route did not expect."""
    # What this handler fails at leaves Flask, which would write all of it into the log.
    app.config["PROPAGATE_EXCEPTIONS"] = True

    @app.errorhandler(Exception)
    def answer(fault: Exception) -> AnyResponse:
        if isinstance(fault, HTTPException):
            return _lead_back(fault)
        # Kind and place only: a message or a stack could hold a value of the visit.
        code = str(getattr(fault, "code", type(fault).__name__))
        where = located(type(fault), fault.__traceback__)
        _log.error("fault %s at %s: %s", code, request.endpoint, where)
        settings.on_fault(code)
        return Response(pages.render_fault(settings.languages), status=500, mimetype="text/html")


def _lead_back(fault: HTTPException) -> AnyResponse:
    if fault.response is not None:
        return Response(status=fault.response.status_code)
    if request.headers.get("Sec-Fetch-Mode") == "navigate":
        return redirect("/", 303)
    return Response(status=fault.code or 500)
