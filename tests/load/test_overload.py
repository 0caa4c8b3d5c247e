"""More than can be done: shed early, answered in time, and over when it is over."""

import sqlite3
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path

import httpx
import pytest

from app.core.access import Scope
from app.wiring import open_key_store
from tests.desks import entry
from tests.load.loads import begin, finish, load
from tests.served_process import ServedProcess


@pytest.fixture
def served(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[ServedProcess]:
    made = ServedProcess(tmp_path, **getattr(request, "param", {}))
    made.set_live(made.put_bundle())
    with made:
        yield made


@contextmanager
def slowed(ledger: Path) -> Iterator[None]:
    """Hold the ledger's lock for 200 ms at a time, as a slow disk would."""
    done = threading.Event()

    def hold() -> None:
        with closing(sqlite3.connect(ledger, isolation_level=None, timeout=10)) as link:
            while not done.is_set():
                link.execute("BEGIN IMMEDIATE")
                done.wait(0.2)
                link.execute("ROLLBACK")
                time.sleep(0.002)

    thread = threading.Thread(target=hold)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


@pytest.mark.parametrize("served", [{"ENTRY_RISK_MAX_RUNNING": "1"}], indirect=True)
def test_what_is_expired_is_not_scored_and_is_answered_in_time(served: ServedProcess) -> None:
    ledger = served.settings.data_dir / "ledger.db"

    def ask(_number: int) -> tuple[int, float]:
        with served.client() as client:
            client.get("/livez")
            started = time.monotonic()
            answer = client.post("/v1/score", json=entry(), headers={"Request-Timeout-Ms": "50"})
            return answer.status_code, time.monotonic() - started

    with served.client() as client:
        assert client.post("/v1/score", json=entry()).status_code == 200
    with slowed(ledger), ThreadPoolExecutor(8) as pool:
        found = list(pool.map(ask, range(24)))
    took = sorted(seconds for _, seconds in found)
    late = sum(status == httpx.codes.GATEWAY_TIMEOUT for status, _ in found)
    scored = _decisions(ledger) - 1
    assert {status for status, _ in found} <= {200, 504}
    assert late >= 8
    assert scored <= (24 - late) + 8  # only what had begun; the others never did
    assert scored < 24
    assert took[len(took) // 2] <= 0.05 + 0.02 + 0.1  # a tenth for a machine with other work


def _decisions(ledger: Path) -> int:
    with closing(sqlite3.connect(ledger)) as link:
        return int(link.execute("SELECT count(*) FROM decisions").fetchone()[0])


@pytest.mark.nightly
def test_above_capacity_the_surplus_is_shed_and_what_is_accepted_is_quick(
    served: ServedProcess,
) -> None:
    load(served, 40, 2)
    capacity = 25.0
    while capacity < 2000 and load(served, 2 * capacity, 3).p99_s(200) <= 0.05:
        capacity *= 2
    for times in (1.5, 3.0):
        found = load(served, times * capacity, 10)
        assert found.lost == 0
        assert found.count(200, 503) == len(found.answers)
        assert found.count(200) >= 0.8 * capacity * 10
        assert found.p99_s(200) <= 0.25
        assert found.p99_s(503) <= 0.15
    time.sleep(2)
    after = load(served, capacity / 2, 3)
    assert after.count(200) == len(after.answers)
    assert after.p99_s(200) <= 0.1


@pytest.mark.nightly
@pytest.mark.parametrize("served", [{"ENTRY_RISK_SCORE_PER_S": "20"}], indirect=True)
def test_a_tenant_at_ten_times_its_limit_is_nobody_elses_trouble(served: ServedProcess) -> None:
    with open_key_store(served.settings) as keys:
        quiet = keys.create("quiet", "test", frozenset({Scope.SCORE_WRITE.value}))[1]
    alone = load(served, 10, 5, quiet)
    loud = begin(served.url, served.key, 200, 10)
    time.sleep(2)
    beside = load(served, 10, 5, quiet)
    noise = finish(loud)
    assert beside.count(200) == len(beside.answers) == len(alone.answers)
    assert beside.p99_s(200) <= 1.5 * alone.p99_s(200) + 0.02
    assert noise.count(200) == pytest.approx(20 * 10 + 20, rel=0.1)
    assert noise.count(200, 429) == len(noise.answers)
