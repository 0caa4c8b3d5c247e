"""Small real stand-ins for what the use cases need: a ledger, a cache, a clock, bundles."""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import islice

from app.core.audit import GENESIS, Action, AuditEvent, Deed, audit_time, event_hash
from app.core.entry import Intent
from app.core.errors import BundleUnreadable, Conflict, IdempotencyMismatch, LedgerUnavailable
from app.core.model.bundle import Bundle
from app.core.outcome_document import outcome_of
from app.core.records import (
    ApiKey,
    Appended,
    CachedScore,
    DecisionRecord,
    EventKind,
    EventRecord,
    Filing,
    IdempotencyClaim,
    KeptEvent,
    LedgerFact,
    LedgerRecord,
    OutcomeFact,
    StoredResponse,
)

NOW = datetime(2026, 11, 24, 2, 31, 7, 412_000, UTC)


class HandClock:
    """A clock that moves when told."""

    def __init__(self, moment: datetime = NOW) -> None:
        self.moment = moment

    def now(self) -> datetime:
        return self.moment

    def elapsed(self) -> float:
        return self.moment.timestamp()

    def move(self, **by: float) -> None:
        self.moment += timedelta(**by)


class SetClock(HandClock):
    """A wall clock that can be set beside the time that passes, which `move` adds to both."""

    def __init__(self, moment: datetime = NOW) -> None:
        super().__init__(moment)
        self._passed = timedelta()

    def elapsed(self) -> float:
        return self._passed.total_seconds()

    def move(self, **by: float) -> None:
        super().move(**by)
        self._passed += timedelta(**by)

    def set_by(self, **by: float) -> None:
        self.moment += timedelta(**by)


class CountedIds:
    """Decision ids in order: D1, D2, ..."""

    def __init__(self) -> None:
        self.given = 0

    def __call__(self, _moment: datetime) -> str:
        self.given += 1
        return f"D{self.given}"


