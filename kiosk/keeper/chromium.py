"""What both Chromiums are told at every start: switches and preferences, as data.

Switches are undocumented and change: a switch that does nothing any more is ignored in silence,
so everything that guards something has a test that looks at the behaviour, not at the switch.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

_OFF_FEATURES = (
    "AutofillServerCommunication",
    "DialMediaRouteProvider",
    # Our own pages and stand-ins speak http on loopback; the upgrade would cost a round trip.
    "HttpsFirstBalancedModeAutoEnable",
    "HttpsUpgrades",
    "MediaRouter",
    "OptimizationHints",
    # One renderer less: 60 MB that a Pi with 2 GB needs.
    "SpareRendererForSitePerProcess",
    "Translate",
)
SWITCHES = (
    "--no-first-run",
    "--no-default-browser-check",
    "--no-pings",
    "--noerrdialogs",
    "--metrics-recording-only",
    "--password-store=basic",
    "--disable-background-networking",
    "--disable-breakpad",
    "--disable-client-side-phishing-detection",
    "--disable-component-extensions-with-background-pages",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-domain-reliability",
    "--disable-extensions",
    "--disable-hang-monitor",
    "--disable-infobars",
    "--disable-logging",
    "--disable-pinch",
    "--disable-search-engine-choice-screen",
    "--disable-session-crashed-bubble",
    "--disable-sync",
    "--overscroll-history-navigation=0",
    f"--disable-features={','.join(_OFF_FEATURES)}",
)
_NEVER = 2  # a content setting's "block"
PREFERENCES: Mapping[str, Any] = {
    "alternate_error_pages": {"enabled": False},
    "autofill": {"enabled": False, "profile_enabled": False, "credit_card_enabled": False},
    "browser": {"enable_spellchecking": False, "has_seen_welcome_page": True},
    "credentials_enable_autosignin": False,
    "credentials_enable_service": False,
    "net": {"network_prediction_options": _NEVER},
    "profile": {
        "password_manager_enabled": False,
        "default_content_setting_values": {
            "geolocation": _NEVER,
            "media_stream_camera": _NEVER,
            "media_stream_mic": _NEVER,
            "notifications": _NEVER,
            "sensors": _NEVER,
            "usb_guard": _NEVER,
            "serial_guard": _NEVER,
            "bluetooth_guard": _NEVER,
            "hid_guard": _NEVER,
            "file_system_write_guard": _NEVER,
        },
    },
    "safebrowsing": {"enabled": False},
    "search": {"suggest_enabled": False},
    "translate": {"enabled": False},
}
LOCAL_STATE: Mapping[str, Any] = {
    "dns_over_https": {"mode": "off", "templates": ""},
    "user_experience_metrics": {"reporting_enabled": False},
}


def merged(base: Mapping[str, Any], more: Mapping[str, Any]) -> dict[str, Any]:
    """Return `base` with `more` laid over it, section by section."""
    result = dict(base)
    for key, value in more.items():
        both_nested = isinstance(value, Mapping) and isinstance(result.get(key), Mapping)
        result[key] = merged(result[key], value) if both_nested else value
    return result


def site_switches(host: str, stand_in: str, proxy: str) -> list[str]:
    """Return the switches that leave one host, and one way to it."""
    switches = ["--disable-quic", "--force-webrtc-ip-handling-policy=disable_non_proxied_udp"]
    if proxy:
        # The proxy resolves names; "<-loopback>" sends even loopback addresses through it.
        proxy_host = proxy.rpartition(":")[0]
        rules = f"MAP * ~NOTFOUND, EXCLUDE {proxy_host}"
        switches += [f"--proxy-server=http://{proxy}", "--proxy-bypass-list=<-loopback>"]
    elif stand_in:
        rules = f"MAP {host} {stand_in}, MAP * ~NOTFOUND"
    else:
        rules = f"MAP * ~NOTFOUND, EXCLUDE {host}"
    if stand_in:
        # A download over http waits for a "keep it" that nobody sees; the real site has https.
        switches.append(f"--unsafely-treat-insecure-origin-as-secure=http://{host}")
    return [*switches, f"--host-resolver-rules={rules}"]


def site_preferences(documents: Path) -> dict[str, Any]:
    """Return the preferences that save every PDF in `documents` without a question."""
    return {
        "plugins": {"always_open_pdf_externally": True},
        "download": {
            "default_directory": str(documents),
            "prompt_for_download": False,
            "directory_upgrade": True,
        },
        "webrtc": {
            "ip_handling_policy": "disable_non_proxied_udp",
            "multiple_routes_enabled": False,
            "nonproxied_udp_enabled": False,
        },
    }
