"""Policies, changes and activations on both databases: what the store does and what it refuses."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from app.adapters.audit_sql import SqlAudit
from app.core.errors import Conflict, EntryRiskError, Forbidden, InvalidField, NotFound
from app.core.governance import (
    ChangeInFlight,
    CutPoints,
    Direction,
    Segment,
    SelfApproval,
    StaleEvaluation,
    State,
    WrongState,
    direction_of,
    read_evaluation,
)
from app.core.governance.records import Activation, Kind, Plan
from tests.policy_desk import BASELINE, REASON, PolicyDesk, open_desk
from tests.policy_documents import evaluation, policy, segment

TIGHTER, LOOSER = policy(550, 780), policy(650, 850)


@pytest.fixture
def desk(ledger_url: str) -> Iterator[PolicyDesk]:
    with open_desk(ledger_url) as opened:
        yield opened


def live(desk: PolicyDesk) -> tuple[Kind, int] | None:
    found = desk.store.live("acme")
    return None if found is None else (found.kind, found.version)


def revert(desk: PolicyDesk, by: str = "ann") -> Activation:
    found = desk.store.live("acme")
    assert found is not None
    return desk.store.revert("acme", found.number, by=desk.ids[by], reason=REASON)


def test_a_policy_is_a_version_and_the_same_again_is_the_same(desk: PolicyDesk) -> None:
    first = desk.store.add("acme", TIGHTER, author=desk.ids["ann"], reason=REASON)
    again = desk.store.add("acme", TIGHTER, author=desk.ids["abe"], reason=REASON)
    second = desk.store.add("acme", LOOSER, author=desk.ids["ann"], reason=REASON)
    assert (first.version, again, second.version) == (1, first, 2)
    assert desk.store.policy("acme", 1) == first
    assert [each.version for each in desk.store.policies("acme", before=None, limit=9)] == [2, 1]
    assert [each.version for each in desk.store.policies("acme", before=2, limit=9)] == [1]
    assert desk.store.policies("zenith", before=None, limit=9) == []
    with pytest.raises(NotFound):
        desk.store.policy("zenith", 1)


def test_an_evaluation_is_kept_once_and_for_its_own_policy(desk: PolicyDesk) -> None:
    made = desk.store.add("acme", TIGHTER, author=desk.ids["ann"], reason=REASON)
    document = read_evaluation(evaluation(TIGHTER))
    kept = desk.store.evaluate("acme", made.version, document, by=desk.ids["ann"])
    assert desk.store.evaluate("acme", made.version, document, by=desk.ids["abe"]) == kept
    assert desk.store.evaluation("acme", kept.evaluation_id).document == document
    with pytest.raises(NotFound):
        desk.store.evaluation("zenith", kept.evaluation_id)
    with pytest.raises(Conflict, match="other policy"):
        desk.store.evaluate("acme", 1, read_evaluation(evaluation(LOOSER)), by="x")


def test_a_tightening_goes_live_by_one_word_and_every_step_is_told(desk: PolicyDesk) -> None:
    change = desk.submit(TIGHTER)
    assert (change.state, change.direction) == (State.SUBMITTED, Direction.TIGHTENING)
    change = desk.approve(change, "ben")
    assert (change.state, change.is_carried) == (State.APPROVED, True)
    made = desk.store.activate(change, by=desk.ids["ann"], reason=REASON)
    assert (made.number, made.version, live(desk)) == (1, 1, (Kind.ACTIVATE, 1))
    assert desk.store.change("acme", change.change_id).state is State.ACTIVE
    ann, ben = (f"user:{desk.ids[login]}" for login in ("ann", "ben"))
    assert [(who, what) for who, what, _ in desk.told()] == [
        (ann, "policy.written"),
        (ann, "policy.evaluated"),
        (ann, "change.submitted"),
        (ben, "change.approved"),
        (ann, "policy.activated"),
    ]
    last = list(SqlAudit(desk.control).all())[-1].deed.details
    assert (last["before"], last["after"]) == (BASELINE.digest, TIGHTER.digest)
    assert (last["approvals"], last["reason"]) == (desk.ids["ben"], REASON)
    assert SqlAudit(desk.control).first_break() is None


def test_a_loosening_wants_two_and_one_of_them_from_compliance(desk: PolicyDesk) -> None:
    change = desk.approve(desk.submit(LOOSER), "ben")
    assert (change.state, change.is_carried) == (State.SUBMITTED, False)
    change = desk.approve(change, "dee")
    assert change.state is State.APPROVED


def test_two_approvers_without_compliance_do_not_carry_a_loosening(desk: PolicyDesk) -> None:
    desk.people.change("dee", frozenset({"approver"}))
    change = desk.approve(desk.submit(LOOSER), "ben", "dee")
    assert change.state is State.SUBMITTED
    assert desk.approve(change, "cyd").state is State.APPROVED


@pytest.mark.parametrize(
    ("login", "error"),
    [
        ("ann", SelfApproval), ("eve", SelfApproval), ("dan", Forbidden), ("vic", Forbidden),
        ("zed", Forbidden),
    ],
)  # fmt: skip
def test_who_may_not_approve_is_refused(
    desk: PolicyDesk, login: str, error: type[EntryRiskError]
) -> None:
    change = desk.submit(LOOSER, author="eve", by="ann")
    with pytest.raises(error):
        desk.approve(change, login)
    with pytest.raises(Conflict, match="already"):
        desk.approve(desk.approve(change, "ben"), "ben")


def test_a_demoted_approver_carries_nothing(desk: PolicyDesk) -> None:
    change = desk.approve(desk.submit(TIGHTER), "ben")
    desk.people.change("ben", frozenset({"viewer"}))
    assert not desk.store.change("acme", change.change_id).is_carried
    with pytest.raises(Forbidden, match="carry"):
        desk.store.activate(change, by=desk.ids["ann"], reason=REASON)
    assert live(desk) is None


def test_what_was_live_is_superseded_and_a_stale_change_cannot_follow(desk: PolicyDesk) -> None:
    first = desk.approve(desk.submit(TIGHTER), "ben")
    other = desk.approve(desk.submit(policy(560, 790), by="abe"), "ben")
    desk.store.activate(first, by=desk.ids["ann"], reason=REASON)
    with pytest.raises(StaleEvaluation):
        desk.store.activate(other, by=desk.ids["ann"], reason=REASON)
    desk.put_live(policy(500, 700))
    assert desk.store.change("acme", first.change_id).state is State.SUPERSEDED


def test_of_two_who_activate_what_they_saw_one_wins(desk: PolicyDesk) -> None:
    change = desk.approve(desk.submit(TIGHTER), "ben")
    desk.store.activate(change, by=desk.ids["ann"], reason=REASON)
    with pytest.raises(ChangeInFlight):
        desk.store.activate(change, by=desk.ids["abe"], reason=REASON)


def test_a_way_back_is_a_new_record_and_never_leads_forward(desk: PolicyDesk) -> None:
    first, second = desk.put_live(TIGHTER), desk.put_live(policy(500, 700))
    assert (revert(desk).version, live(desk)) == (1, (Kind.ROLLBACK, 1))
    assert desk.store.change("acme", second.change_id).state is State.REVERTED
    assert desk.store.change("acme", first.change_id).state is State.SUPERSEDED
    assert revert(desk).version == 0
    with pytest.raises(Conflict, match="baseline"):
        revert(desk)
    since = desk.clock.moment - timedelta(days=1)
    found = desk.store.activations("acme", since=since)
    assert [(each.number, each.version) for each in found] == [(1, 1), (2, 2), (3, 1), (4, 0)]
    assert desk.store.numbers() == {"acme": 4}
    assert [each.number for each in desk.store.all_live()] == [4]
    then = desk.store.live("acme", found[1].at)
    assert then is not None
    assert then.version == 2
    assert desk.store.live("acme", since) is None
    with pytest.raises(ChangeInFlight):
        desk.store.revert("acme", 3, by=desk.ids["ann"], reason=REASON)
    with pytest.raises(NotFound):
        desk.store.revert("zenith", 1, by=desk.ids["ann"], reason=REASON)


def test_one_change_of_a_tenant_is_in_canary(desk: PolicyDesk) -> None:
    plan = Plan(desk.clock.moment, share=1000, hours=4)
    first = desk.approve(desk.submit(TIGHTER), "ben")
    second = desk.approve(desk.submit(policy(560, 790)), "ben")
    first = desk.store.move_on(first, State.SCHEDULED, by=desk.ids["ann"], reason=REASON, plan=plan)
    assert first.scheduled == plan
    made = desk.store.begin_canary(first, plan, by=desk.ids["ann"], reason=REASON)
    assert (made.version, made.canary_version, made.canary_share) == (0, 1, 1000)
    assert made.ends_at == made.at + timedelta(hours=4)
    with pytest.raises(ChangeInFlight):
        desk.store.begin_canary(second, plan, by=desk.ids["ann"], reason=REASON)
    assert revert(desk).kind is Kind.END_CANARY
    assert desk.store.change("acme", first.change_id).state is State.REVERTED
    desk.store.begin_canary(
        second, Plan(plan.at, port="2704", hours=1), by=desk.ids["ann"], reason=REASON
    )
    second = desk.store.change("acme", second.change_id)
    made = desk.store.activate(second, by=desk.ids["ann"], reason=REASON)
    assert (made.version, made.canary_version) == (2, None)


def test_an_emergency_lapses_to_what_was_live_unless_it_is_approved(desk: PolicyDesk) -> None:
    first = desk.put_live(TIGHTER)
    urgent = desk.submit(policy(400, 600), is_emergency=True)
    made = desk.store.activate_at_once(urgent, by=desk.ids["ann"], reason=REASON)
    assert (made.kind, made.ends_at) == (Kind.EMERGENCY, made.at + timedelta(hours=24))
    back = desk.store.lapse("acme", made.number, by="service", reason=REASON)
    assert (back.version, back.kind) == (1, Kind.LAPSE)
    assert desk.store.change("acme", first.change_id).state is State.ACTIVE
    assert desk.store.change("acme", urgent.change_id).state is State.EXPIRED
    again = desk.submit(policy(400, 600), is_emergency=True)
    with pytest.raises(Conflict, match="once"):
        desk.store.activate_at_once(again, by=desk.ids["ann"], reason=REASON)


def test_an_emergency_that_is_approved_stays_and_falls_back_to_what_was_before(
    desk: PolicyDesk,
) -> None:
    first = desk.put_live(TIGHTER)
    urgent = desk.submit(policy(400, 600), is_emergency=True)
    desk.store.activate_at_once(urgent, by=desk.ids["ann"], reason=REASON)
    urgent = desk.store.change("acme", urgent.change_id)
    with pytest.raises(SelfApproval):
        desk.approve(urgent, "ann")
    desk.approve(urgent, "ben")
    assert live(desk) == (Kind.ACTIVATE, 2)
    assert desk.store.change("acme", first.change_id).state is State.SUPERSEDED
    assert revert(desk).version == 1


def test_there_is_no_emergency_loosening(desk: PolicyDesk) -> None:
    with pytest.raises(EntryRiskError):
        desk.submit(LOOSER, is_emergency=True)


def test_a_change_is_rejected_or_ends_and_goes_no_further(desk: PolicyDesk) -> None:
    change = desk.submit(TIGHTER)
    done = desk.store.move_on(change, State.REJECTED, by=desk.ids["ben"], reason=REASON)
    assert done.state is State.REJECTED
    with pytest.raises(WrongState):
        desk.approve(done, "ben")
    stale = desk.store.move_on(desk.submit(TIGHTER), State.STALE, by="service", reason=REASON)
    found = desk.store.changes("acme", states=frozenset({State.STALE}))
    assert [each.change_id for each in found] == [stale.change_id]
    assert len(desk.store.changes()) == 2
    with pytest.raises(NotFound):
        desk.store.change("zenith", change.change_id)
    with pytest.raises(NotFound):
        desk.store.person("acme", desk.ids["zed"])
    assert desk.store.person("acme", desk.ids["ben"]).login == "ben"


def test_without_an_actor_nothing_is_written(desk: PolicyDesk) -> None:
    change = desk.approve(desk.submit(TIGHTER), "ben")
    with pytest.raises((InvalidField, EntryRiskError)):
        desk.store.activate(change, by=" ", reason=REASON)
    assert live(desk) is None


def test_a_change_is_a_tightening_only_if_it_is_one(desk: PolicyDesk) -> None:
    with pytest.raises(Conflict, match="no tightening"):
        desk.submit(LOOSER, direction=Direction.TIGHTENING)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({}, {segment("CN"): CutPoints(700, 900)}),
        ({segment("CN"): CutPoints(500, 700)}, {}),
        ({segment("CN"): CutPoints(500, 700)}, {segment("CN"): CutPoints(501, 700)}),
        ({segment("CN"): CutPoints(500, 700)}, {segment("VN"): CutPoints(500, 700)}),
        ({}, {segment("CN"): CutPoints(500, 700)}),
        ({segment("CN"): CutPoints(500, 700)}, {segment("CN"): CutPoints(500, 690)}),
    ],
)
def test_the_database_reads_overrides_as_the_code_does(
    desk: PolicyDesk,
    before: dict[Segment, CutPoints],
    after: dict[Segment, CutPoints],
) -> None:
    old, new = policy(600, 800, overrides=before), policy(600, 800, overrides=after)
    if before:
        desk.put_live(old)
    if direction_of(old, new) is Direction.TIGHTENING:
        assert desk.submit(new, direction=Direction.TIGHTENING).state is State.SUBMITTED
    else:
        with pytest.raises(Conflict, match="no tightening"):
            desk.submit(new, direction=Direction.TIGHTENING)
