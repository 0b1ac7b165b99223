"""Who is refused, each for one reason, and what every answer carries."""

from __future__ import annotations

import pytest

from kiosk.web.assets import Assets
from kiosk.web.border import OF_PAGES, guard
from tests.unit.web.driving import HOST, KEY, ORIGIN, PORT, Browser, ScriptedVisit, app_of

NOW = {"visit": "a1b2c3d4e5f60718", "turn": "7"}


@pytest.fixture
def visit() -> ScriptedVisit:
    return ScriptedVisit()


@pytest.fixture
def browser(visit: ScriptedVisit) -> Browser:
    return Browser(app_of(visit))


def test_our_own_browser_sees_the_screen_and_acts(browser: Browser, visit: ScriptedVisit) -> None:
    # The control of everything below: without a reason to refuse, nothing is refused.
    assert browser.gets("/").status_code == 200
    assert browser.posts("choose-need", {**NOW, "id": "money"}).status_code == 303
    assert [("choose-need", {"id": "money"})] == visit.done


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": f"{HOST}:9999"},
        {"Host": HOST},
        {"Host": f"localhost:{PORT}"},
        {"Host": f"rebound.example:{PORT}"},
        {"Origin": "http://127.0.0.1:9999"},
        {"Origin": "null"},
        {"Origin": ORIGIN.replace("http", "https")},
        {"Sec_Fetch_Site": "same-site"},
        {"Sec_Fetch_Site": "cross-site"},
        {"Sec_Fetch_Site": None},
        {"Sec_Fetch_Dest": "iframe"},
        {"Sec_Fetch_Dest": "embed"},
    ],
)
def test_a_stranger_reads_nothing_and_changes_nothing(
    browser: Browser, visit: ScriptedVisit, headers: dict[str, str | None]
) -> None:
    read = browser.gets("/", **headers)
    changed = browser.posts("stop", NOW, **headers)
    assert (403, b"") == (read.status_code, read.data)
    assert (403, b"") == (changed.status_code, changed.data)
    assert [] == visit.done


def test_a_change_without_an_origin_or_from_no_page_is_refused(
    browser: Browser, visit: ScriptedVisit
) -> None:
    assert browser.posts("stop", NOW, Origin=None).status_code == 403
    assert browser.posts("stop", NOW, Sec_Fetch_Site="none").status_code == 403
    assert [] == visit.done


@pytest.mark.parametrize("path", ["/", "/preview/1.png", "/changes?page=x", "/frame.png"])
def test_without_the_token_of_this_boot_nothing_is_told(path: str) -> None:
    stranger = Browser(app_of(ScriptedVisit()), has_entered=False)
    assert stranger.gets(path).status_code == 403


@pytest.mark.parametrize("path", ["/preview/1.png", "/changes?page=x", "/frame.png"])
def test_only_the_first_page_may_come_from_nowhere(browser: Browser, path: str) -> None:
    assert browser.gets("/", Sec_Fetch_Site="none").status_code == 200
    assert browser.gets(path, Sec_Fetch_Site="none").status_code == 403


def test_a_key_opens_once_and_gives_the_token_as_a_strict_cookie() -> None:
    newcomer = Browser(app_of(ScriptedVisit()), has_entered=False)
    first = newcomer.gets(f"/enter/{KEY}", Sec_Fetch_Site="none")
    again = newcomer.gets(f"/enter/{KEY}", Sec_Fetch_Site="none")
    assert (303, "/") == (first.status_code, first.headers["Location"])
    cookie = first.headers["Set-Cookie"]
    assert {"HttpOnly", "Path=/", "SameSite=Strict"} <= set(cookie.split("; "))
    assert again.status_code == 403
    assert newcomer.gets("/").status_code == 200


def test_a_long_body_is_refused_unread(browser: Browser, visit: ScriptedVisit) -> None:
    answer = browser.posts("answer", {**NOW, "value": "x" * 20_000})
    assert answer.status_code == 403
    assert [] == visit.done


def test_a_body_that_does_not_tell_its_length_is_refused(browser: Browser) -> None:
    assert browser.posts("stop", NOW, Transfer_Encoding="chunked").status_code == 403


