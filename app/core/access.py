"""What an API key may be allowed to do."""

from collections.abc import Iterable
from enum import StrEnum

from app.core.errors import InvalidField


class Scope(StrEnum):
    """The closed set of permissions (docs/api.md)."""

    SCORE_WRITE = "score:write"
    DECISION_READ = "decision:read"
    OUTCOME_WRITE = "outcome:write"
    CASE_EXPLAIN = "case:explain"
    POLICY_DRAFT = "policy:draft"
    POLICY_APPROVE = "policy:approve"
    MODEL_PROMOTE = "model:promote"
    LIST_ADMIN = "list:admin"
    AUDIT_READ = "audit:read"


def scopes_of(names: Iterable[str]) -> frozenset[Scope]:
    """Return the scopes of these names, at least one; raise InvalidField for any other."""
    wanted = ", ".join(Scope)
    chosen = set()
    for name in names:
        try:
            chosen.add(Scope(name))
        except ValueError:
            message = f"found {name[:40]!r}, wanted one of {wanted}"
            raise InvalidField("scopes", "unknown_scope", message) from None
    if not chosen:
        raise InvalidField("scopes", "no_scope", f"found none, wanted at least one of {wanted}")
    return frozenset(chosen)
