"""The one place where settings become objects: `build` makes everything, `Built.close` ends it."""

import asyncio
import getpass
import hashlib
import hmac
import os
import platform
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from ulid import ULID

from app import __version__
from app.adapters.audit_sql import SqlAudit
from app.adapters.hangup import on_hangup
from app.adapters.history_snapshots import HistorySnapshots
from app.adapters.keys_sql import SqlKeyStore, open_keys
from app.adapters.ledger_open import OpenLedger
from app.adapters.ledger_sql import SqlLedger, open_ledger
from app.adapters.memory_cache import MemoryScoreCache
from app.adapters.memory_history import MemoryHistoryStore
from app.adapters.no_ledger import NoLedger
from app.adapters.redis_cache import RedisScoreCache, RedisTuning
from app.adapters.redis_history import RedisHistoryStore, history_tuning
from app.adapters.reference_store import ReferenceStore
from app.api.problems import problem_bytes
from app.api.state import State
from app.core.errors import SettingsRefused
from app.core.model.files import create_once
from app.core.model.registry import Registry
from app.core.model.signing import TrustedKeys, dev_signer
from app.core.reference import ReferencePack
from app.services.assessment import Assessor
from app.services.batch import BatchService
from app.services.bundles import RegistryBundles
from app.services.desk import Desk, ExplorationKey
from app.services.freshness import ListsLimit
from app.services.histories import HistoryMode
from app.services.models import Models
from app.services.outcomes import OutcomeService
from app.services.ports import HistoryStore, Ledger, ScoreCache
from app.services.references import References
from app.services.rehearsals import Rehearsals
from app.services.scoring import ScoringService
from app.services.status import Status
from app.services.workers import Workers
from app.settings import MIN_SECRET, Environment, LogLevel, Settings
from app.telemetry import Telemetry, configure_logging, open_telemetry

SECRET_FILE = "secret"  # noqa: S105  # a file's name
LEDGER_FILE, KEYS_FILE, HISTORY_FOLDER = "ledger.db", "control.db", "history"


class SystemClock:
    """Wall time of this machine."""

    def now(self) -> datetime:
        """Return the present moment in UTC."""
        return datetime.now(UTC)


def new_decision_id(moment: datetime) -> str:
    """Return a ULID of `moment`: sorted by time, 80 random bits."""
    return str(ULID.from_datetime(moment))


def open_secret(settings: Settings) -> bytes:
    """Return the master secret; `dev` makes one, readable by its owner alone, the first time.

    Raises SettingsRefused where production has none, or the file is open to others.
    """
    if settings.secret is not None:
        return settings.secret.get_secret_value().encode()
    if settings.environment is Environment.PRODUCTION:
        raise SettingsRefused("ENTRY_RISK_SECRET: production needs it")
    path = settings.data_dir / SECRET_FILE
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    create_once(path, os.urandom(32).hex().encode() + b"\n", 0o600)
    if path.stat().st_mode & 0o077:
        raise SettingsRefused(f"{path.name}: found it readable by others, wanted mode 600")
    secret = path.read_bytes().strip()
    if len(secret) < MIN_SECRET:
        raise SettingsRefused(f"{path.name}: wanted at least {MIN_SECRET} characters")
    return secret


def derive(secret: bytes, purpose: str) -> bytes:
    """Return the 32-byte key of one purpose: knowing it tells nothing of the others."""
    return hmac.new(secret, f"entry-risk/{purpose}".encode(), hashlib.sha256).digest()


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
    history_store: MemoryHistoryStore | RedisHistoryStore
    workers: Workers
    telemetry: Telemetry

    async def start(self) -> None:
        """Load the live lists, the live bundle and the histories of the tenants that have keys.

        Without a valid bundle the service still starts: it lives, and is not ready.
        """
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


def build(settings: Settings) -> Built:
    """Make every concrete object of the service from `settings` (blocking).

    Raises SettingsRefused, ReferenceRefused or LedgerUnavailable: then the process must not start.
    """
    configure_logging(settings.log_level.value)
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    secret, clock = open_secret(settings), SystemClock()
    shelf = reference_store(settings)
    reference = shelf.load_live().pack
    ledger_url, keys_url = database_urls(settings)
    ledger = open_ledger(ledger_url, now=clock.now)
    still_open = OpenLedger(ledger_url)
    keys = open_keys(keys_url, pepper=derive(secret, "api-keys"), now=clock.now)
    cache = make_cache(settings)
    history_store = make_history_store(settings)
    desk = make_desk(
        settings,
        secret=secret,
        ledger=ledger,
        reference=reference,
        cache=cache,
        history_store=history_store,
    )
    models, workers = desk.models, desk.workers
    references = References(shelf, Rehearsals(still_open), models, ledger, clock)
    status = Status(
        models=models,
        ledger=ledger,
        clock=clock,
        data_dir=settings.data_dir,
        min_free_disk_percent=settings.min_free_disk_percent,
        build={"version": __version__, "python": platform.python_version()},
        stores={
            "ledger": ledger_url.partition(":")[0].partition("+")[0],
            "cache": "memory" if settings.redis_url is None else "redis",
            "history": "redis" if settings.has_histories_in_redis else "memory",
        },
        history_mode=settings.history.value,
    )
    telemetry = open_telemetry(
        models,
        __version__,
        cache.counts,
        history_store.counts,
        otlp_endpoint=settings.otlp_endpoint,
        sample_ratio=settings.trace_ratio,
        metrics_dir=settings.metrics_dir,
    )
    state = State(
        scoring=ScoringService(desk),
        batch=BatchService(desk, problem_bytes),
        desk=desk,
        models=models,
        outcomes=OutcomeService(desk, models),
        references=references,
        keys=keys,
        audit=SqlAudit(keys.control),
        status=status,
        telemetry=telemetry,
    )
    return Built(
        settings,
        state,
        models,
        references,
        desk,
        ledger,
        still_open,
        keys,
        cache,
        history_store,
        workers,
        telemetry,
    )


