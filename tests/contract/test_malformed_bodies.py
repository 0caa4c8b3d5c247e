"""Malformed bodies get a short 4xx, name their route in nothing else, and never block the loop."""

import threading
from collections import Counter
from collections.abc import Iterator

import httpx
import pytest

from tests.contract.malformed import Malformed, malformed
from tests.desks import entry
from tests.service_process import ServiceProcess

MAX_BYTES = 4096  # docs/api.md
MAX_BLOCKED_S = 0.05  # acceptance: the event loop is never blocked for longer
GENEROUS_S = 0.25  # the same beside other tests on a busy machine
CALLERS = 4
SEED = 20261124


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServiceProcess]:
    """A service whose event loop is watched; the requests of one tenant are not limited."""
    made = ServiceProcess(
        tmp_path_factory.mktemp("watched"),
        ENTRY_RISK_SCORE_PER_S="1000000",
        ENTRY_RISK_BATCH_PER_S="1000000",
        ENTRY_RISK_OTHER_PER_S="1000000",
    )
    made.application = "tests.contract.watched:create_app"
    made.set_live(made.put_bundle())
    with made:
        yield made


def send(client: httpx.Client, one: Malformed) -> list[str]:
    """Send one request; return what is wrong with its answer."""
    answer = client.post(one.path, content=one.body, headers={"Content-Type": one.media_type})
    wrong = []
    if not 400 <= answer.status_code < 500:
        wrong.append(f"{one.kind} {one.path}: {answer.status_code} to {one.body[:200]!r}")
    if len(answer.content) > MAX_BYTES:
        wrong.append(f"{one.kind} {one.path}: {len(answer.content)} bytes")
    if answer.headers.get("content-type") != "application/problem+json":
        wrong.append(f"{one.kind} {one.path}: {answer.headers.get('content-type')}")
    return wrong


def send_all(service: ServiceProcess, count: int) -> list[str]:
    """Send that many from several callers at once; return all that is wrong."""
    requests = list(malformed(SEED, count))
    wrong: list[str] = []

    def work(part: list[Malformed]) -> None:
        with service.client() as client:
            for one in part:
                wrong.extend(send(client, one))

    threads = [
        threading.Thread(target=work, args=(requests[at::CALLERS],)) for at in range(CALLERS)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return wrong


@pytest.mark.parametrize(
    ("count", "most_s"),
    [(500, GENEROUS_S), pytest.param(10_000, MAX_BLOCKED_S, marks=pytest.mark.nightly)],
)
def test_malformed_bodies_are_refused_briefly_and_never_block_the_loop(
    watched: ServiceProcess, count: int, most_s: float
) -> None:
    with watched.client() as client:
        assert client.post("/v1/score", json=entry()).status_code == 200
        client.get("/blocked")  # what the first request of all loaded is not looked at
        assert send_all(watched, count) == []
        assert client.get("/blocked").json() <= most_s
        assert client.post("/v1/score", json=entry()).status_code == 200


def test_the_draw_is_the_same_for_a_seed_and_has_every_kind() -> None:
    first, second = list(malformed(1, 60)), list(malformed(1, 60))
    assert first == second
    assert set(Counter(each.kind for each in first).values()) == {5}
