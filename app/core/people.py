"""People who sign in: who they are, how long a sign-in lasts, and what a password has to be."""

import math
import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.core.access import ROLE_SCOPES, Role, Scope
from app.core.errors import InvalidField, RequestRefused

IDLE = timedelta(minutes=30)  # docs/access.md
LONGEST_SESSION = timedelta(hours=12)
LINK_LIFETIME = timedelta(hours=24)
SHORTEST_PASSWORD, LONGEST_PASSWORD = 12, 256  # characters; NIST SP 800-63B: length, no composition
FREE_ATTEMPTS = 5
LONGEST_WAIT_S = 900
FORGOTTEN_AFTER = timedelta(days=1)  # failed attempts
_LOGIN = re.compile(r"[a-z0-9](?:[a-z0-9._+-]{0,62}[a-z0-9])?(?:@[a-z0-9.-]{1,190})?")


class SignInThrottled(RequestRefused):
    """Too many failed attempts under that name: wait before the next one."""

    code = "sign-in-throttled"
    status = 429
    title = "Too many attempts"

    def __init__(self, wait_s: int) -> None:
        super().__init__(f"Too many attempts under that name; wait {wait_s} s.")
        self.wait_s = wait_s


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Someone of a tenant who may sign in; `disabled_at` None while they may.

    `is_outside`: an identity provider says who they are, and they have no password here.
    """

    user_id: str
    tenant: str
    login: str
    roles: frozenset[Role]
    created_at: datetime
    disabled_at: datetime | None = None
    is_outside: bool = False

    @property
    def scopes(self) -> frozenset[Scope]:
        """What the roles open together."""
        return frozenset(scope for role in self.roles for scope in ROLE_SCOPES[role])


@dataclass(frozen=True, slots=True)
class Session:
    """One sign-in: who, since when, and when last used."""

    person: Person
    created_at: datetime
    seen_at: datetime

    def is_live(self, now: datetime) -> bool:
        """Whether it still opens anything."""
        return (
            self.person.disabled_at is None
            and now - self.seen_at < IDLE
            and now - self.created_at < LONGEST_SESSION
        )


def checked_login(text: str) -> str:
    """Return a login name in lower case; InvalidField if it is none."""
    login = text.strip().lower()
    if not _LOGIN.fullmatch(login):
        wanted = "wanted letters, digits, . _ + - and at most one @, as in dana or dana@example.com"
        raise InvalidField("login", "invalid_login", wanted)
    return login


def checked_password(text: str) -> str:
    """Return a password that will do; InvalidField, which never repeats it, for another."""
    if not SHORTEST_PASSWORD <= len(text) <= LONGEST_PASSWORD:
        wanted = f"wanted {SHORTEST_PASSWORD} to {LONGEST_PASSWORD} characters"
        raise InvalidField("password", "invalid_password", f"found {len(text)}, {wanted}")
    return text


def wait_s(failures: int, last_at: datetime, now: datetime) -> int:
    """Return how many seconds are left to wait after so many failures, 0 for none.

    The first few are free; from then on the wait doubles with each, up to a quarter of an hour.
    """
    if failures < FREE_ATTEMPTS or now - last_at >= FORGOTTEN_AFTER:
        return 0
    whole = min(LONGEST_WAIT_S, 2 ** min(failures - FREE_ATTEMPTS, 20))
    left = timedelta(seconds=whole) - (now - last_at)
    return max(0, math.ceil(left.total_seconds()))
