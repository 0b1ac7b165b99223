"""Who may talk to the screens: the kiosk's own browser, from the kiosk's own page.

A page on another port of this machine, a rebound name and another program on the machine all
reach a loopback port. Each of them fails at least one of these checks; the answer is empty.

Measured in Chromium 156: a page from another loopback port sends `Sec-Fetch-Site: same-site`,
one from another host `cross-site`, a first navigation `none`. All of them reach the server.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable

from flask import Flask, Request, Response, request
from werkzeug.sansio.utils import get_content_length

COOKIE = "relais"

CONTENT_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "font-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
    )
)

OF_PAGES = frozenset(
    {
        "Permissions-Policy",
        "Cross-Origin-Opener-Policy",
        "Cross-Origin-Embedder-Policy",
        "X-Frame-Options",
    }
)
"""They mean something on a page only, and weigh more than half a kilobyte."""

HEADERS = {
    "Content-Security-Policy": CONTENT_POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "require-corp",
    "Cross-Origin-Resource-Policy": "same-origin",
    # Nobody else hears where a person comes from. Not `no-referrer`: with it Chromium sends
    # `Origin: null` with a plain form (Fetch standard, "append a request Origin header"), and the
    # page would act no more where its script has failed.
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Permissions-Policy": ", ".join(
        f"{feature}=()"
        for feature in (
            "accelerometer",
            "autoplay",
            "camera",
            "clipboard-read",
            "clipboard-write",
            "display-capture",
            "fullscreen",
            "geolocation",
            "gyroscope",
            "hid",
            "local-fonts",
            "microphone",
            "midi",
            "payment",
            "publickey-credentials-get",
            "screen-wake-lock",
            "serial",
            "usb",
            "window-management",
        )
    ),
}

_FRAMED = frozenset({"iframe", "frame", "embed", "object", "fencedframe"})
_METHODS = frozenset({"GET", "HEAD", "POST"})

Check = Callable[[Request], bool]
"""True: this request may pass."""


def host_is_ours(authority: str) -> Check:
    """Pass only the exact `Host`: a name that was rebound to this machine is another host."""
    return lambda asked: asked.headers.get("Host") == authority


def origin_is_ours(origin: str) -> Check:
    """Pass a change only from our own origin; a request that names another one never."""

    def check(asked: Request) -> bool:
        given = asked.headers.get("Origin")
        if asked.method == "POST":
            return given == origin
        return given is None or given == origin

    return check


def fetch_site_is_ours(asked: Request) -> bool:
    """Pass what our own page asks for; without a page only the two doors of a first visit."""
    site = asked.headers.get("Sec-Fetch-Site")
    if asked.headers.get("Sec-Fetch-Dest") in _FRAMED:
        return False
    if site == "none":
        return asked.method == "GET" and (asked.path == "/" or asked.path.startswith("/enter/"))
    return site == "same-origin"


def token_is_ours(token: str) -> Check:
    """Pass only the browser that entered since the machine started."""

    def check(asked: Request) -> bool:
        if asked.path.startswith(("/enter/", "/static/")):
            return True
        given = asked.cookies.get(COOKIE, "")
        return hmac.compare_digest(given.encode(), token.encode())

    return check


def body_is_short(max_bytes: int) -> Check:
    """Pass a body that says how long it is and is not longer than `max_bytes`."""

    def check(asked: Request) -> bool:
        if asked.headers.get("Transfer-Encoding"):
            return False
        length = get_content_length(http_content_length=asked.headers.get("Content-Length"))
        return (length or 0) <= max_bytes

    return check


def method_is_known(asked: Request) -> bool:
    """Pass GET, HEAD and POST."""
    return asked.method in _METHODS


def guard(app: Flask, *, token: str, host: str, port: int, max_body_bytes: int) -> None:
    """Set up the border of `app`. A refused request is answered 403 with nothing in it.

    Raises ValueError for an empty token: a border without one is open.
    """
    if not token:
        raise ValueError("token")
    authority = f"{host}:{port}"
    checks: tuple[Check, ...] = (
        method_is_known,
        host_is_ours(authority),
        origin_is_ours(f"http://{authority}"),
        fetch_site_is_ours,
        token_is_ours(token),
        body_is_short(max_body_bytes),
    )
    app.config["MAX_CONTENT_LENGTH"] = max_body_bytes
    app.config["MAX_FORM_MEMORY_SIZE"] = max_body_bytes
    app.config["MAX_FORM_PARTS"] = 20

    @app.before_request
    def refuse_strangers() -> Response | None:
        if all(check(request) for check in checks):
            return None
        return Response(status=403)

    @app.after_request
    def close_the_page(response: Response) -> Response:
        for name, value in HEADERS.items():
            if name not in OF_PAGES or response.mimetype == "text/html":
                response.headers[name] = value
        response.headers.setdefault("Cache-Control", "no-store")
        return response
