"""R12: a scoring desk through seeded faults, with a model of what it promised beside it.

One run is a number of steps drawn from a seed: entries scored, retried and filed again, while the
ledger fails, the cache forgets or lies about nothing, the clock is set, models are exchanged for
good ones and bad ones. After every step what was promised has to hold; at its end all heals.
"""

import json
import random
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any

from app.core.errors import (
    BundleFailedCanary,
    Conflict,
    EntryRiskError,
    IdempotencyMismatch,
    LedgerUnavailable,
)
from app.core.model.bundle import Bundle
from app.core.records import CachedScore
from app.services.desk import Answer
from tests.desks import HOLDING, NUMBERS, RELEASING, Bench, bench, entry, filed, line, with_policy
from tests.fakes import MemoryLedger, SetClock

KEYS = ("k1", "k2", "k3")
VALUES = ("100.00", "48250.00", "7.50")
BUNDLES = tuple(
    with_policy(policy, f"2026-04-0{number}-aaaaaa")
    for number, policy in enumerate((RELEASING, HOLDING), start=1)
)
BAD = "2026-05-01-bbbbbb"

Step = Callable[["Run"], Coroutine[Any, Any, None]]


@dataclass
class Run:
    """One run: the bench, the draw, and what was acknowledged so far."""

    at: Bench
    clock: SetClock
    draw: random.Random
    policies: dict[str, str] = field(default_factory=dict)  # digest of a bundle -> its version
    given: dict[str, bytes] = field(default_factory=dict)  # decision -> the answer it came with
    by_key: dict[str, tuple[dict[str, Any], bytes]] = field(default_factory=dict)
    filings: dict[str, str] = field(default_factory=dict)  # number -> digest of what was filed
    refused: int = 0
    replayed: int = 0

    async def score(self, document: dict[str, Any], key: str | None) -> bytes | None:
        """Ask for a decision; check the answer against what was promised. None: no ledger."""
        ledger = self.at.ledger
        before = len(ledger.kept)
        try:
            answer = await self.at.answer(document, key=key)
        except LedgerUnavailable:
            self.must(ledger.fails, "503 while the ledger works")
            self.must(len(ledger.kept) == before, "refused, and recorded all the same")
            self.refused += 1
            return None
        self.must(not ledger.fails or answer.replayed, "an answer without a ledger")
        self._judge(answer, before)
        return answer.body

    def _judge(self, answer: Answer, before: int) -> None:
        kept = self.at.ledger.records
        told = json.loads(answer.body)
        mine = [each for each in kept if each.decision_id == told["decision_id"]]
        self.must(len(mine) == 1, f"{len(mine)} records of one answer")
        self.must(mine[0].response == answer.body, "recorded otherwise than answered")
        grown = len(self.at.ledger.kept) - before
        self.must(grown == (0 if answer.replayed else 1), f"{grown} records by one answer")
        self.must(self.policies[told["model"]["digest"]] == told["model"]["version"], "no model")
        if answer.replayed:
            self.replayed += 1
            self.must(self.given[told["decision_id"]] == answer.body, "replayed otherwise")
        else:
            serving = self.at.models.serving
            self.must(told["model"]["digest"] == serving.bundle.digest, "not by what serves")
            skew = json.loads(mine[0].evidence).get("clock_skew")
            wrong = abs(self.at.desk.clock.jumped_s()) > 1
            self.must(skew is not None or not wrong, "made at a wrong time, and not flagged")
        self.given[told["decision_id"]] = answer.body

    def must(self, holds: bool, rule: str) -> None:
        """Fail with the rule; the seed is in the name of the run."""
        if not holds:
            raise AssertionError(rule)


async def draft(run: Run) -> None:
    """Score a draft without a key."""
    await run.score(entry(line(entered_value_usd=run.draw.choice(VALUES))), None)


async def with_key(run: Run) -> None:
    """Score a draft under a key that may have been used, with the same body or another."""
    key = run.draw.choice(KEYS)
    document = entry(line(entered_value_usd=run.draw.choice(VALUES)))
    kept = run.by_key.get(key)
    try:
        body = await run.score(document, key)
    except IdempotencyMismatch:
        run.must(kept is not None and kept[0] != document, "refused a body that it came with")
        return
    if body is None:
        return
    if kept is not None:
        run.must(kept == (document, body), "a key was answered twice, or for another body")
    run.by_key[key] = document, body


