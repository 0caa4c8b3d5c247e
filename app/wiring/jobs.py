"""Jobs and webhooks: made beside the service whose batches they score by, run while it runs."""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta

from app.adapters.jobs_backlog import SqlBacklog
from app.adapters.jobs_database import JobsDatabase
from app.adapters.jobs_parquet import ChildParquet
from app.adapters.jobs_parquet_child import Limits
from app.adapters.jobs_spool import FileSpool
from app.adapters.jobs_sql import SqlJobStore
from app.adapters.webhook_post import CheckedPost
from app.adapters.webhook_secrets import SealedSecrets
from app.adapters.webhook_store import SqlWebhookStore
from app.api.jobs_state import JobsState
from app.api.problems import problem_bytes
from app.core.jobs import JobLimits
from app.core.webhooks import read_networks
from app.services.jobs import JobService
from app.services.jobs_backlog import Tally
from app.services.jobs_running import JobRunner, Pace
from app.services.jobs_scoring import ChunkScorer
from app.services.webhooks import WebhookService, WebhookTools
from app.services.webhooks_sending import WebhookSender
from app.settings import Settings
from app.wiring.building import Built
from app.wiring.clock import SystemClock, new_decision_id
from app.wiring.secret import derive, open_secret

JOBS_FILE, SPOOL_FOLDER = "jobs.db", "spool"
UNPACKED = 8  # times the largest body that a Parquet file may be once it is unpacked


@dataclass(frozen=True, slots=True)
class Jobs:
    """Everything made for jobs and webhooks."""

    database: JobsDatabase
    state: JobsState
    runner: JobRunner
    sender: WebhookSender
    tally: Tally


@asynccontextmanager
async def jobs_beside(settings: Settings, built: Built) -> AsyncIterator[JobsState]:
    """Make jobs and webhooks, work on them while inside, and end in order: work, then database.

    Raises JobsUnavailable where the database does not open: then the process must not start.
    """
    made = await asyncio.to_thread(build_jobs, settings, built)
    built.telemetry.show_jobs(made.tally)
    watches = [
        made.sender.watch(settings.jobs_poll_s),
        made.tally.watch(SqlBacklog(made.database)),
    ]
    if settings.jobs_share_percent:
        watches.append(made.runner.watch())
    watching = [asyncio.create_task(each) for each in watches]
    try:
        yield made.state
    finally:
        for task in watching:
            task.cancel()
        await asyncio.gather(*watching, return_exceptions=True)
        made.database.close()


def build_jobs(settings: Settings, built: Built) -> Jobs:
    """Make every concrete object of jobs and webhooks (blocking)."""
    clock, secret = SystemClock(), open_secret(settings)
    database = JobsDatabase(jobs_url(settings))
    webhook_store = SqlWebhookStore(database)
    secrets = SealedSecrets(derive(secret, "webhooks"))
    post = CheckedPost(read_networks(settings.webhook_networks))
    draw, tally = random.SystemRandom().random, Tally()
    sender = WebhookSender(webhook_store, secrets, post, clock, draw, tally=tally)
    store = SqlJobStore(database, keep=timedelta(days=settings.jobs_keep_days))
    runner = JobRunner(
        store,
        ChunkScorer(built.state["batch"], built.workers, problem_bytes),
        clock,
        pace=Pace(share=max(1, settings.jobs_share_percent) / 100, poll_s=settings.jobs_poll_s),
        ended=sender.wake,
        tally=tally,
    )
    largest = settings.max_job_body_mib * 1024 * 1024
    service = JobService(
        store,
        runner,
        ChildParquet(Limits(settings.max_job_entries, UNPACKED * largest)),
        FileSpool(settings.data_dir / SPOOL_FOLDER),
        clock,
        limits=JobLimits(settings.max_job_entries, settings.max_body_kib * 1024),
        max_open=settings.max_open_jobs,
        new_id=new_decision_id,
    )
    tools = WebhookTools(secrets, post, new_decision_id)
    webhooks = WebhookService(webhook_store, tools, clock, sender.wake)
    return Jobs(database, JobsState(jobs=service, webhooks=webhooks), runner, sender, tally)


def jobs_url(settings: Settings) -> str:
    """Return where jobs are kept: the ledger's PostgreSQL, or a SQLite file of their own.

    Never the ledger's SQLite file: that is written on one connection alone.
    """
    if settings.database_url is not None and settings.is_ledger_shared:
        return settings.database_url.get_secret_value()
    return f"sqlite:///{settings.data_dir.resolve() / JOBS_FILE}"
