"""The one place where settings become objects: `build` makes all, `Built.close` ends it."""

from app.wiring.accounts import open_accounts, people_key
from app.wiring.building import Built, build, running
from app.wiring.clock import SystemClock, new_decision_id
from app.wiring.desk import make_desk, unrecorded
from app.wiring.secret import SECRET_FILE, derive, exploration_key, open_secret, trusted_keys
from app.wiring.stores import (
    HISTORY_FOLDER,
    KEYS_FILE,
    LEDGER_FILE,
    database_urls,
    make_cache,
    make_history_store,
    open_key_store,
    reference_store,
)

__all__ = [
    "HISTORY_FOLDER",
    "KEYS_FILE",
    "LEDGER_FILE",
    "SECRET_FILE",
    "Built",
    "SystemClock",
    "build",
    "database_urls",
    "derive",
    "exploration_key",
    "make_cache",
    "make_desk",
    "make_history_store",
    "new_decision_id",
    "open_accounts",
    "open_key_store",
    "open_secret",
    "people_key",
    "reference_store",
    "running",
    "trusted_keys",
    "unrecorded",
]