def make_desk(  # noqa: PLR0913 - its collaborators, by name
    settings: Settings,
    *,
    secret: bytes,
    ledger: Ledger,
    reference: ReferencePack,
    cache: ScoreCache,
    history_store: HistoryStore,
) -> Desk:
    """Return the collaborators of the scoring use cases, nothing loaded yet."""
    clock, workers = SystemClock(), Workers()
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
    )
    try:
        await desk.models.use_reference(loaded.pack, lists_missing=bool(loaded.refused))
        await desk.models.reload(())
        yield BatchService(desk, problem_bytes), desk.models.serving.histories.owner
    finally:
        await desk.close()
        await desk.models.close()
        desk.workers.close()


def reference_store(settings: Settings) -> ReferenceStore:
    """Return the folder of reference versions; nothing is written before a list is staged."""
    return ReferenceStore(settings.data_dir / "reference", settings.reference_dir)


@contextmanager
def open_key_store(settings: Settings) -> Iterator[SqlKeyStore]:
    """Open the API keys alone, as the command line does beside a running server (blocking)."""
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    _, url = database_urls(settings)
    pepper = derive(open_secret(settings), "api-keys")
    actor = f"command-line:{_account()}"
    keys = open_keys(url, pepper=pepper, now=SystemClock().now, actor=actor)
    try:
        yield keys
    finally:
        keys.close()


def _account() -> str:
    """Return the name of who runs this process, as the system knows it."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # an account without a name, as in a container
        return str(os.getuid())


def database_urls(settings: Settings) -> tuple[str, str]:
    """Return the URLs of ledger and keys: one database given, or two SQLite files."""
    if settings.database_url is not None:
        url = settings.database_url.get_secret_value()
        return url, url
    folder = settings.data_dir.resolve()
    return f"sqlite:///{folder / LEDGER_FILE}", f"sqlite:///{folder / KEYS_FILE}"


def make_cache(settings: Settings) -> MemoryScoreCache | RedisScoreCache:
    """Return the cache: Redis where there is a URL, else one in the process."""
    if settings.redis_url is None:
        return MemoryScoreCache(
            max_entries=settings.cache_entries, max_bytes=settings.cache_mib * 1024 * 1024
        )
    tuning = RedisTuning(
        budget_s=settings.redis_budget_ms / 1000, max_connections=settings.redis_connections
    )
    url = settings.redis_url.get_secret_value()
    return RedisScoreCache(url, ttl_s=settings.cache_ttl_s, tuning=tuning)


def make_history_store(settings: Settings) -> MemoryHistoryStore | RedisHistoryStore:
    """Return where histories are kept: Redis, or the process with snapshots in `data_dir`."""
    if settings.redis_url is None or not settings.has_histories_in_redis:
        return MemoryHistoryStore(HistorySnapshots(settings.data_dir / HISTORY_FOLDER))
    tuning = history_tuning(settings.history_budget_ms / 1000, settings.redis_connections)
    return RedisHistoryStore(settings.redis_url.get_secret_value(), tuning=tuning)


def trusted_keys(settings: Settings) -> TrustedKeys:
    """Return whose bundles are believed; `dev` also believes its own signer, made if need be."""
    sources: list[Path | str] = [
        source.strip() for source in settings.trusted_keys.split(",") if source.strip()
    ]
    is_dev = settings.environment is Environment.DEV
    if is_dev:
        folder = settings.data_dir / "keys"
        dev_signer(folder)
        sources.append(folder)
    return TrustedKeys.load(*sources, allow_dev=is_dev)


def exploration_key(secret: bytes) -> ExplorationKey:
    """Return the key of the exploration draw, and a public id that tells keys apart."""
    key = derive(secret, "exploration")
    return ExplorationKey(key, hashlib.sha256(key).hexdigest()[:8])


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
        )
        watching = [asyncio.create_task(each) for each in watches]
        async with on_hangup(built.models.reload):
            try:
                yield built.state
            finally:
                for task in watching:
                    task.cancel()
                await asyncio.gather(*watching, return_exceptions=True)
    finally:
        await built.close()
