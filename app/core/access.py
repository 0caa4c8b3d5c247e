"""What an API key or a person may be allowed to do."""

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


class Role(StrEnum):
    """What a person is to the tenant (docs/access.md); each role opens a set of scopes."""

    BROKER = "broker"
    VIEWER = "viewer"
    TUNER = "tuner"
    APPROVER = "approver"
    COMPLIANCE = "compliance"
    LIST_STEWARD = "list-steward"
    MODEL_OWNER = "model-owner"
    AUDITOR = "auditor"
    ADMINISTRATOR = "administrator"


ROLE_SCOPES: dict[Role, frozenset[Scope]] = {
    Role.BROKER: frozenset(
        {Scope.SCORE_WRITE, Scope.DECISION_READ, Scope.OUTCOME_WRITE, Scope.CASE_EXPLAIN}
    ),
    Role.VIEWER: frozenset({Scope.DECISION_READ}),
    Role.TUNER: frozenset({Scope.DECISION_READ, Scope.POLICY_DRAFT}),
    Role.APPROVER: frozenset({Scope.DECISION_READ, Scope.POLICY_APPROVE}),
    # beside approver: whose approval a loosening needs
    Role.COMPLIANCE: frozenset({Scope.DECISION_READ, Scope.AUDIT_READ}),
    Role.LIST_STEWARD: frozenset({Scope.DECISION_READ, Scope.LIST_ADMIN}),
    Role.MODEL_OWNER: frozenset({Scope.DECISION_READ, Scope.MODEL_PROMOTE}),
    Role.AUDITOR: frozenset({Scope.DECISION_READ, Scope.AUDIT_READ}),
    Role.ADMINISTRATOR: frozenset({Scope.DECISION_READ}),
}


def roles_of(names: Iterable[str]) -> frozenset[Role]:
    """Return the roles of these names, at least one; raise InvalidField for any other."""
    wanted = ", ".join(Role)
    given = list(names)
    for name in given:
        if name not in set(Role):
            message = f"found {name[:40]!r}, wanted one of {wanted}"
            raise InvalidField("roles", "unknown_role", message)
    if not given:
        raise InvalidField("roles", "no_role", f"found none, wanted at least one of {wanted}")
    return frozenset(Role(name) for name in given)


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
