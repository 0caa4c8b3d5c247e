"""`build` makes everything, `running` starts it, `Built.close` ends it."""

import asyncio
import platform
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from app import __version__
from app.adapters.audit_sql import SqlAudit
from app.adapters.hangup import on_hangup
from app.adapters.keys_sql import SqlKeyStore, open_keys
from app.adapters.ledger_open import OpenLedger
from app.adapters.ledger_sql import SqlLedger, open_ledger
from app.adapters.memory_cache import MemoryScoreCache
from app.adapters.memory_history import MemoryHistoryStore
from app.adapters.reference_store import ReferenceStore
from app.api.problems import problem_bytes
from app.api.state import State
from app.services.batch import BatchService
from app.services.desk import Desk
from app.services.models import Models
from app.services.outcomes import OutcomeService
from app.services.ports import ScoreCache
from app.services.references import References
from app.services.rehearsals import Rehearsals
from app.services.scoring import ScoringService
from app.services.status import Status
from app.services.timekeeping import SteadyClock, Timekeeper
from app.services.workers import Workers
from app.settings import Settings
from app.telemetry import Telemetry, configure_logging, open_telemetry
from app.wiring.accounts import open_accounts
from app.wiring.checkpoints import checkpointing
from app.wiring.clock import SystemClock, elapsed
from app.wiring.desk import make_desk
from app.wiring.oidc import open_oidc
from app.wiring.receipts import make_proofs
from app.wiring.secret import derive, open_secret
from app.wiring.stores import database_urls, make_cache, make_history_store, reference_store

if TYPE_CHECKING:
    from app.adapters.redis_cache import RedisScoreCache
    from app.adapters.redis_history import RedisHistoryStore


@dataclass(frozen=True, slots=True)
class Built:
    """Everything made, and what is needed to start and end it in order."""

    settings: Settings
    state: State
    models: Models
    references: References
    desk: Desk
    ledger: SqlLedger
    open_ledger: OpenLedger
    keys: SqlKeyStore
    cache: ScoreCache
    history_store: "MemoryHistoryStore | RedisHistoryStore"
    workers: Workers
    telemetry: Telemetry

    async def start(self) -> None:
        """Load the live lists, the live bundle and the histories of the tenants that have keys.

        Without a valid bundle the service still starts: it lives, and is not ready.
        """
        await self.desk.clock.look_back(self.ledger)
        await self.references.follow()
        tenants = await asyncio.to_thread(self._tenants)
        await self.models.reload(tenants)

    def _tenants(self) -> list[str]:
        return sorted({key.tenant for key in self.keys.list()})

    async def close(self) -> None:
        """End in order: what is under way, histories, threads, cache, ledger, keys."""
        await self.desk.close()
        await self.models.close()
        self.workers.close()
        await self.cache.close()
        await self.history_store.close()
        await self.ledger.close()
        self.open_ledger.close()
        self.keys.close()
        await asyncio.to_thread(self.telemetry.close)


@dataclass(frozen=True, slots=True)
class Opened:
    """The stores of one process, opened."""

    shelf: ReferenceStore
    ledger: SqlLedger
    open_ledger: OpenLedger
    keys: SqlKeyStore
    cache: "MemoryScoreCache | RedisScoreCache"
    history: "MemoryHistoryStore | RedisHistoryStore"


def build(settings: Settings) -> Built:
    """Make every concrete object of the service from `settings` (blocking).

    Raises SettingsRefused, ReferenceRefused or LedgerUnavailable: then the process must not start.
    """
    configure_logging(settings.log_level.value)
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    secret, clock = open_secret(settings), Timekeeper(SystemClock(), elapsed)
    shelf = reference_store(settings)
    reference = shelf.load_live().pack
    opened = _opened(settings, secret, SteadyClock(clock), shelf)
    desk = make_desk(
        settings,
        secret=secret,
        ledger=opened.ledger,
        reference=reference,
        cache=opened.cache,
        history_store=opened.history,
        clock=clock,
    )
    models = desk.models
    references = References(shelf, Rehearsals(opened.open_ledger), models, opened.ledger, clock)
    telemetry = _telemetry(settings, models, opened)
    state = _state(settings, desk, opened, references, telemetry)
    return Built(
        settings,
        state,
        models,
        references,
        desk,
        opened.ledger,
        opened.open_ledger,
        opened.keys,
        opened.cache,
        opened.history,
        desk.workers,
        telemetry,
    )


def _opened(settings: Settings, secret: bytes, clock: SteadyClock, shelf: ReferenceStore) -> Opened:
    ledger_url, keys_url = database_urls(settings)
    return Opened(
        shelf=shelf,
        ledger=open_ledger(ledger_url, now=clock.now),
        open_ledger=OpenLedger(ledger_url),
        keys=open_keys(keys_url, pepper=derive(secret, "api-keys"), now=clock.now),
        cache=make_cache(settings),
        history=make_history_store(settings),
    )


def _telemetry(settings: Settings, models: Models, opened: Opened) -> Telemetry:
    return open_telemetry(
        models,
        __version__,
        opened.cache.counts,
        opened.history.counts,
        otlp_endpoint=settings.otlp_endpoint,
        sample_ratio=settings.trace_ratio,
        metrics_dir=settings.metrics_dir,
    )


def _status(settings: Settings, desk: Desk) -> Status:
    return Status(
        models=desk.models,
        ledger=desk.ledger,
        clock=desk.clock,
        data_dir=settings.data_dir,
        min_free_disk_percent=settings.min_free_disk_percent,
        build={"version": __version__, "python": platform.python_version()},
        stores={
            "ledger": database_urls(settings)[0].partition(":")[0].partition("+")[0],
            "cache": "memory" if settings.redis_url is None else "redis",
            "history": "redis" if settings.has_histories_in_redis else "memory",
        },
        history_mode=settings.history.value,
    )


def _state(
    settings: Settings, desk: Desk, opened: Opened, references: References, telemetry: Telemetry
) -> State:
    keys = opened.keys
    proofs = make_proofs(settings, desk, opened.ledger, opened.shelf)
    clock = SteadyClock(desk.clock)
    accounts = open_accounts(keys.control, derive(open_secret(settings), "people"), clock)
    return State(
        scoring=ScoringService(desk),
        batch=BatchService(desk, problem_bytes),
        desk=desk,
        models=desk.models,
        outcomes=OutcomeService(desk, desk.models),
        references=references,
        receipts=proofs.receipts,
        replays=proofs.replays,
        keys=keys,
        audit=SqlAudit(keys.control),
        accounts=accounts,
        oidc=open_oidc(settings, keys.control, accounts, clock),
        status=_status(settings, desk),
        telemetry=telemetry,
    )


@asynccontextmanager
async def running(built: Built) -> AsyncIterator[State]:
    """Start what was built, follow LIVE and SIGHUP while inside, and end it in order."""
    try:
        await built.start()
        every_s = built.settings.model_poll_s
        watches = (
            built.models.watch(every_s),
            built.references.watch(every_s),
            built.models.follow_histories(*built.settings.history_pace_s),
            built.telemetry.watch_loop(),
            built.desk.clock.watch(built.ledger),
        )
        watching = [asyncio.create_task(each) for each in watches]
        async with on_hangup(built.models.reload), checkpointing(built.settings):
            try:
                yield built.state
            finally:
                for task in watching:
                    task.cancel()
                await asyncio.gather(*watching, return_exceptions=True)
    finally:
        await built.close()
