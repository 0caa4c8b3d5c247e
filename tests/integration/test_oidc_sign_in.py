"""Signing in by an identity provider, a real HTTP server: what holds, and what is refused."""

import asyncio
import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from joserfc.jwk import RSAKey
from starlette.testclient import TestClient

from app.adapters import oidc_provider
from app.adapters.accounts_sql import SqlPeople
from app.adapters.audit_sql import SqlAudit
from app.adapters.oidc_provider import HttpProvider
from app.core.audit import AuditEvent
from app.core.errors import Conflict, ServiceUnavailable, SettingsRefused, Unauthenticated
from app.core.oidc import challenge_of, read_setup
from app.core.people import LINK_LIFETIME
from app.main import create_app
from app.settings import Settings, read_settings
from app.wiring import build, open_key_store
from tests.apps import spoken
from tests.desks import run
from tests.provider import SECRET, Provider

LEAVE, BACK = "/console/sign-in/provider", "/console/sign-in/provider/back"
SESSION = "entry_risk_session"
Json = dict[str, Any]


class Desk:
    """A service with a provider, and a browser at it."""

    def __init__(self, folder: Path, provider: Provider) -> None:
        self.provider = provider
        file = folder / "provider.toml"
        file.write_text(provider.setup)
        self.settings: Settings = read_settings(
            data_dir=folder / "var",
            models_dir=folder / "models",
            oidc_file=file,
            oidc_client_secret=SECRET,
        )
        self.browser = TestClient(create_app(self.settings), follow_redirects=False)

    def way_back(self) -> str:
        """Go to the provider, sign in there, and return the path that it sends back to."""
        left = self.browser.get(LEAVE)
        assert left.status_code == 303, left.text
        sent = httpx.get(left.headers["location"])
        parts = urlsplit(sent.headers["location"])
        assert parts.path == BACK
        return f"{parts.path}?{parts.query}"

    def sign_in(self) -> Any:
        return self.browser.get(self.way_back())

    def fresh(self) -> None:
        """Have another person at another browser, and remember who and what was there before."""
        self.provider.behave()
        self.browser.cookies.clear()
        self._known, self._seen = set(self._logins()), len(self._events())

    def people(self) -> list[tuple[str, str, list[str]]]:
        """Return name, tenant and roles of who came since."""
        with open_key_store(self.settings) as keys:
            found = SqlPeople(keys.control).list()
        return [
            (each.login, each.tenant, sorted(each.roles))
            for each in found
            if each.login not in self._known
        ]

    def told(self) -> list[tuple[str, str]]:
        """Return what the audit was told since, and by what kind of actor."""
        deeds = [each.deed for each in self._events()[self._seen :]]
        return [(each.action, each.actor.partition(":")[0]) for each in deeds]

    def _logins(self) -> list[str]:
        with open_key_store(self.settings) as keys:
            return [each.login for each in SqlPeople(keys.control).list()]

    def _events(self) -> list[AuditEvent]:
        with open_key_store(self.settings) as keys:
            return list(SqlAudit(keys.control).all())


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """One service and its provider for all tests that leave both as they are."""
    with Provider() as provider:
        made = Desk(tmp_path_factory.mktemp("oidc"), provider)
        with made.browser:
            yield made


@pytest.fixture
def desk(service: Desk) -> Desk:
    """The service with somebody new at a new browser."""
    service.fresh()
    return service


@pytest.fixture
def provider() -> Iterator[Provider]:
    """A provider of the test's own."""
    with Provider() as made:
        yield made


def test_somebody_signs_in_with_the_tenant_and_roles_of_their_claims(desk: Desk) -> None:
    assert "Sign in by your organisation" in desk.browser.get("/console/sign-in").text
    entered = desk.sign_in()
    assert (entered.status_code, entered.headers["location"]) == (303, "/")
    assert "Signed in as dana+" in desk.browser.get("/").text
    ((login, tenant, roles),) = desk.people()
    assert (login[:5], tenant, roles) == ("dana+", "acme", ["broker"])
    desk.provider.person["groups"] = ["compliance"]
    assert desk.sign_in().status_code == 303
    assert desk.people() == [(login, "acme", ["auditor"])]
    assert desk.told() == [
        ("user.added", "identity-provider"),
        ("session.signed-in", "user"),
        ("user.changed", "identity-provider"),
        ("session.signed-in", "user"),
    ]


