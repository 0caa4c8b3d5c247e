"""The states of a change of policy, and which steps lead from one to another."""

from enum import StrEnum

from app.core.errors import InvalidField
from app.core.governance.refusals import WrongState

SHORTEST_REASON, LONGEST_REASON = 20, 1000  # characters


class State(StrEnum):
    """Where a change is; `superseded`, `rejected`, `reverted`, `expired`, `stale` are ends."""

    DRAFT = "draft"
    EVALUATED = "evaluated"
    SUBMITTED = "submitted"
    APPROVED = "approved"
    SCHEDULED = "scheduled"
    CANARY = "canary"
    ACTIVE = "active"
    SUPERSEDED = "superseded"
    REJECTED = "rejected"
    REVERTED = "reverted"
    EXPIRED = "expired"
    STALE = "stale"


class Step(StrEnum):
    """What moves a change on."""

    EVALUATE = "evaluate"
    SUBMIT = "submit"
    APPROVE = "approve"  # by the last who has to; earlier approvals leave the state as it is
    REJECT = "reject"
    SCHEDULE = "schedule"
    BEGIN_CANARY = "begin-canary"
    ACTIVATE = "activate"
    ACTIVATE_AT_ONCE = "activate-at-once"  # an emergency tightening, before it is approved
    SUPERSEDE = "supersede"
    REVERT = "revert"
    EXPIRE = "expire"
    GO_STALE = "go-stale"


_S = State
TRANSITIONS: dict[tuple[State, Step], State] = {
    (_S.DRAFT, Step.EVALUATE): _S.EVALUATED,
    (_S.EVALUATED, Step.SUBMIT): _S.SUBMITTED,
    (_S.SUBMITTED, Step.APPROVE): _S.APPROVED,
    (_S.SUBMITTED, Step.ACTIVATE_AT_ONCE): _S.ACTIVE,
    (_S.APPROVED, Step.SCHEDULE): _S.SCHEDULED,
    (_S.APPROVED, Step.BEGIN_CANARY): _S.CANARY,
    (_S.SCHEDULED, Step.BEGIN_CANARY): _S.CANARY,
    **{(each, Step.REJECT): _S.REJECTED for each in (_S.SUBMITTED, _S.APPROVED, _S.SCHEDULED)},
    **{(each, Step.ACTIVATE): _S.ACTIVE for each in (_S.APPROVED, _S.SCHEDULED, _S.CANARY)},
    (_S.ACTIVE, Step.SUPERSEDE): _S.SUPERSEDED,
    **{(each, Step.REVERT): _S.REVERTED for each in (_S.CANARY, _S.ACTIVE)},
    **{
        (each, Step.GO_STALE): _S.STALE
        for each in (_S.EVALUATED, _S.SUBMITTED, _S.APPROVED, _S.SCHEDULED)
    },
    **{
        (each, Step.EXPIRE): _S.EXPIRED
        for each in (_S.DRAFT, _S.EVALUATED, _S.SUBMITTED, _S.APPROVED, _S.SCHEDULED, _S.ACTIVE)
    },
}
ENDS = frozenset(set(State) - {before for before, _ in TRANSITIONS})


def after(state: State, step: Step) -> State:
    """Return the state that `step` leads to from `state`; WrongState where it leads nowhere."""
    found = TRANSITIONS.get((state, step))
    if found is None:
        wanted = ", ".join(before for before, each in TRANSITIONS if each is step)
        raise WrongState(f"{step}: found the change {state}, wanted {wanted}.")
    return found


def checked_reason(text: str) -> str:
    """Return a written reason, 20 to 1,000 characters; InvalidField for any other."""
    reason = text.strip()
    if not SHORTEST_REASON <= len(reason) <= LONGEST_REASON:
        wanted = f"wanted {SHORTEST_REASON} to {LONGEST_REASON} characters"
        raise InvalidField("reason", "invalid_reason", f"found {len(reason)}, {wanted}")
    if not reason.isprintable():
        raise InvalidField("reason", "control_character", "found a control character, wanted none")
    return reason
