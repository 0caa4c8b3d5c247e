"""R12: what is promised holds through any order of faults, and everything heals."""

from collections.abc import Sequence

import pytest

from app.core.records import Appended, DecisionRecord, IdempotencyClaim
from tests.desks import run
from tests.fakes import MemoryLedger
from tests.simulation import Run, simulate

STEPS = 50


class Forgetful(MemoryLedger):
    """A ledger that acknowledges every fifth append and forgets it."""

    async def append(
        self,
        records: Sequence[DecisionRecord],
        *,
        claim: IdempotencyClaim | None = None,
        claimed_response: bytes | None = None,
    ) -> Appended:
        done = await super().append(records, claim=claim, claimed_response=claimed_response)
        if self.appends % 5 == 0:
            self.kept.pop()
        return done


class Unmindful(MemoryLedger):
    """A ledger that forgets its idempotency keys."""

    async def append(
        self,
        records: Sequence[DecisionRecord],
        *,
        claim: IdempotencyClaim | None = None,
        claimed_response: bytes | None = None,
    ) -> Appended:
        done = await super().append(records, claim=claim, claimed_response=claimed_response)
        self.claims.clear()
        return done


@pytest.mark.parametrize("block", range(4))
def test_two_hundred_runs_of_faults_break_no_promise(block: int) -> None:
    runs: list[Run] = [run(simulate(seed, STEPS)) for seed in range(50 * block, 50 * block + 50)]
    # The draw reached what it is about: refusals, replays, retries under keys, filings.
    assert sum(each.refused for each in runs) > 50
    assert sum(each.replayed for each in runs) > 50
    assert all(each.given for each in runs)
    assert sum(len(each.by_key) for each in runs) > 50
    assert sum(len(each.filings) for each in runs) > 50


@pytest.mark.parametrize("kind", [Forgetful, Unmindful])
def test_a_planted_fault_of_the_ledger_is_found_and_named(kind: type[MemoryLedger]) -> None:
    with pytest.raises(AssertionError, match=r"seed \d+, step \d+"):
        simulate_over(kind)


def simulate_over(kind: type[MemoryLedger]) -> None:
    for seed in range(20):
        run(simulate(seed, STEPS, kind()))


def test_a_run_is_the_same_for_its_seed() -> None:
    first, second = (run(simulate(7, STEPS)) for _ in range(2))
    assert (first.given, first.refused, first.filings) == (
        second.given,
        second.refused,
        second.filings,
    )