def test_who_signs_in_by_the_provider_has_no_password_here(desk: Desk) -> None:
    desk.sign_in()
    ((login, _, _),) = desk.people()
    with open_key_store(desk.settings) as keys:
        people = SqlPeople(keys.control)
        found = people.by_login(login)
        assert found is not None
        assert (found[0].is_outside, found[1]) == (True, None)
        with pytest.raises(Conflict, match="without a password"):
            people.put_link(login, b"digest", LINK_LIFETIME)
        people.change(login, disabled=True)
    refused = desk.sign_in()
    assert refused.status_code == 403
    assert "may not sign in" in refused.text
    assert desk.told()[-1] == ("session.refused", "user")


def bent(**changes: Any) -> Callable[[Provider], None]:
    """Return what changes claims; None takes one away."""

    def bend(claims: Json) -> None:
        for name, value in changes.items():
            claims[name] = value
            if value is None:
                del claims[name]

    return lambda provider: setattr(provider, "bend", bend)


def by_another_key(provider: Provider) -> None:
    other = RSAKey.generate_key(2048, {"kid": "two"}, private=True)
    provider.sign = lambda claims: provider.signed(claims, other)


def by_another_key_of_that_name(provider: Provider) -> None:
    other = RSAKey.generate_key(2048, {"kid": "one"}, private=True)
    provider.sign = lambda claims: provider.signed(claims, other)


def unsigned(provider: Provider) -> None:
    provider.sign = provider.unsigned


@pytest.mark.parametrize(
    ("err", "status", "why"),
    [
        (bent(nonce="another"), 401, "is of another sign-in"),
        (bent(nonce=None), 401, "is of another sign-in"),
        (bent(exp=1), 401, "has expired"),
        (bent(exp=None), 401, "has no times"),
        (bent(iat=32503680000, exp=32503680009), 401, "is of the future"),
        (bent(aud="another client"), 401, "is for another client"),
        (bent(aud=["entry-risk", "another"]), 401, "is for another client"),
        (bent(azp="another"), 401, "is for another client"),
        (bent(iss="https://elsewhere.example"), 401, "comes from another issuer"),
        (bent(sub=None), 401, "did not say who you are"),
        (bent(groups=None), 403, "gives you no role"),
        (bent(groups=["another thing"]), 403, "gives you no role"),
        (bent(organisation="Zenith"), 403, "names no tenant"),
        (unsigned, 401, "not signed by a key"),
        (by_another_key, 401, "not signed by a key"),
        (by_another_key_of_that_name, 401, "not signed by a key"),
        (lambda provider: setattr(provider, "sign", lambda _: "a.b.c"), 401, "not signed by a key"),
        (lambda provider: setattr(provider, "sign", lambda _: None), 401, "gave no ID token"),
    ],
)
def test_a_token_that_is_not_as_it_has_to_be_signs_nobody_in(
    desk: Desk, err: Callable[[Provider], None], status: int, why: str
) -> None:
    err(desk.provider)
    refused = desk.sign_in()
    assert refused.status_code == status, refused.text
    assert why in refused.text
    assert SESSION not in desk.browser.cookies
    assert desk.people() == []


def test_another_state_or_another_browser_signs_nobody_in(desk: Desk) -> None:
    back = desk.way_back()
    forged = back.replace("state=", "state=0")
    assert desk.browser.get(forged).status_code == 403
    back = desk.way_back()
    desk.browser.cookies.clear()
    assert desk.browser.get(back).status_code == 403
    assert desk.people() == []


def test_a_code_is_good_once_and_for_the_browser_that_began(desk: Desk) -> None:
    first = desk.way_back()
    cookie = f"entry_risk_provider={desk.browser.cookies['entry_risk_provider']}"
    assert desk.browser.get(first).status_code == 303
    again = desk.browser.get(first, headers={"Cookie": cookie})
    assert again.status_code == 401
    assert "refused the code" in again.text
    code = parse_qs(urlsplit(desk.way_back()).query)["code"][0]
    other = parse_qs(urlsplit(desk.way_back()).query)["state"][0]
    mixed = desk.browser.get(BACK, params={"code": code, "state": other})
    assert mixed.status_code == 401  # the verifier is that of the newer departure


