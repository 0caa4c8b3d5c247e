"""Signing in by an identity provider: authorization code with PKCE, bound to one browser."""

import asyncio
import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Protocol

from app.core.audit import Action
from app.core.errors import Forbidden, Unauthenticated
from app.core.oidc import OidcSetup, OutsideIdentity, challenge_of, identity_of
from app.core.people import Person
from app.services.accounts import Accounts, token_digest
from app.services.ports import Clock

LIFETIME = timedelta(minutes=10)  # between leaving for the provider and coming back


class IdentityProvider(Protocol):
    """The provider; ServiceUnavailable where it does not answer as it should."""

    async def authorization_url(self, state: str, nonce: str, challenge: str) -> str:
        """Return where a browser goes to sign in."""
        ...

    async def claims(self, code: str, verifier: str, nonce: str) -> Mapping[str, Any]:
        """Redeem a code and return the claims of its ID token, verified.

        Unauthenticated where the code or anything of the token is not as it has to be.
        """
        ...


class OutsidePeople(Protocol):
    """The store, as far as it keeps people of a provider."""

    def join(self, identity: OutsideIdentity) -> Person:
        """Return who that is, made or given other roles where need be, disabled or not.

        Forbidden where they belong to another tenant; Conflict where the name is taken.
        """
        ...


@dataclass(frozen=True, slots=True)
class Departure:
    """Where a browser goes, and the cookie that it comes back with."""

    url: str
    cookie: str


class OidcSignIn:
    """The use case; `key` is a secret of this purpose alone.

    What has to be remembered of a browser is derived from its cookie by the key, so nothing is
    kept here: state, nonce and PKCE verifier cannot be guessed from one another.
    """

    def __init__(  # noqa: PLR0913 - its collaborators, by name
        self,
        setup: OidcSetup,
        provider: IdentityProvider,
        people: OutsidePeople,
        accounts: Accounts,
        clock: Clock,
        *,
        key: bytes,
    ) -> None:
        self._setup = setup
        self._provider = provider
        self._people = people
        self._accounts = accounts
        self._clock = clock
        self._key = key

    async def leave(self) -> Departure:
        """Return where to sign in; ServiceUnavailable where the provider cannot be asked."""
        cookie = f"{self._now()}.{secrets.token_urlsafe(32)}"
        challenge = challenge_of(self._derived("verifier", cookie))
        state, nonce = self._derived("state", cookie), self._derived("nonce", cookie)
        url = await self._provider.authorization_url(state, nonce, challenge)
        return Departure(url, cookie)

    async def come_back(self, cookie: str, state: str, code: str, earlier: str = "") -> str:
        """Return the token of a new session; `earlier` is the one the browser had, which ends.

        Forbidden for another browser or too late, without tenant or role, or for someone who was
        disabled; Unauthenticated where the provider's word does not hold.
        """
        began = cookie.partition(".")[0]
        is_ours = hmac.compare_digest(state.encode(), self._derived("state", cookie).encode())
        if not cookie or not is_ours or not began.isdigit():
            raise Forbidden("The sign-in was not begun in this browser; begin again.")
        if not 0 <= self._now() - int(began) <= LIFETIME.total_seconds():
            raise Forbidden("The sign-in took too long; begin again.")
        if not code:
            raise Unauthenticated("The identity provider did not sign you in.")
        verifier, nonce = self._derived("verifier", cookie), self._derived("nonce", cookie)
        claims = await self._provider.claims(code, verifier, nonce)
        identity = identity_of(claims, self._setup)
        person = await asyncio.to_thread(self._people.join, identity)
        if person.disabled_at is not None:
            await self._accounts.refuse(person, Action.SIGN_IN_REFUSED)
            raise Forbidden("You may not sign in here any more.")
        return await self._accounts.enter(person, earlier)

    def _now(self) -> int:
        return int(self._clock.now().timestamp())

    def _derived(self, purpose: str, cookie: str) -> str:
        return token_digest(self._key, f"oidc-{purpose}", cookie).hex()
