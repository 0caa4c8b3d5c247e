"""Record what became of filed entries, and show it: appended, corrected, never overwritten."""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final, NamedTuple

from app.core.canonical import canonical_json
from app.core.codes import EntryNumber
from app.core.document.reading import MAX_FAULTS, child
from app.core.entry import Intent
from app.core.errors import Conflict, FieldProblem, InvalidField, NotFound
from app.core.json_text import parse_json
from app.core.outcome_claim import OUTCOMES, OutcomeClaim, read_claims, refused, several
from app.core.outcome_document import outcome_bytes, outcome_document, outcome_of
from app.core.policy import Band
from app.core.records import (
    DecisionRecord,
    EventKind,
    EventRecord,
    Filing,
    KeptEvent,
    OutcomeFact,
    OutcomeRecord,
)
from app.services.answer import moment_text
from app.services.assessed import Trace
from app.services.callers import Caller
from app.services.desk import Answer, Asked, Desk
from app.services.ports import FactObserver

OUTCOMES_ROUTE = "POST /v1/outcomes"
PARSED_ON_LOOP = 64 * 1024  # bytes of a stored entry; a longer one is read in a thread
MAX_PAGE = 200  # docs/api.md
EVENT_MARGIN: Final = timedelta(days=60)  # docs/outcomes.md: before the entry's first declared day
_NOT_CORRECTED: Final = "What is to be corrected cannot be."
_DAYS: Final = ("export_date", "arrival_date", "entry_date")


@dataclass(frozen=True, slots=True, kw_only=True)
class OutcomeQuery:
    """Which outcomes are asked for; None narrows nothing. `after_seq` is where a page begins."""

    decision_id: str | None = None
    entry_number: str | None = None
    since: datetime | None = None
    after_seq: int = 0
    limit: int = 50


@dataclass(frozen=True, slots=True)
class _Told:
    """An outcome to record, with the decision it speaks of and the outcome it corrects."""

    outcome: OutcomeRecord
    decision: DecisionRecord
    corrected: OutcomeRecord | None

    def event(self) -> EventRecord:
        """Return the event that keeps it."""
        return EventRecord(
            kind=EventKind.OUTCOME,
            subject=self.outcome.outcome_id,
            tenant=self.outcome.tenant,
            recorded_at=self.outcome.recorded_at,
            document=outcome_bytes(self.outcome),
            decision_id=self.outcome.decision_id,
            entry_number=self.outcome.entry_number,
            corrects=self.outcome.corrects,
        )


