"""Every setting: typed, bounded, documented; read from ENTRY_RISK_* and nowhere else."""

from enum import StrEnum
from pathlib import Path
from typing import Any, Self

from pydantic import AliasChoices, Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from app.core.errors import SettingsRefused
from app.core.webhooks import read_networks

PREFIX = "ENTRY_RISK_"


class Environment(StrEnum):
    """Development makes its own secret and believes its own signer; production does neither."""

    DEV = "dev"
    PRODUCTION = "production"


class LogLevel(StrEnum):
    """The least severe event that is logged."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


class HistorySetting(StrEnum):
    """Whether filings move the history on."""

    LIVE = "live"
    FROZEN = "frozen"


class HistoryStoreSetting(StrEnum):
    """Where histories are kept; `auto` takes Redis where several processes can share a ledger."""

    AUTO = "auto"
    MEMORY = "memory"
    REDIS = "redis"


class Settings(BaseSettings):
    """Settings of the service; frozen once read."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, frozen=True, extra="ignore", populate_by_name=True, env_ignore_empty=True
    )

    environment: Environment = Field(
        Environment.DEV,
        description="`dev` makes its own secret and trusts its own signer; `production` needs "
        "`SECRET` and `TRUSTED_KEYS` and refuses bundles signed for development.",
    )
    host: str = Field("127.0.0.1", max_length=255, description="Address to listen on.")
    port: int = Field(8000, ge=1, le=65_535, description="Port to listen on.")
    data_dir: Path = Field(
        Path("var"), description="Folder of what the service writes: ledger, keys, dev secrets."
    )
    models_dir: Path = Field(
        Path("models"), description="Folder of model bundles, with the pointer LIVE."
    )
    trusted_keys: str = Field(
        "",
        max_length=4096,
        description="Whose bundles are believed: folders of *.pub files, such files, or public "
        "keys as 64 hex digits, separated by commas. In `dev` the folder `keys` of `DATA_DIR` "
        "is believed as well.",
    )
    reference_dir: Path | None = Field(
        None,
        description="Folder of the reference tables that serve until a version is activated (kept "
        "in `reference` of `DATA_DIR`); the shipped ones where not set.",
    )
    secret: SecretStr | None = Field(
        None,
        description="Secret of at least 32 characters from which the keys' pepper and the "
        "exploration draw are derived. `dev` makes one in `DATA_DIR` at its first start.",
    )
    checkpoint_dir: Path | None = Field(
        None,
        description="Folder that signed checkpoints of the ledger are appended in: another disk or "
        "host. `checkpoints` of `DATA_DIR` where not set.",
    )
    receipt_key: Path | None = Field(
        None,
        description="File of the Ed25519 key that signs receipts and checkpoints, 64 hex digits, "
        "mode 600; where not set, a key derived from `SECRET`.",
    )
    oidc_file: Path | None = Field(
        None,
        description="TOML file of an identity provider that people sign in by (docs/access.md).",
    )
    oidc_client_secret: SecretStr | None = Field(None, description="Our secret there, if any.")
    database_url: SecretStr | None = Field(
        None,
        validation_alias=AliasChoices("ENTRY_RISK_DATABASE_URL", "DATABASE_URL", "database_url"),
        description="SQLAlchemy URL of the ledger (postgresql+psycopg://... or sqlite:///...); "
        "SQLite in `DATA_DIR` where not set. Plain `DATABASE_URL` is read too.",
    )
    redis_url: SecretStr | None = Field(
        None,
        validation_alias=AliasChoices("ENTRY_RISK_REDIS_URL", "REDIS_URL", "redis_url"),
        description="URL of the cache (redis://, rediss:// or unix://); a cache in the process "
        "where not set. Plain `REDIS_URL` is read too.",
    )
    redis_budget_ms: int = Field(
        25, ge=1, le=1000, description="What a cache read may cost a request, milliseconds."
    )
    redis_connections: int = Field(32, ge=1, le=1000, description="Connections to Redis, at most.")
    cache_ttl_s: int = Field(
        86_400, ge=1, le=2_592_000, description="How long Redis keeps an explanation, seconds."
    )
    cache_entries: int = Field(
        50_000, ge=1, le=10_000_000, description="Explanations the cache in the process keeps."
    )
    cache_mib: int = Field(
        64, ge=1, le=16_384, description="Memory of the cache in the process, MiB."
    )
    max_body_kib: int = Field(1024, ge=16, le=65_536, description="Largest body of one entry, KiB.")
    max_batch_body_kib: int = Field(
        8192, ge=16, le=262_144, description="Largest body of a batch, KiB."
    )
    max_list_body_kib: int = Field(
        31_250, ge=64, le=31_250, description="Largest published list that is read, KiB."
    )
    max_job_body_mib: int = Field(64, ge=1, le=1024, description="Largest body of a job, MiB.")
    max_job_entries: int = Field(
        100_000, ge=1, le=10_000_000, description="Entries that one job may have."
    )
    max_open_jobs: int = Field(
        10, ge=1, le=1000, description="Jobs of a tenant that have not ended; more get 429."
    )
    jobs_share_percent: int = Field(
        50, ge=0, le=100, description="Share of its time a process gives to jobs, percent; 0: none."
    )
    jobs_poll_s: float = Field(
        2.0, ge=0.05, le=60, description="How often a process looks for jobs of others, seconds."
    )
    jobs_keep_days: int = Field(
        7, ge=1, le=365, description="How long an ended job and its results are kept, days."
    )
    webhook_networks: str = Field(
        "",
        max_length=4096,
        description="Networks that are not public and may still be called by webhooks, also by "
        "http: CIDRs such as 10.1.0.0/16, separated by commas.",
    )
    max_running: int = Field(
        16, ge=1, le=10_000, description="Single entries scored at a time; others wait."
    )
    max_running_batches: int = Field(
        4, ge=1, le=100, description="Batches scored at a time; four times as many may wait, 1 s."
    )
    max_waiting: int = Field(
        64, ge=0, le=10_000, description="Single entries that wait for a place; more get 503."
    )
    max_wait_ms: int = Field(
        150,
        ge=1,
        le=10_000,
        description="How long a single entry waits for a place before it gets 503, milliseconds.",
    )
    max_open: int = Field(
        1000,
        ge=1,
        le=100_000,
        description="Requests of a kind that are open at a time, those still arriving included.",
    )
    max_connections: int = Field(
        4000, ge=1, le=1_000_000, description="Connections at a time; more get 503 and are closed."
    )
    slow_client_s: float = Field(
        5.0,
        ge=0.1,
        le=600,
        description="How long a client may take over a request's head, over its body (and a second "
        "more for every 16 KiB that arrived), and how long it may leave an answer unread, seconds.",
    )
    score_per_s: float = Field(
        1000.0, gt=0, le=1e6, description="Single entries a second that a tenant may send."
    )
    batch_per_s: float = Field(
        20.0, gt=0, le=1e6, description="Batches and jobs a second that a tenant may send."
    )
    other_per_s: float = Field(
        200.0, gt=0, le=1e6, description="Other requests a second that a tenant may send."
    )
    drain_s: float | None = Field(
        None,
        ge=0,
        le=600,
        description="How long the service goes on after SIGTERM with `/readyz` at 503, so that a "
        "proxy sends its traffic elsewhere, seconds. Where not set, 5 in `production`, 0 in `dev`.",
    )
    history: HistorySetting = Field(
        HistorySetting.LIVE,
        description="`live`: filed entries move the history on; `frozen`: the bundle's snapshot "
        "is served as it is and nothing is observed.",
    )
    history_store: HistoryStoreSetting = Field(
        HistoryStoreSetting.AUTO,
        description="Where histories are kept: `memory` of the process, with snapshots in "
        "`DATA_DIR`; `redis`, shared by all processes; `auto` takes Redis where `REDIS_URL` is set "
        "and the ledger is PostgreSQL.",
    )
    history_budget_ms: int = Field(
        100,
        ge=1,
        le=10_000,
        description="What reading histories from Redis may cost a request, milliseconds; beyond "
        "it the answer is degraded.",
    )
    history_poll_s: float = Field(
        1.0,
        ge=0.05,
        le=60,
        description="How often a process looks for filings and outcomes that others wrote to the "
        "ledger, seconds; on PostgreSQL alone.",
    )
    history_snapshot_s: float = Field(
        300.0,
        ge=1,
        le=86_400,
        description="How often histories in memory are written to `DATA_DIR`, seconds; also at "
        "the end.",
    )
    model_poll_s: float = Field(
        2.0, ge=0.1, le=3600, description="How often LIVE is looked at, seconds."
    )
    min_free_disk_percent: float = Field(
        5.0, ge=0, le=90, description="Free disk under `DATA_DIR` below which `/readyz` is 503."
    )
    lists_max_age_days: int | None = Field(
        None,
        ge=1,
        le=3650,
        description="Greatest age of the named lists, days: with older ones answers are degraded "
        "and `/readyz` is 503. Where not set, 180 in `production` and any age in `dev`; set 30 "
        "where lists are imported as they appear.",
    )
    otlp_endpoint: str | None = Field(
        None,
        max_length=2048,
        pattern="^https?://",
        description="Where spans are sent, an OTLP collector over HTTP "
        "(http://collector:4318/v1/traces); no tracing where not set. Needs the extra `tracing`.",
    )
    trace_ratio: float = Field(
        1.0,
        ge=0,
        le=1,
        description="Share of the traces begun here that are sampled; a caller's own say comes "
        "first.",
    )
    metrics_dir: Path | None = Field(
        None,
        description="Folder in which several processes of one installation add up their counts "
        "for `/metrics`; a memory file system is best. Each counts for itself where not set.",
    )
    log_level: LogLevel = Field(LogLevel.INFO, description="The least severe event logged.")

    @property
    def drain_wait_s(self) -> float:
        """Seconds between SIGTERM and the end of listening."""
        if self.drain_s is not None:
            return self.drain_s
        return 5.0 if self.environment is Environment.PRODUCTION else 0.0

    @property
    def lists_age_limit_days(self) -> int | None:
        """The greatest age of the named lists, days; None: any age, as `dev` has it."""
        if self.lists_max_age_days is None and self.environment is Environment.PRODUCTION:
            return LISTS_DAYS_IN_PRODUCTION
        return self.lists_max_age_days

    @property
    def is_ledger_shared(self) -> bool:
        """Whether several processes may write the ledger: on PostgreSQL."""
        url = self.database_url
        return url is not None and url.get_secret_value().startswith("postgres")

    @property
    def has_histories_in_redis(self) -> bool:
        """Whether histories are kept in Redis: by itself where processes can share a ledger."""
        if self.history_store is HistoryStoreSetting.AUTO:
            return self.redis_url is not None and self.is_ledger_shared
        return self.history_store is HistoryStoreSetting.REDIS

    @property
    def history_pace_s(self) -> tuple[float | None, float]:
        """How often to look for others' facts (None: nobody else writes) and to keep snapshots."""
        return self.history_poll_s if self.is_ledger_shared else None, self.history_snapshot_s

    @model_validator(mode="after")
    def _production_is_given_its_secrets(self) -> Self:
        if self.secret is not None and len(self.secret.get_secret_value()) < MIN_SECRET:
            raise ValueError(f"{PREFIX}SECRET: wanted at least {MIN_SECRET} characters")
        try:
            read_networks(self.webhook_networks)
        except ValueError:
            raise ValueError(f"{PREFIX}WEBHOOK_NETWORKS: wanted CIDRs with commas") from None
        if self.history_store is HistoryStoreSetting.REDIS and self.redis_url is None:
            raise ValueError(f"{PREFIX}HISTORY_STORE: redis needs REDIS_URL")
        if self.environment is Environment.PRODUCTION:
            if self.secret is None:
                raise ValueError(f"{PREFIX}SECRET: production needs it")
            if not self.trusted_keys.strip():
                raise ValueError(f"{PREFIX}TRUSTED_KEYS: production needs it")
        return self


MIN_SECRET = 32  # characters
LISTS_DAYS_IN_PRODUCTION = 180  # our choice: beyond it several amendments have been missed


def read_settings(**given: Any) -> Settings:
    """Return the settings of the environment, `given` ones first.

    Raises SettingsRefused that names the setting and never its value.
    """
    try:
        return Settings(**given)
    except ValueError as error:
        raise SettingsRefused(reasons_of(error)) from None


def reasons_of(error: ValueError) -> str:
    """Return what is wrong with which setting, without any value."""
    errors = getattr(error, "errors", None)
    if errors is None:
        return type(error).__name__
    return "; ".join(
        f"{'.'.join(str(part) for part in each['loc']) or 'settings'}: {each['msg']}"
        for each in errors(include_input=False, include_url=False)
    )