async def file_entry(run: Run) -> None:
    """File one of a few numbers: new, the same again, or with another body."""
    number = run.draw.choice(NUMBERS)
    value = run.draw.choice(VALUES)
    before = run.filings.get(number)
    try:
        body = await run.score(filed(number, line(entered_value_usd=value)), None)
    except Conflict:
        run.must(before is not None and before != value, "refused a filing that was not there")
        return
    if body is not None:
        run.must(before in {None, value}, "one number filed with two bodies")
        run.filings[number] = value


async def ledger_fails(run: Run) -> None:
    """Let the ledger fail, or work again."""
    run.at.ledger.fails = run.draw.random() < 0.5


async def cache_forgets(run: Run) -> None:
    """Let the cache lose what it has, or give it or not."""
    forgets = run.draw.random() < 0.5

    def given(score: CachedScore) -> CachedScore | None:
        return None if forgets else score

    run.at.cache.spoil = given
    if run.draw.random() < 0.3:
        run.at.cache.kept.clear()


async def clock_is_set(run: Run) -> None:
    """Set the clock by hours, or right again."""
    run.clock.set_by(seconds=run.draw.choice((3600, -7200, -run.at.desk.clock.jumped_s())))


async def time_passes(run: Run) -> None:
    """Let time pass."""
    run.clock.move(seconds=run.draw.choice((0.1, 30, 3600)))


async def model_is_exchanged(run: Run) -> None:
    """Point LIVE at a good bundle or at a bad one; the one before serves on where it is bad."""
    before = run.at.models.serving.bundle
    chosen: Bundle | None = run.draw.choice((*BUNDLES, None))
    if chosen is None:
        run.at.bundles.broken[BAD] = BundleFailedCanary("wrong")
        run.at.bundles.name = BAD
    else:
        run.at.bundles.put_live(chosen)
    await run.at.models.reload()
    after = run.at.models.serving.bundle
    if chosen is None or run.at.ledger.fails:
        run.must(after in (before, chosen), "what serves is neither the old nor the new")
    else:
        run.must(after.digest == chosen.digest, "a good bundle does not serve")


STEPS: tuple[tuple[Step, int], ...] = (
    *((draft, 4), (with_key, 5), (file_entry, 5), (ledger_fails, 2), (cache_forgets, 1)),
    *((clock_is_set, 1), (time_passes, 2), (model_is_exchanged, 1)),
)


async def healed(run: Run) -> None:
    """All works again, and everything that was acknowledged is still there."""
    run.at.ledger.fails = False
    run.at.cache.spoil = lambda score: score
    run.at.bundles.put_live(BUNDLES[0])
    await run.at.models.reload()
    run.must(run.at.models.serving.bundle.digest == BUNDLES[0].digest, "it did not heal")
    run.must(await run.score(entry(), None) is not None, "it did not heal")
    kept = {each.decision_id: each.response for each in run.at.ledger.records}
    run.must(kept == run.given, "what is recorded is not what was acknowledged")


async def simulate(seed: int, steps: int, ledger: MemoryLedger | None = None) -> Run:
    """Do one run; AssertionError names the broken promise, the seed and the step."""
    clock = SetClock()
    with bench(BUNDLES[0], ledger=ledger or MemoryLedger(), clock=clock) as at:
        await at.models.reload()
        draw = random.Random(seed)  # noqa: S311 - a seed, no secret
        run = Run(at, clock, draw, {each.digest: each.version for each in BUNDLES})
        chosen = draw.choices([s for s, _ in STEPS], [weight for _, weight in STEPS], k=steps)
        for number, step in enumerate((*chosen, healed)):
            try:
                await step(run)
            except (AssertionError, EntryRiskError) as error:
                place = f"seed {seed}, step {number} {step.__name__}"
                raise AssertionError(f"{place}: {type(error).__name__} {error}") from error
        await at.models.close()
        return run
