"""The states of a change, who may do what, and how many have to agree."""

import pytest

from app.core.access import Role
from app.core.errors import Forbidden, InvalidField
from app.core.governance import (
    ENDS,
    TRANSITIONS,
    Act,
    Approver,
    Direction,
    SelfApproval,
    State,
    Step,
    WrongState,
    after,
    check_may,
    check_not_own,
    checked_reason,
    is_enough,
)
from app.core.governance.roles import MAY
from tests.policy_documents import NOW, person

BOTH = frozenset({Role.APPROVER, Role.COMPLIANCE})
ALONE = frozenset({Role.APPROVER})


def test_the_way_of_a_change_is_that_of_the_contract() -> None:
    state = State.DRAFT
    seen = [state]
    for step in (
        Step.EVALUATE, Step.SUBMIT, Step.APPROVE, Step.SCHEDULE, Step.BEGIN_CANARY, Step.ACTIVATE,
        Step.SUPERSEDE,
    ):  # fmt: skip
        state = after(state, step)
        seen.append(state)
    assert seen == list(State)[:8]


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("step", Step)
def test_a_step_leads_on_or_is_refused_by_name(state: State, step: Step) -> None:
    if (state, step) in TRANSITIONS:
        assert after(state, step) is TRANSITIONS[state, step]
        return
    with pytest.raises(WrongState, match=f"^{step}: found the change {state}, wanted "):
        after(state, step)


def test_nothing_leads_out_of_an_end_and_every_state_is_reached() -> None:
    assert {
        State.SUPERSEDED, State.REJECTED, State.REVERTED, State.EXPIRED, State.STALE,
    } == ENDS  # fmt: skip
    assert set(TRANSITIONS.values()) == set(State) - {State.DRAFT}


def test_only_what_was_approved_becomes_active_but_an_emergency() -> None:
    ways = {(before, step) for (before, step), to in TRANSITIONS.items() if to is State.ACTIVE}
    assert ways == {
        (State.APPROVED, Step.ACTIVATE),
        (State.SCHEDULED, Step.ACTIVATE),
        (State.CANARY, Step.ACTIVATE),
        (State.SUBMITTED, Step.ACTIVATE_AT_ONCE),
    }


@pytest.mark.parametrize(
    "reason", ["", "too short", " " * 30, "x" * 1001, "twenty characters\nand a line"]
)
def test_a_reason_is_a_written_one(reason: str) -> None:
    with pytest.raises(InvalidField, match="reason"):
        checked_reason(reason)
    assert checked_reason("  the backlog is two days  ") == "the backlog is two days"


@pytest.mark.parametrize("act", Act)
@pytest.mark.parametrize("role", Role)
def test_a_role_may_what_the_table_says_and_a_service_account_nothing(act: Act, role: Role) -> None:
    someone = person("U1", role)
    if role in MAY[act]:
        assert check_may(someone, act) is someone
    else:
        with pytest.raises(Forbidden, match="wants the role"):
            check_may(someone, act)
    with pytest.raises(Forbidden, match="service account"):
        check_may(None, act)
    with pytest.raises(Forbidden, match="wants the role"):
        check_may(person("U1", *Role, disabled_at=NOW), act)


def test_an_administrator_approves_nothing_whatever_else_they_are() -> None:
    with pytest.raises(Forbidden, match="administrator"):
        check_may(person("U1", Role.APPROVER, Role.ADMINISTRATOR), Act.APPROVE)


def test_own_work_is_not_approved() -> None:
    check_not_own(person("U3"), {"U1", "U2"})
    with pytest.raises(SelfApproval):
        check_not_own(person("U2"), {"U1", "U2"})


@pytest.mark.parametrize(
    ("direction", "approvers", "expected"),
    [
        (Direction.TIGHTENING, [], False),
        (Direction.TIGHTENING, [Approver("U2", ALONE)], True),
        (Direction.TIGHTENING, [Approver("U1", BOTH)], False),
        (Direction.TIGHTENING, [Approver("U2", BOTH, is_in=False)], False),
        (Direction.TIGHTENING, [Approver("U2", frozenset({Role.VIEWER}))], False),
        (Direction.TIGHTENING, [Approver("U2", BOTH | {Role.ADMINISTRATOR})], False),
        (Direction.LOOSENING, [Approver("U2", BOTH), Approver("U2", BOTH)], False),
        (Direction.LOOSENING, [Approver("U2", ALONE), Approver("U3", ALONE)], False),
        (Direction.LOOSENING, [Approver("U2", ALONE), Approver("U3", BOTH)], True),
        (Direction.MIXED, [Approver("U2", BOTH)], False),
    ],
)
def test_how_many_have_to_agree(
    direction: Direction, approvers: list[Approver], expected: bool
) -> None:
    assert is_enough(direction, {"U1"}, approvers) is expected
