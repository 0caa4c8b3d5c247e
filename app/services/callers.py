"""Who asks: what a key that was found may do, the same for every way in."""

from dataclasses import dataclass

from app.core.access import Scope
from app.core.errors import Forbidden, Unauthenticated
from app.core.records import ApiKey


@dataclass(frozen=True, slots=True)
class Caller:
    """Whose key asked: the tenant, the key's id for the record, and the person it is in the hands
    of, None for a service account."""

    tenant: str
    key_id: str
    user_id: str | None = None


def caller_of(key: ApiKey | None, scope: Scope) -> Caller:
    """Return the caller a found key is, if it has `scope`; None is no live key.

    Raises Unauthenticated and Forbidden. The tenant comes from the key alone.
    """
    if key is None:
        raise Unauthenticated("The key is unknown, revoked or expired.")
    if scope not in key.scopes:
        raise Forbidden(f"The key lacks the scope {scope}.")
    return Caller(key.tenant, key.key_id, key.user_id)
