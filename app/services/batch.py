"""Score many entries at once: one history snapshot, one encoding, one prediction, one append."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from app.core.document import Submission, read_submission
from app.core.document.kinds import json_type
from app.core.errors import FieldProblem, InvalidEntry, RequestRefused
from app.core.records import DecisionRecord
from app.services.assessed import Trace
from app.services.desk import Answer, Asked, Desk, FilingKey, filed_otherwise, filing_key
from app.services.evidence import body_digest
from app.services.models import Serving
from app.services.workers import Lane

BATCH_ROUTE = "POST /v1/score/batch"
MAX_BATCH = 500  # entries; docs/api.md
RenderProblem = Callable[[RequestRefused], bytes]


@dataclass(slots=True)
class _Item:
    """One entry on its way through a batch; `body` is set once its answer is known."""

    submission: Submission | None = None
    filing: FilingKey | None = None
    supersedes: str | None = None
    same_as: "_Item | None" = None
    body: bytes | None = None

    @property
    def is_open(self) -> bool:
        """Whether it is still to be scored."""
        return self.body is None and self.same_as is None and self.submission is not None


class BatchService:
    """The use case behind POST /v1/score/batch."""

    def __init__(self, desk: Desk, render_problem: RenderProblem) -> None:
        """Work at `desk`; a refused entry's place is filled by `render_problem`."""
        self._desk = desk
        self._render = render_problem

    async def score(self, asked: Asked, document: object) -> Answer:
        """Return `{"results": [...]}`: for each entry its answer or problem, in its place.

        `document` is an object with `entries`, 1 to 500. Raises InvalidEntry where it is not,
        Conflict, IdempotencyMismatch and the ServiceUnavailable family; then nothing was decided.
        """
        return await self._desk.answer_once(asked, lambda: self._score(asked, document))

    async def _score(self, asked: Asked, document: object) -> Answer:
        serving = self._desk.models.serving
        entries, tenant = read_entries(document), asked.caller.tenant
        # reading 500 entries takes long enough to leave the loop
        items = await self._desk.workers.run(
            Lane.BATCH,
            lambda: [self._read(tenant, serving, one, at) for at, one in enumerate(entries)],
        )
        filings = [item.filing for item in items if item.filing is not None]
        async with self._desk.turns.take(filings):
            await self._settle_filings(items, serving)
            return await self._decide(asked, items, serving)

    def _read(self, tenant: str, serving: Serving, raw: object, place: int) -> _Item:
        try:
            submission = read_submission(
                raw, attributes=serving.attributes, pointer=f"/entries/{place}"
            )
        except InvalidEntry as error:
            return _Item(body=self._render(error))
        return _Item(submission, filing_key(tenant, submission))

    async def _settle_filings(self, items: Sequence[_Item], serving: Serving) -> None:
        """Answer what was filed before, here or in the ledger, as POST /v1/score would."""
        first: dict[FilingKey, _Item] = {}
        for item in items:
            if item.filing is None or item.submission is None:
                continue
            digest = body_digest(item.submission)
            before = first.setdefault(item.filing, item)
            if before is not item:
                if before.submission is not None and body_digest(before.submission) == digest:
                    item.same_as = before
                else:
                    item.body = self._render(filed_otherwise())
                continue
            earlier = await self._desk.ledger.last_filed(*item.filing)
            if earlier is None:
                continue
            if earlier.body_digest != digest:
                item.body = self._render(filed_otherwise())
            elif self._desk.is_same_decision(earlier, serving):
                item.body = earlier.response
            else:
                item.supersedes = earlier.decision_id

    async def _decide(self, asked: Asked, items: Sequence[_Item], serving: Serving) -> Answer:
        desk, trace = self._desk, Trace()
        wanted = [item for item in items if item.is_open]
        submissions = [item.submission for item in wanted if item.submission is not None]
        known = await desk.look_up(asked, serving, submissions, trace)
        around = desk.circumstances(asked, serving, known, Lane.BATCH)
        records: list[DecisionRecord] = []
        if submissions:
            changes = await desk.changes(asked, submissions, Lane.BATCH, trace)
            assessments = await desk.assessor.assess(submissions, known, around, trace, changes)
            decided = [
                desk.decide(assessment, around, item.supersedes)
                for item, assessment in zip(wanted, assessments, strict=True)
            ]
            records = await desk.workers.run_sized(
                Lane.BATCH,
                trace.lines,
                lambda: [desk.record(each, asked.caller) for each in decided],
            )
            for item, record in zip(wanted, records, strict=True):
                item.body = record.response
        body = _joined(items)
        if records:
            appended = await desk.append(
                records, submissions, trace, claim=asked.claim, response=body
            )
            if appended.replayed is not None:
                return Answer(appended.replayed.body, replayed=True, trace=trace)
        return Answer(body, replayed=False, trace=trace, records=tuple(records))


def read_entries(document: object) -> Sequence[object]:
    """Return the raw entries of a batch; raises InvalidEntry with the place of the fault."""
    if not isinstance(document, dict):
        raise _not_a_batch("", "wrong_type", f"found {json_type(document)}, wanted an object")
    for name in document:
        if name != "entries":
            raise _not_a_batch("", "unknown_field", "found another field than `entries`")
    entries = document.get("entries")
    if not isinstance(entries, list):
        raise _not_a_batch("/entries", "wrong_type", f"found {json_type(entries)}, wanted an array")
    if not 1 <= len(entries) <= MAX_BATCH:
        message = f"found {len(entries)} entries, wanted 1 to {MAX_BATCH}"
        raise _not_a_batch("/entries", "entries_count", message)
    return entries


def _not_a_batch(pointer: str, code: str, message: str) -> InvalidEntry:
    return InvalidEntry("The batch has 1 problem.", [FieldProblem(pointer, code, message)])


def _joined(items: Sequence[_Item]) -> bytes:
    bodies = [(item.same_as or item).body or b"null" for item in items]
    return b'{"results":[' + b",".join(bodies) + b"]}"
