"""Redis killed, frozen and restarted under load: not one answer fails, not one score changes."""

import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.desks import entry, line
from tests.servers import RedisServer
from tests.service_process import ServiceProcess

CALLERS = 4
EACH_S = 1.5  # how long each fault lasts: some hundred requests
SLOWEST_S = 2.0  # far above the budget of a read; a client's own defaults wait 30 s


@pytest.fixture
def cached_service(
    tmp_path: Path, private_redis: RedisServer
) -> Iterator[tuple[ServiceProcess, RedisServer]]:
    """A service that holds every line, so that each has reasons, on a Redis to be broken."""
    made = ServiceProcess(tmp_path, REDIS_URL=private_redis.url)
    made.set_live(made.put_bundle(baseline_policy={"review_at": 0, "hold_at": 0}))
    with made:
        yield made, private_redis


class Load:
    """Callers that score the same few entries again and again."""

    def __init__(self, service: ServiceProcess) -> None:
        self._service = service
        self._over = threading.Event()
        self._threads = [threading.Thread(target=self._ask) for _ in range(CALLERS)]
        self.statuses: list[int] = []
        self.slowest = 0.0
        self.lines: dict[int, set[str]] = {}

    def _ask(self) -> None:
        with self._service.client() as client:
            at = 0
            while not self._over.is_set():
                at = (at + 1) % 20
                started = time.perf_counter()
                answer = client.post("/v1/score", json=document(at))
                self.slowest = max(self.slowest, time.perf_counter() - started)
                self.statuses.append(answer.status_code)
                self.lines.setdefault(at, set()).add(str(answer.json().get("lines")))

    def __enter__(self) -> "Load":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join()


def document(at: int) -> dict[str, Any]:
    return entry(line(entered_value_usd=str(100 + at)))


def test_no_fault_of_redis_fails_an_answer_or_changes_a_score(
    cached_service: tuple[ServiceProcess, RedisServer],
) -> None:
    service, redis = cached_service
    with service.client() as client:
        answers = [client.post("/v1/score", json=document(at)).json() for at in range(20)]
    with Load(service) as load:
        for fault in (redis.kill, redis.restart, redis.freeze, redis.thaw, redis.restart):
            time.sleep(EACH_S)
            fault()
        time.sleep(EACH_S)
    assert len(load.statuses) > 100
    assert set(load.statuses) == {200}
    assert load.slowest < SLOWEST_S
    assert load.lines == {at: {str(each["lines"])} for at, each in enumerate(answers)}


def test_explanations_are_cached_in_redis_and_come_back(
    cached_service: tuple[ServiceProcess, RedisServer],
) -> None:
    service, _ = cached_service
    with service.client() as client:
        for _ in range(3):
            assert client.post("/v1/score", json=document(1)).status_code == 200
            time.sleep(0.1)  # writes are not waited for
        metrics = client.get("/metrics").text
    assert 'entry_risk_explained_lines_total{source="model"} 1.0' in metrics
    assert 'entry_risk_explained_lines_total{source="cache"} 2.0' in metrics


def test_it_starts_and_is_ready_without_redis(tmp_path: Path) -> None:
    made = ServiceProcess(tmp_path, REDIS_URL="redis://127.0.0.1:1/0")
    made.set_live(made.put_bundle())
    with made, made.client() as client:
        assert client.post("/v1/score", json=entry()).status_code == 200
        assert client.get("/v1/meta").json()["cache"] == {"kind": "redis"}
        assert httpx.get(f"{made.url}/readyz").status_code == 200
