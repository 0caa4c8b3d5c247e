"""Who asks: what a key that was found may do, the same for every way in."""

from dataclasses import dataclass

from app.core.access import Scope
from app.core.errors import Forbidden, Unauthenticated
from app.core.records import ApiKey


@dataclass(frozen=True, slots=True)
class Caller:
    """Whose key asked: the tenant, and the key's id for the record."""

    tenant: str
    key_id: str


def caller_of(key: ApiKey | None, scope: Scope) -> Caller:
    """Return the caller a found key is, if it has `scope`; None is no live key.

    Raises Unauthenticated and Forbidden. The tenant comes from the key alone.
    """
    if key is None:
        raise Unauthenticated("The key is unknown, revoked or expired.")
    if scope not in key.scopes:
        raise Forbidden(f"The key lacks the scope {scope}.")
    return Caller(key.tenant, key.key_id)