@dataclass
class MemoryLedger:
    """The ledger in memory, with the rules of the port; `fails` makes it unavailable.

    `kept` holds all records in ledger order: the number of each is its place, from 1.
    """

    kept: list[LedgerRecord] = field(default_factory=list)
    claims: dict[tuple[str, str, str], tuple[str, bytes]] = field(default_factory=dict)
    fails: bool = False
    gate: asyncio.Event | None = None
    appends: int = 0

    @property
    def records(self) -> list[DecisionRecord]:
        """The decisions alone."""
        return [each for each in self.kept if isinstance(each, DecisionRecord)]

    async def append(
        self,
        records: Sequence[DecisionRecord],
        *,
        claim: IdempotencyClaim | None = None,
        claimed_response: bytes | None = None,
    ) -> Appended:
        await self._begin()
        if claim is None and len(records) == 1 and (bound := self._bound(records[0])) is not None:
            return Appended((), (), StoredResponse(bound))
        return await self._append(records, claim, claimed_response)

    async def append_event(self, event: EventRecord) -> int:
        return (await self.append_events([event])).seqs[0]

    async def append_events(
        self,
        events: Sequence[EventRecord],
        *,
        claim: IdempotencyClaim | None = None,
        claimed_response: bytes | None = None,
    ) -> Appended:
        await self._begin()
        if claim is None or await self.claimed(claim) is None:
            kept = [seq for event in events if (seq := self._kept_event(event))]
            if kept:
                return Appended(tuple(kept), (False,) * len(kept))
            for event in events:
                self._check_correction(event)
        return await self._append(events, claim, claimed_response)

    async def claimed(self, claim: IdempotencyClaim) -> StoredResponse | None:
        self._check()
        kept = self.claims.get((claim.tenant, claim.route, claim.key))
        if kept is None:
            return None
        if kept[0] != claim.body_digest:
            raise IdempotencyMismatch("another body")
        return StoredResponse(kept[1])

    async def last_filed(
        self, tenant: str, entry_number: str, revision: int | None = None
    ) -> DecisionRecord | None:
        self._check()
        filed = [
            (record.revision, place, record)
            for place, record in enumerate(self.records)
            if record.intent is Intent.FILED
            and (record.tenant, record.entry_number) == (tenant, entry_number)
            and revision in (None, record.revision)
        ]
        return max(filed)[-1] if filed else None

    async def decision(self, tenant: str, decision_id: str) -> DecisionRecord | None:
        self._check()
        for record in self.records:
            if (record.tenant, record.decision_id) == (tenant, decision_id):
                return record
        return None

    def facts(self, tenant: str, after_seq: int, limit: int | None = None) -> Iterator[LedgerFact]:
        self._check()
        return islice((fact for fact in list(self._facts(tenant)) if fact.seq > after_seq), limit)

    def facts_of(self, tenant: str, key: str) -> Iterator[LedgerFact]:
        carrying = {each.decision_id for each in self.records if key in each.index_keys}
        return (fact for fact in self.facts(tenant, 0) if _decision_of(fact) in carrying)

    def last_fact_seq(self, tenant: str) -> int:
        self._check()
        return max((fact.seq for fact in self._facts(tenant)), default=0)

    async def events(
        self,
        tenant: str,
        kind: EventKind,
        *,
        subject: str | None = None,
        decision_id: str | None = None,
        entry_number: str | None = None,
        since: datetime | None = None,
        after_seq: int = 0,
        limit: int = 200,
    ) -> list[KeptEvent]:
        self._check()
        of_kind = [
            (seq, each)
            for seq, each in enumerate(self.kept, start=1)
            if isinstance(each, EventRecord) and (each.tenant, each.kind) == (tenant, kind)
        ]
        corrected = {each.corrects: each.subject for _, each in of_kind}
        found = [
            KeptEvent(seq, each, corrected.get(each.subject))
            for seq, each in of_kind
            if seq > after_seq
            and subject in (None, each.subject)
            and decision_id in (None, each.decision_id)
            and entry_number in (None, each.entry_number)
            and (since is None or each.recorded_at >= since)
        ]
        return found[:limit]

    async def find(
        self,
        tenant: str,
        key: str,
        *,
        before_seq: int | None = None,
        since: datetime | None = None,
        limit: int = 50,
    ) -> list[DecisionRecord]:
        self._check()
        found = [
            each
            for seq, each in enumerate(self.kept, start=1)
            if isinstance(each, DecisionRecord)
            and each.tenant == tenant
            and key in each.index_keys
            and (before_seq is None or seq < before_seq)
            and (since is None or each.scored_at >= since)
        ]
        return found[::-1][:limit]

    async def find_many(
        self, tenant: str, keys: Sequence[str], *, since: datetime | None = None, limit: int = 50
    ) -> list[DecisionRecord]:
        found = {
            each.decision_id: replace(each, evidence=b"")
            for key in keys
            for each in await self.find(tenant, key, since=since, limit=limit)
        }
        return [found[each.decision_id] for each in self.records[::-1] if each.decision_id in found]

    async def is_writable(self) -> bool:
        return not self.fails

    async def close(self) -> None:
        self.fails = True

    async def _begin(self) -> None:
        if self.gate is not None:
            await self.gate.wait()
        self._check()
        self.appends += 1

    def _check(self) -> None:
        if self.fails:
            raise LedgerUnavailable("the ledger is down")

    async def _append(
        self,
        records: Sequence[LedgerRecord],
        claim: IdempotencyClaim | None,
        response: bytes | None,
    ) -> Appended:
        if claim is not None:
            kept = await self.claimed(claim)
            if kept is not None:
                return Appended((), (), kept)
            assert response is not None
            self.claims[claim.tenant, claim.route, claim.key] = (claim.body_digest, response)
        firsts = []
        for record in records:
            firsts.append(self._is_first(record))
            self.kept.append(record)
        seqs = range(len(self.kept) - len(records) + 1, len(self.kept) + 1)
        return Appended(tuple(seqs), tuple(firsts))

    def _facts(self, tenant: str) -> Iterator[LedgerFact]:
        seen: set[str | None] = {None}
        filings: dict[str, Filing] = {}
        outcomes = {}
        for seq, each in enumerate(self.kept, start=1):
            if each.tenant != tenant:
                continue
            if isinstance(each, DecisionRecord):
                filing = Filing(seq, tenant, each.decision_id, each.request, each.scored_at)
                filings[each.decision_id] = filing
                if each.intent is Intent.FILED and each.entry_number not in seen:
                    seen.add(each.entry_number)
                    yield filing
            elif each.kind is EventKind.OUTCOME:
                outcome = outcomes[each.subject] = outcome_of(tenant, each.document)
                corrected = outcomes.get(each.corrects or "")
                of = filings[outcome.decision_id]
                yield OutcomeFact(seq, tenant, outcome, of, corrected)

    def _is_first(self, record: LedgerRecord) -> bool:
        if not isinstance(record, DecisionRecord) or record.intent is not Intent.FILED:
            return False
        filed = (record.tenant, record.entry_number)
        return record.entry_number is not None and not any(
            (each.tenant, each.entry_number) == filed and each.intent is Intent.FILED
            for each in self.records
        )

    def _bound(self, record: DecisionRecord) -> bytes | None:
        if record.intent is not Intent.FILED or record.entry_number is None:
            return None
        for each in reversed(self.records):
            if each.intent is Intent.FILED and _filing(each) == _filing(record):
                if each.body_digest != record.body_digest:
                    raise Conflict("filed with another body")
                same = _decided_by(each) == _decided_by(record)
                return each.response if same else None
        return None

    def _kept_event(self, event: EventRecord) -> int:
        for seq, each in enumerate(self.kept, start=1):
            if isinstance(each, EventRecord) and _subject(each) == _subject(event):
                if each.document != event.document:
                    raise Conflict("recorded with another document")
                return seq
        return 0

    def _check_correction(self, event: EventRecord) -> None:
        if event.corrects is None:
            return
        same = [
            each
            for each in self.kept
            if isinstance(each, EventRecord) and _subject(each)[:2] == _subject(event)[:2]
        ]
        if event.corrects not in {each.subject for each in same}:
            raise Conflict("what this corrects is not there")
        if event.corrects in {each.corrects for each in same}:
            raise Conflict("corrected before")


