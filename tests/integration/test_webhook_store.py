"""The end of a job and the deliveries that tell of it are one; each is tried by one at a time."""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import timedelta

import orjson
import pytest

from app.core.jobs import JobState
from app.core.refusals import QuotaExceeded
from app.core.webhooks import DeliveryQuery, DeliveryState
from tests.fakes import NOW
from tests.job_records import TERM, Stores, job, webhook
from tests.server_fixtures import FreshDatabase

ALL = DeliveryQuery(webhook_id="W1")
HOUR = timedelta(hours=1)


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def opened(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Stores]:
    """Both kinds of database, each made once."""
    with ExitStack() as stack:
        if request.param == "sqlite":
            stores = Stores.in_folder(tmp_path_factory.mktemp("webhooks"))
        else:
            fresh: FreshDatabase = request.getfixturevalue("fresh_database")
            stores = Stores(stack.enter_context(fresh()))
        stack.callback(stores.database.close)
        yield stores


@pytest.fixture
def kept(opened: Stores) -> Stores:
    """Stores with nothing in them."""
    opened.empty()
    return opened


def test_an_endpoint_is_its_tenants_alone(kept: Stores) -> None:
    kept.webhooks.add(webhook("W1"), 5)
    kept.webhooks.add(webhook("W2", tenant="other"), 5)
    assert kept.webhooks.find("acme", "W1") == webhook("W1")
    assert kept.webhooks.find("acme", "W2") is None
    assert kept.webhooks.list("acme") == [webhook("W1")]
    assert not kept.webhooks.remove("acme", "W2")
    assert kept.webhooks.rotate("acme", "W2", b"x", NOW) is None


def test_a_tenant_has_so_many_endpoints(kept: Stores) -> None:
    kept.webhooks.add(webhook("W1"), 1)
    with pytest.raises(QuotaExceeded):
        kept.webhooks.add(webhook("W2"), 1)
    kept.webhooks.add(webhook("W3", tenant="other"), 1)


def test_the_end_of_a_job_makes_a_delivery_to_each_live_endpoint(kept: Stores) -> None:
    kept.webhooks.add(webhook("W1"), 5)
    kept.webhooks.add(webhook("W2"), 5)
    kept.webhooks.add(webhook("W3"), 5)
    kept.webhooks.add(webhook("W4", tenant="other"), 5)
    kept.webhooks.disable("W3", NOW)
    ended = kept.finish("J1")
    assert ended.state is JobState.SUCCEEDED
    due = kept.webhooks.take_due(NOW, NOW + TERM, 10)
    assert {each.webhook_id for each, _ in due} == {"W1", "W2"}
    payload = orjson.loads(due[0][0].payload)
    assert payload["type"] == "job.succeeded"
    assert payload["data"]["job_id"] == "J1"


def test_a_job_that_was_cancelled_is_told_too(kept: Stores) -> None:
    kept.webhooks.add(webhook("W1"), 5)
    kept.add(job())
    kept.jobs.cancel("acme", "J1", NOW)
    ((delivery, _),) = kept.webhooks.take_due(NOW, NOW + TERM, 10)
    assert delivery.event == "job.cancelled"


def test_what_is_taken_is_nobody_elses_for_a_while(kept: Stores) -> None:
    kept.webhooks.add(webhook("W1"), 5)
    kept.finish("J1")
    ((taken, whose),) = kept.webhooks.take_due(NOW, NOW + TERM, 10)
    assert (taken.attempts, whose) == (1, webhook("W1"))
    assert kept.webhooks.take_due(NOW, NOW + TERM, 10) == []
    ((again, _),) = kept.webhooks.take_due(NOW + TERM, NOW + 2 * TERM, 10)
    assert again.attempts == 2
    kept.webhooks.note(replace(taken, state=DeliveryState.DELIVERED, due_at=None))
    (shown,) = kept.webhooks.deliveries("acme", ALL)
    assert shown.state is DeliveryState.PENDING  # whoever was too slow says nothing
    kept.webhooks.note(replace(again, state=DeliveryState.DELIVERED, due_at=None, last_status=204))
    (shown,) = kept.webhooks.deliveries("acme", ALL)
    assert (shown.state, shown.last_status) == (DeliveryState.DELIVERED, 204)
    assert kept.webhooks.take_due(NOW + HOUR, NOW + HOUR + TERM, 10) == []


