"""What scores: the desk of the use cases, beside a ledger or without one."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from app.adapters.memory_history import MemoryHistoryStore
from app.adapters.no_ledger import NoLedger
from app.api.problems import problem_bytes
from app.core.model.registry import Registry
from app.core.reference import ReferencePack
from app.services.assessment import Assessor
from app.services.batch import BatchService
from app.services.bundles import RegistryBundles
from app.services.desk import Desk
from app.services.freshness import ListsLimit
from app.services.histories import HistoryMode
from app.services.models import Models
from app.services.ports import HistoryStore, Ledger, ScoreCache
from app.services.timekeeping import Timekeeper
from app.services.workers import Workers
from app.settings import LogLevel, Settings
from app.telemetry import configure_logging
from app.wiring.clock import SystemClock, elapsed, new_decision_id
from app.wiring.secret import exploration_key, open_secret, trusted_keys
from app.wiring.stores import make_cache, reference_store


def make_desk(  # noqa: PLR0913 - its collaborators, by name
    settings: Settings,
    *,
    secret: bytes,
    ledger: Ledger,
    reference: ReferencePack,
    cache: ScoreCache,
    history_store: HistoryStore,
    clock: Timekeeper,
) -> Desk:
    """Return the collaborators of the scoring use cases, nothing loaded yet."""
    workers = Workers()
    models = Models(
        RegistryBundles(Registry(settings.models_dir, trusted_keys(settings))),
        reference,
        ledger,
        clock,
        history_store=history_store,
        history_mode=HistoryMode(settings.history.value),
        lists_limit=ListsLimit(settings.lists_age_limit_days),
    )
    return Desk(
        models=models,
        assessor=Assessor(cache, workers),
        workers=workers,
        ledger=ledger,
        clock=clock,
        new_id=new_decision_id,
        exploration=exploration_key(secret),
    )


@asynccontextmanager
async def unrecorded(settings: Settings) -> AsyncIterator[tuple[BatchService, str | None]]:
    """Score with the live bundle and its history snapshot, keeping nothing: no ledger is opened.

    Gives the use case, and the tenant who owns the snapshot (None: it seeds every tenant).
    Raises ModelUnavailable on the first use where no bundle verifies.
    """
    configure_logging(LogLevel.WARNING.value)
    loaded = reference_store(settings).load_live()
    desk = make_desk(
        settings,
        secret=open_secret(settings),
        ledger=NoLedger(),
        reference=loaded.pack,
        cache=make_cache(settings),
        history_store=MemoryHistoryStore(),
        clock=Timekeeper(SystemClock(), elapsed),
    )
    try:
        await desk.models.use_reference(loaded.pack, lists_missing=bool(loaded.refused))
        await desk.models.reload(())
        yield BatchService(desk, problem_bytes), desk.models.serving.histories.owner
    finally:
        await desk.close()
        await desk.models.close()
        desk.workers.close()
