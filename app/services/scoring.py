"""Score an entry: read, assess, decide, record, answer. The answer is sent once it is on disk."""

from app.core.document import Submission, read_submission
from app.services.assessed import Trace
from app.services.desk import Answer, Asked, Desk, filed_otherwise, filing_key
from app.services.evidence import body_digest
from app.services.models import Serving
from app.services.workers import Lane

SCORE_ROUTE = "POST /v1/score"


class ScoringService:
    """The use case behind POST /v1/score."""

    def __init__(self, desk: Desk) -> None:
        """Work at `desk`."""
        self._desk = desk

    async def score(self, asked: Asked, document: object) -> Answer:
        """Return the answer for one entry, a parsed JSON document.

        Raises InvalidEntry for a document that is no entry, Conflict where the entry was filed
        with another body or the key is still running, IdempotencyMismatch, and the
        ServiceUnavailable family; then nothing was decided.
        """
        return await self._desk.answer_once(asked, lambda: self._score(asked, document))

    async def _score(self, asked: Asked, document: object) -> Answer:
        serving = self._desk.models.serving
        submission = await self._desk.workers.run_sized(
            Lane.SINGLE,
            count_lines(document),
            lambda: read_submission(document, attributes=serving.attributes),
        )
        filing = filing_key(asked.caller.tenant, submission)
        if filing is None:
            return await self._decide(asked, submission, serving, None)
        async with self._desk.turns.take([filing]):
            earlier = await self._desk.ledger.last_filed(*filing)
            if earlier is None:
                return await self._decide(asked, submission, serving, None)
            same_body = earlier.body_digest == body_digest(submission)
            if asked.claim is None and not same_body:
                raise filed_otherwise()
            if asked.claim is None and self._desk.is_same_decision(earlier, serving):
                return Answer(earlier.response, replayed=True, trace=Trace())
            supersedes = earlier.decision_id if same_body else None
            return await self._decide(asked, submission, serving, supersedes)

    async def _decide(
        self, asked: Asked, submission: Submission, serving: Serving, supersedes: str | None
    ) -> Answer:
        desk, trace = self._desk, Trace()
        known = await desk.look_up(asked, serving, [submission], trace)
        around = desk.circumstances(asked, serving, known, Lane.SINGLE)
        changes = await desk.changes(asked, [submission], Lane.SINGLE, trace)
        (assessment,) = await desk.assessor.assess([submission], known, around, trace, changes)
        record = await desk.workers.run_sized(
            Lane.SINGLE,
            trace.lines,
            lambda: desk.record(desk.decide(assessment, around, supersedes), asked.caller),
        )
        appended = await desk.append(
            [record], [submission], trace, claim=asked.claim, response=record.response
        )
        if appended.replayed is not None:
            return Answer(appended.replayed.body, replayed=True, trace=trace)
        return Answer(record.response, replayed=False, trace=trace, records=(record,))


def count_lines(document: object) -> int:
    """Return how many lines a document claims to have; what is no entry has none."""
    lines = document.get("lines") if isinstance(document, dict) else None
    return len(lines) if isinstance(lines, list) else 0
