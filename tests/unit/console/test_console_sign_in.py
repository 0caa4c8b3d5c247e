"""Signing in by browser: cookies, forms bound to them, and what a session opens."""

import re
from datetime import timedelta
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urlencode

import orjson
import pytest

from app.core.access import Role
from app.core.people import FREE_ATTEMPTS, IDLE
from app.services.accounts import token_digest
from tests.apps import Spoken, spoken
from tests.desks import HOLDING, entry, with_policy

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
GOOD = "correct horse battery"
SIGN_IN, SIGN_OUT, WELCOME = "/console/sign-in", "/console/sign-out", "/console/welcome"
SESSION = "entry_risk_session"


def token_of(page: str) -> str:
    """Return the token of the first form on a page."""
    found = re.search(r'name="form" value="([0-9a-f]{64})"', page)
    assert found is not None, page
    return found[1]


def send(api: Spoken, path: str, headers: dict[str, str] | None = None, /, **fields: str) -> Any:
    return api.client.post(
        path,
        content=urlencode(fields),
        headers={**FORM, **(headers or {})},
        follow_redirects=False,
    )


def sign_in(api: Spoken, password: str = GOOD, login: str = "dana", **headers: str) -> Any:
    """Load the form and send it."""
    form = token_of(api.client.get(SIGN_IN).text.split("Sign out")[-1])
    return send(api, SIGN_IN, headers, login=login, password=password, form=form)


def with_dana(api: Spoken, *roles: Role) -> None:
    api.people.put("dana", GOOD, *(roles or (Role.BROKER,)))


def test_who_signs_in_scores_without_a_key_and_is_named_in_the_record() -> None:
    with spoken(with_policy(HOLDING)) as api:
        with_dana(api)
        entered = sign_in(api)
        assert (entered.status_code, entered.headers["location"]) == (303, "/")
        page = api.client.get("/")
        assert "Signed in as dana, broker" in page.text
        scored = send(api, "/", entry='{"lines":[]}', key="", form=token_of(page.text))
        assert scored.status_code == 422
        text = orjson.dumps(entry()).decode()
        scored = send(api, "/", entry=text, key="", form=token_of(page.text))
        assert scored.status_code == 200
        assert api.at.ledger.records[0].tenant == "acme"


def test_cookies_are_read_by_no_script_and_sent_by_no_other_site() -> None:
    with spoken() as api:
        with_dana(api)
        shown = api.client.get(SIGN_IN).headers["set-cookie"].lower()
        assert "httponly" in shown
        assert "samesite=strict" in shown
        entered = sign_in(api).headers["set-cookie"].lower()
        for flag in ("httponly", "samesite=lax", "path=/"):
            assert flag in entered
        assert "domain=" not in entered
        assert "secure" not in entered  # http, as on this machine alone


def test_over_https_cookies_are_secure_and_bound_to_the_host() -> None:
    with spoken() as api:
        with_dana(api)
        api.client.base_url = api.client.base_url.copy_with(scheme="https")
        entered = sign_in(api).headers["set-cookie"]
        assert f"__Host-{SESSION}=" in entered
        assert "secure" in entered.lower()
        assert "Signed in as dana" in api.client.get("/").text


def test_a_session_given_before_the_sign_in_is_not_the_one_after_it() -> None:
    with spoken() as api:
        with_dana(api)
        api.client.cookies.set(SESSION, "planted-by-someone-else")
        entered = sign_in(api)
        set_to = re.search(rf"{SESSION}=([\w-]+);", entered.headers["set-cookie"])
        assert set_to is not None
        assert set_to[1] != "planted-by-someone-else"
        assert list(api.people.sessions) == [token_digest(b"k" * 32, "session", set_to[1])]


def test_a_sign_in_forged_by_another_page_is_refused() -> None:
    with spoken() as api:
        with_dana(api)
        own = token_of(api.client.get(SIGN_IN).text)
        elsewhere = {"Sec-Fetch-Site": "cross-site"}
        for headers, form in (({}, ""), ({}, "0" * 64), (elsewhere, own)):
            refused = send(api, SIGN_IN, headers, login="dana", password=GOOD, form=form)
            assert refused.status_code == 403
        assert api.people.sessions == {}


def test_a_form_without_its_cookie_is_refused() -> None:
    with spoken() as api:
        with_dana(api)
        form = token_of(api.client.get(SIGN_IN).text)
        api.client.cookies.clear()
        assert send(api, SIGN_IN, login="dana", password=GOOD, form=form).status_code == 403


@pytest.mark.parametrize("path", ["/", "/console/suppliers"])
def test_a_form_of_a_session_that_is_forged_or_from_elsewhere_does_nothing(path: str) -> None:
    fields = {"/": {"entry": "{}"}, "/console/suppliers": {"name": "Nobody"}}[path]
    with spoken() as api:
        with_dana(api)
        sign_in(api)
        form = token_of(api.client.get(path).text)
        assert send(api, path, key="", form=form, **fields).status_code in (200, 422)
        elsewhere = {"Sec-Fetch-Site": "same-site"}
        assert send(api, path, elsewhere, key="", form=form, **fields).status_code == 403
        for forged in ("", "0" * 64):
            assert send(api, path, key="", form=forged, **fields).status_code == 403
        api.client.cookies.clear()
        assert send(api, path, key="", form=form, **fields).status_code == 401