def _subject(event: EventRecord) -> tuple[str, EventKind, str]:
    return event.tenant, event.kind, event.subject


def _decision_of(fact: LedgerFact) -> str:
    return fact.decision_id if isinstance(fact, Filing) else fact.filing.decision_id


def _filing(record: DecisionRecord) -> tuple[str, str | None, int]:
    return record.tenant, record.entry_number, record.revision


def _decided_by(record: DecisionRecord) -> tuple[str, str, str]:
    return record.model_digest, record.policy_version, record.reference_digest


class DictCache:
    """A cache without bounds; `spoil` changes what it gives back."""

    def __init__(self) -> None:
        self.kept: dict[str, CachedScore] = {}
        self.spoil: Callable[[CachedScore], CachedScore | None] = lambda score: score

    async def get_many(self, keys: Sequence[str]) -> list[CachedScore | None]:
        found = [self.kept.get(key) for key in keys]
        return [None if each is None else self.spoil(each) for each in found]

    async def put_many(self, scores: Sequence[tuple[str, CachedScore]]) -> None:
        self.kept.update(scores)

    async def close(self) -> None:
        self.kept.clear()


class HandBundles:
    """Bundles put there by hand; `live` names one, `broken` ones are refused."""

    def __init__(self, *bundles: Bundle) -> None:
        self.bundles = {bundle.version: bundle for bundle in bundles}
        self.name: str | None = bundles[0].version if bundles else None
        self.broken: dict[str, Exception] = {}
        self.pointer_broken = False
        self.loads = 0
        self.touched = 0

    def put_live(self, bundle: Bundle) -> None:
        self.bundles[bundle.version] = bundle
        self.name = bundle.version

    def live(self) -> str | None:
        if self.pointer_broken:
            raise BundleUnreadable("LIVE: wanted the name of a bundle")
        return self.name

    def load(self, version: str) -> Bundle:
        self.loads += 1
        if version in self.broken:
            raise self.broken[version]
        return self.bundles[version]

    def stamp(self) -> object:
        return self.name, self.touched


class ListAudit:
    """Deeds in a list, as an audit keeps them."""

    def __init__(self) -> None:
        self.events: list[AuditEvent] = []

    async def record(self, deed: Deed, *, once: bool = True) -> None:
        same = (deed.tenant, deed.action, deed.subject)
        kept = (each.deed for each in self.events)
        if once and same in ((each.tenant, each.action, each.subject) for each in kept):
            return
        seq = len(self.events) + 1
        event_id = f"{seq:026}"
        before = self.events[-1].hash if self.events else GENESIS
        digest = event_hash(seq, event_id, audit_time(NOW), deed, before)
        self.events.append(
            AuditEvent(seq=seq, event_id=event_id, at=NOW, deed=deed, prev_hash=before, hash=digest)
        )

    async def page(
        self, tenant: str, after: str | None, limit: int, action: Action | None = None
    ) -> tuple[AuditEvent, ...]:
        found = [
            each
            for each in self.events
            if each.deed.tenant == tenant
            and action in (None, each.deed.action)
            and (after is None or each.event_id > after)
        ]
        return tuple(found[:limit])


class DictKeys:
    """API keys by their secret."""

    def __init__(self, **keys: ApiKey) -> None:
        self.by_secret = dict(keys)

    async def find(self, secret: str) -> ApiKey | None:
        return self.by_secret.get(secret)

    def create(
        self,
        tenant: str,
        name: str,
        scopes: frozenset[str],
        expires_at: datetime | None = None,
        secret: str | None = None,
    ) -> tuple[ApiKey, str]:
        made = ApiKey(
            key_id=f"K{len(self.by_secret) + 1}",
            tenant=tenant,
            name=name,
            prefix="test",
            scopes=scopes,
            created_at=NOW,
            expires_at=expires_at,
        )
        chosen = secret or f"secret-{made.key_id}"
        self.by_secret[chosen] = made
        return made, chosen

    def list(self, tenant: str | None = None) -> list[ApiKey]:
        return [each for each in self.by_secret.values() if tenant in (None, each.tenant)]

    def revoke(self, key_id: str) -> bool:
        found = [secret for secret, each in self.by_secret.items() if each.key_id == key_id]
        for secret in found:
            del self.by_secret[secret]
        return bool(found)