class OutcomeService:
    """The use cases behind POST and GET /v1/outcomes."""

    def __init__(self, desk: Desk, observer: FactObserver) -> None:
        """Work at `desk`; `observer` is told of each outcome once it is on disk."""
        self._desk = desk
        self._observer = observer

    async def record(self, asked: Asked, document: object) -> Answer:
        """Record what a parsed JSON document tells, one outcome or up to 500, all or none.

        Raises InvalidOutcome with every fault found, NotFound for a decision or entry that is not
        the tenant's, Conflict for a correction of what is not there or was corrected before and
        while the key is running, IdempotencyMismatch, and LedgerUnavailable: then nothing was
        recorded.
        """
        return await self._desk.answer_once(asked, lambda: self._record(asked, document))

    async def page(self, caller: Caller, query: OutcomeQuery) -> bytes:
        """Return the tenant's outcomes in ledger order, corrected ones too, and where to go on."""
        for number in _spellings(query.entry_number):
            found = await self._desk.ledger.events(
                caller.tenant,
                EventKind.OUTCOME,
                decision_id=query.decision_id,
                entry_number=number,
                since=query.since,
                after_seq=query.after_seq,
                limit=query.limit + 1,
            )
            if found:
                break
        kept, more = found[: query.limit], found[query.limit :]
        shown = [_shown_event(each) for each in kept if each.event.document]
        return canonical_json({OUTCOMES: shown, "next": str(kept[-1].seq) if more else None})

    async def _record(self, asked: Asked, document: object) -> Answer:
        now = self._desk.clock.now()
        claims = read_claims(document, now.date())
        told = await self._tell(asked.caller, claims, now)
        shown = [shown_outcome(each.outcome) for each in told]
        body = canonical_json({OUTCOMES: shown} if several(document) else shown[0])
        appended = await self._desk.ledger.append_events(
            [each.event() for each in told],
            claim=asked.claim,
            claimed_response=body if asked.claim else None,
        )
        if appended.replayed is not None:
            return Answer(appended.replayed.body, replayed=True, trace=Trace())
        for seq, each in zip(appended.seqs, told, strict=True):
            if each.decision.request:  # of an erased entry history learns nothing, as in a replay
                self._observer.settle(asked.caller.tenant, _fact(seq, each))
        return Answer(body, replayed=False, trace=Trace())

    async def _tell(
        self, caller: Caller, claims: Sequence[OutcomeClaim], now: datetime
    ) -> list[_Told]:
        """Return what the claims tell of the tenant's entries; InvalidOutcome with all faults."""
        found: dict[tuple[str | None, str | None, int | None], DecisionRecord] = {}
        faults: list[FieldProblem] = []
        told = []
        _refuse_two_corrections(claims)
        for claim in claims:
            named = (claim.decision_id, claim.entry_number, claim.revision)
            if named not in found:
                found[named] = await self._decision(caller.tenant, claim)
            decision = found[named]
            faults += await _faults_of(claim, decision)
            if len(faults) >= MAX_FAULTS:
                break
            corrected = await self._corrected(claim, decision)
            told.append(_Told(self._outcome(claim, decision, caller, now), decision, corrected))
        if faults:
            raise refused(faults[:MAX_FAULTS])
        return told

    async def _decision(self, tenant: str, claim: OutcomeClaim) -> DecisionRecord:
        """Return the decision that a claim speaks of: the newest filing of its entry."""
        if claim.decision_id is not None:
            return await self._desk.decision(tenant, claim.decision_id)
        for number in _spellings(claim.entry_number):
            filed = await self._desk.ledger.last_filed(tenant, str(number), claim.revision)
            if filed is not None:
                return filed
        place = child(claim.pointer, "entry_number")
        problem = FieldProblem(place, "not_filed", "no filing of that number, or of that revision")
        raise NotFound("No filed entry of that number is yours.", [problem])

    async def _corrected(
        self, claim: OutcomeClaim, decision: DecisionRecord
    ) -> OutcomeRecord | None:
        """Return the outcome that a claim corrects; Conflict where it cannot be corrected."""
        if claim.corrects is None:
            return None
        place = child(claim.pointer, "corrects")
        found = await self._desk.ledger.events(
            decision.tenant, EventKind.OUTCOME, subject=claim.corrects, limit=1
        )
        if not found or not _is_of(found[0].event, decision):
            problem = FieldProblem(place, "not_there", "no outcome of that id is of this entry")
        elif found[0].corrected_by is not None:
            message = "it was corrected before; correct the one that did"
            problem = FieldProblem(place, "corrected_before", message)
        elif not found[0].event.document:
            problem = FieldProblem(place, "erased", "its document was erased")
        else:
            return outcome_of(decision.tenant, found[0].event.document)
        raise Conflict(_NOT_CORRECTED, [problem])

    def _outcome(
        self, claim: OutcomeClaim, decision: DecisionRecord, caller: Caller, now: datetime
    ) -> OutcomeRecord:
        return OutcomeRecord(
            outcome_id=self._desk.new_id(now),
            tenant=caller.tenant,
            decision_id=decision.decision_id,
            entry_number=decision.entry_number,
            line_numbers=claim.line_numbers and tuple(sorted(claim.line_numbers)),
            code=claim.code,
            source=claim.source,
            regime=None if claim.regime is None else claim.regime.value,
            event_at=claim.event_at,
            known_at=claim.known_at,
            recorded_at=now,
            recorded_by=caller.key_id,
            corrects=claim.corrects,
            held_by_us=decision.band == Band.HOLD,
        )


