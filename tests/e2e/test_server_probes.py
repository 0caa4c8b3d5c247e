"""Each fault of a running service flips the probe that names it, no other, and heals by itself.

Nothing that a running service tells of itself names a party, a document or a key.
"""

import shutil
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.desks import entry, filed, line
from tests.servers import RedisServer
from tests.service_process import ServiceProcess

WITHIN_S = 30.0  # far above what any of these takes, on a machine that is busy with others
PLANTED = "Plantedname"
MAX_SERIES = 500


@pytest.fixture(scope="module")
def redis() -> Iterator[RedisServer]:
    """A Redis server to be killed."""
    with RedisServer() as server:
        yield server


@pytest.fixture(scope="module")
def observed(
    tmp_path_factory: pytest.TempPathFactory, redis: RedisServer
) -> Iterator[ServiceProcess]:
    """A service that holds every line and logs all it has to say."""
    made = ServiceProcess(
        tmp_path_factory.mktemp("observed"),
        REDIS_URL=redis.url,
        ENTRY_RISK_LOG_LEVEL="debug",
    )
    made.set_live(made.put_bundle(baseline_policy={"review_at": 0, "hold_at": 0}))
    with made:
        yield made


def broken(client: httpx.Client) -> set[str]:
    """Return the conditions that do not hold, once probes and metrics agree."""
    answer = client.get("/readyz")
    conditions = answer.json()["conditions"]
    found = {name for name, holds in conditions.items() if not holds}
    assert answer.status_code == (503 if found else 200)
    assert client.get("/livez").status_code == 200
    return found


def metric(client: httpx.Client, name: str, **labels: str) -> float:
    """Return the sum of a metric's samples with these labels."""
    families = text_string_to_metric_families(client.get("/metrics").text)
    samples = [each for family in families for each in family.samples if each.name == name]
    return sum(each.value for each in samples if labels.items() <= each.labels.items())


def until(holds: Callable[[], bool]) -> None:
    """Wait until `holds`."""
    deadline = time.monotonic() + WITHIN_S
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_a_ledger_that_takes_no_write_flips_its_condition_alone_and_heals(
    observed: ServiceProcess,
) -> None:
    answers: list[int] = []

    def ask() -> None:
        with observed.client() as own:
            answers.append(own.post("/v1/score", json=entry()).status_code)

    with observed.client() as client:
        assert broken(client) == set()
        ledger = sqlite3.connect(observed.settings.data_dir / "ledger.db", isolation_level=None)
        ledger.execute("BEGIN IMMEDIATE")
        asking = threading.Thread(target=ask)
        asking.start()
        until(lambda: broken(client) == {"ledger"})
        assert metric(client, "entry_risk_condition", condition="ledger") == 0
        ledger.execute("ROLLBACK")
        ledger.close()
        asking.join()
        until(lambda: broken(client) == set())
        until(lambda: metric(client, "entry_risk_condition", condition="ledger") == 1)
        assert answers[0] in {200, 503}  # on disk, or refused
        assert client.post("/v1/score", json=entry()).status_code == 200


def test_a_refused_bundle_is_told_and_flips_nothing_while_the_one_before_serves(
    observed: ServiceProcess,
) -> None:
    live = (observed.settings.models_dir / "LIVE").read_text().strip()
    other = observed.put_bundle(sequence=7)
    (observed.settings.models_dir / other / "model.txt").write_text("tampered")
    with observed.client() as client:
        observed.force_live(other)
        until(lambda: metric(client, "entry_risk_model_refused") == 1)
        assert broken(client) == set()
        assert metric(client, "entry_risk_model_loaded") == 1
        observed.force_live(live)
        until(lambda: metric(client, "entry_risk_model_refused") == 0)
    shutil.rmtree(observed.settings.models_dir / other)


def party(field: str) -> dict[str, Any]:
    return {"name": f"{PLANTED} {field} Ltd", "address": f"1 {PLANTED} Road", "country": "CN"}


