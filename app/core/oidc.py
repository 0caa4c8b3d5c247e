"""An identity provider by OpenID Connect: what is set up of it, and who its claims say signs in."""

import base64
import hashlib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from app.core.access import Role, roles_of
from app.core.errors import Forbidden, InvalidField, SettingsRefused, Unauthenticated
from app.core.people import checked_login

_WORDS = ("issuer", "client_id", "redirect_url", "scopes", "tenant", "roles")
_LOCAL = frozenset({"127.0.0.1", "localhost", "::1"})
MAX_SUBJECT = 255  # characters; OpenID Connect Core 2


@dataclass(frozen=True, slots=True)
class ClaimMap:
    """A claim of the ID token, and what each of its values is here; others are nothing."""

    claim: str
    values: Mapping[str, str]

    def of(self, claims: Mapping[str, Any]) -> frozenset[str]:
        """Return what the claim's value, or each of its values, is here."""
        found = claims.get(self.claim)
        given = found if isinstance(found, list) else [found]
        return frozenset(
            self.values[each] for each in given if isinstance(each, str) and each in self.values
        )


@dataclass(frozen=True, slots=True)
class OidcSetup:
    """A provider and this service's place there."""

    issuer: str
    client_id: str
    redirect_url: str
    scopes: str
    tenant: ClaimMap
    roles: ClaimMap


@dataclass(frozen=True, slots=True)
class OutsideIdentity:
    """Who a provider says signs in: a stable id, a tenant, roles, and a name to show."""

    digest: str
    tenant: str
    roles: frozenset[Role]
    login: str


def read_setup(text: str) -> OidcSetup:
    """Return what a TOML file says of the provider; SettingsRefused names what it lacks."""
    try:
        found = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        raise SettingsRefused("ENTRY_RISK_OIDC_FILE: wanted TOML") from None
    for name in found:
        if name not in _WORDS:
            raise SettingsRefused(f"ENTRY_RISK_OIDC_FILE: {name[:40]!r} is not known")
    setup = OidcSetup(
        _url(found, "issuer"),
        _text(found, "client_id"),
        _url(found, "redirect_url"),
        _text({"scopes": "openid profile email", **found}, "scopes"),
        _claim_map(found, "tenant"),
        _claim_map(found, "roles"),
    )
    try:
        roles_of(setup.roles.values.values())
    except InvalidField as error:
        raise SettingsRefused(f"ENTRY_RISK_OIDC_FILE: roles: {error.message}") from None
    return setup


def checked_url(url: str) -> str:
    """Return a URL that is https, or http to this machine; ValueError for any other."""
    parts = urlsplit(url)
    is_safe = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOCAL)
    if not is_safe or not parts.netloc or parts.username is not None:
        raise ValueError("wanted an https URL")
    return url


def identity_of(claims: Mapping[str, Any], setup: OidcSetup) -> OutsideIdentity:
    """Return whom verified claims speak of.

    Unauthenticated where they name nobody, Forbidden where they give no tenant, more than one, or
    no role here.
    """
    subject = claims.get("sub")
    if not isinstance(subject, str) or not 0 < len(subject) <= MAX_SUBJECT:
        raise Unauthenticated("The identity provider did not say who you are.")
    tenants = setup.tenant.of(claims)
    if len(tenants) != 1:
        raise Forbidden("The identity provider names no tenant of this service for you.")
    roles = setup.roles.of(claims)
    if not roles:
        raise Forbidden("The identity provider gives you no role here.")
    digest = hashlib.sha256(f"{setup.issuer}\0{subject}".encode()).hexdigest()
    (tenant,) = tenants
    return OutsideIdentity(digest, tenant, roles_of(roles), _login(claims, digest))


def challenge_of(verifier: str) -> str:
    """Return the S256 challenge of a PKCE verifier (RFC 7636)."""
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def _login(claims: Mapping[str, Any], digest: str) -> str:
    """Return a name that no local account has: it is the provider's word, so it gets a mark."""
    name = claims.get("preferred_username") or claims.get("email")
    plain = name.split("@")[0] if isinstance(name, str) else ""
    try:
        return checked_login(f"{plain[:40]}+{digest[:12]}")
    except InvalidField:
        return f"oidc+{digest[:12]}"


def _text(found: Mapping[str, Any], name: str) -> str:
    value = found.get(name)
    if not isinstance(value, str) or not value.strip():
        raise SettingsRefused(f"ENTRY_RISK_OIDC_FILE: {name}: wanted a text")
    return value


def _url(found: Mapping[str, Any], name: str) -> str:
    try:
        return checked_url(_text(found, name))
    except ValueError:
        raise SettingsRefused(f"ENTRY_RISK_OIDC_FILE: {name}: wanted an https URL") from None


def _claim_map(found: Mapping[str, Any], name: str) -> ClaimMap:
    table = found.get(name)
    values = table.get("values") if isinstance(table, dict) else None
    if not isinstance(table, dict) or not isinstance(values, dict) or not values:
        raise SettingsRefused(f"ENTRY_RISK_OIDC_FILE: [{name}]: wanted claim and values")
    return ClaimMap(_text(table, "claim"), {each: _text(values, each) for each in values})
