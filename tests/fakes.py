"""Small real stand-ins for what the use cases need: a ledger, a cache, a clock, bundles."""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from app.core.entry import Intent
from app.core.errors import BundleUnreadable, Conflict, IdempotencyMismatch, LedgerUnavailable
from app.core.model.bundle import Bundle
from app.core.records import (
    ApiKey,
    Appended,
    CachedScore,
    DecisionRecord,
    FiledEntry,
    IdempotencyClaim,
    StoredResponse,
)

NOW = datetime(2026, 11, 24, 2, 31, 7, 412_000, UTC)


class HandClock:
    """A clock that moves when told."""

    def __init__(self, moment: datetime = NOW) -> None:
        self.moment = moment

    def now(self) -> datetime:
        return self.moment

    def move(self, **by: float) -> None:
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
    """The ledger in memory, with the rules of the port; `fails` makes it unavailable."""

    records: list[DecisionRecord] = field(default_factory=list)
    claims: dict[tuple[str, str, str], tuple[str, bytes]] = field(default_factory=dict)
    fails: bool = False
    gate: asyncio.Event | None = None
    appends: int = 0

    async def append(
        self,
        records: Sequence[DecisionRecord],
        *,
        claim: IdempotencyClaim | None = None,
        claimed_response: bytes | None = None,
    ) -> Appended:
        if self.gate is not None:
            await self.gate.wait()
        self._check()
        self.appends += 1
        if claim is not None:
            kept = await self.claimed(claim)
            if kept is not None:
                return Appended((), (), kept)
            assert claimed_response is not None
            self.claims[claim.tenant, claim.route, claim.key] = (
                claim.body_digest,
                claimed_response,
            )
        elif len(records) == 1 and (bound := self._bound(records[0])) is not None:
            return Appended((), (), StoredResponse(bound))
        firsts = []
        for record in records:
            firsts.append(self._is_first(record))
            self.records.append(record)
        seqs = range(len(self.records) - len(records) + 1, len(self.records) + 1)
        return Appended(tuple(seqs), tuple(firsts))

    async def claimed(self, claim: IdempotencyClaim) -> StoredResponse | None:
        self._check()
        kept = self.claims.get((claim.tenant, claim.route, claim.key))
        if kept is None:
            return None
        if kept[0] != claim.body_digest:
            raise IdempotencyMismatch("another body")
        return StoredResponse(kept[1])

    async def last_filed(
        self, tenant: str, entry_number: str, revision: int
    ) -> DecisionRecord | None:
        self._check()
        wanted = (tenant, entry_number, revision)
        for record in reversed(self.records):
            if record.intent is Intent.FILED and wanted == _filing(record):
                return record
        return None

    async def decision(self, tenant: str, decision_id: str) -> DecisionRecord | None:
        self._check()
        for record in self.records:
            if (record.tenant, record.decision_id) == (tenant, decision_id):
                return record
        return None

    def filed_entries(self, tenant: str, after_seq: int) -> Iterator[FiledEntry]:
        self._check()
        seen: set[str | None] = set()
        for seq, record in enumerate(self.records, start=1):
            if record.tenant != tenant or record.intent is not Intent.FILED:
                continue
            if record.entry_number is not None and record.entry_number in seen:
                continue
            seen.add(record.entry_number)
            if seq > after_seq:
                yield FiledEntry(seq, tenant, record.decision_id, record.request, record.scored_at)

    async def is_writable(self) -> bool:
        return not self.fails

    async def close(self) -> None:
        self.fails = True

    def _check(self) -> None:
        if self.fails:
            raise LedgerUnavailable("the ledger is down")

    def _is_first(self, record: DecisionRecord) -> bool:
        if record.intent is not Intent.FILED:
            return False
        filed = (record.tenant, record.entry_number)
        return record.entry_number is None or not any(
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