def test_a_sign_in_that_was_given_up_is_told(desk: Desk) -> None:
    state = parse_qs(urlsplit(desk.way_back()).query)["state"][0]
    refused = desk.browser.get(BACK, params={"error": "access_denied", "state": state})
    assert refused.status_code == 401
    assert "did not sign you in" in refused.text


def claims_of(asked: HttpProvider, provider: Provider) -> Json:
    """Sign in at the provider and return the claims, without a service around it."""

    async def work() -> Json:
        url = await asked.authorization_url("state", "nonce", challenge_of("verifier"))
        sent = await asyncio.to_thread(httpx.get, url)
        (code,) = parse_qs(urlsplit(sent.headers["location"]).query)["code"]
        return dict(await asked.claims(code, "verifier", "nonce"))

    return run(work())  # type: ignore[no-any-return]


def asking(provider: Provider, secret: str | None = SECRET) -> HttpProvider:
    return HttpProvider(read_setup(provider.setup), secret, lambda: datetime.now(UTC))


def test_new_keys_of_the_provider_are_taken_and_asked_for_no_more_than_once_a_minute(
    provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = asking(provider)
    assert claims_of(asked, provider)["aud"] == "entry-risk"
    provider.key = RSAKey.generate_key(2048, {"kid": "two"}, private=True)
    provider.published.append(provider.key)
    with pytest.raises(Unauthenticated, match="not signed by a key"):
        claims_of(asked, provider)
    monkeypatch.setattr(oidc_provider, "AGAIN_S", -1.0)
    assert claims_of(asked, provider)["aud"] == "entry-risk"
    assert provider.asked.count("/keys") == 2
    assert provider.asked.count("/.well-known/openid-configuration") == 1


@pytest.mark.parametrize(
    "said",
    [
        {"issuer": "https://elsewhere.example"},
        {"token_endpoint": "http://elsewhere.example/token"},
        {"jwks_uri": None},
        {"much": "x" * (1 << 20)},
    ],
)
def test_a_provider_that_names_another_or_no_safe_place_is_not_used(
    provider: Provider, said: Json
) -> None:
    provider.said = said
    with pytest.raises(ServiceUnavailable):
        claims_of(asking(provider), provider)


def test_keys_that_are_none_are_not_used(provider: Provider) -> None:
    provider.said = {"jwks_uri": f"{provider.issuer}/.well-known/openid-configuration"}
    with pytest.raises(ServiceUnavailable, match="gives no keys"):
        claims_of(asking(provider), provider)


def test_a_client_that_the_provider_does_not_know_gets_nothing(provider: Provider) -> None:
    with pytest.raises(Unauthenticated, match="refused the code"):
        claims_of(asking(provider, None), provider)


def test_a_provider_that_is_gone_is_told() -> None:
    with Provider() as gone:
        asked = asking(gone)
    with pytest.raises(ServiceUnavailable, match="does not answer"):
        claims_of(asked, gone)


def test_without_a_provider_there_is_no_such_page() -> None:
    with spoken() as api:
        browser = api.client
        assert browser.get(LEAVE).status_code == browser.get(BACK).status_code == 404
        assert "your organisation" not in browser.get("/console/sign-in").text


def test_a_file_that_is_not_there_stops_the_start(tmp_path: Path) -> None:
    settings = read_settings(data_dir=tmp_path, oidc_file=tmp_path / "none.toml")
    with pytest.raises(SettingsRefused, match="OIDC_FILE"):
        build(settings)


def test_no_secret_or_code_is_in_what_is_kept(desk: Desk) -> None:
    desk.sign_in()
    with open_key_store(desk.settings) as keys:
        kept = json.dumps([dict(each.deed.details) for each in SqlAudit(keys.control).all()])
    assert SECRET not in kept
    assert desk.provider.person["sub"] not in kept
