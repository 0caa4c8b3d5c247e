"""The history of each tenant, live: a projection of its ledger over the bundle's snapshot."""

import asyncio
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from enum import StrEnum

import structlog

from app.core.entry import Entry
from app.core.history import History
from app.core.history.projected import HistoryScope, scope_of
from app.services.history_view import HISTORY_GROUP, Base, HistoryView, keys_of_entries
from app.services.ports import Facts, HistoryStore
from app.services.projection import observed_on
from app.services.tenant_history import TenantHistory

__all__ = [
    "HISTORY_GROUP",
    "Histories",
    "HistoryMode",
    "HistoryView",
    "TenantHistory",
    "follow",
    "observed_on",
]

Applied = Callable[[int], None]
log = structlog.get_logger(__name__)


class HistoryMode(StrEnum):
    """Whether filings and outcomes move the history on: `frozen` serves the bundle's snapshot."""

    LIVE = "live"
    FROZEN = "frozen"


PATIENCE_S = 0.25  # a tenant's first answer waits so long for its history


class Histories:
    """The histories of all tenants over one bundle's snapshot; used on the event loop only."""

    def __init__(  # noqa: PLR0913 - what a projection needs; all but three by name
        self,
        seed: History,
        ledger: Facts,
        mode: HistoryMode,
        *,
        store: HistoryStore,
        seed_digest: str = "",
        patience_s: float = PATIENCE_S,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """Start from `seed`; a tenant's first answer waits `patience_s` for its history.

        `seed_digest` tells seeds apart in `store`, which may be shared with other processes.
        """
        self._seed = seed
        self._seed_digest = seed_digest
        self._ledger = ledger
        self._mode = mode
        self._store = store
        self._patience_s = patience_s
        self._monotonic = monotonic
        self._tenants: dict[str, TenantHistory] = {}

    @property
    def owner(self) -> str | None:
        """Whose history the bundle's snapshot is; None where it seeds every tenant."""
        return self._seed.tenant

    @property
    def tenants(self) -> tuple[str, ...]:
        """Tenants whose history was asked for."""
        return tuple(self._tenants)

    async def look(self, tenant: str, entries: Sequence[Entry]) -> HistoryView:
        """Return what is known of all that `entries` name, as of one moment of the ledger.

        One round trip to the store at most. Where the store does not answer, or lacks what the
        ledger knows, the bundle's snapshot answers and `missing_groups` says so; that is never an
        error.
        """
        if self._mode is HistoryMode.FROZEN:
            return self.base(tenant).view(await keys_of_entries(entries))
        mine = self._opened(tenant)
        if mine.is_opening:
            mine.nudge()
            await mine.settled(self._patience_s)
        return await mine.look(entries)

    async def warm(self, tenants: Iterable[str]) -> None:
        """Bring the histories of `tenants` up to the ledger, or until the store fails."""
        if self._mode is HistoryMode.LIVE:
            for tenant in tenants:
                mine = self._opened(tenant)
                mine.nudge()
                await mine.settled()

    def observe(self, tenant: str, seq: int, entry: Entry | None = None) -> None:
        """Take notice that the ledger has a new fact, a filing of `entry` or an outcome (None).

        The history moves on in the background, in ledger order, within milliseconds.
        """
        if self._mode is HistoryMode.LIVE and tenant in self._tenants:
            self._tenants[tenant].observe(seq, entry)

    async def settled(self, tenant: str) -> None:
        """Wait until the tenant's history has taken in what it was told of, or failed to."""
        if tenant in self._tenants:
            await self._tenants[tenant].settled()

    def poll(self) -> None:
        """Begin to look for facts that other processes wrote, for each tenant in use."""
        for mine in self._tenants.values():
            mine.nudge()

    async def keep(self) -> None:
        """Let the store write down what it holds in memory alone."""
        await self._store.keep()

    async def close(self) -> None:
        """Wait for what is under way and let the store forget these tenants."""
        tenants, self._tenants = self._tenants, {}
        for mine in tenants.values():
            await mine.ended()
            with _logged():
                await self._store.release(mine.scope)

    async def rebuild(self, tenant: str, on_applied: Applied = lambda seq: None) -> int | None:
        """Build the tenant's history anew beside the one that is read, and put it in its place.

        Return the last number of the ledger that is in it; None where the store fails, or the
        ledger: then what is read stays as it is. `on_applied` is told of numbers as they go in.
        """
        draft = self.projection(tenant, on_applied, is_draft=True)
        seq = await draft.rebuild()
        if seq is None or not await self._store.adopt(draft.scope, self.scope(tenant)):
            return None
        return seq

    def scope(self, tenant: str) -> HistoryScope:
        """Return the name of the tenant's history in the store."""
        return scope_of(self._seed_digest, tenant)

    def projection(
        self, tenant: str, on_applied: Applied = lambda seq: None, *, is_draft: bool = False
    ) -> TenantHistory:
        """Return a projection of the tenant's ledger by itself; a draft is read by nobody."""
        return TenantHistory(
            tenant,
            self.scope(tenant)._replace(is_draft=is_draft),
            self.base(tenant),
            self._ledger,
            self._store,
            monotonic=self._monotonic,
            on_applied=on_applied,
        )

    def base(self, tenant: str) -> Base:
        """Return what the tenant starts from: the seed, but for another tenant's own."""
        if self._seed.tenant is None:
            return Base(0, self._seed.records)
        if self._seed.tenant == tenant:
            return Base(self._seed.seq, self._seed.records)
        return Base(0, {})

    def _opened(self, tenant: str) -> TenantHistory:
        found = self._tenants.get(tenant)
        if found is None:
            found = self._tenants[tenant] = self.projection(tenant)
        return found


async def follow(
    current: Callable[[], Histories | None], *, poll_s: float | None, keep_s: float
) -> None:
    """For ever look for other processes' facts every `poll_s` and keep the store every `keep_s`.

    `current` gives the histories in service now, None while nothing serves; `poll_s` None does
    not look: one process writes all facts. What fails is logged and tried again.
    """
    due = keep_s
    pause = min(keep_s, poll_s or keep_s)
    while True:
        await asyncio.sleep(pause)
        histories, due = current(), due - pause
        if histories is None:
            continue
        if poll_s is not None:
            histories.poll()
        if due <= 0:
            due = keep_s
            with _logged():
                await histories.keep()


@contextmanager
def _logged() -> Iterator[None]:
    """Let a snapshot that cannot be written be no more than a longer replay at the next start."""
    try:
        yield
    except OSError as error:
        log.warning("history_not_kept", failure=type(error).__name__)
