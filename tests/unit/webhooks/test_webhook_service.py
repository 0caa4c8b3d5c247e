"""Endpoints are checked before they are kept, and their secret is shown once."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import orjson
import pytest

from app.core.errors import NotFound
from app.core.refusals import InvalidWebhook, QuotaExceeded
from app.core.webhooks import Delivery, DeliveryQuery, DeliveryState, Sent, Webhook
from app.services.webhooks import MAX_WEBHOOKS, WebhookService, WebhookTools
from tests.desks import CALLER, TENANT, run
from tests.fakes import NOW, CountedIds, HandClock
from tests.job_records import TERM, Stores

URL = {"url": "https://hooks.example.com/"}


class CountedSecrets:
    """Secrets in order: whsec_1, whsec_2, ..."""

    def __init__(self) -> None:
        self.made = 0

    def make(self, webhook_id: str) -> tuple[str, bytes]:
        self.made += 1
        return f"whsec_{self.made}", f"{webhook_id} {self.made}".encode()

    def sign(self, webhook: Webhook, delivery: Delivery, at: datetime) -> Mapping[str, str]:
        return {"webhook-id": delivery.delivery_id}


class HandPost:
    """A way out where everything may be called, but hosts that begin with private."""

    async def may_call(self, url: str) -> bool:
        return "private" not in url

    async def post(self, url: str, headers: Mapping[str, str], body: bytes) -> Sent:
        return Sent(204)


@dataclass
class Desk:
    """The use cases over a real store."""

    kept: Stores
    woken: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        tools = WebhookTools(CountedSecrets(), HandPost(), CountedIds())
        self.service = WebhookService(
            self.kept.webhooks, tools, HandClock(), lambda: self.woken.append(1)
        )

    def add(self) -> str:
        webhook: Webhook = run(self.service.add(CALLER, URL))[0]
        return webhook.webhook_id

    def dead_letter(self, webhook_id: str) -> str:
        """The id of a delivery that was given up."""
        self.kept.finish("J1")
        ((taken, _),) = self.kept.webhooks.take_due(NOW, NOW + TERM, 1)
        self.kept.webhooks.note(
            Delivery(
                **{name: getattr(taken, name) for name in Delivery.__dataclass_fields__}
                | {"state": DeliveryState.DEAD, "due_at": None}
            )
        )
        return taken.delivery_id


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = Desk(Stores.in_folder(tmp_path))
    yield made
    made.kept.database.close()


def test_the_secret_is_shown_when_it_is_made_and_never_again(desk: Desk) -> None:
    webhook, body = run(desk.service.add(CALLER, URL))
    assert orjson.loads(body)["secret"] == "whsec_1"
    (listed,) = orjson.loads(run(desk.service.list(TENANT)))["webhooks"]
    assert listed == {k: v for k, v in orjson.loads(body).items() if k != "secret"}
    assert listed["webhook_id"] == webhook.webhook_id
    assert "sealed" not in repr(webhook)


def test_a_host_that_may_not_be_called_is_refused(desk: Desk) -> None:
    with pytest.raises(InvalidWebhook) as refused:
        run(desk.service.add(CALLER, {"url": "https://private.example.com"}))
    assert refused.value.problems[0].code == "address_not_allowed"
    assert orjson.loads(run(desk.service.list(TENANT))) == {"webhooks": []}


def test_a_tenant_has_so_many_endpoints(desk: Desk) -> None:
    for _ in range(MAX_WEBHOOKS):
        desk.add()
    with pytest.raises(QuotaExceeded):
        desk.add()


def test_a_new_secret_takes_the_place_of_the_old(desk: Desk) -> None:
    webhook_id = desk.add()
    assert orjson.loads(run(desk.service.rotate(TENANT, webhook_id)))["secret"] == "whsec_2"


def test_an_endpoint_is_its_tenants_alone(desk: Desk) -> None:
    webhook_id = desk.add()
    letter = desk.dead_letter(webhook_id)
    for asked in (
        desk.service.rotate("other", webhook_id),
        desk.service.remove("other", webhook_id),
        desk.service.deliveries("other", DeliveryQuery(webhook_id=webhook_id)),
        desk.service.redeliver("other", webhook_id, letter),
    ):
        with pytest.raises(NotFound):
            run(asked)
    run(desk.service.remove(TENANT, webhook_id))
    with pytest.raises(NotFound):
        run(desk.service.remove(TENANT, webhook_id))


def test_a_dead_letter_is_found_and_sent_again(desk: Desk) -> None:
    webhook_id = desk.add()
    letter = desk.dead_letter(webhook_id)
    query = DeliveryQuery(webhook_id=webhook_id, state=DeliveryState.DEAD, limit=1)
    page = orjson.loads(run(desk.service.deliveries(TENANT, query)))
    assert [each["delivery_id"] for each in page["deliveries"]] == [letter]
    assert page["next"] == letter
    again = run(desk.service.redeliver(TENANT, webhook_id, letter))
    assert again.state is DeliveryState.PENDING
    assert desk.woken == [1]
