"""History across processes, faults and restarts, as clients see it."""

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from app.core.access import Scope
from app.settings import read_settings
from app.wiring import HISTORY_FOLDER, open_key_store
from tests.desks import NUMBERS, TENANT, entry, filed, keys_of
from tests.servers import RedisServer
from tests.service_process import ServiceProcess

WITHIN_S = 30.0
SCOPES = keys_of(Scope.SCORE_WRITE, Scope.DECISION_READ, Scope.OUTCOME_WRITE)
UNSEEN = "importer history: first entry seen"
Pair = tuple[ServiceProcess, ServiceProcess, RedisServer]


def draft() -> dict[str, Any]:
    """Return an entry of the importer that all filings here have; a draft changes nothing."""
    return entry(importer=filed()["importer"])


def asked(client: httpx.Client, document: dict[str, Any]) -> dict[str, Any]:
    answer = client.post("/v1/score", json=document)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + WITHIN_S
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.fixture
def pair(tmp_path: Path, database_url: str, private_redis: RedisServer) -> Iterator[Pair]:
    """Two processes that share a PostgreSQL ledger and a Redis of their own."""
    shared = {"DATABASE_URL": database_url, "REDIS_URL": private_redis.url}
    one, other = (ServiceProcess(tmp_path, **shared) for _ in range(2))
    one.set_live(one.put_bundle())
    places = {"data_dir": one.settings.data_dir, "models_dir": one.settings.models_dir}
    with open_key_store(read_settings(**places, database_url=database_url)) as keys:
        _, one.key = keys.create(TENANT, "test", SCOPES)
    other.key = one.key
    with one, other:
        yield one, other, private_redis


def test_processes_share_history_and_lose_and_find_it_with_redis(pair: Pair) -> None:
    one, other, redis = pair
    with one.client() as here, other.client() as there:
        assert UNSEEN in asked(there, draft())["unknowns"]
        first = asked(here, filed(NUMBERS[0]))
        until(lambda: UNSEEN not in asked(there, draft())["unknowns"])
        seen = asked(there, draft())["history_seq"]

        today = datetime.now(UTC).date().isoformat()
        told = {
            "decision_id": first["decision_id"],
            "code": "seized",
            "source": "government",
            "event_at": today,
            "known_at": today,
        }
        answer = here.post("/v1/outcomes", json=told)
        assert answer.status_code in {200, 201}, answer.text
        until(lambda: asked(there, draft())["history_seq"] > seen)

        redis.freeze()
        began = time.monotonic()
        degraded = asked(here, draft())
        assert time.monotonic() - began < 2.0
        assert (degraded["degraded"], degraded["degraded_groups"]) == (True, ["history"])
        redis.thaw()
        until(lambda: not asked(here, draft())["degraded"])

        redis.restart()  # empty
        for client in (here, there):
            until(lambda client=client: not asked(client, draft())["degraded"])  # type: ignore[misc]
            assert UNSEEN not in asked(client, draft())["unknowns"]


def test_a_restart_goes_on_from_the_snapshot_and_a_crash_from_the_ledger(
    own_service: ServiceProcess,
) -> None:
    own_service.start()
    with own_service.client() as client:
        asked(client, filed(NUMBERS[0]))
        until(lambda: asked(client, draft())["history_seq"] == 1)
    own_service.stop()
    (snapshot,) = (own_service.settings.data_dir / HISTORY_FOLDER).glob("*.snapshot")
    own_service.start()
    assert len(own_service.events("history_rebuilding")) == 1  # at the first start alone
    with own_service.client() as client:
        assert asked(client, filed(NUMBERS[1]))["history_seq"] == 1
    own_service.kill()
    snapshot.write_bytes(snapshot.read_bytes()[:-1])
    own_service.start()
    assert len(own_service.events("history_snapshot_refused")) == 1
    with own_service.client() as client:
        answer = asked(client, draft())
        assert answer["history_seq"] > 1
        assert not answer["degraded"]
