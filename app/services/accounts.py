"""Signing in and out: passwords, one-time links, sessions, and the tokens of their forms."""

import asyncio
import hashlib
import hmac
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ParamSpec, Protocol, TypeVar

from app.core.access import Scope
from app.core.audit import Action, Deed
from app.core.errors import Forbidden, InvalidField, Overloaded, Unauthenticated
from app.core.people import (
    LONGEST_PASSWORD,
    Person,
    Session,
    SignInThrottled,
    checked_login,
    checked_password,
)
from app.services.callers import Caller
from app.services.ports import Clock

P = ParamSpec("P")
T = TypeVar("T")
SEEN_EVERY = timedelta(minutes=1)  # how exact "last used" is; far below the idle limit
MAX_HASHING, MAX_WAITING = 2, 16  # 19 MiB each; more who wait are turned away


class Passwords(Protocol):
    """A slow, salted hash of passwords."""

    def hash(self, password: str) -> str:
        """Return the hash to be kept (blocking, slow)."""
        ...

    def verify(self, kept: str | None, password: str) -> bool:
        """Say whether it is that password; as slow where none is kept (blocking)."""
        ...


class PeopleStore(Protocol):
    """People and sessions as they are kept; every change is kept with its deed, or not at all."""

    def attempt(self, who: bytes, now: datetime) -> int:
        """Count an attempt under a name and return 0, or the seconds to wait (not counted)."""
        ...

    def by_login(self, login: str) -> tuple[Person, str | None] | None:
        """Return who signs in by that name and the kept hash, None if nobody may."""
        ...

    def begin(self, token: bytes, session: Session, *, who: bytes, deed: Deed) -> None:
        """Keep a session, and forget failed attempts under the name."""
        ...

    def refuse(self, deed: Deed) -> None:
        """Keep that someone was refused."""
        ...

    def session(self, token: bytes) -> Session | None:
        """Return the session of a token's hash, live or not."""
        ...

    def seen(self, token: bytes, at: datetime) -> None:
        """Note that a session is used."""
        ...

    def end(self, token: bytes, deed: Deed | None) -> None:
        """Forget a session."""
        ...

    def redeem(self, link: bytes, password_hash: str, now: datetime) -> Person | None:
        """Use up a link: set the password, end all sessions; None if it is used or too old."""
        ...


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Someone signed in, and the token that their forms carry."""

    person: Person
    form_token: str

    def caller(self, scope: Scope, form_token: str) -> Caller:
        """Return the caller of a form sent by this person.

        Forbidden where the form is not one of ours, or no role of theirs opens the scope.
        """
        if not hmac.compare_digest(self.form_token.encode(), form_token.encode()):
            raise Forbidden("The form is out of date; load the page again.")
        if scope not in self.person.scopes:
            raise Forbidden(f"None of your roles has the scope {scope}.")
        return Caller(self.person.tenant, f"user:{self.person.user_id}")


class Accounts:
    """The use cases of signing in, over one store; `key` is a secret of this purpose alone."""

    def __init__(
        self, store: PeopleStore, passwords: Passwords, clock: Clock, *, key: bytes
    ) -> None:
        self._store = store
        self._passwords = passwords
        self._clock = clock
        self._key = key
        self._hashing = asyncio.Semaphore(MAX_HASHING)
        self._waiting = 0

    def form_token(self, cookie: str) -> str:
        """Return what a form has to carry that is sent with this cookie, 64 hex digits."""
        return self._digest("form", cookie).hex()

    async def sign_in(self, login: str, password: str, earlier: str = "") -> str:
        """Return the token of a new session; `earlier` is the one the browser had, which ends.

        Unauthenticated for a wrong name or password alike, SignInThrottled after too many.
        """
        try:
            name = checked_login(login)
        except InvalidField:
            raise _refused() from None
        who, now = self._digest("attempt", name), self._clock.now()
        wait = await asyncio.to_thread(self._store.attempt, who, now)
        if wait:
            raise SignInThrottled(wait)
        found = await asyncio.to_thread(self._store.by_login, name)
        kept = found[1] if found else None
        is_right = await self._slowly(self._passwords.verify, kept, password[:LONGEST_PASSWORD])
        if found is None or not is_right:
            if found is not None:
                deed = _deed(found[0], Action.SIGN_IN_REFUSED)
                await asyncio.to_thread(self._store.refuse, deed)
            raise _refused()
        return await self._begin(found[0], who, earlier)

    async def redeem(self, link: str, password: str, earlier: str = "") -> str:
        """Use up a one-time link: set the password and return the token of a new session.

        InvalidField for a password that will not do (the link stays good), Unauthenticated for a
        link that is unknown, used or too old.
        """
        hashed = await self._slowly(self._passwords.hash, checked_password(password))
        digest, now = self._digest("link", link), self._clock.now()
        person = await asyncio.to_thread(self._store.redeem, digest, hashed, now)
        if person is None:
            raise Unauthenticated("The link was used, or is too old: ask for a new one.")
        return await self._begin(person, self._digest("attempt", person.login), earlier)

    async def signed_in(self, token: str) -> SignedIn | None:
        """Return whose session it is, None if there is none that is live."""
        if not token:
            return None
        digest, now = self._digest("session", token), self._clock.now()
        session = await asyncio.to_thread(self._store.session, digest)
        if session is None:
            return None
        if not session.is_live(now):
            await asyncio.to_thread(self._store.end, digest, None)
            return None
        if now - session.seen_at >= SEEN_EVERY:
            await asyncio.to_thread(self._store.seen, digest, now)
        return SignedIn(session.person, self.form_token(token))

    async def sign_out(self, token: str) -> None:
        """End a session; nothing happens where there is none."""
        signed_in = await self.signed_in(token)
        if signed_in is not None:
            deed = _deed(signed_in.person, Action.SIGNED_OUT)
            await asyncio.to_thread(self._store.end, self._digest("session", token), deed)

    async def enter(self, person: Person, earlier: str = "") -> str:
        """Return the token of a new session of someone whom another has recognised."""
        return await self._begin(person, self._digest("attempt", person.login), earlier)

    async def refuse(self, person: Person, action: Action) -> None:
        """Keep that someone whom another has recognised was refused."""
        await asyncio.to_thread(self._store.refuse, _deed(person, action))

    async def _begin(self, person: Person, who: bytes, earlier: str) -> str:
        if earlier:
            await asyncio.to_thread(self._store.end, self._digest("session", earlier), None)
        token, now = secrets.token_urlsafe(32), self._clock.now()
        session = Session(person, now, now)
        deed = _deed(person, Action.SIGNED_IN)
        digest = self._digest("session", token)
        await asyncio.to_thread(self._store.begin, digest, session, who=who, deed=deed)
        return token

    async def _slowly(self, work: Callable[P, T], *given: P.args, **named: P.kwargs) -> T:
        """Hash off the loop, a few at a time; Overloaded where too many wait already."""
        if self._waiting >= MAX_WAITING:
            raise Overloaded("Too many are signing in at once.")
        self._waiting += 1
        try:
            async with self._hashing:
                return await asyncio.to_thread(work, *given, **named)
        finally:
            self._waiting -= 1

    def _digest(self, purpose: str, text: str) -> bytes:
        return token_digest(self._key, purpose, text)


def token_digest(key: bytes, purpose: str, text: str) -> bytes:
    """Return the only trace that is kept of a token: HMAC-SHA256, 32 bytes, by purpose."""
    return hmac.digest(key, f"{purpose}\0{text}".encode(), hashlib.sha256)


def _refused() -> Unauthenticated:
    return Unauthenticated("The name or the password is wrong.")


def _deed(person: Person, action: Action) -> Deed:
    return Deed(
        tenant=person.tenant,
        actor=f"user:{person.user_id}",
        action=action,
        subject=person.user_id,
        details={},
    )