def test_a_role_opens_its_own_pages_alone() -> None:
    with spoken() as api:
        with_dana(api, Role.VIEWER)
        sign_in(api)
        form = token_of(api.client.get("/").text)
        refused = send(api, "/", entry="{}", key="", form=form)
        assert refused.status_code == 403
        assert "score:write" in refused.text
        assert send(api, "/console/suppliers", name="Nobody", key="", form=form).status_code == 200


def test_a_wrong_password_is_told_plainly_and_too_many_have_to_wait() -> None:
    with spoken() as api:
        with_dana(api)
        for _ in range(FREE_ATTEMPTS):
            refused = sign_in(api, "wrong password")
            assert refused.status_code == 401
            assert "The name or the password is wrong" in refused.text
            assert "wrong password" not in refused.text
        throttled = sign_in(api)
        assert (throttled.status_code, throttled.headers["retry-after"]) == (429, "1")


def test_signing_out_needs_the_form_and_ends_the_session() -> None:
    with spoken() as api:
        with_dana(api)
        sign_in(api)
        form = token_of(api.client.get("/").text)
        assert send(api, SIGN_OUT, form="0" * 64).status_code == 403
        assert "Signed in as dana" in api.client.get("/").text
        gone = send(api, SIGN_OUT, form=form)
        assert (gone.status_code, gone.headers["location"]) == (303, SIGN_IN)
        assert api.people.sessions == {}
        assert "Signed in" not in api.client.get("/").text


def test_a_session_left_alone_is_over() -> None:
    with spoken() as api:
        with_dana(api)
        sign_in(api)
        form = token_of(api.client.get("/").text)
        api.at.clock.moment += IDLE + timedelta(seconds=1)
        assert send(api, "/", entry="{}", key="", form=form).status_code == 401


def test_a_link_sets_a_password_once_and_looking_at_it_uses_nothing_up() -> None:
    with spoken() as api:
        api.people.put("dana", None, Role.BROKER)
        tomorrow = api.at.clock.moment + timedelta(days=1)
        api.people.put_link("dana", token_digest(b"k" * 32, "link", "once"), tomorrow)
        for _ in range(2):
            page = api.client.get(f"{WELCOME}?link=once").text
        assert 'name="link" value="once"' in page
        form = token_of(page)
        short = send(api, WELCOME, link="once", password="short", form=form)
        assert short.status_code == 422
        assert "12 to 256" in short.text
        assert send(api, WELCOME, link="once", password=GOOD, form="0" * 64).status_code == 403
        entered = send(api, WELCOME, link="once", password=GOOD, form=form)
        assert entered.status_code == 303
        assert "Signed in as dana" in api.client.get("/").text
        form = token_of(api.client.get(f"{WELCOME}?link=once").text)
        assert send(api, WELCOME, link="once", password=GOOD, form=form).status_code == 401


def test_another_form_is_refused() -> None:
    with spoken() as api:
        for path in (SIGN_IN, SIGN_OUT, WELCOME):
            for body in (b"", b"login=1", b"a&b", b"form=\xff", b"form=1&form=2"):
                answer = api.client.post(path, content=body, headers=FORM)
                assert answer.status_code == 400, (path, body)


class Elements(HTMLParser):
    """Reads a page as a browser does and notes what could run."""

    def __init__(self) -> None:
        super().__init__()
        self.running: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in {"script", "img", "iframe", "object", "svg", "style"}:
            self.running.append(tag)
        self.running += [
            name
            for name, value in attrs
            if name.startswith("on")
            or name in {"style", "autofocus"}
            or (name in {"href", "action", "src"} and (value or "").startswith("javascript"))
        ]


def scripts_in(page: str) -> list[str]:
    """Return elements and attributes of a page that could run something."""
    reader = Elements()
    reader.feed(page)
    return reader.running


PAYLOADS = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' autofocus onfocus=alert(1) x='",
    "{{ 7 * 7 }}",
    "</textarea><script>alert(1)</script>",
    "javascript:alert(1)",
    "&lt;script&gt;",
    "\u202escript",
]


def test_no_script_runs_from_what_is_typed_into_a_form() -> None:
    with spoken() as api:
        form = token_of(api.client.get(SIGN_IN).text)
        for payload in PAYLOADS:
            pages = [
                send(api, SIGN_IN, login=payload, password=payload, form=form),
                send(api, WELCOME, link=payload, password=payload, form=form),
                api.client.get(WELCOME, params={"link": payload}),
            ]
            for page in pages:
                assert scripts_in(page.text) == []
                policy = page.headers["content-security-policy"]
                assert "default-src 'none'" in policy
                assert "unsafe" not in policy
                assert page.headers["cache-control"] == "no-store"
