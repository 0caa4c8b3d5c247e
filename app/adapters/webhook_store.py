"""Endpoints and deliveries, in the database of jobs."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import (
    Connection,
    RowMapping,
    delete,
    func,
    insert,
    select,
    update,
)

from app.adapters.jobs_database import JobsDatabase
from app.adapters.jobs_schema import deliveries, webhooks
from app.core.refusals import QuotaExceeded
from app.core.webhooks import Delivery, DeliveryQuery, DeliveryState, Webhook

_REMOVED = "the webhook was removed"


class SqlWebhookStore:
    """The port WebhookStore over `database`; every method blocks, failures: JobsUnavailable."""

    def __init__(self, database: JobsDatabase) -> None:
        """Keep endpoints and deliveries in `database`."""
        self._database = database

    def add(self, webhook: Webhook, max_webhooks: int) -> None:
        """Keep a new endpoint; QuotaExceeded where the tenant has `max_webhooks`."""
        row = {
            "webhook_id": webhook.webhook_id,
            "tenant": webhook.tenant,
            "url": webhook.url,
            "created_at": webhook.created_at,
            "created_by": webhook.created_by,
            "sealed": webhook.sealed[0],
        }
        query = select(func.count()).select_from(webhooks)
        with self._database.writing(webhook.tenant) as connection:
            mine = query.where(webhooks.c.tenant == webhook.tenant)
            if (connection.scalar(mine) or 0) >= max_webhooks:
                raise QuotaExceeded(f"found {max_webhooks} webhooks of yours: remove one first.")
            connection.execute(insert(webhooks), row)

    def find(self, tenant: str, webhook_id: str) -> Webhook | None:
        """Return the tenant's own endpoint, or None."""
        with self._database.reading() as connection:
            return _find(connection, tenant, webhook_id)

    def list(self, tenant: str) -> list[Webhook]:
        """Return the tenant's endpoints, oldest first."""
        query = select(webhooks).where(webhooks.c.tenant == tenant)
        query = query.order_by(webhooks.c.webhook_id)
        with self._database.reading() as connection:
            return [_webhook(row) for row in connection.execute(query).mappings()]

    def remove(self, tenant: str, webhook_id: str) -> bool:
        """Forget an endpoint and give up what waits for it; False if there is none."""
        mine = (webhooks.c.tenant == tenant, webhooks.c.webhook_id == webhook_id)
        waiting = update(deliveries).where(
            deliveries.c.tenant == tenant,
            deliveries.c.webhook_id == webhook_id,
            deliveries.c.state == DeliveryState.PENDING.value,
        )
        dead = {"state": DeliveryState.DEAD.value, "due_at": None, "last_error": _REMOVED}
        with self._database.writing() as connection:
            if not connection.execute(delete(webhooks).where(*mine)).rowcount:
                return False
            connection.execute(waiting.values(dead))
            return True

    def rotate(
        self, tenant: str, webhook_id: str, sealed: bytes, before_until: datetime
    ) -> Webhook | None:
        """Give an endpoint a new secret, the one before serving until then; None if not there.

        A disabled endpoint is enabled by it.
        """
        changed = (
            update(webhooks)
            .where(webhooks.c.tenant == tenant, webhooks.c.webhook_id == webhook_id)
            .values(
                sealed_before=webhooks.c.sealed,
                sealed=sealed,
                before_until=before_until,
                disabled_at=None,
            )
        )
        with self._database.writing() as connection:
            connection.execute(changed)
            return _find(connection, tenant, webhook_id)

    def deliveries(self, tenant: str, query: DeliveryQuery) -> Sequence[Delivery]:
        """Return the tenant's deliveries that are asked for, newest first."""
        columns = deliveries.c
        wanted = select(deliveries).where(
            columns.tenant == tenant, columns.webhook_id == query.webhook_id
        )
        if query.state is not None:
            wanted = wanted.where(columns.state == query.state.value)
        if query.before is not None:
            wanted = wanted.where(columns.delivery_id < query.before)
        wanted = wanted.order_by(columns.delivery_id.desc()).limit(query.limit)
        with self._database.reading() as connection:
            return [_delivery(row) for row in connection.execute(wanted).mappings()]

    def redeliver(
        self, tenant: str, webhook_id: str, delivery_id: str, now: datetime
    ) -> Delivery | None:
        """Make a delivery due again, from its first attempt; None if there is none."""
        mine = (
            deliveries.c.tenant == tenant,
            deliveries.c.webhook_id == webhook_id,
            deliveries.c.delivery_id == delivery_id,
        )
        again = {"state": DeliveryState.PENDING.value, "attempts": 0, "due_at": now}
        with self._database.writing() as connection:
            connection.execute(update(deliveries).where(*mine).values(again))
            row = connection.execute(select(deliveries).where(*mine)).mappings().first()
        return None if row is None else _delivery(row)

    def take_due(
        self, now: datetime, until: datetime, limit: int
    ) -> Sequence[tuple[Delivery, Webhook | None]]:
        """Return deliveries that are due, counted as tried, and nobody else's until then."""
        columns = deliveries.c
        due = (
            select(deliveries)
            .where(columns.state == DeliveryState.PENDING.value, columns.due_at <= now)
            .order_by(columns.due_at)
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
        with self._database.reading() as connection:  # most of the time nothing is due
            if connection.execute(due.with_only_columns(columns.delivery_id)).first() is None:
                return []
        with self._database.writing() as connection:
            ids = connection.scalars(due.with_only_columns(columns.delivery_id)).all()
            taken = columns.delivery_id.in_(ids)
            held = {"due_at": until, "attempts": columns.attempts + 1}
            connection.execute(update(deliveries).where(taken).values(held))
            rows = connection.execute(select(deliveries).where(taken)).mappings().all()
            found = [_delivery(row) for row in rows]
            return [(each, _live(connection, each, now)) for each in found]

    def note(self, delivery: Delivery) -> None:
        """Keep what came of an attempt, unless the delivery was taken anew meanwhile."""
        noted = (
            update(deliveries)
            .where(
                deliveries.c.delivery_id == delivery.delivery_id,
                deliveries.c.attempts == delivery.attempts,
                deliveries.c.state == DeliveryState.PENDING.value,
            )
            .values(
                state=delivery.state.value,
                due_at=delivery.due_at,
                last_status=delivery.last_status,
                last_error=delivery.last_error,
            )
        )
        with self._database.writing() as connection:
            connection.execute(noted)

    def disable(self, webhook_id: str, now: datetime) -> None:
        """Send no more to an endpoint."""
        off = update(webhooks).where(webhooks.c.webhook_id == webhook_id)
        with self._database.writing() as connection:
            connection.execute(off.values(disabled_at=now))

    def forget(self, before: datetime) -> int:
        """Remove final deliveries made before then; return how many."""
        old = delete(deliveries).where(
            deliveries.c.created_at < before,
            deliveries.c.state != DeliveryState.PENDING.value,
        )
        with self._database.writing() as connection:
            return connection.execute(old).rowcount


def _find(connection: Connection, tenant: str, webhook_id: str) -> Webhook | None:
    query = select(webhooks).where(webhooks.c.tenant == tenant, webhooks.c.webhook_id == webhook_id)
    row = connection.execute(query).mappings().first()
    return None if row is None else _webhook(row)


def _live(connection: Connection, delivery: Delivery, now: datetime) -> Webhook | None:
    """Return the endpoint of a delivery with the secrets that sign now."""
    query = select(webhooks).where(webhooks.c.webhook_id == delivery.webhook_id)
    row = connection.execute(query).mappings().first()
    if row is None:
        return None
    before = row["sealed_before"]
    serves = before is not None and now < row["before_until"]
    return _webhook(row, (before,) if serves else ())


def _webhook(row: RowMapping, before: tuple[bytes, ...] = ()) -> Webhook:
    return Webhook(
        webhook_id=row["webhook_id"],
        tenant=row["tenant"],
        url=row["url"],
        created_at=row["created_at"],
        created_by=row["created_by"],
        sealed=(row["sealed"], *before),
        disabled_at=row["disabled_at"],
    )


def _delivery(row: RowMapping) -> Delivery:
    fields = {name: row[name] for name in Delivery.__dataclass_fields__}
    return Delivery(**{**fields, "state": DeliveryState(row["state"])})
