"""Endpoints that are told when a job ends: made, shown, given new secrets, removed."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.core.canonical import canonical_json
from app.core.errors import NotFound
from app.core.webhooks import (
    Delivery,
    DeliveryQuery,
    Webhook,
    delivery_document,
    invalid,
    read_webhook,
    webhook_document,
)
from app.services.callers import Caller
from app.services.ports import Clock
from app.services.webhooks_ports import WebhookPost, WebhookSecrets, WebhookStore

MAX_WEBHOOKS = 5  # endpoints a tenant; docs/webhooks.md
MAX_DELIVERIES = 200  # a page; docs/api.md
OLD_SECRET_FOR = timedelta(hours=24)  # both sign for so long after a rotation


@dataclass(frozen=True, slots=True)
class WebhookTools:
    """What endpoints are made and called with."""

    secrets: WebhookSecrets
    post: WebhookPost
    new_id: Callable[[datetime], str]


class WebhookService:
    """The use cases behind /v1/webhooks."""

    def __init__(
        self, store: WebhookStore, tools: WebhookTools, clock: Clock, wake: Callable[[], None]
    ) -> None:
        """Keep endpoints in `store`; `wake` is called when something is to be sent at once."""
        self._store = store
        self._tools = tools
        self._clock = clock
        self._wake = wake

    async def add(self, caller: Caller, document: object) -> tuple[Webhook, bytes]:
        """Make an endpoint and return it, and its document with the secret, shown this once.

        Raises InvalidWebhook, QuotaExceeded and JobsUnavailable.
        """
        url = read_webhook(document)
        if not await self._tools.post.may_call(url):
            # the same words for a name that is not there: nothing is told of names inside
            message = "wanted a host all of whose addresses are public"
            raise invalid("/url", "address_not_allowed", message)
        now = self._clock.now()
        webhook_id = self._tools.new_id(now)
        secret, sealed = self._tools.secrets.make(webhook_id)
        webhook = Webhook(
            webhook_id=webhook_id,
            tenant=caller.tenant,
            url=url,
            created_at=now,
            created_by=caller.key_id,
            sealed=(sealed,),
        )
        await asyncio.to_thread(self._store.add, webhook, MAX_WEBHOOKS)
        return webhook, canonical_json({**webhook_document(webhook), "secret": secret})

    async def list(self, tenant: str) -> bytes:
        """Return the tenant's endpoints, oldest first, without their secrets."""
        found = await asyncio.to_thread(self._store.list, tenant)
        return canonical_json({"webhooks": [webhook_document(each) for each in found]})

    async def remove(self, tenant: str, webhook_id: str) -> None:
        """Forget an endpoint; what waits for it is given up. Raises NotFound."""
        if not await asyncio.to_thread(self._store.remove, tenant, webhook_id):
            raise _not_found()

    async def rotate(self, tenant: str, webhook_id: str) -> bytes:
        """Return the endpoint with a new secret; the one before signs too for a day.

        A disabled endpoint is enabled by it. Raises NotFound.
        """
        secret, sealed = self._tools.secrets.make(webhook_id)
        until = self._clock.now() + OLD_SECRET_FOR
        found = await asyncio.to_thread(self._store.rotate, tenant, webhook_id, sealed, until)
        if found is None:
            raise _not_found()
        return canonical_json({**webhook_document(found), "secret": secret})

    async def deliveries(self, tenant: str, query: DeliveryQuery) -> bytes:
        """Return a page of an endpoint's deliveries, newest first. Raises NotFound."""
        if await asyncio.to_thread(self._store.find, tenant, query.webhook_id) is None:
            raise _not_found()
        found = await asyncio.to_thread(self._store.deliveries, tenant, query)
        more = found[-1].delivery_id if len(found) == query.limit else None
        shown = [delivery_document(each) for each in found]
        return canonical_json({"deliveries": shown, "next": more})

    async def redeliver(self, tenant: str, webhook_id: str, delivery_id: str) -> Delivery:
        """Send a delivery again, dead ones too, with its own id. Raises NotFound."""
        now = self._clock.now()
        found = await asyncio.to_thread(self._store.redeliver, tenant, webhook_id, delivery_id, now)
        if found is None:
            raise NotFound("No delivery of that id is yours.")
        self._wake()
        return found


def _not_found() -> NotFound:
    return NotFound("No webhook of that id is yours.")
