"""Jobs with their entries and results in chunks, endpoints to tell, and what they were told."""

import sqlalchemy as sa
from alembic import op

revision = "jobs_0001"
down_revision = None
branch_labels = None
depends_on = None

_BIG = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Make the tables and their indexes."""
    time = sa.DateTime(timezone=True)
    op.create_table(
        "jobs",
        sa.Column("job_id", sa.String, primary_key=True),
        sa.Column("tenant", sa.String, nullable=False),
        sa.Column("submitted_by", sa.String, nullable=False),
        sa.Column("idempotency_key", sa.String),
        sa.Column("body_digest", sa.String, nullable=False),
        sa.Column("explain", sa.String, nullable=False),
        sa.Column("form", sa.String, nullable=False),
        sa.Column("entries", sa.Integer, nullable=False),
        sa.Column("state", sa.String, nullable=False),
        sa.Column("scored", sa.Integer, nullable=False),
        sa.Column("refused", sa.Integer, nullable=False),
        sa.Column("created_at", time, nullable=False),
        sa.Column("started_at", time),
        sa.Column("finished_at", time),
        sa.Column("expires_at", time),
        sa.Column("problem", sa.String),
        sa.Column("epoch", _BIG, nullable=False),
        sa.Column("leased_until", time),
        sa.Column("served_at", time),
        sa.Column("stalls", sa.Integer, nullable=False),
        sa.UniqueConstraint("tenant", "idempotency_key", name="jobs_idempotency"),
    )
    op.create_index("jobs_tenant", "jobs", ["tenant", "job_id"])
    op.create_index("jobs_state", "jobs", ["state", "tenant"])
    op.create_index("jobs_expires", "jobs", ["expires_at"])
    op.create_table(
        "job_chunks",
        sa.Column("job_id", sa.String, sa.ForeignKey("jobs.job_id"), primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("first", sa.Integer, nullable=False),
        sa.Column("size", sa.Integer, nullable=False),
        sa.Column("lines", sa.LargeBinary),
        sa.Column("results", sa.LargeBinary),
    )
    op.create_table(
        "webhooks",
        sa.Column("webhook_id", sa.String, primary_key=True),
        sa.Column("tenant", sa.String, nullable=False),
        sa.Column("url", sa.String, nullable=False),
        sa.Column("created_at", time, nullable=False),
        sa.Column("created_by", sa.String, nullable=False),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
        sa.Column("sealed_before", sa.LargeBinary),
        sa.Column("before_until", time),
        sa.Column("disabled_at", time),
    )
    op.create_index("webhooks_tenant", "webhooks", ["tenant", "webhook_id"])
    op.create_table(
        "deliveries",
        sa.Column("delivery_id", sa.String, primary_key=True),
        sa.Column("webhook_id", sa.String, nullable=False),
        sa.Column("tenant", sa.String, nullable=False),
        sa.Column("event", sa.String, nullable=False),
        sa.Column("payload", sa.LargeBinary, nullable=False),
        sa.Column("created_at", time, nullable=False),
        sa.Column("state", sa.String, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("due_at", time),
        sa.Column("last_status", sa.Integer),
        sa.Column("last_error", sa.String),
    )
    op.create_index("deliveries_webhook", "deliveries", ["tenant", "webhook_id", "delivery_id"])
    op.create_index("deliveries_due", "deliveries", ["state", "due_at"])
    op.create_index("deliveries_created", "deliveries", ["created_at"])
