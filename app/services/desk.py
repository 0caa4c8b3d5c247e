"""What single and batch scoring share: collaborators, decisions, and the way to the ledger."""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from time import perf_counter
from typing import Any, TypeVar

from app.core.document import Submission
from app.core.entry import Intent
from app.core.errors import Conflict, NotFound
from app.core.policy import draw_exploration, shipment_fingerprint
from app.core.records import Appended, DecisionRecord, IdempotencyClaim
from app.services.admission import Deadline
from app.services.answer import Decided, answer_bytes
from app.services.assessed import Assessment, Circumstances, Explain, Trace
from app.services.assessment import Assessor
from app.services.callers import Caller
from app.services.evidence import policy_version_text, record_of
from app.services.histories import HistoryView
from app.services.models import Models, Serving
from app.services.ports import Ledger
from app.services.resubmission import Changes, ResubmissionWatch
from app.services.timekeeping import Timekeeper
from app.services.turns import Turns
from app.services.workers import Lane, Workers

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Answer:
    """The bytes to send, whether they were sent before, where the time went, and new records."""

    body: bytes
    replayed: bool
    trace: Trace
    records: tuple[DecisionRecord, ...] = ()


@dataclass(frozen=True, slots=True)
class ExplorationKey:
    """The secret of the exploration draw, and the id under which it is recorded."""

    secret: bytes = field(repr=False)
    secret_id: str


@dataclass(frozen=True, slots=True)
class Asked:
    """One request as the use cases see it: who, how much of the why, key and deadline if any."""

    caller: Caller
    explain: Explain = Explain.CODES
    claim: IdempotencyClaim | None = None
    deadline: Deadline | None = None

    def check_deadline(self) -> None:
        """Raise DeadlineExceeded where nobody waits for the answer any more."""
        if self.deadline is not None:
            self.deadline.check()


