"""Send what is due: signed, tried again with growing delays, given up in the end, never lost."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from time import monotonic

import structlog

from app.core.errors import ServiceUnavailable
from app.core.refusals import JobsUnavailable
from app.core.webhooks import Delivery, DeliveryState, Sent, Webhook, delay_s
from app.services.jobs_backlog import Tally
from app.services.ports import Clock
from app.services.webhooks_ports import WebhookPost, WebhookSecrets, WebhookStore

AT_ONCE = 8  # deliveries under way in one process
TAKEN_FOR = timedelta(seconds=60)  # well above what one attempt may last
KEPT_FOR = timedelta(days=30)  # final deliveries
FORGET_EVERY_S = 3600.0
FAILED = "failed"  # an attempt that is made again

log = structlog.get_logger(__name__)


class WebhookSender:
    """Takes due deliveries, sends them, and notes what came of it."""

    def __init__(  # noqa: PLR0913 - its collaborators
        self,
        store: WebhookStore,
        secrets: WebhookSecrets,
        post: WebhookPost,
        clock: Clock,
        draw: Callable[[], float],
        *,
        tally: Tally | None = None,
    ) -> None:
        """Send by `post`; `draw` gives numbers in [0, 1) that spread the attempts."""
        self._store = store
        self._secrets = secrets
        self._post = post
        self._clock = clock
        self._draw = draw
        self._tally = tally or Tally()
        self._wanted = asyncio.Event()
        self._forgot_at = float("-inf")

    def wake(self) -> None:
        """Look for deliveries now."""
        self._wanted.set()

    async def watch(self, every_s: float) -> None:
        """Send for ever, looking every `every_s` and when woken."""
        while True:
            try:
                sent = await self.send_due()
                await self._forget()
            except ServiceUnavailable as error:
                log.warning("webhooks_wait", code=error.code, detail=error.detail)
                sent = 0
            except Exception as error:  # noqa: BLE001  # outermost: the next one may be a good one
                log.error("webhooks_failed", error=type(error).__name__)  # noqa: TRY400 - no trace: it may show a secret
                sent = 0
            if not sent:
                await self._wait(every_s)

    async def send_due(self) -> int:
        """Try some of what is due, all at once, and return how many."""
        self._wanted.clear()
        now = self._clock.now()
        due = await asyncio.to_thread(self._store.take_due, now, now + TAKEN_FOR, AT_ONCE)
        await asyncio.gather(*(self._send(*each) for each in due))
        return len(due)

    async def _send(self, delivery: Delivery, webhook: Webhook | None) -> None:
        now = self._clock.now()
        if webhook is None or webhook.disabled_at is not None:
            ended = replace(delivery, state=DeliveryState.DEAD, due_at=None, last_error=_OFF)
            self._tally.tried(DeliveryState.DEAD)
            await asyncio.to_thread(self._store.note, ended)
            return
        sent = await self._try(webhook, delivery, now)
        if sent.is_gone:
            await asyncio.to_thread(self._store.disable, webhook.webhook_id, now)
        noted = self._outcome(delivery, sent, now)
        is_final = noted.state is not DeliveryState.PENDING
        self._tally.tried(noted.state if is_final else FAILED)
        log.info(
            "webhook_tried",
            delivery_id=delivery.delivery_id,
            state=noted.state,
            attempts=delivery.attempts,
            status=sent.status,
        )
        await asyncio.to_thread(self._store.note, noted)

    async def _try(self, webhook: Webhook, delivery: Delivery, now: datetime) -> Sent:
        try:
            headers = self._secrets.sign(webhook, delivery, now)
        except JobsUnavailable as error:
            return Sent(error=error.detail)
        return await self._post.post(webhook.url, headers, delivery.payload)

    def _outcome(self, delivery: Delivery, sent: Sent, now: datetime) -> Delivery:
        told = replace(delivery, last_status=sent.status, last_error=sent.error)
        if sent.is_taken:
            return replace(told, state=DeliveryState.DELIVERED, due_at=None)
        delay = None if sent.is_gone else delay_s(delivery.attempts, self._draw())
        if delay is None:
            return replace(told, state=DeliveryState.DEAD, due_at=None)
        return replace(told, due_at=now + timedelta(seconds=delay))

    async def _wait(self, every_s: float) -> None:
        try:
            await asyncio.wait_for(self._wanted.wait(), every_s)
        except TimeoutError:
            return

    async def _forget(self) -> None:
        if monotonic() - self._forgot_at >= FORGET_EVERY_S:
            self._forgot_at = monotonic()
            await asyncio.to_thread(self._store.forget, self._clock.now() - KEPT_FOR)


_OFF = "the webhook was removed or disabled"
