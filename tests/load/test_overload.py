"""More than can be done: what is expired is not scored. Loads beyond capacity are shards
(tests/reliability/surplus.py)."""

import sqlite3
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path

import httpx
import pytest

from tests.desks import entry
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
