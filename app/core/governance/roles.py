"""Who may do what to a policy: people by their roles, nobody to their own work, no key alone."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from enum import StrEnum

from app.core.access import Role
from app.core.errors import Forbidden
from app.core.governance.direction import Direction
from app.core.governance.refusals import SelfApproval
from app.core.people import Person


class Act(StrEnum):
    """What people do."""

    DRAFT = "draft"
    EVALUATE = "evaluate"
    SUBMIT = "submit"
    APPROVE = "approve"
    REJECT = "reject"
    SCHEDULE = "schedule"
    ACTIVATE = "activate"
    ACTIVATE_AT_ONCE = "activate at once"
    REVERT = "revert"


_TUNER, _APPROVER = frozenset({Role.TUNER}), frozenset({Role.APPROVER})
MAY: dict[Act, frozenset[Role]] = {
    Act.DRAFT: _TUNER,
    Act.EVALUATE: _TUNER,
    Act.SUBMIT: _TUNER,
    Act.APPROVE: _APPROVER,
    Act.REJECT: _APPROVER,
    Act.SCHEDULE: _TUNER | _APPROVER,
    Act.ACTIVATE: _TUNER | _APPROVER,
    Act.ACTIVATE_AT_ONCE: _TUNER | _APPROVER,
    Act.REVERT: _TUNER | _APPROVER,
}


@dataclass(frozen=True, slots=True)
class Approver:
    """Someone who approved, with the roles that they have now; `is_in` while they may sign in."""

    user_id: str
    roles: frozenset[Role]
    is_in: bool = True


def check_may(person: Person | None, act: Act) -> Person:
    """Return the person if a role of theirs allows the act.

    Forbidden for a service account (None), someone disabled, or someone without the role; an
    administrator approves nothing, whatever else they are.
    """
    if person is None:
        raise Forbidden("A service account changes no policy: use the key of a person.")
    if person.disabled_at is not None or not person.roles & MAY[act]:
        wanted = " or ".join(sorted(MAY[act]))
        raise Forbidden(f"To {act} a policy wants the role {wanted}.")
    if act is Act.APPROVE and Role.ADMINISTRATOR in person.roles:
        raise Forbidden("An administrator approves nothing.")
    return person


def check_not_own(person: Person, authors: Collection[str]) -> None:
    """Raise SelfApproval where the person drafted or submitted what they would approve."""
    if person.user_id in authors:
        raise SelfApproval("Nobody approves what they drafted or submitted: ask somebody else.")


def is_enough(
    direction: Direction, authors: Collection[str], approvers: Iterable[Approver]
) -> bool:
    """Say whether these approvals carry a change: counted are distinct people who may still do so.

    A tightening wants one; a loosening, and so a mixed change, two, one of them from compliance.
    """
    counted = {
        each.user_id: each
        for each in approvers
        if each.is_in
        and Role.APPROVER in each.roles
        and Role.ADMINISTRATOR not in each.roles
        and each.user_id not in authors
    }
    if len(counted) < direction.approvals:
        return False
    is_tightening = direction is Direction.TIGHTENING
    return is_tightening or any(Role.COMPLIANCE in each.roles for each in counted.values())
