"""What webhooks need from outside; adapters satisfy these Protocols by shape."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from app.core.webhooks import Delivery, DeliveryQuery, Sent, Webhook


class WebhookStore(Protocol):
    """Where endpoints and deliveries are kept; every method blocks, failures: JobsUnavailable."""

    def add(self, webhook: Webhook, max_webhooks: int) -> None:
        """Keep a new endpoint; QuotaExceeded where the tenant has `max_webhooks`."""
        ...

    def find(self, tenant: str, webhook_id: str) -> Webhook | None:
        """Return the tenant's own endpoint, or None."""
        ...

    def list(self, tenant: str) -> list[Webhook]:
        """Return the tenant's endpoints, oldest first."""
        ...

    def remove(self, tenant: str, webhook_id: str) -> bool:
        """Forget an endpoint and give up what waits for it; False if there is none."""
        ...

    def rotate(
        self, tenant: str, webhook_id: str, sealed: bytes, before_until: datetime
    ) -> Webhook | None:
        """Give an endpoint a new secret, the one before serving until then; None if not there.

        A disabled endpoint is enabled by it.
        """
        ...

    def deliveries(self, tenant: str, query: DeliveryQuery) -> Sequence[Delivery]:
        """Return the tenant's deliveries that are asked for, newest first."""
        ...

    def redeliver(
        self, tenant: str, webhook_id: str, delivery_id: str, now: datetime
    ) -> Delivery | None:
        """Make a delivery due again, from its first attempt; None if there is none."""
        ...

    def take_due(
        self, now: datetime, until: datetime, limit: int
    ) -> Sequence[tuple[Delivery, Webhook | None]]:
        """Return deliveries that are due, counted as tried, and nobody else's until then."""
        ...

    def note(self, delivery: Delivery) -> None:
        """Keep what came of an attempt, unless the delivery was taken anew meanwhile."""
        ...

    def disable(self, webhook_id: str, now: datetime) -> None:
        """Send no more to an endpoint."""
        ...

    def forget(self, before: datetime) -> int:
        """Remove final deliveries made before then; return how many."""
        ...


class WebhookSecrets(Protocol):
    """Secrets of endpoints, kept encrypted."""

    def make(self, webhook_id: str) -> tuple[str, bytes]:
        """Return a new secret as it is shown once, whsec_..., and sealed."""
        ...

    def sign(self, webhook: Webhook, delivery: Delivery, at: datetime) -> Mapping[str, str]:
        """Return the headers of Standard Webhooks for one attempt."""
        ...


class WebhookPost(Protocol):
    """The way out; whatever happens is a `Sent`, nothing is raised."""

    async def may_call(self, url: str) -> bool:
        """Say whether all addresses of the URL's host may be called now."""
        ...

    async def post(self, url: str, headers: Mapping[str, str], body: bytes) -> Sent:
        """Send one POST and return its status; no redirect is followed."""
        ...
