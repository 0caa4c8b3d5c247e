"""An identity provider over HTTP: discovery, keys, the exchange of a code, and its ID token.

Needs the extra `oidc`: httpx, and joserfc for signatures.
"""

import asyncio
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

import httpx
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from app.core.errors import ServiceUnavailable, Unauthenticated
from app.core.oidc import OidcSetup, checked_url

ALGORITHMS = ("RS256", "PS256", "ES256")  # never none, never a shared secret
TIMEOUT_S = 10.0
MAX_BYTES = 1 << 20  # of an answer
KEPT_S = 3600.0  # how long discovery and keys are believed
AGAIN_S = 60.0  # keys are asked for again for an unknown one, but not more often
LEEWAY_S = 60  # what clocks may differ by
_PATH = "/.well-known/openid-configuration"


@dataclass(frozen=True, slots=True)
class _Found:
    """What discovery said."""

    authorize: str
    token: str
    keys: str


class HttpProvider:
    """One provider, asked when somebody signs in; ServiceUnavailable where it does not answer."""

    def __init__(self, setup: OidcSetup, secret: str | None, now: Callable[[], datetime]) -> None:
        """Nothing is asked before the first sign-in; `secret` None: a public client."""
        self._setup = setup
        self._secret = secret
        self._now = now
        self._found: tuple[float, _Found] | None = None
        self._keys: tuple[float, KeySet] | None = None
        self._asking = asyncio.Lock()

    async def authorization_url(self, state: str, nonce: str, challenge: str) -> str:
        """Return where a browser goes to sign in."""
        found = await self._discovered()
        asked = {
            "response_type": "code",
            "client_id": self._setup.client_id,
            "redirect_uri": self._setup.redirect_url,
            "scope": self._setup.scopes,
            "state": state,
            "nonce": nonce,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        }
        joint = "&" if "?" in found.authorize else "?"
        return f"{found.authorize}{joint}{urlencode(asked)}"

    async def claims(self, code: str, verifier: str, nonce: str) -> Mapping[str, Any]:
        """Return the verified claims of the ID token that the code is good for."""
        found = await self._discovered()
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self._setup.redirect_url,
            "client_id": self._setup.client_id,
            "code_verifier": verifier,
        }
        if self._secret is not None:
            form["client_secret"] = self._secret
        answer = await self._asked("POST", found.token, form)
        token = answer.get("id_token")
        if not isinstance(token, str):
            raise Unauthenticated("The identity provider gave no ID token.")
        claims = await self._verified(token, found)
        self._check(claims, nonce)
        return claims

    async def _verified(self, token: str, found: _Found) -> Mapping[str, Any]:
        for is_again in (False, True):
            keys = await self._key_set(found, is_again)
            try:
                return jwt.decode(token, keys, algorithms=list(ALGORITHMS)).claims
            except (JoseError, ValueError):
                continue  # the provider may have changed its keys
        raise Unauthenticated("The ID token is not signed by a key of the identity provider.")

    def _check(self, claims: Mapping[str, Any], nonce: str) -> None:
        """Refuse a token that is not of that provider, for us, for now, for this sign-in."""
        now, ours = self._now().timestamp(), self._setup.client_id
        audience = claims.get("aud")
        audiences = audience if isinstance(audience, list) else [audience]
        ends, made = claims.get("exp"), claims.get("iat")
        is_timed = isinstance(ends, int | float) and isinstance(made, int | float)
        problems = {
            "comes from another issuer": claims.get("iss") != self._setup.issuer,
            "is for another client": ours not in audiences
            or claims.get("azp", ours) != ours
            or (len(audiences) > 1 and "azp" not in claims),
            "has no times": not is_timed,
            "has expired": is_timed and float(ends or 0) <= now - LEEWAY_S,
            "is of the future": is_timed and float(made or 0) > now + LEEWAY_S,
            "is of another sign-in": claims.get("nonce") != nonce,
        }
        for problem, is_so in problems.items():
            if is_so:
                raise Unauthenticated(f"The ID token {problem}.")

    async def _discovered(self) -> _Found:
        async with self._asking:
            if self._found is None or time.monotonic() - self._found[0] > KEPT_S:
                said = await self._asked("GET", self._setup.issuer.rstrip("/") + _PATH)
                if said.get("issuer") != self._setup.issuer:
                    raise _unavailable("is not the issuer that was set up")
                names = ("authorization_endpoint", "token_endpoint", "jwks_uri")
                try:
                    found = _Found(*(checked_url(str(said.get(name))) for name in names))
                except ValueError:
                    raise _unavailable("names an endpoint without https") from None
                self._found = time.monotonic(), found
            return self._found[1]

    async def _key_set(self, found: _Found, is_again: bool) -> KeySet:
        async with self._asking:
            age = KEPT_S if self._keys is None else time.monotonic() - self._keys[0]
            if self._keys is None or age > KEPT_S or (is_again and age > AGAIN_S):
                said = await self._asked("GET", found.keys)
                try:
                    keys = KeySet.import_key_set({"keys": said["keys"]})
                except (JoseError, ValueError, KeyError, TypeError):
                    raise _unavailable("gives no keys") from None
                self._keys = time.monotonic(), keys
            return self._keys[1]

    async def _asked(
        self, method: str, url: str, form: Mapping[str, str] | None = None
    ) -> dict[str, Any]:
        try:
            async with (
                httpx.AsyncClient(timeout=TIMEOUT_S, trust_env=False) as client,
                client.stream(method, url, data=form) as answer,
            ):
                body = b""
                async for part in answer.aiter_bytes():
                    body += part
                    if len(body) > MAX_BYTES:
                        raise _unavailable("answers too much")
        except (httpx.HTTPError, httpx.InvalidURL):
            raise _unavailable("does not answer") from None
        if form is not None and answer.is_client_error:
            raise Unauthenticated("The identity provider refused the code.")
        try:
            said = json.loads(body)
        except (ValueError, RecursionError):
            said = None
        if not answer.is_success or not isinstance(said, dict):
            raise _unavailable(f"answered {answer.status_code}")
        return said


def _unavailable(why: str) -> ServiceUnavailable:
    return ServiceUnavailable(f"The identity provider {why}.")
