"""Nobody moves a line alone, whatever is typed into the database; of two at once one wins."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from sqlalchemy import create_engine

from app.adapters.audit_sql import SqlAudit
from app.core.errors import EntryRiskError
from app.core.governance import State
from app.core.governance.records import Change
from tests.policy_attacks import Life, unsynced
from tests.policy_desk import REASON, ROLES, PolicyDesk, open_desk
from tests.policy_documents import policy


@pytest.fixture
def desk(ledger_url: str) -> Iterator[PolicyDesk]:
    with open_desk(ledger_url) as opened:
        yield opened


@pytest.mark.parametrize("runs", [30, pytest.param(1000, marks=pytest.mark.nightly)])
def test_no_random_life_with_attacks_gets_past_the_rules(desk: PolicyDesk, runs: int) -> None:
    """Runs are of each database, so that both together are twice as many."""
    engine = create_engine(desk.url)
    unsynced(engine)
    unsynced(desk.control.writer)
    found: dict[int, list[str]] = {}
    activations = 0
    for seed in range(runs):
        life = Life(engine, desk.store, desk.clock, seed)
        bypasses = life.run()
        activations += life.activations
        if bypasses:
            found[seed] = bypasses
    engine.dispose()
    assert found == {}
    assert activations > runs / 5  # lives in which nothing ever goes live would prove nothing
    assert SqlAudit(desk.control).first_break() is None


def at_once(*works: Callable[[], object]) -> list[int | None]:
    """Do all at the same moment; return the status of each refusal, None for what was done."""
    barrier = Barrier(len(works))

    def run(work: Callable[[], object]) -> int | None:
        barrier.wait()
        try:
            work()
        except EntryRiskError as error:
            return error.status
        return None

    with ThreadPoolExecutor(len(works)) as threads:
        return list(threads.map(run, works))


def test_of_two_simultaneous_activations_one_wins_and_one_gets_409(desk: PolicyDesk) -> None:
    ann = desk.ids["ann"]
    for low in range(590, 580, -1):
        changes = [desk.approve(desk.submit(policy(low, hold)), "ben") for hold in (700, 699)]
        found = at_once(
            *(lambda c=each: desk.store.activate(c, by=ann, reason=REASON) for each in changes)
        )
        assert sorted(found, key=str) == [409, None]
        live = desk.store.live("acme")
        assert live is not None
        desk.store.revert("acme", live.number, by=ann, reason=REASON)


def approving(desk: PolicyDesk, change: Change, login: str) -> Callable[[], object]:
    return lambda: desk.store.approve(change, by=desk.ids[login], reason=REASON)


def test_racing_approvers_count_once_each(desk: PolicyDesk) -> None:
    for low in range(601, 606):
        change = desk.submit(policy(low, 900))
        found = at_once(*(approving(desk, change, who) for who in ("cyd", "cyd", "ann", "vic")))
        assert found.count(None) == 1
        now = desk.store.change("acme", change.change_id)
        assert (len(now.approvals), now.state) == (1, State.SUBMITTED)


def test_two_who_approve_at_the_same_time_carry_a_change_together(desk: PolicyDesk) -> None:
    for low in range(601, 606):
        change = desk.submit(policy(low, 900))
        found = at_once(*(approving(desk, change, who) for who in ("ben", "cyd")))
        assert set(found) <= {None, 409}
        now = desk.store.change("acme", change.change_id)
        late = {"ben", "cyd"} - {each for each in ROLES if desk.ids[each] in givers(now)}
        now = desk.approve(now, *late)
        assert (len(now.approvals), now.state) == (2, State.APPROVED)


def givers(change: Change) -> set[str]:
    return {each.approver for each in change.approvals}
