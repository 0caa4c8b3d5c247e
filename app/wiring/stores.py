"""Where things are kept: databases, caches, histories, lists, keys of callers."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from app.adapters.control_database import account_name
from app.adapters.history_snapshots import HistorySnapshots
from app.adapters.keys_sql import SqlKeyStore, open_keys
from app.adapters.memory_cache import MemoryScoreCache
from app.adapters.memory_history import MemoryHistoryStore
from app.adapters.reference_store import ReferenceStore
from app.settings import Settings
from app.wiring.clock import SystemClock
from app.wiring.secret import derive, open_secret

if TYPE_CHECKING:
    from app.adapters.redis_cache import RedisScoreCache
    from app.adapters.redis_history import RedisHistoryStore

# The Redis client is imported where there is a URL: it takes a tenth of a second to start.
LEDGER_FILE, KEYS_FILE, HISTORY_FOLDER = "ledger.db", "control.db", "history"


def database_urls(settings: Settings) -> tuple[str, str]:
    """Return the URLs of ledger and keys: one database given, or two SQLite files."""
    if settings.database_url is not None:
        url = settings.database_url.get_secret_value()
        return url, url
    folder = settings.data_dir.resolve()
    return f"sqlite:///{folder / LEDGER_FILE}", f"sqlite:///{folder / KEYS_FILE}"


def make_cache(settings: Settings) -> "MemoryScoreCache | RedisScoreCache":
    """Return the cache: Redis where there is a URL, else one in the process."""
    if settings.redis_url is None:
        return MemoryScoreCache(
            max_entries=settings.cache_entries, max_bytes=settings.cache_mib * 1024 * 1024
        )
    from app.adapters.redis_cache import RedisScoreCache, RedisTuning  # noqa: PLC0415

    tuning = RedisTuning(
        budget_s=settings.redis_budget_ms / 1000, max_connections=settings.redis_connections
    )
    url = settings.redis_url.get_secret_value()
    return RedisScoreCache(url, ttl_s=settings.cache_ttl_s, tuning=tuning)


def make_history_store(settings: Settings) -> "MemoryHistoryStore | RedisHistoryStore":
    """Return where histories are kept: Redis, or the process with snapshots in `data_dir`."""
    if settings.redis_url is None or not settings.has_histories_in_redis:
        return MemoryHistoryStore(HistorySnapshots(settings.data_dir / HISTORY_FOLDER))
    from app.adapters.redis_history import RedisHistoryStore, history_tuning  # noqa: PLC0415

    tuning = history_tuning(settings.history_budget_ms / 1000, settings.redis_connections)
    return RedisHistoryStore(settings.redis_url.get_secret_value(), tuning=tuning)


def reference_store(settings: Settings) -> ReferenceStore:
    """Return the folder of reference versions; nothing is written before a list is staged."""
    return ReferenceStore(settings.data_dir / "reference", settings.reference_dir)


@contextmanager
def open_key_store(settings: Settings) -> Iterator[SqlKeyStore]:
    """Open the API keys alone, as the command line does beside a running server (blocking)."""
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    _, url = database_urls(settings)
    pepper = derive(open_secret(settings), "api-keys")
    keys = open_keys(url, pepper=pepper, now=SystemClock().now, actor=account_name())
    try:
        yield keys
    finally:
        keys.close()
