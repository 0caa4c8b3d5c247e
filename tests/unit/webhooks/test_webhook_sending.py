"""What is due is tried until it is taken or given up; nothing is lost on the way."""

import asyncio
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from app.core.refusals import JobsUnavailable
from app.core.webhooks import (
    RETRY_AFTER_S,
    Delivery,
    DeliveryQuery,
    DeliveryState,
    Sent,
    Webhook,
)
from app.services.jobs_backlog import Tally
from app.services.webhooks_sending import KEPT_FOR, WebhookSender
from tests.desks import run, until
from tests.fakes import HandClock
from tests.job_records import Stores, webhook


class PlainSecrets:
    """Signs with the number of secrets; fails where told."""

    def __init__(self) -> None:
        self.fails = False

    def make(self, webhook_id: str) -> tuple[str, bytes]:
        return "whsec_", webhook_id.encode()

    def sign(self, webhook: Webhook, delivery: Delivery, at: datetime) -> Mapping[str, str]:
        if self.fails:
            raise JobsUnavailable("sealed under another key")
        return {"webhook-id": delivery.delivery_id, "signatures": str(len(webhook.sealed))}


@dataclass
class Endpoint:
    """A way out that answers what it is told to."""

    answers: list[Sent] = field(default_factory=list)
    got: list[tuple[str, Mapping[str, str], bytes]] = field(default_factory=list)

    async def may_call(self, url: str) -> bool:
        return True

    async def post(self, url: str, headers: Mapping[str, str], body: bytes) -> Sent:
        self.got.append((url, headers, body))
        return self.answers.pop(0) if self.answers else Sent(204)


@dataclass
class Post:
    """A sender over a real store, with one endpoint and one delivery."""

    kept: Stores
    clock: HandClock = field(default_factory=HandClock)
    endpoint: Endpoint = field(default_factory=Endpoint)
    secrets: PlainSecrets = field(default_factory=PlainSecrets)
    tally: Tally = field(default_factory=Tally)

    def __post_init__(self) -> None:
        self.kept.webhooks.add(webhook(), 5)
        self.kept.finish("J1")
        self.sender = WebhookSender(
            self.kept.webhooks,
            self.secrets,
            self.endpoint,
            self.clock,
            lambda: 0.5,
            tally=self.tally,
        )

    def send(self) -> int:
        sent: int = run(self.sender.send_due())
        return sent

    @property
    def letter(self) -> Delivery:
        (found,) = self.kept.webhooks.deliveries("acme", DeliveryQuery(webhook_id="W1"))
        return found


@pytest.fixture
def post(tmp_path: Path) -> Iterator[Post]:
    made = Post(Stores.in_folder(tmp_path))
    yield made
    made.kept.database.close()


def test_a_delivery_is_sent_once_and_taken(post: Post) -> None:
    assert post.send() == 1
    (url, headers, body) = post.endpoint.got[0]
    assert (url, body) == ("https://hooks.example.com/", post.letter.payload)
    assert headers["webhook-id"] == post.letter.delivery_id
    assert (post.letter.state, post.letter.last_status) == (DeliveryState.DELIVERED, 204)
    assert post.tally.attempts == {"delivered": 1}
    assert post.send() == 0


def test_it_is_tried_again_with_growing_delays_and_given_up(post: Post) -> None:
    post.endpoint.answers = [Sent(503), Sent(error="no connection")] * 10
    tried = 0
    for wait_s in (*RETRY_AFTER_S, 0):
        assert post.send() == 1
        tried += 1
        assert post.send() == 0
        post.clock.move(seconds=wait_s)
    assert tried == len(post.endpoint.got) == 10
    assert (post.letter.state, post.letter.attempts) == (DeliveryState.DEAD, 10)
    assert post.letter.last_error == "no connection"
    assert post.tally.attempts == {"failed": 9, "dead": 1}
    post.clock.move(days=9)
    assert post.send() == 0
    assert len({headers["webhook-id"] for _, headers, _ in post.endpoint.got}) == 1


def test_a_redirect_is_not_followed_but_tried_again(post: Post) -> None:
    post.endpoint.answers = [Sent(302)]
    post.send()
    assert (post.letter.state, post.letter.last_status) == (DeliveryState.PENDING, 302)


def test_an_endpoint_that_is_gone_is_told_no_more(post: Post) -> None:
    post.endpoint.answers = [Sent(410)]
    post.send()
    assert post.letter.state is DeliveryState.DEAD
    found = post.kept.webhooks.find("acme", "W1")
    assert found is not None
    assert found.disabled_at == post.clock.now()
    post.kept.webhooks.redeliver("acme", "W1", post.letter.delivery_id, post.clock.now())
    post.send()
    assert len(post.endpoint.got) == 1
    assert post.letter.state is DeliveryState.DEAD


def test_a_secret_that_cannot_be_opened_is_said_of_the_delivery(post: Post) -> None:
    post.secrets.fails = True
    post.send()
    assert post.letter.last_error == "sealed under another key"
    assert post.endpoint.got == []


def _watched(post: Post, holds: Callable[[], bool], every_s: float = 0.01) -> None:
    async def watch() -> None:
        task = asyncio.create_task(post.sender.watch(every_s))
        await until(holds)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    run(watch())


def test_whoever_waits_is_woken(post: Post) -> None:
    async def woken() -> None:
        task = asyncio.create_task(post.sender.watch(600))
        await until(lambda: post.letter.state is DeliveryState.DELIVERED)
        await asyncio.sleep(0.05)
        post.kept.finish("J2")
        post.sender.wake()
        await until(lambda: len(post.endpoint.got) == 2)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    run(woken())


class FailsFirst(Endpoint):
    """An endpoint whose first two calls fail as nothing should."""

    def __init__(self, *errors: Exception) -> None:
        super().__init__()
        self._errors = list(errors)

    async def post(self, url: str, headers: Mapping[str, str], body: bytes) -> Sent:
        if self._errors:
            raise self._errors.pop(0)
        return await super().post(url, headers, body)


def test_whatever_fails_is_tried_again_when_its_time_comes(tmp_path: Path) -> None:
    endpoint = FailsFirst(ValueError("odd"), JobsUnavailable("down"))
    post = Post(Stores.in_folder(tmp_path), endpoint=endpoint)

    def moves_on() -> bool:
        post.clock.move(seconds=61)
        return post.letter.state is DeliveryState.DELIVERED

    _watched(post, moves_on)
    assert post.letter.attempts >= 3
    post.kept.database.close()


def test_old_deliveries_are_forgotten(post: Post) -> None:
    post.send()
    post.clock.move(seconds=(KEPT_FOR + timedelta(hours=1)).total_seconds())

    def is_forgotten() -> bool:
        return not post.kept.webhooks.deliveries("acme", DeliveryQuery(webhook_id="W1"))

    _watched(post, is_forgotten)
