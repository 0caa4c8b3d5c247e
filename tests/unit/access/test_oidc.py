"""Claims of an identity provider become a tenant and roles here, or nobody."""

from dataclasses import replace
from typing import Any

import pytest

from app.core.access import Role
from app.core.errors import Forbidden, SettingsRefused, Unauthenticated
from app.core.oidc import OidcSetup, challenge_of, checked_url, identity_of, read_setup

FILE = """
issuer = "https://login.example.com"
client_id = "entry-risk"
redirect_url = "http://127.0.0.1:8000/back"
[tenant]
claim = "organisation"
values = { "Acme Brokers" = "acme", "Acme" = "acme", "Zenith" = "zenith" }
[roles]
claim = "groups"
values = { "desk" = "broker", "compliance" = "auditor" }
"""
CLAIMS: dict[str, Any] = {
    "sub": "1",
    "preferred_username": "Dana@acme.example",
    "organisation": "Acme Brokers",
    "groups": ["desk", 7, "more"],
}


def setup() -> OidcSetup:
    return read_setup(FILE)


def test_claims_become_tenant_roles_and_a_name_that_no_local_account_has() -> None:
    found = identity_of(CLAIMS, setup())
    assert (found.tenant, found.roles) == ("acme", frozenset({Role.BROKER}))
    assert found.login == f"dana+{found.digest[:12]}"
    many = identity_of(CLAIMS | {"groups": ["desk", "compliance"], "email": "x"}, setup())
    assert many.roles == {Role.BROKER, Role.AUDITOR}
    both = identity_of(CLAIMS | {"organisation": ["Acme", "Acme Brokers"]}, setup())
    assert both.tenant == "acme"


@pytest.mark.parametrize("name", [None, 7, "", "日本", "@acme.example"])
def test_a_name_that_is_none_here_is_made_up(name: object) -> None:
    found = identity_of(CLAIMS | {"preferred_username": name}, setup())
    assert found.login == f"oidc+{found.digest[:12]}"


def test_who_it_is_is_issuer_and_subject_together() -> None:
    elsewhere = replace(setup(), issuer="https://other.example.com")
    digests = {
        identity_of(CLAIMS, setup()).digest,
        identity_of(CLAIMS | {"sub": "2"}, setup()).digest,
        identity_of(CLAIMS, elsewhere).digest,
    }
    assert len(digests) == 3
    assert identity_of(CLAIMS | {"groups": "desk"}, setup()).digest in digests


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"sub": None}, Unauthenticated),
        ({"sub": ""}, Unauthenticated),
        ({"sub": "x" * 256}, Unauthenticated),
        ({"organisation": "Nobody"}, Forbidden),
        ({"organisation": ["Acme", "Zenith"]}, Forbidden),
        ({"groups": []}, Forbidden),
        ({"groups": {"desk": True}}, Forbidden),
    ],
)
def test_who_is_nobody_here_is_refused(changes: dict[str, Any], refusal: type[Exception]) -> None:
    with pytest.raises(refusal):
        identity_of(CLAIMS | changes, setup())


def test_what_is_not_said_otherwise_is_as_usual() -> None:
    assert setup().scopes == "openid profile email"
    assert read_setup('scopes = "openid"\n' + FILE).scopes == "openid"


@pytest.mark.parametrize(
    ("before", "after", "problem"),
    [
        ('issuer = "https', 'issuer = "http', "issuer: wanted an https URL"),
        ('"entry-risk"', "7", "client_id: wanted a text"),
        ('"entry-risk"', '" "', "client_id: wanted a text"),
        ("[tenant]", "[tenants]", "'tenants' is not known"),
        ("[roles]\n", "[roles]\nvalues = {}\n", "wanted TOML"),
        ('values = { "desk" = "broker", "compliance" = "auditor" }', "", "[roles]: wanted"),
        ('"broker"', '"king"', "roles: found 'king'"),
        ("[roles]", "[roles", "wanted TOML"),
        ('claim = "groups"', "", "claim: wanted a text"),
    ],
)
def test_a_file_that_says_nothing_usable_is_named(before: str, after: str, problem: str) -> None:
    assert before in FILE
    with pytest.raises(SettingsRefused) as refused:
        read_setup(FILE.replace(before, after))
    assert problem in refused.value.detail


def test_a_table_that_is_none_is_named() -> None:
    with pytest.raises(SettingsRefused, match="wanted claim and values"):
        read_setup('tenant = "acme"\n' + FILE.split("[tenant]", maxsplit=1)[0])


@pytest.mark.parametrize(
    "url",
    ["http://example.com/", "ftp://127.0.0.1/", "https://", "https://a:b@example.com/", "example"],
)
def test_only_https_is_used_or_this_machine(url: str) -> None:
    assert checked_url("http://localhost:1/") == "http://localhost:1/"
    with pytest.raises(ValueError, match="https"):
        checked_url(url)


def test_the_challenge_is_that_of_the_specification() -> None:
    """RFC 7636, appendix B."""
    verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
    assert challenge_of(verifier) == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