def test_deliveries_are_narrowed_and_paged(kept: Stores) -> None:
    kept.webhooks.add(webhook("W1"), 5)
    for name in ("J1", "J2", "J3"):
        kept.finish(name)
    everything = kept.webhooks.deliveries("acme", ALL)
    assert len(everything) == 3
    first = kept.webhooks.deliveries("acme", replace(ALL, limit=2))
    rest = kept.webhooks.deliveries("acme", replace(ALL, before=first[-1].delivery_id))
    assert [*first, *rest] == everything
    assert kept.webhooks.deliveries("acme", replace(ALL, state=DeliveryState.DEAD)) == []
    assert kept.webhooks.deliveries("other", ALL) == []


def test_a_dead_letter_is_sent_again_with_its_own_id(kept: Stores) -> None:
    kept.webhooks.add(webhook("W1"), 5)
    kept.finish("J1")
    ((taken, _),) = kept.webhooks.take_due(NOW, NOW + TERM, 10)
    kept.webhooks.note(replace(taken, state=DeliveryState.DEAD, due_at=None))
    assert kept.webhooks.redeliver("other", "W1", taken.delivery_id, NOW) is None
    again = kept.webhooks.redeliver("acme", "W1", taken.delivery_id, NOW)
    assert again is not None
    assert (again.state, again.attempts) == (DeliveryState.PENDING, 0)
    ((sent, _),) = kept.webhooks.take_due(NOW, NOW + TERM, 10)
    assert (sent.delivery_id, sent.attempts) == (taken.delivery_id, 1)


def test_what_waits_for_a_removed_endpoint_is_given_up(kept: Stores) -> None:
    kept.webhooks.add(webhook("W1"), 5)
    kept.finish("J1")
    assert kept.webhooks.remove("acme", "W1")
    (dead,) = kept.webhooks.deliveries("acme", ALL)
    assert (dead.state, dead.due_at) == (DeliveryState.DEAD, None)
    kept.webhooks.redeliver("acme", "W1", dead.delivery_id, NOW)
    ((_, whose),) = kept.webhooks.take_due(NOW, NOW + TERM, 10)
    assert whose is None


def test_the_secret_before_signs_until_its_time_and_rotation_enables(kept: Stores) -> None:
    kept.webhooks.add(webhook("W1"), 5)
    kept.webhooks.disable("W1", NOW)
    rotated = kept.webhooks.rotate("acme", "W1", b"new", NOW + HOUR)
    assert rotated == webhook("W1", sealed=(b"new",))
    kept.finish("J1")
    ((_, whose),) = kept.webhooks.take_due(NOW, NOW + TERM, 10)
    assert whose is not None
    assert whose.sealed == (b"new", b"sealed")
    ((_, whose),) = kept.webhooks.take_due(NOW + HOUR, NOW + HOUR + TERM, 10)
    assert whose is not None
    assert whose.sealed == (b"new",)


def test_final_deliveries_are_forgotten_and_waiting_ones_are_not(kept: Stores) -> None:
    kept.webhooks.add(webhook("W1"), 5)
    kept.finish("J1")
    kept.finish("J2")
    ((taken, _),) = kept.webhooks.take_due(NOW, NOW + TERM, 1)
    kept.webhooks.note(replace(taken, state=DeliveryState.DEAD, due_at=None))
    assert kept.webhooks.forget(NOW) == 0
    assert kept.webhooks.forget(NOW + HOUR) == 1
    (left,) = kept.webhooks.deliveries("acme", ALL)
    assert left.state is DeliveryState.PENDING