def planted(**changes: Any) -> dict[str, Any]:
    """Return an entry that names parties wherever it can."""
    goods = line(
        description=f"{PLANTED} jackets", manufacturer=party("maker"), seller=party("seller")
    )
    return entry(
        goods, importer={"name": f"{PLANTED} Importer", "number": "12-3456789AB"}, **changes
    )


def test_no_party_no_document_and_no_key_is_in_logs_or_metrics(observed: ServiceProcess) -> None:
    with observed.client() as client:
        for document in (
            planted(),
            planted(**{f"{PLANTED}_field": 1}),
            planted(entry_type=PLANTED),
            filed("B76-0324527-8", line(manufacturer=party("filed"))),
        ):
            client.post("/v1/score?explain=full", json=document)
            client.post("/v1/score/batch", json={"entries": [document, 7]})
        client.post("/v1/score", content=f'{{"{PLANTED}": '.encode())
        client.get(f"/v1/{PLANTED}/{PLANTED}", params={"q": PLANTED})
        client.get(f"/v1/decisions/{PLANTED}")
        client.get("/v1/suppliers", params={"name": f"{PLANTED} maker Ltd"})
        client.get("/v1/meta", headers={"Authorization": f"Bearer {PLANTED}"})
        client.post("/v1/score", headers={"Idempotency-Key": PLANTED}, json=planted())
        metrics = client.get("/metrics").text
    told = observed.log_path.read_text(errors="replace") + metrics
    assert '"event": "scored"' in told
    for secret in (PLANTED, "3456789AB", "0324527", observed.key):
        assert secret.lower() not in told.lower()


@pytest.mark.parametrize("count", [100, pytest.param(5000, marks=pytest.mark.nightly)])
def test_paths_and_suppliers_that_callers_make_up_make_no_series(
    observed: ServiceProcess, count: int
) -> None:
    with observed.client() as client:
        for at in range(count):
            client.request("GET" if at % 2 else "BREW", f"/{PLANTED}/{at}")
            client.get(f"/v1/decisions/{PLANTED}{at}")
            made = line(manufacturer={"name": f"{PLANTED} {at} Ltd", "country": "CN"})
            client.post("/v1/score?explain=none", json=entry(made))
        text = client.get("/metrics").text
    assert len([each for each in text.splitlines() if not each.startswith("#")]) <= MAX_SERIES
    assert PLANTED not in text


def test_every_scoring_answer_says_where_its_time_went(observed: ServiceProcess) -> None:
    with observed.client() as client:
        for path, document in (("/v1/score", entry()), ("/v1/score/batch", {"entries": [entry()]})):
            for explain in ("none", "codes", "full"):
                answer = client.post(path, params={"explain": explain}, json=document)
                timing = answer.headers["server-timing"]
                steps = {each.split(";")[0].strip() for each in timing.split(",")}
                assert {"features", "history", "model", "ledger"} <= steps


def test_a_dead_redis_flips_no_probe_and_shows_in_the_metrics(
    observed: ServiceProcess, redis: RedisServer
) -> None:
    with observed.client() as client:
        redis.kill()
        for at in range(20):
            document = entry(line(entered_value_usd=f"{at + 1}.00"))
            assert client.post("/v1/score", json=document).status_code == 200
        assert broken(client) == set()
        assert metric(client, "entry_risk_cache_keys_total", outcome="errors") > 0


def test_old_lists_flip_their_condition_alone_and_answers_are_degraded(tmp_path: Path) -> None:
    made = ServiceProcess(tmp_path, ENTRY_RISK_LISTS_MAX_AGE_DAYS="1")
    made.set_live(made.put_bundle())
    try:
        made.start(until="/livez")
        with made.client() as client:
            until(lambda: broken(client) == {"lists"})
            assert metric(client, "entry_risk_lists_age_seconds") > 86_400
            answer = client.post("/v1/score", json=entry()).json()
            assert answer["degraded_groups"] == ["lists"]
            assert answer["band"] != "release"
    finally:
        made.stop()
