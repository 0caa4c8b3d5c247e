"""The tables of jobs and webhooks as the code uses them; migrations/jobs makes them.

jobs        one row a job, changed in place; `epoch` fences workers, `stalls` counts lost leases
job_chunks  its entries until they are scored, then their results, compressed
webhooks    endpoints with their sealed secrets; the one before serves for a while after a change
deliveries  one event to one endpoint; written with the end of the job it tells of
"""

from sqlalchemy import Column, ForeignKey, Index, Integer, LargeBinary, MetaData, String, Table
from sqlalchemy import UniqueConstraint as Unique

from app.adapters.ledger_schema import BIG, UtcTime

jobs_metadata = MetaData()

jobs = Table(
    "jobs",
    jobs_metadata,
    Column("job_id", String, primary_key=True),
    Column("tenant", String, nullable=False),
    Column("submitted_by", String, nullable=False),
    Column("idempotency_key", String),
    Column("body_digest", String, nullable=False),
    Column("explain", String, nullable=False),
    Column("form", String, nullable=False),
    Column("entries", Integer, nullable=False),
    Column("state", String, nullable=False),
    Column("scored", Integer, nullable=False),
    Column("refused", Integer, nullable=False),
    Column("created_at", UtcTime, nullable=False),
    Column("started_at", UtcTime),
    Column("finished_at", UtcTime),
    Column("expires_at", UtcTime),
    Column("problem", String),
    Column("epoch", BIG, nullable=False),
    Column("leased_until", UtcTime),
    Column("served_at", UtcTime),
    Column("stalls", Integer, nullable=False),
    Unique("tenant", "idempotency_key", name="jobs_idempotency"),
)
Index("jobs_tenant", jobs.c.tenant, jobs.c.job_id)
Index("jobs_state", jobs.c.state, jobs.c.tenant)
Index("jobs_expires", jobs.c.expires_at)

job_chunks = Table(
    "job_chunks",
    jobs_metadata,
    Column("job_id", String, ForeignKey("jobs.job_id"), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("first", Integer, nullable=False),
    Column("size", Integer, nullable=False),
    Column("lines", LargeBinary),
    Column("results", LargeBinary),
)

webhooks = Table(
    "webhooks",
    jobs_metadata,
    Column("webhook_id", String, primary_key=True),
    Column("tenant", String, nullable=False),
    Column("url", String, nullable=False),
    Column("created_at", UtcTime, nullable=False),
    Column("created_by", String, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    Column("sealed_before", LargeBinary),
    Column("before_until", UtcTime),
    Column("disabled_at", UtcTime),
)
Index("webhooks_tenant", webhooks.c.tenant, webhooks.c.webhook_id)

deliveries = Table(
    "deliveries",
    jobs_metadata,
    Column("delivery_id", String, primary_key=True),
    Column("webhook_id", String, nullable=False),
    Column("tenant", String, nullable=False),
    Column("event", String, nullable=False),
    Column("payload", LargeBinary, nullable=False),
    Column("created_at", UtcTime, nullable=False),
    Column("state", String, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("due_at", UtcTime),
    Column("last_status", Integer),
    Column("last_error", String),
)
Index("deliveries_webhook", deliveries.c.tenant, deliveries.c.webhook_id, deliveries.c.delivery_id)
Index("deliveries_due", deliveries.c.state, deliveries.c.due_at)
Index("deliveries_created", deliveries.c.created_at)
