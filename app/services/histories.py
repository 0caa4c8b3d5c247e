"""The history of each tenant, live: forked from the bundle's snapshot, moved on by its ledger."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

import structlog

from app.core.document import read_submission
from app.core.entry import Entry
from app.core.errors import EntryRiskError
from app.core.history import History
from app.core.json_text import parse_json
from app.services.ports import Ledger

HISTORY_GROUP = "history"  # docs/api.md, degraded_groups
log = structlog.get_logger(__name__)


class HistoryMode(StrEnum):
    """Whether filings move the history on: `frozen` serves exactly the bundle's snapshot."""

    LIVE = "live"
    FROZEN = "frozen"


@dataclass(frozen=True, slots=True)
class Observation:
    """A filing on its way into the history, with its ledger number."""

    seq: int
    entry: Entry
    on: date


def observed_on(entry: Entry, scored_at: datetime) -> date:
    """Return the day a filing counts for: its moment, never a day that has not come yet."""
    filed_on = scored_at.date()
    return min(entry.moment or filed_on, filed_on)


@dataclass(slots=True)
class TenantHistory:
    """One tenant's memory; `is_missing` while it lacks what the ledger knows (degraded).

    It changes on the event loop only, so that who reads there needs nothing; who reads in a
    thread holds it still.
    """

    history: History
    is_missing: bool = False
    replayed_through: int = 0
    _waiting: list[Observation] = field(default_factory=list)
    _holding: asyncio.Lock = field(default_factory=asyncio.Lock)

    @property
    def missing_groups(self) -> tuple[str, ...]:
        """Names of the groups of evidence that are missing, for a degraded answer."""
        return (HISTORY_GROUP,) if self.is_missing else ()

    @asynccontextmanager
    async def held(self) -> AsyncIterator[History]:
        """Hold the memory still, one at a time: what is observed meanwhile is applied after."""
        async with self._holding:
            try:
                yield self.history
            finally:
                self._apply()

    def observe(self, seen: Observation) -> None:
        """Move the memory on by one filing, in ledger order; one that was replayed is passed."""
        self._waiting.append(seen)
        if not self._holding.locked():
            self._apply()

    def replayed(self, history: History) -> None:
        """Take the memory that was replayed from the ledger; nothing is missing any more."""
        self.history, self.replayed_through = history, history.seq
        self.is_missing = False
        if not self._holding.locked():
            self._apply()

    def _apply(self) -> None:
        if self.is_missing:
            return
        waiting, self._waiting = self._waiting, []
        for seen in sorted(waiting, key=lambda each: each.seq):
            if seen.seq > self.replayed_through:
                seq = max(seen.seq, self.history.seq)
                self.history.observe(seen.entry, seen.on, seq)


class Histories:
    """The histories of all tenants over one bundle's snapshot; used on the event loop only."""

    def __init__(
        self, seed: History, ledger: Ledger, mode: HistoryMode, *, patience_s: float = 0.25
    ) -> None:
        """Start from `seed`; a tenant's first answer waits `patience_s` for its ledger replay."""
        self._seed = seed
        self._ledger = ledger
        self._mode = mode
        self._patience_s = patience_s
        self._tenants: dict[str, TenantHistory] = {}
        self._opening: dict[str, asyncio.Task[None]] = {}

    @property
    def owner(self) -> str | None:
        """Whose history the bundle's snapshot is; None where it seeds every tenant."""
        return self._seed.tenant

    @property
    def tenants(self) -> tuple[str, ...]:
        """Tenants whose history was asked for."""
        return tuple(self._tenants)

    async def open(self, tenant: str) -> TenantHistory:
        """Return the tenant's history; one not replayed in time is marked `is_missing`."""
        found = self._tenants.get(tenant)
        if found is not None and not found.is_missing:
            return found
        task = self._open_task(tenant)
        await asyncio.wait([task], timeout=self._patience_s)
        return self._tenants[tenant]

    async def warm(self, tenants: Iterable[str]) -> None:
        """Replay the histories of `tenants`, however long it takes."""
        for tenant in tenants:
            await self._open_task(tenant)

    def observe(self, tenant: str, seen: Observation) -> None:
        """Move the tenant's history on; nothing happens when frozen, or before its first use."""
        found = self._tenants.get(tenant)
        if found is not None and self._mode is HistoryMode.LIVE:
            found.observe(seen)

    async def close(self) -> None:
        """Wait for replays that are under way."""
        await asyncio.gather(*self._opening.values())

    def _open_task(self, tenant: str) -> asyncio.Task[None]:
        task = self._opening.get(tenant)
        if task is None:
            self._tenants.setdefault(tenant, TenantHistory(self._fork(tenant), is_missing=True))
            task = asyncio.create_task(self._replay(tenant))
            self._opening[tenant] = task
            task.add_done_callback(lambda _: self._opening.pop(tenant, None))
        return task

    def _fork(self, tenant: str) -> History:
        if self._seed.tenant is None:
            return self._seed.fork(tenant)
        return self._seed.fork() if self._seed.tenant == tenant else History(tenant)

    async def _replay(self, tenant: str) -> None:
        mine = self._tenants[tenant]
        if self._mode is HistoryMode.FROZEN:
            mine.is_missing = False
            return
        try:
            mine.replayed(await asyncio.to_thread(self._replayed, tenant))
        except EntryRiskError as error:
            log.warning("history_not_replayed", code=error.code, detail=error.detail)

    def _replayed(self, tenant: str) -> History:
        history = self._fork(tenant)
        for filed in self._ledger.filed_entries(tenant, history.seq):
            entry = read_submission(parse_json(filed.request)).entry
            history.observe(entry, observed_on(entry, filed.scored_at), filed.seq)
        return history