@dataclass(slots=True, kw_only=True)
class Desk:
    """Collaborators of the scoring use cases, and the steps they have in common."""

    models: Models
    assessor: Assessor
    workers: Workers
    ledger: Ledger
    clock: Timekeeper
    new_id: Callable[[datetime], str]
    exploration: ExplorationKey
    turns: Turns = field(default_factory=Turns)
    _running: set[asyncio.Task[Any]] = field(default_factory=set)

    async def finish(self, work: Coroutine[Any, Any, T]) -> T:
        """Do `work` to its end even if the caller goes away: score and record never part."""
        task = asyncio.create_task(work)
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        return await asyncio.shield(task)

    async def _answer_claimed(
        self,
        key: tuple[str, str, str],
        claim: IdempotencyClaim,
        work: Callable[[], Coroutine[Any, Any, Answer]],
    ) -> Answer:
        async with self.turns.take([key]):
            kept = await self.ledger.claimed(claim)
            if kept is not None:
                return Answer(kept.body, replayed=True, trace=Trace())
            return await work()

    async def close(self) -> None:
        """Wait for what is under way."""
        await asyncio.gather(*self._running, return_exceptions=True)

    async def answer_once(
        self, asked: Asked, work: Callable[[], Coroutine[Any, Any, Answer]]
    ) -> Answer:
        """Return what `work` answers, or what was answered to the same Idempotency-Key before.

        Raises Conflict while another request with the key is running, and IdempotencyMismatch
        where it came with another body.
        """
        claim = asked.claim
        if claim is None:
            return await self.finish(work())
        key = (claim.tenant, claim.route, claim.key)
        if self.turns.is_taken(key):
            raise Conflict("A request with this Idempotency-Key is still running.")
        return await self.finish(self._answer_claimed(key, claim, work))

    async def look_up(
        self, asked: Asked, serving: Serving, submissions: Sequence[Submission], trace: Trace
    ) -> HistoryView:
        """Return what history knows for all `submissions`, as of one moment of the ledger.

        Raises DeadlineExceeded where nobody waits for the answer any more.
        """
        asked.check_deadline()
        started = perf_counter()
        entries = [each.entry for each in submissions]
        known = await serving.histories.look(asked.caller.tenant, entries)
        trace.history_s += perf_counter() - started
        return known

    def circumstances(
        self, asked: Asked, serving: Serving, known: HistoryView, lane: Lane
    ) -> Circumstances:
        """Return what the entries of one request share."""
        return Circumstances(
            serving=serving,
            tenant=asked.caller.tenant,
            today=self.clock.now().date(),
            explain=asked.explain,
            lane=lane,
            degraded_groups=(*known.missing_groups, *self.models.missing_today(serving)),
        )

    async def changes(
        self, asked: Asked, submissions: Sequence[Submission], lane: Lane, trace: Trace
    ) -> list[Changes]:
        """Return what each submission changes of earlier decisions on the same goods.

        Raises DeadlineExceeded where nobody waits for the answer any more.
        """
        asked.check_deadline()
        started = perf_counter()
        watch = ResubmissionWatch(self.ledger, self.workers, self.clock)
        changes = await watch.changes(asked.caller.tenant, submissions, lane)
        trace.ledger_s += perf_counter() - started
        return changes

    def decide(
        self, assessment: Assessment, around: Circumstances, supersedes: str | None
    ) -> Decided:
        """Return the decision on an assessment, with its id, moment and exploration draw."""
        scored_at, clock_skew = self.clock.stamp()
        decision_id = self.new_id(scored_at)
        draw = draw_exploration(
            key=self.exploration.secret,
            tenant=around.tenant,
            fingerprint=shipment_fingerprint(assessment.submission.entry, decision_id),
            band=assessment.band,
            rate=around.serving.policy.exploration_rate,
        )
        return Decided(
            assessment=assessment,
            decision_id=decision_id,
            scored_at=scored_at,
            explain=around.explain,
            draw=draw,
            exploration_key_id=self.exploration.secret_id,
            supersedes=supersedes,
            serving=around.serving,
            clock_skew=clock_skew,
        )

    def record(self, decided: Decided, caller: Caller) -> DecisionRecord:
        """Return the record of a decision, its answer included."""
        return record_of(
            decided,
            tenant=caller.tenant,
            caller=caller.key_id,
            reference=decided.serving.reference,
            response=answer_bytes(decided),
        )

    async def append(
        self,
        records: Sequence[DecisionRecord],
        submissions: Sequence[Submission],
        trace: Trace,
        *,
        claim: IdempotencyClaim | None,
        response: bytes,
    ) -> Appended:
        """Write `records` and then let history see their first filings, in ledger order."""
        started = perf_counter()
        appended = await self.ledger.append(
            records, claim=claim, claimed_response=response if claim else None
        )
        trace.ledger_s += perf_counter() - started
        if appended.replayed is None:
            for record, submission, seq, is_first in zip(
                records, submissions, appended.seqs, appended.first_filings, strict=True
            ):
                if is_first and submission.intent is Intent.FILED:
                    self.models.observe(record.tenant, seq, submission.entry)
        return appended

    def is_same_decision(self, earlier: DecisionRecord, serving: Serving) -> bool:
        """Say whether model, policy and reference are those of an `earlier` decision."""
        return (earlier.model_digest, earlier.policy_version, earlier.reference_digest) == (
            serving.bundle.digest,
            policy_version_text(serving.policy),
            serving.reference.digest,
        )

    async def decision(self, tenant: str, decision_id: str) -> DecisionRecord:
        """Return the tenant's decision; raises NotFound for any other."""
        found = await self.ledger.decision(tenant, decision_id)
        if found is None:
            raise NotFound("No decision of that id is yours.")
        return found


FilingKey = tuple[str, str, int]  # tenant, entry number, revision


def filing_key(tenant: str, submission: Submission) -> FilingKey | None:
    """Return what binds a filed entry; None for drafts and entries without a number."""
    entry = submission.entry
    if submission.intent is not Intent.FILED or entry.entry_number is None:
        return None
    return tenant, str(entry.entry_number), entry.revision


def filed_otherwise() -> Conflict:
    """Return the refusal of a filing whose number and revision were filed with another body."""
    return Conflict("This entry number and revision was filed with another body.")