def _refuse_two_corrections(claims: Sequence[OutcomeClaim]) -> None:
    """Raise Conflict at the second of two claims that correct the same outcome."""
    corrected = set()
    for claim in claims:
        if claim.corrects is not None and claim.corrects in corrected:
            message = "another outcome of this request corrects it, too"
            place = child(claim.pointer, "corrects")
            problem = FieldProblem(place, "corrected_before", message)
            raise Conflict(_NOT_CORRECTED, [problem])
        corrected.add(claim.corrects)


def shown_outcome(outcome: OutcomeRecord) -> dict[str, Any]:
    """Return an outcome as it is shown: an entry number of CBP's form as it is printed."""
    document = outcome_document(outcome)
    document["recorded_at"] = moment_text(outcome.recorded_at)
    number = outcome.entry_number
    if number is not None:
        printed = _cbp_number(number)
        document["entry_number"] = number if printed is None else printed.printed
    return document


def _shown_event(kept: KeptEvent) -> dict[str, Any]:
    outcome = outcome_of(kept.event.tenant, kept.event.document)
    return {**shown_outcome(outcome), "seq": kept.seq, "corrected_by": kept.corrected_by}


def _fact(seq: int, told: _Told) -> OutcomeFact:
    decision = told.decision
    filing = Filing(0, decision.tenant, decision.decision_id, decision.request, decision.scored_at)
    return OutcomeFact(seq, decision.tenant, told.outcome, filing, told.corrected)


async def _faults_of(claim: OutcomeClaim, decision: DecisionRecord) -> list[FieldProblem]:
    """Return what of a claim does not fit the decision it speaks of."""
    if decision.intent is not Intent.FILED:
        message = "it was a draft; outcomes are of filed entries"
        return [FieldProblem(child(claim.pointer, "decision_id"), "draft", message)]
    place = child(claim.pointer, "line_numbers")
    if not decision.request:
        if claim.line_numbers is None:
            return []
        message = "the entry was erased; only an outcome of the whole entry can be recorded"
        return [FieldProblem(place, "erased", message)]
    declared = await _declared_in(decision)
    found = [
        FieldProblem(child(place, at), "unknown_line", "the entry has no line of that number")
        for at, number in enumerate(claim.line_numbers or ())
        if number not in declared.lines
    ]
    if declared.first_day is not None and claim.event_at < declared.first_day - EVENT_MARGIN:
        message = (
            f"found a day more than {EVENT_MARGIN.days} days before the first that the entry"
            f" declares, {declared.first_day.isoformat()}"
        )
        found.append(FieldProblem(child(claim.pointer, "event_at"), "before_entry", message))
    return found


class _Declared(NamedTuple):
    """What an outcome is held against: the entry's line numbers and its first declared day."""

    lines: frozenset[int]
    first_day: date | None


async def _declared_in(decision: DecisionRecord) -> _Declared:
    if len(decision.request) <= PARSED_ON_LOOP:
        return _declared(decision.request)
    return await asyncio.to_thread(_declared, decision.request)


def _declared(request: bytes) -> _Declared:
    document = parse_json(request)
    days = [date.fromisoformat(document[name]) for name in _DAYS if document.get(name)]
    lines = frozenset(line["line_number"] for line in document["lines"])
    return _Declared(lines, min(days, default=None))


def _is_of(event: EventRecord, decision: DecisionRecord) -> bool:
    """Say whether an event speaks of the entry of `decision`."""
    if decision.entry_number is None:
        return event.decision_id == decision.decision_id
    return event.entry_number == decision.entry_number


def _spellings(number: str | None) -> Iterable[str | None]:
    """Return how the ledger may have an entry number: CBP's without dashes, others as they are."""
    if number is None:
        return (None,)
    bare = _cbp_number(number)
    return (number,) if bare is None or bare == number else (str(bare), number)


def _cbp_number(number: str) -> EntryNumber | None:
    try:
        return EntryNumber(number)
    except InvalidField:
        return None