def test_every_answer_closes_the_page(browser: Browser) -> None:
    for answer in (browser.gets("/"), browser.gets("/nowhere"), browser.gets("/", Host="x")):
        policy = answer.headers["Content-Security-Policy"]
        # Whole, so that no hole can be made beside what one looks for.
        assert policy == (
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
            "font-src 'self'; connect-src 'self'; form-action 'self'; "
            "frame-ancestors 'none'; base-uri 'none'"
        )
        assert "DENY" == answer.headers["X-Frame-Options"]
        assert "require-corp" == answer.headers["Cross-Origin-Embedder-Policy"]
        assert "no-store" in answer.headers["Cache-Control"]
        assert "same-origin" == answer.headers["Referrer-Policy"]
        assert "nosniff" == answer.headers["X-Content-Type-Options"]
        assert "same-origin" == answer.headers["Cross-Origin-Resource-Policy"]
        assert "same-origin" == answer.headers["Cross-Origin-Opener-Policy"]


def test_what_is_no_page_is_closed_too_and_carries_no_words_of_pages(browser: Browser) -> None:
    headers = browser.gets(Assets().url("relais.css")).headers
    assert "nosniff" == headers["X-Content-Type-Options"]
    assert "same-origin" == headers["Cross-Origin-Resource-Policy"]
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert not OF_PAGES & set(headers.keys())


@pytest.mark.parametrize(
    ("check", "hole"),
    [
        ("host_is_ours", {"Host": f"rebound.example:{PORT}"}),
        ("origin_is_ours", {"Origin": "http://127.0.0.1:9999"}),
        ("fetch_site_is_ours", {"Sec_Fetch_Site": "cross-site"}),
        ("token_is_ours", {"Cookie": "relais=another"}),
        ("body_is_short", {"Transfer_Encoding": "chunked"}),
    ],
)
def test_each_check_refuses_what_no_other_check_would(
    visit: ScriptedVisit, monkeypatch: pytest.MonkeyPatch, check: str, hole: dict[str, str]
) -> None:
    assert Browser(app_of(visit)).gets("/", **hole).status_code == 403
    is_made = check != "fetch_site_is_ours"
    passes = (lambda _: lambda _: True) if is_made else (lambda _: True)
    monkeypatch.setattr(f"kiosk.web.border.{check}", passes)
    assert Browser(app_of(visit)).gets("/", **hole).status_code == 200


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "BREW"])
def test_a_method_that_no_page_of_ours_uses_is_refused(
    visit: ScriptedVisit, monkeypatch: pytest.MonkeyPatch, method: str
) -> None:
    assert Browser(app_of(visit)).asks(method, "/").status_code == 403
    # Without the check Flask itself would answer, and say what there is.
    monkeypatch.setattr("kiosk.web.border.method_is_known", lambda _: True)
    assert Browser(app_of(visit)).asks(method, "/").status_code in (200, 405)


def test_a_page_may_use_nothing_of_the_machine(browser: Browser) -> None:
    denied = browser.gets("/").headers["Permissions-Policy"]
    for feature in ("camera", "microphone", "geolocation", "usb", "serial", "clipboard-read"):
        assert f"{feature}=()" in denied


def test_no_token_no_border() -> None:
    with pytest.raises(ValueError, match="token"):
        guard(app_of(ScriptedVisit()), token="", host=HOST, port=PORT, max_body_bytes=1)


@pytest.mark.parametrize("path", ["/", f"/enter/{KEY}"])
@pytest.mark.parametrize("method", ["HEAD", "POST"])
def test_the_doors_of_a_first_visit_are_opened_by_a_plain_get_only(
    browser: Browser, method: str, path: str
) -> None:
    sent = {
        "Host": f"{HOST}:{PORT}",
        "Origin": ORIGIN,
        "Cookie": browser.cookie or "",
        "Sec-Fetch-Site": "none",
    }
    assert browser.client.open(path, method=method, headers=sent).status_code == 403
    assert browser.gets(f"/enter/{KEY}", Sec_Fetch_Site="none").status_code == 303


@pytest.mark.parametrize(("fields", "is_read"), [(20, True), (21, False)])
def test_a_form_in_very_many_parts_is_refused(
    browser: Browser, visit: ScriptedVisit, fields: int, is_read: bool
) -> None:
    # given what is far shorter than a body may be
    form = {**NOW, **{f"f{number}": "x" for number in range(fields - len(NOW))}}
    sent = {
        "Host": f"{HOST}:{PORT}",
        "Origin": ORIGIN,
        "Cookie": browser.cookie or "",
        "Sec-Fetch-Site": "same-origin",
    }
    # when
    answer = browser.client.post(
        "/act/stop", data=form, headers=sent, content_type="multipart/form-data"
    )
    # then
    assert (answer.status_code < 400) is is_read
    assert ([("stop", {})] if is_read else []) == visit.done
